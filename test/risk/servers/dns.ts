/** A name server on the loopback, UDP and TCP on one port, that answers as a test wants. */
import { createSocket, type Socket } from "node:dgram";
import { createServer, type AddressInfo, type Server, type Socket as Stream } from "node:net";

const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28 } as const;
export type RecordType = keyof typeof TYPES;

/** What a question is answered with. `records`: A and AAAA as addresses, MX as `10 host`, TXT as text, others a name. */
export interface Reply {
  readonly rcode?: number;
  readonly records?: readonly string[];
  /** Over UDP, says that the answer is too long: the client asks again over TCP. */
  readonly truncated?: boolean;
  /** Never answers. */
  readonly silent?: boolean;
  /** Sends this instead of a message. */
  readonly garbage?: Uint8Array;
}

export const NXDOMAIN: Reply = { rcode: 3 };
export const SERVFAIL: Reply = { rcode: 2 };
export const REFUSED: Reply = { rcode: 5 };
export const SILENCE: Reply = { silent: true };

export interface DnsServer {
  /** `address:port`, as `Resolver.setServers` takes it. */
  readonly address: string;
  /** `NAME TYPE`, in order; the name in lower case. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
}

const nameBytes = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split(".")
      .filter((label) => label !== "")
      .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, "latin1")])),
    Buffer.from([0]),
  ]);

const address6 = (text: string): Buffer => {
  const [head = "", tail] = text.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(head), tail === undefined ? [] : groups(tail)];
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
};

const recordBytes = (type: RecordType, text: string): Buffer => {
  if (type === "A") return Buffer.from(text.split(".").map(Number));
  if (type === "AAAA") return address6(text);
  if (type === "TXT") {
    const parts = text.match(/[\s\S]{1,255}/g) ?? [""];
    return Buffer.concat(parts.flatMap((part) => [Buffer.from([part.length]), Buffer.from(part, "latin1")]));
  }
  if (type === "MX") {
    const [preference = "0", host = ""] = text.split(" ");
    const number = Buffer.alloc(2);
    number.writeUInt16BE(Number(preference));
    return Buffer.concat([number, nameBytes(host)]);
  }
  return nameBytes(text);
};

interface Question {
  readonly name: string;
  readonly type: RecordType | "other";
  /** Where the question ends. */
  readonly end: number;
}

const questionOf = (query: Buffer): Question => {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length !== 0; length = query[at]!) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  const code = query.readUInt16BE(at + 1);
  const type = (Object.keys(TYPES) as RecordType[]).find((it) => TYPES[it] === code) ?? "other";
  return { name: labels.join(".").toLowerCase(), type, end: at + 5 };
};

const messageFor = (query: Buffer, { type, end }: Question, reply: Reply, isStream: boolean): Buffer => {
  if (reply.garbage !== undefined) return Buffer.from(reply.garbage);
  const isCut = reply.truncated === true && !isStream;
  const records = isCut || type === "other" ? [] : (reply.records ?? []);
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180 | (isCut ? 0x0200 : 0) | (reply.rcode ?? 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  const answers = records.map((text) => {
    const data = recordBytes(type as RecordType, text);
    const start = Buffer.alloc(12);
    start.writeUInt16BE(0xc00c, 0);
    start.writeUInt16BE(TYPES[type as RecordType], 2);
    start.writeUInt16BE(1, 4);
    start.writeUInt32BE(60, 6);
    start.writeUInt16BE(data.length, 10);
    return Buffer.concat([start, data]);
  });
  return Buffer.concat([header, query.subarray(12, end), ...answers]);
};

export type Zone = (name: string, type: RecordType | "other") => Reply;

/** A zone from a table of `NAME TYPE` → reply or records. A name of which nothing is in it does not exist. */
export const zoneOf =
  (table: Readonly<Record<string, Reply | readonly string[]>>): Zone =>
  (name, type) => {
    const found = table[`${name} ${type}`];
    if (found !== undefined) return "length" in found ? { records: found as readonly string[] } : (found as Reply);
    return Object.keys(table).some((key) => key.split(" ")[0] === name) ? {} : NXDOMAIN;
  };

const startOnce = async (zone: Zone): Promise<DnsServer> => {
  const asked: string[] = [];
  const answer = (query: Buffer, isStream: boolean): Buffer | null => {
    const question = questionOf(query);
    if (!isStream || asked.at(-1) !== `${question.name} ${question.type}`)
      asked.push(`${question.name} ${question.type}`);
    const reply = zone(question.name, question.type);
    return reply.silent === true ? null : messageFor(query, question, reply, isStream);
  };

  const streams = new Set<Stream>();
  const server: Server = createServer((stream) => {
    streams.add(stream);
    stream.on("close", () => streams.delete(stream));
    stream.on("error", () => undefined);
    let buffered = Buffer.alloc(0);
    stream.on("data", (part: Buffer) => {
      buffered = Buffer.concat([buffered, part]);
      while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
        const length = buffered.readUInt16BE(0);
        const message = answer(buffered.subarray(2, 2 + length), true);
        buffered = buffered.subarray(2 + length);
        if (message === null) continue;
        const size = Buffer.alloc(2);
        size.writeUInt16BE(message.length);
        stream.write(Buffer.concat([size, message]));
      }
    });
  });
  await new Promise<void>((done, fail) => server.on("error", fail).listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const socket: Socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const message = answer(query, false);
    if (message !== null) socket.send(message, from.port, from.address);
  });
  await new Promise<void>((done, fail) => {
    socket.on("error", (cause) => {
      server.close();
      fail(cause);
    });
    socket.bind(port, "127.0.0.1", done);
  });
  return {
    address: `127.0.0.1:${port}`,
    asked,
    close: async () => {
      for (const stream of streams) stream.destroy();
      await Promise.all([
        new Promise<void>((done) => server.close(() => done())),
        new Promise<void>((done) => socket.close(() => done())),
      ]);
    },
  };
};

/** The port that is free for TCP may be taken for UDP: then another. */
export const startDns = async (zone: Zone): Promise<DnsServer> => {
  for (let tries = 0; ; tries++) {
    try {
      return await startOnce(zone);
    } catch (cause) {
      if (tries >= 5) throw cause;
    }
  }
};

export const withDns = async <A>(zone: Zone, use: (server: DnsServer) => Promise<A>): Promise<A> => {
  const server = await startDns(zone);
  try {
    return await use(server);
  } finally {
    await server.close();
  }
};

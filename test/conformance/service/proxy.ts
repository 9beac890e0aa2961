/**
 * A server with one fault: the real one, with something in front of its HTTP and behind its SMTP that does one thing wrong.
 *
 * The proxy watches what is made through it (keys, mailboxes, messages), so that a fault can act with somebody else's key or send what
 * should have waited.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { startReceiver, type Mail } from "../../../conformance/service/receiver.ts";

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** What `text` was read from: it may not be text. */
  readonly octets?: Buffer;
}

export interface KnownKey {
  readonly id: string;
  readonly scopes: readonly string[];
  readonly principal: string;
  /** Whose tenant: the key it was made with. */
  readonly madeBy: string;
}

/** What has been made through the proxy. */
export interface Known {
  readonly keys: ReadonlyMap<string, KnownKey>;
  /** By id and by address. */
  readonly mailboxes: ReadonlyMap<
    string,
    { readonly id: string; readonly address: string; readonly mode: string; readonly madeBy: string }
  >;
  /** The mailbox's id, by the message's. */
  readonly messages: ReadonlyMap<string, { readonly mailbox: string; readonly messageId: string }>;
}

export interface Hands {
  readonly known: Known;
  /** The real server. */
  readonly ask: (request: Pick<Request, "method" | "path" | "key"> & Partial<Request>) => Promise<Answer>;
  /** The suite's receiver. */
  readonly deliver: (mail: Pick<Mail, "from" | "recipients" | "raw">) => Promise<void>;
  /** A key of the same tenant with this scope, and no other principal's than `not`. */
  readonly keyWith: (scope: string, madeBy: string, not?: string) => string | undefined;
}

export interface Fault {
  readonly name: string;
  /** What an implementer did wrong, in words. */
  readonly how: string;
  /** Checks that must catch it; `seen.json` has all that do. */
  readonly caught: readonly string[];
  /** Another request instead, or an answer without asking. */
  readonly request?: (request: Request, hands: Hands) => Promise<Request | Answer> | Request | Answer;
  /** Another answer instead. */
  readonly response?: (request: Request, answer: Answer, hands: Hands) => Promise<Answer> | Answer;
  /** What arrives instead. */
  readonly mail?: (mail: Mail) => readonly Pick<Mail, "from" | "recipients" | "raw">[];
}

/** Hands one mail over, without a word about what is answered. */
const handOver = async (
  port: number,
  { from, recipients, raw }: Pick<Mail, "from" | "recipients" | "raw">,
): Promise<void> => {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const heard = () => lines.next().catch(() => ({ done: true }));
  const dotted = raw
    .toString("latin1")
    .replace(/^\./gm, "..")
    .replace(/(?:\r\n)?$/, "\r\n");
  await heard();
  for (const line of [
    "HELO relay.invalid",
    `MAIL FROM:<${from}>`,
    ...recipients.map((to) => `RCPT TO:<${to}>`),
    "DATA",
  ]) {
    socket.write(`${line}\r\n`);
    await heard();
  }
  socket.write(Buffer.from(`${dotted}.\r\n`, "latin1"));
  await heard();
  socket.destroy();
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const json = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

/** Headers that are one connection's, or that `fetch` makes. */
const hop = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "keep-alive",
  "expect",
  "accept-encoding",
]);

export interface FaultyServer {
  readonly base: string;
  /** Where the suite must listen. */
  readonly smtp: { readonly host: string; readonly port: number };
  /** Whose fault it has from now on; `null` for none. */
  readonly use: (fault: Fault | null) => void;
  readonly stop: () => Promise<void>;
}

/** `upstream`: the real server, which hands over to `relay`; the suite listens on `suite`. */
export const startProxy = async (upstream: {
  readonly base: string;
  readonly relay: { readonly host: string; readonly port: number };
  readonly suite: { readonly host: string; readonly port: number };
}): Promise<FaultyServer> => {
  let fault: Fault | null = null;
  const keys = new Map<string, KnownKey>();
  const mailboxes = new Map<string, { id: string; address: string; mode: string; madeBy: string }>();
  const messages = new Map<string, { mailbox: string; messageId: string }>();

  const ask: Hands["ask"] = async ({ method, path, key, headers = {}, text = "" }) => {
    const { authorization: _, ...rest } = headers;
    const bearer: Record<string, string> =
      key === null
        ? "authorization" in headers
          ? { authorization: headers["authorization"]! }
          : {}
        : { authorization: `Bearer ${key}` };
    const response = await fetch(`${upstream.base}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...rest,
        ...bearer,
        ...(text !== "" && rest["content-type"] === undefined ? { "content-type": "application/json" } : {}),
      },
      ...(text === "" ? {} : { body: text }),
    });
    const kept = [...response.headers].filter(
      ([name]) => !hop.has(name) && name !== "content-type" && name !== "content-encoding",
    );
    const octets = Buffer.from(await response.arrayBuffer());
    return {
      status: response.status,
      type: response.headers.get("content-type") ?? "",
      headers: Object.fromEntries(kept),
      text: octets.toString("utf8"),
      octets,
    };
  };
  const deliver: Hands["deliver"] = (mail) => handOver(upstream.suite.port, mail);
  const hands: Hands = {
    known: { keys, mailboxes, messages },
    ask,
    deliver,
    keyWith: (scope, madeBy, not) =>
      [...keys].find(
        ([, known]) => known.scopes.includes(scope) && known.madeBy === madeBy && known.principal !== not,
      )?.[0],
  };

  const watch = (request: Request, answer: Answer): void => {
    const body = json(answer.text);
    if (request.method === "POST" && answer.status === 201 && request.path === "/v1/mailboxes") {
      const box = {
        id: String(body["id"]),
        address: String(body["address"]),
        mode: String(body["oversight_mode"]),
        madeBy: request.key ?? "",
      };
      mailboxes.set(box.id, box);
      mailboxes.set(box.address, box);
    }
    if (request.method === "POST" && answer.status === 201 && request.path === "/v1/api-keys") {
      const principal = body["principal"] as { readonly id: string };
      keys.set(String(body["key"]), {
        id: String(body["id"]),
        scopes: body["scopes"] as string[],
        principal: principal.id,
        madeBy: request.key ?? "",
      });
    }
    if (typeof body["message_id"] === "string" && typeof body["mailbox_id"] === "string") {
      messages.set(String(body["id"]), { mailbox: String(body["mailbox_id"]), messageId: body["message_id"] });
    }
  };

  const served = async (request: Request): Promise<Answer> => {
    const changed = (await fault?.request?.(request, hands)) ?? request;
    if ("status" in changed) return changed;
    const answer = await ask(changed);
    watch(request, answer);
    return (await fault?.response?.(request, answer, hands)) ?? answer;
  };

  const server = createServer((incoming, outgoing) => {
    const serve = async () => {
      const text = (await bodyOf(incoming)).toString("utf8");
      const headers = Object.fromEntries(
        Object.entries(incoming.headers).flatMap(([name, value]) => (hop.has(name) ? [] : [[name, String(value)]])),
      );
      const key = /^Bearer (\S+)$/.exec(headers["authorization"] ?? "")?.[1] ?? null;
      const answer = await served({ method: incoming.method ?? "GET", path: incoming.url ?? "/", key, headers, text });
      outgoing.writeHead(answer.status, { ...answer.headers, "content-type": answer.type });
      outgoing.end(answer.octets?.toString("utf8") === answer.text ? answer.octets : answer.text);
    };
    serve().catch((error: unknown) => {
      outgoing.writeHead(502, { "content-type": "text/plain" });
      outgoing.end(String(error));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const relay = await startReceiver(upstream.relay.host, upstream.relay.port, (mail) => {
    const arriving = fault?.mail?.(mail) ?? [mail];
    // What comes of it is the suite's to see; a refusal was given here already.
    void (async () => {
      for (const one of arriving) await deliver(one).catch(() => {});
    })();
  });
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    smtp: upstream.suite,
    use: (next) => {
      fault = next;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
      await relay.stop();
    },
  };
};

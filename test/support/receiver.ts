/**
 * An SMTP server on 127.0.0.1 that keeps what it takes, and departs from the dialogue where a test's script says so.
 *
 * - Without a script it is an ordinary server of RFC 5321, with STARTTLS, TLS and AUTH PLAIN where asked for.
 * - `receiver.script` may be exchanged at any time; it counts from the next step on.
 *
 * **Gotchas**: it is held to `smtp-server` in `receiver.test.ts`, so that a test may believe what it shows.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { SmtpWire } from "./SmtpWire.ts";

export interface Mail {
  /** MAIL FROM; empty for the null sender. */
  readonly from: string;
  /** RCPT TO, accepted ones, in the order of the dialogue. */
  readonly recipients: readonly string[];
  /** As it was before the dots were stuffed. */
  readonly raw: Buffer;
  /** The value of the Message-ID field; empty when there is none. */
  readonly messageId: string;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** Who had logged in. */
  readonly user: string | null;
}

/** A reply such as `250 2.0.0 ok`; or `die`, which resets the connection, or `hang`, which replies nothing. */
export type Reply = string;

/** What happens at a step: a reply, or what gives one, perhaps later; `null` is the ordinary reply. */
export type Step<Of extends readonly unknown[] = []> = Reply | ((...of: Of) => Reply | null | Promise<Reply | null>);

export interface Script {
  readonly greeting?: Step;
  readonly ehlo?: Step;
  readonly mail?: Step;
  readonly rcpt?: Step<[address: string]>;
  readonly data?: Step;
  /** Answers after this many octets of content, instead of after its end. */
  readonly contentAfter?: number;
  /** A mail that is refused with 4yz or 5yz is not kept; any other is, also when the reply never comes. */
  readonly content?: Step<[mail: Mail]>;
  readonly rset?: Step;
  /** Runs after the reply to a content was written. */
  readonly replied?: () => void;
}

export interface ReceiverOptions {
  readonly script?: Script;
  /** What EHLO lists beside STARTTLS and AUTH. Default 8BITMIME, PIPELINING and SMTPUTF8. */
  readonly features?: readonly string[];
  /** `starttls`: offered; `implicit`: each connection begins with it. The certificate is `certificateFile`. */
  readonly tls?: "starttls" | "implicit";
  /** Offers AUTH PLAIN to these. */
  readonly logIn?: (user: string, password: string) => boolean;
  /** `false`: takes and counts every content, and keeps nothing. Default `true`. */
  readonly keep?: boolean;
}

export interface Receiver {
  readonly port: number;
  readonly url: string;
  script: Script;
  /** What was taken, in the order of arrival. */
  readonly mails: readonly Mail[];
  /** How many were taken. */
  readonly count: () => number;
  /** How many connections there have been. */
  readonly connections: () => number;
  /** Commands of all sessions, in order. */
  readonly commands: readonly string[];
  /** Contents begun, dots still stuffed, as far as they came. */
  readonly contents: readonly string[];
  /** Resets every open connection. */
  readonly cut: () => void;
  readonly stop: () => Promise<void>;
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Self-signed, for 127.0.0.1. */
export const certificateFile = file("receiver-cert.pem");

const encrypted = (socket: Socket): Socket =>
  new TLSSocket(socket, {
    isServer: true,
    cert: readFileSync(certificateFile),
    key: readFileSync(file("receiver-key.pem")),
  }).on("error", () => {});

const addressIn = (command: string): string => /<(.*)>/.exec(command)?.[1] ?? "";

const mailOf = (content: Buffer, rest: Omit<Mail, "raw" | "messageId">): Mail => {
  const text = content.toString("latin1").replace(/(^|\r\n)\./g, "$1");
  const messageId = /^message-id:\s*(<[^>]+>)/im.exec(text)?.[1] ?? "";
  return { ...rest, raw: Buffer.from(text, "latin1"), messageId };
};

const multiline = (lines: readonly string[]): Reply =>
  lines.map((line, i) => `250${i === lines.length - 1 ? " " : "-"}${line}`).join("\r\n");

export const startReceiver = async ({
  script = {},
  features = ["8BITMIME", "PIPELINING", "SMTPUTF8"],
  tls,
  logIn,
  keep = true,
}: ReceiverOptions = {}): Promise<Receiver> => {
  const mails: Mail[] = [];
  const commands: string[] = [];
  const contents: string[] = [];
  const sockets = new Set<Socket>();
  let [connections, count] = [0, 0];

  const converse = async (socket: Socket): Promise<void> => {
    let secure = tls === "implicit";
    let wire = new SmtpWire(secure ? encrypted(socket) : socket);
    let user: string | null = null;
    let from: string | null = null;
    let recipients: string[] = [];

    const take = async <Of extends readonly unknown[]>(
      step: Step<Of> | undefined,
      ordinary: Reply,
      ...of: Of
    ): Promise<Reply> => {
      const reply = (typeof step === "function" ? await step(...of) : step) ?? ordinary;
      if (reply === "die") socket.resetAndDestroy();
      else if (reply !== "hang") wire.say(reply);
      return reply;
    };

    const content = async (): Promise<void> => {
      const { contentAfter = Infinity } = receiver.script;
      const octets = await wire.content(contentAfter);
      if (octets === null) return;
      if (!keep) {
        count++;
        wire.say("250 2.0.0 taken");
        return;
      }
      const mail = mailOf(octets, { from: from ?? "", recipients, secure, user });
      [from, recipients] = [null, []];
      contents.push(octets.toString("latin1"));
      const step = receiver.script.content;
      const reply = (typeof step === "function" ? await step(mail) : step) ?? "250 2.0.0 taken";
      if (!/^[45]/.test(reply)) mails.push(mail);
      await take(reply, reply);
      if (receiver.script.replied !== undefined) setImmediate(receiver.script.replied);
    };

    const obey = async (command: string): Promise<void> => {
      const now = receiver.script;
      const [verb = "", first = "", second = ""] = command.split(" ");
      switch (verb.toUpperCase()) {
        case "EHLO":
          await take(
            now.ehlo,
            multiline([
              "receiver.test",
              ...(tls === "starttls" && !secure ? ["STARTTLS"] : []),
              ...(logIn === undefined ? [] : ["AUTH PLAIN"]),
              ...features,
            ]),
          );
          break;
        case "STARTTLS":
          if (tls !== "starttls" || secure) wire.say("502 5.5.1 no STARTTLS here");
          else {
            wire.say("220 2.0.0 go on");
            wire.release();
            secure = true;
            wire = new SmtpWire(encrypted(socket));
          }
          break;
        case "AUTH": {
          const [, name = "", password = ""] = Buffer.from(second, "base64").toString().split("\0");
          const known = first.toUpperCase() === "PLAIN" && logIn?.(name, password) === true;
          if (known) user = name;
          wire.say(known ? "235 2.7.0 welcome" : "535 5.7.8 no");
          break;
        }
        case "MAIL": {
          const reply = await take(now.mail, "250 2.1.0 ok");
          if (reply.startsWith("2")) [from, recipients] = [addressIn(command), []];
          break;
        }
        case "RCPT": {
          const reply = await take(
            now.rcpt,
            from === null ? "503 5.5.1 MAIL first" : "250 2.1.5 ok",
            addressIn(command),
          );
          if (reply.startsWith("2")) recipients.push(addressIn(command));
          break;
        }
        case "DATA": {
          const reply = await take(now.data, recipients.length > 0 ? "354 go on" : "503 5.5.1 no recipient");
          if (reply.startsWith("3")) await content();
          break;
        }
        case "RSET":
          [from, recipients] = [null, []];
          await take(now.rset, "250 2.0.0 ok");
          break;
        case "NOOP":
          wire.say("250 2.0.0 ok");
          break;
        case "QUIT":
          wire.end("221 2.0.0 bye");
          break;
        default:
          wire.say("502 5.5.2 no such command");
      }
    };

    await take(receiver.script.greeting, "220 receiver.test ESMTP");
    for (let line = await wire.line(); line !== null; line = await wire.line()) {
      if (keep) commands.push(line);
      await obey(line);
    }
  };

  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    void converse(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const cut = () => sockets.forEach((socket) => socket.resetAndDestroy());
  const receiver: Receiver = {
    port,
    url: `${tls === "implicit" ? "smtps" : "smtp"}://127.0.0.1:${port}`,
    script,
    mails,
    count: () => count + mails.length,
    connections: () => connections,
    commands,
    contents,
    cut,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
  return receiver;
};

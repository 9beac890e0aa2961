/**
 * The suite's own SMTP server (RFC 5321, what a submission needs of it): it keeps what really arrives, envelope and octets.
 *
 * What a recipient's local part begins with says what becomes of the message, so that checks can run side by side:
 * `never-` is refused at RCPT with 550; `later-` is deferred at RCPT with 451; `lost-` is taken in, and the connection then dies before
 * the reply, once for each Message-ID.
 */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

export interface Mail {
  /** MAIL FROM. */
  readonly from: string;
  /** RCPT TO, in the order of the dialogue. */
  readonly recipients: readonly string[];
  /** As it came, dots unstuffed. */
  readonly raw: Buffer;
  /** The Message-ID field's value; empty when there is none. */
  readonly messageId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Receiver {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** In the order of their arrival. */
  readonly mails: readonly Mail[];
  readonly stop: () => Promise<void>;
}

/** The most that is taken in at once, octets. */
const largest = 40 * 1024 * 1024;

const end = Buffer.from("\r\n.\r\n");

const messageIdOf = (raw: Buffer): string => {
  const head = raw.subarray(0, Math.max(raw.indexOf("\r\n\r\n"), 0)).toString("latin1");
  return /^message-id:\s*(<[^>]+>)/im.exec(head)?.[1] ?? "";
};

const addressIn = (command: string): string | null => /^[A-Z]+ [A-Z]+:\s*<([^>]*)>/i.exec(command)?.[1] ?? null;

/** One connection's dialogue. */
const converse = (socket: Socket, keep: (mail: Mail) => "keep" | "lose"): void => {
  let buffer = Buffer.alloc(0);
  let inData = false;
  let from: string | null = null;
  let recipients: string[] = [];
  const say = (line: string) => socket.write(`${line}\r\n`);
  const reset = () => {
    from = null;
    recipients = [];
  };
  const obey = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === "EHLO") say("250-conformance.invalid\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SMTPUTF8");
    else if (verb === "HELO" || verb === "NOOP") say("250 ok");
    else if (verb === "RSET") {
      reset();
      say("250 ok");
    } else if (verb === "MAIL") {
      reset();
      from = addressIn(line);
      say(from === null ? "501 which sender?" : "250 ok");
    } else if (verb === "RCPT") {
      const to = addressIn(line);
      if (from === null) say("503 MAIL first");
      else if (to === null || to === "") say("501 which recipient?");
      else if (to.startsWith("never-")) say("550 5.1.1 no such mailbox");
      else if (to.startsWith("later-")) say("451 4.2.1 not now");
      else {
        recipients.push(to);
        say("250 ok");
      }
    } else if (verb === "DATA") {
      if (recipients.length === 0) say("554 no recipients");
      else {
        inData = true;
        say("354 go on");
      }
    } else if (verb === "QUIT") {
      say("221 bye");
      socket.end();
    } else say("502 not here");
  };
  const take = (content: Buffer): void => {
    // RFC 5321 section 4.5.2.
    const text = content.toString("latin1");
    const raw = Buffer.from(text.replace(/^\.(?=.)/gm, ""), "latin1");
    const what = keep({ from: from ?? "", recipients, raw, messageId: messageIdOf(raw), at: Date.now() });
    reset();
    if (what === "lose") socket.destroy();
    else say("250 2.0.0 kept");
  };
  const read = (): void => {
    for (;;) {
      if (inData) {
        // An empty message ends with a lone dot right after DATA.
        const empty = buffer.subarray(0, 3).toString("latin1") === ".\r\n";
        const at = empty ? 0 : buffer.indexOf(end);
        if (at < 0) return;
        const content = buffer.subarray(0, empty ? 0 : at + 2);
        buffer = buffer.subarray(empty ? 3 : at + end.length);
        inData = false;
        take(content);
      } else {
        const at = buffer.indexOf("\n");
        if (at < 0) return;
        const line = buffer.subarray(0, at).toString("latin1").replace(/\r$/, "");
        buffer = buffer.subarray(at + 1);
        obey(line);
      }
    }
  };
  socket.on("data", (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    if (buffer.length > largest) socket.destroy();
    else read();
  });
  socket.on("error", () => socket.destroy());
  say("220 conformance.invalid ESMTP");
};

/** Listens on `host` and `port` (0 = a free one); `onMail` hears of each mail as it is kept. Rejects when the port is taken. */
export const startReceiver = async (
  host = "127.0.0.1",
  port = 0,
  onMail: (mail: Mail) => void = () => {},
): Promise<Receiver> => {
  const mails: Mail[] = [];
  const lostOnce = new Set<string>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    converse(socket, (mail) => {
      const lose = mail.recipients.some((to) => to.startsWith("lost-")) && !lostOnce.has(mail.messageId);
      lostOnce.add(mail.messageId);
      mails.push(mail);
      onMail(mail);
      return lose ? "lose" : "keep";
    });
  });
  server.listen(port, host);
  await once(server, "listening");
  const { port: listening } = server.address() as AddressInfo;
  return {
    host,
    port: listening,
    url: `smtp://${host}:${listening}`,
    mails,
    stop: () =>
      new Promise<void>((done) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => done());
      }),
  };
};

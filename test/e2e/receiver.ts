/** An SMTP server on 127.0.0.1 that keeps what it gets, and can be told to do something, refuse or wait at a step of the dialogue. */
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { SMTPServer } from "smtp-server";

export interface Mail {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly raw: Buffer;
  readonly messageId: string;
}

/** `550 no such user`, or `null` to accept. */
export type Refusal = string | null;

export interface TestReceiver {
  readonly url: string;
  /** What was accepted. */
  readonly mails: Mail[];
  /** Called before the reply to RCPT, to the end of DATA, and after the reply to it. */
  hooks: { rcpt?: () => void; data?: () => void; replied?: () => void };
  /** What is refused, and how; a message whose content is refused is not kept. */
  refuse: { rcpt?: (address: string) => Refusal; data?: (mail: Mail) => Refusal };
  /** The reply to the end of DATA waits for this. */
  gate: Promise<void> | null;
  /** Breaks every connection there is, without a word. */
  readonly cut: () => void;
  readonly stop: () => Promise<void>;
}

const failure = (reply: string): Error =>
  Object.assign(new Error(reply.replace(/^\d{3} /, "")), { responseCode: Number(reply.slice(0, 3)) });

export const startReceiver = async (): Promise<TestReceiver> => {
  const mails: Mail[] = [];
  const receiver: Pick<TestReceiver, "hooks" | "refuse" | "gate"> = { hooks: {}, refuse: {}, gate: null };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    logger: false,
    onRcptTo({ address }, _session, done) {
      receiver.hooks.rcpt?.();
      const refusal = receiver.refuse.rcpt?.(address) ?? null;
      if (refusal === null) done();
      else done(failure(refusal));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", async () => {
        const raw = Buffer.concat(chunks);
        const { mailFrom, rcptTo } = session.envelope;
        const mail = {
          raw,
          from: mailFrom === false ? "" : mailFrom.address,
          recipients: rcptTo.map((recipient) => recipient.address),
          messageId: /^message-id:\s*(<[^>]+>)/im.exec(raw.toString("latin1"))?.[1] ?? "",
        };
        const refusal = receiver.refuse.data?.(mail) ?? null;
        if (refusal !== null) {
          done(failure(refusal));
          return;
        }
        mails.push(mail);
        receiver.hooks.data?.();
        if (receiver.gate !== null) await receiver.gate;
        done();
        setImmediate(() => receiver.hooks.replied?.());
      });
    },
  });
  const sockets = new Set<Socket>();
  server.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  // A peer that dies in the middle of a sentence is what these tests are about.
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return Object.assign(receiver, {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
};

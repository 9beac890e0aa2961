/** An SMTP server on 127.0.0.1 that keeps what it gets, and can be told to do something at a step of the dialogue. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export interface Mail {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly raw: Buffer;
  readonly messageId: string;
}

export interface TestReceiver {
  readonly url: string;
  readonly mails: Mail[];
  /** Called before the reply to RCPT, to the end of DATA, and after the reply to it. */
  hooks: { rcpt?: () => void; data?: () => void; replied?: () => void };
  readonly stop: () => Promise<void>;
}

export const startReceiver = async (): Promise<TestReceiver> => {
  const mails: Mail[] = [];
  const receiver: { hooks: TestReceiver["hooks"] } = { hooks: {} };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    logger: false,
    onRcptTo(_address, _session, done) {
      receiver.hooks.rcpt?.();
      done();
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const raw = Buffer.concat(chunks);
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          raw,
          from: mailFrom === false ? "" : mailFrom.address,
          recipients: rcptTo.map((recipient) => recipient.address),
          messageId: /^message-id:\s*(<[^>]+>)/im.exec(raw.toString("latin1"))?.[1] ?? "",
        });
        receiver.hooks.data?.();
        done();
        setImmediate(() => receiver.hooks.replied?.());
      });
    },
  });
  // A peer that dies in the middle of a sentence is what these tests are about.
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return Object.assign(receiver, {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
};

/** A small SMTP server on 127.0.0.1 that keeps what it is given, to show what left the house. Nothing is sent on. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export interface Received {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly raw: Uint8Array;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Resolves with the next message not yet taken; rejects after `millis`. */
  readonly next: (millis: number) => Promise<Received>;
  readonly stop: () => Promise<void>;
}

export const startReceiver = async (): Promise<Receiver> => {
  const received: Received[] = [];
  const waiting: (() => void)[] = [];
  let taken = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? "" : mailFrom.address,
          recipients: rcptTo.map((recipient) => recipient.address),
          raw: Buffer.concat(chunks),
        });
        done();
        for (const wake of waiting.splice(0)) wake();
      });
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    next: async (millis) => {
      const deadline = Date.now() + millis;
      while (received.length <= taken) {
        const left = deadline - Date.now();
        if (left <= 0) throw new Error("no message reached the receiver in time");
        await Promise.race([
          new Promise<void>((resolve) => waiting.push(resolve)),
          new Promise<void>((resolve) => setTimeout(resolve, left)),
        ]);
      }
      const message = received[taken]!;
      taken += 1;
      return message;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
};

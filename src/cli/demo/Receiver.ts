/**
 * A small SMTP server on 127.0.0.1 that keeps what it is given, to show what left the house. Nothing is sent on.
 *
 * **Gotchas**: for trials only: no TLS, no password, and everything stays in memory until it ends.
 */
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

/** Starts one; port 0 takes a free one. `onMessage` gets each message before the sender gets its reply. Rejects when the port is taken. */
export const startReceiver = async (port = 0, onMessage: (message: Received) => void = () => {}): Promise<Receiver> => {
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
        const message = {
          from: mailFrom === false ? "" : mailFrom.address,
          recipients: rcptTo.map((recipient) => recipient.address),
          raw: Buffer.concat(chunks),
        };
        try {
          onMessage(message);
        } catch (error) {
          done(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        received.push(message);
        done();
        for (const wake of waiting.splice(0)) wake();
      });
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  // A client that hangs up in the middle of a sentence is no reason to end.
  server.on("error", () => {});
  const bound = (server.server.address() as AddressInfo).port;
  return {
    url: `smtp://127.0.0.1:${bound}`,
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

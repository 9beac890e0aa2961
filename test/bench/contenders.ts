/** What the benchmark compares: the same drafts through nodemailer alone, and through the whole house. */
import { Effect, Exit, Layer, ManagedRuntime, References } from "effect";
import { createTransport } from "nodemailer";
import { Oversight } from "../../src/contracts/Oversight.ts";
import { layerCarrier, layerDoor, layerOutgoing } from "../../src/server/Installation.ts";
import { Records } from "../../src/store/Records.ts";
import { layerFromUrl } from "../../src/store/Store.ts";
import { agent, alice } from "../support/credentials.ts";
import { configFor, makeMailbox } from "../support/installation.ts";
import { draft, request } from "../support/submission.ts";

/** Messages under way at once. */
export const inFlight = 256;

export const body = "Hi, we've resolved your ticket. Let us know if you have questions.\n".repeat(30);

export interface Contender {
  readonly name: string;
  readonly run: (count: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Runs `one` for 0 … count-1 with at most `inFlight` at once. */
const flood = async (count: number, one: (i: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const i = next;
      next += 1;
      await one(i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, lane));
};

export const bare = (port: number): Contender => {
  const pool = createTransport({
    host: "127.0.0.1",
    port,
    pool: true,
    maxConnections: 10,
    maxMessages: Infinity,
    ignoreTLS: true,
  });
  return {
    name: "bare nodemailer pool",
    run: (count) =>
      flood(count, async (i) => {
        await pool.sendMail({
          from: "Support <support@acme.example>",
          to: "carol@customer.example",
          subject: `Ticket #${i}`,
          text: body,
        });
      }),
    stop: async () => pool.close(),
  };
};

export const governed = async (name: string, database: string, port: number): Promise<Contender> => {
  const config = configFor(database, { SMTP_URL: `smtp://127.0.0.1:${port}` });
  const layer = layerOutgoing(layerCarrier(config)).pipe(
    Layer.provideMerge(layerDoor(config)),
    Layer.provideMerge(layerFromUrl(database)),
  );
  // As `countersign serve` does.
  const runtime = ManagedRuntime.make(Layer.provideMerge(layer, Layer.succeed(References.TracerEnabled, false)));
  await runtime.runPromise(
    Effect.gen(function* () {
      yield* (yield* Oversight).bootstrap(`mm_live_${"o".repeat(43)}`);
      yield* makeMailbox();
    }),
  );
  const { oversight, records } = await runtime.runPromise(
    Effect.gen(function* () {
      return { oversight: yield* Oversight, records: yield* Records };
    }),
  );
  let settled = 0;
  const undelivered = () => runtime.runPromise(records.outboxCounts).then((counts) => counts.messages);
  return {
    name,
    run: async (count) => {
      await flood(count, async (i) => {
        const exit = await runtime.runPromiseExit(
          Effect.gen(function* () {
            const sent = yield* oversight.submit(agent, request({ ...draft({ text: body }), subject: `Ticket #${i}` }));
            yield* oversight.decide(alice, {
              message: sent.state.id,
              decision: "approve",
              digest: sent.state.digest,
              reason: null,
            });
          }),
        );
        if (!Exit.isSuccess(exit)) throw new Error(String(exit.cause));
      });
      while ((await undelivered()) > 0) await new Promise((resolve) => setTimeout(resolve, 25));
      settled += count;
      const delivered = await runtime.runPromise(
        records.messages({ tenant: "default", statuses: ["delivered"], limit: 1 }),
      );
      if (delivered.length === 0) throw new Error("nothing is delivered");
    },
    stop: async () => {
      const checked = await runtime.runPromise(oversight.verifyLog);
      console.log(
        `  ${name}: ${settled} messages, log of ${checked.entries} entries replayed and equal to the stored state`,
      );
      await runtime.dispose();
    },
  };
};

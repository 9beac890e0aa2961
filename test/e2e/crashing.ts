/**
 * The server of `countersign serve`, but with a store and a carrier that end the process with SIGKILL at one named step.
 * `CRASH_AT=commit-before:approve` | `commit-after:dispatch` | `send-before` | `send-after`; only the first time, since a
 * restart runs without it. The program under test has no such hooks.
 */
import { Effect, Layer } from "effect";
import { Transport } from "../../src/delivery/Transport.ts";
import { layerCarrier } from "../../src/server/Installation.ts";
import { layerServer } from "../../src/server/Server.ts";
import { readServerSettings } from "../../src/server/settings/ServerSettings.ts";
import { Journal } from "../../src/store/Journal.ts";
import { layerFromUrl } from "../../src/store/Store.ts";

const [where, type] = (process.env["CRASH_AT"] ?? "").split(":");

const die = (): never => {
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way; nothing more may happen here.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error("unreachable");
};

const config = await Effect.runPromise(readServerSettings(process.env));

const layerCrashingJournal = Layer.effect(
  Journal,
  Effect.map(Journal, (journal) =>
    Journal.of({
      ...journal,
      transact: (needs, decide) => {
        let there = false;
        return journal
          .transact(needs, (loaded) => {
            const decided = decide(loaded);
            there = decided.writes.entries.some((entry) => entry.type === type);
            // Inside the transaction: everything is decided, nothing is committed.
            if (there && where === "commit-before") die();
            return decided;
          })
          .pipe(Effect.tap(() => Effect.sync(() => void (there && where === "commit-after" && die()))));
      },
    }),
  ),
);

const store = layerCrashingJournal.pipe(Layer.provideMerge(layerFromUrl(config.database)));

const carrier = Layer.effect(
  Transport,
  Effect.map(Transport, (transport) =>
    Transport.of({
      reserve: (most) =>
        Effect.map(transport.reserve(most), (slots) =>
          slots.map((slot) => ({
            ...slot,
            send: (permit, mayBegin) =>
              Effect.gen(function* () {
                if (where === "send-before") die();
                const handOver = yield* slot.send(permit, mayBegin);
                if (where === "send-after") die();
                return handOver;
              }),
          })),
        ),
    }),
  ),
).pipe(Layer.provide(layerCarrier(config)));

await Effect.runPromise(Layer.launch(layerServer(config, (line) => console.log(line), store, carrier)));

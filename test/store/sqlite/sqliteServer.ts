/** A process that opens a SQLite store, and on a word commits entries until it is killed. */
import { Effect, Layer } from "effect";
import { Journal } from "../../../src/store/Journal.ts";
import { layerFromUrl } from "../../../src/store/Store.ts";
import { growth, noNeeds } from "../rows.ts";

const path = process.argv[2]!;

const writing = Effect.gen(function* () {
  const journal = yield* Journal;
  yield* Effect.callback<void>((resume) => {
    process.once("message", () => resume(Effect.void));
    process.send!("open");
  });
  for (;;) {
    const size = yield* journal.transact(noNeeds, (loaded) => ({
      writes: growth(loaded, { entries: [{}, {}, {}] }),
      result: loaded.head.size + 3,
    }));
    if (size === 150) process.send!(size);
  }
});

await Effect.runPromise(Effect.scoped(Effect.provide(writing, Layer.orDie(layerFromUrl(path)))));

/** The newest checkpoints beside the database: what several processes, each in its own time, leave there. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Effect, Result } from "effect";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { parseCheckpoint } from "../../src/audit/tree/Checkpoint.ts";
import { checkpointFile } from "../../src/log/CheckpointFile.ts";
import { checkpointOver } from "../support/logExport.ts";
import { origin } from "../support/logKeys.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { grow } from "./grow.ts";
import { withInstallation } from "../support/installation.ts";

const sizeIn = (file: string, of: string): number => {
  const note = (JSON.parse(readFileSync(file, "utf8")) as Record<string, string>)[of];
  const parsed = parseCheckpoint(note ?? "");
  return Result.isSuccess(parsed) ? parsed.success.checkpoint.size : -1;
};

describe("the checkpoint file", () => {
  const leaves = Array.from({ length: 8 }, (_, i) => `leaf ${i}`);
  const note = (size: number, of = origin) => checkpointOver(leaves.slice(0, size), undefined, of);

  it("never goes back, and loses no other log's, whoever writes at once", async () => {
    const others = ["b.example/log", "c.example/log"];
    for (let round = 0; round < 10; round++) {
      const folder = temporaryFolder();
      const file = join(folder, "checkpoint");
      // The oldest last, so that what simply overwrites ends with it.
      const writes = [8, 3, 5, 1].flatMap((size) =>
        [origin, ...others].map(async (of) => [of, await note(size, of)] as const),
      );
      await Effect.runPromise(
        Effect.forEach(await Promise.all(writes), ([of, text]) => checkpointFile(file, of).write(text), {
          concurrency: "unbounded",
          discard: true,
        }),
      );
      for (const of of [origin, ...others]) assert.strictEqual(sizeIn(file, of), 8, of);
      assert.deepEqual(readdirSync(folder), ["checkpoint"]);
    }
  });

  it("is put in order where it holds no checkpoint of this log, and left as it is where it is unreadable", async () => {
    const file = join(temporaryFolder(), "checkpoint");
    writeFileSync(file, JSON.stringify({ [origin]: "trust me", "b.example/log": "kept" }));
    await Effect.runPromise(checkpointFile(file, origin).write(await note(2)));
    assert.strictEqual(sizeIn(file, origin), 2);
    assert.include(readFileSync(file, "utf8"), '"kept"');
    writeFileSync(file, "{");
    const refused = await Effect.runPromise(Effect.result(checkpointFile(file, origin).write(await note(3))));
    assert.isTrue(Result.isFailure(refused));
    assert.strictEqual(readFileSync(file, "utf8"), "{");
  });
});

describe("two servers of one log", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  it("OV-76 durable-before-shown: each has in its own file what the other has signed, before it shows it", async () => {
    const database = await postgres.freshDatabase();
    const folder = temporaryFolder();
    const files = ["one", "other"].map((name) => join(folder, name)) as [string, string];
    await withInstallation(
      database,
      (one) =>
        Effect.promise(() =>
          withInstallation(
            database,
            (other) =>
              Effect.gen(function* () {
                yield* one.log.ready;
                yield* other.log.ready;
                for (let round = 0; round < 10; round++) {
                  const [signs, follows, file] = round % 2 === 0 ? [one, other, files[1]] : [other, one, files[0]];
                  yield* grow(signs, 3);
                  yield* signs.log.ready;
                  yield* follows.log.ready;
                  const { size } = yield* one.journal.head;
                  assert.strictEqual(sizeIn(file, origin), size, `round ${round}`);
                }
              }),
            { COUNTERSIGN_CHECKPOINT_FILE: files[1] },
          ),
        ),
      { COUNTERSIGN_CHECKPOINT_FILE: files[0] },
    );
  });
});

/** What the log signs, and what it never signs. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Effect, Result } from "effect";
import { assert, describe, it } from "vitest";
import { openCheckpoint } from "../../src/audit/tree/Checkpoint.ts";
import { append, emptyFrontier, rootOf } from "../../src/audit/tree/Tree.ts";
import { operator, temporaryFolder } from "../oversight/house.ts";
import { grow, inHouse, keysOf, type House } from "./house.ts";

const fresh = (): string => join(temporaryFolder(), "log.db");

const refused = (house: House): Effect.Effect<string, unknown> =>
  Effect.map(Effect.result(house.log.ready), (result) =>
    Result.isFailure(result) ? `${result.failure.message} ${result.failure.hint}` : "it was signed",
  );

const opened = (house: House) =>
  Effect.gen(function* () {
    const note = yield* house.log.checkpoint;
    const keys = yield* keysOf(house.log);
    return yield* Effect.fromResult(yield* Effect.promise(() => openCheckpoint(note, keys)));
  });

describe("a checkpoint", () => {
  it("OV-76 durable-before-shown: is over the entries there are, by both keys, in the database and in the file", async () => {
    const database = fresh();
    const first = await inHouse(database, (house) =>
      Effect.gen(function* () {
        yield* grow(house, 300);
        yield* house.log.ready;
        const { checkpoint, logKeys, note } = yield* opened(house);
        const { size, root } = yield* house.journal.head;
        assert.deepInclude(checkpoint, { origin: "acme.example/log", size });
        assert.deepEqual(Buffer.from(checkpoint.root), Buffer.from(root));
        assert.lengthOf(logKeys, 2);
        const entries = yield* house.journal.entries({ from: 0, limit: 1000 });
        const computed = rootOf(
          append(
            emptyFrontier,
            entries.map(({ leafHash }) => leafHash),
          ),
        );
        assert.deepEqual(Buffer.from(computed), Buffer.from(root));
        const row = yield* house.records.lastCheckpoint("acme.example/log");
        const noted = JSON.parse(readFileSync(`${database}.checkpoint`, "utf8")) as Record<string, string>;
        assert.strictEqual(noted["acme.example/log"], row?.note);
        assert.include(row?.note, note.text);
        assert.strictEqual(statSync(`${database}.checkpoint`).mode & 0o777, 0o600);
        return { note: row!.note, keys: yield* house.log.keys };
      }),
    );
    // Another start signs on from there, with the same keys.
    await inHouse(database, (house) =>
      Effect.gen(function* () {
        assert.deepEqual(yield* house.log.keys, first.keys);
        yield* grow(house, 1);
        yield* house.log.ready;
        assert.strictEqual((yield* opened(house)).checkpoint.size, 303);
      }),
    );
  });

  it("OV-75 checkpoint-in-time: comes by itself while the log grows, and not when it does not", async () => {
    await inHouse(fresh(), (house) =>
      Effect.gen(function* () {
        const sizes = new Set<number>();
        const until = Date.now() + 4000;
        while (Date.now() < until) {
          yield* grow(house, 2);
          sizes.add((yield* opened(house)).checkpoint.size);
          yield* Effect.sleep(20);
        }
        assert.isAtLeast(sizes.size, 3);
        yield* house.log.ready;
        const { checkpoint } = yield* opened(house);
        yield* Effect.sleep(1200);
        assert.strictEqual((yield* opened(house)).checkpoint.size, checkpoint.size);
      }),
    );
  });

  it("many at once get one, over all of them", async () => {
    await inHouse(fresh(), (house) =>
      Effect.gen(function* () {
        yield* grow(house, 10);
        const receipts = yield* Effect.all(
          Array.from({ length: 10 }, (_, i) => house.log.receipt(operator, String(i))),
          { concurrency: "unbounded" },
        );
        assert.isAtMost(new Set(receipts.map(({ size }) => size)).size, 2);
      }),
    );
  });
});

describe("OV-76 durable-before-shown: what cannot be kept", () => {
  it("is not shown, nor stored anywhere", async () => {
    const database = fresh();
    const file = `${database}.is-a-file`;
    writeFileSync(file, "");
    await inHouse(
      database,
      (house) =>
        Effect.gen(function* () {
          yield* grow(house, 3);
          const shown = yield* Effect.result(house.log.checkpoint);
          assert.isTrue(Result.isFailure(shown));
          assert.isNull(yield* house.records.lastCheckpoint("acme.example/log"));
        }),
      { COUNTERSIGN_CHECKPOINT_FILE: join(file, "log.checkpoint") },
    );
  });
});

describe("OV-77 rollback-refused: the signer refuses", () => {
  /** A log that signed on after it was copied; answers the folder's files. */
  const withBackup = async (after = 5) => {
    const database = fresh();
    const backup = `${database}.backup`;
    await inHouse(database, (house) => Effect.andThen(grow(house, 20), house.log.ready));
    copyFileSync(database, backup);
    await inHouse(database, (house) => Effect.andThen(grow(house, after), house.log.ready));
    return { database, backup, restore: () => copyFileSync(backup, database), file: `${database}.checkpoint` };
  };

  it("an older database that was put back, and signs nothing more", async () => {
    const { database, restore } = await withBackup();
    restore();
    await inHouse(database, (house) =>
      Effect.gen(function* () {
        const why = yield* refused(house);
        assert.match(why, /does not agree with the checkpoint it signed .*27 entries.*has 22 entries/);
        assert.include(why, "COUNTERSIGN_LOG_ORIGIN");
        // Entries go on; nothing that is signed does.
        yield* grow(house, 1);
        for (const ask of [
          house.log.receipt(operator, "0"),
          house.log.export(operator, { format: "jsonl", proofs: false }),
          house.log.checkpoint,
        ]) {
          const answer = yield* Effect.result(ask as Effect.Effect<unknown, { readonly reason: string }>);
          assert.strictEqual(Result.isFailure(answer) ? answer.failure.reason : "signed", "unavailable");
        }
      }),
    );
  });

  it("an older database that has grown past what was signed, on another branch", async () => {
    const { database, restore, file } = await withBackup();
    restore();
    // Written without the file that knows better, and a second later: else they would be the very same entries.
    await inHouse(database, (house) => Effect.andThen(Effect.sleep(1100), grow(house, 12)), {
      COUNTERSIGN_CHECKPOINT_FILE: `${file}.other`,
    });
    await inHouse(database, (house) =>
      Effect.gen(function* () {
        assert.match(yield* refused(house), /34 entries do not begin with those/);
      }),
    );
  });

  it("as many entries with another root", async () => {
    const { database, restore, file } = await withBackup(6);
    restore();
    await inHouse(database, (house) => Effect.andThen(Effect.sleep(1100), grow(house, 6)), {
      COUNTERSIGN_CHECKPOINT_FILE: `${file}.other`,
    });
    await inHouse(database, (house) =>
      Effect.gen(function* () {
        assert.match(yield* refused(house), /its root is another/);
      }),
    );
  });

  it("nothing of this where the restored log has another name, or no file remembers", async () => {
    const { database, restore, file } = await withBackup();
    restore();
    await inHouse(database, (house) => house.log.ready, { COUNTERSIGN_LOG_ORIGIN: "acme.example/log-2" });
    const notes = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
    assert.sameMembers(Object.keys(notes), ["acme.example/log", "acme.example/log-2"]);
    await inHouse(database, (house) => Effect.map(refused(house), (why) => assert.match(why, /does not agree/)));
    rmSync(file);
    await inHouse(database, (house) => house.log.ready);
    assert.isTrue(existsSync(file));
  });

  it("a database without the keys that signed", async () => {
    const { database } = await withBackup();
    rmSync(database);
    await inHouse(database, (house) =>
      Effect.gen(function* () {
        yield* grow(house, 40);
        assert.match(yield* refused(house), /none that this log's keys have signed/);
      }),
    );
  });

  it("a file that was changed, cut, exchanged or cannot be read", async () => {
    const { database, file } = await withBackup();
    const good = readFileSync(file, "utf8");
    const breaks: readonly (readonly [string, () => void, RegExp])[] = [
      ["another size", () => writeFileSync(file, good.replace("\\n27\\n", "\\n26\\n")), /none that this log's keys/],
      ["cut", () => writeFileSync(file, good.slice(0, 40)), /is not what this program wrote/],
      ["empty", () => writeFileSync(file, ""), /is not what this program wrote/],
      ["no note", () => writeFileSync(file, '{"acme.example/log":"trust me"}'), /none that this log's keys/],
      ["too large", () => writeFileSync(file, " ".repeat(2_000_000)), /too large/],
      [
        "a folder",
        () => {
          rmSync(file);
          mkdirSync(file);
        },
        /cannot be used/,
      ],
    ];
    for (const [name, change, why] of breaks) {
      change();
      await inHouse(database, (house) => Effect.map(refused(house), (said) => assert.match(said, why, name)));
    }
    rmSync(file, { recursive: true });
    writeFileSync(file, good);
    await inHouse(database, (house) => house.log.ready);
  });
});

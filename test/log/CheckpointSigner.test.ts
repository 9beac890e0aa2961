/** What the log signs, and what it never signs. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Effect, Result } from "effect";
import { assert, describe, it } from "vitest";
import { openCheckpoint } from "../../src/audit/tree/Checkpoint.ts";
import { append, emptyFrontier, rootOf } from "../../src/audit/tree/Tree.ts";
import { operator } from "../support/credentials.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { grow, keysOf } from "./grow.ts";
import { withInstallation, type Installation } from "../support/installation.ts";

const fresh = (): string => join(temporaryFolder(), "log.db");

const refused = (installation: Installation): Effect.Effect<string, unknown> =>
  Effect.map(Effect.result(installation.log.ready), (result) =>
    Result.isFailure(result) ? `${result.failure.message} ${result.failure.hint}` : "it was signed",
  );

const opened = (installation: Installation) =>
  Effect.gen(function* () {
    const note = yield* installation.log.checkpoint;
    const keys = yield* keysOf(installation.log);
    return yield* Effect.fromResult(yield* Effect.promise(() => openCheckpoint(note, keys)));
  });

describe("a checkpoint", () => {
  it("OV-76 durable-before-shown: is over the entries there are, by both keys, in the database and in the file", async () => {
    const database = fresh();
    const first = await withInstallation(database, (installation) =>
      Effect.gen(function* () {
        yield* grow(installation, 300);
        yield* installation.log.ready;
        const { checkpoint, logKeys, note } = yield* opened(installation);
        const { size, root } = yield* installation.journal.head;
        assert.deepInclude(checkpoint, { origin: "acme.example/log", size });
        assert.deepEqual(Buffer.from(checkpoint.root), Buffer.from(root));
        assert.lengthOf(logKeys, 2);
        const entries = yield* installation.journal.entries({ from: 0, limit: 1000 });
        const computed = rootOf(
          append(
            emptyFrontier,
            entries.map(({ leafHash }) => leafHash),
          ),
        );
        assert.deepEqual(Buffer.from(computed), Buffer.from(root));
        const row = yield* installation.records.lastCheckpoint("acme.example/log");
        const noted = JSON.parse(readFileSync(`${database}.checkpoint`, "utf8")) as Record<string, string>;
        assert.strictEqual(noted["acme.example/log"], row?.note);
        assert.include(row?.note, note.text);
        assert.strictEqual(statSync(`${database}.checkpoint`).mode & 0o777, 0o600);
        return { note: row!.note, keys: yield* installation.log.keys };
      }),
    );
    // Another start signs on from there, with the same keys.
    await withInstallation(database, (installation) =>
      Effect.gen(function* () {
        assert.deepEqual(yield* installation.log.keys, first.keys);
        yield* grow(installation, 1);
        yield* installation.log.ready;
        assert.strictEqual((yield* opened(installation)).checkpoint.size, 303);
      }),
    );
  });

  it("OV-75 checkpoint-in-time: comes by itself while the log grows, and not when it does not", async () => {
    await withInstallation(fresh(), (installation) =>
      Effect.gen(function* () {
        const sizes = new Set<number>();
        const until = Date.now() + 4000;
        while (Date.now() < until) {
          yield* grow(installation, 2);
          sizes.add((yield* opened(installation)).checkpoint.size);
          yield* Effect.sleep(20);
        }
        assert.isAtLeast(sizes.size, 3);
        yield* installation.log.ready;
        const { checkpoint } = yield* opened(installation);
        yield* Effect.sleep(1200);
        assert.strictEqual((yield* opened(installation)).checkpoint.size, checkpoint.size);
      }),
    );
  });

  it("many at once get one, over all of them", async () => {
    await withInstallation(fresh(), (installation) =>
      Effect.gen(function* () {
        yield* grow(installation, 10);
        const receipts = yield* Effect.all(
          Array.from({ length: 10 }, (_, i) => installation.log.receipt(operator, String(i))),
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
    await withInstallation(
      database,
      (installation) =>
        Effect.gen(function* () {
          yield* grow(installation, 3);
          const shown = yield* Effect.result(installation.log.checkpoint);
          assert.isTrue(Result.isFailure(shown));
          assert.isNull(yield* installation.records.lastCheckpoint("acme.example/log"));
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
    await withInstallation(database, (installation) => Effect.andThen(grow(installation, 20), installation.log.ready));
    copyFileSync(database, backup);
    await withInstallation(database, (installation) =>
      Effect.andThen(grow(installation, after), installation.log.ready),
    );
    return { database, backup, restore: () => copyFileSync(backup, database), file: `${database}.checkpoint` };
  };

  it("an older database that was put back, and signs nothing more", async () => {
    const { database, restore } = await withBackup();
    restore();
    await withInstallation(database, (installation) =>
      Effect.gen(function* () {
        const why = yield* refused(installation);
        assert.match(why, /does not agree with the checkpoint it signed .*27 entries.*has 22 entries/);
        assert.include(why, "give it another name");
        // Entries go on; nothing that is signed does.
        yield* grow(installation, 1);
        for (const ask of [
          installation.log.receipt(operator, "0"),
          installation.log.export(operator, { format: "jsonl", proofs: false }),
          installation.log.checkpoint,
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
    await withInstallation(database, (installation) => Effect.andThen(Effect.sleep(1100), grow(installation, 12)), {
      COUNTERSIGN_CHECKPOINT_FILE: `${file}.other`,
    });
    await withInstallation(database, (installation) =>
      Effect.gen(function* () {
        assert.match(yield* refused(installation), /34 entries do not begin with those/);
      }),
    );
  });

  it("as many entries with another root", async () => {
    const { database, restore, file } = await withBackup(6);
    restore();
    await withInstallation(database, (installation) => Effect.andThen(Effect.sleep(1100), grow(installation, 6)), {
      COUNTERSIGN_CHECKPOINT_FILE: `${file}.other`,
    });
    await withInstallation(database, (installation) =>
      Effect.gen(function* () {
        assert.match(yield* refused(installation), /its root is another/);
      }),
    );
  });

  it("nothing of this where the restored log has another name, or no file remembers", async () => {
    const { database, restore, file } = await withBackup();
    restore();
    await withInstallation(database, (installation) => installation.log.ready, {
      COUNTERSIGN_LOG_ORIGIN: "acme.example/log-2",
    });
    const notes = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
    assert.sameMembers(Object.keys(notes), ["acme.example/log", "acme.example/log-2"]);
    await withInstallation(database, (installation) =>
      Effect.map(refused(installation), (why) => assert.match(why, /does not agree/)),
    );
    rmSync(file);
    await withInstallation(database, (installation) => installation.log.ready);
    assert.isTrue(existsSync(file));
  });

  it("a database without the keys that signed", async () => {
    const { database } = await withBackup();
    rmSync(database);
    await withInstallation(database, (installation) =>
      Effect.gen(function* () {
        yield* grow(installation, 40);
        assert.match(yield* refused(installation), /none that this log's keys have signed/);
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
      await withInstallation(database, (installation) =>
        Effect.map(refused(installation), (said) => assert.match(said, why, name)),
      );
    }
    rmSync(file, { recursive: true });
    writeFileSync(file, good);
    await withInstallation(database, (installation) => installation.log.ready);
  });
});

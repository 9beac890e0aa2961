/**
 * Signs checkpoints, and only such as agree with every one signed before. @spec OV-75 OV-76 OV-77
 *
 * - What was signed is known from two places: the database, and a file beside it that does not go back when a backup is restored.
 *   The tree over the entries there are must begin with the tree of each, shown by a consistency proof from the stored nodes.
 * - Order: check → sign → file (flushed) → database → show. So whoever has seen a checkpoint can hold the log to it.
 * - While the log grows there is one about every 0.8 s; whoever needs one at once gets it, at most ten a second in all.
 *
 * **Gotchas**: once it has refused it stays so until the server is started again; entries are still written.
 */
import { Clock, Effect, Option, Result, Schedule, Semaphore } from "effect";
import { nowSeconds } from "../model/time.ts";
import { type Checkpoint, openCheckpoint, signCheckpoint } from "../audit/tree/Checkpoint.ts";
import { sameHash, verifyConsistency } from "../audit/tree/MerkleProof.ts";
import type { Journal } from "../store/Journal.ts";
import type { LogRecords } from "../store/LogRecords.ts";
import type { checkpointFile } from "./CheckpointFile.ts";
import { inconsistent, LogRefusal } from "./errors.ts";
import type { LogKeys } from "./LogKeys.ts";
import type { TreeReader } from "./TreeReader.ts";
import { fromStore, ServiceError } from "../contracts/errors.ts";
import { LogHead } from "../model/records/log.ts";

/** A checkpoint that is durable. `note` is whole and signed. */
export interface Signed extends Checkpoint {
  readonly note: string;
}

/** How often a growing log is signed, milliseconds: at most a second apart, with the time that signing takes. */
const every = 800;
/** Between two that are asked for, milliseconds. */
const apart = 100;

/** What was signed before, and where it is kept. */
interface Earlier extends Signed {
  readonly where: string;
}

const wayBack = (origin: string): string =>
  "Restore the newest database there is, with every entry that was signed. To go on with an older one on purpose, give it another name " +
  `(its origin; this one is ${origin}), so that nobody takes the two for one log.`;

export interface CheckpointSignerParts {
  readonly origin: string;
  readonly journal: Journal["Service"];
  readonly records: LogRecords["Service"];
  readonly keys: LogKeys;
  readonly tree: TreeReader;
  readonly file: ReturnType<typeof checkpointFile>;
}

export const makeCheckpointSigner = Effect.fnUntraced(function* ({
  origin,
  journal,
  records,
  keys,
  tree,
  file,
}: CheckpointSignerParts) {
  const oneAtATime = Semaphore.makeUnsafe(1).withPermits(1);
  let last: Signed | null = null;
  let checked = false;
  let signedAt = 0;
  let refusal: LogRefusal | null = null;

  const headNow = journal.head.pipe(Effect.catch(fromStore));

  /** Reads a note that must be ours. */
  const opened = Effect.fnUntraced(function* (note: string, where: string) {
    const signers = yield* keys.signers;
    const read = yield* Effect.promise(() =>
      openCheckpoint(
        note,
        signers.map(({ key }) => key),
      ),
    );
    if (Result.isSuccess(read)) return { ...read.success.checkpoint, note, where } satisfies Earlier;
    return yield* inconsistent(
      `The checkpoint in ${where} is none that this log's keys have signed: ${read.failure.message}`,
      `The database lacks the keys the log was signed with, or somebody wrote into ${where}. ${wayBack(origin)}`,
      "rename_log",
    );
  });

  /** The tree of `head` must begin with that of `earlier`. */
  const hold = Effect.fnUntraced(function* (earlier: Earlier, head: Pick<LogHead, "size" | "root">) {
    const say = (how: string) =>
      inconsistent(
        `The log does not agree with the checkpoint it signed (${earlier.where}, ${earlier.size} entries): ${how}. Nothing is signed.`,
        wayBack(origin),
        "rename_log",
      );
    if (head.size < earlier.size) return yield* say(`it has ${head.size} entries now`);
    if (head.size === earlier.size) {
      return sameHash(head.root, earlier.root) ? undefined : yield* say("its root is another");
    }
    const path = yield* tree.consistency(earlier.size, head.size);
    const { size, root } = head;
    const grown = verifyConsistency({ oldSize: earlier.size, oldRoot: earlier.root, size, root, path });
    return grown ? undefined : yield* say(`its ${size} entries do not begin with those`);
  });

  /** Everything signed so far, by whatever process, held against the log. Moves `last` to the newest. */
  const catchUp = Effect.fnUntraced(function* (head: LogHead) {
    const stored = yield* records.lastCheckpoint(origin).pipe(Effect.catch(fromStore));
    const noted = checked ? null : yield* file.read;
    const earlier: Earlier[] = [];
    if (noted !== null) earlier.push(yield* opened(noted, "the checkpoint file"));
    if (stored !== null && (last === null || stored.size > last.size)) {
      earlier.push(yield* opened(stored.note, "the database"));
    }
    // Another process may have added and signed entries since the head was read.
    const newest = Math.max(head.size, ...earlier.map(({ size }) => size));
    const now = newest > head.size ? yield* headNow : head;
    let latest: Signed | null = last;
    for (const one of earlier) {
      yield* hold(one, now);
      if (latest === null || one.size > latest.size) latest = one;
    }
    // Each place learns what only the other had, before anybody is shown it; the file also what another process has signed since.
    if (latest !== null) {
      if (!checked && (stored === null || stored.size < latest.size)) yield* store(latest);
      if (checked ? latest !== last : noted !== latest.note) yield* file.write(latest.note);
    }
    last = latest;
    checked = true;
    return now;
  });

  const store = Effect.fnUntraced(function* ({ size, root, note }: Signed) {
    const at = yield* nowSeconds;
    return yield* records.addCheckpoint({ origin, size, root, note, at }).pipe(Effect.catch(fromStore));
  });

  const signHead = Effect.gen(function* () {
    let head = yield* catchUp(yield* headNow);
    for (let attempt = 0; attempt < 3; attempt++) {
      const before: Signed | null = last;
      if (before !== null) {
        yield* hold({ ...before, where: "the newest one" }, head);
        if (before.size === head.size) return before;
      }
      const signers = yield* keys.signers;
      const { size, root } = head;
      const signed = yield* Effect.promise(() => signCheckpoint({ origin, size, root }, signers));
      if (Result.isFailure(signed)) return yield* inconsistent(signed.failure.message, signed.failure.hint);
      const next: Signed = { origin, size, root, note: signed.success };
      yield* file.write(next.note);
      const added = yield* store(next);
      signedAt = yield* Clock.currentTimeMillis;
      if (added) return (last = next);
      // Another process was first; what it signed is held against the log like everything else.
      head = yield* catchUp(yield* headNow);
    }
    return yield* inconsistent("The log's servers keep overtaking each other in signing.", "Try again.");
  });

  /** A refusal stays; an outage of the store does not. */
  const guarded = Effect.suspend(() => (refusal === null ? signHead : Effect.fail(refusal))).pipe(
    Effect.tapError((error) =>
      Effect.suspend(() => {
        if (!(error instanceof LogRefusal) || refusal !== null) return Effect.void;
        refusal = error;
        return Effect.logFatal(`${error.message} ${error.hint}`);
      }),
    ),
  );

  /** A durable checkpoint over at least `size` entries; over all there are when it has to be signed. */
  const cover = (size: number): Effect.Effect<Signed, ServiceError | LogRefusal> =>
    Effect.suspend(() => {
      const known = last;
      return known !== null && checked && known.size >= size
        ? Effect.succeed(known)
        : oneAtATime(
            Effect.suspend(() => {
              const meanwhile = last;
              if (meanwhile !== null && checked && meanwhile.size >= size) return Effect.succeed(meanwhile);
              return Clock.currentTimeMillis.pipe(
                Effect.flatMap((now) => Effect.sleep(Math.max(0, Math.min(apart, signedAt + apart - now)))),
                Effect.andThen(guarded),
              );
            }),
          );
    });

  /** Signs what is there now, whatever its age. */
  const signNow = Effect.flatMap(headNow, (head) => cover(head.size));

  const beat = Effect.suspend(() =>
    refusal === null
      ? Effect.flatMap(headNow, (head) => (head.size > 0 ? cover(head.size) : Effect.void))
      : Effect.void,
  ).pipe(
    // What must be told with its cause has been; here it is tried again.
    Effect.catch(({ message }) => Effect.logWarning(`The log was not signed: ${message}`)),
    Effect.catchCause((cause) => Effect.logWarning("The log was not signed", cause)),
    Effect.repeat(Schedule.spaced(every)),
  );

  return {
    cover,
    signNow,
    /** Checks and signs, for the start: fails when the log is not the one that was signed. */
    ready: signNow,
    latest: Effect.suspend(() => (last === null || !checked ? signNow : Effect.succeed(last))),
    /** What stopped the signing. */
    refused: Effect.sync(() => Option.fromNullishOr(refusal)),
    beat,
  };
});

export type CheckpointSigner = Effect.Success<ReturnType<typeof makeCheckpointSigner>>;

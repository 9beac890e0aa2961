/**
 * Signs the head of the log, held against everything signed before. @spec OV-76 OV-77
 *
 * - What was signed is known from two places: the database, and a file beside it that does not go back when a backup is restored.
 *   The tree over the entries there are must begin with the tree of each, shown by a consistency proof from the stored nodes.
 * - Order: check → sign → file (flushed) → database → show. So whoever has seen a checkpoint can hold the log to it.
 */
import { Clock, Effect, Result } from "effect";
import { signCheckpoint } from "../audit/tree/Checkpoint.ts";
import { fromStore } from "../contracts/errors.ts";
import type { LogHead } from "../model/records/log.ts";
import { nowSeconds } from "../model/time.ts";
import type { Journal } from "../store/Journal.ts";
import type { LogRecords } from "../store/LogRecords.ts";
import type { checkpointFile } from "./CheckpointFile.ts";
import { type Earlier, makeEarlierCheckpoints, type Signed } from "./earlierCheckpoints.ts";
import { inconsistent } from "./errors.ts";
import type { LogKeys } from "./LogKeys.ts";
import type { TreeReader } from "./TreeReader.ts";

export interface CheckpointSignerParts {
  readonly origin: string;
  readonly journal: Journal["Service"];
  readonly records: LogRecords["Service"];
  readonly keys: LogKeys;
  readonly tree: TreeReader;
  readonly file: ReturnType<typeof checkpointFile>;
}

export const makeSignedHead = ({ origin, journal, records, keys, tree, file }: CheckpointSignerParts) => {
  const { opened, hold } = makeEarlierCheckpoints(origin, keys, tree);
  let last: Signed | null = null;
  let checked = false;
  let signedAt = 0;

  const headNow = journal.head.pipe(Effect.catch(fromStore));

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

  return {
    headNow,
    signHead,
    /** The newest that was signed, if it is known by now that the log agrees with it. */
    known: (): Signed | null => (checked ? last : null),
    /** When this process signed last, milliseconds. */
    signedAt: (): number => signedAt,
  };
};

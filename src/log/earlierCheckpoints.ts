/** The checkpoints signed earlier, and whether the log still begins with the tree of each. @spec OV-77 */
import { Effect, Result } from "effect";
import { type Checkpoint, openCheckpoint } from "../audit/tree/Checkpoint.ts";
import { sameHash, verifyConsistency } from "../audit/tree/MerkleProof.ts";
import type { LogHead } from "../model/records/log.ts";
import { inconsistent } from "./errors.ts";
import type { LogKeys } from "./LogKeys.ts";
import type { TreeReader } from "./TreeReader.ts";

/** A checkpoint that is durable. `note` is whole and signed. */
export interface Signed extends Checkpoint {
  readonly note: string;
}

/** What was signed before, and where it is kept. */
export interface Earlier extends Signed {
  readonly where: string;
}

const wayBack = (origin: string): string =>
  "Restore the newest database there is, with every entry that was signed. To go on with an older one on purpose, give it another name " +
  `(its origin; this one is ${origin}), so that nobody takes the two for one log.`;

export const makeEarlierCheckpoints = (origin: string, keys: LogKeys, tree: TreeReader) => {
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

  return { opened, hold };
};

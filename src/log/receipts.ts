/** Receipts: one entry with its path to a signed checkpoint, for a caller who may see it. */
import { Effect } from "effect";
import { leafBytes } from "../audit/leaf/Leaf.ts";
import { verifyInclusion } from "../audit/tree/MerkleProof.ts";
import { formatReceipt } from "../audit/tree/Receipt.ts";
import { fromStore, missing } from "../contracts/errors.ts";
import { reaches, type Credential } from "../model/Credential.ts";
import type { Journal } from "../store/Journal.ts";
import type { CheckpointSigner } from "./CheckpointSigner.ts";
import { inconsistent } from "./errors.ts";
import { reader } from "./scope.ts";
import type { TreeReader } from "./TreeReader.ts";
import type { makeWitnesses } from "./Witnesses.ts";

interface ReceiptParts {
  readonly origin: string;
  readonly journal: Journal["Service"];
  readonly signer: CheckpointSigner;
  readonly tree: TreeReader;
  readonly witnesses: ReturnType<typeof makeWitnesses>;
}

const noEntry = missing("There is no such entry.", "Use an audit_ref, or the leaf_index of an entry you can see.");

/** `<origin>/<index>` or `<index>`. */
const indexOf = (ref: string, origin: string): number | null => {
  const text = ref.startsWith(`${origin}/`) ? ref.slice(origin.length + 1) : ref;
  return /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : null;
};

export const makeReceipt = ({ origin, journal, signer, tree, witnesses }: ReceiptParts) =>
  Effect.fnUntraced(function* (credential: Credential, ref: string) {
    yield* reader(credential);
    const index = indexOf(ref, origin);
    const [entry] =
      index === null
        ? []
        : yield* journal.entries({ from: index, to: index + 1, limit: 1 }).pipe(Effect.catch(fromStore));
    const mine =
      entry !== undefined &&
      entry.tenant === credential.tenant &&
      (entry.mailbox === null ? credential.mailboxes === null : reaches(credential, entry.mailbox));
    if (entry === undefined || !mine) return yield* noEntry;
    const signed = yield* signer.cover(entry.index + 1);
    const path = yield* tree.inclusion(entry.index, signed.size);
    const { leafHash } = entry;
    // A receipt that does not verify would accuse an honest log: better none.
    if (!verifyInclusion({ leafHash, index: entry.index, size: signed.size, path, root: signed.root })) {
      return yield* inconsistent(
        `The store's tree does not lead from entry ${entry.index} to its root.`,
        "Stop, and restore the database from a backup.",
      );
    }
    const checkpoint = yield* witnesses.cosigned(signed);
    const text = formatReceipt({ extra: leafBytes(entry.leaf), index: entry.index, path, checkpoint });
    return { index: entry.index, size: signed.size, text };
  });

/**
 * Receipts (`c2sp.org/tlog-proof@v1`): that one entry is in the log, in a file that is checked without the log.
 *
 * - `extra` carries the entry's leaf, so that the file alone shows what was decided. It is believed only because its hash is the one that
 *   the proof leads from.
 * - Verifying: leaf → leaf hash → proof → root → checkpoint → a signature by a key that the reader has.
 */
import { Result } from "effect";
import { decodeBase64 } from "../../bytes/base64.ts";
import { toBase64 } from "../../bytes/octets.ts";
import { type AuditError, refuse } from "../AuditError.ts";
import { openCheckpoint, type OpenCheckpoint, parseCheckpoint, parseCount } from "./Checkpoint.ts";
import { leafLimit } from "../leaf/Leaf.ts";
import { verifyInclusion } from "./MerkleProof.ts";
import { type NoteKey, noteLimit } from "./SignedNote.ts";
import { leafHash } from "./Tree.ts";

export interface Receipt {
  /** Unauthenticated; the leaf's bytes when it is one of ours. `null` when there is none. */
  readonly extra: Uint8Array | null;
  readonly index: number;
  /** The inclusion proof, the leaf's neighbour first; at most 63 hashes. */
  readonly path: readonly Uint8Array[];
  /** A whole signed checkpoint. */
  readonly checkpoint: string;
}

const version = "c2sp.org/tlog-proof@v1";
const pathLimit = 63;
const receiptLimit = noteLimit + 2 * leafLimit;

const malformed = (message: string) =>
  refuse("malformed_receipt", message, "Fetch the proof file again, whole and unchanged.");

/** The file's text. */
export const formatReceipt = ({ extra, index, path, checkpoint }: Receipt): string =>
  [
    version,
    ...(extra === null ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...path.map(toBase64),
    "",
    checkpoint,
  ].join("\n");

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a proof file without believing it. Fails with `malformed_receipt`, `malformed_note` or `malformed_checkpoint`. */
export const parseReceipt = (raw: string | Uint8Array): Result.Result<Receipt, AuditError> => {
  if (raw.length > receiptLimit) return malformed(`A proof file may have ${receiptLimit} bytes.`);
  let text: string;
  try {
    text = typeof raw === "string" ? raw : decoder.decode(raw);
  } catch {
    return malformed("The file is not UTF-8.");
  }
  const end = text.indexOf("\n\n");
  if (end === -1) return malformed("The file has no checkpoint after an empty line.");
  const [first, ...lines] = text.slice(0, end).split("\n");
  if (first !== version) return malformed(`The file does not begin with ${version}.`);
  let extra: Uint8Array | null = null;
  if (lines[0]?.startsWith("extra ")) {
    extra = decodeBase64(lines.shift()!.slice("extra ".length));
    if (extra === null) return malformed("What stands after extra is not base64.");
  }
  const counted = lines.shift();
  const index = counted?.startsWith("index ") ? parseCount(counted.slice("index ".length)) : null;
  if (index === null) return malformed("The file does not say which entry it is about.");
  if (lines.length > pathLimit) return malformed(`A proof has at most ${pathLimit} hashes.`);
  const path: Uint8Array[] = [];
  for (const line of lines) {
    const hash = decodeBase64(line);
    if (hash === null || hash.length !== 32) return malformed("A line of the proof is not 32 bytes in base64.");
    path.push(hash);
  }
  const checkpoint = text.slice(end + 2);
  return Result.map(parseCheckpoint(checkpoint), () => ({ extra, index, path, checkpoint }));
};

/** What a verified receipt shows. */
export interface VerifiedReceipt extends OpenCheckpoint {
  readonly index: number;
  /** The leaf's bytes, when they are at hand. */
  readonly leaf: Uint8Array | null;
  readonly leafHash: Uint8Array;
}

/**
 * Checks a receipt against keys the reader trusts. `leaf` is the entry's bytes, or its hash when they are not at hand; left out, the
 * leaf is the one in `extra`. Fails with `not_included` when the proof does not lead from there to the checkpoint's root, else as
 * `openCheckpoint` does.
 */
export const verifyReceipt = async (
  receipt: Receipt,
  keys: readonly NoteKey[],
  leaf?: { readonly bytes: Uint8Array } | { readonly hash: Uint8Array },
): Promise<Result.Result<VerifiedReceipt, AuditError>> => {
  const bytes = leaf === undefined ? receipt.extra : "bytes" in leaf ? leaf.bytes : null;
  const hash = leaf !== undefined && "hash" in leaf ? leaf.hash : bytes === null ? null : leafHash(bytes);
  if (hash === null) {
    return refuse("not_included", "The file does not hold the entry it is about.", "Give the entry's leaf beside it.");
  }
  const opened = await openCheckpoint(receipt.checkpoint, keys);
  if (Result.isFailure(opened)) return Result.fail(opened.failure);
  const { size, root } = opened.success.checkpoint;
  const { index, path } = receipt;
  return verifyInclusion({ leafHash: hash, index, size, path, root })
    ? Result.succeed({ ...opened.success, index, leaf: bytes, leafHash: hash })
    : refuse(
        "not_included",
        `The proof does not show this entry at ${index} in the log of ${size} entries.`,
        "The entry, its place or the proof has been changed; ask the log for the receipt again.",
      );
};

/**
 * What is kept of the log: entries, its head and the hashes of its tree, the keys that sign it, what was signed.
 *
 * Times are whole seconds since 1970-01-01T00:00:00Z.
 */
import { Schema } from "effect";

const { Int, Literals, NullOr, String: Text, Struct, Uint8Array: Bytes } = Schema;

/** The log's head: how many leaves, the roots of its perfect subtrees from left to right, and the RFC 6962 root over all. */
export const LogHead = Struct({
  size: Int,
  /** 32-byte hashes, largest subtree first; as many as there are one-bits in `size`. */
  frontier: Schema.Array(Bytes),
  root: Bytes,
  /** The last entry's time, seconds; 0 for an empty log. */
  at: Int,
});
export type LogHead = typeof LogHead.Type;

/** One entry of the log. `leaf` is canonical JSON without personal data; `personal` holds what its commitment hides. */
export const EntryRow = Struct({
  index: Int,
  tenant: Text,
  mailbox: NullOr(Text),
  message: NullOr(Text),
  type: Text,
  /** Seconds. */
  at: Int,
  leaf: Text,
  leafHash: Bytes,
  personal: NullOr(Text),
});
export type EntryRow = typeof EntryRow.Type;

/** The root over the first `size` entries, after a commit that ended there, and the time of the last of them. */
export const TreeHeadRow = Struct({ size: Int, root: Bytes, at: Int });
export type TreeHeadRow = typeof TreeHeadRow.Type;

/** The hash of a perfect subtree of 2^`level` leaves, 8, 16, …: the tiles' hashes, above the leaves. */
export const TreeNodeRow = Struct({ level: Int, index: Int, hash: Bytes });
export type TreeNodeRow = typeof TreeNodeRow.Type;

/** A key that signs the log, with its sealed private half. */
export const LogKeyRow = Struct({
  kid: Text,
  /** The log's name, which is the key's name. */
  origin: Text,
  algorithm: Literals(["ed25519", "p256"]),
  /** SPKI, base64. */
  publicKey: Text,
  sealedPrivateKey: Text,
  createdAt: Int,
});
export type LogKeyRow = typeof LogKeyRow.Type;

/** A checkpoint as it was signed. `note` is the whole signed note. */
export const CheckpointRow = Struct({ origin: Text, size: Int, root: Bytes, note: Text, at: Int });
export type CheckpointRow = typeof CheckpointRow.Type;

/** A witness's signature line over one checkpoint, with its newline. */
export const CosignatureRow = Struct({ origin: Text, size: Int, witness: Text, line: Text, at: Int });
export type CosignatureRow = typeof CosignatureRow.Type;

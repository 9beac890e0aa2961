/**
 * The Merkle tree over the log (RFC 6962 § 2.1), kept as its frontier: the roots of the perfect subtrees from left to
 * right. Appending costs O(1) hashes amortised, the root O(log n).
 *
 * - leaf hash = SHA-256(0x00 ‖ leaf), node hash = SHA-256(0x01 ‖ left ‖ right), empty tree = SHA-256("").
 */
import { sha256 } from "../../bytes/sha256.ts";

/** A tree of `size` leaves, as the roots of its perfect subtrees, largest first. */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

export const emptyFrontier: Frontier = { size: 0, hashes: [] };

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

export const leafHash = (leaf: Uint8Array): Uint8Array => sha256(leafPrefix, leaf);

export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(nodePrefix, left, right);

/** A perfect subtree: over the leaves `index · 2^level` up to, but without, `(index + 1) · 2^level`. */
export interface NodeId {
  /** 0 = a leaf. */
  readonly level: number;
  /** From the left, from 0. */
  readonly index: number;
}

export interface TreeNode extends NodeId {
  readonly hash: Uint8Array;
}

/** Adds leaf hashes, calling `made` for every subtree that becomes perfect: each leaf, then what it completes, upwards. */
const grow = (
  frontier: Frontier,
  leaves: readonly Uint8Array[],
  made: ((level: number, index: number, hash: Uint8Array) => void) | null,
): Frontier => {
  const hashes = [...frontier.hashes];
  let size = frontier.size;
  for (const leaf of leaves) {
    let hash = leaf;
    made?.(0, size, hash);
    let level = 0;
    // Each trailing one-bit of the size is a full subtree that the new leaf completes to the next larger one.
    for (let bits = size; bits % 2 === 1; bits = Math.floor(bits / 2)) {
      hash = nodeHash(hashes.pop()!, hash);
      level += 1;
      made?.(level, Math.floor(bits / 2), hash);
    }
    hashes.push(hash);
    size += 1;
  }
  return { size, hashes };
};

/** The tree with these leaf hashes added at its end. */
export const append = (frontier: Frontier, leaves: readonly Uint8Array[]): Frontier => grow(frontier, leaves, null);

/**
 * The same, and every perfect subtree that came to be, so that a store can keep the ones it needs for proofs and tiles: the leaves
 * themselves (level 0) among them, on average one more per leaf. None of them ever changes.
 */
export const appendWithNodes = (
  frontier: Frontier,
  leaves: readonly Uint8Array[],
): { readonly frontier: Frontier; readonly nodes: readonly TreeNode[] } => {
  const nodes: TreeNode[] = [];
  const grown = grow(frontier, leaves, (level, index, hash) => nodes.push({ level, index, hash }));
  return { frontier: grown, nodes };
};

const emptyRoot = sha256(new Uint8Array(0));

/** The RFC 6962 tree head: 32 bytes. */
export const rootOf = (frontier: Frontier): Uint8Array => {
  const { hashes } = frontier;
  if (hashes.length === 0) return emptyRoot;
  let root = hashes[hashes.length - 1]!;
  for (let i = hashes.length - 2; i >= 0; i -= 1) root = nodeHash(hashes[i]!, root);
  return root;
};

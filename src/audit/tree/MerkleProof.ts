/**
 * Inclusion and consistency proofs of the tree in `Tree.ts`: made as RFC 6962 § 2.1.1 and § 2.1.2 define them, verified as RFC 9162
 * § 2.1.3.2 and § 2.1.4.2 do.
 *
 * - A proof is a list of ranges of leaves, each standing for one hash: `inclusionPath`, `consistencyPath`. A range is one perfect
 *   subtree or, at the right edge, a few of them: `nodesOf` names them, so that a store can fetch them before anything is hashed.
 * - Verifying never throws, whatever it is given, and never looks at anything but its arguments.
 *
 * **Gotchas**: sizes are plain numbers up to 2^53 − 1, so no bit operators here: they would cut at 2^31.
 */
import { type NodeId, nodeHash } from "./Tree.ts";

/** The leaves `start` up to, but without, `end`. Never empty. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** The hash of a perfect subtree. Throws when it is not at hand. */
export type NodeAt = (level: number, index: number) => Uint8Array;

/** The largest power of two smaller than `n`, for n ≥ 2 (RFC 6962 § 2.1). */
const split = (n: number): number => {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
};

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

/** What stands beside the way from the leaf up to the root, the leaf's own neighbour first. Throws when `index` is not below `size`. */
export const inclusionPath = (index: number, size: number): readonly LeafRange[] => {
  if (!isCount(index) || !isCount(size) || index >= size) throw new RangeError(`There is no leaf ${index} in ${size}.`);
  const path: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + split(end - start);
    if (index < middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  return path.reverse();
};

/** What shows that the tree of `size` leaves begins with the tree of `oldSize`. Throws when `oldSize` is above `size`. */
export const consistencyPath = (oldSize: number, size: number): readonly LeafRange[] => {
  if (!isCount(oldSize) || !isCount(size) || oldSize > size)
    throw new RangeError(`${oldSize} is no size before ${size}.`);
  if (oldSize === 0 || oldSize === size) return [];
  const path: LeafRange[] = [];
  let [start, end] = [0, size];
  // Down to the subtree that ends where the old tree ends.
  while (end !== oldSize) {
    const middle = start + split(end - start);
    if (oldSize <= middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  // If that subtree is the whole old tree, the verifier has its root already.
  if (start > 0) path.push({ start, end });
  return path.reverse();
};

/** The perfect subtrees that make up a range as they occur in proofs: from left to right, each smaller than the one before. */
export const nodesOf = ({ start, end }: LeafRange): readonly NodeId[] => {
  const nodes: NodeId[] = [];
  for (let at = start; at < end;) {
    let level = 0;
    let width = 1;
    while (at + width * 2 <= end && at % (width * 2) === 0) {
      level += 1;
      width *= 2;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
};

const hashOf = (range: LeafRange, nodeAt: NodeAt): Uint8Array =>
  nodesOf(range)
    .map(({ level, index }) => nodeAt(level, index))
    .reduceRight((right, left) => nodeHash(left, right));

/** The inclusion proof of leaf `index` in the tree of `size` leaves; at most 63 hashes, ⌈log2 size⌉. */
export const inclusionProof = (index: number, size: number, nodeAt: NodeAt): readonly Uint8Array[] =>
  inclusionPath(index, size).map((range) => hashOf(range, nodeAt));

/** The consistency proof between the trees of `oldSize` and `size` leaves; at most 63 hashes. */
export const consistencyProof = (oldSize: number, size: number, nodeAt: NodeAt): readonly Uint8Array[] =>
  consistencyPath(oldSize, size).map((range) => hashOf(range, nodeAt));

/** The root over the first `size` leaves, for size ≥ 1. */
export const rootFrom = (size: number, nodeAt: NodeAt): Uint8Array => hashOf({ start: 0, end: size }, nodeAt);

/** All nodes that the ranges need, each once. */
export const nodesFor = (ranges: readonly LeafRange[]): readonly NodeId[] => {
  const found = new Map<string, NodeId>();
  for (const range of ranges) for (const node of nodesOf(range)) found.set(`${node.level} ${node.index}`, node);
  return [...found.values()];
};

export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every((hash) => hash.length === 32);

/** `true` when the leaf is at `index` in the tree of `size` leaves with this root (RFC 9162 § 2.1.3.2). */
export const verifyInclusion = (claim: {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly path: readonly Uint8Array[];
  readonly root: Uint8Array;
}): boolean => {
  const { leafHash, index, size, path, root } = claim;
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leafHash, root, ...path])) return false;
  let node = index;
  let last = size - 1;
  let hash = leafHash;
  for (const beside of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(beside, hash);
      // At the right edge there is nothing to the right: up to where the node is a right child.
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else hash = nodeHash(hash, beside);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && sameHash(hash, root);
};

/** `true` when the tree of `size` leaves begins with that of `oldSize` (RFC 9162 § 2.1.4.2). Every tree begins with the empty one. */
export const verifyConsistency = (claim: {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly size: number;
  readonly root: Uint8Array;
  readonly path: readonly Uint8Array[];
}): boolean => {
  const { oldSize, oldRoot, size, root, path } = claim;
  if (!isCount(oldSize) || !isCount(size) || oldSize > size || !areHashes([oldRoot, root, ...path])) return false;
  if (oldSize === size) return path.length === 0 && sameHash(oldRoot, root);
  if (oldSize === 0) return path.length === 0;
  let node = oldSize - 1;
  let last = size - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  // An old tree that is one perfect subtree is its own beginning, and is not repeated in the path.
  const whole = node === 0 ? [oldRoot, ...path] : path;
  const [first, ...rest] = whole;
  if (first === undefined) return false;
  let [before, after] = [first, first];
  for (const beside of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      before = nodeHash(beside, before);
      after = nodeHash(beside, after);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else after = nodeHash(after, beside);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && sameHash(before, oldRoot) && sameHash(after, root);
};

/** Tree heads and proofs: published values, two other implementations, every size up to 130, and everything near a true proof refused. */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { CoMETRE } from "@transmute/rfc9162";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  consistencyPath,
  consistencyProof,
  inclusionPath,
  inclusionProof,
  nodesFor,
  rootFrom,
  verifyConsistency,
  verifyInclusion,
} from "../../../src/audit/tree/MerkleProof.ts";
import { append, appendWithNodes, emptyFrontier, leafHash, rootOf } from "../../../src/audit/tree/Tree.ts";
import vectors from "./vectors/rfc6962.json" with { type: "json" };

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");

/** A tree over entries, with every perfect subtree at hand, grown in batches of the sizes given. */
const treeOf = (entries: readonly Uint8Array[], batches: readonly number[] = [entries.length]) => {
  const hashes = entries.map(leafHash);
  const at = new Map<string, Uint8Array>();
  let frontier = emptyFrontier;
  let from = 0;
  for (const count of [...batches, hashes.length]) {
    const grown = appendWithNodes(frontier, hashes.slice(from, Math.min(hashes.length, from + count)));
    for (const { level, index, hash } of grown.nodes) at.set(`${level} ${index}`, hash);
    frontier = grown.frontier;
    from = frontier.size;
  }
  const nodeAt = (level: number, index: number) => {
    const hash = at.get(`${level} ${index}`);
    if (hash === undefined) throw new Error(`no node ${level} ${index}`);
    return hash;
  };
  const rootAt = (size: number) => rootOf(append(emptyFrontier, hashes.slice(0, size)));
  return { hashes, frontier, nodeAt, rootAt, nodes: at };
};

const numbered = (count: number) => Array.from({ length: count }, (_, i) => new TextEncoder().encode(`entry ${i}`));

describe("published values", () => {
  const tree = treeOf(vectors.entries.map(bytes));

  it("OV-61 rfc6962-tree: has the tree heads that other logs have", () => {
    expect(hex(rootOf(emptyFrontier))).toBe(vectors.empty);
    for (const [i, root] of vectors.roots.entries()) {
      expect(hex(tree.rootAt(i + 1))).toBe(root);
      expect(hex(rootFrom(i + 1, tree.nodeAt))).toBe(root);
    }
  });

  it("OV-61 rfc6962-tree: makes and takes their proofs", () => {
    for (const { index, size, path } of vectors.inclusion) {
      expect(inclusionProof(index, size, tree.nodeAt).map(hex)).toEqual(path);
      const claim = { leafHash: tree.hashes[index]!, index, size, path: path.map(bytes), root: tree.rootAt(size) };
      expect(verifyInclusion(claim)).toBe(true);
    }
    for (const { oldSize, size, path } of vectors.consistency) {
      expect(consistencyProof(oldSize, size, tree.nodeAt).map(hex)).toEqual(path);
      const roots = { oldRoot: tree.rootAt(oldSize), root: tree.rootAt(size) };
      expect(verifyConsistency({ oldSize, size, path: path.map(bytes), ...roots })).toBe(true);
    }
  });
});

const require = createRequire(import.meta.url);
const { verifyMerkleInclusion } = require("@sigstore/verify/dist/tlog/merkle.js") as {
  verifyMerkleInclusion: (
    entry: { canonicalizedBody: Buffer; inclusionProof: { logIndex: string; hashes: Buffer[] } },
    checkpoint: { logSize: bigint; logHash: Buffer },
  ) => void;
};

describe("other implementations", () => {
  const theirs = CoMETRE.RFC9162_SHA256;

  it("OV-61 rfc6962-tree: @transmute/rfc9162 has the same heads and proofs, and takes ours", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 70 }),
        fc.nat(),
        fc.nat(),
        async (entries, at, before) => {
          const tree = treeOf(entries);
          const size = entries.length;
          const index = at % size;
          const oldSize = 1 + (before % size);
          const leaves = await Promise.all(entries.map(theirs.leaf));
          expect(leaves.map(hex)).toEqual(tree.hashes.map(hex));
          const root = await theirs.root(leaves);
          expect(hex(root)).toBe(hex(tree.rootAt(size)));
          const inclusion = await theirs.inclusion_proof(index, leaves);
          const path = inclusionProof(index, size, tree.nodeAt);
          expect(inclusion.inclusion_path.map(hex)).toEqual(path.map(hex));
          const ours = { ...inclusion, inclusion_path: [...path] };
          expect(hex(await theirs.verify_inclusion_proof(tree.hashes[index]!, ours))).toBe(hex(root));
          const old = await theirs.inclusion_proof(oldSize - 1, leaves.slice(0, oldSize));
          const consistency = await theirs.consistency_proof(old, leaves);
          const steps = consistencyProof(oldSize, size, tree.nodeAt);
          const oldRoot = tree.rootAt(oldSize);
          // Of a tree and itself they say nothing; and where the old tree is one perfect subtree they repeat its root, which
          // RFC 9162 leaves out.
          if (oldSize < size) {
            const sent = Number.isInteger(Math.log2(oldSize)) ? [oldRoot, ...steps] : [...steps];
            expect(consistency.consistency_path.map(hex)).toEqual(sent.map(hex));
            const proof = { ...consistency, consistency_path: sent };
            expect(await theirs.verify_consistency_proof(oldRoot, root, proof)).toBe(true);
          }
          expect(verifyConsistency({ oldSize, oldRoot, size, root, path: steps })).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("OV-61 rfc6962-tree: @sigstore/verify takes our inclusion proofs and refuses the ones we refuse", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat(), (size, at, twist) => {
        const entries = numbered(size);
        const tree = treeOf(entries);
        const index = at % size;
        const path = inclusionProof(index, size, tree.nodeAt).map((hash) => new Uint8Array(hash));
        const root = tree.rootAt(size);
        const accepts = (logIndex: number, hashes: readonly Uint8Array[]): boolean => {
          try {
            verifyMerkleInclusion(
              {
                canonicalizedBody: Buffer.from(entries[index]!),
                inclusionProof: { logIndex: String(logIndex), hashes: hashes.map((hash) => Buffer.from(hash)) },
              },
              { logSize: BigInt(size), logHash: Buffer.from(root) },
            );
            return true;
          } catch {
            return false;
          }
        };
        const ours = (claimed: number, hashes: readonly Uint8Array[]) =>
          verifyInclusion({ leafHash: tree.hashes[index]!, index: claimed, size, path: hashes, root });
        expect(accepts(index, path)).toBe(true);
        expect(ours(index, path)).toBe(true);
        const elsewhere = (index + 1 + (twist % 7)) % (size + 3);
        expect(ours(elsewhere, path)).toBe(accepts(elsewhere, path));
        if (path.length > 0) {
          const changed = path.map((hash) => hash.slice());
          changed[twist % path.length]![twist % 32]! ^= 1;
          expect([ours(index, changed), accepts(index, changed)]).toEqual([false, false]);
          expect([ours(index, path.slice(1)), accepts(index, path.slice(1))]).toEqual([false, false]);
        }
        const longer = [...path, root];
        expect([ours(index, longer), accepts(index, longer)]).toEqual([false, false]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("every size", () => {
  const most = 130;
  const tree = treeOf(numbered(most), [1, 2, 3, 5, 8, 13, 21, 34]);
  const roots = Array.from({ length: most + 1 }, (_, size) => tree.rootAt(size));

  it("OV-61 rfc6962-tree: each leaf in each tree, each tree in each later one", () => {
    for (let size = 1; size <= most; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const path = inclusionProof(index, size, tree.nodeAt);
        expect(path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
        if (!verifyInclusion({ leafHash: tree.hashes[index]!, index, size, path, root: roots[size]! }))
          throw new Error(`${index} of ${size}`);
      }
      for (let oldSize = 0; oldSize <= size; oldSize += 1) {
        const path = consistencyProof(oldSize, size, tree.nodeAt);
        if (!verifyConsistency({ oldSize, oldRoot: roots[oldSize]!, size, root: roots[size]!, path }))
          throw new Error(`${oldSize} before ${size}`);
      }
    }
  });

  it("OV-61 rfc6962-tree: nothing near a true consistency proof passes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: most }), fc.nat(), fc.nat(), (size, before, twist) => {
        const oldSize = 1 + (before % (size - 1));
        const path = consistencyProof(oldSize, size, tree.nodeAt).map((hash) => hash.slice());
        const claim = { oldSize, oldRoot: roots[oldSize]!, size, root: roots[size]!, path };
        expect(verifyConsistency(claim)).toBe(true);
        const lies = [
          { ...claim, oldSize: oldSize - 1 },
          { ...claim, oldSize: oldSize + 1 },
          { ...claim, oldRoot: roots[size]!, root: roots[oldSize]! },
          { ...claim, root: roots[size - 1]! },
          { ...claim, path: path.slice(1) },
          { ...claim, path: path.slice(0, -1) },
          { ...claim, path: [...path, roots[size]!] },
          { ...claim, path: [roots[oldSize]!, ...path] },
          { ...claim, path: path.map((hash, i) => (i === twist % path.length ? hash.map((byte) => byte ^ 1) : hash)) },
          { ...claim, oldSize: size, size: oldSize },
          { ...claim, oldSize: Number.NaN },
          { ...claim, path: path.map((hash) => hash.slice(1)) },
        ];
        for (const [i, lie] of lies.entries()) {
          // The tree before the first leaf is in every tree, and says nothing; of the sizes named it is refused for its path.
          expect(verifyConsistency(lie), `lie ${i} of ${oldSize} before ${size}`).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("OV-61 rfc6962-tree: at most 20 hashes for a million entries, and sizes beyond 2^31 are no trouble", () => {
    for (const index of [0, 1, 524_287, 524_288, 999_999]) {
      expect(inclusionPath(index, 1_000_000).length).toBeLessThanOrEqual(20);
      expect(nodesFor(inclusionPath(index, 1_000_000)).length).toBeLessThanOrEqual(26);
    }
    expect(consistencyPath(999_999, 1_000_000).length).toBeLessThanOrEqual(21);
    const size = 2 ** 52 + 12_345;
    expect(inclusionPath(size - 1, size).length).toBeLessThanOrEqual(53);
    expect(() => inclusionPath(5, 5)).toThrow(RangeError);
    expect(() => consistencyPath(6, 5)).toThrow(RangeError);
  });

  it("OV-61 rfc6962-tree: the nodes are what is hashed from the entries, whatever the batches", () => {
    const reference = (level: number, index: number): string => {
      const width = 2 ** level;
      if (level === 0) return hex(tree.hashes[index]!);
      const [left, right] = [reference(level - 1, index * 2), reference(level - 1, index * 2 + 1)];
      expect((index + 1) * width).toBeLessThanOrEqual(most);
      return createHash("sha256")
        .update(Buffer.from(`01${left}${right}`, "hex"))
        .digest("hex");
    };
    let nodes = 0;
    for (const [place, hash] of tree.nodes) {
      const [level, index] = place.split(" ").map(Number) as [number, number];
      expect(hex(hash)).toBe(reference(level, index));
      nodes += 1;
    }
    expect(nodes).toBe(130 + 65 + 32 + 16 + 8 + 4 + 2 + 1);
  });
});

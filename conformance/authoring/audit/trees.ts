/** OV-61 rfc6962-tree: roots, and proofs that a leaf is in a tree and that one tree continues another. */
import { stated, type Draft } from "../draft.ts";
import { base64 } from "../signing/signer.ts";
import { consistencyPath, hex, inclusionPath, leafHash, nodeHash, treeRoot } from "./logbook.ts";

/** The leaves that RFC 6962's test data use, and more. */
const published = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
].map((one) => Buffer.from(one, "hex"));
const leavesFor = (n: number): readonly Buffer[] =>
  Array.from({ length: n }, (_, i) => published[i] ?? Buffer.from(`leaf ${i}`));
export const hashesFor = (n: number): readonly Buffer[] => leavesFor(n).map(leafHash);
const rootFor = (n: number): Buffer => treeRoot(hashesFor(n));

const knownRoots: Readonly<Record<number, string>> = {
  0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

const tree = (comment: string, leaves: readonly Buffer[], flags = "TamperedLog"): Draft =>
  stated({
    comment: `tree: ${comment}`,
    requirements: ["OV-61"],
    flags: flags.split(" "),
    op: "tree_root",
    input: { leaves: leaves.map(base64) },
    expect: { ok: { root: hex(treeRoot(leaves.map(leafHash))) } },
  });

export const trees: readonly Draft[] = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33, 100].map((n) => {
    const root = hex(rootFor(n));
    if (knownRoots[n] !== undefined && knownRoots[n] !== root) throw new Error(`the root of ${n} leaves is ${root}`);
    return tree(`${n} leaves`, leavesFor(n), "TamperedLog EncodingDiffers");
  }),
  tree("the same leaves the other way round", leavesFor(5).toReversed()),
  tree("one leaf twice", [...leavesFor(3), leavesFor(3)[2]!]),
  tree("a leaf that looks like two hashes", [Buffer.concat([...hashesFor(2)])]),
];

/** Octets as the protocol writes hashes. */
const shown = (value: number | Buffer | readonly Buffer[]) =>
  typeof value === "number" ? value : Buffer.isBuffer(value) ? hex(value) : value.map(hex);

const proof = (
  op: string,
  comment: string,
  it: Readonly<Record<string, Parameters<typeof shown>[0]>>,
  valid: boolean,
) =>
  stated({
    comment: `${op.slice("verify_".length)}: ${comment}`,
    requirements: ["OV-61"],
    flags: ["TamperedLog"],
    op,
    input: Object.fromEntries(Object.entries(it).map(([name, value]) => [name, shown(value)])),
    result: valid ? "valid" : "invalid",
    expect: { ok: { valid } },
  });

interface Inclusion {
  readonly leaf_hash: Buffer;
  readonly index: number;
  readonly size: number;
  readonly path: readonly Buffer[];
  readonly root: Buffer;
}
const inclusionOf = (index: number, size: number): Inclusion => {
  const hashes = hashesFor(size);
  return { leaf_hash: hashes[index]!, index, size, path: inclusionPath(index, hashes), root: treeRoot(hashes) };
};
const included = (index: number, size: number): Draft =>
  proof("verify_inclusion", `leaf ${index} of ${size}`, { ...inclusionOf(index, size) }, true);
const notIncluded = (comment: string, change: Partial<Inclusion>, index = 3, size = 7): Draft =>
  proof("verify_inclusion", comment, { ...inclusionOf(index, size), ...change }, false);
const { path } = inclusionOf(3, 7);

export const inclusions: readonly Draft[] = [
  included(0, 1),
  included(0, 2),
  included(1, 2),
  included(2, 3),
  included(3, 7),
  included(6, 7),
  included(7, 8),
  included(8, 9),
  included(16, 17),
  included(31, 33),
  included(32, 33),
  included(99, 100),
  notIncluded("another leaf", { leaf_hash: hashesFor(7)[2]! }),
  notIncluded("another place", { index: 2 }),
  notIncluded("a size with another path", { size: 4 }),
  notIncluded("a larger size", { size: 9 }),
  notIncluded("another root", { root: rootFor(6) }),
  notIncluded("a hash too few", { path: path.slice(0, -1) }),
  notIncluded("a hash too many", { path: [...path, hashesFor(1)[0]!] }),
  notIncluded("two hashes exchanged", { path: [path[1]!, path[0]!, ...path.slice(2)] }),
  notIncluded("a hash that is too short", { path: [path[0]!.subarray(1), ...path.slice(1)] }),
  notIncluded("no hashes", { path: [] }),
  notIncluded("a place that is no place", { index: 7 }),
  notIncluded("a place below zero", { index: -1 }),
  notIncluded("a leaf of an empty tree", { size: 0, path: [] }, 0, 1),
  notIncluded("an inner node in a leaf's place", {
    leaf_hash: nodeHash(hashesFor(4)[2]!, hashesFor(4)[3]!),
    index: 1,
    size: 4,
    path: path.slice(1, 2),
    root: rootFor(4),
  }),
];

interface Consistency {
  readonly old_size: number;
  readonly old_root: Buffer;
  readonly size: number;
  readonly root: Buffer;
  readonly path: readonly Buffer[];
}
const consistencyOf = (old: number, size: number): Consistency => {
  const [old_root, root] = [rootFor(old), rootFor(size)];
  return { old_size: old, old_root, size, root, path: consistencyPath(old, hashesFor(size)) };
};
const consistent = (old: number, size: number): Draft =>
  proof("verify_consistency", `${old} of ${size}`, { ...consistencyOf(old, size) }, true);
const inconsistent = (comment: string, change: Partial<Consistency>, old = 3, size = 7): Draft =>
  proof("verify_consistency", comment, { ...consistencyOf(old, size), ...change }, false);
const grown = consistencyOf(3, 7).path;
const forked = treeRoot([...hashesFor(2), leafHash(Buffer.from("another"))]);

export const consistencies: readonly Draft[] = [
  consistent(0, 0),
  consistent(0, 5),
  consistent(1, 1),
  consistent(1, 2),
  consistent(2, 3),
  consistent(3, 7),
  consistent(4, 7),
  consistent(4, 8),
  consistent(6, 8),
  consistent(7, 8),
  consistent(8, 9),
  consistent(16, 17),
  consistent(31, 33),
  consistent(32, 33),
  consistent(99, 100),
  inconsistent("an old root that is another", { old_root: forked }),
  inconsistent("an old size that is another", { old_size: 4 }),
  inconsistent("a root that is another", { root: rootFor(8) }),
  inconsistent("a size that is another", { size: 9 }),
  inconsistent("a log that shrank", { old_size: 7, old_root: rootFor(7), size: 3, root: rootFor(3) }),
  inconsistent("a hash too few", { path: grown.slice(0, -1) }),
  inconsistent("a hash too many", { path: [...grown, hashesFor(1)[0]!] }),
  inconsistent("two hashes exchanged", { path: grown.toReversed() }),
  inconsistent("no hashes", { path: [] }),
  inconsistent("hashes where there is nothing to show", { path: [hashesFor(1)[0]!] }, 7, 7),
  inconsistent("one size and two roots", { old_root: forked, path: [] }, 3, 3),
  inconsistent("a hash that is too short", { path: [grown[0]!.subarray(1), ...grown.slice(1)] }),
];

/** Faults in roots (OV-61). */
import { createHash } from "node:crypto";
import type { Fault } from "../fault.ts";
import { faultIn, input } from "../operationFault.ts";

const sha256 = (...parts: readonly Buffer[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
const hex = (octets: Buffer): string => octets.toString("hex");

interface Rules {
  readonly leaf: (leaf: Buffer) => Buffer;
  readonly node: (left: Buffer, right: Buffer) => Buffer;
  readonly split: (n: number) => number;
  readonly empty: Buffer;
}
const right: Rules = {
  leaf: (leaf) => sha256(Buffer.of(0), leaf),
  node: (a, b) => sha256(Buffer.of(1), a, b),
  split: (n) => 2 ** Math.ceil(Math.log2(n) - 1),
  empty: sha256(),
};
const rootBy = (rules: Rules, hashes: readonly Buffer[]): Buffer => {
  if (hashes.length === 0) return rules.empty;
  if (hashes.length === 1) return hashes[0]!;
  const k = rules.split(hashes.length);
  return rules.node(rootBy(rules, hashes.slice(0, k)), rootBy(rules, hashes.slice(k)));
};
const tree = (name: string, change: Partial<Rules>): Fault => ({
  name,
  violates: clausesOfTree,
  attack: "G2",
  operations: {
    tree_root: ((it: { readonly leaves: readonly string[] }) => {
      const rules = { ...right, ...change };
      return {
        ok: {
          root: hex(
            rootBy(
              rules,
              it.leaves.map((leaf) => rules.leaf(Buffer.from(leaf, "base64"))),
            ),
          ),
        },
      };
    }) as never,
  },
});
const clausesOfTree = ["OV-61"];

export const treeFaults: readonly Fault[] = [
  tree("leaves-without-prefix", { leaf: (leaf) => sha256(leaf) }),
  tree("nodes-without-prefix", { node: (a, b) => sha256(a, b) }),
  tree("nodes-in-order-of-hash", { node: (a, b) => (Buffer.compare(a, b) < 0 ? right.node(a, b) : right.node(b, a)) }),
  tree("split-in-the-middle", { split: (n) => Math.ceil(n / 2) }),
  tree("last-leaf-by-itself", { split: (n) => n - 1 }),
  tree("empty-tree-of-zeros", { empty: Buffer.alloc(32) }),
  faultIn("tree_root")(
    "last-leaf-doubled",
    "61",
    "G2",
    input(({ leaves }) => ({
      leaves:
        (leaves as string[]).length % 2 === 1 && (leaves as string[]).length > 1
          ? [...(leaves as string[]), (leaves as string[]).at(-1)]
          : leaves,
    })),
  ),
];

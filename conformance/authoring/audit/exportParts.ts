/** OV-61, OV-74, OV-86: parts of a log that begin with a tree, and some entries of one, each with its proof. */
import type { Json, JsonObject } from "../../runner/vectors.ts";
import type { Draft } from "../draft.ts";
import { faulty, joined, sound, withMembers } from "./export.ts";
import { checkpointText, exported, hex, logSigners, origin, signedNote, treeRoot } from "./logbook.ts";
import { leavesOfLog } from "./logs.ts";

/** Three perfect subtrees stand before it: of 4, 2 and 1 entries. */
const from = 7;
const leaves = leavesOfLog("approved");
const { lines } = exported(leaves, { from });
const partOf = (change: (header: JsonObject) => JsonObject): string =>
  joined(withMembers(lines, 0, (header) => ({ ...header, ...change(header) })));
type Roots = readonly Json[];
/** The part after its first checkpoint, and the part between two that lacks it, with other roots before them. */
const after = (change: (roots: Roots) => Roots): string =>
  partOf(({ first_frontier: roots }) => ({ first_frontier: change(roots as Roots) }));
const between = (change: (roots: Roots) => Roots): string =>
  partOf(({ first_frontier: roots }) => ({ first_frontier: change(roots as Roots), first_checkpoint: null }));
const nothing = hex(treeRoot([]));
const otherTree = signedNote(checkpointText(origin, from, treeRoot([])), logSigners);

const good = (comment: string, file: string): Draft => sound(`a part of a log ${comment}`, "OV-62 OV-61 OV-74", file);
const bad = (comment: string, file: string): Draft =>
  faulty(`a part of a log ${comment}`, "OV-62 OV-61 OV-74", "tree_mismatch", file);

const parts: readonly Draft[] = [
  good("after a checkpoint", joined(lines)),
  good(
    "between two checkpoints",
    between((roots) => roots),
  ),
  ...Object.entries<(roots: Roots) => Roots>({
    "a root too few before it": (roots) => roots.slice(0, -1),
    "a root too many before it": (roots) => [...roots, nothing],
    "no roots before it": () => [],
    "another root before it": (roots) => roots.with(1, nothing),
    "roots in another order before it": (roots) => roots.toReversed(),
    "a root that is too short before it": (roots) => roots.with(1, nothing.slice(2)),
    "a root that is no hash before it": (roots) => [...roots, "none"],
  }).map(([what, change]) => bad(`with ${what}`, after(change))),
  ...Object.entries<(roots: Roots) => Roots>({
    "a root too few before it": (roots) => roots.slice(0, -1),
    "a root too many before it": (roots) => [...roots, nothing],
    "another root before it": (roots) => roots.with(1, nothing),
  }).map(([what, change]) => bad(`between two checkpoints with ${what}`, between(change))),
  bad(
    "after a checkpoint of another size",
    partOf(() => ({ first_checkpoint: exported(leaves.slice(0, 6)).checkpoint })),
  ),
  bad(
    "after a checkpoint of that size over other entries",
    partOf(() => ({ first_checkpoint: otherTree })),
  ),
];

const some = exported(leaves, { matching: ({ message }) => message === "m1" }).lines;
const inSecond = (change: (line: JsonObject) => JsonObject): string => joined(withMembers(some, 2, change));
const proofIn = (line: string): Json => (JSON.parse(line) as JsonObject)["inclusion_proof"]!;

const matching: readonly Draft[] = [
  sound("some entries of a log, each with its proof", "OV-62 OV-61", joined(some)),
  ...Object.entries<(line: JsonObject) => JsonObject>({
    "without its proof": ({ inclusion_proof: _, ...line }) => line,
    "with another's proof": (line) => ({ ...line, inclusion_proof: proofIn(some[1]!) }),
    "with a hash too few in its proof": (line) => ({
      ...line,
      inclusion_proof: (line["inclusion_proof"] as readonly Json[]).slice(0, -1),
    }),
  }).map(([what, change]) =>
    faulty(`some entries of a log, one ${what}`, "OV-62 OV-61", "inclusion", inSecond(change)),
  ),
  faulty(
    "some entries of a log, one of them withheld",
    "OV-62 OV-86",
    "withheld",
    inSecond(({ leaf_index, leaf_hash, inclusion_proof }) => ({
      leaf_index: leaf_index!,
      leaf_hash: leaf_hash!,
      withheld: true,
      inclusion_proof: inclusion_proof!,
    })),
  ),
];

export const exportParts: readonly Draft[] = [...parts, ...matching];

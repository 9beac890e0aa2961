/** OV-62, OV-72 … OV-74, OV-86, OV-87: whole logs as files that are sound, cannot be judged, or were changed after they were signed. */
import type { Draft } from "../draft.ts";
import { exportOf, faulty, joined, sound, withheld, withMembers } from "./export.ts";
import { canonical, exported, hex, leafHash } from "./logbook.ts";
import { leavesOfLog, placeOf } from "./logs.ts";

const leaves = leavesOfLog("whole");
const { lines, checkpoint } = exported(leaves);
const file = joined(lines);
/** Places in the file: the header stands first. */
const [submit, approval] = [placeOf("whole", "ada submit D1") + 1, placeOf("whole", "ben approve D1") + 1];
const stale = placeOf("whole", "ben approve D4 m=m3");
const approved = lines[approval]!;
const put = (index: number, text: string): string => joined(lines.with(index, text));

/** The submission's leaf with some of its text another; and its hash, where it is to fit. */
const otherLeaf = (from: string, to: string, hashed: boolean): string => {
  const leaf = canonical(leaves[submit - 1]!).replace(from, to);
  const change = hashed ? { leaf, leaf_hash: hex(leafHash(Buffer.from(leaf))) } : { leaf };
  return joined(withMembers(lines, submit, (line) => ({ ...line, ...change })));
};

const whole: readonly Draft[] = [
  sound("a whole log", "OV-62", file),
  sound(
    "one tenant's entries, the others withheld",
    "OV-62 OV-86 OV-87",
    joined(exported(leaves, { tenant: "t1" }).lines),
  ),
  sound("a log that grew from a checkpoint kept before", "OV-62 OV-64", file, {
    earlier: [exported(leaves.slice(0, 9)).checkpoint],
  }),
  sound("a log that is the one kept before", "OV-62 OV-64", file, { earlier: [checkpoint] }),
  sound("a log with a refused and a withheld decision", "OV-62", joined(exported(leaves.slice(0, stale + 1)).lines)),
];

const unread = (comment: string, requirements: string, text: string, keys?: readonly string[]): Draft =>
  exportOf(comment, requirements, "TamperedLog", "cannot_tell", text, keys === undefined ? {} : { keys });
const unreadable: readonly Draft[] = [
  unread("no key of the log", "OV-62 OV-73", file, []),
  unread("no export at all", "OV-62 OV-72", "hello\n"),
  unread("nothing", "OV-62 OV-72", ""),
  unread("of a later version", "OV-62 OV-72", joined(exported(leaves, { header: { v: 2 } }).lines)),
];

const changed: readonly Draft[] = [
  faulty("a leaf changed", "OV-62 OV-74", "edited", otherLeaf("1010", "1009", false)),
  faulty("a leaf and its hash changed", "OV-62 OV-74", "tree_mismatch", otherLeaf("<m1@", "<mx@", true)),
  faulty(
    "what stands beside a leaf changed",
    "OV-62 OV-74",
    "flat_field_changed",
    joined(withMembers(lines, approval, (line) => ({ ...line, approver_id: "cat" }))),
  ),
  faulty("an entry left out", "OV-62 OV-74", "missing", joined(lines.toSpliced(approval, 1))),
  faulty("an entry twice", "OV-62 OV-74", "duplicated", joined(lines.toSpliced(approval, 0, approved))),
  faulty("the last entries left out", "OV-62 OV-74", "truncated", joined(lines.slice(0, -2))),
  faulty("broken off in the middle of a line", "OV-62 OV-74", "truncated", file.slice(0, -20)),
  faulty(
    "an entry withheld from an export of everything",
    "OV-62 OV-74 OV-86",
    "withheld",
    put(approval, withheld(approval - 1, leaves[approval - 1]!)),
  ),
  faulty("a line that is no JSON", "OV-62 OV-74", "unreadable", put(approval, approved.slice(1))),
  faulty(
    "a member named twice",
    "OV-62 OV-74",
    "unreadable",
    put(approval, approved.replace('"type":', '"decision":"reject","type":')),
  ),
  faulty(
    "an entry of the tenant withheld from its own export",
    "OV-62 OV-87",
    "withheld",
    joined(exported(leaves, { tenant: "t1" }).lines.with(approval, withheld(approval - 1, leaves[approval - 1]!))),
  ),
  faulty(
    "an entry after the end",
    "OV-62 OV-74",
    "surplus",
    joined([...lines, approved.replace(`"leaf_index":${approval - 1}`, `"leaf_index":${leaves.length}`)]),
  ),
];

export const exportFiles: readonly Draft[] = [...whole, ...unreadable, ...changed];

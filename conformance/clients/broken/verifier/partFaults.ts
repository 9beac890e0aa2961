/** Parts of a log, and some of its entries, are believed as they begin and as they are (OV-61, OV-74, OV-86). */
import type { Fault } from "../fault.ts";
import { disbelieves, has, overlooks, type Export } from "./overlooks.ts";

const isPart = ({ header: { from, lines } }: Export): boolean => from > 0 && lines === "every";
const rootsIn = ({ header }: Export): number => header.first_frontier.length;
const rootsDue = ({ header }: Export): number => (header.from as number).toString(2).replaceAll("0", "").length;
const isHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

const parts: readonly Fault[] = [
  overlooks("the-beginning-of-a-part-is-believed", "61 74", "G2", "tree_mismatch", isPart),
  overlooks(
    "a-part-between-checkpoints-is-believed",
    "61 74",
    "G2",
    "tree_mismatch",
    (it) => isPart(it) && it.header.first_checkpoint === null,
  ),
  overlooks("a-part-may-lack-roots", "61 74", "G2", "tree_mismatch", (it) => isPart(it) && rootsIn(it) < rootsDue(it)),
  overlooks(
    "a-part-may-have-roots-to-spare",
    "61 74",
    "G2",
    "tree_mismatch",
    (it) => isPart(it) && rootsIn(it) > rootsDue(it),
  ),
  overlooks(
    "roots-of-any-length",
    "61 74",
    "G2",
    "tree_mismatch",
    (it) => isPart(it) && !it.header.first_frontier.every(isHash),
  ),
  overlooks(
    "a-part-after-any-checkpoint",
    "61 74",
    "G2",
    "tree_mismatch",
    (it) =>
      isPart(it) &&
      it.header.first_checkpoint !== null &&
      it.header.first_checkpoint.split("\n")[1] !== `${it.header.from}`,
  ),
  disbelieves(
    "a-part-needs-a-first-checkpoint",
    "61",
    "tree_mismatch",
    (it) => isPart(it) && it.header.first_checkpoint === null,
  ),
  disbelieves("a-log-begins-at-its-first-entry", "61", "missing", isPart),
];

const matching: readonly Fault[] = [
  overlooks("entries-need-not-be-proven", "61", "G3", "inclusion", () => true),
  overlooks("proofs-may-be-left-out", "61", "G3", "inclusion", ({ lines }) =>
    lines.some((line) => !has(line, "inclusion_proof")),
  ),
  disbelieves("entries-alone-prove-nothing", "61", "missing", ({ header }) => header.lines === "matching"),
  overlooks("what-matches-may-be-withheld", "86", "G2", "withheld", ({ header }) => header.lines === "matching"),
];

export const partFaults: readonly Fault[] = [...parts, ...matching];

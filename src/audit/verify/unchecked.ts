/** What a verdict leaves open, one plain sentence each, so that "sound" is not taken for more than it means. @spec OV-73 */
import type { Header } from "../export/ExportReader.ts";
import type { Verdict } from "./ExportVerdict.ts";

/** What was seen, as far as it decides what could not be. Counts are of entries. */
export interface Seen {
  /** The entries were decided again. */
  readonly replays: boolean;
  readonly withheld: number;
  /** Shown, and do not name the tenant's entry before them. */
  readonly unlinked: number;
  /** The last one shown. */
  readonly shown: number;
  /** Withheld after it. */
  readonly tail: number;
  /** Agents' signatures without the key or the time. */
  readonly unsigned: number;
  /** There are mailboxes' keys, and no operator's key to check them with. */
  readonly unvouched: boolean;
  /** References, and no list of theorems. */
  readonly unproven: number;
  /** From some entry on the rules could not be applied any more. */
  readonly untold: boolean;
}

export const leftUnchecked = ({ lines, from, tenant }: Header, seen: Seen): readonly string[] => {
  const open: string[] = [];
  if (lines === "matching")
    open.push("Whether entries that match were left out: some entries of the log are shown, each proven to be in it.");
  if (!seen.replays) {
    const needed = from > 0 ? "the log from its first entry on" : "all of a tenant's entries, without a filter";
    open.push(`Whether the rules allowed what is shown: that needs ${needed}.`);
  } else if (seen.withheld > 0 && seen.unlinked > 0) {
    open.push(
      `Whether entries of ${tenant} are among the ${seen.withheld} withheld: ${seen.unlinked} shown do not name the one before.`,
    );
  } else if (seen.withheld > 0 && seen.tail > 0) {
    open.push(
      `Whether any of the ${seen.tail} withheld after entry ${seen.shown} is of ${tenant}: its next entry would show it.`,
    );
  }
  if (seen.untold) open.push("Whether the rules allowed what comes after the first fault.");
  if (seen.unsigned > 0)
    open.push(`${seen.unsigned} signatures of agents: their entries do not carry the key or the time of signing.`);
  if (seen.unvouched)
    open.push("Whether the operator vouches for the mailboxes' keys: no key of the operator was given.");
  if (seen.unproven > 0) open.push(`${seen.unproven} references to theorems: no list of theorems was given.`);
  return open;
};

/** The verdict on what is no export. */
export const cannotRead = (why: string): Verdict => ({
  status: "cannot_tell",
  faults: [],
  faultCount: 0,
  unchecked: [`This cannot be read as an export: ${why}.`],
  origin: null,
  size: null,
  root: null,
  tenant: null,
  from: null,
  to: null,
  signedBy: [],
  entries: 0,
  withheld: 0,
  replayed: 0,
  handOvers: 0,
  approvals: 0,
  signatures: 0,
  keys: [],
  continues: [],
  proofs: null,
});

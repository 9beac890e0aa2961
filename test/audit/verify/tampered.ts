/**
 * Ways to tamper with one log, in two kinds of hands: of those who hold the file, and of those who hold the log's keys too and sign
 * everything again, so that only the rules, the agents' signatures or a kept checkpoint can tell.
 */
import type { FaultKind } from "../../../src/audit/verify/ExportVerdict.ts";
import type { VerifyOptions } from "../../../src/audit/verify/verifyExport.ts";
import { leafHash } from "../../../src/audit/tree/Tree.ts";
import { exportLine } from "../../../src/audit/export/ExportLine.ts";
import type { Event } from "../../../src/model/Event.ts";
import { alteredLeaf } from "../../support/alteredLeaf.ts";
import { exported, type ExportOptions, manifest } from "../../support/logExport.ts";
import { find, sampleLog } from "../../support/sampleLog.ts";

/** The log as it is. */
export const { leaves } = sampleLog();
const utf8 = (text: string) => new TextEncoder().encode(text);

export interface Tampered {
  readonly lines: readonly string[];
  readonly options?: Partial<VerifyOptions>;
}

export interface Case {
  readonly name: string;
  readonly kind: FaultKind;
  /** The first entry at fault; `null` = the log as a whole. */
  readonly index: number | null;
  /** Found beside it. */
  readonly also?: readonly FaultKind[];
  readonly make: () => Promise<Tampered>;
}

/** Where the entry is; see `find`. */
export const at = (type: string, message: string | null = null, nth = 0) => find(leaves, type, message, nth);

/** Changes members of one line. */
export const onLine = (line: string, change: (members: any) => void): string => {
  const members = JSON.parse(line);
  change(members);
  return `${JSON.stringify(members)}\n`;
};

/** The list with one of it changed. */
export const changed = <A>(list: readonly A[], index: number, change: (one: A) => A): A[] =>
  list.map((one, i) => (i === index ? change(one) : one));

/** In the hands of a holder of the file. Line 0 is the header, so entry n is on line n + 1. */
export const inFile =
  (change: (lines: string[]) => readonly string[], how: ExportOptions = {}, options: Partial<VerifyOptions> = {}) =>
  async (): Promise<Tampered> => ({ lines: change(await exported(leaves, how)), options });

/** In the hands of a holder of the log's keys: other leaves, all signed again. */
export const withKeys =
  (
    change: (leaves: readonly string[]) => readonly string[],
    options: () => Promise<Partial<VerifyOptions>> = async () => ({}),
  ) =>
  async (): Promise<Tampered> => ({ lines: await exported(change(leaves)), options: await options() });

/** One leaf altered, all signed again. */
export const altered = (index: number, change: (leaf: any) => void) =>
  withKeys((all) => changed(all, index, (leaf) => alteredLeaf(leaf, change)));

/** At the end of the log, a key for `ben` in `t1`. */
export const keyMade =
  (by: Event["actor"], key: string, how: ExportOptions = {}) =>
  async (): Promise<Tampered> => {
    const book = sampleLog();
    const at = 1_790_001_000;
    book.add({ type: "create_key", at, actor: by, tenant: "t1", key, principal: "ben", scopes: ["oversight"] });
    return { lines: await exported(book.leaves, how) };
  };

/** The line that goes with a leaf, as an attacker would write it. */
export const lineOf = (leaf: string, index: number): string =>
  `${JSON.stringify(exportLine({ index, leaf, leafHash: leafHash(utf8(leaf)) }, manifest))}\n`;

/** Entries of the one approved message. */
export const approval = at("approve", "m1");
export const handOver = at("dispatch", "m1");
export const submission = at("submit", "m1");
/** The last entry. */
export const last = leaves.length - 1;

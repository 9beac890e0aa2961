/** Which of all checks see each faulty server: `seen.json`, written by `sweep.ts --update` and held against every later run. */
import { existsSync, readFileSync } from "node:fs";
import { allChecks } from "../../../conformance/service/checks.ts";
import { strayCheck } from "../../../conformance/service/run.ts";

export interface Seen {
  /** In every run. */
  readonly always: readonly string[];
  /** In some runs: a race, or mail that comes late. */
  readonly sometimes: readonly string[];
}

export const seenFile = new URL("./seen.json", import.meta.url);

/** By the fault's name. */
export const seenAsNamed: Readonly<Record<string, Seen>> = existsSync(seenFile)
  ? (JSON.parse(readFileSync(seenFile, "utf8")) as Record<string, Seen>)
  : {};

/** The checks of a sweep: all but those that wait for a minute. */
export const sweptIds: readonly string[] = [
  ...allChecks.flatMap(({ id, slow }) => (slow === true ? [] : [id])),
  strayCheck.id,
];

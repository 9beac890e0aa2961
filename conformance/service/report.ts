/** A run of the service level as the report the other levels give too, and the frozen list of what counts. */
import { readClauses, reportOf, type Report, type VectorResult } from "../runner/report.ts";
import { documents } from "../runner/run.ts";
import { home } from "../runner/vectors.ts";
import { notes } from "./check.ts";
import { allChecks } from "./checks.ts";
import { released } from "./released.ts";
import { runService, strayCheck, type ServiceOptions, type ServiceRun } from "./run.ts";

/** The version of the specification these checks are of. */
export const spec = "0.1.0";

export const knownIds: readonly string[] = [...allChecks.map(({ id }) => id), strayCheck.id];

export interface ServiceReportOptions extends ServiceOptions {
  /** What the report calls the server. */
  readonly name: string;
  /** Known failures: reasons by check's id. */
  readonly xfail?: ReadonlyMap<string, string>;
}

const listed = (result: VectorResult, reason: string | undefined): VectorResult => {
  if (reason === undefined) return result;
  if (result.status === "fail") return { ...result, status: "xfail", context: `${result.context} (listed: ${reason})` };
  if (result.status !== "pass") return result;
  return {
    ...result,
    status: "xpass",
    context: `it passes, and the list says it fails (${reason}); take the entry out`,
  };
};

const frozen = released[spec] ?? {};

/** Why the checks are not those that were released, or nothing. Later additions are no problem. */
export const drift = (
  checks: readonly { readonly id: string; readonly requirements: readonly string[] }[] = [...allChecks, strayCheck],
): readonly string[] => {
  const present = new Map(checks.map(({ id, requirements }) => [id, requirements.join()]));
  return Object.entries(frozen).flatMap(([id, requirements]) =>
    present.get(id) === requirements.join() ? [] : [`${id} is not there, or not of the clauses it was released with`],
  );
};

const suiteFault = (): string | null => {
  const moved = drift();
  return moved.length === 0 ? null : `the suite's fault: ${moved.slice(0, 3).join("; ")}`;
};

/** From a run to a report. */
export const reportFrom = (
  run: ServiceRun,
  { name, xfail, only }: Pick<ServiceReportOptions, "name" | "xfail" | "only">,
): Report =>
  reportOf({
    spec,
    levels: ["service"],
    client: { ...run.client, name },
    fault:
      run.fault ??
      suiteFault() ??
      (only === undefined ? null : "only some checks were run, so nothing is said about conformance"),
    results: run.results.map((result) => ({
      ...listed(result, xfail?.get(result.id)),
      counted: Object.hasOwn(frozen, result.id),
    })),
    notes,
    clauses: readClauses(new URL("../spec/", home), documents),
  });

/** Runs the level, and reports. Rejects when the suite itself breaks, or cannot listen. */
export const serviceReport = async (options: ServiceReportOptions): Promise<Report> =>
  reportFrom(await runService(options), options);

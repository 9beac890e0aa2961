/**
 * One run: every vector of the levels asked for against one client, and the report.
 */
import type { Answer, Client, Fault } from "./adapter.ts";
import { mismatch } from "./compare.ts";
import {
  readClauses,
  reportOf,
  type ClientInfo,
  type Level,
  type Report,
  type Status,
  type VectorResult,
} from "./report.ts";
import { drift, home, type Release, type Vector, type VectorSet } from "./vectors.ts";

export interface Run {
  readonly set: VectorSet;
  readonly client: Client;
  readonly levels: readonly Level[];
  /** `null`: every vector counts. */
  readonly release: Release | null;
  /** Reasons by vector id. */
  readonly xfail?: ReadonlyMap<string, string>;
  /** Only these ids; the report then says nothing about conformance. */
  readonly only?: ReadonlySet<string>;
  readonly progress?: (done: number, total: number, failed: number) => void;
}

/** The documents with the clauses, in `spec/` beside the suite. */
export const documents = ["modes.md", "lifecycle.md", "decisions.md", "signing.md", "audit.md", "log.md", "scoring.md"];
const clauses = readClauses(new URL("../spec/", home), documents);

const unknownClient: ClientInfo = { name: "unknown", version: "", features: [] };

/** Runs the vectors. Never throws on account of the client. */
export const runVectors = async (run: Run): Promise<Report> => {
  const { set, release } = run;
  const vectors = set.vectors.filter(({ level, id }) => run.levels.includes(level) && (run.only?.has(id) ?? true));
  const done = new Map<string, VectorResult>();
  const listed = run.xfail ?? new Map<string, string>();
  let failed = 0;

  const settle = (vector: Vector, status: Status, context: string | null): void => {
    const reason = listed.get(vector.id);
    const shown: Status =
      reason === undefined ? status : status === "fail" ? "xfail" : status === "pass" ? "xpass" : status;
    const words =
      shown === "xpass"
        ? `it passes, and the list says it fails (${reason}); take the entry out`
        : shown === "xfail"
          ? `${context} (listed: ${reason})`
          : context;
    if (shown !== "pass" && shown !== "unsupported") failed += 1;
    done.set(vector.id, {
      id: vector.id,
      level: vector.level,
      comment: vector.comment,
      requirements: vector.requirements,
      flags: vector.flags,
      status: shown,
      counted: release === null || Object.hasOwn(release.vectors, vector.id),
      context: words,
    });
    run.progress?.(done.size, vectors.length, failed);
  };

  const hello = await run.client.hello();
  let fault: Fault | null = "fault" in hello ? hello.fault : null;
  const info = "info" in hello ? hello.info : unknownClient;
  if (fault === null) {
    const claimed = new Set(info.features);
    const asked = vectors.filter((vector) => {
      const lacking = vector.features.find((feature) => !claimed.has(feature));
      if (lacking !== undefined) settle(vector, "unsupported", `it does not claim ${lacking}`);
      return lacking === undefined;
    });
    const byId = new Map(asked.map((vector) => [vector.id, vector]));
    const judge = (id: string, answer: Answer): void => {
      const vector = byId.get(id)!;
      const wrong = mismatch(vector.expect, answer);
      settle(vector, wrong === null ? "pass" : "fail", wrong);
    };
    fault = await run.client.ask(
      asked.map(({ id, op, given, input }) => ({ id, op, given, input })),
      judge,
    );
  } else run.client.close();
  for (const vector of vectors) {
    if (!done.has(vector.id)) settle(vector, fault?.kind ?? "crash", "it was not answered");
  }
  const moved = release === null ? [] : drift(release, set.vectors);
  return reportOf({
    spec: set.spec,
    levels: run.levels,
    client: info,
    fault:
      fault !== null
        ? `the client's fault: ${fault.message}`
        : moved.length > 0
          ? `the suite's fault: ${moved.slice(0, 3).join("; ")}`
          : run.only !== undefined
            ? "only some vectors were run, so nothing is said about conformance"
            : null,
    results: vectors.map(({ id }) => done.get(id)!),
    notes: set.notes,
    clauses,
  });
};

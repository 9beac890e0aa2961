/**
 * What a run found, as data and in the three forms people read it in: `report.json`, `report.md`, JUnit XML.
 *
 * - No timestamps and no durations: the same client gives the same bytes.
 * - "Conforms" needs every vector of the frozen release at the levels asked for: a listed failure (xfail) is a failure all the
 *   same, and so is an optional feature answered wrongly. Vectors added after the release are run and shown, not counted.
 */
import { readFileSync } from "node:fs";

export type Level = "core" | "verifier" | "service";
export const levels: readonly Level[] = ["core", "verifier", "service"];

/** `unsupported`: an optional feature that the client does not claim. `crash`, `timeout`: the client gave no answer. */
export type Status = "pass" | "fail" | "xfail" | "xpass" | "unsupported" | "crash" | "timeout";
export const statuses: readonly Status[] = ["pass", "fail", "xfail", "xpass", "unsupported", "crash", "timeout"];

/** What one vector showed. */
export interface VectorResult {
  /** `lifecycle-0007` */
  readonly id: string;
  readonly level: Level;
  readonly comment: string;
  /** `OV-12`, … never empty. */
  readonly requirements: readonly string[];
  /** Names of notes that say what a failure means. */
  readonly flags: readonly string[];
  readonly status: Status;
  /** In the frozen release; what came later does not count yet. */
  readonly counted: boolean;
  /** What was expected and what came; `null` when it passed. */
  readonly context: string | null;
}

/** What a flag means for those who rely on the client. */
export interface Note {
  readonly kind: string;
  readonly description: string;
  readonly effect: string;
}

export interface ClientInfo {
  readonly name: string;
  readonly version: string;
  readonly features: readonly string[];
}

export interface ClauseRow {
  readonly id: string;
  readonly slug: string;
  readonly passed: number;
  readonly failed: number;
  /** Optional vectors that the client does not claim. */
  readonly unsupported: number;
}

export interface Report {
  readonly report: 1;
  readonly spec: string;
  readonly levels: readonly Level[];
  readonly client: ClientInfo;
  readonly conforms: boolean;
  /** The client's or the harness' own fault, which says nothing about conformance; exit status 2. */
  readonly fault: string | null;
  readonly counts: Readonly<Record<Status, number>>;
  /** One row for every clause of the specification. */
  readonly clauses: readonly ClauseRow[];
  readonly vectors: readonly VectorResult[];
  readonly notes: Readonly<Record<string, Note>>;
}

/** The clauses in force, by number, read from the documents as data. */
export const clausesIn = (documents: readonly string[]): readonly { readonly id: string; readonly slug: string }[] =>
  documents
    .flatMap((text) =>
      [...text.matchAll(/^### (OV-\d+) · ([a-z0-9-]+)$/gm)].map(([, id, slug]) => ({ id: id!, slug: slug! })),
    )
    .sort((a, b) => Number(a.id.slice(3)) - Number(b.id.slice(3)));

/** Whether a counted result stands in the way of conformance. */
export const stands = (result: VectorResult): boolean =>
  !result.counted || result.status === "pass" || result.status === "xpass" || result.status === "unsupported";

export const reportOf = (run: {
  readonly spec: string;
  readonly levels: readonly Level[];
  readonly client: ClientInfo;
  readonly fault: string | null;
  readonly results: readonly VectorResult[];
  readonly notes: Readonly<Record<string, Note>>;
  readonly clauses: readonly { readonly id: string; readonly slug: string }[];
}): Report => {
  const { results } = run;
  const counts = Object.fromEntries(
    statuses.map((status) => [status, results.filter((one) => one.status === status).length]),
  );
  const used = new Set(results.flatMap(({ flags, status }) => (status === "pass" ? [] : flags)));
  return {
    report: 1,
    spec: run.spec,
    levels: run.levels,
    client: run.client,
    conforms: run.fault === null && results.some(({ counted }) => counted) && results.every(stands),
    fault: run.fault,
    counts: counts as Record<Status, number>,
    clauses: run.clauses.map(({ id, slug }) => {
      const own = results.filter(({ requirements }) => requirements.includes(id));
      const passed = own.filter(({ status }) => status === "pass" || status === "xpass").length;
      const unsupported = own.filter(({ status }) => status === "unsupported").length;
      return { id, slug, passed, failed: own.length - passed - unsupported, unsupported };
    }),
    vectors: results,
    notes: Object.fromEntries(Object.entries(run.notes).filter(([name]) => used.has(name))),
  };
};

/**
 * 0 nothing failed but what is listed; 1 an unlisted failure, a stale entry of the list, or nothing was run; 2 the client or the
 * harness broke, so nothing can be said. A listed failure keeps a build green; the report's first line says "no" all the same.
 */
export const exitStatus = (report: Report): 0 | 1 | 2 =>
  report.fault !== null
    ? 2
    : report.vectors.some(({ counted, status }) => (counted && broken.has(status)) || status === "xpass") ||
        !report.vectors.some(({ counted }) => counted)
      ? 1
      : 0;

const broken: ReadonlySet<Status> = new Set(["fail", "crash", "timeout"]);

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
/** Context holds what a client wrote: it must not become markup of the page. */
const quoted = (text: string): string => `\`${text.replaceAll("`", "'").replaceAll(/\s+/g, " ").slice(0, 2_000)}\``;

const outcomeOf = ({ passed, failed, unsupported }: ClauseRow): string =>
  failed > 0 ? "**fails**" : passed > 0 ? "holds" : unsupported > 0 ? "not claimed" : "not covered here";

export const markdownOf = (report: Report): string => {
  const unanswered = report.vectors.filter(({ status }) => status === "crash" || status === "timeout").length;
  const bad = report.vectors.filter(({ status }) => ["fail", "xfail", "xpass"].includes(status));
  const faults = bad.map(({ id, status, comment, requirements, flags, context, counted }) =>
    [
      `- ${status} **${id}** ${cell(comment)} (${requirements.join(", ")})${counted ? "" : ", added after the release, not counted"}`,
      ...(context === null ? [] : [`  - ${quoted(context)}`]),
      ...flags.flatMap((flag) => {
        const note = report.notes[flag];
        return note === undefined ? [] : [`  - ${flag}: ${note.effect}`];
      }),
    ].join("\n"),
  );
  const lines = [
    `conforms to ${report.spec}: ${report.fault === null ? (report.conforms ? "yes" : "no") : "cannot be said"}`,
    "",
    `Client: ${cell(report.client.name)} ${cell(report.client.version)}. Levels: ${report.levels.join(", ")}.`,
    `Vectors: ${statuses.map((status) => `${report.counts[status]} ${status}`).join(", ")}.`,
    ...(report.fault === null ? [] : ["", `The run ended early, and this is why: ${quoted(report.fault)}`]),
    "",
    "| clause | | passed | failed | not claimed | |",
    "| --- | --- | ---: | ---: | ---: | --- |",
    ...report.clauses.map(
      (row) => `| ${row.id} | ${row.slug} | ${row.passed} | ${row.failed} | ${row.unsupported} | ${outcomeOf(row)} |`,
    ),
    "",
    "A clause that is _not covered here_ has no vector at these levels: nothing is said about it.",
    ...(unanswered === 0 ? [] : ["", `${unanswered} vectors were not answered.`]),
    ...(faults.length === 0 ? [] : ["", "## What did not pass", "", ...faults]),
  ];
  return `${lines.join("\n")}\n`;
};

const xml = (text: string): string =>
  text
    // Control characters have no place in XML 1.0, whatever a client wrote.
    .replaceAll(/[^\t\n\r -\uD7FF\uE000-\uFFFD]/gu, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

export const junitOf = (report: Report): string => {
  const failing = ["fail", "crash", "timeout", "xpass"];
  const broke = (status: Status) => failing.includes(status);
  const suites = report.levels.map((level) => {
    const own = report.vectors.filter((one) => one.level === level);
    const cases = own.map(({ id, comment, status, context }) => {
      const head = `    <testcase classname="${level}" name="${xml(`${id} ${comment}`)}"`;
      if (broke(status)) return `${head}><failure message="${xml(status)}">${xml(context ?? "")}</failure></testcase>`;
      return status === "pass" ? `${head}/>` : `${head}><skipped message="${xml(status)}"/></testcase>`;
    });
    const failures = own.filter(({ status }) => broke(status)).length;
    return `  <testsuite name="${level}" tests="${own.length}" failures="${failures}">\n${cases.join("\n")}\n  </testsuite>`;
  });
  const fault =
    report.fault === null
      ? []
      : [
          `  <testsuite name="client" tests="1" errors="1">\n    <testcase classname="client" name="answers"><error>${xml(report.fault)}</error></testcase>\n  </testsuite>`,
        ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${[...suites, ...fault].join("\n")}\n</testsuites>\n`;
};

/** The documents of the specification beside the suite; none where the suite was copied without them. */
export const readClauses = (
  spec: URL,
  names: readonly string[],
): readonly { readonly id: string; readonly slug: string }[] =>
  clausesIn(
    names.flatMap((name) => {
      try {
        return [readFileSync(new URL(name, spec), "utf8")];
      } catch {
        return [];
      }
    }),
  );

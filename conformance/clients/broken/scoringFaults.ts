/**
 * Scores that are wrong in one thing each.
 */
import { operations, type Answer, type Operation } from "../reference/answer.ts";
import { effectiveMode } from "./table.ts";
import type { Fault } from "./fault.ts";

const fault = (
  op: string,
  name: string,
  violates: string,
  attack: string | null,
  wrong: (it: never) => object,
): Fault => ({
  name,
  violates: violates.split(" ").map((one) => `OV-${one}`),
  attack,
  operations: { [op]: ((it: never): Answer => ({ ok: wrong(it) })) as Operation },
});

interface Weights {
  readonly weights: readonly number[];
}
const falling = (weights: readonly number[]): readonly number[] => weights.toSorted((a, b) => b - a);
const survive = (weights: readonly number[], step: (left: number, weight: number) => number): number =>
  10_000 - weights.reduce(step, 10_000);
const down = (left: number, weight: number): number => Math.floor((left * (10_000 - weight)) / 10_000);
const score = (name: string, violates: string, wrong: (weights: readonly number[]) => number): Fault =>
  fault("score", name, violates, "D8", ({ weights }: Weights) => ({ score: wrong(weights) }));

interface Domains {
  readonly domains: readonly (readonly string[])[];
  readonly threshold: number;
}
interface Judged {
  readonly score: number;
  readonly flags: readonly string[];
  readonly held: boolean;
}
const right = (it: Domains): Judged => (operations["judge"]!(it as never) as unknown as { readonly ok: Judged }).ok;
const judge = (name: string, violates: string, wrong: (it: Domains) => object): Fault =>
  fault("judge", name, violates, "D8", wrong);
const scored = (found: number, it: Domains): object => ({ ...right(it), score: found, held: found > it.threshold });
const each = ({ domains, threshold }: Domains): readonly number[] =>
  domains.map((one) => right({ domains: [one], threshold }).score);

interface Sources {
  readonly mailbox: unknown;
  readonly requested: unknown;
  readonly held: boolean;
  readonly halted: boolean;
}
const known = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"];
const mode = (name: string, violates: string, attack: string, wrong: (it: Sources) => string): Fault =>
  fault("effective_mode", name, violates, attack, (it: Sources) => ({ mode: wrong(it) }));
const strict = ({ mailbox, requested, held, halted }: Sources): string =>
  effectiveMode(mailbox, requested, held, halted);

export const scoringFaults: readonly Fault[] = [
  score("score-rounds-to-the-nearest", "92", (weights) =>
    survive(falling(weights), (left, weight) => Math.round((left * (10_000 - weight)) / 10_000)),
  ),
  score("score-rounds-up", "92", (weights) =>
    survive(falling(weights), (left, weight) => Math.ceil((left * (10_000 - weight)) / 10_000)),
  ),
  score("score-rounds-at-the-end", "92", (weights) =>
    Math.ceil(survive(weights, (left, weight) => (left * (10_000 - weight)) / 10_000)),
  ),
  score("score-by-the-order-given", "93", (weights) => survive(weights, down)),
  score("score-by-rising-order", "93", (weights) => survive(falling(weights).toReversed(), down)),
  score("score-is-a-sum", "90", (weights) => weights.reduce((a, b) => a + b, 0)),
  score("score-is-a-sum-with-a-lid", "91", (weights) =>
    Math.min(
      10_000,
      weights.reduce((a, b) => a + b, 0),
    ),
  ),
  score("score-is-the-highest", "91", (weights) => Math.max(0, ...weights)),
  score("score-is-the-average", "94", (weights) =>
    weights.length === 0 ? 0 : Math.floor(weights.reduce((a, b) => a + b, 0) / weights.length),
  ),
  score("score-is-the-first", "91", (weights) => weights[0] ?? 0),
  score("score-of-nothing-is-certain", "90", (weights) =>
    weights.length === 0 ? 10_000 : survive(falling(weights), down),
  ),
  score("score-in-hundredths", "90", (weights) => survive(falling(weights), down) / 100),
  judge("the-average-domain", "95", (it) =>
    scored(Math.floor(each(it).reduce((a, b) => a + b, 0) / Math.max(1, it.domains.length)), it),
  ),
  judge("the-first-domain", "95", (it) => scored(each(it)[0] ?? 0, it)),
  judge("the-last-domain", "95", (it) => scored(each(it).at(-1) ?? 0, it)),
  judge("the-best-domain", "95", (it) => scored(it.domains.length === 0 ? 0 : Math.min(...each(it)), it)),
  judge("domains-add-up", "95", (it) => scored(right({ ...it, domains: [it.domains.flat()] }).score, it)),
  judge("held-at-the-threshold", "96", (it) => ({ ...right(it), held: right(it).score >= it.threshold })),
  judge("never-held", "10", (it) => ({ ...right(it), held: false })),
  judge("failure-is-clean", "97", (it) =>
    right({ ...it, domains: it.domains.map((names) => names.filter((name) => name !== "source_failed")) }),
  ),
  judge("flags-of-the-first-domain", "95", (it) => ({
    ...right(it),
    flags: right({ ...it, domains: it.domains.slice(0, 1) }).flags,
  })),
  judge("unknown-is-no-flag", "96", (it) => ({
    ...right(it),
    flags: right(it).flags.filter((flag) => flag !== "unknown"),
  })),
  judge("disposable-weighs-less", "96", (it) =>
    right({
      ...it,
      domains: it.domains.map((names) => names.map((name) => (name === "disposable" ? "lookalike_near" : name))),
    }),
  ),
  mode("unknown-mode-is-autonomous", "4", "D3", (it) =>
    strict({ ...it, mailbox: known.includes(it.mailbox as string) ? it.mailbox : "autonomous" }),
  ),
  mode("unknown-mode-is-the-default", "4", "D3", (it) =>
    strict({ ...it, mailbox: known.includes(it.mailbox as string) ? it.mailbox : "gated_send" }),
  ),
  mode("missing-mode-is-the-default", "4", "D3", (it) => strict({ ...it, mailbox: it.mailbox ?? "gated_send" })),
  mode("modes-in-any-case", "4", "D3", (it) => strict({ ...it, mailbox: String(it.mailbox).trim().toLowerCase() })),
  mode("mode-by-its-number", "4", "D3", (it) =>
    strict({ ...it, mailbox: typeof it.mailbox === "number" ? known[it.mailbox] : it.mailbox }),
  ),
  mode("unknown-request-is-no-request", "4", "D1", (it) =>
    strict({ ...it, requested: known.includes(it.requested as string) ? it.requested : null }),
  ),
  mode(
    "the-loosest-counts",
    "2",
    "D1",
    (it) =>
      known[Math.max(known.indexOf(it.mailbox as string), known.indexOf((it.requested ?? "read_only") as string), 0)]!,
  ),
  mode("a-request-counts-alone", "9", "D1", (it) => strict({ ...it, mailbox: it.requested ?? it.mailbox })),
  mode("risk-does-not-count", "38", "D8", (it) => strict({ ...it, held: false })),
  mode("low-risk-loosens", "38", "D8", (it) =>
    it.held || it.mailbox !== "gated_send" || it.halted ? strict(it) : "monitored",
  ),
  mode("risk-means-read-only", "2", "D8", (it) => strict({ ...it, halted: it.halted || it.held })),
  mode("a-halt-does-not-count", "6", "D5", (it) => strict({ ...it, halted: false })),
];

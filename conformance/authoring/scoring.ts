/**
 * Vectors of spec/scoring.md at the core level: the arithmetic, the table of weights, and the threshold.
 */
import { readFileSync } from "node:fs";
import { stated, type Draft } from "./draft.ts";

/** The score on integers of any size, from the definition in the document. */
const scoreOf = (weights: readonly number[]): number =>
  Number(
    10_000n -
      weights
        .toSorted((a, b) => b - a)
        .reduce((left, weight) => (left * (10_000n - BigInt(weight))) / 10_000n, 10_000n),
  );

const score = (comment: string, requirements: string, weights: readonly number[], literal?: number): Draft => {
  const own = scoreOf(weights);
  if (literal !== undefined && literal !== own) throw new Error(`${comment}: ${own} is not ${literal}`);
  return stated({
    comment: `score: ${comment}`,
    requirements: requirements.split(" ").map((one) => `OV-${one}`),
    flags: ["RiskUnderstated"],
    op: "score",
    input: { weights: [...weights] },
    expect: { ok: { score: own } },
  });
};

const scores: readonly Draft[] = [
  score("no signals", "90", [], 0),
  score("a weight of nothing", "90", [0], 0),
  score("one weight", "90 94", [7_500], 7_500),
  score("certainty", "90 94", [10_000], 10_000),
  score("certainty among others", "90 91 94", [500, 10_000, 2_000], 10_000),
  score("the example of scoring.md", "90 93", [2_000, 8_500, 7_500], 9_700),
  score("one basis point", "90 94", [1], 1),
  score(
    "one basis point many times",
    "90 91",
    Array.from({ length: 100 }, () => 1),
  ),
  score("one below certainty", "90 94", [9_999], 9_999),
  score("one below certainty twice: rounded down to nothing left", "90 91", [9_999, 9_999], 10_000),
  score("rounding down, not to the nearest", "91 92", [3_333, 3_333, 3_333]),
  score("rounding at each step, not at the end", "91 92", [5_001, 4_999, 3_001]),
  score("in rising order", "93", [1, 3, 7, 4_567, 8_001]),
  score("in falling order", "93", [8_001, 4_567, 7, 3, 1]),
  score("in no order", "93", [7, 8_001, 1, 4_567, 3]),
  score("four sources that failed do not hold", "91 97", [2_000, 2_000, 2_000, 2_000], 5_904),
  score("a weight of nothing among others changes nothing", "91 94", [4_000, 0, 3_000, 0]),
  score("a strong finding among many harmless ones", "94", [8_500, ...Array.from({ length: 30 }, () => 0)], 8_500),
  ...Array.from({ length: 12 }, (_, i) => {
    // A fixed sequence without a pattern.
    const weights = Array.from({ length: 3 + i }, (_, j) => (i * 7_919 + j * 104_729 + i * j * 1_299_709) % 6_007);
    return score(`a list of ${3 + i}`, "90 91 93", weights);
  }),
];

const document = readFileSync(new URL("../../spec/scoring.md", import.meta.url), "utf8");
const table = new Map(
  [...document.matchAll(/^\| `(\w+)`\s+\|\s+(\d+) \| (?:`(\w+)`)?\s*\|$/gm)].map(
    ([, name, weight, flag]) => [name!, { weight: Number(weight), flag }] as const,
  ),
);
if (table.size < 20) throw new Error("the table of weights in scoring.md cannot be read");

type Domain = readonly string[];

const judged = (
  comment: string,
  requirements: string,
  domains: readonly Domain[],
  held: boolean,
  threshold = 7_000,
): Draft => {
  const signals = domains.map((names) => names.map((name) => table.get(name)!));
  const worst = Math.max(0, ...signals.map((some) => scoreOf(some.map(({ weight }) => weight))));
  if (worst > threshold !== held)
    throw new Error(`${comment}: ${worst} against ${threshold} is not ${held ? "held" : "let go"}`);
  const flags = [...new Set(signals.flat().flatMap(({ flag }) => (flag === undefined ? [] : [flag])))].sort();
  return stated({
    comment: `verdict: ${comment}`,
    requirements: requirements.split(" ").map((one) => `OV-${one}`),
    flags: ["RiskUnderstated"],
    op: "judge",
    input: { domains: domains.map((names) => [...names]), threshold },
    expect: { ok: { score: worst, flags, held } },
  });
};

const verdicts: readonly Draft[] = [
  ...[...table].map(([name, { weight }]) => judged(`${name} by itself`, "96 94", [[name]], weight > 7_000)),
  judged("no domain", "90", [], false),
  judged("a domain about which nothing was found", "90", [[]], false),
  judged(
    "a bad domain beside good ones",
    "95",
    [["registrable", "mail_exchange"], ["disposable"], ["registrable"]],
    true,
  ),
  judged("a bad domain first", "95", [["disposable"], ["registrable"]], true),
  judged("a bad domain last", "95", [["registrable"], ["disposable"]], true),
  judged("two doubtful domains do not add up", "95", [["past_complaints"], ["past_complaints"]], false),
  judged("two doubtful findings of one domain do", "91 95", [["past_complaints", "past_complaints"]], true),
  judged(
    "flags of all domains, each once",
    "95 96",
    [
      ["disposable", "source_failed"],
      ["unlisted_suffix", "lookalike_near"],
    ],
    true,
  ),
  judged("over the threshold by one", "10 96", [["lookalike_near"]], true, 7_499),
  judged("at the threshold is not over it", "10 96", [["lookalike_near"]], false, 7_500),
  judged("a threshold of nothing holds whatever weighs", "10", [["no_sender_policy"]], true, 0),
  judged("a threshold of nothing lets go what weighs nothing", "10", [["registrable"]], false, 0),
  judged("a threshold of certainty holds nothing", "10", [["no_such_domain", "disposable"]], false, 10_000),
  judged("an error never reads as clean", "97", [["source_failed"]], true, 1_999),
];

export const scoring: readonly Draft[] = [...scores, ...verdicts];

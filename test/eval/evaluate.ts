/**
 * Scores the labelled domains as a message to them would be scored, with the sources that need no network, and counts.
 *
 * Each list is judged by sources that were not built from it: throwaway domains of one package with only the other package's list in use.
 */
import { Effect } from "effect";
import { makeRiskAssessor } from "../../src/risk/RiskAssessor.ts";
import { disposableList } from "../../src/risk/sources/DisposableList.ts";
import { lookalike } from "../../src/risk/sources/Lookalike.ts";
import { publicSuffix } from "../../src/risk/sources/PublicSuffix.ts";
import { DEFAULT_HOLD_THRESHOLD } from "../../src/risk/policy/Weights.ts";
import {
  ALLOWED,
  CORRESPONDENTS,
  disposable,
  forgeries,
  MAIL_PROVIDERS,
  PHISHING,
  sample,
  SECOND_SUFFIXES,
  SOURCES,
  TOP_SITES,
} from "./datasets.ts";
import { at, type AtThreshold, auc, roc, type Scored } from "./metrics.ts";

export const SEED = 20_261_121;

export interface Evaluated {
  readonly name: string;
  readonly bad: string;
  readonly good: string;
  readonly sources: string;
  readonly counts: AtThreshold;
  readonly auc: number;
  readonly roc: readonly (readonly [number, number])[];
  /** Good ones that would be held. */
  readonly falsePositives: readonly string[];
}

export interface Evaluation {
  readonly seed: number;
  readonly threshold: number;
  readonly data: typeof SOURCES;
  readonly evaluated: readonly Evaluated[];
  /** Forgeries held, of those made, family by family. */
  readonly families: readonly (readonly [family: string, held: number, heldOfMet: number, made: number])[];
}

type Lists = readonly ("disposable-email-domains-js" | "mailchecker")[];

interface Correspondents {
  readonly known?: readonly string[];
  readonly met?: readonly string[];
}

const score = (names: readonly string[], isBad: boolean, lists: Lists, { known = [], met = [] }: Correspondents = {}) =>
  Effect.gen(function* () {
    const sources = [publicSuffix, disposableList({ lists: lists.map(disposable) }), lookalike];
    const { assess } = yield* makeRiskAssessor({ ownDomains: ["acme-support.com"], budgetMillis: 60_000 }, sources);
    const scored: Scored[] = [];
    for (const domain of names) {
      const verdict = yield* assess({
        recipients: [{ addrSpec: `x@${domain}`, domain }],
        replyTo: null,
        ownDomains: [],
        knownDomains: known,
        metDomains: met,
        lists: { deny: [], allow: [] },
      });
      scored.push({ domain, score: verdict.score, isBad });
    }
    return scored;
  }).pipe(Effect.scoped);

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

const evaluated = (
  name: string,
  words: Pick<Evaluated, "bad" | "good" | "sources">,
  scored: readonly Scored[],
): Evaluated => {
  const counts = at(DEFAULT_HOLD_THRESHOLD, scored);
  return {
    name,
    ...words,
    counts: {
      ...counts,
      precision: counts.precision === null ? null : round(counts.precision),
      recall: round(counts.recall),
      falsePositiveRate: round(counts.falsePositiveRate),
    },
    auc: round(auc(scored)),
    roc: roc(scored).map(([fpr, recall]) => [round(fpr), round(recall)] as const),
    falsePositives: scored
      .filter((one) => !one.isBad && one.score > DEFAULT_HOLD_THRESHOLD)
      .map(({ domain }) => domain)
      .sort(),
  };
};

/** All of it; the same every time. */
export const evaluate: Effect.Effect<Evaluation> = Effect.gen(function* () {
  const ordinary = [...new Set([...TOP_SITES, ...MAIL_PROVIDERS])];
  const ordinaryWords = "top sites and common mail providers";
  const throwaway = Effect.fnUntraced(function* (of: Lists[number], by: Lists[number]) {
    const good = ordinary.filter((name) => !disposable(of).domains.has(name));
    return evaluated(
      `throwaway domains of ${of}, by ${by}`,
      {
        bad: `2,000 of ${of} ${disposable(of).version}, evenly from the sorted list`,
        good: `${ordinaryWords}, without those that ${of} lists`,
        sources: `public suffix, ${by} alone, lookalike`,
      },
      [...(yield* score(sample(disposable(of).domains, 2_000), true, [by])), ...(yield* score(good, false, [by]))],
    );
  });
  const all: Lists = ["disposable-email-domains-js", "mailchecker"];
  const phishing = yield* score(PHISHING, true, all);
  const words = {
    bad: "eth-phishing-detect's blacklist",
    sources: "public suffix, both disposable lists, lookalike with its brands",
  };
  const forged = forgeries(SEED);
  const forgedNames = forged.map(({ domain }) => domain);
  const scoredForgeries = yield* score(forgedNames, true, all, { known: CORRESPONDENTS });
  const ofMet = yield* score(forgedNames, true, all, { met: CORRESPONDENTS });
  const besides = (as: keyof Correspondents) =>
    Effect.map(
      Effect.forEach(SECOND_SUFFIXES, ({ known, domain }) =>
        Effect.map(score([domain], false, all, { [as]: [known] }), (scored) =>
          scored.map((one) => ({ ...one, domain: `${domain} beside ${known}` })),
        ),
      ),
      (scored) => scored.flat(),
    );
  const besideWords = {
    bad: "the same forgeries",
    good: `${SECOND_SUFFIXES.length} pairs of real names with one label: each under its suffix, to a correspondent under the other`,
    sources: "public suffix, both disposable lists, lookalike",
  };
  const others = ordinary.filter((name) => !CORRESPONDENTS.includes(name));
  const families = new Map<string, { held: number; heldOfMet: number; made: number }>();
  for (const [i, { family }] of forged.entries()) {
    const count = families.get(family) ?? { held: 0, heldOfMet: 0, made: 0 };
    count.made++;
    if (scoredForgeries[i]!.score > DEFAULT_HOLD_THRESHOLD) count.held++;
    if (ofMet[i]!.score > DEFAULT_HOLD_THRESHOLD) count.heldOfMet++;
    families.set(family, count);
  }
  return {
    seed: SEED,
    threshold: DEFAULT_HOLD_THRESHOLD,
    data: SOURCES,
    evaluated: [
      yield* throwaway("mailchecker", "disposable-email-domains-js"),
      yield* throwaway("disposable-email-domains-js", "mailchecker"),
      evaluated("phishing sites, by name alone", { ...words, good: ordinaryWords }, [
        ...phishing,
        ...(yield* score(ordinary, false, all)),
      ]),
      evaluated(
        "phishing sites, against good sites that look like them",
        { ...words, good: "eth-phishing-detect's whitelist" },
        [...phishing, ...(yield* score(ALLOWED, false, all))],
      ),
      evaluated(
        "made forgeries of correspondents",
        {
          bad: `${forged.length} forgeries of ${CORRESPONDENTS.length} top sites that are known correspondents (made, not found)`,
          good: `the other ${ordinaryWords}`,
          sources: "public suffix, both disposable lists, lookalike",
        },
        [...scoredForgeries, ...(yield* score(others, false, all, { known: CORRESPONDENTS }))],
      ),
      evaluated("made forgeries, against second suffixes of well known correspondents", besideWords, [
        ...scoredForgeries,
        ...(yield* besides("known")),
      ]),
      evaluated("made forgeries, against second suffixes of correspondents hardly written to", besideWords, [
        ...ofMet,
        ...(yield* besides("met")),
      ]),
    ],
    families: [...families].map(([family, { held, heldOfMet, made }]) => [family, held, heldOfMet, made] as const),
  };
});

const percent = (rate: number | null): string => (rate === null ? "none held" : `${(rate * 100).toFixed(1)} %`);

/** For people: what, on which data, and every good domain that would be held. */
export const report = ({ seed, threshold, data, evaluated, families }: Evaluation): string =>
  [
    "# How well the score tells bad domains from good ones",
    "",
    "Made by `npm run eval:risk`; not written by hand. Only sources that need no network: no DNS, registration dates, feeds or block lists, so",
    "this is the least an installation knows. Held: a score over " +
      (threshold / 10_000).toString() +
      `. Seed of what is made: ${seed}.`,
    "",
    "| data | from | names |",
    "| --- | --- | ---: |",
    ...data.map(([what, from, size]) => `| ${what} | ${from} | ${size.toLocaleString("en")} |`),
    "",
    "![ROC curves](risk.svg)",
    "",
    "| evaluation | bad | good | precision | recall | good ones held | ROC-AUC |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...evaluated.map(
      ({ name, counts, auc }) =>
        `| ${name} | ${counts.positives.toLocaleString("en")} | ${counts.negatives.toLocaleString("en")} | ${percent(counts.precision)} | ${percent(counts.recall)} | ${counts.falsePositives} (${percent(counts.falsePositiveRate)}) | ${auc.toFixed(3)} |`,
    ),
    "",
    ...evaluated.flatMap(({ name, bad, good, sources, falsePositives }) => [
      `## ${name}`,
      "",
      `Bad: ${bad}. Good: ${good}. Sources: ${sources}.`,
      "",
      falsePositives.length === 0
        ? "No good domain would be held."
        : `Good domains that would be held (${falsePositives.length}): ${falsePositives.map((one) => `\`${one}\``).join(", ")}.`,
      "",
    ]),
    "## Forgeries, by family",
    "",
    "| family | held | held, correspondent hardly written to | made |",
    "| --- | ---: | ---: | ---: |",
    ...families.map(
      ([family, held, heldOfMet, made]) =>
        `| ${family} | ${held} (${percent(held / made)}) | ${heldOfMet} (${percent(heldOfMet / made)}) | ${made} |`,
    ),
    "",
  ].join("\n");

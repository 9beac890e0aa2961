/**
 * Labelled domains that no source was built from, and where they come from. The label is the data's own word: a list of phishing sites
 * has mistakes in it, and so has a list of good ones.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { readDomain } from "../../src/risk/ReadDomain.ts";
import { PACKAGED_LISTS } from "../../src/risk/sources/DisposableList.ts";
import { chance, FAMILIES } from "./families.ts";

const require = createRequire(import.meta.url);
const json = (path: string): unknown => JSON.parse(readFileSync(require.resolve(path), "utf8"));
const versionOf = (name: string): string => (json(`${name}/package.json`) as { version: string }).version;

/** One name for each registrable domain, in the order given; what has none is left out. */
const registrables = (names: Iterable<string>): readonly string[] => {
  const seen = new Set<string>();
  for (const name of names) {
    const { registrable } = readDomain(name);
    if (registrable !== null) seen.add(registrable);
  }
  return [...seen];
};

/** Hosts that can be read as one, each once. */
const hosts = (names: Iterable<string>): readonly string[] => [
  ...new Set(
    [...names].map((name) => readDomain(name)).flatMap(({ registrable, host }) => (registrable === null ? [] : [host])),
  ),
];

const phishing = json("eth-phishing-detect/src/config.json") as { blacklist: string[]; whitelist: string[] };

export const TOP_SITES = registrables(
  readFileSync(new URL("data/top-sites.txt", import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#")),
);
export const MAIL_PROVIDERS = registrables(json("email-providers/common.json") as string[]);
export const PHISHING = hosts(phishing.blacklist);
export const ALLOWED = hosts(phishing.whitelist);

/** A packaged list by name. */
export const disposable = (name: string) => {
  const list = PACKAGED_LISTS.find((one) => one.name === name);
  if (list === undefined) throw new Error(`no list ${name}`);
  return list;
};

/** Every `step`th of a sorted list: the same ones each time, from all over it. */
export const sample = (names: Iterable<string>, size: number): readonly string[] => {
  const sorted = [...names].sort();
  const step = sorted.length / Math.min(size, sorted.length);
  return Array.from({ length: Math.min(size, sorted.length) }, (_, i) => sorted[Math.floor(i * step)]!);
};

export const SOURCES: readonly (readonly [what: string, from: string, size: number])[] = [
  ["phishing sites", `eth-phishing-detect ${versionOf("eth-phishing-detect")}, blacklist`, PHISHING.length],
  [
    "good sites that look like them",
    `eth-phishing-detect ${versionOf("eth-phishing-detect")}, whitelist`,
    ALLOWED.length,
  ],
  ["ordinary sites", "top-sites 1.1.222", TOP_SITES.length],
  ["ordinary mail providers", `email-providers ${versionOf("email-providers")}, common`, MAIL_PROVIDERS.length],
  ...["disposable-email-domains-js", "mailchecker"].map(
    (name) => ["throwaway domains", `${name} ${disposable(name).version}`, disposable(name).domains.size] as const,
  ),
];

export interface Forged {
  readonly family: string;
  readonly of: string;
  readonly domain: string;
}

/** The sites a tenant writes with: each third of the top sites whose name is long enough to be forged. */
export const CORRESPONDENTS = TOP_SITES.filter((name) => (readDomain(name).label?.length ?? 0) >= 6).filter(
  (_, i) => i % 3 === 0,
);

/**
 * Pairs of real names with one label: `known` is a correspondent, and then mail goes to `domain`. Mostly one firm with several suffixes; the
 * data does not say.
 */
export const SECOND_SUFFIXES: readonly { readonly known: string; readonly domain: string }[] = (() => {
  const byLabel = new Map<string, string[]>();
  for (const domain of new Set([...TOP_SITES, ...MAIL_PROVIDERS])) {
    const label = readDomain(domain).label!;
    byLabel.set(label, [...(byLabel.get(label) ?? []), domain]);
  }
  return [...byLabel.values()].flatMap((names) =>
    names.flatMap((known) => names.filter((domain) => domain !== known).map((domain) => ({ known, domain }))),
  );
})();

/** One forgery of each family for each correspondent that lends itself to it, none of which is a top site itself. */
export const forgeries = (seed: number): readonly Forged[] => {
  const random = chance(seed);
  const real = new Set([...TOP_SITES, ...MAIL_PROVIDERS]);
  const forged: Forged[] = [];
  for (const of of CORRESPONDENTS) {
    const { label, suffix } = readDomain(of);
    for (const [family, forge] of Object.entries(FAMILIES)) {
      const domain = forge(label!, suffix!, random);
      if (domain !== null && !real.has(readDomain(domain).registrable ?? "")) forged.push({ family, of, domain });
    }
  }
  return forged;
};

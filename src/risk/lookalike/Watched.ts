/**
 * The domains that others may imitate: the operator's own, those already known to it, and brands. Answers in time that
 * does not grow with their number which of them, if any, a domain could be taken for.
 *
 * - A watched domain does not resemble itself, and its subdomains are its own.
 * - An own domain resembles nothing. A known domain is still compared with the operator's own, for a correspondent can
 *   become known by writing first; it is not compared with other known ones.
 * - Nearness needs length, since every short name is one letter from another: own names of four letters, known ones of
 *   five, brands of six. Two public mail providers never resemble each other (`mail.com` is not a forgery of `gmail.com`).
 * - A firm has its name under several suffixes more often than a forger does. So the name of a correspondent that was
 *   hardly written to yet (`met`) is ordinary under another suffix, unless forgers buy that suffix or it is a letter more
 *   or less than the true one (`.co` for `.com`). Where there is a correspondence to be stolen, it is reported under any.
 * - A name joined with a word that lures (`paypal-login.com`, `securepaypal.com`) or with its own suffix
 *   (`paypal-com.net`) is `combined`.
 *
 * **Gotchas**
 * - Names of under four letters are matched only by their skeleton and as an embedded whole.
 * @spec OV-110
 */
import { readDomain, type ReadDomain, type Resemblance, type WatchedDomains } from "../ReadDomain.ts";
import { BRANDS, CHEAP_SUFFIXES, LURES } from "./brands.ts";
import { skeletonOf } from "./skeleton.ts";

/** The shortest label that is compared by nearness or under another suffix. */
export const SHORTEST_NEAR = { own: 4, known: 5, met: 5, brand: 6 } as const;

/** The shortest name that is found joined to a word by a hyphen. */
const SHORTEST_COMBINED = 3;

type Standing = keyof typeof SHORTEST_NEAR;

/** The shortest brand that is compared by skeleton: `lng` is not `ing`. */
const SHORTEST_SKELETON = 4;

/** The shortest name, and the shortest word, that are found joined without a hyphen. */
const SHORTEST_JOINED = { name: 6, word: 4 } as const;

/** Large public mail providers whose names lie close to each other, by the first label of their registrable domain. */
const PROVIDERS: ReadonlySet<string> = new Set(
  [
    "gmail",
    "ymail",
    "email",
    "mail",
    "hotmail",
    "googlemail",
    "rediffmail",
    "fastmail",
    "zohomail",
    "protonmail",
  ].concat(
    [
      "outlook",
      "live",
      "msn",
      "yahoo",
      "aol",
      "icloud",
      "me",
      "mac",
      "proton",
      "pm",
      "gmx",
      "web",
      "posteo",
      "mailbox",
    ],
    ["yandex", "ya", "inbox", "list", "bk", "qq", "163", "126", "sina", "naver", "daum", "hanmail", "orange", "free"],
  ),
);
/** The suffixes under which those names are what they seem; elsewhere `gmail.shop` is judged like any other. */
const PROVIDER_SUFFIXES: ReadonlySet<string> = new Set(
  [
    "com",
    "net",
    "org",
    "de",
    "fr",
    "at",
    "ch",
    "it",
    "es",
    "nl",
    "be",
    "ie",
    "ca",
    "in",
    "co.uk",
    "co.jp",
    "ne.jp",
  ].concat([
    "com.br",
    "com.au",
    "com.mx",
    "com.ar",
    "co.in",
    "ru",
    "by",
    "kz",
    "cn",
    "me",
    "dk",
    "se",
    "no",
    "fi",
    "pl",
  ]),
);
const isProvider = (domain: ReadDomain): boolean =>
  domain.label !== null &&
  domain.suffix !== null &&
  PROVIDERS.has(domain.label) &&
  PROVIDER_SUFFIXES.has(domain.suffix);

interface Name {
  readonly registrable: string;
  readonly label: string;
  readonly suffix: string;
  readonly skeleton: string;
  readonly standing: Standing;
  readonly isProvider: boolean;
}

/** A label, and the label without each of its characters: two labels one edit or one swap apart share one of these. */
const deletions = (label: string): readonly string[] => {
  const out = [label];
  for (let i = 0; i < label.length; i++) out.push(label.slice(0, i) + label.slice(i + 1));
  return out;
};

/** Is `a` one insertion, deletion, substitution or swap of neighbours away from `b`? Not when they are equal. */
export const isOneSlipAway = (a: string, b: string): boolean => {
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  if (restA.length > restB.length) return restA.slice(1) === restB;
  if (restA.length < restB.length) return restB.slice(1) === restA;
  return (
    restA.slice(1) === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
};

/** Is one of them the other with one letter left out? */
const isOneLetterMore = (a: string, b: string): boolean => a.length !== b.length && isOneSlipAway(a, b);

const push = (index: Map<string, Name[]>, key: string, name: Name): void => {
  const there = index.get(key);
  if (there === undefined) index.set(key, [name]);
  else if (!there.includes(name)) there.push(name);
};

/** Names by what finds them. */
interface Index {
  /** By registrable domain. */
  readonly names: ReadonlyMap<string, Name>;
  readonly bySkeleton: ReadonlyMap<string, readonly Name[]>;
  readonly byDeletion: ReadonlyMap<string, readonly Name[]>;
}

/** Entries that have no registrable domain are left out: nothing can be distinguished from them. The first of two counts. */
const indexOf = (lists: readonly (readonly [list: readonly string[], standing: Standing])[]): Index => {
  const names = new Map<string, Name>();
  const bySkeleton = new Map<string, Name[]>();
  const byDeletion = new Map<string, Name[]>();
  for (const [list, standing] of lists) {
    for (const entry of list) {
      const read = readDomain(entry);
      const { registrable, label, suffix } = read;
      if (registrable === null || label === null || suffix === null || names.has(registrable)) continue;
      const name = { registrable, label, suffix, skeleton: skeletonOf(label), standing, isProvider: isProvider(read) };
      names.set(registrable, name);
      push(bySkeleton, name.skeleton, name);
      if (label.length < SHORTEST_NEAR[standing]) continue;
      for (const key of deletions(label)) push(byDeletion, key, name);
      for (const key of deletions(name.skeleton)) push(byDeletion, key, name);
    }
  }
  return { names, bySkeleton, byDeletion };
};

/** The brands are the same for everybody, and read once. */
const brandIndexes = new WeakMap<readonly string[], Index>();
const brandIndex = (brands: readonly string[]): Index => {
  const index = brandIndexes.get(brands) ?? indexOf([[brands, "brand"]]);
  brandIndexes.set(brands, index);
  return index;
};

/**
 * Reads the lists into an index. `met`: known, but hardly written to yet. Costs some microseconds a name; keep it while the lists stay the
 * same.
 */
export const watch = (
  own: readonly string[],
  known: readonly string[],
  met: readonly string[] = [],
  brands: readonly string[] = BRANDS,
): WatchedDomains => {
  const ours = indexOf([
    [own, "own"],
    [known, "known"],
    [met, "met"],
  ]);
  const theirs = brandIndex(brands);
  const nameOf = (registrable: string): Name | undefined =>
    ours.names.get(registrable) ?? theirs.names.get(registrable);
  /** Own and known names first; a brand that is one of them is no other. */
  const found = (by: "bySkeleton" | "byDeletion", key: string): readonly Name[] => [
    ...(ours[by].get(key) ?? []),
    ...(theirs[by].get(key) ?? []).filter((name) => !ours.names.has(name.registrable)),
  ];

  const resembles = (domain: ReadDomain): Resemblance | null => {
    const { registrable, label, suffix } = domain;
    if (registrable === null || label === null || suffix === null) return null;
    const self = nameOf(registrable);
    // An own domain resembles nothing; nor does a brand, which others are compared with.
    if (self?.standing === "own" || self?.standing === "brand") return null;
    const provider = isProvider(domain);
    const isRival = (name: Name): boolean =>
      name.standing === "own" ||
      (name.registrable !== registrable &&
        (self === undefined || name.standing === "brand") &&
        !(provider && name.isProvider));
    const like = (how: Resemblance["how"], { registrable: of, standing }: Name): Resemblance =>
      standing === "brand" ? { how, of, isBrand: true } : { how, of };

    const embedded = embeddedIn(domain.host, registrable, nameOf);
    if (embedded !== null && isRival(embedded)) return like("embedded", embedded);

    const skeleton = skeletonOf(label);
    const alike = found("bySkeleton", skeleton).filter(
      (name) => isRival(name) && (name.standing !== "brand" || name.label.length >= SHORTEST_SKELETON),
    );
    // A brand's name under another suffix is its owner's, more often than not.
    const isOrdinary = alike.some((name) => name.standing === "brand" && name.label === label);
    const confusable = alike.find((name) => name.label !== label && !(isOrdinary && name.standing === "brand"));
    if (confusable !== undefined) return like("confusable", confusable);
    const isBrandLabel = (theirs.bySkeleton.get(skeleton) ?? []).some((name) => name.label === label);
    const isOdd = (name: Name): boolean =>
      name.standing === "own" ||
      CHEAP_SUFFIXES.has(suffix) ||
      (!isBrandLabel && (name.standing !== "met" || isOneLetterMore(suffix, name.suffix)));
    const swapped = alike.find((name) => name.label.length >= SHORTEST_NEAR[name.standing] && isOdd(name));
    if (swapped !== undefined) return like("suffix", swapped);
    if (isOrdinary) return null;

    const isNear = (name: Name): boolean =>
      isRival(name) &&
      // A correspondent of ours that is a letter away from a brand is more likely itself than its forgery.
      !(self !== undefined && name.standing === "brand") &&
      (isOneSlipAway(label, name.label) || isOneSlipAway(skeleton, name.skeleton));
    for (const key of [...deletions(label), ...deletions(skeleton)]) {
      const near = found("byDeletion", key).find(isNear);
      if (near !== undefined) return like("near", near);
    }

    for (const key of joinedNames(label)) {
      const joined = found("bySkeleton", skeletonOf(key)).find(
        (name) =>
          isRival(name) &&
          (name.label === key ? key.length >= SHORTEST_COMBINED : name.label.length >= SHORTEST_JOINED.name),
      );
      if (joined !== undefined) return like("combined", joined);
    }
    return null;
  };

  return { isOwn: (registrable) => ours.names.get(registrable)?.standing === "own", resembles };
};

/** Labels of a registrable domain, at most; so that a host of a hundred labels costs little. */
const LONGEST_REGISTRABLE = 6;

/** A watched domain that stands, whole, to the left of a foreign registrable domain. */
const embeddedIn = (
  host: string,
  registrable: string,
  nameOf: (registrable: string) => Name | undefined,
): Name | null => {
  if (host === registrable) return null;
  // One label of the registrable domain may complete the imitation: `acme.co.uk` in `www.acme.co.uk.net`.
  const labels = host.split(".");
  const own = registrable.split(".").length;
  for (let from = 0; from < labels.length - own; from++) {
    for (let to = from + 2; to < Math.min(labels.length, from + LONGEST_REGISTRABLE + 1); to++) {
      const name = nameOf(labels.slice(from, to).join("."));
      if (name !== undefined && name.registrable !== registrable) return name;
    }
  }
  return null;
};

/** What is left of a label when words that lure are taken away: what it may be the name of. */
const joinedNames = (label: string): readonly string[] => {
  const parts = label.split("-").filter((part) => part !== "");
  const found: string[] = [];
  // Every run of parts with nothing but words that lure around it; the run may hold some too: `deutsche-bank-login`.
  for (let from = 0; from < parts.length; from++) {
    if (!parts.slice(0, from).every((part) => LURES.has(part))) break;
    for (let to = parts.length; to > from; to--) {
      const run = parts.slice(from, to);
      if (run.length < parts.length && !run.every((part) => LURES.has(part))) found.push(run.join("-"), run.join(""));
      if (!LURES.has(parts[to - 1]!)) break;
    }
  }
  for (const part of withoutLures(parts)) {
    for (let at = SHORTEST_JOINED.word; at <= part.length - SHORTEST_JOINED.word; at++) {
      const [left, right] = [part.slice(0, at), part.slice(at)];
      if (left.length >= SHORTEST_JOINED.name && LURES.has(right)) found.push(left);
      if (right.length >= SHORTEST_JOINED.name && LURES.has(left)) found.push(right);
    }
  }
  return found;
};

/** The parts of a label that are no word that lures. */
const withoutLures = (parts: readonly string[]): readonly string[] => parts.filter((part) => !LURES.has(part));

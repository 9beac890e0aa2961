/**
 * Forgeries of a domain, family by family, as they are seen in fraud: made, not found, so what is measured on them says how the check
 * works and not how often it meets such names. Deterministic by its seed.
 */

/** A small generator of even spread (mulberry32): the same seed, the same names, everywhere. */
export const chance = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const CYRILLIC: Readonly<Record<string, string>> = {
  a: "а",
  c: "с",
  e: "е",
  o: "о",
  p: "р",
  x: "х",
  y: "у",
  i: "і",
  s: "ѕ",
};
const DIGITS: Readonly<Record<string, string>> = { o: "0", l: "1", i: "1" };
const BESIDE: Readonly<Record<string, string>> = {
  a: "s",
  b: "v",
  c: "x",
  d: "f",
  e: "r",
  f: "g",
  g: "h",
  h: "j",
  i: "o",
  j: "k",
  k: "l",
  l: "k",
  m: "n",
  n: "m",
  o: "p",
  p: "o",
  q: "w",
  r: "t",
  s: "d",
  t: "y",
  u: "i",
  v: "b",
  w: "e",
  x: "c",
  y: "u",
  z: "x",
};
const SUFFIXES = ["co", "net", "org", "info", "xyz", "online", "shop", "top"];
const LURES = ["login", "secure", "support", "billing", "verify", "account"];
const LANDLORDS = ["web.app", "github.io", "netlify.app", "pages.dev"];

type Forge = (label: string, suffix: string, random: () => number) => string | null;

const pick = <A>(from: readonly A[], random: () => number): A => from[Math.floor(random() * from.length)]!;
const swapOne = (label: string, table: Readonly<Record<string, string>>, random: () => number): string | null => {
  const places = [...label].flatMap((letter, i) => (table[letter] === undefined ? [] : [i]));
  if (places.length === 0) return null;
  const i = pick(places, random);
  return label.slice(0, i) + table[label[i]!]! + label.slice(i + 1);
};

/** Each answers a host, or `null` where the name does not lend itself. */
export const FAMILIES: Readonly<Record<string, Forge>> = {
  "homograph (one Cyrillic letter)": (label, suffix, random) => {
    const forged = swapOne(label, CYRILLIC, random);
    return forged === null ? null : `${forged}.${suffix}`;
  },
  "digit for a letter": (label, suffix, random) => {
    const forged = swapOne(label, DIGITS, random);
    return forged === null ? null : `${forged}.${suffix}`;
  },
  "rn for m": (label, suffix) => (label.includes("m") ? `${label.replace("m", "rn")}.${suffix}` : null),
  "letter left out": (label, suffix, random) => {
    const i = Math.floor(random() * label.length);
    return `${label.slice(0, i)}${label.slice(i + 1)}.${suffix}`;
  },
  "letter doubled": (label, suffix, random) => {
    const i = Math.floor(random() * label.length);
    return `${label.slice(0, i + 1)}${label[i]}${label.slice(i + 1)}.${suffix}`;
  },
  "neighbours swapped": (label, suffix, random) => {
    const i = Math.floor(random() * (label.length - 1));
    return label[i] === label[i + 1]
      ? null
      : `${label.slice(0, i)}${label[i + 1]}${label[i]}${label.slice(i + 2)}.${suffix}`;
  },
  "key beside": (label, suffix, random) => {
    const forged = swapOne(label, BESIDE, random);
    return forged === null ? null : `${forged}.${suffix}`;
  },
  "another suffix": (label, suffix, random) =>
    `${label}.${pick(
      SUFFIXES.filter((one) => one !== suffix),
      random,
    )}`,
  "joined with a lure": (label, suffix, random) =>
    random() < 0.5 ? `${label}-${pick(LURES, random)}.${suffix}` : `${pick(LURES, random)}-${label}.${suffix}`,
  "inside another name": (label, suffix, random) =>
    `${label}.${suffix}.${pick(LURES, random)}-${Math.floor(random() * 900 + 100)}.com`,
  "rented under a free host": (label, _, random) => `${label}-${pick(LURES, random)}.${pick(LANDLORDS, random)}`,
};

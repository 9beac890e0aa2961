/**
 * What a domain label looks like to a hurried reader: two labels with one skeleton can be taken for each other.
 *
 * After the method of UTS #39 § 4, with two tables: one of our own, the letters of Latin, Cyrillic, Greek, Armenian,
 * Cherokee, Lisu and a few others that survive UTS #46 (lower case, no compatibility forms) and read as one of a … z; and
 * where that has no entry, the confusables of UTS #39 (Unicode 13), whose prototypes are then read by ours.
 *
 * **Gotchas**
 * - Wider than UTS #39: accents are dropped (`é` is `e`), digits are read as the letters they stand for (`0` `1` `3` …),
 *   and letter shapes that only resemble in some typefaces count too (`к` as `k`). A skeleton is for comparing with
 *   names that matter, where a false alarm costs a look; never for deciding that two names are equal.
 * - `rn`, `vv` and `cl` are read as `m`, `w` and `d`, after the letters and digits and before `i` becomes `l`; so
 *   `cl` is `d` and `ci` is not.
 */

import confusables from "unhomoglyph/data.json" with { type: "json" };

/** Raise it when a table or rule of this file changes: it is the `version` of the lookalike signals. */
export const SKELETON_VERSION = "2+uts39-13";

/** Reads as the key in most typefaces. One string of characters each: Latin, Cyrillic, Greek, Armenian, other. */
const ALIKE: Readonly<Record<string, readonly string[]>> = {
  a: ["ɑ", "а", "α", "", "Ꭺꓮ"],
  b: ["ƀɓƃ", "ҍѣ", "", "", "ᏏᏴꓐ"],
  c: ["ƈȼᴄ", "сҫ", "ϲ", "", "ⲥᏟꓚ"],
  d: ["đɖɗƌ", "ԁ", "", "", "ᑯᏧᎠꓒꓓ"],
  e: ["ɇꬲ", "еҽҿ", "", "", "℮Ꭼꓰ"],
  f: ["ƒꬵꞙẝᵮ", "", "", "ք", "ꓝ"],
  g: ["ɡɠǥᶃƍ", "", "", "ցզ", "ᏀᏳꓖ"],
  h: ["ħɦ", "һћꚕ", "", "հ", "ᎻᏂᏲꓧ"],
  i: ["ıɨɩɪᵻ", "іꙇ", "ιɩ", "ւ", "ⲓᎥ"],
  j: ["ɉʝ", "ј", "ϳ", "յ", "Ꭻꓙ"],
  k: ["ƙ", "ҡ", "κ", "", "Ꮶꓗ"],
  l: ["łƚɫɭǀ", "ӏ", "", "լ", "ⵏᏞꓡꓲ"],
  m: ["ɱᵯ", "", "", "", "Ꮇꓟ"],
  n: ["ɲɳƞŋᵰ", "п", "η", "ոռղ", "ꓠ"],
  o: ["øɵᴏᴑꝋꬽꬾ", "оөѳ", "οσθ", "օ", "ⲟൠഠ౦೦०੦૦௦๐໐၀〇ᎾᏫꓳ"],
  p: ["ƥþƿᵽ", "р", "ρϸ", "", "ⲣᏢꓑ"],
  q: ["ʠɋ", "ԛ", "", "գ"],
  r: ["ɍɼɽꭇꭈᵲ", "гғ", "", "", "ⲅᎡᏒꓣ"],
  s: ["ʂꜱƽᵴ", "ѕ", "", "", "ᏕᏚꓢ"],
  t: ["ŧƭʈᵵ", "", "τ", "", "Ꭲꓔ"],
  u: ["ʉʋᴜᵾꞟ", "џ", "υ", "ս", "Ꮜꓴ"],
  v: ["ᴠⱱ", "ѵ", "ν", "", "Ꮩꓦ"],
  w: ["ɯᴡⱳꝡ", "ԝѡ", "ω", "ա", "ⲱᎳᏔꓪ"],
  x: ["ᶍ", "х", "χ", "", "ꓫ"],
  y: ["ɏƴɣʏᶌỿꭚ", "уүұ", "γ", "", "ყᎩᎽꓬ"],
  z: ["ƶȥʐᴢᵶ", "", "", "", "Ꮓꓜ"],
};

/** Reads as the key only at a glance, or as its capital. For comparing, not for judging a label by itself. */
const ALIKE_AT_A_GLANCE: Readonly<Record<string, string>> = {
  b: "вьßβ6",
  d: "ժ",
  e: "ёєε",
  h: "н",
  i: "ї",
  k: "кқҝ",
  m: "м",
  n: "илӆ",
  r: "я",
  t: "т",
  u: "цμ",
  w: "шщ",
  x: "ҳӿ×",
  y: "ч",
  z: "з2",
  o: "0",
  l: "1|",
  a: "4",
  s: "5",
};

/** Digits by the letter they most often replace, and letters that stand for two. */
const SEQUENCES: Readonly<Record<string, string>> = {
  "3": "e",
  "7": "t",
  "8": "b",
  "9": "g",
  æ: "ae",
  ӕ: "ae",
  œ: "oe",
  ʣ: "dz",
  ʦ: "ts",
  ȣ: "b",
  ꜳ: "aa",
  ꝏ: "oo",
  ꚙ: "oo",
  ǁ: "ll",
  б: "b",
};

const alike = new Map<string, string>();
for (const [letter, scripts] of Object.entries(ALIKE)) {
  for (const one of scripts.join("")) alike.set(one, letter);
}
const atAGlance = new Map<string, string>(Object.entries(SEQUENCES));
for (const [letter, those] of Object.entries(ALIKE_AT_A_GLANCE)) for (const one of those) atAGlance.set(one, letter);

/** Letters without their accents: canonical decomposition, marks dropped. */
const bare = (label: string): string =>
  /^[\0-\x7f]*$/.test(label) ? label : label.normalize("NFD").replace(/\p{M}+/gu, "");

const readOne = (one: string): string | undefined => alike.get(one) ?? atAGlance.get(one);

/** UTS #39's letters and digits outside ASCII that can stand in a domain, read as far as our own table reads them. */
const prototypes = new Map<string, string>();
for (const [letter, prototype] of Object.entries(confusables)) {
  if (!/^[\p{L}\p{N}]$/u.test(letter) || /^[\0-\x7f]$/.test(letter) || readOne(letter) !== undefined) continue;
  const read = [...bare(prototype.toLowerCase())].map((one) => readOne(one) ?? one).join("");
  if (read !== "" && read !== letter) prototypes.set(letter, read);
}

/** The skeleton of one label in Unicode, lower case. */
export const skeletonOf = (label: string): string => {
  let letters = "";
  for (const one of bare(label)) letters += readOne(one) ?? prototypes.get(one) ?? one;
  return letters.replaceAll("rn", "m").replaceAll("vv", "w").replaceAll("cl", "d").replaceAll("i", "l");
};

/** Is every letter of this label outside ASCII one that reads as Latin, in most typefaces? False for ASCII labels. */
export const readsAsLatin = (label: string): boolean => {
  let foreign = 0;
  for (const one of bare(label)) {
    if (/^[a-z0-9-]$/.test(one)) continue;
    if (!alike.has(one)) return false;
    foreign++;
  }
  return foreign > 0;
};

const SCRIPTS = [
  "Latin", "Cyrillic", "Greek", "Armenian", "Hebrew", "Arabic", "Devanagari", "Thai", "Han", "Hiragana", "Katakana",
  "Hangul", "Bopomofo", "Georgian", "Cherokee", "Coptic", "Canadian_Aboriginal", "Lisu", "Tifinagh",
] as const; // prettier-ignore
type Script = (typeof SCRIPTS)[number] | "other";

const scriptTests = SCRIPTS.map((script) => [script, new RegExp(`^\\p{Script=${script}}$`, "u")] as const);

const scriptOf = (one: string): Script | null => {
  if (/^[a-z]$/.test(one)) return "Latin";
  if (!/^\p{L}$/u.test(one) || /^[\p{Script=Common}\p{Script=Inherited}]$/u.test(one)) return null;
  return scriptTests.find(([, test]) => test.test(one))?.[0] ?? "other";
};

/** The scripts of a label's letters; digits, hyphens and shared marks belong to none. */
export const scriptsOf = (label: string): ReadonlySet<Script> => {
  const found = new Set<Script>();
  for (const one of label) {
    const script = scriptOf(one);
    if (script !== null) found.add(script);
  }
  return found;
};

/** Sets of scripts that one language writes together: UTS #39 § 5.2, "highly restrictive". */
const WRITTEN_TOGETHER: readonly ReadonlySet<Script>[] = [
  new Set<Script>(["Latin", "Han", "Hiragana", "Katakana"]),
  new Set<Script>(["Latin", "Han", "Bopomofo"]),
  new Set<Script>(["Latin", "Han", "Hangul"]),
];

/** Does one label mix scripts that no language writes together? */
export const isMixedScript = (label: string): boolean => {
  const scripts = scriptsOf(label);
  return scripts.size > 1 && !WRITTEN_TOGETHER.some((together) => [...scripts].every((one) => together.has(one)));
};

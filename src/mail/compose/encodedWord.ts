/**
 * RFC 2047 encoded words: how text that is not plain ASCII travels in a header field.
 *
 * - Q where at most a third of the octets need escaping and no word would begin with an escape, else B: in `?Q?=C3` some programs take
 *   the `?=` for the end. The same text always gives the same words.
 * - No word splits a character, and none is longer than 64 characters (RFC 2047 allows 75), so one fits behind a short field name.
 */
import { toBase64, utf8 } from "../../bytes/octets.ts";

const PREFIX = "=?UTF-8?";
/** Octets behind one B word: 48 base64 characters. */
const B_OCTETS = 36;
/** Characters of text in one Q word. */
const Q_LENGTH = 52;
// Of one character: RFC 2047 5 (3), the set that is safe even inside a display name.
const Q_SAFE = /[A-Za-z0-9!*+/-]/;

const qCharacter = (character: string): string => {
  if (character === " ") return "_";
  if (Q_SAFE.test(character)) return character;
  let out = "";
  for (const byte of utf8(character)) out += `=${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
  return out;
};

/** The characters of a text in runs that cost at most `most` each, at least one a run. */
const runsOf = (text: string, costOf: (character: string) => number, most: number): readonly string[] => {
  const runs: string[] = [];
  let run = "";
  let size = 0;
  for (const character of text) {
    const cost = costOf(character);
    if (run !== "" && size + cost > most) {
      runs.push(run);
      run = "";
      size = 0;
    }
    run += character;
    size += cost;
  }
  return run === "" ? runs : [...runs, run];
};

const qWords = (text: string): readonly string[] =>
  runsOf(text, (character) => qCharacter(character).length, Q_LENGTH).map((run) => [...run].map(qCharacter).join(""));

const bWords = (text: string): readonly string[] =>
  runsOf(text, (character) => utf8(character).length, B_OCTETS).map((run) => toBase64(utf8(run)));

/** The encoded words of a well-formed text without line breaks, joined by single spaces (which a reader drops again). */
export const encodeWords = (text: string): string => {
  const octets = utf8(text).length;
  let plain = 0;
  for (const character of text) if (character === " " || Q_SAFE.test(character)) plain++;
  const q = (octets - plain) * 3 <= octets ? qWords(text) : null;
  const words =
    q === null || q.some((word) => word.startsWith("="))
      ? bWords(text).map((word) => `${PREFIX}B?${word}?=`)
      : q.map((word) => `${PREFIX}Q?${word}?=`);
  return words.join(" ");
};

/**
 * True when a one-line text can stand in a header field as it is: printable ASCII, single blanks between words, no word longer than
 * `longestWord`, and nothing a reader would take for an encoded word.
 */
export const isPlainText = (text: string, longestWord: number): boolean => {
  if (!/^[ -~]*$/.test(text) || text.includes("=?") || text.includes("  ")) return false;
  if (text.startsWith(" ") || text.endsWith(" ")) return false;
  return text.split(" ").every((word) => word.length <= longestWord);
};

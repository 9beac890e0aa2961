/**
 * RFC 2047 encoded words: how text that is not plain ASCII travels in a header field.
 *
 * - Q where at most a third of the octets need escaping, else B; the same text always gives the same words.
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

/** The encoded words of a well-formed text without line breaks, joined by single spaces (which a reader drops again). */
export const encodeWords = (text: string): string => {
  const octets = utf8(text).length;
  let plain = 0;
  for (const character of text) if (character === " " || Q_SAFE.test(character)) plain++;
  const useQ = (octets - plain) * 3 <= octets;
  const words: string[] = [];
  let current = "";
  let size = 0;
  const flush = (): void => {
    if (current !== "") words.push(useQ ? `${PREFIX}Q?${current}?=` : `${PREFIX}B?${toBase64(utf8(current))}?=`);
    current = "";
    size = 0;
  };
  for (const character of text) {
    const piece = useQ ? qCharacter(character) : character;
    const cost = useQ ? piece.length : utf8(character).length;
    if (size + cost > (useQ ? Q_LENGTH : B_OCTETS)) flush();
    current += piece;
    size += cost;
  }
  flush();
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

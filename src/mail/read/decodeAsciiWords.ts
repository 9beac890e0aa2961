/**
 * RFC 2047 encoded words in a field that holds nothing but ASCII: some mail programs write any long token so, though nothing needs it.
 *
 * **Gotchas**
 * - For the identity headers alone, whose signatures decide what counts. A field that people read keeps its words: they are what was
 *   signed, and what they show is the reader's business.
 */
import { decodeBase64 } from "../../bytes/base64.ts";
import { toBinaryString } from "../../bytes/octets.ts";

/** One encoded word, and the blanks behind it where another follows, which stand for nothing (RFC 2047 6.2). */
const WORD = /=\?([A-Za-z0-9-]+)\?([BQ])\?([!->@-~]*)\?=(?:[ \t]+(?==\?[A-Za-z0-9-]+\?[BQ]\?[!->@-~]*\?=))?/gi;
/** Character sets that are ASCII where no octet is above 127. */
const CHARSET = /^(?:us-ascii|utf-8|iso-8859-1)$/i;
const PLAIN = /^[ -~]*$/;

/** The octets of a Q word as a binary string; `null` where a `=` is followed by no two hexadecimal digits. */
const fromQ = (text: string): string | null =>
  /=(?![0-9A-F]{2})/i.test(text)
    ? null
    : text.replaceAll("_", " ").replace(/=(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const fromB = (text: string): string | null => {
  const octets = decodeBase64(text);
  return octets === null ? null : toBinaryString(octets);
};

/**
 * The unfolded value with its encoded words decoded. It comes back as it is where one of them is of another character set than US-ASCII,
 * UTF-8 and ISO-8859-1, cannot be decoded, or holds anything but printable ASCII. Linear time. @spec OV-167
 */
export const decodeAsciiWords = (value: string): string => {
  let sound = true;
  const decoded = value.replace(WORD, (_, charset: string, encoding: string, text: string) => {
    const word = CHARSET.test(charset) ? (/q/i.test(encoding) ? fromQ(text) : fromB(text)) : null;
    sound &&= word !== null && PLAIN.test(word);
    return word ?? "";
  });
  return sound ? decoded : value;
};

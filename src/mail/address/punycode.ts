/**
 * Punycode, RFC 3492: what the letters after `xn--` stand for.
 *
 * Some platforms pass malformed `xn--` labels through, which is why `domain.ts` decodes each itself.
 */

const DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789";

/**
 * RFC 3492 6.2: the text a punycode label (without `xn--`, in lower case) stands for, or "" when it is malformed, which no label is. It
 * does not look at the letters before the last hyphen, nor whether this is the only spelling of the text.
 */
export const decodePunycode = (label: string): string => {
  const cut = label.lastIndexOf("-");
  const output = Array.from(label.slice(0, Math.max(cut, 0)), (c) => c.charCodeAt(0));
  let n = 128;
  let bias = 72;
  // Where the next character goes, counted through all characters and places from n and `start` on (RFC 3492 6.2).
  let i = 0;
  let start = 0;
  let weight = 1;
  let k = 36;
  for (const sign of label.slice(cut + 1)) {
    const digit = DIGITS.indexOf(sign);
    if (digit < 0) return "";
    i += digit * weight;
    if (!Number.isSafeInteger(i)) return "";
    const threshold = Math.min(Math.max(k - bias, 1), 26);
    if (digit >= threshold) {
      weight *= 36 - threshold;
      k += 36;
      continue;
    }
    const count = output.length + 1;
    n += Math.floor(i / count);
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return "";
    bias = adapted(i - start, count, start === 0);
    i %= count;
    output.splice(i++, 0, n);
    start = i;
    weight = 1;
    k = 36;
  }
  // Else it ends within a number.
  return weight === 1 ? String.fromCodePoint(...output) : "";
};

/** RFC 3492 6.1: the bias after `delta`, with `count` characters so far. */
const adapted = (delta: number, count: number, isFirst: boolean): number => {
  let scaled = Math.floor(delta / (isFirst ? 700 : 2));
  scaled += Math.floor(scaled / count);
  let k = 0;
  for (; scaled > 455; k += 36) scaled = Math.floor(scaled / 35);
  return k + Math.floor((36 * scaled) / (scaled + 38));
};

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
  let i = 0;
  let bias = 72;
  for (let at = cut + 1; at < label.length;) {
    const start = i;
    for (let weight = 1, k = 36; ; k += 36) {
      const digit = DIGITS.indexOf(label[at++] ?? "-");
      if (digit < 0) return "";
      i += digit * weight;
      if (!Number.isSafeInteger(i)) return "";
      const threshold = Math.min(Math.max(k - bias, 1), 26);
      if (digit < threshold) break;
      weight *= 36 - threshold;
    }
    const count = output.length + 1;
    let delta = Math.floor((i - start) / (start === 0 ? 700 : 2));
    delta += Math.floor(delta / count);
    let k = 0;
    for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
    bias = k + Math.floor((36 * delta) / (delta + 38));
    n += Math.floor(i / count);
    i %= count;
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return "";
    output.splice(i++, 0, n);
  }
  return String.fromCodePoint(...output);
};

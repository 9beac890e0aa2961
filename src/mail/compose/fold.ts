/**
 * Writing one header field: folded at 78 columns where it has blanks, CRLF at its end.
 *
 * **Gotchas**
 * - Folding only puts CRLF before a blank that is there already, so unfolding gives back the value exactly.
 * - The value is trusted to be one line of printable ASCII; `Compose` and `Address` see to that.
 */
import { FOLD_AT } from "./limits.ts";

/** `Name: value` and CRLF, with a break before a blank wherever the line would pass 78 columns. */
export const field = (name: string, value: string): string => {
  if (value === "") return `${name}:\r\n`;
  if (name.length + 2 + value.length <= FOLD_AT) return `${name}: ${value}\r\n`;
  let out = "";
  let line = `${name}:`;
  // Words keep the blanks in front of them, so that a line never consists of blanks only.
  for (const word of ` ${value}`.match(/ +[^ ]+/g) ?? []) {
    if (line.length + word.length > FOLD_AT && (out !== "" || line.length > name.length + 1 || word.length < FOLD_AT)) {
      out += `${line}\r\n`;
      line = word;
    } else line += word;
  }
  return `${out}${line}\r\n`;
};

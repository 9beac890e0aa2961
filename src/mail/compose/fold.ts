/**
 * Writing one header field: folded at 78 columns, CRLF at its end.
 *
 * **Gotchas**
 * - `field` only puts CRLF before a blank that is there already, so unfolding gives back the value exactly. `fieldOfParts` may put a
 *   blank where there was none.
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

/**
 * `Name: part part …` and CRLF. A part that a line can hold stays whole; a longer one is its pieces, and the line may break between any
 * two of them. No line passes 78 columns but by a piece that is longer. For fields whose reader drops blanks inside such a part, as DKIM
 * does (RFC 6376 3.2).
 */
export const fieldOfParts = (name: string, parts: readonly (readonly string[])[]): string => {
  let out = "";
  let line = `${name}:`;
  const put = (piece: string, blank: "" | " "): void => {
    if (line.length + blank.length + piece.length > FOLD_AT) {
      out += `${line}\r\n`;
      line = ` ${piece}`;
    } else line += blank + piece;
  };
  for (const pieces of parts) {
    const whole = pieces.join("");
    if (whole.length < FOLD_AT) put(whole, " ");
    else pieces.forEach((piece, i) => put(piece, i === 0 ? " " : ""));
  }
  return `${out}${line}\r\n`;
};

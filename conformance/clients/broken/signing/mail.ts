/** Messages in the protocol's base64, read otherwise than they are. */
import { input, type Values } from "../operationFault.ts";

/** base64 as a binary string, and back. */
export const text = (value: unknown): string => Buffer.from(value as string, "base64").toString("latin1");
export const octets = (value: string): string => Buffer.from(value, "latin1").toString("base64");

/** The message is read otherwise. */
export const reading = (change: (raw: string, it: Values) => string) =>
  input((it) => ({ raw: octets(change(text(it["raw"]), it)) }));
/** The header fields, and the rest. */
export const head = (raw: string): readonly [string, string] => {
  const at = raw.indexOf("\r\n\r\n");
  return at < 0 ? [raw, ""] : [raw.slice(0, at + 2), raw.slice(at + 2)];
};
/** Another header section. */
export const inHead = (change: (head: string) => string) => (raw: string) => {
  const [top, rest] = head(raw);
  return change(top) + rest;
};
/** Of the fields of that name only the first is there. */
export const firstOf = (name: string) =>
  inHead((top) => {
    const pattern = new RegExp(`^${name}:.*\\r\\n`, "gim");
    let seen = false;
    return top.replaceAll(pattern, (line) => {
      if (seen) return "";
      seen = true;
      return line;
    });
  });

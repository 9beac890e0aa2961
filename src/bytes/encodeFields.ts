/**
 * Bytes to sign or hash over several values, so that no two different lists give the same bytes, and no two purposes share any.
 *
 * Layout: for the domain and then for each value, its length in bytes as a 32-bit big-endian number, and its bytes. Text is UTF-8. It is
 * injective: read from the left, the lengths give where each value ends.
 */
import { utf8Length, writeUtf8 } from "./octets.ts";

/** `domain` names the purpose and the version, such as `countersign/agent-identity/v1`. */
export const encodeFields = (domain: string, values: readonly (string | Uint8Array)[]): Uint8Array => {
  const parts = [domain, ...values];
  const lengths = parts.map((part) => (typeof part === "string" ? utf8Length(part) : part.length));
  const out = new Uint8Array(lengths.reduce((sum, length) => sum + 4 + length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [i, part] of parts.entries()) {
    view.setUint32(at, lengths[i]!);
    if (typeof part === "string") writeUtf8(part, out, at + 4);
    else out.set(part, at + 4);
    at += 4 + lengths[i]!;
  }
  return out;
};

/**
 * Canonical JSON (RFC 8785): one value, one string of bytes. Keys sorted by UTF-16 code units, no white space.
 *
 * **Gotchas**: stricter than RFC 8785, so that every reader agrees: numbers must be safe integers, strings must be
 * well-formed Unicode. Anything else throws: a leaf is built by this program alone, so that is a defect, not bad input.
 */
import { isShallow } from "./strictJson.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export const canonical = (value: Json): string => {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw new TypeError("A canonical string must be well-formed Unicode.");
      return JSON.stringify(value);
    case "number":
      if (!Number.isSafeInteger(value)) throw new TypeError("A canonical number must be a safe integer.");
      return String(value);
    case "boolean":
      return value ? "true" : "false";
    case "object": {
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
      const object = value as { readonly [key: string]: Json };
      let text = "";
      for (const key of Object.keys(object).sort()) {
        if (!key.isWellFormed()) throw new TypeError("A canonical member's name must be well-formed Unicode.");
        text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonical(object[key]!)}`;
      }
      return `{${text}}`;
    }
    default:
      throw new TypeError(`A canonical value may not be ${typeof value}.`);
  }
};

/** Members in order, and only values that {@link canonical} takes. */
const isOrdered = (value: Json): boolean => {
  if (typeof value === "number") return Number.isSafeInteger(value);
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isOrdered);
  const object = value as { readonly [key: string]: Json };
  let before: string | null = null;
  for (const key of Object.keys(object)) {
    if ((before !== null && key <= before) || !isOrdered(object[key]!)) return false;
    before = key;
  }
  return true;
};

/** `true` when `text`, out of which `value` was read, is the canonical text of it. The same as `canonical(value) === text`, and faster. */
export const isCanonical = (value: Json, text: string): boolean => {
  if (!isShallow(value)) return false;
  // An escape may stand for half a character, which JSON.stringify writes and `canonical` refuses.
  if (!text.includes("\\u") && JSON.stringify(value) === text && isOrdered(value)) return true;
  try {
    return canonical(value) === text;
  } catch {
    return false;
  }
};

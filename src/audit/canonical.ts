/**
 * Canonical JSON (RFC 8785): one value, one string of bytes. Keys sorted by UTF-16 code units, no white space.
 *
 * **Gotchas**: stricter than RFC 8785, so that every reader agrees: numbers must be safe integers, strings must be
 * well-formed Unicode. Anything else throws: a leaf is built by this program alone, so that is a defect, not bad input.
 */
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
        text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonical(object[key]!)}`;
      }
      return `{${text}}`;
    }
    default:
      throw new TypeError(`A canonical value may not be ${typeof value}.`);
  }
};

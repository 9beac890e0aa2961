/** As much of JSON Schema as the schemas of `spec/schema/` use, to hold what is written against them. Unknown keywords are an error. */
type Schema = { readonly [keyword: string]: any };

const notes = new Set(["$schema", "$id", "$defs", "title", "description"]);

const typeOf = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "array"
      : typeof value === "number" && Number.isInteger(value)
        ? "integer"
        : typeof value;

/** What is wrong, or `null`. */
export const violation = (value: any, schema: Schema, root: Schema = schema, at = "$"): string | null => {
  for (const [keyword, said] of Object.entries(schema)) {
    const fail = `${at}: ${keyword}`;
    switch (keyword) {
      case "$ref":
        return violation(value, root["$defs"][said.slice("#/$defs/".length)], root, at);
      case "oneOf":
        if (said.filter((one: Schema) => violation(value, one, root, at) === null).length !== 1)
          return `${fail}: ${said.map((one: Schema) => violation(value, one, root, at)).join(" | ")}`;
        break;
      case "const":
        if (value !== said) return fail;
        break;
      case "enum":
        if (!said.includes(value)) return `${fail} ${value}`;
        break;
      case "type": {
        const [type, allowed] = [typeOf(value), [said].flat()];
        if (!allowed.includes(type) && !(type === "integer" && allowed.includes("number"))) return `${fail} ${type}`;
        break;
      }
      case "required":
        for (const name of said) if (!Object.hasOwn(value, name)) return `${fail} ${name}`;
        break;
      case "properties":
        for (const [name, inner] of Object.entries(said as Record<string, Schema>)) {
          if (typeOf(value) !== "object" || !Object.hasOwn(value, name)) continue;
          const found = violation(value[name], inner, root, `${at}.${name}`);
          if (found !== null) return found;
        }
        break;
      case "additionalProperties":
        for (const name of Object.keys(value)) if (!Object.hasOwn(schema["properties"], name)) return `${fail} ${name}`;
        break;
      case "items":
        for (const [i, item] of (Array.isArray(value) ? value : []).entries()) {
          const found = violation(item, said, root, `${at}[${i}]`);
          if (found !== null) return found;
        }
        break;
      case "pattern":
        if (typeof value === "string" && !new RegExp(said).test(value)) return fail;
        break;
      case "minimum":
        if (typeof value === "number" && value < said) return fail;
        break;
      case "maximum":
        if (typeof value === "number" && value > said) return fail;
        break;
      case "maxItems":
      case "maxLength":
        if (value?.length > said) return fail;
        break;
      default:
        if (!notes.has(keyword)) throw new Error(`the keyword ${keyword} is not known here`);
    }
  }
  return null;
};

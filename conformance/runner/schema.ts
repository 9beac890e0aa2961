/**
 * As much of JSON Schema 2020-12 as the schemas of this suite use, so that the runner needs no package. A keyword it does not know
 * throws: a rule nobody checks is worse than none.
 */
export type Schema = boolean | { readonly [keyword: string]: unknown };

const annotations = new Set(["$schema", "$id", "title", "description", "$defs", "examples", "$comment"]);

const typeOf = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "array"
      : typeof value === "number" && Number.isInteger(value)
        ? "integer"
        : typeof value;

const isType = (value: unknown, type: string): boolean =>
  typeOf(value) === type || (type === "number" && typeof value === "number");

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What is wrong with `value`, each with its place; empty when it is valid. Throws on a schema it cannot read. */
export const problems = (root: Schema, value: unknown): readonly string[] => {
  const found: string[] = [];
  const check = (schema: Schema, it: unknown, at: string, out: string[]): void => {
    if (typeof schema === "boolean") {
      if (!schema) out.push(`${at} may not be there`);
      return;
    }
    const wrong = (condition: boolean, what: string): void =>
      void (condition && out.push(`${at === "" ? "it" : at} ${what}`));
    const valid = (one: Schema): boolean => {
      const inner: string[] = [];
      check(one, it, at, inner);
      return inner.length === 0;
    };
    for (const [keyword, rule] of Object.entries(schema)) {
      switch (keyword) {
        case "type": {
          const types = Array.isArray(rule) ? (rule as string[]) : [rule as string];
          wrong(!types.some((type) => isType(it, type)), `is not ${types.join(" or ")}`);
          break;
        }
        case "const":
          wrong(!same(it, rule), `is not ${JSON.stringify(rule)}`);
          break;
        case "enum":
          wrong(!(rule as unknown[]).some((one) => same(it, one)), `is none of ${JSON.stringify(rule)}`);
          break;
        case "pattern":
          wrong(
            typeof it === "string" && !new RegExp(rule as string, "u").test(it),
            `does not match ${rule as string}`,
          );
          break;
        case "minLength":
          wrong(typeof it === "string" && it.length < (rule as number), "is too short");
          break;
        case "maxLength":
          wrong(typeof it === "string" && it.length > (rule as number), "is too long");
          break;
        case "minimum":
          wrong(typeof it === "number" && it < (rule as number), `is below ${rule as number}`);
          break;
        case "minItems":
          wrong(Array.isArray(it) && it.length < (rule as number), "has too few items");
          break;
        case "uniqueItems":
          wrong(
            Array.isArray(it) && new Set(it.map((one) => JSON.stringify(one))).size !== it.length,
            "says something twice",
          );
          break;
        case "minProperties":
          wrong(isObject(it) && Object.keys(it).length < (rule as number), "has too few members");
          break;
        case "required":
          if (isObject(it)) for (const name of rule as string[]) wrong(!Object.hasOwn(it, name), `lacks ${name}`);
          break;
        case "properties":
          if (isObject(it))
            for (const [name, inner] of Object.entries(rule as Record<string, Schema>))
              if (Object.hasOwn(it, name)) check(inner, it[name], `${at}/${name}`, out);
          break;
        case "additionalProperties":
          if (isObject(it)) {
            const known = new Set(Object.keys((schema["properties"] as object | undefined) ?? {}));
            for (const [name, inner] of Object.entries(it))
              if (!known.has(name)) check(rule as Schema, inner, `${at}/${name}`, out);
          }
          break;
        case "propertyNames":
          if (isObject(it)) for (const name of Object.keys(it)) check(rule as Schema, name, `${at}/${name}`, out);
          break;
        case "items":
          if (Array.isArray(it)) it.forEach((one, i) => check(rule as Schema, one, `${at}/${i}`, out));
          break;
        case "oneOf":
          wrong((rule as Schema[]).filter(valid).length !== 1, "does not have exactly one of the allowed shapes");
          break;
        case "$ref": {
          const path = (rule as string).replace(/^#\/\$defs\//, "");
          const target = (root as { $defs?: Record<string, Schema> }).$defs?.[path];
          if (target === undefined) throw new TypeError(`the schema refers to ${rule as string}, which is not there`);
          check(target, it, at, out);
          break;
        }
        default:
          if (!annotations.has(keyword))
            throw new TypeError(`the schema uses ${keyword}, which this reader does not know`);
      }
    }
  };
  check(root, value, "", found);
  return found;
};

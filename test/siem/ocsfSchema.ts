/** Holds an event against OCSF's own definition of its class; knows nothing of how the event was made. */
import { readFileSync } from "node:fs";

interface Attribute {
  readonly type: string;
  readonly requirement: "required" | "recommended" | "optional";
  readonly array?: boolean;
  readonly enum?: { readonly [value: string]: string };
  readonly sibling?: string;
  readonly profile?: string;
}
interface Shape {
  readonly constraints: { readonly at_least_one?: readonly string[]; readonly just_one?: readonly string[] };
  readonly attributes: { readonly [name: string]: Attribute };
}
interface Schema {
  readonly version: string;
  readonly classes: {
    readonly [uid: string]: Shape & {
      readonly name: string;
      readonly category: number;
      readonly category_name: string;
    };
  };
  readonly objects: { readonly [name: string]: Shape };
  readonly types: {
    readonly [name: string]: {
      readonly type?: string;
      readonly regex?: string;
      readonly max_len?: number;
      readonly range?: readonly [number, number];
    };
  };
}

export const ocsfSchema = (version: "1.8.0" | "1.9.0-dev"): Schema =>
  JSON.parse(readFileSync(new URL(`ocsf/${version}.json`, import.meta.url), "utf8")) as Schema;

type Members = { readonly [name: string]: unknown };
const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Everything that is wrong with the event, as `path: what`. */
export const violations = (schema: Schema, event: unknown): readonly string[] => {
  const found: string[] = [];
  const scalar = (path: string, value: unknown, name: string): void => {
    const type = schema.types[name];
    if (type === undefined) return void found.push(`${path}: the extract has no type ${name}`);
    const basic = type.type ?? name;
    const fits =
      basic === "string_t"
        ? typeof value === "string" && value.isWellFormed()
        : basic === "integer_t" || basic === "long_t"
          ? Number.isSafeInteger(value)
          : basic === "boolean_t"
            ? typeof value === "boolean"
            : basic === "float_t"
              ? typeof value === "number"
              : basic === "json_t";
    if (!fits) found.push(`${path}: ${JSON.stringify(value)} is no ${name}`);
    if (type.regex !== undefined && !new RegExp(type.regex).test(String(value)))
      found.push(`${path}: ${JSON.stringify(value)} does not match ${name}`);
    if (type.max_len !== undefined && String(value).length > type.max_len) found.push(`${path}: too long`);
    if (type.range !== undefined && !(Number(value) >= type.range[0] && Number(value) <= type.range[1]))
      found.push(`${path}: out of range`);
  };
  const shape = (
    path: string,
    value: unknown,
    { attributes, constraints }: Shape,
    profiles: readonly string[],
  ): void => {
    if (!isMembers(value)) return void found.push(`${path}: no object`);
    for (const [name, member] of Object.entries(value)) {
      const attribute = attributes[name];
      const at = `${path}.${name}`;
      if (attribute === undefined) {
        found.push(`${at}: not in the schema`);
        continue;
      }
      if (attribute.profile !== undefined && !profiles.includes(attribute.profile))
        found.push(`${at}: needs the profile ${attribute.profile}`);
      if (attribute.array === true && !Array.isArray(member)) {
        found.push(`${at}: no list`);
        continue;
      }
      for (const one of attribute.array === true ? (member as readonly unknown[]) : [member]) {
        const inner = schema.objects[attribute.type];
        // `unmapped` may hold anything.
        if (attribute.type === "object") {
          if (!isMembers(one)) found.push(`${at}: no object`);
        } else if (inner !== undefined) shape(at, one, inner, profiles);
        else scalar(at, one, attribute.type);
        if (attribute.enum === undefined || attribute.sibling === undefined) continue;
        const caption = attribute.enum[String(one)];
        if (caption === undefined) found.push(`${at}: ${String(one)} is not in the enumeration`);
        const label = value[attribute.sibling];
        if (one !== 99 && label !== undefined && label !== caption)
          found.push(`${path}.${attribute.sibling}: ${String(label)} should be ${caption}`);
        if (one === 99 && (label === undefined || label === "")) found.push(`${at}: Other without its label`);
      }
    }
    for (const [name, { requirement, profile }] of Object.entries(attributes)) {
      if (requirement === "required" && profile === undefined && value[name] === undefined)
        found.push(`${path}.${name}: required`);
    }
    const { at_least_one: some, just_one: one } = constraints;
    if (some !== undefined && !some.some((name) => value[name] !== undefined))
      found.push(`${path}: at least one of ${some.join()}`);
    if (one !== undefined && one.filter((name) => value[name] !== undefined).length !== 1)
      found.push(`${path}: just one of ${one.join()}`);
  };
  if (!isMembers(event)) return ["the event is no object"];
  const type = schema.classes[String(event["class_uid"])];
  if (type === undefined) return [`class_uid: no class ${String(event["class_uid"])}`];
  const metadata = isMembers(event["metadata"]) ? event["metadata"] : {};
  const profiles = Array.isArray(metadata["profiles"]) ? (metadata["profiles"] as readonly string[]) : [];
  shape("event", event, type, profiles);
  const known = new Set(Object.values(type.attributes).map(({ profile }) => profile));
  for (const profile of profiles)
    if (!known.has(profile)) found.push(`metadata.profiles: ${profile} is not of this class`);
  if (metadata["version"] !== schema.version) found.push(`metadata.version: ${String(metadata["version"])}`);
  if (event["category_uid"] !== type.category) found.push("category_uid: another category");
  if (event["category_name"] !== type.category_name) found.push(`category_name: ${String(event["category_name"])}`);
  if (event["class_name"] !== type.name) found.push(`class_name: ${String(event["class_name"])}`);
  if (event["type_uid"] !== Number(event["class_uid"]) * 100 + Number(event["activity_id"]))
    found.push("type_uid: not class_uid * 100 + activity_id");
  return found;
};

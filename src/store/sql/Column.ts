/**
 * How a record of the model stands in a row: a column for each field, worked out from the record's Schema.
 *
 * - A column has the field's name in snake_case, unless `renamed` gives another.
 * - Strings and their literals are text, `Schema.Int` is integer, `Schema.Boolean` an integer 0 or 1, `Schema.Uint8Array` bytes.
 *   Anything else is JSON in a text. A `NullOr` of these may be NULL.
 * - Statements select columns under the fields' names (`created_at AS "createdAt"`), so a row decodes as the record.
 *
 * **Gotchas**: throws a `TypeError`, as the program starts, for a field that no column holds: one that may be missing, a number
 * that need not be whole.
 */
import { Schema, SchemaAST } from "effect";

export type ColumnType = "text" | "integer" | "bytes";
export type Value = string | number | Uint8Array | null;

export interface Column<Row> {
  readonly field: keyof Row & string;
  /** The column's name, or an expression where nothing is written. */
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** From the value in the row to the field's. */
  readonly schema: Schema.ConstraintDecoder<unknown>;
  /** The value in the row. */
  readonly valueOf: (record: Row) => Value;
}

export type Columns<Row> = readonly Column<Row>[];

/** A `Schema.Struct` without services. */
export interface RecordSchema<Row> {
  readonly Type: Row;
  readonly fields: Readonly<Record<string, Schema.ConstraintDecoder<unknown>>>;
}

type Kind = "text" | "integer" | "flag" | "bytes" | "json";

const types: Readonly<Record<Kind, ColumnType>> = {
  text: "text",
  integer: "integer",
  flag: "integer",
  bytes: "bytes",
  json: "text",
};

const idOf = ({ annotations }: { readonly annotations?: Schema.Annotations.Annotations | undefined }): unknown =>
  (annotations?.["representation"] as { readonly id?: unknown } | undefined)?.id;

const isNullable = (ast: SchemaAST.AST): boolean => SchemaAST.isUnion(ast) && ast.types.some(SchemaAST.isNull);

const kindOf = (field: string, ast: SchemaAST.AST): Kind => {
  switch (ast._tag) {
    case "String":
      return "text";
    case "Literal":
      return typeof ast.literal === "string" ? "text" : "json";
    case "Boolean":
      return "flag";
    case "Number":
      if (ast.checks?.some((check) => idOf(check) === "effect/schema/isInt") === true) return "integer";
      throw new TypeError(`${field}: a column holds whole numbers; use Schema.Int`);
    case "Declaration":
      return idOf(ast) === "effect/schema/Uint8Array" ? "bytes" : "json";
    case "Union": {
      const kinds = new Set(ast.types.filter((type) => !SchemaAST.isNull(type)).map((type) => kindOf(field, type)));
      return kinds.size === 1 ? [...kinds][0]! : "json";
    }
    default:
      return "json";
  }
};

type AnySchema = Schema.ConstraintDecoder<unknown>;

/** What a nullable field is when it is not `null`. */
const withoutNull = (schema: AnySchema): AnySchema => {
  const { members } = schema as unknown as Schema.Union<readonly AnySchema[]>;
  const others = members.filter(({ ast }) => !SchemaAST.isNull(ast));
  return others.length === 1 ? others[0]! : Schema.Union(others);
};

const inRow = (schema: AnySchema, codec: (schema: AnySchema) => AnySchema): AnySchema =>
  isNullable(schema.ast) ? Schema.NullOr(codec(withoutNull(schema))) : codec(schema);

const codecs: Readonly<Record<Kind, (schema: AnySchema) => AnySchema>> = {
  text: (schema) => schema,
  integer: (schema) => schema,
  bytes: (schema) => schema,
  flag: () => Schema.BooleanFromBit,
  json: (schema) => Schema.fromJsonString(schema),
};

const valueFrom = (kind: Kind, nullable: boolean, value: unknown): Value => {
  if (nullable && value === null) return null;
  if (kind === "json") return JSON.stringify(value);
  return kind === "flag" ? Number(value) : (value as Value);
};

const snakeCase = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The columns of a record, in the order of its fields. */
export const columnsOf = <Row>(
  { fields }: RecordSchema<Row>,
  renamed: { readonly [field in keyof Row]?: string } = {},
): Columns<Row> =>
  Object.entries(fields).map(([name, schema]) => {
    if (SchemaAST.isOptional(schema.ast)) throw new TypeError(`${name}: a column is there or NULL; use Schema.NullOr`);
    const field = name as keyof Row & string;
    const [kind, nullable] = [kindOf(name, schema.ast), isNullable(schema.ast)];
    return {
      field,
      name: renamed[field] ?? snakeCase(name),
      type: types[kind],
      nullable,
      schema: inRow(schema, codecs[kind]),
      valueOf: (record) => valueFrom(kind, nullable, record[field]),
    };
  });

/** Of these columns, those of the named fields. */
export const only = <Row, const Field extends keyof Row & string>(
  columns: Columns<Row>,
  ...fields: readonly Field[]
): Columns<Pick<Row, Field>> =>
  columns.filter(({ field }) => (fields as readonly string[]).includes(field)) as unknown as Columns<Pick<Row, Field>>;

/** Of these columns, all but those of the named fields. */
export const without = <Row, const Field extends keyof Row & string>(
  columns: Columns<Row>,
  ...fields: readonly Field[]
): Columns<Omit<Row, Field>> =>
  columns.filter(({ field }) => !(fields as readonly string[]).includes(field)) as unknown as Columns<Omit<Row, Field>>;

/** The columns of a record that is two in one. */
export const both = <One, Other>(one: Columns<One>, other: Columns<Other>): Columns<One & Other> =>
  [...one, ...other] as unknown as Columns<One & Other>;

/** These columns of the table that a statement calls `alias`. */
export const from = <Row>(alias: string, columns: Columns<Row>): Columns<Row> =>
  columns.map((column) => ({ ...column, name: `${alias}.${column.name}` }));

/** What a SELECT or a RETURNING lists, each column under its field's name. */
export const listed = (columns: readonly { readonly field: string; readonly name: string }[]): string =>
  columns.map(({ field, name }) => (field === name ? name : `${name} AS "${field}"`)).join(", ");

/** A record as its columns' values, for `sql.insert`. */
export const valuesOf = <Row>(columns: Columns<Row>, record: Row): Readonly<Record<string, Value>> =>
  Object.fromEntries(columns.map(({ name, valueOf }) => [name, valueOf(record)]));

/**
 * An event as it comes from outside, read strictly: its type is one there is, and its members are those of the type and no others.
 *
 * **Gotchas**: a member that no rule looks at is refused too. A misspelt one that may be left out would otherwise ask for nothing.
 */
import { Result, Schema, SchemaIssue } from "effect";
import { Event, MailboxEvent, MessageEvent, TenantEvent, type EventType } from "./Event.ts";
import { nearest } from "./nearest.ts";

/** What was put to the rules is no event. Nothing was decided. */
export class MalformedEvent extends Schema.TaggedError<MalformedEvent>()("MalformedEvent", {
  /** The member to blame, `verdict.held` for one within another; `null` when the value is no object. */
  field: Schema.NullOr(Schema.String),
  message: Schema.String,
  /** What to do next. */
  hint: Schema.String,
}) {}

const kinds = [...MessageEvent.members, ...MailboxEvent.members, ...TenantEvent.members];

/** Every type of event, in the order in which `Event.ts` states them. */
export const eventTypes: readonly EventType[] = kinds.map((kind) => kind.fields.type.literal);

const membersOf = new Map<string, readonly string[]>(
  kinds.map((kind) => [kind.fields.type.literal, Object.keys(kind.fields)]),
);

const readers = new Map(
  kinds.map((kind) => [
    kind.fields.type.literal as string,
    Schema.decodeUnknownResult(kind as Schema.Codec<Event>, { onExcessProperty: "error" }),
  ]),
);

const meant = (word: string, known: readonly string[]): string => {
  const [one] = nearest(word, known);
  return one === undefined ? "" : ` Did you mean ${one}?`;
};

const cut = (word: string): string => (word.length > 40 ? `${word.slice(0, 40)}…` : word);

const noType = (type: unknown): MalformedEvent =>
  new MalformedEvent({
    field: "type",
    message: typeof type === "string" ? `There is no event of type ${cut(type)}.` : "The event has no type.",
    hint: `Use one of ${eventTypes.join(", ")}.${typeof type === "string" ? meant(type, eventTypes) : ""}`,
  });

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (leaf) => (leaf._tag === "UnexpectedKey" ? "unexpected" : SchemaIssue.defaultLeafHook(leaf)),
});

/** What the schema expects, in words. */
const wanted = (expected: string): string => {
  const words = expected.replace(/^Expected /, "");
  if (words.includes(" | ")) return `one of ${words.replaceAll('"', "").replaceAll(" | ", ", ")}`;
  return /^(?:string|boolean|object|array)$/.test(words) ? `a value of type ${words}` : words;
};

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((inner, key) => (inner as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[key], value);

const malformed = (type: string, value: unknown, issue: SchemaIssue.Issue): MalformedEvent => {
  const { path = [], message } = format(issue).issues[0]!;
  const names = path.map((part) => (typeof part === "object" ? part.key : part));
  const field = names.map(String).join(".");
  if (message === "unexpected") {
    return new MalformedEvent({
      field,
      message: `The event ${type} has no member ${cut(field)}.`,
      hint: `Leave it out.${names.length === 1 ? meant(field, membersOf.get(type)!) : ""}`,
    });
  }
  const absent = at(value, names) === undefined;
  return new MalformedEvent({
    field,
    message: `The member ${field} of the event ${type} is ${absent ? "missing" : "not usable"}.`,
    hint: absent ? "Give it." : `Give ${wanted(message)}.`,
  });
};

/** The event, or the first thing that is wrong with it. Reads every member, so the same value always fails in the same way. */
export const readEvent = (value: unknown): Result.Result<Event, MalformedEvent> => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return Result.fail(
      new MalformedEvent({
        field: null,
        message: "An event is an object.",
        hint: "Give an object with a type and its members.",
      }),
    );
  }
  const { type } = value as { readonly type?: unknown };
  const read = typeof type === "string" ? readers.get(type) : undefined;
  if (read === undefined) return Result.fail(noType(type));
  return Result.mapError(read(value), (error) => malformed(type as string, value, error.issue));
};

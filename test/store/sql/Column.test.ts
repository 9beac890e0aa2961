/** What column a field is kept in, and what it looks like there. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Schema } from "effect";
import { both, columnsOf, from, listed, only, valuesOf, without } from "../../../src/store/sql/Column.ts";
import { joined, query } from "../../../src/store/sql/query.ts";

const { Array: List, Boolean: Flag, Int, Literals, NullOr, String: Text, Struct } = Schema;

const Thing = Struct({
  id: Text,
  kind: Literals(["a", "b"]),
  createdAt: Int,
  atLeast: Int.check(Schema.isGreaterThan(0)),
  raw: Schema.Uint8Array,
  isOpen: Flag,
  labels: List(Text),
  size: Struct({ width: Int }),
  anything: Schema.Unknown,
  mixed: Schema.Union([Text, Int]),
  endedAt: NullOr(Int),
  wasOpen: NullOr(Flag),
  others: NullOr(List(NullOr(Text))),
});
const columns = columnsOf(Thing, { id: "idx" });

const thing = {
  id: "x",
  kind: "b",
  createdAt: 5,
  atLeast: 1,
  raw: Uint8Array.of(1),
  isOpen: true,
  labels: ["one"],
  size: { width: 3 },
  anything: null,
  mixed: "5",
  endedAt: null,
  wasOpen: false,
  others: [null],
} as const;
const values = {
  idx: "x",
  kind: "b",
  created_at: 5,
  at_least: 1,
  raw: Uint8Array.of(1),
  is_open: 1,
  labels: '["one"]',
  size: '{"width":3}',
  anything: "null",
  mixed: '"5"',
  ended_at: null,
  was_open: 0,
  others: "[null]",
};
/** As a statement answers it. */
const row = Object.fromEntries(columns.map(({ field, name }) => [field, values[name as keyof typeof values]]));

const things = query("things", columns);

describe("a record's columns", () => {
  it("have the fields' names in snake_case, and their types", () => {
    assert.deepEqual(
      columns.map(({ name, type, nullable }) => `${name} ${type}${nullable ? " NULL" : ""}`),
      [
        "idx text",
        "kind text",
        "created_at integer",
        "at_least integer",
        "raw bytes",
        "is_open integer",
        "labels text",
        "size text",
        "anything text",
        "mixed text",
        "ended_at integer NULL",
        "was_open integer NULL",
        "others text NULL",
      ],
    );
    assert.strictEqual(
      listed(only(columns, "id", "kind", "createdAt")),
      'idx AS "id", kind, created_at AS "createdAt"',
    );
    assert.strictEqual(listed(from("t", only(columns, "id", "raw"))), 't.idx AS "id", t.raw AS "raw"');
    assert.notInclude(listed(without(columns, "raw")), "raw");
  });

  it.effect("take a record and give it back", () =>
    Effect.gen(function* () {
      assert.deepEqual(valuesOf(columns, thing), values);
      assert.deepEqual(yield* things.decode([row]), [thing]);
      const empty = { ...row, wasOpen: null, others: null };
      assert.deepEqual(yield* things.decode([empty]), [{ ...thing, wasOpen: null, others: null }]);
    }),
  );

  it.effect.each([
    { kind: "c" },
    { createdAt: 1.5 },
    { createdAt: "5" },
    { raw: "x" },
    { isOpen: 2 },
    { labels: '{"a":1}' },
    { labels: null },
    { labels: "[" },
    { others: "null" },
    { id: null },
  ])("refuse a row that is none: %j", (change) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(things.decode([{ ...row, ...change }]));
      assert.strictEqual(error.reason, "corrupt");
      assert.include(error.message, "things");
    }),
  );

  it("are none for what may be missing or is not whole", () => {
    assert.throws(() => columnsOf(Struct({ a: Schema.optionalKey(Text) })), /a: .*NullOr/);
    assert.throws(() => columnsOf(Struct({ b: Schema.Number })), /b: .*Int/);
    assert.throws(() => columnsOf(Struct({ b: NullOr(Schema.Number) })), /b: .*Int/);
  });

  it.effect("of several records in one row keep apart what has one name", () =>
    Effect.gen(function* () {
      const rows = joined("things", {
        one: from("t", only(columns, "id", "createdAt")),
        other: both(from("u", only(columns, "id")), only(columns, "labels")),
      });
      assert.strictEqual(
        rows.list.segments.map((segment) => (segment._tag === "Literal" ? segment.value : segment._tag)).join(""),
        't.idx AS "one.id", t.created_at AS "one.createdAt", u.idx AS "other.id", labels AS "other.labels"',
      );
      const found = { "one.id": "x", "one.createdAt": 5, "other.id": "y", "other.labels": "[]" };
      assert.deepEqual(yield* rows.decode([found]), [
        { one: { id: "x", createdAt: 5 }, other: { id: "y", labels: [] } },
      ]);
      assert.strictEqual((yield* Effect.flip(rows.decode([{ ...found, "other.labels": 5 }]))).reason, "corrupt");
    }),
  );
});

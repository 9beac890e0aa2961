/** Leaves are what `spec/audit.md` and its schema say. */
import { readFileSync } from "node:fs";
import { Result } from "effect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical, isCanonical, type Json } from "../../../src/bytes/canonical.ts";
import { commitment, leafIn, leafLimit, makeLeaf, readLeaf } from "../../../src/audit/leaf/Leaf.ts";
import { plans } from "../../machine/plans.ts";
import { run } from "../../machine/traces.ts";
import { logOfTrace } from "../../support/log.ts";
import { digest, sampleLog, submitted } from "../../support/sampleLog.ts";
import { violation } from "../violation.ts";
import { codePoint } from "../../support/codePoint.ts";

const form = JSON.parse(readFileSync(new URL("../../../spec/schema/audit-leaf.schema.json", import.meta.url), "utf8"));
const { leaves } = sampleLog();

describe("leaves", () => {
  it("OV-60 leaf-is-canonical: each has the form of the schema, is canonical, and is read back", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        for (const leaf of logOfTrace(run(plan).offered).leaves) {
          const json = JSON.parse(leaf) as Json;
          expect(violation(json, form)).toBeNull();
          expect([isCanonical(json, leaf), canonical(json)]).toEqual([true, leaf]);
          expect(Result.isSuccess(readLeaf(leaf))).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
    expect(violation({ ...JSON.parse(leaves[3]!), more: 1 }, form)).toMatch(/additionalProperties more/);
    expect(violation({ ...JSON.parse(leaves[3]!), outcome: "maybe" }, form)).toMatch(/enum/);
  });

  it("OV-60 leaf-is-canonical: what is a leaf but for one thing is none", () => {
    for (const change of [
      (leaf: any) => (leaf.more = 1),
      (leaf: any) => delete leaf.tenant,
      (leaf: any) => (leaf.index = 1.5),
      (leaf: any) => (leaf.event.type = "explode"),
      (leaf: any) => (leaf.type = 7),
      (leaf: any) => (leaf.outcome = "maybe"),
      (leaf: any) => (leaf.toString = "more"),
      (leaf: any) => (leaf.event.more = 1),
      (leaf: any) => (leaf.actor.more = 1),
      (leaf: any) => {
        leaf.event.mailbox = leaf.mailbox;
        leaf.mailbox = null;
      },
      (leaf: any) => (leaf.event.message = "another"),
    ]) {
      const json = JSON.parse(leaves[8]!);
      change(json);
      expect(Result.isFailure(leafIn(json)), String(change)).toBe(true);
    }
    const spellings: readonly (readonly [Json, string])[] = [
      [{ a: 1 }, '{ "a":1}'],
      [{ b: 1, a: 2 }, '{"b":1,"a":2}'],
      [{ a: 1.5 }, '{"a":1.5}'],
      [{ a: 100 }, '{"a":1e2}'],
      [{ a: "é" }, '{"a":"\\u00e9"}'],
      [{ a: "\ud800" }, '{"a":"\\ud800"}'],
      [{ "10": 1, "9": 2 }, '{"9":2,"10":1}'],
    ];
    for (const [value, text] of spellings) expect(isCanonical(value, text), text).toBe(false);
    expect(isCanonical({ "10": 1, "9": 2 }, '{"10":1,"9":2}')).toBe(true);
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: codePoint }), (value) => {
        const text = JSON.stringify(value);
        let expected: boolean;
        try {
          expected = canonical(value as Json) === text;
        } catch {
          expected = false;
        }
        expect(isCanonical(value as Json, text)).toBe(expected);
      }),
      { numRuns: 500 },
    );
    const outcome = { accepted: true, refusal: null, from: null, to: null, mode: null, commands: [] };
    const event = submitted("b1", "m", 0, digest("a"));
    const long = { index: 0, event, outcome, evidence: { x: "x".repeat(leafLimit) }, personal: null };
    expect(() => makeLeaf(long)).toThrow(RangeError);
  });

  it("OV-88 personal-data-outside: a commitment hides what it is of, and holds it fast", () => {
    const [one, other] = [commitment({ salt: "1", reason: "no" }), commitment({ salt: "2", reason: "no" })];
    expect(one).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(one).not.toBe(other);
    expect(commitment({ reason: "no", salt: "1" })).toBe(one);
    const all = leaves.join("");
    for (const typed of ["customer.example", "Ticket", "@customer"]) expect(all).not.toContain(typed);
  });
});

/** Leaves and lines are what `spec/audit.md` and its schemas say, and what stands beside the rules changes none of them. */
import { readFileSync } from "node:fs";
import { Result } from "effect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical, isCanonical, type Json } from "../../src/bytes/canonical.ts";
import { EndedMessages } from "../../src/audit/verify/EndedMessages.ts";
import { commitment, leafIn, leafLimit, makeLeaf, readLeaf } from "../../src/audit/leaf/Leaf.ts";
import { proofReference, resolveProofReference, theoremsFor } from "../../src/audit/leaf/proofReferences.ts";
import { LogReplay } from "../../src/audit/verify/Replay.ts";
import { leafHash } from "../../src/audit/tree/Tree.ts";
import { transition } from "../../src/machine/transition.ts";
import { modes } from "../../src/model/Mode.ts";
import { refusals } from "../../src/model/Refusal.ts";
import { statuses } from "../../src/model/State.ts";
import { plans, run } from "../machine/traces.ts";
import { alteredLeaf, exported, logOfTrace, manifest } from "./logbook.ts";
import { violation } from "./schema.ts";
import { digest, oda, story, submitted } from "./story.ts";

const schema = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../spec/schema/audit-${name}.schema.json`, import.meta.url), "utf8"));
const { leaves } = story();

describe("leaves", () => {
  it("OV-60 leaf-is-canonical: each has the form of the schema, is canonical, and is read back", () => {
    const form = schema("leaf");
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
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
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

describe("lines", () => {
  it("OV-86 withheld-keeps-the-tree: header, entries and withheld entries have the form of the schema", async () => {
    const form = schema("export");
    for (const options of [
      {},
      { tenant: "t1" },
      { proofs: true },
      { lines: "matching", tenant: "t1" },
      { from: 9 },
    ] as const) {
      const lines = await exported(leaves, options);
      for (const [i, line] of lines.entries()) {
        const members = JSON.parse(line);
        expect(violation(members, form)).toBeNull();
        expect(members.type === "header").toBe(i === 0);
      }
    }
    expect(violation({ ...JSON.parse((await exported(leaves))[4]!), leaf_index: -1 }, form)).not.toBeNull();
  });
});

describe("records", () => {
  const at = 1_790_000_000;
  const records = [
    { type: "set_retention", at, actor: oda, tenant: "t1", days: 183 },
    { type: "legal_hold", at, actor: oda, tenant: "t1", hold: "h1" },
    { type: "release_hold", at, actor: oda, tenant: "t1", hold: "h1" },
    { type: "erase", at, actor: oda, tenant: "t1", cause: "request", messages: ["m1", "m2"] },
  ] as const;

  it("OV-80 records-change-nothing, OV-81 erasure-keeps-the-tree: they replay, say who and what, and leave all else as it was", () => {
    const book = story();
    const replay = new LogReplay(transition, { keepEnded: true });
    for (const [index, leaf] of book.leaves.entries())
      expect(Result.isSuccess(replay.takeEntry({ index, leaf, leafHash: hashOf(leaf) }))).toBe(true);
    const before = JSON.stringify([[...replay.tenants], [...replay.mailboxes], [...replay.messages]]);
    for (const record of records) {
      const index = book.leaves.length;
      book.add({ ...record, at: at + 100 } as Parameters<typeof book.add>[0]);
      const taken = replay.takeEntry({ index, leaf: book.leaves[index]!, leafHash: hashOf(book.leaves[index]!) });
      expect(Result.isSuccess(taken) && taken.success.event).toMatchObject({ type: record.type, actor: oda });
    }
    expect(JSON.stringify([[...replay.tenants], [...replay.mailboxes], [...replay.messages]])).toBe(before);
    const erased = JSON.parse(book.leaves.at(-1)!);
    expect(erased.event).toEqual({ type: "erase", cause: "request", messages: ["m1", "m2"] });
    // Nobody else's is accepted.
    const forged = alteredLeaf(book.leaves.at(-1)!, (leaf) =>
      Object.assign(leaf, { index: 0, actor: { ...oda, role: "agent" } }),
    );
    const alone = new LogReplay(transition, { keepEnded: true });
    expect(Result.isFailure(alone.takeEntry({ index: 0, leaf: forged, leafHash: hashOf(forged) }))).toBe(true);
  });
});

const hashOf = (leaf: string): Uint8Array => leafHash(new TextEncoder().encode(leaf));

describe("ended messages", () => {
  it("OV-69 entries-are-replayed: of a thousand that ended, each is known by what the rules still ask", () => {
    const ended = new EndedMessages();
    const ends = statuses.filter((status) =>
      ["refused", "rejected", "cancelled", "expired", "delivered", "failed"].includes(status),
    );
    const messages = Array.from({ length: 5_000 }, (_, i) => ({
      id: `m${i}`,
      tenant: "t",
      mailbox: `b${i % 7}`,
      status: ends[i % ends.length]!,
      version: 9,
      author: `a${i % 5}`,
      owner: i % 3 === 0 ? null : `o${i % 4}`,
      digest: digest("a"),
      revision: 1,
      requestedMode: i % 6 === 5 ? null : modes[i % 6]!,
      sendAt: 0,
      verdict: { score: 1, held: i % 2 === 0, blocked: false },
      decideBy: 0,
      approvals: [],
      attempt: 1,
    }));
    for (const message of messages) ended.add(message);
    expect(ended.size).toBe(messages.length);
    for (const { id, mailbox, status, author, owner, requestedMode, verdict } of messages)
      expect(ended.get(id, "t")).toMatchObject({
        id,
        mailbox,
        status,
        author,
        owner,
        requestedMode,
        verdict: { held: verdict.held },
      });
    expect(ended.get("m5000", "t")).toBeNull();
  });
});

describe("references", () => {
  const known = new Set(manifest.theorems.map(({ name }) => name.replace(/^Countersign\./, "")));
  const types = [
    "submit",
    "approve",
    "reject",
    "revise",
    "cancel",
    "expire",
    "release",
    "dispatch",
    "delivered",
    "failed",
    "deferred",
    "lost",
    "resolve",
    "revoke",
    "create_mailbox",
    "set_mode",
    "set_policy",
    "create_tenant",
    "halt",
    "resume",
    "revoke_reviewer",
    "reinstate_reviewer",
    "create_key",
    "revoke_key",
  ];

  it("OV-89 references-are-worked-out: every theorem of the table is proved, whatever the entry", () => {
    let decisions = 0;
    for (const type of types) {
      for (const refusal of [null, ...refusals]) {
        for (const [from, to] of [
          ["pending_approval", "queued"],
          ["queued", "dispatching"],
          ["queued", "pending_approval"],
          ["uncertain", "delivered"],
          ["delivered", "delivered"],
          ["dispatching", "cancelled"],
          ["gated_send", "monitored"],
          ["monitored", "read_only"],
          [null, "refused"],
          [null, "scheduled"],
        ] as const) {
          for (const mode of [null, ...modes]) {
            const names = theoremsFor({
              type,
              // A submit that makes a refused message is accepted and gives a reason.
              accepted: refusal === null || to === "refused",
              refusal,
              role: "agent",
              from,
              to,
              mode,
              commands: ["copy"],
              held: mode === null,
              resolution: "retry",
            });
            for (const name of names) expect(known, `${type} ${refusal}`).toContain(name);
            expect(new Set(names).size).toBe(names.length);
            if (names.length > 0) decisions += 1;
          }
        }
      }
    }
    expect(decisions).toBeGreaterThan(10_000);
  });

  it("OV-79 references-resolve: a reference is to one version of one theorem", () => {
    const reference = proofReference("no_gated_bypass", manifest);
    expect(resolveProofReference(reference, manifest)?.name).toBe("Countersign.no_gated_bypass");
    for (const other of [
      "",
      "no_gated_bypass",
      reference.replace("no_", "so_"),
      `${reference}0`,
      reference.replace(/.$/, (c) => (c === "0" ? "1" : "0")),
      `Countersign.${reference}`,
    ])
      expect(resolveProofReference(other, manifest), other).toBeNull();
  });
});

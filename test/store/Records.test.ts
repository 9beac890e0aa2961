/** Reads, leases, keys and lists on both stores. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Result } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import type { MessageState, Status } from "../../src/model/State.ts";
import type { Journal } from "../../src/store/Journal.ts";
import type { IdentityKeyRow } from "../../src/model/records/account.ts";
import { Records } from "../../src/store/Records.ts";
import {
  bothStores,
  commit,
  contentRow,
  digest,
  mailboxRow,
  mailboxState,
  messageId,
  messageRow,
  messageState,
  onFresh,
  outboxRow,
  settle,
  submitted,
  tenantState,
} from "./stores.ts";

const ids = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => messageId(i));

const approvedBy = (...reviewers: readonly string[]): Partial<MessageState> => ({
  approvals: reviewers.map((reviewer) => ({ reviewer, digest, at: 1 })),
});

const key = (kid: string, changes: Partial<IdentityKeyRow> = {}): IdentityKeyRow => ({
  kid,
  kind: "operator",
  tenant: null,
  mailbox: null,
  agent: null,
  operator: "example.com",
  publicKeyPem: "-----BEGIN PUBLIC KEY-----\n…",
  sealedPrivateKey: "v1.abc",
  status: "active",
  validFrom: 10,
  validTo: null,
  ...changes,
});

describe.each(bothStores())("the records on $name", (store) => {
  const test = (name: string, body: () => Effect.Effect<unknown, unknown>) =>
    it.live(name, () => Effect.asVoid(body()), 20_000);
  /** On a new database with the tenant `default` and the mailbox `mbx_1`. */
  const fresh = <A, E>(body: (records: Records["Service"]) => Effect.Effect<A, E, Journal | Records | SqlClient>) =>
    onFresh(store, Effect.andThen(settle, Effect.flatMap(Records, body)));

  test("find tenants and mailboxes, by id or address, in their own tenant only", () =>
    fresh((records) =>
      Effect.gen(function* () {
        const tenant = { id: "default", name: "Default", createdAt: 100, state: tenantState };
        const mailbox = { ...mailboxRow(), state: mailboxState() };
        assert.deepEqual(yield* records.tenant("default"), tenant);
        assert.isNull(yield* records.tenant("none"));
        assert.deepEqual(yield* records.mailbox("default", "mbx_1"), mailbox);
        assert.deepEqual(yield* records.mailbox("default", "MBX_1@agents.example"), mailbox);
        assert.isNull(yield* records.mailbox("other", "mbx_1"));
        assert.isNull(yield* records.mailbox("other", "mbx_1@agents.example"));
        assert.deepEqual(yield* records.mailboxes("default"), [mailbox]);
        assert.isTrue(yield* records.addressTaken("mbx_1@agents.example"));
        assert.isFalse(yield* records.addressTaken("mbx_2@agents.example"));
        for (const [domain, outside] of [
          ["agents.example", []],
          ["example", []],
          ["gents.example", ["mbx_1@agents.example"]],
          ["x.agents.example", ["mbx_1@agents.example"]],
          ["other.example", ["mbx_1@agents.example"]],
        ] as const)
          assert.deepEqual(yield* records.addressesOutside(domain), outside);
      }),
    ));

  test("show a message with its newest content and its decisions, in its own tenant only", () =>
    fresh((records) =>
      Effect.gen(function* () {
        const [id] = ids(1) as [string];
        yield* commit(submitted(id));
        const newest = contentRow(id, { revision: 2, digest: digest.replace("0", "1") });
        const decisions = [
          { message: id, revision: 2, decision: "revise", by: "ada", at: 5, index: 3, reason: null },
          { message: id, revision: 2, decision: "reject", by: "bob", at: 6, index: 4, reason: 'No. "Why"? \\ 🎉' },
        ] as const;
        yield* commit(
          {
            entries: [{ message: id }, { message: id }],
            messages: [messageState(id, { version: 3, revision: 2, status: "rejected" })],
            contents: [newest],
            decisions,
          },
          { messages: [id] },
        );
        const { raw: _, ...content } = newest;
        const found = yield* records.message("default", id);
        assert.deepEqual(found?.row, messageRow(id));
        assert.deepEqual(found?.content, content);
        assert.deepEqual(found?.decisions, decisions);
        assert.strictEqual(found?.state.status, "rejected");
        assert.isNull(yield* records.message("other", id));
        assert.deepEqual(yield* records.contentOf(id, 1), contentRow(id));
        assert.isNull(yield* records.contentOf(id, 3));
        const [dispatchable] = yield* records.contentsOf([id, "none"]);
        assert.deepEqual(dispatchable, {
          row: messageRow(id),
          state: found!.state,
          content: newest,
          mailbox: { ...mailboxRow(), state: mailboxState() },
          tenant: tenantState,
        });
        assert.deepEqual(yield* records.contentsOf([]), []);
      }),
    ));

  test("list messages newest first, page by page, by mailbox and status", () =>
    fresh((records) =>
      Effect.gen(function* () {
        yield* commit({ mailboxes: [mailboxState("mbx_2")], mailboxRows: [mailboxRow("mbx_2")] });
        for (const [i, id] of ids(6).entries()) {
          const mailbox = i % 2 ? "mbx_2" : "mbx_1";
          const status: Status = i < 3 ? "delivered" : "pending_approval";
          const rows = submitted(id, { mailbox, status });
          yield* commit({ ...rows, messageRows: [{ ...messageRow(id), mailbox }] });
        }
        const list = (filter: Omit<Parameters<typeof records.messages>[0], "tenant" | "limit">, limit = 10) =>
          Effect.map(records.messages({ tenant: "default", limit, ...filter }), (found) =>
            found.map(({ row }) => Number(row.id.slice(4))),
          );
        assert.deepEqual(yield* list({}), [5, 4, 3, 2, 1, 0]);
        assert.deepEqual(yield* list({}, 2), [5, 4]);
        assert.deepEqual(yield* list({ before: messageId(4) }, 2), [3, 2]);
        assert.deepEqual(yield* list({ sinceId: messageId(3) }), [5, 4]);
        assert.deepEqual(yield* list({ mailboxes: ["mbx_2"] }), [5, 3, 1]);
        assert.deepEqual(yield* list({ mailboxes: [] }), []);
        assert.deepEqual(yield* list({ mailboxes: ["mbx_1", "mbx_2"], statuses: ["delivered"] }), [2, 1, 0]);
        assert.deepEqual(yield* list({ statuses: [] }), []);
        assert.deepEqual(yield* records.messages({ tenant: "other", limit: 10 }), []);
      }),
    ));

  test("say what the clock must look at", () =>
    fresh((records) =>
      Effect.gen(function* () {
        const late: readonly Partial<MessageState>[] = [
          { status: "scheduled", sendAt: 500, ...approvedBy("ada") },
          { status: "scheduled", sendAt: 501, ...approvedBy("ada", "bob") },
          { status: "pending_approval", decideBy: 400, ...approvedBy("bob") },
          { status: "pending_approval", decideBy: 501 },
          { status: "queued", sendAt: 100, decideBy: 100, ...approvedBy("bob") },
          { status: "queued", sendAt: 100, decideBy: 100 },
          { status: "delivered", sendAt: 100, decideBy: 100, ...approvedBy("bob") },
        ];
        for (const [i, changes] of late.entries()) yield* commit(submitted(messageId(i), changes));
        const numbers = Effect.map((states: readonly MessageState[]) => states.map(({ id }) => Number(id.slice(4))));
        assert.deepEqual(yield* numbers(records.waiting({ now: 500, limit: 10 })), [2, 0]);
        assert.deepEqual(yield* numbers(records.waiting({ now: 500, limit: 1 })), [2]);
        assert.deepEqual(yield* numbers(records.waiting({ now: 399, limit: 10 })), []);
        assert.deepEqual(yield* numbers(records.withApprovals({ limit: 2, after: null })), [0, 1]);
        assert.deepEqual(yield* numbers(records.withApprovals({ limit: 2, after: messageId(1) })), [4]);
        assert.deepEqual(yield* numbers(records.approvedBy({ tenant: "default", reviewer: "bob" })), [1, 2, 4]);
        assert.deepEqual(yield* numbers(records.approvedBy({ tenant: "other", reviewer: "bob" })), []);
      }),
    ));

  test("hand out every stored state once, in pages", () =>
    fresh((records) =>
      Effect.gen(function* () {
        for (const id of ids(5)) yield* commit(submitted(id));
        const pages: (readonly MessageState[])[] = [];
        for (let after: string | null = null; pages.at(-1)?.length !== 0;) {
          pages.push(yield* records.allStates({ kind: "message", after, limit: 2 }));
          after = pages.at(-1)?.at(-1)?.id ?? after;
        }
        assert.deepEqual(
          pages.flat(),
          ids(5).map((id) => messageState(id)),
        );
        assert.deepEqual(yield* records.allStates({ kind: "tenant", after: null, limit: 9 }), [tenantState]);
        assert.deepEqual(yield* records.allStates({ kind: "mailbox", after: null, limit: 9 }), [mailboxState()]);
      }),
    ));

  test("never give one outbox row to two owners", () =>
    fresh((records) =>
      Effect.gen(function* () {
        for (const id of ids(40)) yield* commit({ ...submitted(id), outboxPuts: [outboxRow(id)] });
        const claims = yield* Effect.forEach(
          Array.from({ length: 12 }, (_, i) => `worker-${i}`),
          (owner) => records.claim({ owner, now: 200, leaseUntil: 260, limit: 5 }),
          { concurrency: "unbounded" },
        );
        for (const [i, rows] of claims.entries()) {
          assert.isAtMost(rows.length, 5);
          assert.isTrue(rows.every((row) => row.leaseOwner === `worker-${i}` && row.leaseUntil === 260));
        }
        const taken = claims.flat().map((row) => row.message);
        assert.strictEqual(new Set(taken).size, taken.length);
        // A worker may pass over what another is just looking at; whoever asks next gets it.
        const rest = yield* records.claim({ owner: "last", now: 200, leaseUntil: 260, limit: 50 });
        assert.deepEqual([...taken, ...rest.map((row) => row.message)].toSorted(), ids(40));
        assert.deepEqual(yield* records.claim({ owner: "late", now: 259, leaseUntil: 300, limit: 50 }), []);
      }),
    ));

  test("give a row again when its lease is over, was given back, or the row was put off", () =>
    fresh((records) =>
      Effect.gen(function* () {
        const [id] = ids(1) as [string];
        yield* commit({ ...submitted(id), outboxPuts: [outboxRow(id, { kind: "copy" })] });
        const claim = (owner: string, now: number) =>
          Effect.map(records.claim({ owner, now, leaseUntil: now + 60, limit: 1 }), (rows) => rows.length);
        assert.strictEqual(yield* claim("a", 99), 0);
        assert.strictEqual(yield* claim("a", 100), 1);
        assert.strictEqual(yield* claim("b", 159), 0);
        assert.strictEqual(yield* records.renewLeases({ owner: "b", until: 300 }), 0);
        assert.strictEqual(yield* records.renewLeases({ owner: "a", until: 300 }), 1);
        assert.strictEqual(yield* claim("b", 299), 0);
        assert.strictEqual(yield* claim("b", 300), 1);
        assert.strictEqual(yield* records.releaseLeases("a"), 0);
        assert.strictEqual(yield* records.releaseLeases("b"), 1);
        assert.strictEqual(yield* claim("c", 300), 1);
        assert.strictEqual(yield* records.releaseLeases("all"), 1);
        assert.strictEqual(yield* claim("c", 300), 1);
        const off = { message: id, kind: "copy", dueAt: 400, tries: 1, remaining: ["x@example.com"] } as const;
        assert.isTrue(yield* records.defer(off));
        assert.isFalse(yield* records.defer({ ...off, kind: "message" }));
        assert.strictEqual(yield* claim("d", 399), 0);
        const rows = yield* records.claim({ owner: "d", now: 400, leaseUntil: 460, limit: 1 });
        assert.deepEqual(rows, [{ ...off, leaseOwner: "d", leaseUntil: 460, status: "pending_approval" }]);
        assert.deepEqual(yield* records.outboxCounts, { messages: 0, copies: 1, leased: 1, parked: 0 });
        assert.isTrue(yield* records.remove(off));
        assert.isFalse(yield* records.remove(off));
      }),
    ));

  test("keep identity keys: one active operator key, status compared before it is set", () =>
    fresh((records) =>
      Effect.gen(function* () {
        assert.isNull(yield* records.findKey("key_1"));
        const answers = yield* Effect.forEach(
          Array.from({ length: 8 }, (_, i) => key(`key_${i}`)),
          records.insertOperatorKeyIfNone,
          { concurrency: "unbounded" },
        );
        const first = answers[0]!;
        for (const answer of answers) assert.deepEqual(answer, first);
        assert.deepEqual(yield* records.listKeys(), [first]);
        assert.deepEqual(yield* records.findKey(first.kid), first);
        const second = yield* Effect.result(records.insertKey(key("key_9")));
        assert.strictEqual(Result.isFailure(second) && second.failure.reason, "conflict");
        const taken = yield* Effect.result(records.insertKey(key(first.kid, { kind: "mailbox" })));
        assert.strictEqual(Result.isFailure(taken) && taken.failure.reason, "conflict");
        yield* records.insertKey(key("key_a", { operator: "example.org" }));
        const mailboxKey = key("key_m", { kind: "mailbox", tenant: "default", mailbox: "mbx_1", agent: "writer" });
        yield* records.insertKey(mailboxKey);
        assert.deepEqual(yield* records.listKeys("mailbox"), [mailboxKey]);

        const retired = { ...first, status: "retired", validTo: 99 } as const;
        assert.isTrue(yield* records.updateKey({ ...retired, agent: "never written" }, "active"));
        assert.isFalse(yield* records.updateKey({ ...first, status: "revoked" }, "active"));
        assert.deepEqual(yield* records.findKey(first.kid), retired);
        const next = key("key_b", { validFrom: 99 });
        assert.deepEqual(yield* records.insertOperatorKeyIfNone(next), next);
      }),
    ));

  test("keep send lists", () =>
    fresh((records) =>
      Effect.gen(function* () {
        const entry = { direction: "send", kind: "block", entry: "example.com", reason: null, createdAt: 5 } as const;
        const allow = { ...entry, kind: "allow", reason: "known" } as const;
        yield* records.addListEntry("default", entry);
        yield* records.addListEntry("default", allow);
        yield* records.addListEntry("default", { ...entry, reason: "spam", createdAt: 9 });
        assert.deepEqual(yield* records.lists("default"), [
          { tenant: "default", ...allow },
          { tenant: "default", ...entry, reason: "spam" },
        ]);
        assert.deepEqual(yield* records.lists("other"), []);
        assert.isFalse(yield* records.removeListEntry("other", entry));
        assert.isTrue(yield* records.removeListEntry("default", entry));
        assert.isFalse(yield* records.removeListEntry("default", entry));
        assert.deepEqual(yield* records.lists("default"), [{ tenant: "default", ...allow }]);
      }),
    ));

  test("carry a message of 25 MiB", () =>
    fresh((records) =>
      Effect.gen(function* () {
        const [id] = ids(1) as [string];
        // A view into a larger buffer, as an HTTP body gives it.
        const raw = new Uint8Array(26 * 1024 * 1024).fill(7).subarray(5, 5 + 25 * 1024 * 1024);
        raw[0] = 1;
        raw[raw.length - 1] = 2;
        yield* commit({ ...submitted(id), contents: [contentRow(id, { raw })] });
        const found = yield* records.contentOf(id, 1);
        assert.strictEqual(Buffer.compare(found!.raw, raw), 0);
      }),
    ));
});

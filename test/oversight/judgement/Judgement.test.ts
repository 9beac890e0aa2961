/** What is known is asked again at hand-over, and a message whose risk has risen goes back to people. On both stores. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Queue } from "effect";
import { readLeaf } from "../../../src/audit/leaf/Leaf.ts";
import { Oversight } from "../../../src/contracts/Oversight.ts";
import { Records } from "../../../src/store/Records.ts";
import { returnedRisk, RiskRecords } from "../../../src/store/RiskRecords.ts";
import { lastShown } from "../../../src/oversight/judgement/returned.ts";
import { bothStores } from "../../store/stores.ts";
import { agent, alice, bob, operator } from "../../support/credentials.ts";
import { draft, request } from "../../support/submission.ts";
import { makeMailbox } from "../../support/installation.ts";
import { layerReputable, Reputation } from "../reputation.ts";

const customer = "customer.example";

const approve = (id: string, by = alice) =>
  Effect.flatMap(Oversight, (oversight) =>
    oversight.decide(by, { message: id, decision: "approve", digest: null, reason: null }),
  );
const dispatchNext = Effect.gen(function* () {
  const oversight = yield* Oversight;
  return yield* oversight.dispatch([yield* Queue.take(oversight.enqueued)]);
});
const stateOf = (id: string) =>
  Effect.gen(function* () {
    const found = yield* (yield* Records).message("default", id);
    if (found === null) return yield* Effect.die("no such message");
    return found;
  });
const entriesOf = (id: string) =>
  Effect.gen(function* () {
    const rows = yield* (yield* Oversight).entries(operator, { message: id, from: 0, limit: 100 });
    return rows.map((row) => {
      const read = readLeaf(row.leaf);
      if (read._tag === "Failure") throw new Error(read.failure);
      return read.success.leaf;
    });
  });

for (const store of bothStores()) {
  describe(`risk that rises after the approval, on ${store.name}`, () => {
    const on = <A, E>(
      body: (reputation: Reputation) => Effect.Effect<A, E, Oversight | Records | RiskRecords>,
      more: Record<string, string> = {},
    ) =>
      Effect.gen(function* () {
        const reputation = new Reputation();
        const url = yield* Effect.promise(store.fresh);
        return yield* body(reputation).pipe(Effect.provide(layerReputable(url, reputation, more)), Effect.scoped);
      });

    it.live("goes back to the reviewers, who are told what changed, and leaves once they approve of that", () =>
      on((reputation) =>
        Effect.gen(function* () {
          const oversight = yield* Oversight;
          yield* makeMailbox();
          const { state } = yield* oversight.submit(agent, request());
          assert.strictEqual((yield* approve(state.id)).state.status, "queued");
          reputation.set(customer, "threat_listed");
          assert.deepStrictEqual(yield* dispatchNext, []);

          const back = yield* stateOf(state.id);
          assert.strictEqual(back.state.status, "pending_approval");
          assert.deepStrictEqual(back.state.approvals, []);
          const returned = yield* (yield* RiskRecords).returned([state.id]);
          const told = returnedRisk(back.content, returned);
          assert.deepNestedInclude(told?.risen as object, { from: 0, to: 9_000 });
          assert.deepNestedInclude(told?.risen as object, { "signals[0].name": "threat_listed" });
          assert.deepNestedInclude(lastShown(back.content, returned) as object, { score: 9_000, held: true });
          const leaf = (yield* entriesOf(state.id)).at(-1)!;
          assert.deepInclude(leaf, {
            type: "dispatch",
            outcome: "accepted",
            to: "pending_approval",
            commands: ["request_review"],
          });
          assert.deepStrictEqual(leaf.evidence["risk_rose"], { shown: 0, found: 9_000, hold_above: 7_000, signals: 1 });
          assert.isFalse(JSON.stringify(leaf).includes(customer));

          // It is their word now, on what they have been shown.
          assert.strictEqual((yield* approve(state.id)).state.status, "queued");
          const [permit] = yield* dispatchNext;
          assert.isDefined(permit);
          yield* oversight.settle(permit!, { type: "delivered", reply: "250 2.0.0 ok", refused: [] });
          assert.strictEqual((yield* stateOf(state.id)).state.status, "delivered");
          yield* oversight.verifyLog;
        }),
      ),
    );

    it.live("even when the approval came after the listing: nobody had been shown it", () =>
      on((reputation) =>
        Effect.gen(function* () {
          const oversight = yield* Oversight;
          yield* makeMailbox();
          const { state } = yield* oversight.submit(agent, request());
          reputation.set(customer, "threat_listed");
          yield* approve(state.id);
          assert.deepStrictEqual(yield* dispatchNext, []);
          assert.strictEqual((yield* stateOf(state.id)).state.status, "pending_approval");
        }),
      ),
    );

    it.live("again when it rises again, and an edit is shown its own verdict", () =>
      on((reputation) =>
        Effect.gen(function* () {
          const oversight = yield* Oversight;
          yield* makeMailbox();
          reputation.set(customer, "disposable");
          const { state } = yield* oversight.submit(agent, request());
          yield* approve(state.id);
          reputation.set(customer, "disposable", "threat_listed");
          assert.deepStrictEqual(yield* dispatchNext, []);
          const edited = yield* oversight.revise(alice, state.id, state.digest, draft({ subject: "Another" }));
          yield* approve(state.id, bob).pipe(Effect.flip);
          yield* oversight.decide(bob, {
            message: state.id,
            decision: "approve",
            digest: edited.state.digest,
            reason: null,
          });
          assert.isDefined((yield* dispatchNext)[0]);
        }),
      ),
    );

    it.live(
      "but not when it was as high when they approved, when it is below the threshold, or when a source fails",
      () =>
        on((reputation) =>
          Effect.gen(function* () {
            const oversight = yield* Oversight;
            yield* makeMailbox();
            for (const [before, after] of [
              [["disposable"], ["disposable"]],
              [["disposable"], ["disposable", "source_failed"]],
              [["disposable", "threat_listed"], ["disposable"]],
              [["registrable"], ["sudden_volume"]],
              [["registrable"], ["source_failed"]],
            ] as const) {
              reputation.set(customer, ...before);
              const { state } = yield* oversight.submit(agent, request());
              yield* approve(state.id);
              reputation.set(customer, ...after);
              const [permit] = yield* dispatchNext;
              assert.isDefined(permit, `${before} → ${after}`);
              yield* oversight.settle(permit!, { type: "delivered", reply: "250 2.0.0 ok", refused: [] });
            }
          }),
        ),
    );

    it.live("and what was let go unseen by a mode waits for its first approval", () =>
      on((reputation) =>
        Effect.gen(function* () {
          const oversight = yield* Oversight;
          yield* makeMailbox("autonomous");
          const { state } = yield* oversight.submit(agent, request());
          assert.strictEqual(state.status, "queued");
          reputation.set(customer, "threat_listed");
          assert.deepStrictEqual(yield* dispatchNext, []);
          const back = yield* stateOf(state.id);
          assert.deepInclude(back.state, {
            status: "pending_approval",
            verdict: { score: 9_000, held: true, blocked: false },
          });
          const told = returnedRisk(back.content, yield* (yield* RiskRecords).returned([state.id]));
          assert.deepNestedInclude(told as object, { risen: null, "risk.score": 9_000 });
          yield* approve(state.id);
          assert.isDefined((yield* dispatchNext)[0]);
        }),
      ),
    );

    it.live("an outage alone sends an approved message back only where policy holds what is unknown", () =>
      on(
        (reputation) =>
          Effect.gen(function* () {
            const oversight = yield* Oversight;
            yield* makeMailbox();
            const { state } = yield* oversight.submit(agent, request());
            yield* approve(state.id);
            reputation.fail(customer);
            assert.deepStrictEqual(yield* dispatchNext, []);
            yield* approve(state.id);
            assert.isDefined((yield* dispatchNext)[0]);
          }),
        { COUNTERSIGN_HOLD_UNKNOWN: "on" },
      ),
    );
  });
}

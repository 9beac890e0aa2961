/** What an operator's act changes is stored with the entries that tell of it, or not at all. */
import { join } from "node:path";
import { assert, describe, it } from "@effect/vitest";
import { Effect, Layer } from "effect";
import { RiskDesk } from "../../../src/contracts/RiskDesk.ts";
import { layerDoor } from "../../../src/server/Installation.ts";
import { Oversight } from "../../../src/contracts/Oversight.ts";
import { Journal, StoreError, type Writes } from "../../../src/store/Journal.ts";
import { Records } from "../../../src/store/Records.ts";
import { layerFromUrl } from "../../../src/store/Store.ts";
import { agent, alice, operator } from "../../support/credentials.ts";
import { configFor, makeMailbox } from "../../support/installation.ts";
import { request } from "../../support/submission.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

/** What a test sees of the store, and does to it. */
const watched = () => ({
  /** Types of the entries of each transaction. */
  batches: [] as (readonly string[])[],
  /** No transaction is written: the process dies before it. */
  broken: false,
  /** Done once, after somebody asked what a reviewer approved. */
  afterLook: Effect.void as Effect.Effect<unknown>,
});

const inHouse = <A, E>(
  watch: ReturnType<typeof watched>,
  effect: Effect.Effect<A, E, Oversight | RiskDesk | Journal | Records>,
) => {
  const config = configFor(join(temporaryFolder(), "house.db"));
  const journal = Layer.effect(
    Journal,
    Effect.map(Journal, (real) =>
      Journal.of({
        ...real,
        transact: (needs, decide) => {
          if (watch.broken)
            return Effect.fail(new StoreError({ reason: "unavailable", message: "It is gone.", hint: "Wait." }));
          let written: Writes | null = null;
          const seen: typeof decide = (loaded) => {
            const decided = decide(loaded);
            written = decided.writes;
            return decided;
          };
          return Effect.tap(real.transact(needs, seen), () =>
            Effect.sync(() => watch.batches.push(written!.entries.map(({ type }) => type))),
          );
        },
      }),
    ),
  );
  const records = Layer.effect(
    Records,
    Effect.map(Records, (real) =>
      Records.of({
        ...real,
        approvedBy: (by) =>
          Effect.tap(real.approvedBy(by), () => {
            const then = watch.afterLook;
            watch.afterLook = Effect.void;
            return then;
          }),
      }),
    ),
  );
  const store = Layer.merge(journal, records).pipe(Layer.provideMerge(layerFromUrl(config.database)));
  return Effect.gen(function* () {
    yield* (yield* Oversight).bootstrap(`mm_live_${"o".repeat(43)}`);
    yield* makeMailbox();
    return yield* effect;
  }).pipe(Effect.provide(layerDoor(config).pipe(Layer.provideMerge(store))), Effect.scoped);
};

describe("a change of a risk policy", () => {
  const change = { version: null, holdAbove: 1_000 } as const;

  it.live("that has no entry is not there, and one that has an entry is", () => {
    const watch = watched();
    return inHouse(
      watch,
      Effect.gen(function* () {
        const intelligence = yield* RiskDesk;
        for (const mailbox of [null, "support@acme.example"]) {
          const before = yield* intelligence.policy(operator, mailbox);
          watch.broken = true;
          const failed = yield* intelligence.changePolicy(operator, mailbox, change).pipe(Effect.flip);
          assert.strictEqual(failed.reason, "unavailable");
          watch.broken = false;
          assert.deepEqual(yield* intelligence.policy(operator, mailbox), before);
          const after = yield* intelligence.changePolicy(operator, mailbox, change);
          assert.deepInclude(after, { version: 1, holdAbove: 1_000, changedBy: "operator" });
          assert.deepEqual(watch.batches.at(-1), ["set_risk_policy"]);
          assert.strictEqual(after.changedAt, (yield* (yield* Journal).head).at);
        }
      }),
    );
  });

  it.live("that loses to another at the same moment has no entry, and takes nothing else with it", () => {
    const watch = watched();
    return inHouse(
      watch,
      Effect.gen(function* () {
        const intelligence = yield* RiskDesk;
        const oversight = yield* Oversight;
        const { size } = yield* (yield* Journal).head;
        const answers = yield* Effect.all(
          [
            ...[1_000, 2_000, 3_000].map((holdAbove) =>
              Effect.result(intelligence.changePolicy(operator, null, { version: 0, holdAbove })),
            ),
            Effect.result(oversight.submit(agent, request())),
          ],
          { concurrency: "unbounded" },
        );
        assert.deepEqual(answers.map(({ _tag }) => _tag).sort(), ["Failure", "Failure", "Success", "Success"]);
        for (const answer of answers)
          if (answer._tag === "Failure") assert.strictEqual(answer.failure.reason, "conflict");
        const entries = yield* (yield* Journal).entries({ from: size, limit: 10 });
        assert.deepEqual(entries.map(({ type }) => type).sort(), ["set_risk_policy", "submit"]);
        yield* oversight.verifyLog;
      }),
    );
  });
});

describe("the revocation of a reviewer", () => {
  const approved = Effect.gen(function* () {
    const oversight = yield* Oversight;
    const { id, digest } = (yield* oversight.submit(agent, request())).state;
    yield* oversight.decide(alice, { message: id, decision: "approve", digest, reason: null });
    return id;
  });

  it.live("is one transaction with the end of what they approved", () => {
    const watch = watched();
    return inHouse(
      watch,
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        const messages = [yield* approved, yield* approved];
        const { size } = yield* (yield* Journal).head;
        const revoked = yield* oversight.revokeReviewer(operator, "alice");
        assert.deepEqual(watch.batches.at(-1), ["revoke_reviewer", "revoke", "revoke"]);
        assert.strictEqual((yield* (yield* Journal).head).size, size + 3);
        assert.deepEqual([...revoked.messages].sort(), messages.sort());
        for (const id of messages) {
          const stored = yield* (yield* Records).message("default", id);
          assert.deepInclude(stored?.state, { status: "pending_approval", approvals: [] });
        }
        yield* oversight.verifyLog;
      }),
    );
  });

  it.live("reaches what they approve while it is on its way", () => {
    const watch = watched();
    return inHouse(
      watch,
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        const before = yield* approved;
        let later = "";
        watch.afterLook = Effect.orDie(
          Effect.map(Effect.provideService(approved, Oversight, oversight), (id) => {
            later = id;
          }),
        );
        const revoked = yield* oversight.revokeReviewer(operator, "alice");
        assert.deepEqual(revoked.messages, [before, later]);
        const stored = yield* (yield* Records).message("default", later);
        assert.deepInclude(stored?.state, { status: "pending_approval", approvals: [] });
      }),
    );
  });

  it.live("by who is no operator is one refused entry, and no message's", () => {
    const watch = watched();
    return inHouse(
      watch,
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* approved;
        const refused = yield* oversight.revokeReviewer(agent, "alice").pipe(Effect.flip);
        assert.strictEqual(refused.refusal, "not_permitted");
        assert.deepEqual(watch.batches.at(-1), ["revoke_reviewer"]);
      }),
    );
  });
});

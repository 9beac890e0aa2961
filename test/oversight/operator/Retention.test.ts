/** What is past its retention goes by itself; what records it changes nothing else. */
import { join } from "node:path";
import { Clock, Effect, Layer } from "effect";
import { assert, describe, it } from "vitest";
import { Oversight } from "../../../src/contracts/Oversight.ts";
import { Committer } from "../../../src/oversight/commit/Committer.ts";
import { Retention } from "../../../src/contracts/Retention.ts";
import { Journal } from "../../../src/store/Journal.ts";
import { Records } from "../../../src/store/Records.ts";
import { agent, alice, operator } from "../../support/credentials.ts";
import { configFor, layerInstallation, makeMailbox } from "../../support/installation.ts";
import { request } from "../../support/submission.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const day = 86_400;

/** The installation over this database, some days from now. */
const houseIn = (database: string, days: number) => {
  const millis = () => Date.now() + days * day * 1000;
  const ahead = Layer.effect(
    Clock.Clock,
    Effect.map(Clock.Clock, (clock) =>
      Object.assign(Object.create(clock) as Clock.Clock, {
        currentTimeMillisUnsafe: millis,
        currentTimeMillis: Effect.sync(millis),
      }),
    ),
  );
  return layerInstallation(configFor(database)).pipe(Layer.provide(ahead), Layer.merge(ahead));
};

const rejected = Effect.gen(function* () {
  const oversight = yield* Oversight;
  const { state } = yield* oversight.submit(agent, request());
  yield* oversight.decide(alice, { message: state.id, decision: "reject", digest: state.digest, reason: "Private" });
  return state.id;
});

describe("a sweep", () => {
  it("OV-83 retention-floor: takes what is past the retention, of tenants that have one, and nothing else", async () => {
    const database = join(temporaryFolder(), "sweep.db");
    const old = await Effect.runPromise(
      Effect.gen(function* () {
        yield* makeMailbox();
        const ended = yield* rejected;
        const open = (yield* (yield* Oversight).submit(agent, request())).state.id;
        yield* (yield* Retention).setPolicy(operator, 183);
        // Nobody's time has come.
        assert.strictEqual(yield* (yield* Retention).sweep, 0);
        return { ended, open };
      }).pipe(Effect.provide(houseIn(database, 0)), Effect.scoped),
    );
    const erased = (id: string) =>
      Effect.flatMap(Records, (records) =>
        Effect.map(records.contentOf(id, 1), (content) => content!.raw.length === 0),
      );
    await Effect.runPromise(
      Effect.gen(function* () {
        assert.strictEqual(yield* (yield* Retention).sweep, 0);
        assert.isFalse(yield* erased(old.ended));
      }).pipe(Effect.provide(houseIn(database, 182)), Effect.scoped),
    );
    await Effect.runPromise(
      Effect.gen(function* () {
        const retention = yield* Retention;
        const young = yield* rejected;
        const hold = yield* retention.place(operator, { mailbox: null, message: old.ended, reason: null });
        assert.strictEqual(yield* retention.sweep, 0);
        yield* retention.release(operator, hold.id);
        const before = yield* (yield* Oversight).head;
        assert.strictEqual(yield* retention.sweep, 1);
        assert.strictEqual(yield* retention.sweep, 0);
        assert.deepEqual(
          [yield* erased(old.ended), yield* erased(old.open), yield* erased(young)],
          [true, false, false],
        );
        const [entry] = yield* (yield* Journal).entries({ from: before.size, limit: 10 });
        const leaf = JSON.parse(entry!.leaf);
        assert.deepInclude(leaf.event, { type: "erase", cause: "retention", messages: [old.ended] });
        assert.strictEqual(leaf.actor.role, "system");
        yield* (yield* Oversight).verifyLog;
      }).pipe(Effect.provide(houseIn(database, 184)), Effect.scoped),
    );
  });
});

describe("a record", () => {
  it("OV-80 records-change-nothing: is accepted from an operator and the system alone, and moves no state", async () => {
    await Effect.runPromise(
      Effect.gen(function* () {
        yield* makeMailbox();
        const committer = yield* Committer;
        const records = yield* Records;
        const states = Effect.all(
          (["tenant", "mailbox", "message"] as const).map((kind) =>
            records.allStates({ kind, after: null, limit: 100 }),
          ),
        );
        const before = yield* states;
        const outcomes: unknown[] = [];
        for (const role of ["operator", "system", "reviewer", "agent"] as const) {
          const actor = { role, principal: role, credential: role === "system" ? null : "ak_x" };
          const [recorded] = yield* committer.propose({
            event: { type: "set_retention", at: 0, actor, tenant: "default", days: 365 },
            rows: () => ({ retention: [{ tenant: "default", days: 365 }] }),
          });
          if (recorded?.kind === "recorded") {
            const { outcome } = recorded;
            outcomes.push(outcome.accepted ? "accepted" : outcome.refusal);
          }
        }
        assert.deepEqual(outcomes, ["accepted", "accepted", "not_permitted", "not_permitted"]);
        assert.deepEqual(yield* states, before);
      }).pipe(Effect.provide(layerInstallation(configFor(join(temporaryFolder(), "record.db")))), Effect.scoped),
    );
  });
});

/** The one door over a real store: what is decided, what is written, what comes out. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { assert, describe, it } from "@effect/vitest";
import { Clock, Effect, Fiber, Layer, Queue, Result } from "effect";
import { readLeaf } from "../../src/audit/leaf/Leaf.ts";
import { Oversight } from "../../src/contracts/Oversight.ts";
import { Records } from "../../src/store/Records.ts";
import { agent, alice, bob, operator } from "../support/credentials.ts";
import { configFor, layerInstallation, makeMailbox } from "../support/installation.ts";
import { draft, request } from "../support/submission.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { DeliveryPermit } from "../../src/contracts/DeliveryPermit.ts";

/** What a hand-over says that served nobody. */
const whole = ({ content }: DeliveryPermit) => ({ remaining: content.recipients, refused: [], partly: false });

const fresh = () => layerInstallation(configFor(join(temporaryFolder(), "house.db")));
const inFreshHouse = <A, E>(effect: Effect.Effect<A, E, Oversight | Records>) =>
  effect.pipe(Effect.provide(fresh()), Effect.scoped);

describe("Oversight", () => {
  it.live("OV-13: a gated message waits, is approved by its digest, and only then gets a permit", () =>
    inFreshHouse(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox();
        const sent = yield* oversight.submit(agent, request());
        assert.strictEqual(sent.state.status, "pending_approval");
        assert.match(sent.identityHeader, /^v=1; kid=key_\w+; agent=agent-1; ts=\d+; sig=[A-Za-z0-9+/=]+$/);
        const approved = yield* oversight.decide(alice, {
          message: sent.state.id,
          decision: "approve",
          digest: sent.state.digest,
          reason: null,
        });
        assert.strictEqual(approved.state.status, "queued");
        const row = yield* Queue.take(oversight.enqueued);
        assert.strictEqual(row.message, sent.state.id);
        const [permit] = yield* oversight.dispatch([row]);
        assert.isDefined(permit);
        yield* oversight.settle(permit!, { type: "delivered", reply: "250 2.0.0 ok", refused: [] });
        const after = yield* (yield* Records).message("default", sent.state.id);
        assert.strictEqual(after?.state.status, "delivered");
        // A row that is offered again gets no second permit.
        assert.deepStrictEqual(yield* oversight.dispatch([row]), []);
        const checked = yield* oversight.verifyLog;
        assert.isAbove(checked.entries, 6);
      }),
    ),
  );

  it.live("OV-25: of 64 decisions at once exactly one wins, and the others learn who did", () =>
    inFreshHouse(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox();
        const sent = yield* oversight.submit(agent, request());
        const results = yield* Effect.forEach(
          Array.from({ length: 64 }, (_, i) => i),
          (i) =>
            oversight
              .decide(i % 2 === 0 ? alice : bob, {
                message: sent.state.id,
                decision: i % 3 === 0 ? "reject" : "approve",
                digest: sent.state.digest,
                reason: null,
              })
              .pipe(Effect.result),
          { concurrency: "unbounded" },
        );
        const won = results.filter((result) => result._tag === "Success");
        assert.lengthOf(won, 1);
        for (const result of results) {
          if (result._tag === "Failure") {
            assert.strictEqual(result.failure.refusal, "wrong_status");
            assert.isNotNull(result.failure.winner);
          }
        }
        yield* oversight.verifyLog;
      }),
    ),
  );

  it.live("OV-15: an edit voids the approval, and a decision on the old content is stale", () =>
    inFreshHouse(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox();
        const sent = yield* oversight.submit(agent, request());
        yield* oversight.decide(alice, {
          message: sent.state.id,
          decision: "approve",
          digest: sent.state.digest,
          reason: null,
        });
        const edited = yield* oversight.revise(
          agent,
          sent.state.id,
          sent.state.digest,
          draft({ text: "Something else." }),
        );
        assert.strictEqual(edited.state.status, "pending_approval");
        assert.deepStrictEqual(edited.state.approvals, []);
        const row = yield* Queue.take(oversight.enqueued);
        assert.deepStrictEqual(yield* oversight.dispatch([row]), []);
        for (const message of [sent.pendingId, sent.state.id]) {
          const stale = yield* oversight
            .decide(alice, {
              message,
              decision: "approve",
              digest: message === sent.pendingId ? null : sent.state.digest,
              reason: null,
            })
            .pipe(Effect.flip);
          assert.strictEqual(stale.refusal, "stale_digest");
        }
        // The id alone no longer says which content.
        const vague = yield* oversight
          .decide(alice, { message: sent.state.id, decision: "approve", digest: null, reason: null })
          .pipe(Effect.flip);
        assert.strictEqual(vague.reason, "invalid");
        const approved = yield* oversight.decide(alice, {
          message: edited.pendingId,
          decision: "approve",
          digest: null,
          reason: null,
        });
        assert.strictEqual(approved.state.status, "queued");
      }),
    ),
  );

  it.live(
    "OV-18 time-comes-with-the-event: after a restart with the clock set back, the log's time does not go back",
    () => {
      const config = configFor(join(temporaryFolder(), "clock.db"));
      const at = (hoursOff: number) => (clock: Clock.Clock) => {
        const millis = () => Date.now() + hoursOff * 3_600_000;
        return Object.assign(Object.create(clock) as Clock.Clock, {
          currentTimeMillisUnsafe: millis,
          currentTimeMillis: Effect.sync(millis),
        });
      };
      const house = (hoursOff: number) =>
        layerInstallation(config).pipe(Layer.provide(Layer.effect(Clock.Clock, Effect.map(Clock.Clock, at(hoursOff)))));
      const submitted = Effect.gen(function* () {
        const oversight = yield* Oversight;
        const { state } = yield* oversight.submit(agent, request());
        yield* oversight.verifyLog;
        return state.decideBy;
      });
      return Effect.gen(function* () {
        const ahead = yield* Effect.andThen(makeMailbox(), submitted).pipe(Effect.provide(house(1)));
        const behind = yield* submitted.pipe(Effect.provide(house(-1)));
        assert.isAtLeast(behind, ahead);
      });
    },
  );

  it.live("OV-6: halt parks what is queued; resume puts it back to work", () =>
    inFreshHouse(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox();
        const sent = yield* oversight.submit(agent, request());
        yield* oversight.decide(alice, { message: sent.state.id, decision: "approve", digest: null, reason: null });
        const row = yield* Queue.take(oversight.enqueued);
        yield* oversight.halt(operator);
        assert.deepStrictEqual(yield* oversight.dispatch([row]), []);
        assert.strictEqual((yield* oversight.submit(agent, request())).state.status, "refused");
        const records = yield* Records;
        const now = Math.floor(Date.now() / 1000) + 60;
        const claim = { owner: "another", now, leaseUntil: now + 60, limit: 10 };
        assert.deepStrictEqual(yield* records.claim(claim), []);
        yield* oversight.resume(operator);
        const [claimed] = yield* records.claim(claim);
        assert.strictEqual(claimed?.message, sent.state.id);
        assert.lengthOf(yield* oversight.dispatch([claimed!]), 1);
      }),
    ),
  );

  it.live("an idempotency key answers the same request again, and refuses another", () =>
    inFreshHouse(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox();
        const first = yield* oversight.submit(agent, request({ idempotencyKey: "once" }));
        const second = yield* oversight.submit(agent, request({ idempotencyKey: "once" }));
        assert.strictEqual(second.state.id, first.state.id);
        assert.isTrue(second.repeated);
        const other = yield* oversight
          .submit(agent, request({ idempotencyKey: "once", subject: "Other" }))
          .pipe(Effect.flip);
        assert.strictEqual(other.reason, "conflict");
      }),
    ),
  );

  it.live("OV-7 monitored-is-copied: the copy is of what was handed over, not of what waits in its place", () =>
    inFreshHouse(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox("monitored");
        const sent = yield* oversight.submit(agent, request());
        const [permit] = yield* oversight.dispatch([yield* Queue.take(oversight.enqueued)]);
        const copy = yield* Queue.take(oversight.enqueued);
        assert.strictEqual(copy.kind, "copy");
        const later = Math.floor(Date.now() / 1000) + 60;
        yield* oversight.settle(permit!, { type: "deferred", reply: "451 later", retryAt: later, ...whole(permit!) });
        const edit = draft({ text: "Nobody has let this go.", mode: "gated_send" });
        const edited = yield* oversight.revise(agent, sent.state.id, sent.state.digest, edit);
        assert.strictEqual(edited.state.status, "pending_approval");
        const [copied] = yield* oversight.dispatch([copy]);
        const text = Buffer.from(copied!.content.raw).toString();
        assert.include(text, "resolved ticket #4821");
        assert.notInclude(text, "Nobody has let this go.");
        // What silences the mailbox silences its copies.
        yield* oversight.setMode(agent, "support@acme.example", "read_only");
        assert.deepStrictEqual(yield* oversight.dispatch([copy]), []);
      }),
    ),
  );

  it.live("OV-24: reinstating somebody who is not revoked changes nothing", () =>
    inFreshHouse(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox();
        const { id, digest } = (yield* oversight.submit(agent, request())).state;
        yield* oversight.decide(alice, { message: id, decision: "approve", digest, reason: null });
        const refused = yield* oversight.reinstateReviewer(operator, "alice").pipe(Effect.flip);
        assert.strictEqual(refused.refusal, "no_change");
        const stored = yield* (yield* Records).message("default", id);
        assert.strictEqual(stored?.state.status, "queued");
        assert.lengthOf(stored!.state.approvals, 1);
      }),
    ),
  );

  it.live("OV-20: who is no operator learns nothing by asking for a mailbox", () =>
    inFreshHouse(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        const { row } = yield* makeMailbox();
        const keysBefore = (yield* (yield* Records).listKeys()).length;
        for (const address of [row.address, "free@acme.example"]) {
          const refused = yield* oversight
            .createMailbox(agent, { ...row, address, mode: "autonomous", policy: {} })
            .pipe(Effect.flip);
          assert.strictEqual(refused.refusal, "not_permitted");
        }
        assert.lengthOf(yield* (yield* Records).listKeys(), keysBefore);
      }),
    ),
  );

  it.live("every entry of a message says which disclosure its content has, or that it has none", () =>
    Effect.gen(function* () {
      const said = Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox();
        const { id, digest } = (yield* oversight.submit(agent, request())).state;
        const edited = yield* oversight.revise(agent, id, digest, draft({ text: "Reopened." }));
        yield* oversight.decide(alice, { message: id, decision: "approve", digest: edited.state.digest, reason: null });
        const [permit] = yield* oversight.dispatch([yield* Queue.take(oversight.enqueued)]);
        yield* oversight.settle(permit!, { type: "delivered", reply: "250 2.0.0 ok", refused: [] });
        const text = Buffer.from(permit!.content.raw).toString();
        const rows = yield* oversight.entries(operator, { message: id, from: 0, limit: 100 });
        const leaves = rows
          .map((row) => readLeaf(row.leaf))
          .flatMap((read) => (Result.isSuccess(read) ? [read.success.leaf] : []));
        assert.deepStrictEqual(
          leaves.map(({ type }) => type),
          ["submit", "revise", "approve", "dispatch", "delivered"],
        );
        return { text, disclosures: leaves.map(({ evidence }) => evidence["disclosure"]) };
      });
      const within = (disclosure: string) =>
        said.pipe(
          Effect.provide(
            layerInstallation(configFor(join(temporaryFolder(), "house.db"), { COUNTERSIGN_DISCLOSURE: disclosure })),
          ),
          Effect.scoped,
        );

      const on = yield* within("{agent} of {operator} is a program.");
      assert.include(on.text, "agent-1 of acme.example is a program.");
      const hash = createHash("sha256").update("agent-1 of acme.example is a program.").digest("hex");
      assert.deepStrictEqual(on.disclosures, Array(5).fill(`sha256:${hash}`));

      const off = yield* within("off");
      assert.notInclude(off.text, "program");
      assert.deepStrictEqual(off.disclosures, Array(5).fill(null));
    }),
  );

  it.live("a submission that is given up leaves the others their answers", () =>
    inFreshHouse(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox();
        for (let turns = 0; turns < 12; turns++) {
          const given = yield* Effect.forkChild(oversight.submit(agent, request()));
          const others = yield* Effect.forkChild(
            Effect.all([oversight.submit(agent, request()), oversight.submit(agent, request())], { concurrency: 2 }),
          );
          for (let i = 0; i < turns; i++) yield* Effect.yieldNow;
          yield* Fiber.interrupt(given);
          assert.lengthOf(yield* Fiber.join(others), 2);
        }
      }),
    ),
  );
});

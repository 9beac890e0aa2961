/** Stop means stop: what is answered "stopped" has no hand-over begin after the answer. */
import { join } from "node:path";
import { assert, describe, it } from "@effect/vitest";
import { Effect, Queue } from "effect";
import { recall, spend, type DeliveryPermit } from "../../../src/contracts/DeliveryPermit.ts";
import { Oversight } from "../../../src/contracts/Oversight.ts";
import { layerOutstandingPermits, OutstandingPermits } from "../../../src/oversight/handOver/OutstandingPermits.ts";
import { Records } from "../../../src/store/Records.ts";
import { agent, alice, bob, operator } from "../../support/credentials.ts";
import { configFor, layerInstallation, makeMailbox } from "../../support/installation.ts";
import { request } from "../../support/submission.ts";
import { permitOf } from "../../delivery/permit.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const inFresh = <A, E>(effect: Effect.Effect<A, E, Oversight | Records>) =>
  effect.pipe(Effect.provide(layerInstallation(configFor(join(temporaryFolder(), "stop.db")))), Effect.scoped);

/** Submits, approves, and asks for leave: the permit that results. */
const permittedBy = Effect.fnUntraced(function* (reviewer: typeof alice) {
  const oversight = yield* Oversight;
  const { state } = yield* oversight.submit(agent, request());
  if (state.status === "pending_approval") {
    yield* oversight.decide(reviewer, { message: state.id, decision: "approve", digest: null, reason: null });
  }
  const [permit] = yield* oversight.dispatch([yield* Queue.take(oversight.enqueued)]);
  assert.isDefined(permit);
  return permit!;
});
const permitted = permittedBy(alice);

const statusOf = (permit: DeliveryPermit) =>
  Effect.gen(function* () {
    const found = yield* (yield* Records).message("default", permit.content.message);
    return found?.state.status;
  });

const stops: readonly (readonly [string, (mailbox: string) => Effect.Effect<unknown, unknown, Oversight>])[] = [
  ["halt", () => Effect.flatMap(Oversight, (it) => it.halt(operator))],
  ["a mailbox made read_only", (id) => Effect.flatMap(Oversight, (it) => it.setMode(operator, id, "read_only"))],
  ["the revocation of who approved", () => Effect.flatMap(Oversight, (it) => it.revokeReviewer(operator, "alice"))],
  ["a raised quorum", (id) => Effect.flatMap(Oversight, (it) => it.setPolicy(operator, id, { quorum: 2 }))],
];

describe("OV-141 stop-means-stop", () => {
  for (const [name, stop] of stops) {
    it.live(`${name} takes back the permit that is not spent, before it is answered`, () =>
      inFresh(
        Effect.gen(function* () {
          const oversight = yield* Oversight;
          const { row } = yield* makeMailbox();
          const permit = yield* permitted;
          yield* stop(row.id);
          assert.strictEqual(spend(permit), "recalled");
          yield* oversight.settle(permit, { type: "recalled" });
          // It is where the next dispatch, or a person, finds it; no try is counted.
          assert.strictEqual(yield* statusOf(permit), "queued");
          const [outbox] = yield* (yield* Records).claim({ owner: "x", now: 2 ** 40, leaseUntil: 2 ** 41, limit: 9 });
          assert.deepInclude(outbox, { tries: 0, remaining: permit.content.recipients });
          assert.isEmpty(yield* oversight.dispatch([outbox!]));
        }),
      ),
    );
  }

  it.live("a mode that is only tightened to a gated one takes back what nobody approved", () =>
    inFresh(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        const { row } = yield* makeMailbox("autonomous");
        const permit = yield* permitted;
        yield* oversight.setMode(operator, row.id, "gated_send");
        assert.strictEqual(spend(permit), "recalled");
      }),
    ),
  );

  it.live("leaves a permit alone that what happened does not concern", () =>
    inFresh(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        const { row } = yield* makeMailbox();
        const [permit] = [yield* permitted, yield* permittedBy(bob)];
        yield* oversight.revokeReviewer(operator, bob.principal);
        yield* oversight.setMode(operator, row.id, "gated_all");
        yield* oversight.submit(agent, request());
        assert.isTrue(yield* oversight.mayBegin(permit));
        assert.strictEqual(spend(permit), "spent");
        assert.strictEqual(spend(permit), "misused");
      }),
    ),
  );

  it.live("takes back what the very commit gave leave for before it", () =>
    inFresh(
      Effect.gen(function* () {
        yield* makeMailbox();
        const { content } = yield* permitted;
        const situation = yield* (yield* Records).situation(content.tenant, content.message);
        const { tenant, message } = situation!;
        const outstanding = yield* OutstandingPermits;
        const halted = new Map([[tenant.id, { ...tenant, halted: true }]]);
        const committed = {
          mailboxes: new Map(),
          messages: new Map([[message.id, message]]),
          leaves: [situation!],
          at: 1,
        };
        outstanding.committed({ ...committed, tenants: halted });
        const late = permitOf({ ...content });
        outstanding.attach(late, situation!);
        assert.strictEqual(spend(late), "recalled");
        outstanding.committed({ ...committed, tenants: new Map() });
        const timely = permitOf({ ...content });
        outstanding.attach(timely, situation!);
        assert.strictEqual(spend(timely), "spent");
      }).pipe(Effect.provide(layerOutstandingPermits)),
    ),
  );

  it.live("reaches what a hand-over under way has still to begin: another session, further recipients", () =>
    inFresh(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox();
        const permit = yield* permitted;
        assert.strictEqual(spend(permit), "spent");
        assert.isTrue(yield* oversight.mayBegin(permit));
        yield* oversight.halt(operator);
        assert.isFalse(yield* oversight.mayBegin(permit));
        yield* oversight.resume(operator);
        assert.isFalse(yield* oversight.mayBegin(permit));
      }),
    ),
  );

  it.live("comes too late for a hand-over that has begun: it is settled as it went", () =>
    inFresh(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox();
        const permit = yield* permitted;
        assert.strictEqual(spend(permit), "spent");
        yield* oversight.halt(operator);
        yield* oversight.settle(permit, { type: "delivered", reply: "250 2.0.0", refused: [] });
        assert.strictEqual(yield* statusOf(permit), "delivered");
      }),
    ),
  );

  it.live("a permit that was taken back is spent by nobody, and one that is spent is not taken back", () =>
    inFresh(
      Effect.gen(function* () {
        yield* makeMailbox();
        const [one, other] = [yield* permitted, yield* permitted];
        assert.isTrue(recall(one));
        assert.isFalse(recall(one));
        assert.strictEqual(spend(one), "recalled");
        assert.strictEqual(spend(other), "spent");
        assert.isFalse(recall(other));
      }),
    ),
  );

  it.live("a copy is stopped by what stops everything, and by nothing else", () =>
    inFresh(
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox("monitored");
        yield* permitted;
        const [copy] = yield* oversight.dispatch([yield* Queue.take(oversight.enqueued)]);
        assert.strictEqual(copy?.content.kind, "copy");
        yield* oversight.halt(operator);
        assert.isFalse(yield* oversight.mayBegin(copy!));
        assert.strictEqual(spend(copy!), "recalled");
      }),
    ),
  );
});

/** Who is named behind a hand-over: exactly those whose approval is live at that moment, in the log and in the signed header alike. */
import { join } from "node:path";
import { assert, describe, it } from "@effect/vitest";
import { Clock, Effect, Layer, Queue, Result } from "effect";
import { readLeaf } from "../../../src/audit/leaf/Leaf.ts";
import { Oversight } from "../../../src/contracts/Oversight.ts";
import type { DeliveryPermit } from "../../../src/contracts/DeliveryPermit.ts";
import { agent, alice, operator } from "../../support/credentials.ts";
import { configFor, layerInstallation, makeMailbox } from "../../support/installation.ts";
import { request } from "../../support/submission.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

/** An installation whose clock is ahead of this machine's by as much as `ahead` says, seconds. */
const installationWith = (ahead: { seconds: number }) => {
  const shifted = (clock: Clock.Clock) => {
    const millis = () => Date.now() + ahead.seconds * 1000;
    return Object.assign(Object.create(clock) as Clock.Clock, {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
    });
  };
  return layerInstallation(configFor(join(temporaryFolder(), "approvers.db"))).pipe(
    Layer.provide(Layer.effect(Clock.Clock, Effect.map(Clock.Clock, shifted))),
  );
};

const claimsOf = (permit: DeliveryPermit): { readonly decision: string; readonly oversight_mode: string } => {
  const text = Buffer.from(permit.content.raw).toString();
  const [, payload] = /^X-MultiMail-Identity: [\w-]+\.([\w-]+)\./m.exec(text) ?? [];
  return JSON.parse(Buffer.from(payload!, "base64url").toString());
};

/** Approved, opened by the operator, handed over `wait` seconds after, with its copy; what log and header say of it. */
const handedOver = (wait: number) => {
  const ahead = { seconds: 0 };
  return Effect.gen(function* () {
    const oversight = yield* Oversight;
    yield* makeMailbox();
    yield* oversight.setPolicy(operator, "support@acme.example", { approvalMaxAge: 60 });
    const { id, digest } = (yield* oversight.submit(agent, request())).state;
    yield* oversight.decide(alice, { message: id, decision: "approve", digest, reason: null });
    yield* oversight.setMode(operator, "support@acme.example", "monitored");
    ahead.seconds = wait;
    const [permit] = yield* oversight.dispatch([yield* Queue.take(oversight.enqueued)]);
    const copy = yield* Queue.take(oversight.enqueued);
    assert.strictEqual(copy.kind, "copy");
    const [copied] = yield* oversight.dispatch([copy]);
    yield* oversight.settle(permit!, { type: "delivered", reply: "250 2.0.0 ok", refused: [] });
    const rows = yield* oversight.entries(operator, { message: id, from: 0, limit: 100 });
    const leaves = rows.flatMap((row) => {
      const read = readLeaf(row.leaf);
      return Result.isSuccess(read) ? [read.success.leaf] : [];
    });
    yield* oversight.verifyLog;
    const behind = leaves.map(({ type, evidence }) => [type, evidence["approvers"], evidence["decision"]]);
    return { behind, claims: claimsOf(permit!), copied: claimsOf(copied!) };
  }).pipe(Effect.provide(installationWith(ahead)), Effect.scoped);
};

describe("behind a hand-over", () => {
  it.live("OV-70 hand-over-names-its-approvals: is whose approval is live, and then it is people's decision", () =>
    Effect.gen(function* () {
      const { behind, claims, copied } = yield* handedOver(50);
      assert.deepStrictEqual(behind, [
        ["submit", [], undefined],
        ["approve", [], undefined],
        ["dispatch", ["alice"], "human"],
        ["delivered", ["alice"], "human"],
      ]);
      assert.deepInclude(claims, { decision: "human", oversight_mode: "monitored" });
      assert.strictEqual(copied.decision, "human");
    }),
  );

  it.live("OV-124 decision-is-the-quorums: is nobody whose approval has aged, in a mailbox that was opened since", () =>
    Effect.gen(function* () {
      const { behind, claims, copied } = yield* handedOver(61);
      assert.deepStrictEqual(behind.slice(2), [
        ["dispatch", [], "policy"],
        ["delivered", [], "policy"],
      ]);
      assert.deepInclude(claims, { decision: "policy", oversight_mode: "monitored" });
      assert.strictEqual(copied.decision, "policy");
    }),
  );

  it.live(
    "OV-124 decision-is-the-quorums: is not people's decision while they are too few, though they are named",
    () =>
      Effect.gen(function* () {
        const oversight = yield* Oversight;
        yield* makeMailbox();
        yield* oversight.setPolicy(operator, "support@acme.example", { quorum: 1 });
        const { id, digest } = (yield* oversight.submit(agent, request())).state;
        yield* oversight.decide(alice, { message: id, decision: "approve", digest, reason: null });
        yield* oversight.setPolicy(operator, "support@acme.example", { quorum: 2 });
        yield* oversight.setMode(operator, "support@acme.example", "autonomous");
        const [permit] = yield* oversight.dispatch([yield* Queue.take(oversight.enqueued)]);
        assert.strictEqual(claimsOf(permit!).decision, "policy");
        const [row] = (yield* oversight.entries(operator, { message: id, from: 0, limit: 100 })).slice(-1);
        const { leaf } = Result.getOrThrow(readLeaf(row!.leaf));
        assert.deepInclude(leaf.evidence, { approvers: ["alice"], decision: "policy" });
        yield* oversight.verifyLog;
      }).pipe(Effect.provide(installationWith({ seconds: 0 })), Effect.scoped),
  );
});

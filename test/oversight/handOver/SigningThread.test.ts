/** Signatures made in the other thread are those made here, and none is lost when that thread is. */
import { Effect } from "effect";
import { assert, describe, it } from "@effect/vitest";
import { agentStatement } from "../../../src/identity/AgentIdentity.ts";
import { nodeSigner } from "../../../src/identity/NodeSigner.ts";
import { verifyNode } from "../../../src/identity/NodeVerify.ts";
import { verifyMessage } from "../../../src/identity/verifyMessage.ts";
import { prependFields } from "../../../src/mail/read/Fields.ts";
import { makeSigningThread } from "../../../src/oversight/handOver/SigningThread.ts";
import {
  AGENT,
  AT,
  mailboxKey,
  message,
  must,
  operatorKey,
  resolver,
  statement,
} from "../../identity/signedMessage.ts";

const [mailbox, operator] = [mailboxKey(), operatorKey()];
const signers = {
  agent: nodeSigner(mailbox.record.kid, mailbox.privateKey),
  operator: nodeSigner(operator.record.kid, operator.privateKey),
};
const agent = must(await agentStatement(signers.agent, { agent: AGENT, ts: AT }));
const raws = Array.from({ length: 40 }, (_, i) => message({ subject: `Ticket ${i}`, mid: `<m${i}@acme.example>` }));

type Thread = Effect.Success<ReturnType<typeof makeSigningThread>>;

/** Signs all at once, and answers the verdicts on what came back. */
const verdicts = async (thread: Thread, messages: readonly Uint8Array[]) => {
  const fields = await Promise.all(messages.map((raw) => thread.sign({ raw, agent, operator: statement() }, signers)));
  const mails = fields.map((one, i) => prependFields(messages[i]!, must(one)));
  const reports = await Promise.all(
    mails.map((mail) => verifyMessage(mail, resolver(mailbox, operator), { now: AT + 3600, verify: verifyNode })),
  );
  return reports.map((report) => report.verdict);
};
/** A thread takes a few hundred milliseconds to start; each round until then is work for both. */
const untilNext = Effect.sleep("100 millis");
const allVerified = raws.map(() => "verified");

describe("SigningThread", () => {
  it.live("signs each message with the keys it is given, in the thread once it is ready", () =>
    Effect.gen(function* () {
      const thread = yield* makeSigningThread([]);
      for (let i = 0; i < 500 && thread.signed === 0; i++) {
        assert.deepStrictEqual(yield* Effect.promise(() => verdicts(thread, raws)), allVerified);
        yield* untilNext;
      }
      assert.isAbove(thread.signed, 0, "the thread never signed");
    }).pipe(Effect.scoped),
  );

  it.live("signs a few without starting a thread", () =>
    Effect.gen(function* () {
      const thread = yield* makeSigningThread([]);
      for (let i = 0; i < 3; i++) {
        assert.deepStrictEqual(yield* Effect.promise(() => verdicts(thread, raws.slice(0, 2))), [
          "verified",
          "verified",
        ]);
      }
      assert.isFalse(thread.started);
    }).pipe(Effect.scoped),
  );

  it.live("what a dying thread leaves behind is signed here, and so is all that comes later", () =>
    Effect.gen(function* () {
      const thread = yield* makeSigningThread([]);
      while (thread.signed === 0) {
        yield* Effect.promise(() => verdicts(thread, raws));
        yield* untilNext;
      }
      const before = thread.signed;
      const pending = verdicts(thread, raws);
      yield* Effect.sleep(0);
      yield* Effect.promise(thread.close);
      assert.deepStrictEqual(yield* Effect.promise(() => pending), allVerified);
      assert.deepStrictEqual(yield* Effect.promise(() => verdicts(thread, raws)), allVerified);
      assert.isAtMost(thread.signed, before + raws.length);
    }).pipe(Effect.scoped),
  );

  it.live("a message that cannot be signed fails alone", () =>
    Effect.gen(function* () {
      const thread = yield* makeSigningThread([]);
      const bad = message({ mid: "<a@acme.example>\r\nMessage-ID: <b@acme.example>" });
      for (let round = 0; round < 500 && thread.signed < 100; round++) {
        const fields = yield* Effect.promise(() =>
          Promise.all([bad, ...raws].map((raw) => thread.sign({ raw, agent, operator: statement() }, signers))),
        );
        assert.strictEqual(fields[0]!._tag, "Failure");
        assert.isTrue(fields.slice(1).every((one) => one._tag === "Success"));
        yield* untilNext;
      }
    }).pipe(Effect.scoped),
  );
});

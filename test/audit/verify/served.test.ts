/** The whole way: a running server's log, exported over HTTP, verified with the two keys it publishes and with nothing left unchecked. */
import { Result } from "effect";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { type NoteKey, parseVerifierKey } from "../../../src/audit/tree/SignedNote.ts";
import { type P256PublicKey, parseSpki } from "../../../src/identity/PublicKey.ts";
import { furnish } from "../../support/people.ts";
import { startRest, type RestServer } from "../../support/rest.ts";
import { p256Key } from "../../support/logKeys.ts";
import { verify } from "../../support/logExport.ts";

let served: RestServer;
let keys: Awaited<ReturnType<typeof furnish>>;
let log: readonly NoteKey[];
let operator: P256PublicKey;

const exported = async (query = "") => (await served.call("GET", `/v1/audit-log/export${query}`)).text;

beforeAll(async () => {
  served = await startRest();
  keys = await furnish(served);
  const stop = await served.deliver();
  const send = (subject: string) =>
    served.call("POST", "/v1/send", {
      key: keys.agent,
      body: { mailbox: "support@acme.example", to: "carol@customer.example", subject, body: "Nobody's business" },
    });
  const decide = (key: string, id: string, decision: string) =>
    served.call("POST", "/v1/oversight/decide", {
      key,
      body: { pending_id: id, decision, reason: "Typed by a person" },
    });
  const first = await send("One");
  await decide(keys.agent, first.body.pending_id, "approve");
  await decide(keys.alice, first.body.pending_id, "approve");
  const second = await send("Two");
  await decide(keys.alice, second.body.pending_id, "reject");
  await stop();
  const published = await served.call("GET", "/v1/log/keys", { key: null });
  log = published.body.keys.map(({ vkey }: any) => Result.getOrThrow(parseVerifierKey(vkey)));
  const { x, y } = (await served.call("GET", "/.well-known/multimail-signing-key", { key: null })).body;
  const prefix = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex");
  const spki = Buffer.concat([prefix, Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  operator = Result.getOrThrow(parseSpki(new Uint8Array(spki)));
});
afterAll(() => served.close());

describe("a server's log", () => {
  it("OV-67 key-is-in-the-entry: is sound by its own keys alone, every agent's signature too, nothing unchecked", async () => {
    const verdict = await verify(await exported(), { keys: log, operatorKeys: [operator], complete: true });
    assert.deepEqual([verdict.status, verdict.faults, verdict.unchecked], ["sound", [], []]);
    assert.strictEqual(verdict.replayed, verdict.entries);
    assert.strictEqual(verdict.signatures, 2);
    assert.deepEqual(
      verdict.keys.map(({ kid, vouched }) => [kid, vouched]),
      [[keys.mailbox.agent_identity_key_id, true]],
    );
    assert.isAtLeast(verdict.handOvers, 1);
  });

  it("OV-70 hand-over-names-its-approvals: the entry of a hand-over names who approved it", async () => {
    const lines = (await exported()).trim().split("\n").slice(1);
    const handedOver = lines.map((line) => JSON.parse(line)).filter(({ to_status }) => to_status === "dispatching");
    assert.isAtLeast(handedOver.length, 1);
    for (const { approvers, approver_id, content_hash } of handedOver) {
      assert.deepEqual([approvers, approver_id], [["alice"], "alice"]);
      assert.match(content_hash, /^sha256:/);
    }
  });

  it("OV-68 agents-signatures-are-checked: is unsound by another operator's key", async () => {
    const verdict = await verify(await exported(), { keys: log, operatorKeys: [p256Key().key] });
    assert.strictEqual(verdict.status, "unsound");
    assert.strictEqual(verdict.faults[0]?.kind, "identity_key");
  });

  it("OV-88 personal-data-outside: holds no address, no subject and no words of anybody", async () => {
    const text = await exported("?include_proofs=true");
    for (const typed of ["carol", "customer.example", "support@", "One", "Two", "Nobody", "Typed"])
      assert.notInclude(text.split("\n").slice(1).join("\n"), typed);
    const verdict = await verify(text, { keys: log, operatorKeys: [operator], complete: true });
    assert.strictEqual(verdict.status, "sound");
  });
});

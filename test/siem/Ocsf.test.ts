/** The OCSF rendering, held against OCSF's own definition of the two classes. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { assert, describe, it } from "vitest";
import { type OcsfContext, ocsfEvent, type OcsfVersion } from "../../src/siem/Ocsf.ts";
import { hostileLine, hostileText } from "./hostile.ts";
import { agent, ann, ben, clean, digestOf, TenantLog, olga } from "../support/tenantLog.ts";
import { ocsfSchema, violations } from "./ocsfSchema.ts";

const versions: readonly OcsfVersion[] = ["1.8.0", "1.9.0-dev"];
const context: OcsfContext = {
  origin: "acme.example/log",
  productVersion: "0.1.0",
  addressOf: (mailbox) => (mailbox === "mbx_1" ? "crm@acme.example" : null),
};

/** Every type of event, accepted and refused. */
const everything = (): TenantLog => {
  const log = new TenantLog();
  log.tenantBegins();
  log.mailbox("mbx_1");
  log.happens(0, olga, { type: "create_key", key: "ak_2", principal: "ann", scopes: ["oversight"] });
  for (const [message, end] of [
    ["msg_1", "delivered"],
    ["msg_2", "failed"],
    ["msg_3", "lost"],
    ["msg_4", "deferred"],
  ] as const) {
    log.submit("mbx_1", message, 1);
    log.approve("mbx_1", message, 60);
    log.dispatch("mbx_1", message, 1);
    log.outcome(end, "mbx_1", message);
  }
  const digest = digestOf("msg_3");
  const about = { mailbox: "mbx_1", message: "msg_3" };
  log.happens(9, ann, { type: "resolve", ...about, outcome: "delivered", digest, verdict: clean });
  log.submit("mbx_1", "msg_5");
  const edited = { type: "revise" as const, mailbox: "mbx_1", message: "msg_5", requestedMode: null, verdict: clean };
  log.happens(3, agent, { ...edited, base: digestOf("msg_5"), digest: digestOf("msg_5b"), sendAt: log.at + 100 });
  log.approve("mbx_1", "msg_5", 1, ann);
  log.approve("mbx_1", "msg_5", 1, ann, "msg_5b");
  log.happens(
    98,
    { role: "system", principal: "system", credential: null },
    {
      type: "release",
      mailbox: "mbx_1",
      message: "msg_5",
    },
  );
  log.happens(0, olga, { type: "revoke", mailbox: "mbx_1", message: "msg_5", reviewer: "ann", verdict: clean });
  log.happens(0, olga, { type: "revoke_reviewer", reviewer: "ann" });
  log.happens(0, olga, { type: "reinstate_reviewer", reviewer: "ann" });
  log.happens(0, ben, { type: "reject", mailbox: "mbx_1", message: "msg_5", digest: digestOf("msg_5b") });
  log.submit("mbx_1", "msg_6");
  log.happens(0, agent, { type: "cancel", mailbox: "mbx_1", message: "msg_6" });
  log.submit("mbx_1", "msg_7");
  log.happens(
    90_000,
    { role: "system", principal: "system", credential: null },
    {
      type: "expire",
      mailbox: "mbx_1",
      message: "msg_7",
    },
  );
  log.happens(0, agent, { type: "set_mode", mailbox: "mbx_1", mode: "autonomous" });
  log.happens(0, olga, { type: "set_mode", mailbox: "mbx_1", mode: "read_only" });
  log.happens(0, olga, {
    type: "set_policy",
    mailbox: "mbx_1",
    policy: { quorum: 2, decisionWindow: 60, approvalMaxAge: 60 },
  });
  log.happens(0, olga, { type: "halt" });
  log.happens(0, olga, { type: "resume" });
  log.happens(0, olga, { type: "revoke_key", key: "ak_2" });
  log.happens(0, olga, { type: "set_retention", days: 183 });
  log.happens(0, olga, { type: "legal_hold", hold: "hold_1", mailbox: "mbx_1" });
  log.happens(0, olga, { type: "release_hold", hold: "hold_1" });
  log.happens(0, olga, { type: "erase", cause: "request", messages: ["msg_1"] });
  return log;
};

describe("OCSF", () => {
  it.each(versions)("fits the classes of schema %s, for every type of event", (ocsfVersion) => {
    const log = everything();
    const schema = ocsfSchema(ocsfVersion);
    for (const line of log.lines) {
      const event = JSON.parse(JSON.stringify(ocsfEvent(line, { ...context, ocsfVersion })));
      assert.deepEqual(violations(schema, event), [], `${line.type} ${line.outcome}`);
    }
    const accepted = new Set(log.lines.filter(({ outcome }) => outcome === "accepted").map(({ type }) => type));
    assert.strictEqual(accepted.size, 28, [...accepted].join());
  });

  it("gives what the system does with a message as Email Activity, what people do as API Activity", () => {
    const byType = new Map(
      everything()
        .lines.filter(({ outcome }) => outcome === "accepted")
        .map((line) => [line.type, ocsfEvent(line, context)] as const),
    );
    const given = (type: string) => {
      const event = byType.get(type)!;
      return [event["type_uid"], event["type_name"], event["status"], event["severity_id"]];
    };
    assert.deepEqual(given("delivered"), [400901, "Email Activity: Send", "Success", 1]);
    assert.deepEqual(given("failed"), [400901, "Email Activity: Send", "Failure", 2]);
    assert.deepEqual(given("deferred"), [400901, "Email Activity: Send", "Deferred", 1]);
    assert.deepEqual(given("lost"), [400901, "Email Activity: Send", "Unknown", 3]);
    assert.deepEqual(given("dispatch"), [400904, "Email Activity: Trace", "Success", 1]);
    assert.deepEqual(given("release"), [400904, "Email Activity: Trace", "Success", 1]);
    assert.deepEqual(given("expire"), [400904, "Email Activity: Trace", "Success", 1]);
    assert.deepEqual(given("submit"), [600301, "API Activity: Create", "Success", 1]);
    assert.deepEqual(given("approve"), [600303, "API Activity: Update", "Success", 1]);
    assert.deepEqual(given("revoke_key"), [600304, "API Activity: Delete", "Success", 3]);
    assert.deepEqual(given("erase"), [600304, "API Activity: Delete", "Success", 2]);
    assert.deepEqual(given("halt"), [600303, "API Activity: Update", "Success", 3]);
  });

  it("carries the leaf, its plain hash, and its leaf hash as an attestation", () => {
    const log = everything();
    const line = log.lines.find(({ type }) => type === "delivered")!;
    const event = JSON.parse(JSON.stringify(ocsfEvent(line, context)));
    const sha256 = (...parts: readonly (string | Uint8Array)[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");
    assert.strictEqual(event.raw_data_hash.value, sha256(event.raw_data));
    assert.strictEqual(event.attestation_list[0].fingerprint.value, sha256(Uint8Array.of(0), event.raw_data));
    assert.strictEqual(event.attestation_list[0].chain_uid, "acme.example/log");
    assert.strictEqual(event.attestation_list[0].uid, `acme.example/log/${line.leaf_index}`);
    assert.strictEqual(event.raw_data, line.leaf);
    assert.deepEqual(event.ai_agent, { uid: "agent-of-mbx_1", type_id: 0, type: "Unknown" });
    assert.deepEqual(event.email, { from: "crm@acme.example", message_uid: "<msg_1@acme.example>" });
    assert.strictEqual(event.status_code, "250 2.0.0");
    assert.strictEqual(event.attempt, 1);
    assert.strictEqual(event.unmapped.approvers[0], "ann");
    const released = ocsfEvent(line, { ...context, ocsfVersion: "1.8.0" });
    assert.notProperty(released, "attestation_list");
    assert.strictEqual((released["unmapped"] as { leaf_hash: string }).leaf_hash, line.leaf_hash);
  });

  it("is API Activity where no address is known: an email of OCSF must have one", () => {
    const line = everything().lines.find(({ type }) => type === "delivered")!;
    for (const address of [null, "", "crm", "crm@localhost", "crm@acme.example\r\nx"]) {
      const event = ocsfEvent(line, { ...context, addressOf: () => address });
      assert.strictEqual(event["type_uid"], 600303);
      assert.deepEqual(violations(ocsfSchema("1.9.0-dev"), JSON.parse(JSON.stringify(event))), []);
    }
  });

  it.each(versions)("stays within schema %s, on one line, whatever stands in a line", (ocsfVersion) => {
    const schema = ocsfSchema(ocsfVersion);
    fc.assert(
      fc.property(hostileLine, hostileText, hostileText, hostileText, (line, origin, productVersion, address) => {
        const text = JSON.stringify(ocsfEvent(line, { origin, productVersion, addressOf: () => address, ocsfVersion }));
        assert.notMatch(text, /[\r\n]/);
        const event = JSON.parse(text);
        // OCSF wants a word for activity 99, and an empty type has none.
        if (line.type !== "") assert.deepEqual(violations(schema, event), []);
        assert.deepEqual(
          event.unmapped.approvers,
          line.approvers.map((it) => it.toWellFormed()),
        );
        assert.strictEqual(event.unmapped.refusal ?? null, line.refusal?.toWellFormed() ?? null);
      }),
      { numRuns: 500 },
    );
  });

  it("is told where an event leaves the schema", () => {
    const line = everything().lines.find(({ type }) => type === "delivered")!;
    const good = JSON.parse(JSON.stringify(ocsfEvent(line, context)));
    const schema = ocsfSchema("1.9.0-dev");
    const bad = (change: object) => violations(schema, { ...good, ...change }).join();
    assert.include(bad({ severity_id: 7 }), "not in the enumeration");
    assert.include(bad({ type_uid: 400902 }), "class_uid * 100");
    assert.include(bad({ time: 1.5 }), "timestamp_t");
    assert.include(bad({ email: {} }), "at least one");
    assert.include(bad({ direction_id: undefined }), "direction_id");
    assert.include(bad({ direction: "Inbound" }), "should be Outbound");
    assert.include(bad({ reviewer: "ann" }), "not in the schema");
    assert.include(bad({ metadata: { ...good.metadata, profiles: [] } }), "needs the profile");
  });
});

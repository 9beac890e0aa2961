/** The log as it is exported, and the description of the API. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { exportLine } from "../../src/audit/export/ExportLine.ts";
import { furnish } from "../support/people.ts";
import { isError, startRest, type RestServer } from "../support/rest.ts";

/** The version that other tools are told. */
const { version: packageVersion } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

let served: RestServer;
let keys: Awaited<ReturnType<typeof furnish>>;
let sent: any;

beforeAll(async () => {
  served = await startRest();
  keys = await furnish(served);
  sent = (
    await served.call("POST", "/v1/send", {
      key: keys.agent,
      body: { mailbox: "support@acme.example", to: "carol@customer.example", subject: "Secret subject", body: "Hello" },
    })
  ).body;
  const decide = (key: string) =>
    served.call("POST", "/v1/oversight/decide", {
      key,
      body: { pending_id: sent.pending_id, decision: "reject", reason: "Secret reason" },
    });
  await decide(keys.agent);
  await decide(keys.alice);
});
afterAll(() => served.close());

const lines = (text: string): any[] =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe("the export", () => {
  it("is one line an entry, with who, what, and the leaf that was hashed", async () => {
    const answer = await served.call("GET", "/v1/audit-log/export?format=jsonl&include_proofs=true", {
      key: keys.alice,
    });
    assert.strictEqual(answer.status, 200);
    assert.strictEqual(answer.headers.get("content-type"), "application/x-ndjson");
    const [header, ...entries] = lines(answer.text);
    assert.deepInclude(header, {
      kind: "countersign-log-export",
      origin: "acme.example/log",
      from: 0,
      to: entries.length,
    });
    assert.deepEqual(
      entries.map(({ leaf_index }) => leaf_index),
      entries.map((_, i) => i),
    );
    for (const entry of entries) {
      const hash = createHash("sha256")
        .update(Buffer.from([0]))
        .update(entry.leaf)
        .digest("hex");
      assert.strictEqual(entry.leaf_hash, hash);
      assert.isArray(entry.inclusion_proof);
    }
    const ofMessage = entries.filter(({ message_id }) => message_id === sent.id);
    assert.deepEqual(
      ofMessage.map(({ type, outcome, refusal, decision, approver_id, to_status }) => [
        type,
        outcome,
        refusal,
        decision,
        approver_id,
        to_status,
      ]),
      [
        ["submit", "accepted", null, "held", null, "pending_approval"],
        ["reject", "refused", "not_permitted", "refused", null, "pending_approval"],
        ["reject", "accepted", null, "reject", "alice", "rejected"],
      ],
    );
    assert.deepInclude(ofMessage[0], {
      agent_id: "agent-1",
      oversight_mode: "gated_send",
      content_hash: sent.digest,
      identity_key_id: keys.mailbox.agent_identity_key_id,
      domain_risk_score: sent.domain_risk_score,
    });
    assert.include(sent.identity_header, `sig=${ofMessage[0].identity_signature}`);
    assert.notInclude(answer.text, "Secret");
    assert.notInclude(answer.text, "carol@");
  });

  it("is filtered by mailbox and time, and is for reviewers and operators", async () => {
    const of = (query: string, key = keys.alice) => served.call("GET", `/v1/audit-log/export?${query}`, { key });
    const shown = (text: string) => lines(text).slice(1);
    const some = shown((await of("mailbox=support@acme.example")).text);
    assert.isAbove(some.length, 2);
    assert.isTrue(some.every(({ mailbox_id }) => mailbox_id === keys.mailbox.id));
    assert.lengthOf(shown((await of("since=2101-01-01T00:00:00Z")).text), 0);
    assert.lengthOf(shown((await of("until=2001-01-01")).text), 0);
    assert.isAbove(shown((await of("since=2001-01-01T00:00:00.123%2B00:00&until=4102444800")).text).length, 5);
    const refused = await of("", keys.agent);
    assert.strictEqual(refused.status, 403);
    assert.isTrue(isError(refused));
    assert.strictEqual((await of("mailbox=x@acme.example")).status, 404);
  });
});

describe("an export for other tools", () => {
  const of = (format: string) => served.call("GET", `/v1/audit-log/export?format=${format}`, { key: keys.alice });

  it("is CSV with a row of names, OCSF as JSON lines, or CEF, and shows no content", async () => {
    const whole = lines((await of("jsonl")).text);
    const entries = whole.length - 1;
    const csv = await of("csv");
    assert.match(csv.headers.get("content-type") ?? "", /^text\/csv/);
    assert.match(csv.headers.get("content-disposition") ?? "", /\.csv"$/);
    assert.match(csv.text, /^leaf_index,timestamp,type,/);
    assert.lengthOf(csv.text.trim().split("\r\n"), entries + 1);
    const ocsf = await of("ocsf");
    assert.isTrue(lines(ocsf.text).every(({ class_uid }) => [4009, 6003].includes(class_uid)));
    assert.lengthOf(lines(ocsf.text), entries);
    const cef = await of("cef");
    assert.isTrue(
      cef.text
        .trim()
        .split("\n")
        .every((line) => line.startsWith(`CEF:0|Countersign|Countersign|${packageVersion}|`)),
    );
    for (const { text } of [csv, ocsf, cef]) assert.notInclude(text, "Secret");
  });
});

describe("an export in parts", () => {
  it("is taken up where it broke off, and ends at the same checkpoint", async () => {
    const whole = (await served.call("GET", "/v1/audit-log/export?include_proofs=True")).text.trim().split("\n");
    const { to } = JSON.parse(whole[0]!);
    await served.call("POST", "/v1/halt", {});
    await served.call("POST", "/v1/resume", {});
    const query = `from=3&to=${to}&include_proofs=true`;
    const rest = (await served.call("GET", `/v1/audit-log/export?${query}`)).text.trim().split("\n");
    assert.deepInclude(JSON.parse(rest[0]!), { from: 3, to, last_checkpoint: JSON.parse(whole[0]!).last_checkpoint });
    assert.deepEqual(rest.slice(1), whole.slice(4));
    assert.lengthOf(JSON.parse(rest[0]!).first_frontier, 2);
    const every = lines((await served.call("GET", `/v1/audit-log/export?lines=every&mailbox=${keys.mailbox.id}`)).text);
    assert.isTrue(every.some(({ withheld }) => withheld === true));
    assert.deepEqual(
      every.slice(1).map(({ leaf_index }) => leaf_index),
      every.slice(1).map((_, i) => i),
    );
  });
});

describe("the log", () => {
  it("comes a page at a time, every entry once", async () => {
    const seen: any[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 20; page += 1) {
      const answer = await served.call("GET", `/v1/audit-log?limit=3${cursor === null ? "" : `&cursor=${cursor}`}`);
      assert.strictEqual(answer.status, 200, answer.text);
      assert.isAtMost(answer.body.entries.length, 3);
      seen.push(...answer.body.entries);
      cursor = answer.body.cursor;
      if (cursor === null) break;
    }
    assert.deepEqual(
      seen.map(({ leaf_index }) => leaf_index),
      seen.map((_, i) => i),
    );
    const submit = seen.find(({ action, resource_id }) => action === "submit" && resource_id === sent.id);
    assert.deepInclude(submit, { resource_type: "email", id: `acme.example/log/${submit.leaf_index}` });
    assert.match(submit.actor_key_id, /^ak_/);
    const one = await served.call("GET", `/v1/audit-log?message_id=${sent.id}`);
    assert.deepEqual(
      one.body.entries.map(({ type }: any) => type),
      ["submit", "reject", "reject"],
    );
  });

  it("shows a leaf that cannot be read as it stands, and makes nothing up", () => {
    const line = exportLine({ index: 7, leaf: "{broken", leafHash: new Uint8Array(32) }, null);
    assert.deepInclude(line, {
      leaf: "{broken",
      outcome: "unknown",
      agent_id: null,
      domain_risk_score: null,
      decision: null,
    });
  });
});

describe("the description", () => {
  it("is OpenAPI 3.1 with every route, every error and the bearer key", async () => {
    const answer = await served.call("GET", "/v1/openapi.json", { key: null });
    assert.strictEqual(answer.status, 200);
    assert.match(answer.body.openapi, /^3\.1\./);
    const send = answer.body.paths["/v1/send"].post;
    assert.deepEqual(Object.keys(send.responses).sort(), [
      "200",
      "202",
      "400",
      "401",
      "403",
      "404",
      "409",
      "413",
      "415",
      "422",
      "503",
    ]);
    assert.deepEqual(send.security, [{ bearer: [] }]);
    assert.deepEqual(answer.body.components.securitySchemes.bearer, { type: "http", scheme: "Bearer" });
    assert.isDefined(answer.body.paths["/v1/mailboxes/{id}/emails/{emailId}/cancel"].post);
    assert.isUndefined(answer.body.paths["/v1/identity/keys/{kid}"].get.security?.[0]);
  });
});

describe("public keys", () => {
  it("are said not to be there before the first message leaves, and to be there after", async () => {
    const none = await served.call("GET", "/.well-known/multimail-signing-key", { key: null });
    assert.include([200, 404], none.status);
    const set = await served.call("GET", "/.well-known/jwks.json", { key: null });
    assert.strictEqual(set.status, 200);
    const stop = await served.deliver();
    const made = (
      await served.call("POST", "/v1/send", {
        key: keys.agent,
        body: { mailbox: "support@acme.example", to: "carol@customer.example", subject: "S", body: "B" },
      })
    ).body;
    const done = await served.call("POST", "/v1/oversight/decide", {
      key: keys.alice,
      body: { pending_id: made.pending_id, action: "approve" },
    });
    await stop();
    assert.strictEqual(done.body.status, "delivered", done.text);
    const key = await served.call("GET", "/.well-known/multimail-signing-key", { key: null });
    assert.deepEqual(Object.keys(key.body).sort(), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert.match(key.headers.get("cache-control") ?? "", /^public, max-age=3600$/);
    const all = await served.call("GET", "/.well-known/jwks.json", { key: null });
    assert.deepEqual(all.body.keys, [key.body]);
  });
});

/** REST: a look at a domain, and the risk policies of a tenant and its mailboxes. */
import { Effect } from "effect";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { furnish } from "../support/people.ts";
import { isError, startRest, type RestServer } from "../support/rest.ts";
import { eventually } from "../support/time.ts";

let served: RestServer;
let home: Awaited<ReturnType<typeof furnish>>;
beforeAll(async () => {
  served = await startRest();
  home = await furnish(served);
}, 30_000);
afterAll(() => served.close());

const soon = new Date(Date.now() + 86_400_000).toISOString();
const look = async (domain: string, query = "", key?: string) => {
  const { status, body } = await served.call(
    "GET",
    `/v1/domains/${encodeURIComponent(domain)}/risk${query}`,
    key === undefined ? {} : { key },
  );
  assert.strictEqual(status, 200, JSON.stringify(body));
  return body;
};
const patch = (path: string, body: unknown, key?: string) =>
  served.call("PATCH", path, { body, ...(key === undefined ? {} : { key }) });
const reset = () =>
  patch("/v1/risk-policy", {
    hold_above: null,
    refuse_above: null,
    hold_unknown: null,
    sources_off: null,
    overrides: null,
  });

describe("GET /v1/domains/{domain}/risk", () => {
  it("says what is known, in numbers, words, ASCII and Unicode", async () => {
    const body = await look("mailinator.com", "", home.alice);
    assert.deepInclude(body, { domain: "mailinator.com", domain_risk_score: 0.8, held: true, blocked_by: null });
    const signal = body.domain_signals.find(({ name }: { name: string }) => name === "disposable");
    assert.deepInclude(signal, { weight: 8_000, source: "disposable_list", stale: false });
    assert.isString(signal.words);
    assert.isAbove(signal.fetched_at, 1_700_000_000);
    const cyrillic = await look("аcme.example");
    assert.deepInclude(cyrillic, { domain: "xn--cme-5cd.example", unicode: "аcme.example", held: true });
    assert.include(cyrillic.domain_flags, "lookalike");
  });

  it("takes addresses, and a mailbox whose policy and correspondence count", async () => {
    assert.strictEqual((await look("ada@mailinator.com")).domain, "mailinator.com");
    assert.strictEqual((await look("x.example", `?mailbox=${home.mailbox.id}`)).held, false);
    assert.strictEqual((await served.call("GET", "/v1/domains/x.example/risk?mailbox=mbx_none")).status, 404);
  });

  it("answers for what cannot be read, with the highest caution", async () => {
    for (const name of ["a..b", "[192.0.2.1]", "x y.example", `${"a".repeat(260)}.example`, "-.example"]) {
      const body = await look(name);
      assert.deepInclude(body, { held: true, unknown: true }, name);
    }
    for (const name of [" ", "a@b@c", `${"a".repeat(330)}`]) {
      const answer = await served.call("GET", `/v1/domains/${encodeURIComponent(name)}/risk`);
      assert.strictEqual(answer.status, 422, name);
      assert.isTrue(isError(answer));
    }
  });

  it("is for whoever may read, of any scope but send alone", async () => {
    assert.strictEqual((await served.call("GET", "/v1/domains/x.example/risk", { key: null })).status, 401);
    assert.strictEqual((await served.call("GET", "/v1/domains/x.example/risk", { key: home.agent })).status, 200);
  });
});

describe("/v1/risk-policy", () => {
  it("shows what counts, who said what, and how the sources are", async () => {
    const { body } = await served.call("GET", "/v1/risk-policy");
    assert.deepInclude(body, { mailbox_id: null, version: 0, hold_above: 0.7, refuse_above: null, readable: true });
    assert.deepStrictEqual(body.said, []);
    assert.deepInclude(body.sources[0], { state: "on", failures: 0, retry_at: null });
  });

  it("counts from the next message on, and refuses what is over refuse_above", async () => {
    const { body } = await patch("/v1/risk-policy", { hold_above: 0.1, refuse_above: 0.75, version: 0 });
    assert.deepInclude(body, { version: 1, hold_above: 0.1, refuse_above: 0.75, changed_by: "operator" });
    assert.deepStrictEqual(body.said.toSorted(), ["hold_above", "refuse_above"]);
    const send = (to: string) =>
      served.call("POST", "/v1/send", {
        key: home.agent,
        body: { mailbox: home.mailbox.id, to, subject: "s", body: "b" },
      });
    assert.strictEqual((await send("x@mailinator.com")).body.status, "refused");
    assert.strictEqual((await look("mailinator.com")).blocked_by, "policy:risk above 0.75");
    assert.strictEqual((await look("a.localdomain")).held, true);
    assert.strictEqual((await patch("/v1/risk-policy", { hold_above: 0.2, version: 0 })).status, 409);
    await reset();
    assert.strictEqual((await send("x@mailinator.com")).body.status, "pending_approval");
  });

  it("overrides one finding, in the open, until its end", async () => {
    const override = { domain: "Mailinator.com", signal: "disposable", reason: "our own test inbox", until: soon };
    const made = await patch("/v1/risk-policy", { overrides: [override] });
    assert.deepInclude(made.body.overrides[0], { domain: "mailinator.com", by: "operator", expired: false });
    const body = await look("sub.mailinator.com");
    assert.deepInclude(body, { domain_risk_score: 0, held: false });
    assert.isTrue(
      body.domain_signals.some(
        ({ name, note }: { name: string; note?: string }) =>
          name === "override" && note?.includes("our own test inbox"),
      ),
    );
    for (const [wrong, why] of [
      [{ ...override, domain: "com" }, "a public suffix"],
      [{ ...override, domain: "co.uk" }, "a public suffix"],
      [{ ...override, signal: "source_failed" }, "not knowing"],
      [{ ...override, signal: "unknown" }, "not knowing"],
      [{ ...override, signal: "unreadable_domain" }, "not knowing"],
      [{ ...override, signal: "nonsense" }, "no signal"],
      [{ ...override, reason: " " }, "no reason"],
      [{ ...override, until: "2020-01-01T00:00:00Z" }, "over already"],
      [{ ...override, until: "2099-01-01T00:00:00Z" }, "for ever"],
      [{ ...override, until: "tomorrow" }, "no moment"],
    ] as const) {
      const answer = await patch("/v1/risk-policy", { overrides: [wrong] });
      assert.strictEqual(answer.status, 422, why);
      assert.isTrue(isError(answer), why);
    }
    await reset();
    assert.strictEqual((await look("mailinator.com")).held, true);
  });

  it("is an operator's: no other scope, and for the tenant no key that is confined to mailboxes", async () => {
    for (const key of [home.agent, home.alice]) {
      assert.strictEqual((await patch("/v1/risk-policy", { hold_above: 1 }, key)).status, 403);
      assert.strictEqual(
        (await patch(`/v1/mailboxes/${home.mailbox.id}/risk-policy`, { hold_above: 0.1 }, key)).status,
        403,
      );
    }
    const made = await served.call("POST", "/v1/api-keys", {
      body: {
        name: "boxed",
        scopes: ["read", "admin"],
        principal: { kind: "person", id: "boxed" },
        mailboxes: [home.mailbox.id],
      },
    });
    const boxed = made.body.api_key as string;
    assert.strictEqual((await patch("/v1/risk-policy", { hold_above: 1 }, boxed)).status, 403);
    const path = `/v1/mailboxes/${home.mailbox.id}/risk-policy`;
    assert.strictEqual((await patch(path, { hold_above: 0.3 }, boxed)).status, 200);
    assert.strictEqual((await patch(path, { hold_above: null }, boxed)).status, 200);
  });
});

describe("/v1/mailboxes/{id}/risk-policy", () => {
  it("only tightens the tenant's, now and when the tenant's changes later; each change is an entry of the log", async () => {
    const path = `/v1/mailboxes/${home.mailbox.id}/risk-policy`;
    await patch("/v1/risk-policy", { hold_above: 0.5, sources_off: ["disposable_list"] });
    assert.strictEqual((await patch(path, { hold_above: 0.6 })).status, 422);
    assert.strictEqual((await patch(path, { hold_unknown: false })).status, 422);
    assert.strictEqual((await patch(path, { refuse_above: "never" })).status, 422);
    assert.strictEqual((await patch(path, { sources_off: ["lookalike"] })).status, 422);
    assert.strictEqual((await patch(path, { overrides: [] })).status, 422);
    const made = await patch(path, { hold_above: 0.4, hold_unknown: true, sources_on: ["disposable_list"] });
    assert.deepInclude(made.body, { mailbox_id: home.mailbox.id, hold_above: 0.4, hold_unknown: true });
    assert.deepStrictEqual(made.body.sources_off, []);
    // With the mailbox, the source is asked; for the tenant, it is not.
    assert.strictEqual((await look("mailinator.com", `?mailbox=${home.mailbox.id}`)).held, true);
    assert.strictEqual((await look("mailinator.com")).held, false);
    await patch("/v1/risk-policy", { hold_above: 0.2 });
    assert.strictEqual((await served.call("GET", path)).body.hold_above, 0.2);
    const log = await served.call("GET", `/v1/audit-log?mailbox=${home.mailbox.id}&limit=100`);
    assert.include(log.text, "set_risk_policy");
    const tenants = await served.call("GET", "/v1/audit-log?limit=100");
    assert.isAbove(tenants.text.split('"set_risk_policy"').length, 3);
    assert.notInclude(tenants.text, "our own test inbox");
    await Effect.runPromise(served.oversight.verifyLog);
    await reset();
    await patch(path, { hold_above: null, hold_unknown: null, sources_on: null });
  });

  it("makes of two changes at once one", async () => {
    const path = `/v1/mailboxes/${home.mailbox.id}/risk-policy`;
    const { version } = (await served.call("GET", path)).body;
    const answers = await Promise.all([0.1, 0.2, 0.3, 0.4].map((hold_above) => patch(path, { hold_above, version })));
    const won = answers.filter(({ status }) => status === 200);
    assert.strictEqual(won.length, 1, answers.map(({ text }) => text).join("\n"));
    assert.isTrue(answers.every(({ status }) => status === 200 || status === 409));
    assert.strictEqual((await served.call("GET", path)).body.hold_above, won[0]!.body.hold_above);
    await patch(path, { hold_above: null });
  });
});

describe("a message whose risk rises after the approval", () => {
  it("is not delivered: it is back in the queue, with what changed, and leaves after another approval", async () => {
    const sent = await served.call("POST", "/v1/send", {
      key: home.agent,
      body: { mailbox: home.mailbox.id, to: "x@host.localdomain", subject: "s", body: "b" },
    });
    assert.deepInclude(sent.body, { status: "pending_approval", domain_risk_score: 0.224 });
    const pending = async () => {
      const { body } = await served.call("GET", "/v1/oversight/pending", { key: home.alice });
      return body.pending.find(({ id }: { id: string }) => id === sent.body.id);
    };
    assert.isNull((await pending()).risk_changed);
    const decide = () =>
      served.call("POST", "/v1/oversight/decide", {
        key: home.alice,
        body: { pending_id: sent.body.pending_id, decision: "approve" },
      });
    assert.strictEqual((await decide()).body.status, "queued");
    await patch("/v1/risk-policy", { hold_above: 0.1 });
    const stop = await served.deliver();
    const back = await eventually(pending, (one) => one !== undefined);
    assert.deepInclude(back, { status: "pending_approval", approvals: 0, domain_risk_score: 0.224 });
    assert.deepInclude(back.risk_changed, { shown: 0.224, found: 0.224, hold_above: 0.1, signals: [] });
    const one = await served.call("GET", `/v1/emails/${sent.body.id}`, { key: home.alice });
    assert.deepInclude(one.body.risk_changed, { leaf_index: back.risk_changed.leaf_index });
    assert.strictEqual((await decide()).body.status, "delivered");
    assert.isNull((await served.call("GET", `/v1/emails/${sent.body.id}`, { key: home.alice })).body.risk_changed);
    await stop();
    await reset();
  });
});

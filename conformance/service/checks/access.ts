/** Who may do what: keys, scopes, other tenants, confined keys. */
import { excerpt, hasStatus, isRefused, type Answer } from "../api.ts";
import type { Check } from "../check.ts";
import { expect, same } from "../expect.ts";
import { unique, type House, type Scope, type Shown, type World } from "../world.ts";

type Request = readonly [method: string, path: string, body?: unknown];

/** One request for each thing that changes something, or shows something of a mailbox. */
const requests = (house: House, message: Shown): readonly Request[] => {
  const one = `/v1/mailboxes/${house.mailbox}/emails/${message.id}`;
  return [
    ["POST", "/v1/send", house.letter()],
    ["POST", `/v1/mailboxes/${house.mailbox}/send`, { ...house.letter(), mailbox: undefined }],
    ["PATCH", one, { body: "Edited." }],
    ["POST", `${one}/cancel`, undefined],
    ["POST", `/v1/emails/${message.id}/cancel`, undefined],
    ["POST", "/v1/oversight/decide", { pending_id: message.pending_id, decision: "approve" }],
    ["POST", `/v1/emails/${message.id}/resolve`, { outcome: "retry", digest: message.digest }],
    ["PATCH", `/v1/mailboxes/${house.mailbox}`, { oversight_mode: "read_only" }],
    ["GET", `/v1/mailboxes/${house.mailbox}`, undefined],
    ["GET", `/v1/mailboxes/${house.mailbox}/inbox`, undefined],
    ["GET", `/v1/mailboxes/${house.mailbox}/emails`, undefined],
    ["GET", one, undefined],
    ["GET", `${one}/raw`, undefined],
    ["GET", `/v1/emails/${message.id}`, undefined],
    ["GET", `/v1/mailboxes/${house.mailbox}/threads/${message.thread_id}`, undefined],
    ["GET", `/v1/oversight/pending?mailbox=${house.mailbox}`, undefined],
    ["GET", `/v1/audit-log/export?mailbox=${house.mailbox}`, undefined],
  ];
};

const untouched = async (house: House, message: Shown, before: Shown): Promise<void> => {
  same(await house.show(message), before, "the message afterwards");
  await house.nothingLeaves();
};

/** For each scope alone, what it may do; everything else is a 403. */
const may: Readonly<Record<Scope, RegExp>> = {
  read: /^GET \/v1\/(mailboxes|emails|oversight\/pending)/,
  send: /^(POST \/v1\/send|POST \/v1\/mailboxes\/[^/]+\/send|GET \/v1\/mailboxes\/[^/]+$|PATCH \/v1\/mailboxes\/[^/]+$)/,
  oversight: /^(GET |PATCH .*\/emails\/|POST \/v1\/oversight\/decide|POST .*\/resolve)/,
  admin: /^(GET |POST .*\/cancel|PATCH \/v1\/mailboxes\/[^/]+$|POST .*\/resolve)/,
};

const scopeCheck = (scope: Scope, i: number): Check => ({
  id: `service-access-000${i + 1}`,
  comment: `a key with ${scope} alone does no more than that`,
  requirements: ["OV-20", "OV-37"],
  flags: ["Escalation"],
  run: async (world) => {
    const house = await world.house();
    const { key } = await house.issue({
      scopes: [scope],
      id: unique(scope),
      kind: scope === "send" ? "agent" : "person",
    });
    const message = await house.sent();
    const before = await house.show(message);
    for (const [method, path, body] of requests(house, message)) {
      if (may[scope].test(`${method} ${path}`)) continue;
      isRefused(await world.call(method, path, key, body), 403);
    }
    for (const [method, path, body] of [
      ["POST", "/v1/mailboxes", { address: `${unique("box")}@${world.domain}`, agent_id: "a" }],
      ["POST", "/v1/api-keys", { name: "x", scopes: ["read"], principal: { kind: "person", id: unique("x") } }],
      ["GET", "/v1/api-keys", undefined],
      ["POST", "/v1/halt", undefined],
      ["POST", "/v1/resume", undefined],
    ] as const) {
      if (scope !== "admin") isRefused(await world.call(method, path, key, body), 403);
    }
    await untouched(house, message, before);
  },
});

export const accessChecks: readonly Check[] = [
  ...(["read", "send", "oversight", "admin"] as const).map(scopeCheck),
  {
    id: "service-access-0005",
    comment: "without a good key everything is a 401",
    requirements: ["OV-20"],
    flags: ["Escalation", "Leak"],
    run: async (world: World) => {
      const house = await world.house();
      const revoked = await house.issue({ scopes: ["read", "oversight"], id: unique("gone") });
      hasStatus(await world.call("DELETE", `/v1/api-keys/${revoked.id}`, house.operator), 200);
      const message = await house.sent();
      const before = await house.show(message);
      const keys = [
        null,
        "",
        revoked.key,
        `mm_live_${"x".repeat(43)}`,
        `${house.operator}x`,
        house.operator.slice(0, -1),
        "mm_live_' OR '1'='1",
      ];
      for (const [method, path, body] of requests(house, message)) {
        for (const key of keys) isRefused(await world.call(method, path, key, body), 401);
      }
      await untouched(house, message, before);
    },
  },
  {
    id: "service-access-0006",
    comment: "a key counts in the Authorization header alone, as it stands",
    requirements: ["OV-20"],
    flags: ["Leak"],
    run: async (world) => {
      const { agent } = await world.house();
      for (const [path, headers] of [
        [`/v1/mailboxes?api_key=${agent}&access_token=${agent}`, {}],
        ["/v1/mailboxes", { cookie: `token=${agent}` }],
        ["/v1/mailboxes", { authorization: `Bearer ${agent.toUpperCase()}` }],
        ["/v1/mailboxes", { authorization: `Bearer ${agent}, Bearer ${agent}` }],
      ] as const) {
        const answer = isRefused(await world.call("GET", path, null, undefined, headers), 401);
        expect(
          /bearer/i.test(answer.headers.get("www-authenticate") ?? ""),
          `a 401 says how to authenticate: ${excerpt(answer)}`,
        );
      }
    },
  },
  {
    id: "service-access-0007",
    comment: "no key holds send and oversight together, nor does an agent's hold oversight or admin",
    requirements: ["OV-37", "OV-53"],
    flags: ["SelfApproval"],
    run: async (world) => {
      const house = await world.house();
      const make = (scopes: readonly string[], kind: string) =>
        world.call("POST", "/v1/api-keys", house.operator, { name: "x", scopes, principal: { kind, id: unique("x") } });
      for (const scopes of [
        ["send", "oversight"],
        ["read", "send", "oversight", "admin"],
        ["oversight", "send"],
      ]) {
        isRefused(await make(scopes, "person"), 400, 403, 422);
      }
      for (const scopes of [["oversight"], ["read", "oversight"], ["admin"]])
        isRefused(await make(scopes, "agent"), 400, 403, 422);
      for (const scopes of [[], ["root"], ["read", "*"]]) isRefused(await make(scopes, "person"), 400, 422);
    },
  },
  {
    id: "service-access-0008",
    comment: "an agent's id is no person's, and a person's no agent's, not even in other letters",
    requirements: ["OV-53", "OV-23"],
    flags: ["SelfApproval", "Bypass"],
    run: async (world) => {
      const house = await world.house();
      const make = (kind: string, id: string, scopes: readonly string[]) =>
        world.call("POST", "/v1/api-keys", house.operator, { name: "x", scopes, principal: { kind, id } });
      isRefused(await make("person", house.agentId, ["oversight"]), 400, 409, 422);
      isRefused(await make("agent", house.aliceId, ["send"]), 400, 409, 422);
      isRefused(await make("person", house.aliceId.toUpperCase(), ["oversight"]), 400, 409, 422);
    },
  },
  {
    id: "service-access-0009",
    comment: "a key is shown once",
    requirements: ["OV-20"],
    flags: ["Leak"],
    run: async (world) => {
      const house = await world.house();
      const { key } = await house.issue({ scopes: ["read"], id: unique("once") });
      const list = hasStatus(await world.call("GET", "/v1/api-keys", house.operator), 200);
      expect(!list.text.includes(key), "the list of keys shows a whole key");
      expect(!JSON.stringify(await house.log()).includes(key), "the log shows a whole key");
    },
  },
  {
    id: "service-access-0010",
    comment: "another tenant's mailbox, mail, queue and log are not there",
    requirements: ["OV-20"],
    flags: ["Leak"],
    feature: "tenants",
    run: async (world) => {
      const [ours, theirs] = [await world.house(), await world.house({}, world.otherAdmin!)];
      const message = await theirs.sent();
      const before = await theirs.show(message);
      const unlike: Answer[] = [];
      for (const key of [ours.agent, ours.alice, ours.operator]) {
        for (const [method, path, body] of requests(theirs, message)) {
          // Where the key may not do it anywhere, 403 says nothing of the id.
          const answer = isRefused(await world.call(method, path, key, body), 403, 404);
          if (answer.status === 403 && key === ours.operator && method === "GET") unlike.push(answer);
        }
        isRefused(await world.call("GET", `/v1/mailboxes/${ours.mailbox}/emails/${message.id}`, key), 404);
      }
      expect(unlike.length === 0, `another tenant's is a 404: ${unlike.map(excerpt).join("; ")}`);
      for (const path of ["/v1/oversight/pending?limit=100", "/v1/audit-log?limit=100", "/v1/mailboxes"]) {
        const { text } = hasStatus(await world.call("GET", path, ours.operator), 200);
        expect(!text.includes(message.id) && !text.includes(theirs.mailbox), `${path} shows another tenant's`);
      }
      await untouched(theirs, message, before);
    },
  },
  {
    id: "service-access-0011",
    comment: "another tenant's reviewer cannot decide, and its agent's idempotency key is its own",
    requirements: ["OV-20", "OV-53"],
    flags: ["Leak", "Bypass"],
    feature: "tenants",
    run: async (world) => {
      const [ours, theirs] = [await world.house(), await world.house({}, world.otherAdmin!)];
      const message = await theirs.sent({ idempotency_key: "the-same" });
      for (const names of [
        { pending_id: message.pending_id },
        { email_id: message.id, digest: message.digest },
        { message_id: message.message_id },
      ]) {
        for (const decision of ["approve", "reject"]) {
          isRefused(await world.call("POST", "/v1/oversight/decide", ours.alice, { ...names, decision }), 404, 422);
        }
      }
      expect(
        (await ours.sent({ idempotency_key: "the-same" })).id !== message.id,
        "an idempotency key reaches over to another tenant",
      );
      await theirs.nothingLeaves();
    },
  },
  {
    id: "service-access-0012",
    comment: "a key confined to one mailbox finds nothing in another",
    requirements: ["OV-20"],
    flags: ["Leak"],
    run: async (world) => {
      const [here, there] = [await world.house(), await world.house()];
      const [inHere, inThere] = [await here.sent(), await there.sent()];
      const before = await there.show(inThere);
      const confined = { mailboxes: [here.mailbox] };
      const keys = [
        (await here.issue({ scopes: ["read", "send"], id: unique("agent"), kind: "agent", ...confined })).key,
        (await here.issue({ scopes: ["read"], id: unique("reader"), ...confined })).key,
        (await here.issue({ scopes: ["read", "oversight"], id: unique("rita"), ...confined })).key,
      ];
      for (const key of keys) {
        for (const [method, path, body] of requests(there, inThere))
          isRefused(await world.call(method, path, key, body), 403, 404);
        isRefused(await world.call("GET", `/v1/mailboxes/${here.mailbox}/emails/${inThere.id}`, key), 404);
        const { text } = hasStatus(await world.call("GET", "/v1/oversight/pending?limit=100", key), 200);
        expect(
          !text.includes(inThere.id) && text.includes(inHere.id),
          "the queue shows what is not in the key's mailbox, or not what is",
        );
      }
      await untouched(there, inThere, before);
    },
  },
  {
    id: "service-access-0013",
    comment: "an operator's key confined to one mailbox operates nothing else",
    requirements: ["OV-37"],
    flags: ["Escalation"],
    run: async (world) => {
      const [here, there] = [await world.house(), await world.house()];
      const { key } = await here.issue({ scopes: ["read", "admin"], id: unique("janitor"), mailboxes: [here.mailbox] });
      for (const [method, path, body] of [
        [
          "POST",
          "/v1/api-keys",
          { name: "up", scopes: ["read", "admin"], principal: { kind: "person", id: unique("up") } },
        ],
        [
          "POST",
          "/v1/mailboxes",
          { address: `${unique("up")}@${world.domain}`, agent_id: "up", oversight_mode: "autonomous" },
        ],
        ["PATCH", `/v1/mailboxes/${there.mailbox}`, { oversight_mode: "autonomous" }],
        ["POST", "/v1/halt", undefined],
        ["POST", `/v1/reviewers/${there.aliceId}/revoke`, undefined],
        ["POST", "/v1/lists/send/block", { entry: `${unique("up")}.example` }],
      ] as const) {
        isRefused(await world.call(method, path, key, body), 403, 404);
      }
      hasStatus(await here.setMode("gated_all", key), 200);
    },
  },
  {
    id: "service-access-0014",
    comment: "a revoked key does nothing from the answer on",
    requirements: ["OV-20"],
    flags: ["Escalation"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      const agent = await house.issue({ scopes: ["read", "send"], id: unique("agent"), kind: "agent" });
      await house.leaves(await house.sent({}, agent.key));
      hasStatus(await world.call("DELETE", `/v1/api-keys/${agent.id}`, house.operator), 200);
      isRefused(await house.send({}, agent.key), 401);
      await house.nothingLeaves();
    },
  },
];

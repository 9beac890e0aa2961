/**
 * Who may do what: every route of the API's own description, with every kind of key, and with ids of another tenant or of a
 * mailbox the key is confined from. A route that is not in the table below fails the test.
 */
import { connect } from "node:net";
import { afterAll, assert, beforeAll, describe } from "vitest";
import { routes } from "./routeAccess.ts";
import type { Answer } from "../support/answer.ts";
import { letter } from "../support/letter.ts";
import { operatorKey } from "../support/credentials.ts";
import { inTurn } from "../support/inTurn.ts";
import { isError } from "../support/answer.ts";
import { postgres, sqlite } from "../support/databases.ts";
import { startDeployment, type Deployment } from "../support/deployment.ts";
import { type Tenant, unique } from "../support/tenant.ts";

/** Puts ids where the path or the body names them. */
const filled = (text: string, ids: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => ids[name] ?? whole);

for (const store of [sqlite, postgres]) {
  describe.concurrent(`access on ${store.name}`, () => {
    let deployment: Deployment;
    let ours: Tenant;
    let theirs: Tenant;
    // oxlint-disable-next-line typescript/no-explicit-any
    let mail: any;
    let declared: readonly string[];

    const ask = (route: string, ids: Readonly<Record<string, string>>, key: string | null): Promise<Answer> => {
      const [method, path] = route.split(" ") as [string, string];
      const body = routes[route]?.body?.();
      return deployment.call(
        method,
        filled(path, ids),
        key,
        body === undefined ? undefined : JSON.parse(filled(JSON.stringify(body), ids)),
      );
    };

    beforeAll(async () => {
      deployment = await startDeployment(store);
      [ours, theirs] = [await deployment.tenant(), await deployment.tenant()];
      mail = await ours.sent();
      const api = (await deployment.call("GET", "/v1/openapi.json", null)).body;
      declared = Object.entries(api.paths as Record<string, Record<string, unknown>>).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
    });
    afterAll(async () => {
      await deployment?.stop();
    });

    const idsOf = (tenant: Tenant, message: { readonly id: string; readonly thread_id: string }, path: string) => ({
      id: path.includes("/reviewers/") ? "nobody" : path.includes("/api-keys/") ? "ak_none" : tenant.mailbox,
      emailId: message.id,
      threadId: message.thread_id,
      kind: "block",
      domain: "example.org",
      entry: "none.example",
      kid: "key_none",
    });

    inTurn("the table names every route there is, and no other", () => {
      assert.sameMembers([...declared], Object.keys(routes));
    });

    inTurn("OV-37 send-and-oversight-apart: each route answers each kind of key as the table says", async () => {
      const revoked = await ours.issue({ scopes: ["read", "oversight", "admin"], id: "gone" });
      assert.strictEqual((await deployment.call("DELETE", `/v1/api-keys/${revoked.id}`, ours.operator)).status, 200);
      const scoped = await Promise.all(
        (["read", "send", "oversight", "admin"] as const).map(
          async (scope) =>
            [
              scope,
              // Another agent: it did not write the message.
              await ours.key({ scopes: [scope], id: `only-${scope}`, kind: scope === "send" ? "agent" : "person" }),
            ] as const,
        ),
      );
      const strangers: readonly (readonly [string, string | null])[] = [
        ["no key", null],
        ["an empty key", ""],
        ["a revoked key", revoked.key],
        ["a made-up key", `mm_live_${"x".repeat(43)}`],
        ["half a key", ours.operator.slice(0, 20)],
        ["a key and more", `${ours.operator}x`],
        ["a key with SQL", "mm_live_' OR '1'='1' --"],
      ];
      const spare = await ours.issue({ scopes: ["read"], id: "spare" });
      const wrong: string[] = [];
      for (const route of declared) {
        const access = routes[route]?.access ?? [];
        const ids = (message: typeof mail) => ({
          ...idsOf(ours, message, route),
          ...(route.includes("/api-keys/") ? { id: spare.id } : {}),
        });
        for (const [who, key] of strangers) {
          const answer = await ask(route, ids(mail), key);
          const fine = access === "open" ? ![401, 403].includes(answer.status) : answer.status === 401;
          if (!fine) wrong.push(`${route} with ${who}: ${answer.status} ${answer.text.slice(0, 120)}`);
          if (answer.status === 401) isError(answer);
        }
        for (const [scope, key] of scoped) {
          const allowed = access === "open" || access === "any" || access.includes(scope);
          // A fresh message for what changes it.
          const message = allowed && /emailId|decide/.test(route) ? await ours.sent() : mail;
          const answer = await ask(route, ids(message), key);
          const fine = allowed ? ![401, 403, 500, 503].includes(answer.status) : answer.status === 403;
          if (!fine) wrong.push(`${route} with ${scope}: ${answer.status} ${answer.text.slice(0, 120)}`);
          if (!allowed) {
            isError(answer);
            // Whoever shows only `error` still says the way out.
            assert.include(answer.body.error, answer.body.hint, answer.text);
          }
        }
        await deployment.call("POST", "/v1/resume", ours.operator);
      }
      assert.deepStrictEqual(wrong, []);
      // None of all this moved the one message that was not theirs to move.
      assert.include(["pending_approval", "rejected"], (await ours.show(mail.id)).status);
    });

    /** What is refused on the log names its entry, which tells nothing of the id asked for. */
    const unnumbered = ({ text }: { readonly text: string }) => text.replace(/"log_index":\d+/, '"log_index":0');

    inTurn("what is another tenant's is not there: 404 on every route, and nothing of it changes", async () => {
      const foreign = await theirs.sent({ subject: "Ours alone" });
      const before = await theirs.show(foreign.id);
      const key = await theirs.issue({ scopes: ["read"], id: "theirs" });
      const wrong: string[] = [];
      await deployment.unchanged(
        [theirs, ours],
        async () => {
          for (const route of declared) {
            if (!/\{(id|emailId|threadId)\}/.test(`${route}${JSON.stringify(routes[route]?.body?.())}`)) continue;
            if (route.includes("/reviewers/")) continue;
            for (const who of [ours.agent, ours.alice, ours.operator, operatorKey]) {
              const ids = { ...idsOf(theirs, foreign, route), ...(route.includes("/api-keys/") ? { id: key.id } : {}) };
              const answer = await ask(route, ids, who);
              // Where the key may not do it anywhere, 403 is as good an answer: it says nothing about the id.
              const own = await ask(
                route,
                {
                  ...ids,
                  id: "mbx_01ARZ3NDEKTSV4RRFFQ69G5FAV",
                  emailId: "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV",
                  threadId: "thr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
                },
                who,
              );
              if (![404, 403].includes(answer.status) || unnumbered(answer) !== unnumbered(own)) {
                wrong.push(
                  `${route}: ${answer.status} ${answer.text.slice(0, 100)}, and ${own.status} ${own.text.slice(0, 100)} for what never was`,
                );
              }
            }
          }
          for (const [path, status] of [
            [`/v1/oversight/pending?mailbox=${theirs.mailbox}`, 404],
            [`/v1/oversight/pending?mailbox=${theirs.address}`, 404],
            [`/v1/audit-log?mailbox=${theirs.mailbox}`, 404],
            [`/v1/audit-log/export?mailbox_id=${theirs.mailbox}`, 404],
            [`/v1/mailboxes/${ours.mailbox}/emails/${foreign.id}`, 404],
            [`/v1/mailboxes/${theirs.address}/emails`, 404],
          ] as const) {
            const answer = await deployment.call("GET", path, ours.operator);
            if (answer.status !== status) wrong.push(`${path}: ${answer.status}`);
          }
          const entries = await deployment.call("GET", `/v1/audit-log?message_id=${foreign.id}`, ours.operator);
          assert.deepStrictEqual(entries.body.entries, []);
          for (const names of [
            { pending_id: foreign.pending_id },
            { email_id: foreign.id },
            { message_id: foreign.message_id },
          ]) {
            const answer = await deployment.call("POST", "/v1/oversight/decide", ours.alice, {
              ...names,
              decision: "approve",
            });
            assert.oneOf(answer.status, [404, 422], answer.text);
          }
          const confined = await deployment.call("POST", "/v1/api-keys", ours.operator, {
            name: "spy",
            scopes: ["read"],
            principal: { kind: "person", id: "spy" },
            mailboxes: [theirs.mailbox],
          });
          assert.strictEqual(confined.status, 404, confined.text);
        },
        // Those who are no operators and tried to revoke a key, or to release a hold: refused, and on the log.
        { refusedEntries: 8 },
      );
      assert.deepStrictEqual(wrong, []);
      assert.deepStrictEqual(await theirs.show(foreign.id), before);
      // Lists, logs and queues hold nothing of it either.
      for (const path of [
        "/v1/oversight/pending",
        "/v1/audit-log?limit=100",
        "/v1/audit-log/export",
        "/v1/mailboxes",
        "/v1/api-keys",
      ]) {
        const { text } = await deployment.call("GET", path, ours.operator);
        assert.notInclude(text, foreign.id, path);
        assert.notInclude(text, theirs.mailbox, path);
      }
    });

    inTurn("an idempotency key belongs to a principal of a tenant", async () => {
      const key = { idempotency_key: "the-same" };
      const first = await ours.sent(key);
      const other = await ours.key({ scopes: ["send"], id: "agent-2", kind: "agent" });
      const [second, third] = [await ours.sent(key, other), await theirs.sent(key)];
      assert.strictEqual(new Set([first.id, second.id, third.id]).size, 3);
    });

    inTurn("a key confined to one mailbox finds nothing in another, whatever its scopes", async () => {
      const other = await ours.makeMailbox();
      const inOther = await ours.sent({ mailbox: other.id });
      const here = await ours.sent();
      const [agent, reader, reviewer] = await Promise.all([
        ours.key({ scopes: ["read", "send"], id: "agent-3", kind: "agent", mailboxes: [ours.mailbox] }),
        ours.key({ scopes: ["read"], id: "reader", mailboxes: [ours.address] }),
        ours.key({ scopes: ["read", "oversight"], id: "rita", mailboxes: [ours.mailbox] }),
      ]);
      await deployment.unchanged([ours], async () => {
        for (const key of [agent, reader, reviewer]) {
          for (const path of [
            `/v1/mailboxes/${other.id}`,
            `/v1/mailboxes/${other.address}/emails`,
            `/v1/mailboxes/${other.id}/emails/${inOther.id}`,
            `/v1/mailboxes/${ours.mailbox}/emails/${inOther.id}`,
            `/v1/mailboxes/${other.id}/emails/${inOther.id}/raw`,
            `/v1/mailboxes/${other.id}/threads/${inOther.thread_id}`,
            `/v1/mailboxes/${ours.mailbox}/threads/${inOther.thread_id}`,
            `/v1/emails/${inOther.id}`,
            `/v1/emails/${inOther.pending_id}`,
            `/v1/oversight/pending?mailbox=${other.id}`,
          ]) {
            const answer = await deployment.call("GET", path, key);
            isError(answer);
            assert.strictEqual(answer.status, 404, `${path}: ${answer.text}`);
          }
          const pending = (await deployment.call("GET", "/v1/oversight/pending?limit=100", key)).text;
          assert.notInclude(pending, inOther.id);
          assert.include(pending, here.id);
          assert.notInclude((await deployment.call("GET", "/v1/mailboxes", key)).text, other.id);
        }
        assert.strictEqual((await ours.send({ mailbox: other.id }, agent)).status, 404);
        assert.strictEqual((await ours.send({ mailbox: other.address }, agent)).status, 404);
        assert.strictEqual((await ours.setMode("read_only", agent, other.id)).status, 404);
        assert.strictEqual((await ours.decide(reviewer, inOther)).status, 404);
        const cancelled = await deployment.call("POST", `/v1/emails/${inOther.id}/cancel`, agent);
        assert.strictEqual(cancelled.status, 404, cancelled.text);
        // The log of all mailboxes is not for it either, nor one entry of another.
        for (const path of ["/v1/audit-log", "/v1/audit-log/export", `/v1/audit-log?message_id=${inOther.id}`]) {
          const answer = await deployment.call("GET", path, reviewer);
          isError(answer);
          assert.oneOf(answer.status, [403, 404, 422], answer.text);
        }
        assert.strictEqual((await deployment.call("GET", `/v1/audit-log?mailbox=${other.id}`, reviewer)).status, 404);
        const own = await deployment.call("GET", `/v1/audit-log/export?mailbox=${ours.mailbox}`, reviewer);
        assert.strictEqual(own.status, 200, own.text);
        assert.include(own.text, here.id);
        assert.notInclude(own.text, inOther.id);
      });
      assert.strictEqual((await ours.decide(reviewer, here)).status, 200);
    });

    inTurn("an operator's key that is confined to one mailbox operates nothing else", async () => {
      const confined = await ours.key({ scopes: ["read", "admin"], id: "janitor", mailboxes: [ours.mailbox] });
      const other = await ours.makeMailbox();
      const victim = await ours.issue({ scopes: ["read"], id: "victim" });
      const wrong: string[] = [];
      await deployment
        .unchanged(
          [ours],
          async () => {
            for (const [method, path, body] of [
              [
                "POST",
                "/v1/api-keys",
                { name: "up", scopes: ["read", "admin"], principal: { kind: "person", id: "up" } },
              ],
              [
                "POST",
                "/v1/api-keys",
                { name: "up", scopes: ["oversight"], principal: { kind: "person", id: "up" }, mailboxes: [other.id] },
              ],
              ["GET", "/v1/api-keys", undefined],
              ["DELETE", `/v1/api-keys/${victim.id}`, undefined],
              [
                "POST",
                "/v1/mailboxes",
                { address: `${unique("up")}@acme.example`, agent_id: "up", oversight_mode: "autonomous" },
              ],
              ["PATCH", `/v1/mailboxes/${other.id}`, { oversight_mode: "autonomous" }],
              ["POST", "/v1/halt", undefined],
              ["POST", "/v1/resume", undefined],
              ["POST", "/v1/reviewers/alice/revoke", undefined],
              ["POST", "/v1/reviewers/alice/reinstate", undefined],
              ["POST", "/v1/tenants", { name: "up" }],
              ["POST", "/v1/lists/send/block", { entry: "example.org" }],
              ["DELETE", "/v1/lists/send/block/example.org", undefined],
            ] as const) {
              const answer = await deployment.call(method, path, confined, body);
              if (![403, 404].includes(answer.status))
                wrong.push(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 100)}`);
            }
          },
          { refusedEntries: 20 },
        )
        .catch((error: unknown) => wrong.push(String(error).slice(0, 200)));
      assert.deepStrictEqual(wrong, []);
      // Its own mailbox it may operate.
      assert.strictEqual((await ours.setMode("gated_all", confined)).status, 200);
      assert.strictEqual((await ours.setMode("gated_send", confined)).status, 200);
    });

    inTurn("a key that is revoked while its body is on the way does nothing", async () => {
      const late = await ours.issue({ scopes: ["read", "send"], id: "late", kind: "agent" });
      const body = JSON.stringify(letter({ mailbox: ours.mailbox, subject: "Too late" }));
      const answer = await new Promise<string>((resolve, reject) => {
        let seen = "";
        const socket = connect(Number(new URL(deployment.server.base).port), "127.0.0.1");
        socket.on("data", (chunk) => (seen += chunk.toString()));
        socket.on("close", () => resolve(seen));
        socket.on("error", reject);
        socket.setTimeout(10_000, () => socket.destroy());
        const play = async () => {
          socket.write(
            `POST /v1/send HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${late.key}\r\ncontent-type: application/json\r\n` +
              `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body.slice(0, 40)}`,
          );
          // Long enough for the headers to have been read and the key to have been found good.
          await new Promise((wait) => setTimeout(wait, 200));
          assert.strictEqual((await deployment.call("DELETE", `/v1/api-keys/${late.id}`, ours.operator)).status, 200);
          socket.write(body.slice(40));
        };
        play().catch(reject);
      });
      assert.match(answer, /^HTTP\/1\.1 401 /);
      assert.notInclude(
        (await deployment.call("GET", `/v1/mailboxes/${ours.mailbox}/emails?limit=100`, ours.operator)).text,
        "Too late",
      );
    });

    inTurn("a key is read from one place only, and its case counts", async () => {
      const { agent } = ours;
      for (const [name, path, headers] of [
        ["the query", `/v1/mailboxes?api_key=${agent}&access_token=${agent}`, {}],
        ["another header", "/v1/mailboxes", { "x-api-key": agent }],
        ["a cookie", "/v1/mailboxes", { cookie: `token=${agent}` }],
        ["Basic", "/v1/mailboxes", { authorization: `Basic ${Buffer.from(`${agent}:`).toString("base64")}` }],
        ["lower case", "/v1/mailboxes", { authorization: `Bearer ${agent.toLowerCase()}` }],
        ["two keys", "/v1/mailboxes", { authorization: `Bearer ${agent}, Bearer ${ours.operator}` }],
      ] as const) {
        const answer = await deployment.call("GET", path, null, undefined, headers);
        assert.strictEqual(answer.status, 401, name);
        assert.match(answer.headers.get("www-authenticate") ?? "", /Bearer/);
      }
    });
  });
}

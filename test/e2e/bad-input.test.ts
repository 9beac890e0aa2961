/**
 * Bad input over HTTP: each is a clear typed error, and nothing is stored, logged or sent because of it. On both stores, since
 * they disagree about what can be stored.
 */
import { connect } from "node:net";
import { afterAll, assert, beforeAll, describe } from "vitest";
import { breaks, file, letters } from "./badLetters.ts";
import { letter } from "../support/letter.ts";
import { inTurn } from "../support/inTurn.ts";
import { isError } from "../support/answer.ts";
import { postgres, sqlite } from "../support/databases.ts";
import { startDeployment, type Deployment } from "../support/deployment.ts";
import { type Tenant, unique } from "../support/tenant.ts";

/** Bodies that are not one JSON object in UTF-8. */
const malformed: readonly (readonly [name: string, body: string | Uint8Array])[] = [
  ["nothing", ""],
  ["an open brace", "{"],
  ["a list", "[]"],
  ["a word", '"send"'],
  ["null", "null"],
  ["two values", "{}{}"],
  ["a comma too many", '{"subject":"a",}'],
  ["single quotes", "{'subject':'a'}"],
  ["a comment", '{/**/"subject":"a"}'],
  ["a raw line break in a text", '{"subject":"a\nb"}'],
  ["a raw NUL", '{"subject":"a\0b"}'],
  ["bytes that are not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ["half a pair as UTF-8", new Uint8Array([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
  ["UTF-16", Buffer.from('{"subject":"a"}', "utf16le")],
  ["10,000 levels", `{"subject":${"[".repeat(10_000)}${"]".repeat(10_000)}}`],
];

for (const store of [sqlite, postgres]) {
  describe.concurrent(`bad input on ${store.name}`, () => {
    let deployment: Deployment;
    let tenant: Tenant;
    const nothing = <A>(request: () => Promise<A>, refusedEntries = 0) =>
      deployment.unchanged([tenant], request, { refusedEntries });
    const send = (change: Record<string, unknown>) => tenant.send(change);

    beforeAll(async () => {
      deployment = await startDeployment(store);
      tenant = await deployment.tenant();
      await tenant.sent();
    });
    afterAll(async () => {
      await deployment.stop();
    });

    inTurn(`none of ${letters.length} letters that cannot be sent is`, async () => {
      const wrong: string[] = [];
      await nothing(async () => {
        for (const { name, change, status = 422, field } of letters) {
          const answer = await send(change);
          try {
            isError(answer);
            assert.strictEqual(answer.status, status);
            if (field !== undefined) assert.include(answer.body.field, field);
          } catch (error) {
            wrong.push(
              `${name}: ${answer.status} ${answer.text.slice(0, 200)} (${(error as Error).message.slice(0, 80)})`,
            );
          }
        }
      }).catch((error: unknown) => wrong.push(String(error).slice(0, 500)));
      assert.deepStrictEqual(wrong, []);
    });

    inTurn(
      "a letter without any of this is taken, which shows that the test above looks at the right thing",
      async () => {
        const answer = await send({ to: "Carol <carol@example.org>", headers: { "X-Ticket": "7" }, ...file({}) });
        assert.strictEqual(answer.status, 202, answer.text);
        const failing = await nothing(() => send({})).then(
          () => null,
          (error: unknown) => error,
        );
        assert.match(String(failing), /something was stored/);
      },
    );

    inTurn("a body that is not one JSON object in UTF-8", async () => {
      for (const [name, body] of malformed) {
        const answer = await nothing(async () => {
          const response = await fetch(`${deployment.server.base}/v1/send`, {
            method: "POST",
            headers: { authorization: `Bearer ${tenant.agent}`, "content-type": "application/json" },
            body: new Blob([body as string]),
          });
          const text = await response.text();
          return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
        });
        isError(answer);
        assert.strictEqual(answer.status, 400, `${name}: ${answer.text}`);
      }
    });

    inTurn("a body that is not declared as JSON", async () => {
      const types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a",
        "application/xml",
        "json",
      ];
      for (const type of types) {
        const body = JSON.stringify(letter({ mailbox: tenant.mailbox }));
        const answer = await nothing(() =>
          deployment.call("POST", "/v1/send", tenant.agent, body, { "content-type": type }),
        );
        isError(answer);
        assert.strictEqual(answer.status, 415, `${type}: ${answer.text}`);
      }
    });

    inTurn("30 MB: in one text, in an attachment, in chunks; the server stays up", async () => {
      const text = "x".repeat(30 * 1024 * 1024);
      for (const change of [{ body: text }, file({ content_base64: text }), { note: text }]) {
        const answer = await nothing(() => send(change));
        isError(answer);
        assert.strictEqual(answer.status, 413, answer.text);
        assert.strictEqual(answer.body.code, "too_large");
      }
      // A message that is too large although its request is not.
      const bytes = Buffer.alloc(19 * 1024 * 1024).toString("base64");
      const large = await nothing(() => send(file({ content_base64: bytes })));
      isError(large);
      assert.strictEqual(large.status, 413, large.text);
      let left = 30;
      const chunked = await nothing(() =>
        fetch(`${deployment.server.base}/v1/send`, {
          method: "POST",
          headers: { authorization: `Bearer ${tenant.agent}`, "content-type": "application/json" },
          body: new ReadableStream({
            pull: (to) => (left-- > 0 ? to.enqueue(Buffer.alloc(1024 * 1024, 0x20)) : to.close()),
          }),
          duplex: "half",
        } as RequestInit),
      );
      assert.strictEqual(chunked.status, 413);
      assert.strictEqual(((await chunked.json()) as { code: string }).code, "too_large");
      assert.strictEqual((await deployment.call("GET", "/health", null)).status, 200);
      assert.isNull(deployment.server.child.exitCode);
    });

    inTurn("what operators type is looked at as well", async () => {
      const { operator, call } = tenant;
      const box = (fields: Record<string, unknown>) =>
        call("POST", "/v1/mailboxes", operator, {
          address: `${unique("new")}@acme.example`,
          agent_id: "agent-1",
          ...fields,
        });
      const key = (fields: Record<string, unknown>) =>
        call("POST", "/v1/api-keys", operator, {
          name: "new",
          scopes: ["read"],
          principal: { kind: "person", id: "new" },
          ...fields,
        });
      const block = (entry: string, reason?: string) =>
        call("POST", "/v1/lists/send/block", operator, { entry, ...(reason === undefined ? {} : { reason }) });
      const requests: (readonly [name: string, request: () => ReturnType<typeof call>])[] = [
        ["an unknown mode", () => box({ oversight_mode: "trusted" })],
        ["an address that is taken", () => box({ address: tenant.address })],
        ["an address that is taken but for case", () => box({ address: tenant.address.toUpperCase() })],
        ["a list as address", () => box({ address: "a@acme.example, b@acme.example" })],
        ["an agent with a space", () => box({ agent_id: "a b" })],
        ["an agent with a semicolon", () => box({ agent_id: "a; kid=key_x" })],
        ["a quorum of 0", () => box({ quorum: 0 })],
        ["a quorum of 17", () => box({ policy: { quorum: 17 } })],
        ["a quorum of 1.5", () => box({ quorum: 1.5 })],
        ["a quorum in words", () => box({ quorum: "two" })],
        ["a window of no time", () => box({ decision_window: 0 })],
        ["a display name of 300 letters", () => box({ display_name: "d".repeat(300) })],
        ["an agent_ref of 2,000 letters", () => box({ agent_ref: "r".repeat(2000) })],
        ["an oversight address that is a list", () => box({ oversight_address: "a@acme.example,b@acme.example" })],
        ["send with oversight", () => key({ scopes: ["send", "oversight"] })],
        ["an agent with oversight", () => key({ scopes: ["oversight"], principal: { kind: "agent", id: "robot" } })],
        ["an agent with admin", () => key({ scopes: ["admin"], principal: { kind: "agent", id: "robot" } })],
        ["an unknown scope", () => key({ scopes: ["root"] })],
        ["no scope", () => key({ scopes: [] })],
        ["a scope twice", () => key({ scopes: ["read", "read"] })],
        ["an unknown kind", () => key({ principal: { kind: "system", id: "new" } })],
        ["no mailbox at all", () => key({ mailboxes: [] })],
        ["an unknown mailbox", () => key({ mailboxes: ["mbx_01ARZ3NDEKTSV4RRFFQ69G5FAV"] })],
        ["an agent's id for a person", () => key({ principal: { kind: "person", id: "agent-1" } })],
        [
          "a person's id but for case",
          () => key({ principal: { kind: "person", id: "ALICE" }, scopes: ["oversight"] }),
        ],
        ["a person's id for an agent", () => key({ principal: { kind: "agent", id: "alice" } })],
        ["an entry that is a sentence", () => block("all of them")],
        ["an entry of dots", () => block("..")],
        ["an empty entry", () => block("")],
        ["a kind of list that is not", () => call("POST", "/v1/lists/send/maybe", operator, { entry: "a.example" })],
        ["a reviewer with a space", () => call("POST", "/v1/reviewers/a%20b/revoke", operator)],
        ["a reviewer of 1,000 letters", () => call("POST", `/v1/reviewers/${"a".repeat(1000)}/revoke`, operator)],
        ["a key that is not", () => call("DELETE", "/v1/api-keys/ak_none", operator)],
        [
          "a setting that is fixed",
          () => call("PATCH", `/v1/mailboxes/${tenant.mailbox}`, operator, { agent_id: "eve" }),
        ],
        ["an unknown mode for a mailbox", () => tenant.setMode("autonomous!")],
        ["%00 in a path", () => call("GET", "/v1/mailboxes/a%00b", operator)],
        ["%00 in a query", () => call("GET", "/v1/oversight/pending?mailbox=a%00b", operator)],
        ["half a character in a path", () => call("GET", "/v1/mailboxes/%E2%82", operator)],
        ["a cursor that is not", () => call("GET", "/v1/audit-log?cursor=-1", operator)],
        ["a limit of 0", () => call("GET", "/v1/audit-log?limit=0", operator)],
        ["a limit of 1e9", () => call("GET", "/v1/oversight/pending?limit=1000000000", operator)],
        ["a moment that is not", () => call("GET", "/v1/audit-log?since=yesterday", operator)],
        ["a format that is not", () => call("GET", "/v1/audit-log/export?format=xml", operator)],
        ["a status that is not", () => call("GET", `/v1/mailboxes/${tenant.mailbox}/emails?status=gone`, operator)],
      ];
      for (const [name, text] of breaks) {
        requests.push(
          [`${name} in a mailbox's address`, () => box({ address: `new@acme${text}.example` })],
          [`${name} in an oversight address`, () => box({ oversight_address: `o@acme.example${text}` })],
          [`${name} in a display name`, () => box({ display_name: `Support${text}Bcc: eve@example.net` })],
          [`${name} in an agent_ref`, () => box({ agent_ref: `ref${text}` })],
          [`${name} in an agent_id`, () => box({ agent_id: `agent${text}` })],
          [`${name} in a key's name`, () => key({ name: `a${text}b` })],
          [`${name} in a principal`, () => key({ principal: { kind: "person", id: `a${text}` } })],
          [`${name} in an owner`, () => key({ owner: `a${text}` })],
          [`${name} in a list's entry`, () => block(`evil${text}.example`)],
          [
            `${name} in a reviewer`,
            () => call("POST", `/v1/reviewers/${encodeURIComponent(`a${text}b`)}/revoke`, operator),
          ],
        );
      }
      requests.push(["NUL in a list's reason", () => block("evil.example", "a\0b")]);
      const wrong: string[] = [];
      await nothing(async () => {
        for (const [name, request] of requests) {
          const answer = await request();
          try {
            isError(answer);
            assert.include([400, 404, 409, 422], answer.status);
            // What cannot be stored is the caller's fault; what is stored already is not.
            if (/CR|LF|NUL|NEL|SEPARATOR|OVERRIDE/.test(name)) assert.include([400, 404, 422], answer.status);
          } catch (error) {
            wrong.push(
              `${name}: ${answer.status} ${answer.text.slice(0, 200)} (${(error as Error).message.slice(0, 80)})`,
            );
          }
        }
      }).catch((error: unknown) => wrong.push(String(error).slice(0, 500)));
      assert.deepStrictEqual(wrong, []);
    });

    inTurn("a tenant's name is one line", async () => {
      const operator = `mm_live_${"o".repeat(43)}`;
      for (const [name, text] of breaks) {
        const answer = await deployment.call("POST", "/v1/tenants", operator, { name: `a${text}b` });
        isError(answer);
        assert.oneOf(answer.status, [400, 422], `${name}: ${answer.text}`);
      }
      for (const name of ["", " ", "n".repeat(129)]) {
        isError(await deployment.call("POST", "/v1/tenants", operator, { name }));
      }
    });

    inTurn("unknown paths and methods, and what is no HTTP, are answered in JSON", async () => {
      for (const [method, path, status] of [
        ["GET", "/", 404],
        ["GET", "/v1", 404],
        ["GET", "/v1/nothing", 404],
        ["POST", "/v1/send/", 404],
        ["GET", "/v1/../../etc/passwd", 404],
        ["GET", "/v1/mailboxes/..%2f..%2fetc%2fpasswd", 404],
        ["GET", "/v1/send", 405],
        ["DELETE", "/v1/send", 405],
        ["PUT", `/v1/mailboxes/${tenant.mailbox}`, 405],
        ["GET", "/v1/oversight/decide", 405],
        ["GET", "/v1/halt", 405],
        ["OPTIONS", "/v1/send", 405],
        ["PROPFIND", "/v1/send", 405],
      ] as const) {
        const answer = await nothing(() => deployment.call(method, path, tenant.operator));
        isError(answer);
        // A slash at the end may be forgiven, if it is the same route.
        if (path.endsWith("send/")) assert.oneOf(answer.status, [400, 403, 404], answer.text);
        else assert.strictEqual(answer.status, status, `${method} ${path}: ${answer.text}`);
        if (status === 405) assert.isString(answer.headers.get("allow"), `${method} ${path}`);
      }
    });

    inTurn("two requests in one, and lengths that lie, are not two requests", async () => {
      const { port } = new URL(deployment.server.base);
      const inner = JSON.stringify(letter({ mailbox: tenant.mailbox, subject: "smuggled" }));
      const second =
        `POST /v1/send HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tenant.agent}\r\n` +
        `content-type: application/json\r\ncontent-length: ${inner.length}\r\n\r\n${inner}`;
      const exchange = (octets: string) =>
        new Promise<string>((resolve) => {
          let seen = "";
          const socket = connect(Number(port), "127.0.0.1", () => socket.write(octets));
          socket.setTimeout(3000, () => socket.destroy());
          socket.on("data", (chunk) => (seen += chunk.toString()));
          socket.on("close", () => resolve(seen));
          socket.on("error", () => {});
        });
      const head = "POST /health HTTP/1.1\r\nhost: x\r\n";
      // What a proxy in front may read as one request with a body, and a careless server as two.
      const tricks: readonly string[] = [
        `${head}content-length: ${second.length}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${second}`,
        `${head}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n${second}`,
        `${head}content-length: 0\r\ncontent-length: ${second.length}\r\n\r\n${second}`,
        `${head}content-length: +${second.length}\r\n\r\n${second}`,
        `${head}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${second}`,
        `${head}transfer-encoding : chunked\r\n\r\n0\r\n\r\n${second}`,
        `${head}x: y\n\n${second}`,
        `${head}content-length: ${second.length}\r\nconnection: close\r\n\r\n${second}`,
      ];
      for (const trick of tricks) {
        const text = await nothing(() => exchange(trick));
        assert.notInclude(text, "202 Accepted", trick.slice(0, 120));
        assert.match(text, /^HTTP\/1\.1 4\d\d /, trick.slice(0, 120));
      }
    });

    inTurn("the same idempotency key: the same answer for the same request, 409 for another", async () => {
      const first = await tenant.sent({ idempotency_key: "once" });
      const repeated = await nothing(() => tenant.send({ idempotency_key: "once" }));
      assert.strictEqual(repeated.status, 200, repeated.text);
      assert.strictEqual(repeated.body.id, first.id);
      for (const change of [{ subject: "other" }, { to: "eve@example.net" }, { bcc: "eve@example.net" }, file({})]) {
        const other = await nothing(() => tenant.send({ idempotency_key: "once", ...change }));
        isError(other);
        assert.strictEqual(other.status, 409, other.text);
      }
      const two = await nothing(() =>
        deployment.call("POST", "/v1/send", tenant.agent, letter({ mailbox: tenant.mailbox, idempotency_key: "a" }), {
          "idempotency-key": "b",
        }),
      );
      assert.strictEqual(two.status, 422, two.text);
      // At once, from the same client: still one message.
      const many = await Promise.all(Array.from({ length: 16 }, () => tenant.send({ idempotency_key: "at-once" })));
      assert.strictEqual(new Set(many.map(({ body }) => body.id)).size, 1);
      assert.strictEqual(many.filter(({ status }) => status === 202).length, 1);
    });

    inTurn("the mailbox by its id or by its address is the same request", async () => {
      const first = await tenant.sent({ idempotency_key: "by-name" });
      const repeated = await nothing(() => tenant.send({ mailbox: tenant.address, idempotency_key: "by-name" }));
      assert.strictEqual(repeated.status, 200, repeated.text);
      assert.strictEqual(repeated.body.id, first.id);
    });

    inTurn("the repeat of a request whose moment has passed since is still the same request", async () => {
      const send_at = new Date((Math.floor(Date.now() / 1000) + 2) * 1000).toISOString();
      const first = await tenant.sent({ send_at, idempotency_key: "later" });
      await new Promise((resolve) => setTimeout(resolve, 2500));
      const repeated = await tenant.send({ send_at, idempotency_key: "later" });
      assert.strictEqual(repeated.status, 200, repeated.text);
      assert.strictEqual(repeated.body.id, first.id);
    });
  });
}

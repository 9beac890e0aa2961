/** Whatever is wrong, the answer is JSON of one shape, says what to do, and shows nothing of the inside. */
import { connect } from "node:net";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { declaredRoutes } from "../../src/rest/Api.ts";
import { furnish } from "../support/people.ts";
import { isError, startRest, type RestServer } from "../support/rest.ts";

let served: RestServer;
let keys: Awaited<ReturnType<typeof furnish>>;

beforeAll(async () => {
  served = await startRest();
  keys = await furnish(served);
});
afterAll(() => served.close());

const open = new Set([
  "/v1/identity/keys/:kid",
  "/.well-known/multimail-signing-key",
  "/.well-known/jwks.json",
  "/health",
  "/v1/openapi.json",
  "/v1/log/checkpoint",
  "/v1/log/keys",
  "/v1/log/tile/*",
  "/v1/proofs",
  "/v1/proofs/:ref",
]);
const concrete = (path: string): string => path.replace(":kind", "block").replace(/:[A-Za-z]+/g, "nothing");

const send = { mailbox: "support@acme.example", to: "carol@customer.example", subject: "Hello", body: "Hello" };

describe("every route", () => {
  it("answers 401 in the same words for no key, a wrong one and a malformed one", async () => {
    for (const { method, path } of declaredRoutes.filter((route) => !open.has(route.path))) {
      const texts = new Set<string>();
      for (const key of [
        null,
        `mm_live_${"x".repeat(43)}`,
        "sk_live_1",
        "mm_live_short",
        `mm_live_${"x".repeat(9000)}`,
      ]) {
        const answer = await served.call(method, concrete(path), { key });
        assert.strictEqual(answer.status, 401, `${method} ${path}`);
        assert.isTrue(isError(answer), answer.text);
        assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer /);
        texts.add(answer.text);
      }
      assert.strictEqual(texts.size, 1, `${method} ${path}`);
    }
  });

  it("answers JSON to malformed JSON, a wrong type, a wrong media type, a wrong encoding and an oversized declaration", async () => {
    const writing = declaredRoutes.filter(({ method }) => method === "POST" || method === "PATCH");
    assert.isAbove(writing.length, 10);
    for (const { method, path } of writing) {
      const at = concrete(path);
      const bodyless = /halt|resume|revoke|reinstate|(cancel|retry)$/.test(path);
      const cases: readonly (readonly [string, Parameters<RestServer["call"]>[2], number])[] = [
        ["malformed", { raw: '{"a":' }, 400],
        ["not an object", { raw: '"text"' }, 400],
        ["not UTF-8", { raw: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }, 400],
        ["form", { raw: "a=1", headers: { "content-type": "application/x-www-form-urlencoded" } }, 415],
        ["text", { raw: "hello", headers: { "content-type": "text/plain" } }, 415],
      ];
      for (const [name, call, status] of cases) {
        const answer = await served.call(method, at, { ...call, key: keys.agent });
        // Routes that take no body do not read one; what they answer is their own error.
        if (!(bodyless && status === 400))
          assert.strictEqual(answer.status, status, `${name}: ${method} ${path} ${answer.text}`);
        if (answer.status >= 400) assert.isTrue(isError(answer), `${name}: ${method} ${path} ${answer.text}`);
      }
    }
  });

  it("answers 405 with Allow for another method, 404 for another path", async () => {
    for (const { path } of declaredRoutes) {
      const answer = await served.call("PUT", concrete(path), { body: {} });
      assert.strictEqual(answer.status, 405, path);
      assert.isTrue(isError(answer), answer.text);
      const allow = new Set((answer.headers.get("allow") ?? "").split(", "));
      for (const route of declaredRoutes.filter((one) => one.path === path))
        assert.isTrue(allow.has(route.method), path);
    }
    for (const path of [
      "/",
      "/v1",
      "/v1/nothing",
      "/v2/send",
      "/v1/mailboxes/x/y/z",
      "/%ZZ",
      "/v1/mailboxes/%E0%A4%A",
    ]) {
      const answer = await served.call("GET", path);
      assert.include([400, 404], answer.status, path);
      assert.isTrue(isError(answer), `${path} ${answer.text}`);
    }
  });

  it("says a problem of RFC 9457 to whoever accepts one", async () => {
    const answer = await served.call("POST", "/v1/send", {
      key: keys.agent,
      body: {},
      headers: { accept: "application/problem+json" },
    });
    assert.strictEqual(answer.headers.get("content-type"), "application/problem+json");
    assert.deepInclude(answer.body, { type: "about:blank", title: "Bad Request", status: 400, field: "subject" });
    assert.strictEqual(answer.body.detail, answer.body.error);
  });
});

describe("a body that is too large", () => {
  it("is refused by its declared length, without a key by 401, and the server goes on", async () => {
    const large = JSON.stringify({ ...send, body: "x".repeat(30 * 1024 * 1024) });
    const answer = await served.call("POST", "/v1/send", { key: keys.agent, raw: large });
    assert.strictEqual(answer.status, 413);
    assert.strictEqual(answer.body.code, "too_large");
    assert.strictEqual((await served.call("POST", "/v1/send", { key: null, raw: large })).status, 401);
    assert.strictEqual((await served.call("GET", "/health", { key: null })).status, 200);
  });

  it("is refused on the way when its length was not declared", async () => {
    const chunk = "x".repeat(1024 * 1024);
    let left = 32;
    const response = await fetch(`${served.url}/v1/send`, {
      method: "POST",
      headers: { authorization: `Bearer ${keys.agent}`, "content-type": "application/json" },
      body: new ReadableStream({
        pull: (controller) => (left-- > 0 ? controller.enqueue(new TextEncoder().encode(chunk)) : controller.close()),
      }),
      duplex: "half",
    } as RequestInit);
    assert.strictEqual(response.status, 413);
    assert.strictEqual(((await response.json()) as { code: string }).code, "too_large");
  });
});

/** Sends octets as they are; answers what came back until the server closed the connection or said enough. */
const exchange = (octets: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let seen = "";
    const socket = connect(Number(new URL(served.url).port), "127.0.0.1", () => socket.write(octets));
    socket.setTimeout(5000, () => socket.destroy(new Error(`no end after: ${seen}`)));
    socket.on("data", (chunk) => (seen += chunk.toString()));
    socket.on("close", () => resolve(seen));
    socket.on("error", reject);
  });

describe("a body that is only announced", () => {
  it("is refused before a byte of it is read, and the connection ends", async () => {
    const text = await exchange(
      `POST /v1/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${keys.agent}\r\nContent-Type: application/json\r\nContent-Length: 31457280\r\n\r\n`,
    );
    assert.match(text, /^HTTP\/1\.1 413 /);
    assert.match(text, /connection: close/i);
    assert.strictEqual(JSON.parse(text.split("\r\n\r\n")[1]!).code, "too_large");
  });
});

describe("what is no HTTP", () => {
  it("is answered in JSON, and the connection ends", async () => {
    const text = await exchange("NONSENSE\r\n\r\n");
    assert.match(text, /^HTTP\/1\.1 400 /);
    assert.strictEqual(JSON.parse(text.split("\r\n\r\n")[1]!).code, "invalid_request");
  });
});

describe("a request that names its fault", () => {
  const refused: readonly (readonly [name: string, change: object, status: number, field: string | null])[] = [
    ["unknown mode", { oversight_mode: "yolo" }, 400, "oversight_mode"],
    ["number as subject", { subject: 7 }, 400, "subject"],
    ["number in a list", { to: ["a@b.example", 7] }, 400, "to[1]"],
    ["past send_at", { send_at: "2001-01-01T00:00:00Z" }, 422, "send_at"],
    ["local send_at", { send_at: "2101-01-01T00:00:00+02:00" }, 422, "send_at"],
    ["a day that is not", { send_at: "2101-02-30T00:00:00Z" }, 422, "send_at"],
    ["two bodies", { text: "other" }, 422, "body"],
    ["a path", { attachments: [{ name: "a", path: "/etc/passwd" }] }, 422, "attachments[0].path"],
    ["a URL", { attachments: [{ name: "a", content_base64: "", url: "http://x.example" }] }, 422, "attachments[0].url"],
    ["no bytes", { attachments: [{ name: "a" }] }, 422, "attachments[0].content_base64"],
    ["not base64", { attachments: [{ name: "a", content_base64: "***" }] }, 422, "attachments[0].content_base64"],
    ["gate later", { gate_timing: "schedule_first" }, 422, "gate_timing"],
    ["CR LF in an address", { to: "a@b.example\r\nBcc: x@y.example" }, 422, null],
    ["CR LF in a subject", { subject: "a\r\nBcc: x@y.example" }, 422, "subject"],
    ["NUL in the body", { body: "a\u0000b" }, 422, "body"],
    ["NUL in a note", { note: "a\u0000b" }, 422, "note"],
    ["half a surrogate pair", { note: "a\ud800", idempotency_key: "half" }, 422, "note"],
    ["NUL in a list", { cc: ["a@b.example", "\u0000"] }, 422, "cc[1]"],
    ["a list in one string", { to: "a@b.example, c@d.example" }, 422, null],
    ["a group", { to: "team: a@b.example;" }, 422, null],
    ["a reserved header", { headers: { "X-MultiMail-Identity": "x" } }, 422, null],
    ["CR LF in a header", { headers: { "X-A": "b\r\nBcc: x@y.example" } }, 422, null],
    ["nobody", { to: [] }, 422, "to"],
    ["NUL in a name", { "\u0000": 1 }, 422, null],
    ["an empty key", { idempotency_key: "" }, 400, "idempotency_key"],
  ];

  it.each(refused)("%s", async (_, change, status, field) => {
    const before = (await served.call("GET", "/v1/mailboxes/support@acme.example/emails")).text;
    const answer = await served.call("POST", "/v1/send", { key: keys.agent, body: { ...send, ...change } });
    assert.strictEqual(answer.status, status, answer.text);
    assert.isTrue(isError(answer), answer.text);
    if (field !== null) assert.strictEqual(answer.body.field, field, answer.text);
    assert.strictEqual((await served.call("GET", "/v1/mailboxes/support@acme.example/emails")).text, before);
  });

  it.each([
    ["/v1/mailboxes/nobody@acme.example", 404],
    ["/v1/mailboxes/nobody@acme.example/emails", 404],
    ["/v1/emails/msg_01ARZ3NDEKTSV4RRFFQ69G5FAV", 404],
    ["/v1/emails/'; DROP TABLE messages", 404],
    ["/v1/identity/keys/key_01ARZ3NDEKTSV4RRFFQ69G5FAV", 404],
    ["/v1/mailboxes/support@acme.example/emails?limit=0", 400],
    ["/v1/mailboxes/support@acme.example/emails?limit=101", 400],
    ["/v1/mailboxes/support@acme.example/emails?limit=x", 400],
    ["/v1/mailboxes/support@acme.example/emails?status=gone", 400],
    ["/v1/mailboxes/support@acme.example/emails?cursor=x", 422],
    ["/v1/mailboxes/support@acme.example/emails?sender=x", 422],
    ["/v1/oversight/pending?mailbox=nobody@acme.example", 404],
    ["/v1/audit-log?cursor=x", 400],
    ["/v1/audit-log?since=yesterday", 400],
    ["/v1/audit-log/export?format=xml", 400],
    ["/v1/audit-log/export?from=-1", 400],
    ["/v1/audit-log/export?from=100000", 422],
    ["/v1/audit-log/export?to=100000", 422],
    ["/v1/audit-log/export?include_proofs=maybe", 400],
    ["/v1/audit-log/100000/receipt", 404],
    ["/v1/audit-log/other.example%2Flog%2F0/receipt", 404],
    ["/v1/lists/send/maybe", 400],
    [`/v1/mailboxes/${"x".repeat(300)}@acme.example`, 404],
  ])("GET %s", async (path, status) => {
    const answer = await served.call("GET", path);
    assert.strictEqual(answer.status, status, answer.text);
    assert.isTrue(isError(answer), answer.text);
  });
});

/** What the public may know of keys, and which statements hold. */
import { generateKeyPairSync, sign } from "node:crypto";
import { importJWK, jwtVerify, SignJWT } from "jose";
import { Effect, Layer } from "effect";
import { assert, describe, it } from "vitest";
import * as IdentityDirectory from "../../src/accounts/IdentityDirectory.ts";
import type { IdentityKeyRow } from "../../src/model/records/account.ts";
import { Records } from "../../src/store/Records.ts";

const pair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const kid = (n: number) => `key_01ARZ3NDEKTSV4RRFFQ69G5FA${n}`;
const record = (n: number, keys: ReturnType<typeof pair>, change: Partial<IdentityKeyRow> = {}): IdentityKeyRow => ({
  kid: kid(n),
  kind: "mailbox",
  tenant: "t",
  mailbox: "mbx_1",
  agent: "agent-1",
  operator: "acme.example",
  publicKeyPem: keys.publicKey.export({ type: "spki", format: "pem" }).toString(),
  sealedPrivateKey: "sealed:top-secret",
  status: "active",
  validFrom: 1,
  validTo: null,
  ...change,
});

const mine = pair();
const operators = [pair(), pair(), pair()] as const;
const operator = { kind: "operator", tenant: null, mailbox: null, agent: null } as const;
const keys = [
  record(1, mine),
  record(2, mine, { status: "revoked", validTo: 2 }),
  record(3, operators[0], { ...operator, status: "retired", validTo: 2 }),
  record(4, operators[1], { ...operator, status: "revoked", validTo: 2 }),
  record(5, operators[2], operator),
  record(6, mine, { mailbox: "mbx_2" }),
  record(7, mine, { status: "retired", validTo: 2 }),
];

const run = <A, E>(use: (directory: IdentityDirectory.IdentityDirectory["Service"]) => Effect.Effect<A, E>) =>
  Effect.runPromise(
    Effect.flatMap(IdentityDirectory.IdentityDirectory, use).pipe(
      Effect.provide(
        IdentityDirectory.layer.pipe(
          Layer.provide(
            Layer.mock(Records, {
              findKey: (wanted) => Effect.succeed(keys.find((key) => key.kid === wanted) ?? null),
              listKeys: (kind) => Effect.succeed(keys.filter((key) => kind === undefined || key.kind === kind)),
            }),
          ),
        ),
      ),
    ),
  );

describe("the directory", () => {
  it("OV-48 keys-stay-readable: publishes a key with whose it is and whether it holds, revoked ones too, and never the private half", async () => {
    for (const n of [1, 2, 7]) {
      const shown = await run((directory) => directory.findKey(kid(n)));
      assert.deepInclude(shown, { kid: kid(n), agent: "agent-1", mailbox: "mbx_1", operator: "acme.example" });
      assert.notInclude(JSON.stringify(shown), "secret");
    }
    const missing = await run((directory) => Effect.flip(directory.findKey("key_nothing")));
    assert.strictEqual(missing.reason, "not_found");
  });

  it("gives the operator's active key as one bare JWK, and what it replaced in the set, but nothing revoked", async () => {
    const jwk = await run((directory) => directory.signingKey);
    assert.strictEqual(jwk.kid, kid(5));
    const token = await new SignJWT({ operator: "acme.example" })
      .setProtectedHeader({ alg: "ES256" })
      .sign(operators[2].privateKey);
    const { payload } = await jwtVerify(token, await importJWK({ ...jwk }, "ES256"));
    assert.strictEqual(payload["operator"], "acme.example");
    const set = await run((directory) => directory.jwks);
    assert.deepEqual(
      set.map((one) => one.kid),
      [kid(5), kid(3)],
    );
  });

  it("holds a statement to the mailbox, the agent, the key and its status", async () => {
    const header = (n: number, agent: string, ts = "1713542400", by = mine) =>
      `v=1; kid=${kid(n)}; agent=${agent}; ts=${ts}; sig=${sign("sha256", Buffer.from(`${agent}:${ts}`), by.privateKey).toString("base64")}`;
    const of = (text: string, agent = "agent-1") => ({ header: text, mailbox: "mbx_1", agent });
    const held = await run((directory) =>
      directory.statementsHold([
        of(header(1, "agent-1")),
        of(header(7, "agent-1")),
        of(header(1, "agent-1", "1713542400", pair())),
        of(header(1, "agent-1").replace("ts=1713542400", "ts=1713542401")),
        of(header(1, "agent-2")),
        of(header(1, "agent-2"), "agent-2"),
        of(header(2, "agent-1")),
        of(header(6, "agent-1")),
        of(header(9, "agent-1")),
        of(header(1, "agent-1").replace("v=1", "v=2")),
        of(""),
        of("v=1"),
      ]),
    );
    assert.deepEqual(held, [true, true, false, false, false, false, false, false, false, false, false, false]);
  });
});

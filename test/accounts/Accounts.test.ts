/** Who gets a credential, over records in memory. */
import { Effect, Layer, References, Result } from "effect";
import { assert, describe, it } from "vitest";
import * as Accounts from "../../src/accounts/Accounts.ts";
import { hashKey, mintKey } from "../../src/accounts/ApiKey.ts";
import { StoreError } from "../../src/store/Journal.ts";
import { Records } from "../../src/store/Records.ts";
import type { ApiKeyRow } from "../../src/model/records/account.ts";

const { key, hash, prefix } = mintKey();
const row: ApiKeyRow = {
  id: "ak_1",
  tenant: "t",
  name: "k",
  hash,
  prefix,
  scopes: ["send", "read"],
  principalKind: "agent",
  principal: "agent-1",
  owner: "ann",
  mailboxes: ["mbx_1"],
  createdAt: 0,
  revokedAt: null,
};

const authenticate = (rows: readonly ApiKeyRow[], bearer: string, fails = false) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const accounts = yield* Accounts.Accounts;
      return yield* Effect.result(accounts.authenticate(bearer));
    }).pipe(
      Effect.provideService(References.MinimumLogLevel, "None"),
      Effect.provide(
        Accounts.layer.pipe(
          Layer.provide(
            Layer.mock(Records, {
              apiKeyByHash: (wanted) =>
                fails
                  ? Effect.fail(new StoreError({ reason: "unavailable", message: "disk on fire at /secret", hint: "" }))
                  : Effect.succeed(rows.find((one) => one.hash === wanted) ?? null),
            }),
          ),
        ),
      ),
    ),
  );

describe("authenticate", () => {
  it("makes the credential from the stored row alone", async () => {
    const made = await authenticate([row], key);
    assert.deepEqual(Result.getOrThrow(made), {
      id: "ak_1",
      tenant: "t",
      scopes: ["read", "send"],
      principalKind: "agent",
      principal: "agent-1",
      owner: "ann",
      mailboxes: ["mbx_1"],
    });
  });

  it("gives unknown, revoked, malformed and damaged keys one and the same answer", async () => {
    const damaged = { ...row, scopes: ["send", "oversight"] };
    const refused = [
      await authenticate([], key),
      await authenticate([{ ...row, revokedAt: 1 }], key),
      await authenticate([row], "nonsense"),
      await authenticate([damaged], key),
      await authenticate([{ ...row, scopes: ["admin"] }], key),
      await authenticate([{ ...row, scopes: [] }], key),
      await authenticate([{ ...row, hash: hashKey("nonsense") }], "nonsense"),
    ];
    const answers = refused.map((one) => (Result.isFailure(one) ? JSON.stringify(one.failure) : "accepted"));
    assert.strictEqual(new Set(answers).size, 1);
    assert.include(answers[0], "unauthenticated");
  });

  it("says of a store that fails only that it does", async () => {
    const failed = await authenticate([row], key, true);
    assert.isTrue(Result.isFailure(failed) && failed.failure.reason === "unavailable");
    assert.notInclude(JSON.stringify(failed), "secret");
  });
});

import { createHash } from "node:crypto";
import fc from "fast-check";
import { assert, describe, it } from "vitest";
import { checkScopes, hashKey, isKeyShaped, isPrincipalId, keyPrefix, mintKey } from "../../src/accounts/ApiKey.ts";
import { scopes } from "../../src/model/Credential.ts";

const wanted = {
  name: "key",
  scopes: ["read"] as readonly string[],
  principalKind: "person" as "agent" | "person",
  principal: "ann",
  owner: null as string | null,
  mailboxes: null as readonly string[] | null,
};

describe("a key", () => {
  it("is 32 random bytes after its start, is known by its hash alone, and shows little of itself", () => {
    const keys = Array.from({ length: 50 }, mintKey);
    for (const { key, hash, prefix } of keys) {
      assert.match(key, /^mm_live_[A-Za-z0-9_-]{43}$/);
      assert.strictEqual(Buffer.from(key.slice(8), "base64url").length, 32);
      assert.strictEqual(hash, createHash("sha256").update(key).digest("hex"));
      assert.strictEqual(hash, hashKey(key));
      assert.isTrue(key.startsWith(prefix) && prefix.length < 20);
      assert.strictEqual(prefix, keyPrefix(key));
      assert.isTrue(isKeyShaped(key));
    }
    assert.strictEqual(new Set(keys.map(({ key }) => key)).size, keys.length);
  });

  it("is not looked up when it cannot be one", () => {
    for (const text of [
      "",
      "mm_live_",
      "mm_live_short",
      "mm_test_" + "x".repeat(43),
      `mm_live_${"x".repeat(300)}`,
      "mm_live_aaaa aaaaaa",
      "mm_live_ümläutümläut",
      " mm_live_aaaaaaaaaaa",
      "mm_live_aaaaaaaaaa\n",
    ]) {
      assert.isFalse(isKeyShaped(text), text);
    }
  });
});

describe("OV-37 the rights of one key", () => {
  it("are never both to send and to decide, nor an agent's to decide or operate, whatever else is asked", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...scopes)),
        fc.constantFrom("agent", "person"),
        (given, principalKind) => {
          const allowed =
            given.length > 0 &&
            !(given.includes("send") && given.includes("oversight")) &&
            !(principalKind === "agent" && (given.includes("oversight") || given.includes("admin")));
          assert.strictEqual(
            checkScopes({ ...wanted, scopes: given, principalKind: principalKind as "agent" }) === null,
            allowed,
          );
        },
      ),
    );
  });

  it.each([
    [{ name: "" }, "name"],
    [{ name: "a\r\nb" }, "name"],
    [{ principal: "a b" }, "principal"],
    [{ principal: "x".repeat(129) }, "principal"],
    [{ owner: "" }, "owner"],
    [{ scopes: ["root"] }, "scopes"],
    [{ scopes: ["read", "read"] }, "scopes"],
    [{ mailboxes: [] }, "mailboxes"],
  ])("are refused for %j", (change, field) => {
    const problem = checkScopes({ ...wanted, ...change });
    assert.strictEqual(problem?.field, field);
    assert.isAbove(problem!.hint.length, 5);
  });

  it("take an id of 1 to 128 of the plain characters", () => {
    assert.isTrue(isPrincipalId("ann.o_b@acme-1"));
    assert.isTrue(isPrincipalId("x".repeat(128)));
    assert.isFalse(isPrincipalId("ann;x"));
  });
});

import * as fc from "fast-check";
import { assert, describe, it } from "vitest";
import { canonicalEntry, readEntry } from "../../../src/mail/address/entry.ts";
import { domainOf } from "../../../src/mail/address/domainOf.ts";
import { listed } from "../../../src/risk/policy/Lists.ts";

describe("a list entry", () => {
  it.each([
    ["example.com", "example.com"],
    [" Example.COM ", "example.com"],
    ["@example.com", "example.com"],
    ["*@example.com", "example.com"],
    ["*.example.com", "example.com"],
    ["Bücher.example", "xn--bcher-kva.example"],
    ["Ann.B@Example.com", "ann.b@example.com"],
    ["ann+x@example.com", "ann+x@example.com"],
    [".example.com", "example.com"],
    ["example.com.", "example.com"],
    ["example。com", "example.com"],
    ['"ann"@example.com', "ann@example.com"],
  ])("%s is stored as %s, and means the same to whoever judges", (text, entry) => {
    assert.strictEqual(canonicalEntry(text), entry);
    assert.deepEqual(readEntry(text), { kind: entry.includes("@") ? "address" : "domain", key: entry });
    assert.deepEqual(readEntry(entry), readEntry(text));
    const address = entry.includes("@") ? entry : `someone@mail.${entry}`;
    assert.isTrue(listed(address, domainOf(address), { deny: [entry], allow: [] }).blocked);
  });

  it.each([
    "",
    "@",
    "*",
    "a b@example.com",
    "example..com",
    "-x.example",
    "a@b@",
    "x".repeat(400),
    "a\r\n@b.example",
    "user@",
    "<a@b.example>",
    "*@*",
    "exa%6dple.com",
    "http://example.com/",
    "under_score.example",
    `${"a".repeat(65)}@example.com`,
    "xn--a.example",
  ])("%j is none", (text) => {
    assert.isNull(canonicalEntry(text));
  });

  it("is stored in a form that reads as itself", () => {
    const signs = fc.constantFrom(...'aAéK1.-_@*+" []:/%。');
    const text = fc.oneof(fc.string({ unit: signs, maxLength: 24 }), fc.emailAddress(), fc.domain(), fc.string());
    fc.assert(
      fc.property(text, (one) => {
        const stored = canonicalEntry(one);
        if (stored === null) return;
        const read = readEntry(one);
        assert.deepEqual(readEntry(stored), read);
        assert.deepInclude(read, { key: stored });
        assert.strictEqual(canonicalEntry(stored), stored);
      }),
      { numRuns: 20_000 },
    );
  });

  it("for all of a domain is one however it is written, also in a list that was not normalised", () => {
    for (const entry of ["example.com", "@example.com", "*@example.com", "*.example.com", ".example.com"]) {
      assert.isTrue(listed("a@mail.example.com", "mail.example.com", { deny: [entry], allow: [] }).blocked, entry);
      assert.isFalse(listed("a@mail.example.com", "mail.example.com", { deny: [], allow: [entry] }).blocked, entry);
    }
  });
});

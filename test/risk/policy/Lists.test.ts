import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEntry } from "../../../src/mail/address/entry.ts";
import { domainOf } from "../../../src/mail/address/domainOf.ts";
import { listed, type SendLists } from "../../../src/risk/policy/Lists.ts";

const at = (address: string, lists: Partial<SendLists>) =>
  listed(address, domainOf(address), { deny: [], allow: [], ...lists });

describe("the deny list", () => {
  it.each([
    ["ada@example.com", "ada@example.com"],
    ["ADA@Example.COM", "ada@example.com"],
    ["ada@example.com", "ADA@EXAMPLE.COM"],
    ["ada+news@example.com", "ada@example.com"],
    ['"ada"@example.com', "ada@example.com"],
    ['"a\\da"@example.com', "ada@example.com"],
    ["ada@example.com", "example.com"],
    ["ada@example.com", "@example.com"],
    ["ada@example.com", "*.example.com"],
    ["ada@example.com", " example.com "],
    ["ada@a.b.example.com", "example.com"],
    ["ada@example.com.", "example.com"],
    ["ada@xn--e1afmkfd.xn--p1ai", "пример.рф"],
    ["ada@ПРИМЕР.рф", "xn--e1afmkfd.xn--p1ai"],
    ["ada@anything.zip", "zip"],
    ["ada@[192.0.2.1]", "[192.0.2.1]"],
  ])("blocks %s by %s", (address, entry) => {
    expect(at(address, { deny: ["other.org", entry] })).toEqual({ blocked: true, by: `deny:${entry}` });
  });

  it.each([
    ["ada@example.com", "bob@example.com"],
    ["ada@example.com", "ada+news@example.com"],
    ["ada@example.com", "a.example.com"],
    ["ada@notexample.com", "example.com"],
    ["ada@example.com.org", "example.com"],
    ["ada@[192.0.2.1]", "[2.1]"],
    ["ada@example.com", ""],
    ["ada@example.com", "   "],
  ])("lets %s pass %j", (address, entry) => {
    expect(at(address, { deny: [entry] })).toEqual({ blocked: false, by: null });
  });

  it("wins over the allow list", () => {
    expect(at("ada@example.com", { deny: ["example.com"], allow: ["ada@example.com"] }).blocked).toBe(true);
  });

  it.each(["a b.com", "exa mple", "http://evil.com/", "ada@@", "x@y@"])(
    "blocks everybody while it has an entry that cannot be read: %j",
    (entry) => {
      expect(readEntry(entry)).toEqual({ kind: "unreadable" });
      expect(at("ada@example.com", { deny: [entry] })).toEqual({ blocked: true, by: `deny:${entry}` });
    },
  );

  it("is read again when the same array says something else", () => {
    const deny = ["example.com"];
    expect(at("ada@example.org", { deny }).blocked).toBe(false);
    deny[0] = "example.org";
    expect(at("ada@example.org", { deny }).blocked).toBe(true);
    deny.pop();
    expect(at("ada@example.org", { deny }).blocked).toBe(false);
  });
});

describe("the allow list", () => {
  it("says nothing when it is empty", () => expect(at("ada@example.com", {}).blocked).toBe(false));

  it.each([
    ["ada@example.com", "example.com"],
    ["ada@a.example.com", "example.com"],
    ["Ada@example.com", "ada@example.com"],
  ])("admits %s by %s", (address, entry) => expect(at(address, { allow: [entry] }).blocked).toBe(false));

  it.each([
    ["ada@example.org", "example.com"],
    ["ada@notexample.com", "example.com"],
    ["ada+x@example.com", "ada@example.com"],
    ["ada@evil.com/.example.com", "example.com"],
    ["ada@example.com", "a.example.com"],
    ["ada@example.com", ""],
    ["ada@example.com", "http://example.com/"],
  ])("blocks %s when all it has is %j", (address, entry) => {
    expect(at(address, { allow: [entry] })).toEqual({ blocked: true, by: `allow:${address}` });
  });
});

it("lists only tighten: more deny entries, or a first allow list, never unblock", () => {
  const entry = fc.constantFrom("example.com", "ada@example.com", "a.example.com", "org", "", "??", "bob@b.org");
  const entries = fc.array(entry, { maxLength: 4 });
  const address = fc.constantFrom("ada@example.com", "ada+x@example.com", "bob@b.org", "c@a.example.com", "d@e.net");
  fc.assert(
    fc.property(address, entries, entries, entry, (who, deny, allow, more) => {
      const before = at(who, { deny, allow }).blocked;
      if (before) expect(at(who, { deny: [...deny, more], allow }).blocked).toBe(true);
      if (at(who, { deny }).blocked) expect(at(who, { deny, allow }).blocked).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

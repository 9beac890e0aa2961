import { assert, describe, it } from "vitest";
import { canonicalEntry } from "../../src/correspondence/SendLists.ts";
import { isListEntry, listed } from "../../src/risk/policy/Lists.ts";

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
  ])("%s is stored as %s, and means the same to whoever judges", (text, entry) => {
    assert.strictEqual(canonicalEntry(text), entry);
    assert.isTrue(isListEntry(entry));
    const address = entry.includes("@") ? entry : `someone@mail.${entry}`;
    assert.isTrue(listed(address, address.slice(address.indexOf("@") + 1), { deny: [entry], allow: [] }).blocked);
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
  ])("%j is none", (text) => {
    assert.isNull(canonicalEntry(text));
  });
});

import { assert, it } from "vitest";
import { domainOf } from "../../../src/mail/address/domainOf.ts";

it.each([
  ["ada@example.com", "example.com"],
  ["Ada@Example.COM", "Example.COM"],
  ['"a@b"@example.com', "example.com"],
  ["@example.com", "example.com"],
  ["example.com", "example.com"],
  ["ada@", ""],
  ["", ""],
])("domainOf %j is %j", (address, domain) => assert.strictEqual(domainOf(address), domain));

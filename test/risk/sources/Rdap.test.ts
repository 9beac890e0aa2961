import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rdapAddress, readBootstrap, readRegistration, retryAfter } from "../../../src/risk/sources/Rdap.ts";

const NOW = Date.UTC(2026, 10, 21) / 1000;
const at = (date: string) => Date.parse(date) / 1000;
const domain = (events: unknown, rest: object = {}) =>
  JSON.stringify({ objectClassName: "domain", ldhName: "example.com", events, ...rest });
const event = (eventAction: string, eventDate: unknown) => ({ eventAction, eventDate });
const read = (text: string) => readRegistration(text, "example.com", NOW);

describe("OV-108 registry-of-the-domain: readBootstrap", () => {
  const registry = readBootstrap(
    JSON.stringify({
      version: "1.0",
      publication: "2026-11-01T00:00:00Z",
      services: [
        [["net", "COM"], ["https://registry.example/myrdap/"]],
        [
          ["org", "mytld"],
          ["http://example.org/", "https://example.org/rdap"],
        ],
        [["co.uk"], ["https://co-uk.example/"]],
        [["uk"], ["https://uk.example/"]],
        [["empty"], ["not an address"]],
      ],
    }),
  )!;

  it.each([
    ["example.com", "https://registry.example/myrdap/domain/example.com"],
    ["example.org", "https://example.org/rdap/domain/example.org"],
    ["a.co.uk", "https://co-uk.example/domain/a.co.uk"],
    ["a.uk", "https://uk.example/domain/a.uk"],
    ["example.empty", null],
    ["example.test", null],
    ["xcom", null],
  ])("%s is asked at %s", (name, address) => {
    expect(rdapAddress(registry, name)).toBe(address);
  });

  it.each(["", "[]", "{}", '{"services":[]}', '{"services":[1]}', '{"services":[[["com"],["ftp://x/"]]]}', "<html>"])(
    "%s is none",
    (text) => expect(readBootstrap(text)).toBe(null),
  );
});

describe("readRegistration", () => {
  // Shaped like the domain object in RFC 9083 § 5.3.
  const full = {
    objectClassName: "domain",
    handle: "XXXX",
    ldhName: "EXAMPLE.COM.",
    variants: [{ relation: ["registered"], variantNames: [{ ldhName: "xn--fo-9ja.example" }] }],
    status: ["client delete prohibited"],
    secureDNS: { delegationSigned: true },
    entities: [
      { objectClassName: "entity", events: [{ eventAction: "registration", eventDate: "2026-11-20T00:00:00Z" }] },
    ],
    events: [
      event("registration", "1990-12-31T23:59:59Z"),
      event("last changed", "2026-11-20T23:59:59Z"),
      event("transfer", "2026-11-19T23:59:59Z"),
      event("expiration", "2036-11-20T23:59:59Z"),
    ],
  };

  it("takes the domain's own registration, not that of its contacts, nor a change, transfer or expiry", () => {
    expect(read(JSON.stringify(full))).toEqual({ kind: "registered", at: at("1990-12-31T23:59:59Z"), isAgain: false });
  });

  it("OV-107 age-is-known-unknown-or-absent: the latest of registration and reregistration counts", () => {
    const events = [event("registration", "1999-01-01T00:00:00Z"), event("reregistration", "2026-11-18T12:00:00Z")];
    expect(read(domain(events))).toEqual({ kind: "registered", at: at("2026-11-18T12:00:00Z"), isAgain: true });
    expect(read(domain(events.toReversed()))).toMatchObject({ at: at("2026-11-18T12:00:00Z") });
  });

  it.each([
    ["2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"],
    ["2020-01-02t03:04:05.123z", "2020-01-02T03:04:05Z"],
    ["2020-01-02T03:04:05+02:00", "2020-01-02T01:04:05Z"],
    ["2020-01-02T03:04:05", "2020-01-02T03:04:05Z"],
    ["2020-01-02 03:04:05", "2020-01-02T03:04:05Z"],
    ["2020-01-02", "2020-01-02T00:00:00Z"],
  ])("reads %s", (given, taken) => {
    expect(read(domain([event("registration", given)]))).toMatchObject({ kind: "registered", at: at(taken) });
  });

  it.each([
    "1970-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "1984-12-31T23:59:59Z",
    "2026-11-23T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2020-13-01T00:00:00Z",
    "1 Jan 2020",
    "2020",
    "",
    null,
    1_577_836_800,
    ["2020-01-01"],
  ])("OV-107 age-is-known-unknown-or-absent: %j is no date to rely on", (date) => {
    expect(read(domain([event("registration", date)])).kind).toBe("implausible");
    // … nor does a good one beside it help.
    expect(read(domain([event("reregistration", date), event("registration", "2001-01-01T00:00:00Z")])).kind).toBe(
      "implausible",
    );
  });

  it("takes a clock that runs a little ahead for today", () => {
    expect(read(domain([event("registration", "2026-11-21T12:00:00Z")]))).toMatchObject({ at: NOW });
  });

  it.each([undefined, [], [{}], [null], "none", [event("last changed", "2020-01-01T00:00:00Z")]])(
    "events %j: undisclosed",
    (events) => expect(read(domain(events))).toEqual({ kind: "undisclosed" }),
  );

  it.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["an error object", JSON.stringify({ errorCode: 429, title: "Too many" })],
    ["a name server", JSON.stringify({ objectClassName: "nameserver", ldhName: "example.com" })],
    ["another domain", domain([event("registration", "1995-01-01T00:00:00Z")], { ldhName: "example.org" })],
    ["a domain above", domain([event("registration", "1995-01-01T00:00:00Z")], { ldhName: "com" })],
    ["a name that is none", domain([event("registration", "1995-01-01T00:00:00Z")], { ldhName: 7 })],
  ])("OV-108 registry-of-the-domain: %s is unreadable", (_name, text) => expect(read(text).kind).toBe("unreadable"));

  it("never throws, and never takes a date from outside its bounds", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.anything().map((it) => domain(it)),
          fc.string(),
        ),
        (text) => {
          const found = read(text);
          if (found.kind === "registered") expect(found.at >= at("1985-01-01T00:00:00Z") && found.at <= NOW).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("retryAfter", () => {
  it.each([
    ["120", 120],
    [" 0 ", 0],
    ["Sat, 21 Nov 2026 00:01:00 GMT", 60],
    ["Fri, 20 Nov 2026 00:00:00 GMT", 0],
    ["soon", null],
    ["-5x", null],
    ["99999999999", null],
    [undefined, null],
  ])("%s is %s", (value, seconds) => expect(retryAfter(value, NOW)).toBe(seconds));
});

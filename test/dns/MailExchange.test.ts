import { createSocket } from "node:dgram";
import { describe, expect, it } from "@effect/vitest";
import { Effect, Fiber } from "effect";
import { TestClock } from "effect/testing";
import { DnsClient, layerFixed, layerOff } from "../../src/dns/DnsClient.ts";
import { LOOKUP_BUDGET_MILLIS, mailExchangeOf } from "../../src/dns/MailExchange.ts";
import { dnsClientOver, makeDnsClient, type Questions } from "../../src/dns/NodeDns.ts";
import { SERVFAIL, withDns, zoneOf } from "../risk/servers/dns.ts";

const dnsError = (code: string) => Object.assign(new Error(code), { code });
const no = (code: string) => () => Promise.reject(dnsError(code));
const never = () => new Promise<never>(() => undefined);

const questions = (given: Partial<Questions>): Questions => ({
  resolveMx: no("ENODATA"),
  resolve4: no("ENODATA"),
  resolve6: no("ENODATA"),
  resolveTxt: no("ENODATA"),
  resolvePtr: no("ENODATA"),
  cancel: () => undefined,
  ...given,
});
const ask = (given: Partial<Questions>) =>
  mailExchangeOf(
    dnsClientOver(() => questions(given)),
    "example.com",
  );
const mx =
  (...exchanges: readonly string[]) =>
  () =>
    Promise.resolve(exchanges.map((exchange) => ({ exchange, priority: 10 })));

describe("mailExchangeOf", () => {
  it.effect.each([
    [
      "MX",
      { resolveMx: mx("mx1.example.com", "mx2.example.com.") },
      { kind: "exchanges", hosts: ["mx1.example.com", "mx2.example.com"] },
    ],
    ["null MX", { resolveMx: mx("") }, { kind: "null_mx" }],
    ["null MX, as a dot", { resolveMx: mx(".") }, { kind: "null_mx" }],
    [
      "null MX beside a real one",
      { resolveMx: mx("", "mx.example.com") },
      { kind: "exchanges", hosts: ["mx.example.com"] },
    ],
    ["no such domain", { resolveMx: no("ENOTFOUND") }, { kind: "no_such_domain" }],
    ["A only", { resolve4: async () => ["192.0.2.1"] }, { kind: "implicit" }],
    ["AAAA only", { resolve6: async () => ["2001:db8::1"] }, { kind: "implicit" }],
    ["A, while AAAA fails", { resolve4: async () => ["192.0.2.1"], resolve6: no("ESERVFAIL") }, { kind: "implicit" }],
    ["an empty MX answer, then A", { resolveMx: mx(), resolve4: async () => ["192.0.2.1"] }, { kind: "implicit" }],
    ["neither", {}, { kind: "none" }],
  ] as const)("%s", ([, given, expected]) =>
    Effect.gen(function* () {
      expect(yield* ask(given)).toEqual(expected);
    }),
  );

  it.effect.each([
    ["ESERVFAIL", { resolveMx: no("ESERVFAIL") }, "server_failed"],
    ["EREFUSED", { resolveMx: no("EREFUSED") }, "refused"],
    ["ETIMEOUT", { resolveMx: no("ETIMEOUT") }, "timed_out"],
    ["EBADRESP", { resolveMx: no("EBADRESP") }, "unreadable"],
    ["something thrown", { resolveMx: () => Promise.reject("no") }, "unreadable"],
    ["a failing address question without an answer from the other", { resolve6: no("ESERVFAIL") }, "server_failed"],
  ] as const)("fails on %s", ([, given, reason]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ask(given));
      expect(error).toMatchObject({ _tag: "DnsError", reason });
      expect(error.hint.length).toBeGreaterThan(20);
    }),
  );

  it.effect("ends after its budget, over all questions together, and cancels", () =>
    Effect.gen(function* () {
      let cancelled = 0;
      const slow = { resolveMx: mx(), resolve4: never, cancel: () => void cancelled++ };
      const fiber = yield* Effect.forkChild(Effect.flip(ask(slow)));
      yield* TestClock.adjust(LOOKUP_BUDGET_MILLIS - 1);
      expect(fiber.pollUnsafe()).toBe(undefined);
      yield* TestClock.adjust(1);
      expect(yield* Fiber.join(fiber)).toMatchObject({ reason: "timed_out" });
      // Each question had a resolver of its own: MX, A and AAAA.
      expect(cancelled).toBe(3);
    }),
  );

  it.effect("cancels when the caller is interrupted", () =>
    Effect.gen(function* () {
      let cancelled = 0;
      const fiber = yield* Effect.forkChild(ask({ resolveMx: never, cancel: () => void cancelled++ }), {
        startImmediately: true,
      });
      yield* Fiber.interrupt(fiber);
      expect(cancelled).toBe(1);
    }),
  );
});

/** A name server on the loopback that answers every question with this RCODE and these MX names. */
const withNameServer = <A>(rcode: number, names: readonly string[], use: (port: number) => Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.on("message", (query, { port, address }) => {
      const end = 12 + query.subarray(12).indexOf(0) + 5;
      const header = Buffer.from(query.subarray(0, 12));
      header.writeUInt16BE(0x8180 | rcode, 2);
      header.writeUInt16BE(names.length, 6);
      header.writeUInt32BE(0, 8);
      const answers = names.map((name) => {
        const labels =
          name === ""
            ? []
            : name.split(".").map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
        const exchange = Buffer.concat([...labels, Buffer.from([0])]);
        const record = Buffer.from([0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, exchange.length + 2, 0, 0]);
        return Buffer.concat([record, exchange]);
      });
      socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), port, address);
    });
    socket.bind(0, "127.0.0.1", () => {
      use(socket.address().port)
        .finally(() => socket.close())
        .then(resolve, reject);
    });
  });

describe("over node:dns and a real name server", () => {
  const run = (rcode: number, names: readonly string[]) =>
    withNameServer(rcode, names, (port) =>
      Effect.runPromise(Effect.result(mailExchangeOf(makeDnsClient([`127.0.0.1:${port}`]), "example.com"))),
    );

  it("reads MX", async () => {
    expect(await run(0, ["mx.example.com"])).toMatchObject({
      success: { kind: "exchanges", hosts: ["mx.example.com"] },
    });
  });
  it("reads the null MX of RFC 7505", async () => {
    expect(await run(0, [""])).toMatchObject({ success: { kind: "null_mx" } });
  });
  it("reads NXDOMAIN", async () => {
    expect(await run(3, [])).toMatchObject({ success: { kind: "no_such_domain" } });
  });
  it("reads an existing name without MX or address", async () => {
    expect(await run(0, [])).toMatchObject({ success: { kind: "none" } });
  });
  it("fails on SERVFAIL", async () => {
    expect(await run(2, [])).toMatchObject({ failure: { reason: "server_failed" } });
  });
});

describe("over a name server with every kind of record", () => {
  const says = (table: Parameters<typeof zoneOf>[0]) =>
    withDns(zoneOf(table), (server) =>
      Effect.runPromise(Effect.result(mailExchangeOf(makeDnsClient([server.address]), "a.com"))),
    );
  it.each([
    [
      "MX, over TCP",
      { "a.com MX": { records: ["10 mx.a.com"], truncated: true } },
      { kind: "exchanges", hosts: ["mx.a.com"] },
    ],
    ["null MX beside an address", { "a.com MX": ["0 "], "a.com A": ["192.0.2.1"] }, { kind: "null_mx" }],
    ["A alone", { "a.com A": ["192.0.2.1"] }, { kind: "implicit" }],
    ["AAAA alone", { "a.com AAAA": ["2001:db8::1"] }, { kind: "implicit" }],
    ["text alone", { "a.com TXT": ["hello"] }, { kind: "none" }],
    ["nothing at all", {}, { kind: "no_such_domain" }],
  ] as const)("%s", async (_what, table, success) => expect(await says(table)).toMatchObject({ success }));
  it("an MX that cannot be asked for is no answer, whatever the addresses", async () => {
    expect(await says({ "a.com MX": SERVFAIL, "a.com A": ["192.0.2.1"] })).toMatchObject({
      failure: { reason: "server_failed" },
    });
  });
});

describe("over other clients", () => {
  const lookup = (host: string) => Effect.flatMap(DnsClient, (dns) => mailExchangeOf(dns, host));
  it.effect("off: not configured", () =>
    Effect.gen(function* () {
      expect(yield* lookup("example.com")).toEqual({ kind: "not_configured" });
    }).pipe(Effect.provide(layerOff)),
  );
  it.effect("fixed: what the table says", () =>
    Effect.gen(function* () {
      expect(yield* lookup("a.com")).toEqual({ kind: "implicit" });
      expect(yield* lookup("b.com")).toEqual({ kind: "no_such_domain" });
    }).pipe(Effect.provide(layerFixed({ "a.com": { AAAA: ["2001:db8::1"] } }))),
  );
});

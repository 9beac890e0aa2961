import { Effect, Fiber } from "effect";
import { TestClock } from "effect/testing";
import { describe, expect, it } from "vitest";
import type { RecordType } from "../../src/dns/DnsClient.ts";
import { dnsClientOver, makeDnsClient, QUESTION_BUDGET_MILLIS, type Questions } from "../../src/dns/NodeDns.ts";
import { reverseName } from "../../src/dns/reverseName.ts";
import { NXDOMAIN, REFUSED, SERVFAIL, SILENCE, withDns, zoneOf, type Reply } from "../risk/servers/dns.ts";
import { until } from "../support/time.ts";

const addresses = (reply: Reply) =>
  withDns(
    () => reply,
    ({ address }) => Effect.runPromise(Effect.result(makeDnsClient([address]).ask("A", "a.example"))),
  );

describe("over a real name server", () => {
  it.each([
    ["addresses", { records: ["127.0.0.2", "127.0.0.4"] }, { kind: "records", records: ["127.0.0.2", "127.0.0.4"] }],
    ["nothing of that kind", {}, { kind: "none" }],
    ["no such name", NXDOMAIN, { kind: "no_such_name" }],
    [
      "over TCP when UDP is too short",
      { records: ["127.0.0.2"], truncated: true },
      { kind: "records", records: ["127.0.0.2"] },
    ],
  ] as const)("%s", async (_what, reply, success) => expect(await addresses(reply)).toMatchObject({ success }));

  it.each([
    ["SERVFAIL", SERVFAIL, "server_failed"],
    ["REFUSED", REFUSED, "refused"],
    ["garbage", { garbage: Buffer.from("nonsense") }, "unreadable"],
  ] as const)("fails on %s", async (_what, reply, reason) => {
    expect(await addresses(reply)).toMatchObject({ failure: { _tag: "DnsError", reason } });
  });

  it.each([
    ["A", "a.example", ["192.0.2.1", "192.0.2.2"], ["192.0.2.1", "192.0.2.2"]],
    ["AAAA", "a.example", ["2001:db8::1"], ["2001:db8::1"]],
    ["MX", "a.example", ["10 mx.a.example"], [{ exchange: "mx.a.example", priority: 10 }]],
    ["MX", "a.example", ["0 "], [{ exchange: "", priority: 0 }]],
    ["TXT", "_dmarc.a.example", ["v=DMARC1; p=none"], ["v=DMARC1; p=none"]],
    ["PTR", reverseName("192.0.2.1")!, ["mail.a.example"], ["mail.a.example"]],
    ["PTR", reverseName("2001:db8::1")!, ["mail.a.example"], ["mail.a.example"]],
  ] as const)("%s of %s", async (type: RecordType, name, records, expected) => {
    const found = await withDns(zoneOf({ [`${name} ${type}`]: records }), ({ address }) =>
      Effect.runPromise(makeDnsClient([address]).ask(type, name)),
    );
    expect(found).toEqual({ kind: "records", records: expected });
  });

  it("joins the parts of a text", async () => {
    const long = `v=spf1 ${"x".repeat(400)}`;
    const found = await withDns(zoneOf({ "a.example TXT": [long, "other"] }), ({ address }) =>
      Effect.runPromise(makeDnsClient([address]).ask("TXT", "a.example")),
    );
    expect(found).toEqual({ kind: "records", records: [long, "other"] });
  });

  it("ends at its budget", () =>
    withDns(
      () => SILENCE,
      ({ address, asked }) =>
        Effect.runPromise(
          Effect.gen(function* () {
            const fiber = yield* Effect.forkChild(Effect.flip(makeDnsClient([address]).ask("A", "a.example")), {
              startImmediately: true,
            });
            yield* Effect.promise(() => until(() => asked.length > 0));
            yield* TestClock.adjust(QUESTION_BUDGET_MILLIS);
            expect(yield* Fiber.join(fiber)).toMatchObject({ reason: "timed_out", code: "BUDGET" });
          }).pipe(Effect.provide(TestClock.layer())),
        ),
    ));

  it("fails where nobody listens", async () => {
    const { address } = await withDns(
      () => ({}),
      async (server) => server,
    );
    expect(await Effect.runPromise(Effect.flip(makeDnsClient([address]).ask("A", "a.example")))).toMatchObject({
      _tag: "DnsError",
    });
  });

  it.each(["", "a..b", `${"a".repeat(64)}.com`, `${"a.".repeat(126)}comm`, "a b.com", "ä.com", "-a.com"])(
    "does not ask for %j",
    (name) =>
      withDns(
        () => ({}),
        async ({ address, asked }) => {
          const error = await Effect.runPromise(Effect.flip(makeDnsClient([address]).ask("A", name)));
          expect([error.reason, asked.length]).toEqual(["bad_name", 0]);
        },
      ),
  );
});

describe("what node:dns answers", () => {
  const no = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
  const staged = (given: Partial<Questions>) =>
    dnsClientOver(() => ({
      resolve4: no("ENODATA"),
      resolve6: no("ENODATA"),
      resolveMx: no("ENODATA"),
      resolveTxt: no("ENODATA"),
      resolvePtr: no("ENODATA"),
      cancel: () => undefined,
      ...given,
    }));

  it.each([
    ["ESERVFAIL", "server_failed"],
    ["ECONNREFUSED", "server_failed"],
    ["EREFUSED", "refused"],
    ["ETIMEOUT", "timed_out"],
    ["ECANCELLED", "timed_out"],
    ["EBADNAME", "bad_name"],
    ["EBADRESP", "unreadable"],
  ] as const)("%s is %s", async (code, reason) => {
    const error = await Effect.runPromise(Effect.flip(staged({ resolve4: no(code) }).ask("A", "a.example")));
    expect(error).toMatchObject({ _tag: "DnsError", reason, code });
    expect(error.hint.length).toBeGreaterThan(20);
  });

  it("something thrown without a code is unreadable", async () => {
    const thrown = staged({ resolvePtr: () => Promise.reject("no") });
    expect(await Effect.runPromise(Effect.flip(thrown.ask("PTR", "a.example")))).toMatchObject({
      reason: "unreadable",
      code: "UNKNOWN",
    });
  });

  it("an empty answer is none, and names have no dot at their end", async () => {
    const dns = staged({
      resolve6: async () => [],
      resolveMx: async () => [
        { exchange: ".", priority: 0 },
        { exchange: "mx.a.example.", priority: 1 },
      ],
      resolvePtr: async () => ["mail.a.example."],
    });
    expect(await Effect.runPromise(dns.ask("AAAA", "a.example"))).toEqual({ kind: "none" });
    expect(await Effect.runPromise(dns.ask("MX", "a.example"))).toMatchObject({
      records: [{ exchange: "" }, { exchange: "mx.a.example" }],
    });
    expect(await Effect.runPromise(dns.ask("PTR", "a.example"))).toMatchObject({ records: ["mail.a.example"] });
  });

  it("is cancelled with its caller", async () => {
    let cancelled = 0;
    const dns = staged({ resolveTxt: () => new Promise(() => undefined), cancel: () => void cancelled++ });
    await Effect.runPromise(
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(dns.ask("TXT", "a.example"), { startImmediately: true });
        yield* Fiber.interrupt(fiber);
      }),
    );
    expect(cancelled).toBe(1);
  });
});

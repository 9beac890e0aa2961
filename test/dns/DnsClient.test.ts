import { Effect, Fiber } from "effect";
import { TestClock } from "effect/testing";
import { describe, expect, it } from "vitest";
import { makeDnsClient, QUESTION_BUDGET_MILLIS } from "../../src/dns/DnsClient.ts";
import { NXDOMAIN, REFUSED, SERVFAIL, SILENCE, withDns, zoneOf, type Reply } from "../risk/servers/dns.ts";

const addresses = (reply: Reply) =>
  withDns(
    () => reply,
    ({ address }) => Effect.runPromise(Effect.result(makeDnsClient([address]).addresses("a.example"))),
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

  it("joins the parts of a text", async () => {
    const long = `v=spf1 ${"x".repeat(400)}`;
    const found = await withDns(zoneOf({ "a.example TXT": [long, "other"] }), ({ address }) =>
      Effect.runPromise(makeDnsClient([address]).texts("a.example")),
    );
    expect(found).toEqual({ kind: "records", records: [long, "other"] });
  });

  it("ends at its budget", () =>
    withDns(
      () => SILENCE,
      ({ address, asked }) =>
        Effect.runPromise(
          Effect.gen(function* () {
            const fiber = yield* Effect.forkChild(Effect.flip(makeDnsClient([address]).addresses("a.example")), {
              startImmediately: true,
            });
            yield* Effect.promise(async () => {
              for (let i = 0; i < 200 && asked.length === 0; i++) await new Promise((done) => setTimeout(done, 5));
            });
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
    expect(await Effect.runPromise(Effect.flip(makeDnsClient([address]).addresses("a.example")))).toMatchObject({
      _tag: "DnsError",
    });
  });

  it.each(["", "a..b", `${"a".repeat(64)}.com`, `${"a.".repeat(126)}comm`, "a b.com", "ä.com", "-a.com"])(
    "does not ask for %j",
    (name) =>
      withDns(
        () => ({}),
        async ({ address, asked }) => {
          const error = await Effect.runPromise(Effect.flip(makeDnsClient([address]).addresses(name)));
          expect([error.reason, asked.length]).toEqual(["bad_name", 0]);
        },
      ),
  );
});

import { Effect } from "effect";
import { describe, expect, it } from "vitest";
import { DnsClient, layerOff } from "../../../src/dns/DnsClient.ts";
import { makeDnsClient } from "../../../src/dns/NodeDns.ts";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import { makeMailPolicy } from "../../../src/risk/sources/MailPolicy.ts";
import { watch } from "../../../src/risk/lookalike/Watched.ts";
import { SERVFAIL, withDns, zoneOf } from "../servers/dns.ts";

const watched = watch([], []);
const says = (domain: string, table: Parameters<typeof zoneOf>[0]) =>
  withDns(zoneOf(table), (server) =>
    Effect.runPromise(
      Effect.flatMap(Effect.provideService(makeMailPolicy(), DnsClient, makeDnsClient([server.address])), (source) =>
        source.assess({ ...readDomain(domain), watched }),
      ),
    ),
  );
const names = async (domain: string, table: Parameters<typeof zoneOf>[0]) =>
  (await says(domain, table)).map(({ name }) => name);

describe("SPF and DMARC", () => {
  it.each([
    ["both", { "a.com TXT": ["google=1", "v=spf1 -all"], "_dmarc.a.com TXT": ["v=DMARC1; p=none"] }, true, true],
    ["neither", {}, false, false],
    ["something like them", { "a.com TXT": ["v=spf10 -all", "spf1"], "_dmarc.a.com TXT": ["v=DMARC10"] }, false, false],
    ["SPF alone", { "a.com TXT": ["V=SPF1"] }, true, false],
    ["a wildcard of something else", { "a.com TXT": ["hello"], "_dmarc.a.com TXT": ["hello"] }, false, false],
  ] as const)("%s", async (_what, table, spf, dmarc) => {
    expect(await names("a.com", table)).toEqual([
      spf ? "sender_policy" : "no_sender_policy",
      dmarc ? "dmarc_policy" : "no_dmarc_policy",
    ]);
  });
  it("looks for DMARC above the host, for SPF at it", async () => {
    const table = { "a.com TXT": ["v=spf1 -all"], "_dmarc.a.com TXT": ["v=DMARC1;p=none"] };
    expect(await names("x.mail.a.com", table)).toEqual(["no_sender_policy", "dmarc_policy"]);
  });
  it("asks eight names at most, however deep the host", async () => {
    const asked = await withDns(zoneOf({}), async (server) => {
      const source = Effect.provideService(makeMailPolicy(), DnsClient, makeDnsClient([server.address]));
      const host = `${"a.".repeat(100)}b.com`;
      await Effect.runPromise(Effect.flatMap(source, (it) => it.assess({ ...readDomain(host), watched })));
      return server.asked;
    });
    expect(asked.length).toBe(9);
    expect(asked.at(-1)).toBe("_dmarc.b.com TXT");
    expect(asked.at(-2)).toBe("_dmarc.a.b.com TXT");
  });
  it("OV-97 failure-is-unknown: when either question fails", async () => {
    for (const table of [{ "a.com TXT": SERVFAIL }, { "a.com TXT": ["v=spf1"], "_dmarc.a.com TXT": SERVFAIL }])
      expect(await says("a.com", table)).toMatchObject([{ name: "source_failed", flag: "unknown" }]);
  });
  it("OV-99 not-configured-is-silent: where DNS is off", async () => {
    const off = Effect.flatMap(makeMailPolicy(), (source) => source.assess({ ...readDomain("a.com"), watched }));
    expect(await Effect.runPromise(Effect.provide(off, layerOff))).toEqual([]);
  });
  it("says nothing about what is no domain", async () => {
    for (const domain of ["[192.0.2.1]", "co.uk", "a b"]) expect(await says(domain, {})).toEqual([]);
  });
});

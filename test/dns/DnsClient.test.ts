import { describe, expect, it } from "@effect/vitest";
import { Effect } from "effect";
import { DnsClient, dnsError, layerFixed, layerOff, type RecordType } from "../../src/dns/DnsClient.ts";

const ask = (type: RecordType, name: string) => Effect.flatMap(DnsClient, (dns) => dns.ask(type, name));

describe("layers", () => {
  it.effect("off: every question fails, and says what to do", () =>
    Effect.gen(function* () {
      for (const type of ["A", "AAAA", "MX", "TXT", "PTR"] as const) {
        const error = yield* Effect.flip(ask(type, "a.com"));
        expect(error).toMatchObject({ _tag: "DnsError", reason: "off", code: "OFF" });
        expect(error.hint).toContain("turn DNS on");
      }
    }).pipe(Effect.provide(layerOff)),
  );

  it.effect("fixed: its table, and nothing else exists", () =>
    Effect.gen(function* () {
      expect(yield* ask("A", "a.com")).toEqual({ kind: "records", records: ["192.0.2.1"] });
      expect(yield* ask("MX", "a.com")).toEqual({ kind: "none" });
      expect(yield* ask("TXT", "a.com")).toEqual({ kind: "none" });
      expect(yield* ask("A", "toString")).toEqual({ kind: "no_such_name" });
      expect(yield* Effect.flip(ask("MX", "b.com"))).toMatchObject({ reason: "server_failed" });
      expect(yield* ask("A", "b.com")).toEqual({ kind: "none" });
    }).pipe(
      Effect.provide(
        layerFixed({ "a.com": { A: ["192.0.2.1"], MX: [] }, "b.com": { MX: dnsError("server_failed", "ESERVFAIL") } }),
      ),
    ),
  );
});

import fc from "fast-check";
import { assert, describe, it } from "vitest";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import { isDeniable, overrideDomain, overridden, type RiskOverride } from "../../../src/risk/policy/overrides.ts";
import { failed, finding } from "../../../src/risk/RiskSource.ts";
import { score } from "../../../src/risk/policy/score.ts";
import { WEIGHTS, type SignalName } from "../../../src/risk/policy/Weights.ts";

const evidence = { source: "s", version: "1" };
const override = (fields: Partial<RiskOverride> = {}): RiskOverride => ({
  domain: "example.com",
  signal: "disposable",
  reason: "ours",
  until: 1_000,
  by: "op",
  at: 1,
  ...fields,
});
const sum = (findings: readonly { readonly weight: number }[]) => score(findings.map(({ weight }) => weight));
const names = Object.keys(WEIGHTS) as readonly SignalName[];

describe("an override", () => {
  const found = [finding("disposable", evidence), finding("lookalike_near", evidence), failed("t", "1", "down", 0)];

  it("OV-109 override-removes-one-finding: it takes away the finding it names, leaves it to be seen, and says so itself", () => {
    const counted = overridden(found, readDomain("a.example.com"), [override()], 500);
    assert.deepEqual(
      counted.map(({ name, weight, flag }) => [name, weight, flag]),
      [
        ["disposable", 0, null],
        ["lookalike_near", 7_500, "lookalike"],
        ["source_failed", 2_000, "unknown"],
        ["override", 0, null],
      ],
    );
    assert.match(counted[0]!.note!, /overridden/);
    assert.deepInclude(counted[3], {
      source: "operator",
      version: "op",
      note: "disposable is not counted until 1970-01-01: ours",
    });
  });

  it("OV-109 override-removes-one-finding: not after its end, not for another domain, not by a name that only looks like it", () => {
    for (const [domain, one, now] of [
      ["example.com", override(), 1_000],
      ["notexample.com", override(), 500],
      ["example.com.evil.org", override(), 500],
      ["example.com", override({ domain: "a.example.com" }), 500],
      ["example.com", override({ signal: "lookalike" }), 500],
      ["example.com", override({ signal: "source_failed" }), 500],
      ["example.com", override({ signal: "unknown" }), 500],
    ] as const) {
      assert.strictEqual(overridden(found, readDomain(domain), [one], now), found, `${domain} ${one.signal}`);
    }
  });

  it("never makes a source's failure, or what cannot be read, look known", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...names)), fc.constantFrom(...names), (have, signal) => {
        const findings = have.map((name) => finding(name, evidence));
        const counted = overridden(findings, readDomain("example.com"), [override({ signal })], 500);
        assert.isAtLeast(sum(counted), sum(findings.filter((one) => one.name !== signal)));
        const unknowns = (all: typeof findings) => all.filter(({ flag }) => flag === "unknown").length;
        assert.strictEqual(unknowns([...counted]), unknowns(findings));
      }),
    );
    for (const name of names) if (WEIGHTS[name].flag === "unknown") assert.isFalse(isDeniable(name), name);
  });

  it("is about a domain that somebody can have registered", () => {
    assert.strictEqual(overrideDomain(" Example.COM. "), "example.com");
    for (const name of ["com", "co.uk", "github.io", "localhost", "[192.0.2.1]", "a..b", ""]) {
      assert.isNull(overrideDomain(name), name);
    }
  });
});

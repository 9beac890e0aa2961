/** Nothing a mailbox says, and nothing unreadable, loosens what the tenant demands. */
import fc from "fast-check";
import { assert, describe, it } from "vitest";
import {
  demandOf,
  looserField,
  problemOf,
  STRICTEST,
  tenantPolicy,
  tightened,
  type MailboxRisk,
  type RiskPolicy,
  type TenantRisk,
} from "../../../src/risk/policy/RiskPolicy.ts";

const bp = fc.integer({ min: 0, max: 10_000 });
const sources = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"));
const optional = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined });
const defined = <A extends object>(fields: A): { [K in keyof A]?: Exclude<A[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

const defaults = fc.record({ holdAbove: bp, holdUnknown: fc.boolean() });
const tenants: fc.Arbitrary<TenantRisk> = fc
  .record({
    holdAbove: optional(bp),
    refuseAbove: optional(fc.option(bp)),
    holdUnknown: optional(fc.boolean()),
    sourcesOff: optional(sources),
  })
  .map(defined);
const mailboxes: fc.Arbitrary<MailboxRisk> = fc
  .record({
    holdAbove: optional(bp),
    refuseAbove: optional(bp),
    holdUnknown: optional(fc.constant(true as const)),
    sourcesOn: optional(sources),
  })
  .map(defined);
const verdicts = fc.record({
  score: bp,
  unknown: fc.boolean(),
  blocked: fc.boolean(),
  blockedBy: fc.constant(null),
});

describe("a mailbox's policy", () => {
  it("only tightens, whatever it and its tenant's say: held and blocked stay so, no source is lost", () => {
    fc.assert(
      fc.property(defaults, tenants, mailboxes, verdicts, (installation, tenant, mailbox, verdict) => {
        const base = tenantPolicy(installation, tenant);
        const policy = tightened(base, mailbox);
        const [before, after] = [demandOf(base, verdict), demandOf(policy, verdict)];
        assert.isTrue(!before.held || after.held);
        assert.isTrue(!before.blocked || after.blocked);
        assert.isTrue([...policy.sourcesOff].every((source) => base.sourcesOff.has(source)));
        assert.strictEqual(policy.overrides, base.overrides);
      }),
    );
  });

  it("that cannot be read holds everything, and lets nobody approve what the tenant refuses", () => {
    fc.assert(
      fc.property(defaults, tenants, verdicts, (installation, tenant, verdict) => {
        const base = tenantPolicy(installation, tenant);
        const policy = tightened(base, null);
        const [before, after] = [demandOf(base, verdict), demandOf(policy, verdict)];
        assert.isTrue(after.held);
        assert.isTrue(!before.blocked || after.blocked);
        assert.deepStrictEqual(policy.overrides, []);
        assert.strictEqual(policy.sourcesOff.size, 0);
      }),
    );
  });

  it("is refused where it is looser than the tenant's at that moment, and only there", () => {
    fc.assert(
      fc.property(defaults, tenants, mailboxes, (installation, tenant, mailbox) => {
        const base = tenantPolicy(installation, tenant);
        const policy = tightened(base, mailbox);
        const isKept =
          (mailbox.holdAbove === undefined || policy.holdAbove === mailbox.holdAbove) &&
          (mailbox.refuseAbove === undefined || policy.refuseAbove === mailbox.refuseAbove);
        assert.strictEqual(looserField(base, mailbox) === null, isKept);
      }),
    );
  });
});

describe("a policy", () => {
  it("holds more the more is known against a domain, and lets no unknown through where it holds unknowns", () => {
    fc.assert(
      fc.property(defaults, tenants, verdicts, fc.nat(10_000), (installation, tenant, verdict, more) => {
        const policy = tenantPolicy(installation, tenant);
        const worse = { ...verdict, score: Math.min(10_000, verdict.score + more), unknown: true };
        const [before, after] = [demandOf(policy, verdict), demandOf(policy, worse)];
        assert.isTrue(!before.held || after.held);
        assert.isTrue(!before.blocked || after.blocked);
        if (policy.holdUnknown) assert.isTrue(after.held);
      }),
    );
  });

  it("a block of the lists stays a block under every policy, and says who blocks", () => {
    fc.assert(
      fc.property(defaults, tenants, verdicts, (installation, tenant, verdict) => {
        const blocked = { ...verdict, blocked: true, blockedBy: "deny:evil.org" };
        assert.deepInclude(demandOf(tenantPolicy(installation, tenant), blocked), {
          blocked: true,
          blockedBy: "deny:evil.org",
        });
      }),
    );
  });

  it("that cannot be read holds everything, overrides nothing, and no mailbox loosens it", () => {
    fc.assert(
      fc.property(mailboxes, verdicts, (mailbox, verdict) => {
        const policy: RiskPolicy = tightened(STRICTEST, mailbox);
        assert.isTrue(demandOf(policy, verdict).held);
        assert.isTrue(demandOf(STRICTEST, verdict).held);
        assert.deepStrictEqual(policy.overrides, []);
        assert.strictEqual(policy.sourcesOff.size, 0);
      }),
    );
  });

  it("names what is wrong with it", () => {
    const override = { domain: "example.com", signal: "disposable", reason: "r", until: 200, by: "op", at: 100 };
    assert.isNull(problemOf({ overrides: [override] }, 100));
    // One that is kept from before may have run out.
    assert.isNull(problemOf({ overrides: [override] }, 500));
    assert.strictEqual(problemOf({ overrides: [{ ...override, until: 100 }] }, 100)?.field, "overrides");
    assert.strictEqual(problemOf({ overrides: [{ ...override, domain: "EXAMPLE.com" }] }, 100)?.field, "overrides");
    assert.strictEqual(problemOf({ sourcesOff: ["Not a name"] }, 100)?.field, "sources");
    assert.isNull(problemOf({ sourcesOff: ["threat_feed:phish", "dnsbl:spamhaus_dbl"] }, 100));
    assert.strictEqual(problemOf({ sourcesOn: Array.from({ length: 101 }, () => "a") }, 100)?.field, "sources");
    assert.strictEqual(problemOf({ overrides: Array.from({ length: 501 }, () => override) }, 100)?.field, "overrides");
  });
});

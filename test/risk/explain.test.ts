import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explain, showDomain } from "../../src/risk/explain.ts";
import { failed, finding } from "../../src/risk/RiskSource.ts";
import type { DomainSignal } from "../../src/risk/RiskVerdict.ts";
import { WEIGHTS, type SignalName } from "../../src/risk/policy/Weights.ts";
import { codePoint } from "../support/codePoint.ts";

const signal = (name: SignalName, rest: Partial<DomainSignal> = {}): DomainSignal => {
  const { flag: _flag, keepFor: _keepFor, ...shown } = finding(name, { source: "s", version: "1" });
  return { domain: "example.com", ...shown, ...rest };
};

describe("showDomain", () => {
  it.each([
    ["example.com", "example.com"],
    ["xn--mnchen-3ya.de", "münchen.de (xn--mnchen-3ya.de)"],
    ["раураӏ.com", "раураӏ.com (xn--80aa0cbo65f.com)"],
    ["[192.0.2.1]", "[192.0.2.1]"],
    ["evil\u202emoc.elpmaxe", "evil\ufffdmoc.elpmaxe"],
    ["a\nb", "a\ufffdb"],
  ])("%j is shown as %s", (given, shown) => expect(showDomain(given)).toBe(shown));
});

describe("OV-113 words-beside-the-score", () => {
  it.each(Object.keys(WEIGHTS) as SignalName[])("%s has a sentence that names the domain", (name) => {
    const words = explain(signal(name, { domain: "xn--mnchen-3ya.de", note: "a note" }));
    expect(words).toMatch(/^.*münchen\.de \(xn--mnchen-3ya\.de\).*[^.]\.$/);
    expect(words).not.toMatch(/_|undefined|null|\.\./);
  });

  it.each([
    [
      signal("lookalike_near", { domain: "paypai.com", note: "resembles paypal.com" }),
      "paypai.com differs from paypal.com by one letter.",
    ],
    [
      signal("lookalike_confusable", { domain: "muller.de", note: "resembles xn--mller-kva.de" }),
      "muller.de reads like müller.de (xn--mller-kva.de), but is another domain.",
    ],
    [
      signal("lookalike_combined", { domain: "paypal-login.com", note: "resembles paypal.com (brand)" }),
      "paypal-login.com joins the name of paypal.com (a known brand) with another word, as forgers do.",
    ],
    [
      signal("newly_registered", { note: "registered 12 days ago" }),
      "example.com is less than 30 days old: registered 12 days ago.",
    ],
    [
      signal("threat_listed", { note: "it is listed", stale: true, source: "threat_feed:x" }),
      "example.com is on a list of dangerous sites: it is listed. This rests on old data of threat_feed:x.",
    ],
    [
      { domain: "example.com", ...failed("dnsbl:surbl", "1", "refused: asked too often", 1) },
      "example.com could not be checked by dnsbl:surbl (refused: asked too often).",
    ],
    [{ ...signal("registrable"), name: "seen_in_breach", note: "2024" }, "example.com: seen in breach (2024)."],
    [{ ...signal("registrable"), name: "toString" }, "example.com: toString."],
  ])("%#", (given, words) => expect(explain(given)).toBe(words));

  it("has one line, whatever a source says", () => {
    const text = fc.string({ unit: codePoint, maxLength: 40 });
    fc.assert(
      fc.property(text, text, text, text, (name, domain, note, error) => {
        const words = explain({ ...signal("registrable"), name, domain, note, error, source: note });
        expect(words).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
      { numRuns: 500 },
    );
  });
});

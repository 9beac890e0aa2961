import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import { isOneSlipAway, watch } from "../../../src/risk/lookalike/Watched.ts";

const own = ["acme-corp.com", "zeta.io"];
const known = ["paypal.com", "gmail.com", "contoso.co.uk", "abc.com", "müller.de", "initech.com"];
const watched = watch(own, known);
const resembles = (domain: string) => watched.resembles(readDomain(domain));

describe("OV-110 own-and-known-are-watched", () => {
  it.each([
    ["асmе-соrр.com", "confusable", "acme-corp.com"],
    ["acrne-corp.com", "confusable", "acme-corp.com"],
    ["acme-c0rp.com", "confusable", "acme-corp.com"],
    ["раураӏ.com", "confusable", "paypal.com"],
    ["paypa1.net", "confusable", "paypal.com"],
    ["muller.de", "confusable", "xn--mller-kva.de"],
    ["mueller.de", "near", "xn--mller-kva.de"],
    ["acme-crop.com", "near", "acme-corp.com"],
    ["acmecorp.com", "near", "acme-corp.com"],
    ["acme-corpp.com", "near", "acme-corp.com"],
    ["adme-corp.com", "near", "acme-corp.com"],
    ["mail.acme-corps.com", "near", "acme-corp.com"],
    ["zeto.io", "near", "zeta.io"],
    ["gmial.com", "near", "gmail.com"],
    ["contosso.co.uk", "near", "contoso.co.uk"],
    ["acme-corp.net", "suffix", "acme-corp.com"],
    ["acme-corp.co", "suffix", "acme-corp.com"],
    ["acme-corp.github.io", "suffix", "acme-corp.com"],
    ["paypal.shop", "suffix", "paypal.com"],
    ["gmail.shop", "suffix", "gmail.com"],
    ["acme-corp.com.evil.net", "embedded", "acme-corp.com"],
    ["login.paypal.com.evil.co.uk", "embedded", "paypal.com"],
    ["abc.com.evil.net", "embedded", "abc.com"],
  ])("%s: %s of %s", (domain, how, of) => {
    expect(resembles(domain)).toEqual({ how, of });
  });

  it.each([
    "acme-corp.com",
    "mail.acme-corp.com",
    "ACME-CORP.COM",
    "zeta.io",
    "paypal.com",
    "www.paypal.com",
    "mail.com",
    "ymail.com",
    "gmx.com",
    "abd.com",
    "abc.org",
    "example.org",
    "acme-corp-holding.com",
    "com.acme-corp.com",
    "localhost",
    "co.uk",
    "[192.0.2.1]",
  ])("%s resembles nothing", (domain) => expect(resembles(domain)).toBe(null));

  it.each([
    ["paypa1.com", "confusable", "paypal.com"],
    ["раураӏ.com", "confusable", "paypal.com"],
    ["rnicrosoft.com", "confusable", "microsoft.com"],
    ["micros0ft.net", "confusable", "microsoft.com"],
    ["mircosoft.com", "near", "microsoft.com"],
    ["netfliix.com", "near", "netflix.com"],
    ["paypal.com.evil.net", "embedded", "paypal.com"],
    ["www.docusign.net.evil.co.uk", "embedded", "docusign.net"],
    ["paypal-login.com", "combined", "paypal.com"],
    ["secure-paypal-login.net", "combined", "paypal.com"],
    ["paypal-com.net", "combined", "paypal.com"],
    ["paypal.shop", "suffix", "paypal.com"],
    ["netflix.top", "suffix", "netflix.com"],
    ["apple.xyz", null, null],
    ["www-paypal-com.evil.com", null, null],
    ["securepaypal.com", "combined", "paypal.com"],
    ["paypallogin.com", "combined", "paypal.com"],
    ["paypa1-login.com", "combined", "paypal.com"],
    ["dhl-delivery.com", "combined", "dhl.com"],
    ["deutsche-bank-login.com", "combined", "deutsche-bank.de"],
    ["bank-of-america-login.com", "combined", "bankofamerica.com"],
  ])("%s: %s of the brand %s", (domain, how, of) => {
    const none = watch([], []);
    expect(none.resembles(readDomain(domain))).toEqual(how === null ? null : { how, of, isBrand: true });
    expect(watch([], [], [], []).resembles(readDomain(domain))).toBe(null);
  });

  it.each([
    "paypal.com",
    "www.paypal.com",
    "paypal.me",
    "paypal.de",
    "telegra.ph",
    "correios.com.br",
    "amazon.co.uk",
    "google.com.au",
    "www.google.de",
    "paypay.ne.jp",
    "lng.com",
    "apples.com",
    "chaser.com",
    "login.com",
    "my-support.com",
    "mail.com",
    "email.com",
    "online-services.com",
    "google-analytics.com",
    "t-mobile.de",
    "snowflake.com",
    "hotels.com",
    "stripes.com",
  ])("%s is no forgery of a brand", (domain) => {
    expect(watch([], []).resembles(readDomain(domain))).toBe(null);
  });

  it("compares own and known names joined with words that lure", () => {
    const index = watch(["acme-corp.com"], ["initech.com"]);
    for (const [domain, of] of [
      ["acme-corp-invoices.com", "acme-corp.com"],
      ["acmecorp-billing.com", null],
      ["initech-payments.net", "initech.com"],
      ["initechpayments.net", "initech.com"],
      ["initech-garden.net", null],
    ] as const)
      expect(index.resembles(readDomain(domain)), domain).toEqual(of === null ? null : { how: "combined", of });
  });

  it("a brand's forgery stays one after it wrote first; a correspondent near a brand is itself", () => {
    const index = watch([], ["paypa1.com", "paypol.com", "paypal-login.com"]);
    expect(index.resembles(readDomain("paypa1.com"))).toEqual({ how: "confusable", of: "paypal.com", isBrand: true });
    expect(index.resembles(readDomain("paypal-login.com"))?.how).toBe("combined");
    expect(index.resembles(readDomain("paypol.com"))).toBe(null);
    expect(watch([], []).resembles(readDomain("paypol.com"))?.how).toBe("near");
  });

  it("a correspondent that is a brand has other true suffixes, one that is none has not", () => {
    const index = watch([], ["amazon.com", "google.de", "initech.com"]);
    expect(index.resembles(readDomain("amazon.co.uk"))).toBe(null);
    expect(index.resembles(readDomain("google.fr"))).toBe(null);
    expect(index.resembles(readDomain("amazon.top"))).toEqual({ how: "suffix", of: "amazon.com" });
    expect(index.resembles(readDomain("initech.co.uk"))).toEqual({ how: "suffix", of: "initech.com" });
    expect(watch(["amazon.com"], []).resembles(readDomain("amazon.co.uk"))?.how).toBe("suffix");
  });

  it("a correspondent hardly written to has other true suffixes, but those that forgers buy or that differ by a letter", () => {
    const met = watch([], [], ["initech.com", "umbrella.de", "amazon.com"]);
    const known = watch([], ["initech.com", "umbrella.de", "amazon.com"]);
    for (const domain of ["initech.de", "initech.co.uk", "www.initech.net", "umbrella.com", "umbrella.io"]) {
      expect(met.resembles(readDomain(domain)), domain).toBe(null);
      expect(known.resembles(readDomain(domain))?.how, domain).toBe("suffix");
    }
    for (const domain of ["initech.top", "initech.co", "initech.cm", "umbrella.shop", "amazon.xyz"])
      expect(met.resembles(readDomain(domain))?.how, domain).toBe("suffix");
    expect(met.resembles(readDomain("amazon.co"))).toBe(null);
  });

  it("a correspondent hardly written to is forged in every other way, and forges our own", () => {
    const index = watch(["acme-corp.com"], ["contoso.com"], ["initech.com", "acme-c0rp.com", "contoso.de"]);
    for (const [domain, how] of [
      ["1nitech.com", "confusable"],
      ["1nitech.de", "confusable"],
      ["initecn.com", "near"],
      ["initech.com.evil.net", "embedded"],
      ["initech-login.de", "combined"],
    ] as const)
      expect(index.resembles(readDomain(domain)), domain).toEqual({ how, of: "initech.com" });
    expect(index.resembles(readDomain("acme-c0rp.com"))).toEqual({ how: "confusable", of: "acme-corp.com" });
    // Written to, it is no stranger; and well known under one suffix, another is still odd.
    expect(index.resembles(readDomain("contoso.de"))).toBe(null);
    expect(index.resembles(readDomain("contoso.fr"))).toEqual({ how: "suffix", of: "contoso.com" });
  });

  it("own names come before brands", () => {
    expect(watch(["paypa1.com"], []).resembles(readDomain("paypal.de"))).toEqual({
      how: "confusable",
      of: "paypa1.com",
    });
    const index = watch(["paypall.com"], []);
    expect(index.resembles(readDomain("paypall.com"))).toBe(null);
    expect(index.isOwn("paypall.com")).toBe(true);
  });

  it("compares a known domain with the operator's own: writing first does not clear a forgery", () => {
    const index = watch(["acme-corp.com"], ["acme-c0rp.com", "acme-c0rps.com"]);
    expect(index.resembles(readDomain("acme-c0rp.com"))).toEqual({ how: "confusable", of: "acme-corp.com" });
    // … and one known domain with another is not compared.
    expect(watch([], ["initech.com", "initech.de"]).resembles(readDomain("initech.de"))).toBe(null);
  });

  it("one own domain does not resemble another", () => {
    const index = watch(["acme.com", "acme.de"], []);
    expect(index.resembles(readDomain("acme.de"))).toBe(null);
    expect(index.resembles(readDomain("acme.fr"))).toEqual({ how: "suffix", of: "acme.com" });
  });

  it("leaves out entries without a registrable domain", () => {
    const index = watch(["localhost", "", "co.uk", "[192.0.2.1]"], ["??"]);
    expect(index.resembles(readDomain("example.com"))).toBe(null);
  });

  it("finds every label one slip away, among many names", () => {
    const letters = fc.string({ unit: fc.constantFrom(..."abcdefgh"), minLength: 5, maxLength: 12 });
    const slip = fc.tuple(fc.nat(), fc.constantFrom("insert", "delete", "replace", "swap"), fc.constantFrom(..."xyz"));
    fc.assert(
      fc.property(letters, fc.array(letters, { maxLength: 10 }), slip, (label, others, [where, kind, letter]) => {
        const i = where % (label.length - 1);
        const slipped = {
          insert: label.slice(0, i) + letter + label.slice(i),
          delete: label.slice(0, i) + label.slice(i + 1),
          replace: label.slice(0, i) + letter + label.slice(i + 1),
          swap: label.slice(0, i) + label[i + 1]! + label[i]! + label.slice(i + 2),
        }[kind]!;
        fc.pre(slipped !== label && !others.includes(slipped));
        const index = watch(
          [`${label}.com`],
          others.map((other) => `${other}.com`),
        );
        expect(isOneSlipAway(label, slipped) && isOneSlipAway(slipped, label)).toBe(true);
        expect(index.resembles(readDomain(`${slipped}.com`))).not.toBe(null);
      }),
      { numRuns: 500 },
    );
  });
});

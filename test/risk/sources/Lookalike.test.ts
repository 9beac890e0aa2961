import { expect, it } from "@effect/vitest";
import { Effect } from "effect";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import { lookalike } from "../../../src/risk/sources/Lookalike.ts";
import { watch } from "../../../src/risk/lookalike/Watched.ts";

const watched = watch(["acme-corp.com", "пример.com"], ["paypal.com"]);
const assess = (domain: string) =>
  Effect.map(lookalike.assess({ ...readDomain(domain), watched }), (all) => all.map(({ name, flag }) => [name, flag]));

it.effect.each([
  ["acme-c0rp.com", ["lookalike_confusable"]],
  ["acme-crop.com", ["lookalike_near"]],
  ["acme-corp.net", ["lookalike_suffix"]],
  ["acme-corp.com.evil.net", ["lookalike_embedded"]],
  ["xn--80ak6aa92e.com", ["lookalike_confusable", "whole_script_confusable"]],
  ["paypal-login.com", ["lookalike_combined"]],
  ["сосо.com", ["whole_script_confusable"]],
  ["раураӏ.com", ["lookalike_confusable", "whole_script_confusable"]],
  ["pаypal.com", ["lookalike_confusable", "mixed_script"]],
  ["gооgle.com", ["lookalike_confusable", "mixed_script"]],
  ["sоmewhere.com", ["mixed_script"]],
  ["pаypal.evil.net", ["mixed_script"]],
] as const)("flags %s", ([domain, names]) =>
  Effect.gen(function* () {
    expect(yield* assess(domain)).toEqual(names.map((name) => [name, "lookalike"]));
  }),
);

it.effect.each([
  "acme-corp.com",
  "deep.below.acme-corp.com",
  "xn--e1afmkfd.com",
  "paypal.com",
  "example.org",
  "почта.рф",
  "сосо.ru",
  "łódź.pl",
  "münchen.de",
  "日本tv.jp",
])("does not flag %s", (domain) =>
  Effect.gen(function* () {
    expect(yield* assess(domain)).toEqual([["no_lookalike", null]]);
  }),
);

it.effect("says which domain is imitated", () =>
  Effect.gen(function* () {
    const [found] = yield* lookalike.assess({ ...readDomain("paypa1.com"), watched });
    expect(found?.note).toBe("resembles paypal.com");
    const [brand] = yield* lookalike.assess({ ...readDomain("netfl1x.com"), watched });
    expect(brand?.note).toBe("resembles netflix.com (brand)");
  }),
);

it.effect("says nothing about what has no registrable domain", () =>
  Effect.gen(function* () {
    for (const domain of ["localhost", "co.uk", "[192.0.2.1]", ""]) expect(yield* assess(domain)).toEqual([]);
  }),
);

import { expect, it } from "@effect/vitest";
import { Effect } from "effect";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import { publicSuffix } from "../../../src/risk/sources/PublicSuffix.ts";
import { watch } from "../../../src/risk/lookalike/Watched.ts";

it.effect.each([
  ["mail.example.co.uk", "registrable", 0, null],
  ["alice.github.io", "private_suffix", 500, null],
  ["host.internal", "unlisted_suffix", 2_000, "unknown"],
  ["localhost", "single_label", 2_000, "unknown"],
  ["co.uk", "bare_suffix", 2_000, "unknown"],
  ["[192.0.2.1]", "address_literal", 7_500, "unknown"],
  ["a b", "unreadable_domain", 7_500, "unknown"],
] as const)("says what %s is", ([domain, name, weight, flag]) =>
  Effect.gen(function* () {
    const found = yield* publicSuffix.assess({ ...readDomain(domain), watched: watch([], []) });
    expect(found).toEqual([
      expect.objectContaining({ name, weight, flag, source: "public_suffix", version: expect.stringMatching(/^7\./) }),
    ]);
  }),
);

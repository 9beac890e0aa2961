import { describe, expect, it } from "@effect/vitest";
import packaged from "disposable-email-domains-js/package.json" with { type: "json" };
import { Effect } from "effect";
import { TestClock } from "effect/testing";
import { readDomain } from "../../../src/risk/Domain.ts";
import {
  disposableList,
  LIST_RELEASE,
  LIST_STALE_AFTER,
  PRIVACY_RELAYS,
} from "../../../src/risk/sources/DisposableList.ts";
import { watch } from "../../../src/risk/Watched.ts";

const watched = watch([], []);
const source = disposableList();
const assess = (domain: string, from = source) => from.assess({ ...readDomain(domain), watched });
const firstName = (domain: string, from = source) => Effect.map(assess(domain, from), ([found]) => found?.name);

describe("the packaged list", () => {
  it.effect.each(["mailinator.com", "MAILINATOR.com.", "a.b.mailinator.com", "trashmail.com"])("names %s", (domain) =>
    Effect.gen(function* () {
      expect(yield* assess(domain)).toEqual([
        expect.objectContaining({ name: "disposable", flag: "disposable", weight: 8_000, version: packaged.version }),
      ]);
    }),
  );

  it.effect.each(["example.com", "gmail.com", "really-not-mailinator.com", "mailinator.com.example.org"])(
    "does not name %s",
    (domain) =>
      Effect.gen(function* () {
        expect(yield* assess(domain)).toEqual([
          expect.objectContaining({ name: "not_disposable", weight: 0, flag: null }),
        ]);
      }),
  );

  it("is the release whose date is stated", () => {
    expect(packaged.version).toBe(LIST_RELEASE.version);
    expect(new Date(LIST_RELEASE.releasedAt * 1000).toISOString()).toBe("2026-09-21T08:30:21.000Z");
  });

  it.effect("says when it has grown old", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime((LIST_RELEASE.releasedAt + LIST_STALE_AFTER) * 1000);
      expect((yield* assess("example.com"))[0]).toMatchObject({ stale: false, fetched_at: LIST_RELEASE.releasedAt });
      yield* TestClock.adjust("1 second");
      expect((yield* assess("example.com"))[0]).toMatchObject({ stale: true });
    }),
  );
});

describe("overrides", () => {
  it.effect.each(PRIVACY_RELAYS.map(({ domain }) => domain))("%s is a relay, not disposable", (domain) =>
    Effect.gen(function* () {
      const [found] = yield* assess(domain);
      expect(found).toMatchObject({ name: "privacy_relay", weight: 0, flag: null });
      expect(found?.note).toBeTruthy();
    }),
  );

  it.effect("win over the list, for the domain and what is below it", () =>
    Effect.gen(function* () {
      const listing = disposableList({ domains: ["opayq.com", "other.com"], version: "t", releasedAt: null });
      expect(yield* firstName("opayq.com", listing)).toBe("privacy_relay");
      expect(yield* firstName("x.opayq.com", listing)).toBe("privacy_relay");
      expect(yield* firstName("other.com", listing)).toBe("disposable");
    }),
  );

  it.effect("of the operator end when they say so", () =>
    Effect.gen(function* () {
      const listing = disposableList({
        domains: ["ours.example.com"],
        version: "t",
        releasedAt: null,
        overrides: [{ domain: "OURS.example.com", reason: "our own test inboxes", until: 1_000 }],
      });
      yield* TestClock.setTime(999_000);
      expect(yield* firstName("ours.example.com", listing)).toBe("privacy_relay");
      yield* TestClock.setTime(1_000_000);
      expect(yield* firstName("ours.example.com", listing)).toBe("disposable");
    }),
  );
});

it.effect("a listed suffix does not condemn its tenants, a listed tenant not its neighbours", () =>
  Effect.gen(function* () {
    const listing = disposableList({ domains: ["github.io", "bad.github.io"], version: "t", releasedAt: null });
    expect(yield* firstName("good.github.io", listing)).toBe("not_disposable");
    expect(yield* firstName("bad.github.io", listing)).toBe("disposable");
  }),
);

it.effect("an empty list is a failed source, not a clean answer", () =>
  Effect.gen(function* () {
    expect(yield* assess("example.com", disposableList({ domains: [], version: "t" }))).toEqual([
      expect.objectContaining({ name: "source_failed", flag: "unknown", weight: 2_000, error: "the list is empty" }),
    ]);
  }),
);

import { describe, expect, it } from "@effect/vitest";
import { Effect } from "effect";
import { TestClock } from "effect/testing";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import {
  disposableList,
  type DisposableDomains,
  LIST_RELEASES,
  LIST_STALE_AFTER,
  PACKAGED_LISTS,
  PRIVACY_RELAYS,
} from "../../../src/risk/sources/DisposableList.ts";
import { watch } from "../../../src/risk/lookalike/Watched.ts";

const one = (domains: readonly string[], name = "t", releasedAt: number | null = null): DisposableDomains => ({
  name,
  version: "1",
  releasedAt,
  domains: new Set(domains),
});
const watched = watch([], []);
const source = disposableList();
const assess = (domain: string, from = source) => from.assess({ ...readDomain(domain), watched });
const firstName = (domain: string, from = source) => Effect.map(assess(domain, from), ([found]) => found?.name);

describe("the packaged lists", () => {
  it.effect.each(["mailinator.com", "MAILINATOR.com.", "a.b.mailinator.com", "trashmail.com"])("names %s", (domain) =>
    Effect.gen(function* () {
      expect(yield* assess(domain)).toEqual([
        expect.objectContaining({ name: "disposable", flag: "disposable", weight: 8_000 }),
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

  it("are the releases whose dates are stated", () => {
    expect(PACKAGED_LISTS.map(({ name, version, releasedAt }) => ({ name, version, releasedAt }))).toEqual(
      Object.entries(LIST_RELEASES).map(([name, release]) => ({ name, ...release })),
    );
    expect(PACKAGED_LISTS.map(({ releasedAt }) => new Date(releasedAt! * 1000).toISOString())).toEqual([
      "2026-09-21T08:30:21.000Z",
      "2026-07-18T23:53:28.000Z",
    ]);
    for (const { domains } of PACKAGED_LISTS) expect(domains.size).toBeGreaterThan(5_000);
  });

  it.effect("say when the oldest of them has grown old", () =>
    Effect.gen(function* () {
      const { releasedAt } = LIST_RELEASES.mailchecker;
      yield* TestClock.setTime((releasedAt + LIST_STALE_AFTER) * 1000);
      expect((yield* assess("example.com"))[0]).toMatchObject({ stale: false, fetched_at: releasedAt });
      yield* TestClock.adjust("1 second");
      expect((yield* assess("example.com"))[0]).toMatchObject({ stale: true });
    }),
  );
});

it.effect("OV-98 signal-names-its-evidence: the finding says which list names the domain, and how old that is", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(30_000_000_000);
    const both = disposableList({
      lists: [one(["a.com", "c.com"], "first", 29_000_000), one(["b.com", "c.com"], "second", 1_000)],
    });
    expect((yield* assess("x.a.com", both))[0]).toMatchObject({
      name: "disposable",
      note: "a.com is on first",
      version: "first@1",
      fetched_at: 29_000_000,
      stale: false,
    });
    expect((yield* assess("b.com", both))[0]).toMatchObject({ version: "second@1", stale: true });
    expect((yield* assess("c.com", both))[0]).toMatchObject({
      note: "c.com is on first and second",
      version: "first@1 second@1",
      fetched_at: 29_000_000,
    });
    expect((yield* assess("d.com", both))[0]).toMatchObject({
      name: "not_disposable",
      version: "first@1 second@1",
      fetched_at: 1_000,
      stale: true,
    });
  }),
);

describe("overrides", () => {
  it.effect.each(PRIVACY_RELAYS.map(({ domain }) => domain))("%s is a relay, not disposable", (domain) =>
    Effect.gen(function* () {
      const [found] = yield* assess(domain);
      expect(found).toMatchObject({ name: "privacy_relay", weight: 0, flag: null });
      expect(found?.note).toBeTruthy();
    }),
  );

  it.effect("OV-109 override-removes-one-finding: win over the list, for the domain and what is below it", () =>
    Effect.gen(function* () {
      const listing = disposableList({ lists: [one(["opayq.com", "other.com"])] });
      expect(yield* firstName("opayq.com", listing)).toBe("privacy_relay");
      expect(yield* firstName("x.opayq.com", listing)).toBe("privacy_relay");
      expect(yield* firstName("other.com", listing)).toBe("disposable");
    }),
  );

  it.effect("OV-109 override-removes-one-finding: of the operator end when they say so", () =>
    Effect.gen(function* () {
      const listing = disposableList({
        lists: [one(["ours.example.com"])],
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
    const listing = disposableList({ lists: [one(["github.io", "bad.github.io"])] });
    expect(yield* firstName("good.github.io", listing)).toBe("not_disposable");
    expect(yield* firstName("bad.github.io", listing)).toBe("disposable");
  }),
);

it.effect("an empty list is a failed source, not a clean answer", () =>
  Effect.gen(function* () {
    expect(yield* assess("example.com", disposableList({ lists: [one([])] }))).toEqual([
      expect.objectContaining({
        name: "source_failed",
        flag: "unknown",
        weight: 2_000,
        error: "the list is empty (t)",
      }),
    ]);
  }),
);

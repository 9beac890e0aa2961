/** Feeds from copies of their own and from files: a restart serves what it kept, and what somebody changed is not believed. */
import { readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Effect } from "effect";
import { TestClock } from "effect/testing";
import { describe, expect, it } from "vitest";
import { sends } from "../servers/http.ts";
import { feedServer, list, nameOf, NOW, signals } from "./feedServer.ts";

const web = feedServer();
const { fromServer, refresh, staged } = web;

describe("a copy", () => {
  it("serves a restart, with its age, without asking anyone, and says what it knows to the server", async () => {
    await staged([fromServer()], (feeds) => refresh(feeds, sends(list(5), { etag: '"v7"' })));
    expect((await readdir(web.copies)).toSorted()).toEqual(["list.feed", "list.json"]);
    await staged([fromServer()], (feeds) =>
      Effect.gen(function* () {
        yield* TestClock.adjust("3 hours");
        expect(yield* signals(feeds, "bad1.com")).toMatchObject([{ name: "threat_listed", fetched_at: NOW }]);
        expect(web.asked.length).toBe(1);
        const seen: unknown[] = [];
        yield* refresh(feeds, (request, response) => {
          seen.push(request.headers["if-none-match"]);
          response.writeHead(304).end();
        });
        expect(seen).toEqual(['"v7"']);
      }),
    );
  });

  it.each([
    ["was changed", async () => writeFile(join(web.copies, "list.feed"), "good.com\n")],
    ["was emptied", async () => writeFile(join(web.copies, "list.feed"), "")],
    ["has no description", async () => rm(join(web.copies, "list.json"))],
    ["has a broken description", async () => writeFile(join(web.copies, "list.json"), "{")],
    [
      "comes from the future",
      async () => {
        const about = JSON.parse(await readFile(join(web.copies, "list.json"), "utf8")) as object;
        await writeFile(join(web.copies, "list.json"), JSON.stringify({ ...about, fetchedAt: NOW + 999_999 }));
      },
    ],
  ] as const)("that %s is none: poisoned caches clear nobody", async (_what, poison) => {
    await staged([fromServer()], (feeds) => refresh(feeds, sends(list(5))));
    await poison();
    await staged([fromServer()], (feeds) =>
      Effect.gen(function* () {
        expect(yield* nameOf(feeds, "bad1.com")).toBe("source_failed");
      }),
    );
  });

  it("of another place or format is none", async () => {
    await staged([fromServer()], (feeds) => refresh(feeds, sends(list(5))));
    const elsewhere = fromServer({ location: { url: `${web.base}other`, allowPlain: true, allowPrivate: true } });
    for (const config of [elsewhere, fromServer({ format: "openphish" })])
      expect((await staged([config], (feeds) => feeds.status))[0]?.version).toBe(null);
  });

  it("that cannot be written is said, and the feed is in use all the same", () =>
    staged(
      [fromServer()],
      (feeds) =>
        Effect.gen(function* () {
          const outcome = yield* refresh(feeds, sends(list(5)));
          expect(outcome).toMatchObject({ kind: "replaced", entries: 5 });
          expect(outcome.error).toContain("not saved");
        }),
      "/dev/null/nowhere",
    ));
});

describe("a file", () => {
  it("is as old as its last writing, is read again when it changed, and kept when it is broken", async () => {
    const file = join(web.copies, "operator.txt");
    await writeFile(file, list(60));
    await utimes(file, NOW - 7_200, NOW - 7_200);
    await staged(
      [{ name: "own", format: "hosts", location: { file }, staleSeconds: 10_000 }],
      (feeds) =>
        Effect.gen(function* () {
          expect((yield* feeds.refresh())[0]?.kind).toBe("replaced");
          expect((yield* feeds.status)[0]).toMatchObject({ fetchedAt: NOW - 7_200, isStale: false });
          expect((yield* feeds.refresh())[0]).toMatchObject({ kind: "unchanged" });
          yield* TestClock.adjust("1 hour");
          expect((yield* feeds.status)[0]?.isStale).toBe(true);
          yield* Effect.promise(() => writeFile(file, list(70)));
          expect((yield* feeds.refresh())[0]).toMatchObject({ kind: "replaced", entries: 70 });
          yield* Effect.promise(() => rm(file));
          expect((yield* feeds.refresh())[0]).toMatchObject({ kind: "kept", error: "ENOENT", entries: 70 });
        }),
      null,
    );
  });
});

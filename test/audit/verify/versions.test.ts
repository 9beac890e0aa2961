/** Logs of 0.1.0 are read as it wrote them, and no entry can go back to what an older version leaves open. */
import { Result } from "effect";
import { describe, expect, it } from "vitest";
import { readLeaf } from "../../../src/audit/leaf/Leaf.ts";
import { leafHash } from "../../../src/audit/tree/Tree.ts";
import { LogReplay } from "../../../src/audit/verify/Replay.ts";
import { transition } from "../../../src/machine/transition.ts";
import { alteredLeaf } from "../../support/alteredLeaf.ts";
import type { Log } from "../../support/log.ts";
import { exported, verify } from "../../support/logExport.ts";
import { digest, find, oda, sampleLog, submitted } from "../../support/sampleLog.ts";

/** A log as 0.1.0 wrote it: what it did not say is not there. */
const asVersion1 = (leaves: readonly string[]): string[] =>
  leaves.map((leaf) =>
    alteredLeaf(leaf, (json) => {
      json.v = 1;
      if (json.outcome === "accepted") json.refusal = null;
    }),
  );

/** The sample log, and then a message refused for each of the reasons there are. */
const refusals = (): Log => {
  const book = sampleLog();
  const stop = { at: 1_790_000_100, actor: oda, tenant: "t1" } as const;
  const blocked = { score: 0, held: false, blocked: true };
  book.add({ ...submitted("b2", "blocked", 90, digest("a")), verdict: blocked } as Parameters<typeof book.add>[0]);
  book.add({ type: "set_mode", ...stop, mailbox: "b2", mode: "read_only" });
  book.add(submitted("b2", "closed", 100, digest("a")));
  book.add({ type: "halt", ...stop });
  book.add(submitted("b1", "stopped", 100, digest("a")));
  return book;
};

const kindsIn = async (leaves: readonly string[]) => {
  const { status, faults } = await verify(await exported(leaves));
  return [status, ...faults.map(({ kind, index }) => `${kind} ${index}`)];
};

const folded = (leaves: readonly string[]): string | null => {
  const replay = new LogReplay(transition, { keepEnded: true });
  for (const [index, leaf] of leaves.entries()) {
    const taken = replay.takeEntry({ index, leaf, leafHash: leafHash(new TextEncoder().encode(leaf)) });
    if (Result.isFailure(taken)) return taken.failure;
  }
  return null;
};

describe("versions of leaves", () => {
  const { leaves } = refusals();
  const old = asVersion1(leaves);

  it("OV-121 refused-says-why: each entry that refuses a message gives its reason", () => {
    for (const [message, reason] of [
      ["blocked", "recipient_blocked"],
      ["closed", "read_only"],
      ["stopped", "halted"],
    ] as const) {
      const leaf = JSON.parse(leaves[find(leaves, "submit", message)]!);
      expect([leaf.v, leaf.outcome, leaf.to, leaf.refusal]).toEqual([3, "accepted", "refused", reason]);
    }
  });

  it("OV-122 version-never-decreases: a log of version 1 is sound, and so is one that was continued in version 3", async () => {
    expect(await kindsIn(leaves)).toEqual(["sound"]);
    expect(await kindsIn(old)).toEqual(["sound"]);
    for (const begun of [1, 20, find(leaves, "submit", "closed")]) {
      const continued = [...old.slice(0, begun), ...leaves.slice(begun)];
      expect(await kindsIn(continued)).toEqual(["sound"]);
      expect(folded(continued)).toBeNull();
    }
  });

  it("OV-122 version-never-decreases: an entry of version 1 after one of version 3 is found, in an export and in a store", async () => {
    const at = find(leaves, "submit", "m3");
    const back = [...leaves.slice(0, at), old[at]!, ...leaves.slice(at + 1)];
    expect(await kindsIn(back)).toEqual(["unsound", `version_backwards ${at}`]);
    expect(folded(back)).toMatch(/version 1, after an entry of version 3/);
    const some = await exported(back, { lines: "matching", filter: { mailbox: "b1" } });
    expect((await verify(some)).faults.map(({ kind }) => kind)).toEqual(["version_backwards"]);
  });

  it("OV-35 log-determines-state: what 0.1.0 did not keep on a record is not there when its entries are folded again", () => {
    const approvalsOf = (all: readonly string[]) => {
      const replay = new LogReplay(transition, { keepEnded: true });
      for (const [index, leaf] of all.entries())
        replay.takeEntry({ index, leaf, leafHash: leafHash(new TextEncoder().encode(leaf)) });
      return replay.messages.get("m4")!.approvals;
    };
    expect(approvalsOf(leaves).map(({ reviewer, credential }) => [reviewer, credential])).toEqual([
      ["ann", "ak_t1_ann_oversight"],
      ["ben", "ak_t1_ben_oversight"],
    ]);
    expect(approvalsOf(old).map((approval) => Object.keys(approval))).toEqual([
      ["reviewer", "digest", "at"],
      ["reviewer", "digest", "at"],
    ]);
    // Begun under 0.1.0: the one approval has no key, the next one has.
    const second = find(leaves, "approve", "m4", 1);
    const continued = approvalsOf([...old.slice(0, second), ...leaves.slice(second)]);
    expect(continued.map(({ credential }) => credential)).toEqual([undefined, "ak_t1_ben_oversight"]);
  });

  it("OV-122 version-never-decreases: what came with version 3 stands in no leaf of version 1", () => {
    const at = find(leaves, "approve", "m1");
    const revoke = { type: "revoke", reviewer: "ann", verdict: { score: 0, held: false, blocked: false } };
    const leaf = (v: number, event: object) =>
      readLeaf(alteredLeaf(leaves[at]!, (json) => Object.assign(json, { v, type: "revoke", event })));
    expect(Result.isSuccess(leaf(1, revoke))).toBe(true);
    expect(Result.isSuccess(leaf(3, { ...revoke, key: "ak_1" }))).toBe(true);
    expect(Result.isFailure(leaf(1, { ...revoke, key: "ak_1" }))).toBe(true);
    const edit = { base: digest("a"), digest: digest("b"), requestedMode: null, sendAt: 0, verdict: revoke.verdict };
    const revised = (v: number, more: object) =>
      readLeaf(
        alteredLeaf(leaves[at]!, (json) =>
          Object.assign(json, { v, type: "revise", event: { type: "revise", ...edit, ...more } }),
        ),
      );
    expect(Result.isSuccess(revised(1, {}))).toBe(true);
    expect(Result.isFailure(revised(1, { owner: null }))).toBe(true);
    expect(Result.isSuccess(revised(3, { owner: null }))).toBe(true);
    expect(Result.isFailure(revised(3, {}))).toBe(true);
  });

  it("OV-69 entries-are-replayed: a wrong reason, a missing one, and one that version 1 does not have are found", async () => {
    const at = find(leaves, "submit", "stopped");
    const withReason = (from: readonly string[], refusal: string | null) =>
      from.map((leaf, i) => (i === at ? alteredLeaf(leaf, (json) => (json.refusal = refusal)) : leaf));
    expect(await kindsIn(withReason(leaves, "read_only"))).toEqual(["unsound", `outcome_changed ${at}`]);
    expect(await kindsIn(withReason(leaves, null))).toEqual(["unsound", `outcome_changed ${at}`]);
    expect(await kindsIn(withReason(old, "halted"))).toEqual(["unsound", `outcome_changed ${at}`]);
    const queued = find(leaves, "submit", "m1");
    const talking = leaves.map((leaf, i) =>
      i === queued ? alteredLeaf(leaf, (json) => (json.refusal = "halted")) : leaf,
    );
    expect(await kindsIn(talking)).toEqual(["unsound", `outcome_changed ${queued}`]);
  });

  it("OV-60 leaf-is-canonical: there is no version 0, none that is text, none that is to come, and 2 was never written", () => {
    for (const v of [0, 2, 4, "3", null, true])
      expect(Result.isFailure(readLeaf(alteredLeaf(leaves[0]!, (json) => (json.v = v)))), String(v)).toBe(true);
  });
});

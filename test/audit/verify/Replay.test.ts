/** What stands in the log beside the rules is replayed, and changes nothing of the state. */
import { Result } from "effect";
import { describe, expect, it } from "vitest";
import { LogReplay } from "../../../src/audit/verify/Replay.ts";
import { leafHash } from "../../../src/audit/tree/Tree.ts";
import { transition } from "../../../src/machine/transition.ts";
import { alteredLeaf } from "../../support/alteredLeaf.ts";
import { oda, sampleLog } from "../../support/sampleLog.ts";

const hashOf = (leaf: string): Uint8Array => leafHash(new TextEncoder().encode(leaf));

describe("records", () => {
  const at = 1_790_000_000;
  const records = [
    { type: "set_retention", at, actor: oda, tenant: "t1", days: 183 },
    { type: "legal_hold", at, actor: oda, tenant: "t1", hold: "h1" },
    { type: "release_hold", at, actor: oda, tenant: "t1", hold: "h1" },
    { type: "erase", at, actor: oda, tenant: "t1", cause: "request", messages: ["m1", "m2"] },
  ] as const;

  it("OV-80 records-change-nothing, OV-81 erasure-keeps-the-tree: they replay, say who and what, and leave all else as it was", () => {
    const book = sampleLog();
    const replay = new LogReplay(transition, { keepEnded: true });
    for (const [index, leaf] of book.leaves.entries())
      expect(Result.isSuccess(replay.takeEntry({ index, leaf, leafHash: hashOf(leaf) }))).toBe(true);
    const before = JSON.stringify([[...replay.tenants], [...replay.mailboxes], [...replay.messages]]);
    for (const record of records) {
      const index = book.leaves.length;
      book.add({ ...record, at: at + 100 } as Parameters<typeof book.add>[0]);
      const taken = replay.takeEntry({ index, leaf: book.leaves[index]!, leafHash: hashOf(book.leaves[index]!) });
      expect(Result.isSuccess(taken) && taken.success.event).toMatchObject({ type: record.type, actor: oda });
    }
    expect(JSON.stringify([[...replay.tenants], [...replay.mailboxes], [...replay.messages]])).toBe(before);
    const erased = JSON.parse(book.leaves.at(-1)!);
    expect(erased.event).toEqual({ type: "erase", cause: "request", messages: ["m1", "m2"] });
    // Nobody else's is accepted.
    const forged = alteredLeaf(book.leaves.at(-1)!, (leaf) =>
      Object.assign(leaf, { index: 0, actor: { ...oda, role: "agent" } }),
    );
    const alone = new LogReplay(transition, { keepEnded: true });
    expect(Result.isFailure(alone.takeEntry({ index: 0, leaf: forged, leafHash: hashOf(forged) }))).toBe(true);
  });
});

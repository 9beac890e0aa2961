/** What a hand-over's entry says it rested on is held against what the log had led to, as the entry's version has it. */
import { describe, expect, it } from "vitest";
import { exportLine } from "../../../src/audit/export/ExportLine.ts";
import { restedOn } from "../../../src/audit/leaf/restedOn.ts";
import type { Event } from "../../../src/model/Event.ts";
import { alteredLeaf } from "../../support/alteredLeaf.ts";
import { actor, Log, startTenant } from "../../support/log.ts";
import { exported, verify } from "../../support/logExport.ts";
import { digest } from "../../support/sampleLog.ts";

const [oda, bot, ann] = [actor("t1", "operator", "oda"), actor("t1", "agent", "bot"), actor("t1", "reviewer", "ann")];
const system = { role: "system", principal: "system", credential: null } as const;
const verdict = { score: 1, held: false, blocked: false };

/** Approved by ann at 10, opened, put off at 20, handed over again at 200, when her approval is past its age of 100 s. */
const opened = (): string[] => {
  const book = new Log();
  startTenant(book, "t1", 0, [
    ["bot", "send"],
    ["ann", "oversight"],
    ["oda", "admin"],
  ]);
  const policy = { quorum: 1, decisionWindow: 1_000, approvalMaxAge: 100 };
  const on = (at: number) => ({ at, tenant: "t1", mailbox: "b1", message: "m1" });
  const content = { digest: digest("a"), verdict };
  const events: readonly Event[] = [
    { type: "create_mailbox", at: 1, actor: oda, tenant: "t1", mailbox: "b1", mode: "gated_send", policy },
    { type: "submit", ...on(5), actor: bot, ...content, owner: null, requestedMode: null, sendAt: 0 },
    { type: "approve", ...on(10), actor: ann, ...content },
    { type: "set_mode", at: 11, actor: oda, tenant: "t1", mailbox: "b1", mode: "autonomous" },
    { type: "dispatch", ...on(20), actor: system, verdict },
    { type: "deferred", ...on(21), actor: system, attempt: 1, reply: "" },
    { type: "dispatch", ...on(200), actor: system, verdict },
    { type: "delivered", ...on(201), actor: system, attempt: 2, reply: "" },
  ];
  for (const event of events) expect(book.add(event), event.type).toBe(true);
  return book.leaves;
};

const leaves = opened();
const [first, last] = [leaves.length - 4, leaves.length - 2];
const found = async (all: readonly string[]) => {
  const { status, faults } = await verify(await exported(all));
  return [status, ...faults.map(({ kind, index }) => `${kind} ${index}`)];
};
const changed = (at: number, evidence: object, from = leaves) =>
  from.map((leaf, i) => (i === at ? alteredLeaf(leaf, (json) => Object.assign(json.evidence, evidence)) : leaf));
/** As 0.1.0 wrote it. */
const old = leaves.map((leaf) =>
  alteredLeaf(leaf, (json) => {
    json.v = 1;
    delete json.evidence.decision;
    if (["dispatch", "deferred", "delivered"].includes(json.type)) json.evidence.approvers = ["ann"];
  }),
);

describe("what a hand-over rested on", () => {
  it("OV-70 hand-over-names-its-approvals, OV-124 decision-is-the-quorums: live approvals alone, then and now", async () => {
    const said = [first, last].map((at) => restedOn(JSON.parse(leaves[at]!).evidence));
    expect(said).toEqual([
      { approvers: ["ann"], decision: "human" },
      { approvers: [], decision: "policy" },
    ]);
    expect(await found(leaves)).toEqual(["sound"]);
  });

  it("OV-70 hand-over-names-its-approvals: an approval past its age, named at the hand-over, is found", async () => {
    expect(await found(changed(last, { approvers: ["ann"] }))).toEqual(["unsound", `evidence_changed ${last}`]);
    expect(await found(changed(first, { approvers: [] }))).toEqual(["unsound", `evidence_changed ${first}`]);
    expect(await found(changed(first, { approvers: ["ann", 7] }))).toEqual(["unsound", `evidence_changed ${first}`]);
  });

  it("OV-124 decision-is-the-quorums: a person's decision that was none, and one that is not named, are found", async () => {
    expect(await found(changed(last, { decision: "human" }))).toEqual(["unsound", `evidence_changed ${last}`]);
    expect(await found(changed(first, { decision: "policy" }))).toEqual(["unsound", `evidence_changed ${first}`]);
    const unsaid = leaves.map((leaf, i) =>
      i === last ? alteredLeaf(leaf, (json) => delete json.evidence.decision) : leaf,
    );
    expect(await found(unsaid)).toEqual(["unsound", `evidence_changed ${last}`]);
    // And of the outcome: it says what its hand-over rested on.
    expect(await found(changed(last + 1, { decision: "human" }))).toEqual(["unsound", `evidence_changed ${last + 1}`]);
  });

  it("OV-122 version-never-decreases: an entry of version 1 names every approval the message had, as 0.1.0 did", async () => {
    expect(await found(old)).toEqual(["sound"]);
    expect(await found(changed(last, { approvers: [] }, old))).toEqual(["unsound", `evidence_changed ${last}`]);
    const line = (all: readonly string[], at: number) =>
      exportLine({ index: at, leaf: all[at]!, leafHash: new Uint8Array(32) }, null);
    expect(line(old, last)).toMatchObject({ approver_id: "ann", decision: "approve" });
    expect(line(leaves, first)).toMatchObject({ approver_id: "ann", approvers: ["ann"], decision: "approve" });
    expect(line(leaves, last)).toMatchObject({ approver_id: null, approvers: [], decision: "policy" });
  });
});

/** Every way we know to tamper with a log is found and named. */
import { describe, expect, it } from "vitest";
import { faultKinds, type FaultKind } from "../../../src/audit/verify/ExportVerdict.ts";
import { system } from "../../../src/model/Actor.ts";
import { checkpointOver, exported, verify } from "../../support/logExport.ts";
import { Log, startTenant } from "../../support/log.ts";
import { logSigners } from "../../support/logKeys.ts";
import { ann, digest, oda, submitted } from "../../support/sampleLog.ts";
import { approval, type Case, changed, keyMade, leaves, onLine } from "./tampered.ts";
import { tamperedFile } from "./tamperedFile.ts";
import { tamperedLog } from "./tamperedLog.ts";

const cases: readonly Case[] = [...tamperedFile, ...tamperedLog];

describe("tampering", () => {
  it("OV-62 verifier-decides-alone: the story as it is, is sound, whole and of one tenant", async () => {
    expect(await verify(await exported(leaves))).toMatchObject({
      status: "sound",
      faults: [],
      unchecked: [],
      handOvers: 3,
    });
    const some = await verify(await exported(leaves, { tenant: "t1" }));
    expect(some).toMatchObject({ status: "sound", faults: [], unchecked: [] });
    expect(some.withheld).toBeGreaterThan(2);
    expect(some.replayed).toBe(leaves.length - some.withheld);
  });

  for (const { name, kind, index, also = [], make } of cases) {
    it(`OV-74 fault-is-named: ${name}`, async () => {
      const { lines, options = {} } = await make();
      const verdict = await verify(lines, options);
      expect(verdict.status).toBe("unsound");
      const [first] = verdict.faults;
      expect({ kind: first?.kind, index: first?.index }, JSON.stringify(verdict.faults, null, 1)).toEqual({
        kind,
        index,
      });
      for (const other of also) expect(verdict.faults.map((one) => one.kind)).toContain(other);
    });
  }

  const foundAs = async (kinds: readonly FaultKind[]) => {
    const chosen = cases.filter(({ kind }) => kinds.includes(kind));
    expect(new Set(chosen.map(({ kind }) => kind)).size).toBe(kinds.length);
    for (const { name, kind, make } of chosen) {
      const { lines, options = {} } = await make();
      expect((await verify(lines, options)).faults[0]?.kind, name).toBe(kind);
    }
  };

  it("OV-63 checkpoint-is-signed: a forged, an unsigned and a foreign checkpoint are found", () =>
    foundAs(["checkpoint_forged", "checkpoint_unsigned", "wrong_log", "checkpoint_malformed"]));
  it("OV-64 log-continues: a forked and a shortened log are found, by what was kept", () =>
    foundAs(["forked", "rolled_back"]));
  it("OV-67 key-is-in-the-entry: another key than the mailbox's is found", () => foundAs(["identity_key"]));
  it("OV-68 agents-signatures-are-checked: a missing and a false signature are found", () =>
    foundAs(["identity_invalid"]));
  it("OV-69 entries-are-replayed: what the rules do not allow is found, though all is signed", () =>
    foundAs([
      "hand_over_without_approval",
      "approval_of_other_content",
      "hand_over_while_stopped",
      "not_entitled",
      "copy_missing",
      "refused_as_accepted",
      "accepted_as_refused",
      "outcome_changed",
    ]));
  it("OV-70 hand-over-names-its-approvals: other approvers, and another content, are found", () =>
    foundAs(["evidence_changed", "approval_of_other_content"]));
  it("OV-71 actor-has-a-credential: a made-up one, and another one's, are found", () => foundAs(["credential"]));
  it("OV-71 actor-has-a-credential: the system itself may make one at any time, and its owner then acts with it", async () => {
    const { lines } = await keyMade(system, "ak_late")();
    expect(await verify(lines)).toMatchObject({ status: "sound", faults: [] });
  });
  it("OV-86 withheld-keeps-the-tree: a hash that is not the entry's is found", () => foundAs(["tree_mismatch"]));
  it("OV-87 tenant-entries-are-chained: a tenant's entry that is withheld from it is found", () =>
    foundAs(["withheld"]));
  it("OV-120 shown-is-what-is-declared: what the header leaves out, by tenant, mailbox, message or time, is found", async () => {
    const { at: moment, mailbox, message } = JSON.parse(leaves[approval]!) as Record<"at" | "mailbox" | "message", any>;
    const found = async (filter: object, header: object = {}) => {
      const [first, ...lines] = await exported(leaves, { lines: "matching" });
      const declared = onLine(first!, (it) => Object.assign(it, header, { filter: { ...it.filter, ...filter } }));
      const { status, faults } = await verify([declared, lines[approval]!]);
      return [status, ...faults.map(({ kind, index }) => `${kind} ${index}`)];
    };
    for (const within of [{}, { mailbox, message }, { since: moment }, { until: moment + 1 }])
      expect(await found(within, { tenant: "t1" }), JSON.stringify(within)).toEqual(["sound"]);
    for (const beyond of [{ mailbox: "b9" }, { message: "m9" }, { since: moment + 1 }, { until: moment }])
      expect(await found(beyond), JSON.stringify(beyond)).toEqual(["unsound", `surplus ${approval}`]);
    expect(await found({}, { tenant: "t9" })).toEqual(["unsound", `surplus ${approval}`]);
    // Also where the others are there with their hashes.
    const some = await exported(leaves, { filter: { since: moment, until: moment + 60 } });
    expect((await verify(some)).status).toBe("sound");
    const later = changed(some, 0, (line) => onLine(line, (it) => (it.filter.since = moment + 1)));
    expect((await verify(later)).faults[0]).toMatchObject({ kind: "surplus", index: approval });
  });
  it("OV-89 references-are-worked-out: another theorem, or one of other sources, is found", () =>
    foundAs(["proof_reference"]));

  it("OV-74 fault-is-named: there is a case for every kind of fault", () => {
    const shown = new Set(cases.flatMap(({ kind, also = [] }) => [kind, ...also]));
    expect(faultKinds.filter((kind) => !shown.has(kind))).toEqual([]);
  });

  it("OV-73 unchecked-is-said: without the operator's key the attacker's own key passes, and that is said", async () => {
    const { lines } = await cases.find(({ name }) => name.includes("attacker's own"))!.make();
    const verdict = await verify(lines, { operatorKeys: [] });
    expect(verdict).toMatchObject({ status: "sound", faults: [] });
    expect(verdict.unchecked.join()).toMatch(/no key of the operator/);
    expect(await verify(lines, { operatorKeys: [], complete: true })).toMatchObject({ status: "cannot_tell" });
  });

  it("OV-70 hand-over-names-its-approvals: who was revoked while it was handed over is still whom it rested on", async () => {
    const book = new Log();
    const on = { at: 1_790_000_100, tenant: "t1", mailbox: "b1" } as const;
    startTenant(book, "t1", on.at, [
      ["bot", "send"],
      ["ann", "oversight"],
      ["oda", "admin"],
    ]);
    const policy = { quorum: 1, decisionWindow: 86_400, approvalMaxAge: 86_400 };
    book.add({ type: "create_mailbox", ...on, actor: oda, policy, mode: "gated_send" });
    book.add(submitted("b1", "m1", 100, digest("a")));
    const of = { ...on, message: "m1", verdict: { score: 120, held: false, blocked: false } };
    book.add({ type: "approve", ...of, actor: ann, digest: digest("a") });
    book.add({ type: "dispatch", ...of, actor: system });
    book.add({ type: "revoke", ...of, actor: system, reviewer: "ann" });
    const report = { type: "delivered", ...on, message: "m1", actor: system, attempt: 1, reply: "250" } as const;
    const added = book.add(report, (evidence) => ({ ...evidence, approvers: ["ann"] }));
    expect(added).toBe(true);
    expect(await verify(await exported(book.leaves))).toMatchObject({ status: "sound", faults: [] });
  });

  it("OV-62 verifier-decides-alone: a part that begins between two checkpoints is held against the last", async () => {
    const part = async (frontier: (hashes: string[]) => string[]) =>
      (await exported(leaves, { from: 5 })).with(
        0,
        onLine((await exported(leaves, { from: 5 }))[0]!, (it) => {
          it.first_checkpoint = null;
          it.first_frontier = frontier(it.first_frontier);
        }),
      );
    const verdict = await verify(await part((it) => it));
    expect(verdict).toMatchObject({ status: "sound", faults: [] });
    expect(verdict.unchecked.join()).toMatch(/no checkpoint is over them/);
    for (const other of [
      (it: string[]) => it.toReversed(),
      (it: string[]) => it.slice(1),
      (it: string[]) => [...it, "none"],
    ]) {
      const found = await verify(await part(other));
      expect(found).toMatchObject({ status: "unsound" });
      expect(found.faults[0]?.kind).toBe("tree_mismatch");
    }
  });

  it("OV-64 log-continues: a log that grew continues what was kept of it", async () => {
    const kept = await checkpointOver(leaves.slice(0, approval), [logSigners[1]!]);
    const verdict = await verify(await exported(leaves), { earlier: [{ source: "kept.txt", note: kept }] });
    expect(verdict).toMatchObject({ status: "sound", continues: ["kept.txt"] });
  });
});

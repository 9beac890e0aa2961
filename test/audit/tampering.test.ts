/**
 * Every way we know to tamper with a log is found and named. Two kinds of hands: whoever holds the file, and whoever holds the log's
 * keys too and signs everything anew, so that only the rules, the agents' signatures or a kept checkpoint can tell.
 */
import { describe, expect, it } from "vitest";
import { faultKinds, type FaultKind } from "../../src/audit/verify/ExportVerdict.ts";
import type { VerifyOptions } from "../../src/audit/verify/verifyExport.ts";
import { leafHash } from "../../src/audit/tree/Tree.ts";
import { exportLine } from "../../src/audit/export/ExportLine.ts";
import { system } from "../../src/model/Actor.ts";
import type { Event } from "../../src/model/Event.ts";
import {
  actor,
  alteredLeaf,
  checkpointOver,
  exported,
  type ExportOptions,
  Logbook,
  logSigners,
  manifest,
  noteSigner,
  origin,
  p256Key,
  renumbered,
  startTenant,
  verify,
} from "./logbook.ts";
import { agent, ann, ben, digest, find, oda, story, submitted } from "./story.ts";

const { leaves } = story();
const utf8 = (text: string) => new TextEncoder().encode(text);

interface Tampered {
  readonly lines: readonly string[];
  readonly options?: Partial<VerifyOptions>;
}

interface Case {
  readonly name: string;
  readonly kind: FaultKind;
  /** The first entry at fault; `null` = the log as a whole. */
  readonly index: number | null;
  /** Found beside it. */
  readonly also?: readonly FaultKind[];
  readonly make: () => Promise<Tampered>;
}

const at = (type: string, message: string | null = null, nth = 0) => find(leaves, type, message, nth);

/** Changes members of one line. */
const onLine = (line: string, change: (members: any) => void): string => {
  const members = JSON.parse(line);
  change(members);
  return `${JSON.stringify(members)}\n`;
};

const changed = <A>(list: readonly A[], index: number, change: (one: A) => A): A[] =>
  list.map((one, i) => (i === index ? change(one) : one));

/** In the hands of whoever has the file. Line 0 is the header, so entry n is on line n + 1. */
const inFile =
  (change: (lines: string[]) => readonly string[], how: ExportOptions = {}, options: Partial<VerifyOptions> = {}) =>
  async (): Promise<Tampered> => ({ lines: change(await exported(leaves, how)), options });

/** In the hands of whoever has the log's keys: other leaves, all signed anew. */
const withKeys =
  (
    change: (leaves: readonly string[]) => readonly string[],
    options: () => Promise<Partial<VerifyOptions>> = async () => ({}),
  ) =>
  async (): Promise<Tampered> => ({ lines: await exported(change(leaves)), options: await options() });

const altered = (index: number, change: (leaf: any) => void) =>
  withKeys((all) => changed(all, index, (leaf) => alteredLeaf(leaf, change)));

/** At the end of the log, a key for `ben` in `t1`. */
const keyMade =
  (by: Event["actor"], key: string, how: ExportOptions = {}) =>
  async (): Promise<Tampered> => {
    const book = story();
    const at = 1_790_001_000;
    book.add({ type: "create_key", at, actor: by, tenant: "t1", key, principal: "ben", scopes: ["oversight"] });
    return { lines: await exported(book.leaves, how) };
  };

/** The line that goes with a leaf, as an attacker would write it. */
const lineOf = (leaf: string, index: number): string =>
  `${JSON.stringify(exportLine({ index, leaf, leafHash: leafHash(utf8(leaf)) }, manifest))}\n`;

const approval = at("approve", "m1");
const handOver = at("dispatch", "m1");
const submission = at("submit", "m1");
const otherKey = noteSigner(origin, 1);
const last = leaves.length - 1;

const cases: readonly Case[] = [
  // --- the file -----------------------------------------------------------------------------------------------------
  {
    name: "an edited leaf",
    kind: "edited",
    index: approval,
    make: inFile((lines) =>
      changed(lines, approval + 1, (line) => onLine(line, (it) => (it.leaf = it.leaf.replace('"ann"', '"ben"')))),
    ),
  },
  {
    name: "an edited leaf with its hash and its flat fields",
    kind: "tree_mismatch",
    index: 0,
    also: ["tree_mismatch"],
    make: inFile((lines) =>
      changed(lines, approval + 1, () =>
        lineOf(
          alteredLeaf(leaves[approval]!, (leaf) => (leaf.at += 1)),
          approval,
        ),
      ),
    ),
  },
  {
    name: "the same, where each entry has its inclusion proof",
    kind: "inclusion",
    index: approval,
    make: inFile(
      (lines) =>
        changed(lines, approval + 1, (line) => {
          const leaf = alteredLeaf(leaves[approval]!, (it) => (it.at += 1));
          const proof = JSON.parse(line).inclusion_proof as string[];
          const hashes = proof.map((hash) => new Uint8Array(Buffer.from(hash, "hex")));
          return `${JSON.stringify(exportLine({ index: approval, leaf, leafHash: leafHash(utf8(leaf)) }, manifest, hashes))}\n`;
        }),
      { proofs: true },
    ),
  },
  {
    name: "a deleted line",
    kind: "missing",
    index: approval,
    make: inFile((lines) => lines.toSpliced(approval + 1, 1)),
  },
  {
    name: "a deleted line, the others numbered anew",
    kind: "wrong_place",
    index: approval,
    make: inFile((lines) =>
      lines
        .toSpliced(approval + 1, 1)
        .map((line, i) => (i > approval ? onLine(line, (it) => (it.leaf_index = i - 1)) : line)),
    ),
  },
  {
    name: "two lines changed about",
    kind: "reordered",
    index: approval,
    make: inFile((lines) => lines.with(approval + 1, lines[handOver + 1]!).with(handOver + 1, lines[approval + 1]!)),
  },
  {
    name: "an entry put in",
    kind: "wrong_place",
    index: approval + 1,
    make: inFile((lines) => [
      ...lines.slice(0, approval + 1),
      lineOf(
        alteredLeaf(leaves[approval]!, (leaf) => (leaf.actor = ben)),
        approval,
      ),
      ...lines.slice(approval + 1).map((line, i) => onLine(line, (it) => (it.leaf_index = approval + 1 + i))),
    ]),
  },
  {
    name: "a line twice",
    kind: "duplicated",
    index: approval,
    make: inFile((lines) => lines.toSpliced(approval + 2, 0, lines[approval + 1]!)),
  },
  { name: "a tail cut off", kind: "truncated", index: last - 4, make: inFile((lines) => lines.slice(0, -5)) },
  {
    name: "a tail cut off, and the header changed to fit",
    kind: "truncated",
    index: last - 4,
    make: inFile((lines) => changed(lines.slice(0, -5), 0, (line) => onLine(line, (it) => (it.to -= 5)))),
  },
  {
    name: "a line cut in the middle",
    kind: "truncated",
    index: last,
    make: inFile((lines) => changed(lines, last + 1, (line) => line.slice(0, 100))),
  },
  {
    name: "an approver in a flat field",
    kind: "flat_field_changed",
    index: approval,
    make: inFile((lines) => changed(lines, approval + 1, (line) => onLine(line, (it) => (it.approver_id = "ben")))),
  },
  {
    name: "a flat field that is not one",
    kind: "flat_field_changed",
    index: approval,
    make: inFile((lines) => changed(lines, approval + 1, (line) => onLine(line, (it) => (it.approved = true)))),
  },
  {
    name: "a reference to proofs of other sources",
    kind: "proof_reference",
    index: handOver,
    make: inFile((lines) =>
      changed(lines, handOver + 1, (line) =>
        onLine(line, (it) => (it.lean4_proof_ref = `no_gated_bypass@sha256:${"0".repeat(64)}`)),
      ),
    ),
  },
  {
    name: "a reference to another theorem",
    kind: "proof_reference",
    index: handOver,
    make: inFile((lines) =>
      changed(lines, handOver + 1, (line) =>
        onLine(line, (it) => (it.lean4_proof_refs = it.lean4_proof_refs.slice(1).concat(it.lean4_proof_refs[0]))),
      ),
    ),
  },
  {
    name: "an entry made a withheld one",
    kind: "withheld",
    index: approval,
    make: inFile((lines) =>
      changed(lines, approval + 1, (line) => {
        const { leaf_index, leaf_hash } = JSON.parse(line);
        return `${JSON.stringify({ leaf_index, leaf_hash, withheld: true })}\n`;
      }),
    ),
  },
  {
    name: "a tenant's own entry withheld from the export of that tenant",
    kind: "withheld",
    index: at("submit", "m2"),
    make: inFile(
      (lines) => {
        const hidden = at("delivered", "m1") + 1;
        return changed(lines, hidden, (line) => {
          const { leaf_index, leaf_hash } = JSON.parse(line);
          return `${JSON.stringify({ leaf_index, leaf_hash, withheld: true })}\n`;
        });
      },
      { tenant: "t1" },
    ),
  },
  {
    name: "a withheld hash that is not the entry's",
    kind: "tree_mismatch",
    index: 0,
    make: inFile(
      (lines) =>
        lines.map((line) =>
          line.includes('"withheld":true') ? onLine(line, (it) => (it.leaf_hash = "00".repeat(32))) : line,
        ),
      { tenant: "t1" },
    ),
  },
  {
    name: "more lines than it says",
    kind: "surplus",
    index: last + 1,
    make: inFile((lines) => [...lines, onLine(lines[last + 1]!, (it) => (it.leaf_index = last + 1))]),
  },
  {
    name: "another tenant's entry in a tenant's export",
    kind: "surplus",
    index: at("halt"),
    make: async () => {
      const [whole, some] = [await exported(leaves), await exported(leaves, { tenant: "t1" })];
      return { lines: some.with(at("halt") + 1, whole[at("halt") + 1]!) };
    },
  },
  {
    name: "a member twice on a line",
    kind: "unreadable",
    index: approval,
    make: inFile((lines) => changed(lines, approval + 1, (line) => line.replace("{", '{"approver_id":"ann",'))),
  },
  // --- the checkpoints ----------------------------------------------------------------------------------------------
  {
    name: "a forged checkpoint",
    kind: "checkpoint_forged",
    index: null,
    make: inFile((lines) =>
      changed(lines, 0, (line) =>
        onLine(
          line,
          (it) => (it.last_checkpoint = it.last_checkpoint.replace(`\n${leaves.length}\n`, `\n${leaves.length + 1}\n`)),
        ),
      ),
    ),
  },
  {
    name: "a key in the place of the log's",
    kind: "checkpoint_unsigned",
    index: null,
    make: async () => ({ lines: await exported(leaves, { signers: [otherKey] }) }),
  },
  {
    name: "a checkpoint of another log",
    kind: "wrong_log",
    index: null,
    make: async () => {
      const other = await checkpointOver(leaves, [noteSigner("evil.example/log", 1)], "evil.example/log");
      return {
        lines: changed(await exported(leaves), 0, (line) => onLine(line, (it) => (it.last_checkpoint = other))),
      };
    },
  },
  {
    name: "a checkpoint that is none",
    kind: "checkpoint_malformed",
    index: null,
    make: inFile((lines) => changed(lines, 0, (line) => onLine(line, (it) => (it.last_checkpoint = "none\n")))),
  },
  {
    name: "a fork: another history than the one signed before",
    kind: "forked",
    index: 0,
    make: withKeys(
      (all) => renumbered(all.toSpliced(at("reject", "m3", 1), 1)),
      async () => ({ earlier: [{ source: "kept.txt", note: await checkpointOver(leaves.slice(0, last)) }] }),
    ),
  },
  {
    name: "a log rolled back",
    kind: "rolled_back",
    index: last - 4,
    make: withKeys(
      (all) => all.slice(0, last - 4),
      async () => ({ earlier: [{ source: "kept.txt", note: await checkpointOver(leaves) }] }),
    ),
  },
  {
    name: "a fork that shows only in an export of some entries",
    kind: "forked",
    index: null,
    make: async () => ({
      lines: await exported(
        changed(leaves, 0, (leaf) => alteredLeaf(leaf, (it) => (it.at -= 1))),
        { lines: "matching", tenant: "t1" },
      ),
      options: { earlier: [{ source: "kept.txt", note: await checkpointOver(leaves) }] },
    }),
  },
  // --- with the log's keys ------------------------------------------------------------------------------------------
  {
    name: "an approval after the hand-over",
    kind: "hand_over_without_approval",
    index: approval,
    also: ["approval_after_hand_over"],
    make: withKeys((all) => {
      const moved = all.toSpliced(approval, 1);
      moved.splice(at("delivered", "m1"), 0, all[approval]!);
      return renumbered(moved).map((leaf, i, list) =>
        i === at("delivered", "m1") ? alteredLeaf(leaf, (it) => (it.at = JSON.parse(list[i - 1]!).at)) : leaf,
      );
    }),
  },
  {
    name: "no approval at all",
    kind: "hand_over_without_approval",
    index: approval,
    make: withKeys((all) => renumbered(all.toSpliced(approval, 1))),
  },
  {
    name: "one approval where two are needed",
    kind: "hand_over_without_approval",
    index: at("dispatch", "m4") - 1,
    make: withKeys((all) => renumbered(all.toSpliced(at("approve", "m4", 1), 1))),
  },
  {
    name: "an approval of another digest",
    kind: "approval_of_other_content",
    index: approval,
    make: altered(approval, (leaf) => (leaf.event.digest = digest("f"))),
  },
  {
    name: "another content handed over than was approved",
    kind: "approval_of_other_content",
    index: handOver,
    make: altered(handOver, (leaf) => (leaf.evidence.content_digest = digest("f"))),
  },
  {
    name: "a missing copy in monitored",
    kind: "copy_missing",
    index: at("dispatch", "m2"),
    make: altered(at("dispatch", "m2"), (leaf) => (leaf.commands = ["hand_over"])),
  },
  {
    name: "a refused decision made an accepted one: of stale content",
    kind: "approval_of_other_content",
    index: at("approve", "m3"),
    make: altered(at("approve", "m3"), (leaf) =>
      Object.assign(leaf, { outcome: "accepted", refusal: null, to: "queued", commands: ["enqueue"] }),
    ),
  },
  {
    name: "a refused decision made an accepted one: of an agent",
    kind: "not_entitled",
    index: at("reject", "m3"),
    make: altered(at("reject", "m3"), (leaf) =>
      Object.assign(leaf, { outcome: "accepted", refusal: null, to: "rejected" }),
    ),
  },
  {
    name: "an accepted decision made a refused one",
    kind: "accepted_as_refused",
    index: at("reject", "m3", 1),
    make: altered(at("reject", "m3", 1), (leaf) =>
      Object.assign(leaf, { outcome: "refused", refusal: "not_permitted", to: "pending_approval", commands: [] }),
    ),
  },
  {
    name: "a mode that an agent raised",
    kind: "not_entitled",
    index: at("set_mode"),
    make: altered(at("set_mode"), (leaf) =>
      Object.assign(leaf, { outcome: "accepted", refusal: null, to: "autonomous" }),
    ),
  },
  {
    name: "an author who approves their own",
    kind: "not_entitled",
    index: approval,
    make: withKeys((all) => changed(all, submission, (leaf) => alteredLeaf(leaf, (it) => (it.event.owner = "ann")))),
  },
  {
    name: "something handed over while all is stopped",
    kind: "hand_over_while_stopped",
    index: handOver + 1,
    make: withKeys((all) => {
      const halt = at("halt", null, 1);
      return renumbered(
        all.toSpliced(halt, 1).toSpliced(
          handOver,
          0,
          alteredLeaf(all[halt]!, (it) => (it.at = JSON.parse(all[handOver]!).at)),
        ),
      );
    }),
  },
  {
    name: "a refusal for another reason",
    kind: "outcome_changed",
    index: at("reject", "m3"),
    make: altered(at("reject", "m3"), (leaf) => (leaf.refusal = "stale_digest")),
  },
  {
    name: "another mode than counted",
    kind: "outcome_changed",
    index: handOver,
    make: altered(handOver, (leaf) => (leaf.mode = "autonomous")),
  },
  {
    name: "a command left out",
    kind: "outcome_changed",
    index: approval,
    make: altered(approval, (leaf) => (leaf.commands = [])),
  },
  {
    name: "a command put in",
    kind: "outcome_changed",
    index: handOver,
    make: altered(handOver, (leaf) => (leaf.commands = ["hand_over", "copy"])),
  },
  {
    name: "a message that goes where the rules do not lead",
    kind: "outcome_changed",
    index: submission,
    make: altered(submission, (leaf) => Object.assign(leaf, { to: "queued", commands: ["enqueue"] })),
  },
  {
    name: "a cancellation of what has ended",
    kind: "refused_as_accepted",
    index: last,
    make: withKeys((all) => {
      const cancelled = alteredLeaf(all[at("reject", "m3", 1)]!, (it) => {
        Object.assign(it, {
          type: "cancel",
          event: { type: "cancel" },
          actor: agent,
          from: "rejected",
          to: "cancelled",
          at: JSON.parse(all[last]!).at,
        });
      });
      return renumbered([...all.slice(0, last), cancelled]);
    }),
  },
  {
    name: "a time before the one before",
    kind: "time_backwards",
    index: handOver,
    make: altered(handOver, (leaf) => (leaf.at -= 5)),
  },
  {
    name: "an entry of the older version, where less is said",
    kind: "version_backwards",
    index: handOver,
    make: altered(handOver, (leaf) => (leaf.v = 1)),
  },
  {
    name: "another approver at the hand-over",
    kind: "evidence_changed",
    index: handOver,
    make: altered(handOver, (leaf) => (leaf.evidence.approvers = ["ben"])),
  },
  {
    name: "an approval by a key that was never made",
    kind: "credential",
    index: approval,
    make: altered(approval, (leaf) => (leaf.actor.credential = "ak_made_up")),
  },
  {
    name: "an approval with another one's key",
    kind: "credential",
    index: approval,
    make: altered(approval, (leaf) => (leaf.actor = { ...ann, principal: "cat" })),
  },
  {
    name: "an agent's signature of something else",
    kind: "identity_invalid",
    index: submission,
    make: altered(submission, (leaf) => (leaf.evidence.identity_ts += 1)),
  },
  {
    name: "a message no agent signed",
    kind: "identity_invalid",
    index: submission,
    make: altered(submission, (leaf) => {
      for (const name of Object.keys(leaf.evidence)) if (name.startsWith("identity_")) delete leaf.evidence[name];
    }),
  },
  {
    name: "a mailbox's key of the attacker's own, with a signature that fits",
    kind: "identity_key",
    index: submission,
    make: altered(submission, (leaf) => {
      const own = p256Key();
      leaf.evidence.identity_kid = "key_01J00000000000000000EV1000";
      leaf.evidence.identity_key = Buffer.from(own.key.spki).toString("base64");
      leaf.evidence.identity_signature = Buffer.from(
        own.sign(utf8(`${leaf.evidence.agent}:${leaf.evidence.identity_ts}`)),
      ).toString("base64");
    }),
  },
  {
    name: "a mailbox's key that is another mailbox's",
    kind: "identity_key",
    index: at("submit", "m3"),
    make: withKeys((all) => {
      const { evidence } = JSON.parse(all[at("submit", "m2")]!);
      return changed(all, at("submit", "m3"), (leaf) =>
        alteredLeaf(leaf, (it) =>
          Object.assign(it.evidence, { ...evidence, content_digest: it.evidence.content_digest }),
        ),
      );
    }),
  },
  {
    name: "a leaf that is not canonical",
    kind: "malformed_leaf",
    index: approval,
    make: withKeys((all) => changed(all, approval, (leaf) => leaf.replace("{", "{ "))),
  },
  {
    name: "a leaf with more in it than a leaf has",
    kind: "malformed_leaf",
    index: approval,
    make: withKeys((all) => changed(all, approval, (leaf) => leaf.replace("{", '{"a":1,'))),
  },
  {
    name: "a leaf that says a thing twice",
    kind: "malformed_leaf",
    index: approval,
    make: withKeys((all) =>
      changed(all, approval, (leaf) => leaf.replace('"outcome":', '"outcome":"refused","outcome":')),
    ),
  },
  {
    name: "a delivery that nobody approved, with the name of somebody who did",
    kind: "evidence_changed",
    index: at("delivered", "m2"),
    make: altered(at("delivered", "m2"), (leaf) => (leaf.evidence.approvers = ["ann"])),
  },
  {
    name: "a delivery of another content",
    kind: "approval_of_other_content",
    index: at("delivered", "m1"),
    make: altered(at("delivered", "m1"), (leaf) => (leaf.evidence.content_digest = digest("f"))),
  },
  {
    name: "a hand-over that names no approvers",
    kind: "evidence_changed",
    index: handOver,
    make: altered(handOver, (leaf) => delete leaf.evidence.approvers),
  },
  {
    name: "a hand-over that names no content",
    kind: "evidence_changed",
    index: handOver,
    make: altered(handOver, (leaf) => delete leaf.evidence.content_digest),
  },
  {
    name: "a submission shown with another content",
    kind: "approval_of_other_content",
    index: submission,
    make: altered(submission, (leaf) => (leaf.evidence.content_digest = digest("f"))),
  },
  {
    name: "a key made by another tenant's operator",
    kind: "credential",
    index: leaves.length,
    make: keyMade(actor("t2", "operator", "zoe"), "ak_new"),
  },
  {
    name: "a key made by nobody known, in an export of one tenant",
    kind: "credential",
    index: leaves.length,
    make: keyMade({ role: "operator", principal: "ghost", credential: "ak_ghost" }, "ak_new", { tenant: "t1" }),
  },
  {
    name: "a key made anew, for somebody else",
    kind: "credential",
    index: leaves.length,
    make: keyMade(oda, "ak_t1_ann_oversight"),
  },
  {
    name: "a leaf of a version to come",
    kind: "unknown_version",
    index: approval,
    make: altered(approval, (leaf) => (leaf.v = 3)),
  },
];

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
    const book = new Logbook();
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

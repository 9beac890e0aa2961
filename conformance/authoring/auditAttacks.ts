/**
 * Exports as somebody would write them who holds the log's keys and knows what verifiers look at: things said twice in one leaf, approvals
 * told where nobody looks, credentials that are there and not the actor's to use; and parts of a log that begin with a tree that is none.
 */
import type { Json, JsonObject } from "../runner/vectors.ts";
import { bad, exportOf, into, joined } from "./audit.ts";
import { clause } from "./auditClauses.ts";
import type { Draft } from "./draft.ts";
import { checkpointText, exported, hex, type Leaf, leavesOf, logSigners, signedNote, treeRoot } from "./logbook.ts";

const gated = [
  "1000 sys create_tenant",
  "1000 sys create_key ada-key ada send",
  "1000 sys create_key ben-key ben oversight",
  "1000 sys create_key cat-key cat oversight",
  "1000 sys create_key oda-key oda admin",
  "1001 oda create_mailbox gated_send",
  "1010 ada submit D1",
  "1011 ben approve D1",
  "1012 sys dispatch",
  "1013 sys delivered 1",
];
/** After another message, which a person approved, one that policy lets go. */
const free = [
  ...gated,
  "1020 oda create_mailbox autonomous b=b2",
  "1021 ada submit D2 b=b2 m=m2",
  "1022 sys dispatch b=b2 m=m2",
  "1023 sys delivered 1 b=b2 m=m2",
];
const written = (leaves: readonly Leaf[]): string => joined(exported(leaves).lines);
/** The export of these events, where the entry of one of them is another. */
const entry = (events: readonly string[], of: string, change: (leaf: Leaf) => Leaf): string => {
  if (events.filter((event) => event.endsWith(of)).length !== 1) throw new Error(`no single entry ${of}`);
  return written(leavesOf(events).map((leaf, i) => (events[i]!.endsWith(of) ? change(leaf) : leaf)));
};
const said = (events: readonly string[], of: string, path: string, value: Json): string =>
  entry(events, of, (leaf) => into(leaf, path.split("/"), value));

// --- one leaf that says two things ------------------------------------------------------------------------------------

const unread = (comment: string, file: string): Draft =>
  exportOf(`inside: ${comment}`, file, bad("malformed_leaf", clause.leaf, "TwoReadings"));
const twice = (comment: string, of: string, path: string, value: Json): Draft =>
  unread(comment, said(gated, of, path, value));
const cat = { role: "reviewer", principal: "cat", credential: "cat-key" };

const twoReadings: readonly Draft[] = [
  twice("a hand-over that names another message within its event", "dispatch", "event/message", "m3"),
  twice("a hand-over that names its message within its event as well", "dispatch", "event/message", "m1"),
  unread(
    "a hand-over that names its message within its event alone",
    entry(gated, "dispatch", (leaf) => into({ ...leaf, message: null }, ["event", "message"], "m1")),
  ),
  unread(
    "a submission that names its mailbox within its event alone",
    entry(gated, "submit D1", (leaf) => into({ ...leaf, mailbox: null }, ["event", "mailbox"], "b1")),
  ),
  twice("an approval with another actor within its event", "approve D1", "event/actor", cat),
  twice("an approval with another tenant within its event", "approve D1", "event/tenant", "t2"),
  twice("a submission with another time within its event", "submit D1", "event/at", 1009),
  twice("an event with more in it than the event has", "approve D1", "event/approved", true),
  twice("an actor with more in it than an actor has", "approve D1", "actor/name", "Cat"),
  twice("a verdict with more in it than a verdict has", "dispatch", "event/verdict/approved", true),
  twice("a leaf with more in it than a leaf has", "approve D1", "approver", "cat"),
  unread(
    "a leaf that names a member twice",
    joined(
      exported(leavesOf(gated), {
        texts: (own, i) => (i === 7 ? own.replace('"outcome":', '"outcome":"refused","outcome":') : own),
      }).lines,
    ),
  ),
  unread(
    "a leaf without what every leaf has",
    entry(gated, "approve D1", ({ personal: _, ...leaf }) => leaf),
  ),
  exportOf(
    "inside: a leaf of a later version",
    said(gated, "approve D1", "v", 2),
    bad("unknown_version", clause.faults),
  ),
];

// --- approvals and contents that nobody gave --------------------------------------------------------------------------

const other = `sha256:${"9".repeat(64)}`;
const nobody = (comment: string, file: string): Draft =>
  exportOf(`inside: ${comment}`, file, bad("evidence_changed", clause.evidence, "QuorumForged"));
const swapped = (comment: string, kind: string, file: string): Draft =>
  exportOf(`inside: ${comment}`, file, bad(kind, clause.evidence, "ContentSwap"));
const without = (of: string, name: string): string =>
  entry(gated, of, (leaf) => {
    const { [name]: _, ...evidence } = leaf["evidence"] as JsonObject;
    return { ...leaf, evidence };
  });

/** Two must approve, and one of them is revoked while the message is being handed over. */
const revokedMeanwhile = [
  ...gated.slice(0, 5),
  "1001 oda create_mailbox gated_send quorum=2",
  "1010 ada submit D1",
  "1011 ben approve D1",
  "1012 cat approve D1",
  "1013 sys dispatch",
  "1014 oda revoke_reviewer ben",
  "1014 oda revoke ben",
  "1015 sys delivered 1",
];
const restedOn = (...approvers: readonly string[]): string =>
  said(revokedMeanwhile, "delivered 1", "evidence/approvers", approvers);

const unapproved: readonly Draft[] = [
  nobody(
    "a hand-over that policy let go, with the name of somebody who approved another message",
    said(free, "dispatch b=b2 m=m2", "evidence/approvers", ["ben"]),
  ),
  nobody(
    "a delivery that policy let go, with the name of somebody who approved another message",
    said(free, "delivered 1 b=b2 m=m2", "evidence/approvers", ["ben"]),
  ),
  nobody(
    "a delivery with one approver more than its hand-over",
    said(gated, "delivered 1", "evidence/approvers", ["ben", "cat"]),
  ),
  nobody("a delivery that says nobody approved it", said(gated, "delivered 1", "evidence/approvers", [])),
  nobody("a submission that says it was approved", said(gated, "submit D1", "evidence/approvers", ["ben"])),
  nobody("an approval that says another came before it", said(gated, "approve D1", "evidence/approvers", ["cat"])),
  nobody("one approver named twice", said(gated, "dispatch", "evidence/approvers", ["ben", "ben"])),
  nobody("a hand-over that does not name its approvers", without("dispatch", "approvers")),
  nobody("a delivery with the name of who was revoked, and of one who is made up", restedOn("ben", "eve")),
  swapped("a hand-over that does not name its content", "evidence_changed", without("dispatch", "content_digest")),
  swapped(
    "a submission that does not name its content beside its event",
    "evidence_changed",
    without("submit D1", "content_digest"),
  ),
  swapped(
    "a submission shown with another content than its event's",
    "approval_of_other_content",
    said(gated, "submit D1", "evidence/content_digest", other),
  ),
  swapped(
    "an approval shown with another content than it approves",
    "approval_of_other_content",
    said(gated, "approve D1", "evidence/content_digest", other),
  ),
  swapped(
    "a delivery of another content than was handed over",
    "approval_of_other_content",
    said(gated, "delivered 1", "evidence/content_digest", other),
  ),
  exportOf("a delivery that names who was revoked while it was handed over", restedOn("ben", "cat"), {
    status: "sound",
    requirements: clause.evidence,
  }),
];

// --- credentials ------------------------------------------------------------------------------------------------------

const held = (comment: string, file: string): Draft =>
  exportOf(`inside: ${comment}`, file, bad("credential", clause.credential, "KeyMisused"));
const later = (...events: readonly string[]): string => written(leavesOf([...gated, ...events]));
/** The last of these events, which the rules refuse, told as accepted. */
const granted = (change: JsonObject, ...events: readonly string[]): string =>
  written(
    leavesOf([...gated, ...events]).map((leaf, i, all) => (i === all.length - 1 ? { ...leaf, ...change } : leaf)),
  );
const second = ["1020 oda create_tenant t=t2", "1020 oda create_key zoe-key zoe admin t=t2"];

const credentials: readonly Draft[] = [
  held("a decision without a credential", said(gated, "approve D1", "actor/credential", null)),
  held("a reviewer's credential that an operator acts with", later("1020 ben halt as=operator")),
  held(
    "an operator's credential that decides",
    later("1020 ada submit D2 m=m2", "1021 oda approve D2 m=m2 as=reviewer"),
  ),
  held("a reviewer's credential that submits", later("1020 ben submit D2 m=m2 as=agent")),
  held("another tenant's credential", later(...second, "1021 zoe halt as=operator")),
  held("a program that acts under a person's name", said(gated, "dispatch", "actor/principal", "ben")),
  held("a program that acts with a person's credential", said(gated, "dispatch", "actor/credential", "ben-key")),
  held("a credential made anew, for somebody else", later("1020 oda create_key ben-key cat oversight")),
  held(
    "a credential made by another tenant's operator",
    later(...second, "1021 zoe create_key eve-key eve oversight as=operator"),
  ),
  held(
    "a credential that is made after it acted",
    later("1020 ada submit D2 m=m2", "1021 eve approve D2 m=m2", "1022 oda create_key eve-key eve oversight"),
  ),
  exportOf(
    "inside: a revoked reviewer's approval told as accepted",
    granted(
      { outcome: "accepted", refusal: null, to: "queued", commands: ["enqueue"] },
      "1020 oda revoke_reviewer ben",
      "1021 ada submit D2 m=m2",
      "1022 ben approve D2 m=m2",
    ),
    bad("not_entitled", clause.replay, "RevokedReviewer"),
  ),
  exportOf(
    "inside: a credential with two scopes that exclude each other",
    granted({ outcome: "accepted", refusal: null }, "1020 oda create_key eve-key eve send oversight"),
    bad("not_entitled", clause.replay, "SelfDecision"),
  ),
  exportOf(
    "a credential that is revoked while a request with it is under way",
    later("1020 ada submit D2 m=m2", "1021 oda revoke_key ben-key", "1021 ben approve D2 m=m2"),
    { status: "sound", requirements: clause.credential },
  ),
  exportOf(
    "a second tenant's first credential, made by the first one's operator",
    later(...second, "1021 zoe halt t=t2 as=operator"),
    { status: "sound", requirements: clause.credential },
  ),
];

// --- parts of a log ---------------------------------------------------------------------------------------------------

/** Three perfect subtrees stand before it: of 4, 2 and 1 entries. */
const from = 7;
const whole = leavesOf(gated);
const partOf = (change: (header: JsonObject) => JsonObject): string => {
  const [header, ...lines] = exported(whole, { from }).lines;
  return joined([
    JSON.stringify({ ...(JSON.parse(header!) as JsonObject), ...change(JSON.parse(header!) as JsonObject) }),
    ...lines,
  ]);
};
const frontier = (change: (roots: readonly Json[]) => readonly Json[], first?: null): string =>
  partOf(({ first_frontier: roots, first_checkpoint: own }) => ({
    first_frontier: change(roots as readonly Json[]),
    first_checkpoint: first === null ? null : own!,
  }));
const nothing = hex(treeRoot([]));
const part = (comment: string, file: string): Draft =>
  exportOf(`a part of a log ${comment}`, file, bad("tree_mismatch", clause.parts));
const goodPart = (comment: string, file: string): Draft =>
  exportOf(`a part of a log ${comment}`, file, { status: "sound", requirements: clause.parts });

const parts: readonly Draft[] = [
  goodPart(
    "after a checkpoint",
    frontier((roots) => roots),
  ),
  goodPart(
    "between two checkpoints",
    frontier((roots) => roots, null),
  ),
  part(
    "with a root too few before it",
    frontier((roots) => roots.slice(0, -1)),
  ),
  part(
    "with a root too many before it",
    frontier((roots) => [...roots, nothing]),
  ),
  part(
    "with no roots before it",
    frontier(() => []),
  ),
  part(
    "with another root before it",
    frontier((roots) => roots.with(1, nothing)),
  ),
  part(
    "with roots in another order before it",
    frontier((roots) => roots.toReversed()),
  ),
  part(
    "with a root that is too short before it",
    frontier((roots) => roots.with(1, nothing.slice(2))),
  ),
  part(
    "with a root that is no hash before it",
    frontier((roots) => [...roots, "none"]),
  ),
  part(
    "between two checkpoints with a root too few before it",
    frontier((roots) => roots.slice(0, -1), null),
  ),
  part(
    "between two checkpoints with a root too many before it",
    frontier((roots) => [...roots, nothing], null),
  ),
  part(
    "between two checkpoints with another root before it",
    frontier((roots) => roots.with(1, nothing), null),
  ),
  part(
    "after a checkpoint of another size",
    partOf(() => ({ first_checkpoint: exported(whole.slice(0, 6)).checkpoint })),
  ),
  part(
    "after a checkpoint of that size over other entries",
    partOf(() => ({
      first_checkpoint: signedNote(checkpointText("acme.example/log", from, treeRoot([])), logSigners),
    })),
  ),
];

// --- some entries of a log ----------------------------------------------------------------------------------------------

const some = exported(whole, { matching: ({ message }) => message === "m1" }).lines;
const inSome = (index: number, change: (line: JsonObject) => JsonObject): string =>
  joined(some.map((line, i) => (i === index ? JSON.stringify(change(JSON.parse(line) as JsonObject)) : line)));

const matching: readonly Draft[] = [
  exportOf("some entries of a log, each with its proof", joined(some), {
    status: "sound",
    requirements: clause.inclusion,
  }),
  exportOf(
    "some entries of a log, one without its proof",
    inSome(2, ({ inclusion_proof: _, ...line }) => line),
    bad("inclusion", clause.inclusion),
  ),
  exportOf(
    "some entries of a log, one with another's proof",
    inSome(2, (line) => ({
      ...line,
      inclusion_proof: (JSON.parse(some[1]!) as JsonObject)["inclusion_proof"]!,
    })),
    bad("inclusion", clause.inclusion),
  ),
  exportOf(
    "some entries of a log, one with a hash too few in its proof",
    inSome(2, (line) => ({ ...line, inclusion_proof: (line["inclusion_proof"] as readonly Json[]).slice(0, -1) })),
    bad("inclusion", clause.inclusion),
  ),
  exportOf(
    "some entries of a log, one of them withheld",
    inSome(2, ({ leaf_index, leaf_hash, inclusion_proof }) => ({
      leaf_index: leaf_index!,
      leaf_hash: leaf_hash!,
      withheld: true,
      inclusion_proof: inclusion_proof!,
    })),
    bad("withheld", clause.withheld),
  ),
];

export const auditAttacks: readonly Draft[] = [...twoReadings, ...unapproved, ...credentials, ...parts, ...matching];

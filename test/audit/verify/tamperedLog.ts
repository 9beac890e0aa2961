/** What a holder of the log's keys can do to the log, with everything signed again. */
import { actor } from "../../support/log.ts";
import { alteredLeaf, renumbered } from "../../support/alteredLeaf.ts";
import { p256Key } from "../../support/logKeys.ts";
import { agent, ann, digest, oda } from "../../support/sampleLog.ts";
import {
  altered,
  approval,
  at,
  type Case,
  changed,
  handOver,
  keyMade,
  last,
  leaves,
  submission,
  withKeys,
} from "./tampered.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

export const tamperedLog: readonly Case[] = [
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
    make: altered(approval, (leaf) => (leaf.v = 4)),
  },
];

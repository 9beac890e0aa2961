/**
 * Theorems about what may leave, and when: modes, the stop switch, risk, approvals and their limits.
 */
import type { MessageEvent } from "../../src/model/Event.ts";
import { freedom, gated, lowest, ungated, type History, type Told, type Word } from "./history.ts";
import { handsOver, unless, type Theorem } from "./theorem.ts";
import type { Entry } from "./traces.ts";

interface HandOver {
  readonly event: MessageEvent;
  readonly told: Told;
  readonly held: boolean;
  /** Mode and request, without risk and stop switch. */
  readonly asked: ReturnType<History["asked"]>;
  /** A person's decision is needed for it. */
  readonly needed: boolean;
  readonly words: readonly Word[];
}

/** What the log says about a hand-over; `undefined` for every other entry. */
const handOver = (entry: Entry, history: History): HandOver | undefined => {
  const { event } = entry;
  if (!handsOver(entry) || !("message" in event)) return undefined;
  const told = history.of(event);
  if (told === undefined) throw new Error("a hand-over of a message nobody submitted");
  const held = "verdict" in event && event.verdict.held;
  const asked = history.asked(event);
  return { event, told, held, asked, needed: held || gated(asked), words: history.matching(told) };
};

const people = (words: readonly Word[]): number => new Set(words.map((word) => word.reviewer)).size;

/** A submit or an edit that put a message on its way without a decision. */
const freed = ({ event, outcome }: Entry) =>
  (event.type === "submit" || event.type === "revise") &&
  outcome.accepted &&
  (outcome.to === "queued" || outcome.to === "scheduled")
    ? event
    : undefined;

export const leaving: readonly Theorem[] = [
  {
    name: "no_gated_bypass",
    clause: "OV-39",
    slug: "no-gated-bypass",
    each: (entry, history) => {
      const out = handOver(entry, history);
      if (out === undefined || !gated(out.asked)) return undefined;
      return unless(out.words.length > 0, `handed over in ${out.asked} without anyone's word for ${out.told.digest}`);
    },
  },
  {
    name: "approval_recorded_before_delivery",
    clause: "OV-52",
    slug: "approval-recorded-before-delivery",
    each: ({ event, outcome, index }, history) => {
      const told = history.of(event);
      if (!outcome.accepted || outcome.to !== "delivered" || told === undefined) return undefined;
      const last = told.handOvers.at(-1);
      if (last === undefined || last.index < told.contentAt) return "delivered without a hand-over of this content";
      const before = history.matching(told).some((word) => word.index < last.index);
      return unless(last.index < index && (!last.needed || before), "delivered without an earlier approval");
    },
  },
  {
    name: "read_only_silences",
    clause: "OV-5",
    slug: "read-only-silences",
    each: (entry, history) => {
      const { event, outcome } = entry;
      if (!("message" in event) || history.asked(event) !== "read_only") return undefined;
      if (handsOver(entry)) return "handed over in read_only";
      if (event.type === "submit" && outcome.accepted) return unless(outcome.to === "refused", "taken in read_only");
      return event.type === "revise" ? unless(!outcome.accepted, "edited in read_only") : undefined;
    },
  },
  {
    name: "halt_silences",
    clause: "OV-6",
    slug: "halt-silences",
    each: (entry, history) => {
      const { event, outcome } = entry;
      if (!("message" in event) || !history.halted.has(event.tenant)) return undefined;
      if (handsOver(entry)) return "handed over while halted";
      if (event.type === "submit" && outcome.accepted) return unless(outcome.to === "refused", "taken while halted");
      return event.type === "revise" || event.type === "dispatch"
        ? unless(!outcome.accepted, "moved while halted")
        : undefined;
    },
  },
  {
    name: "refused_says_why",
    clause: "OV-121",
    slug: "refused-says-why",
    each: ({ event, outcome }, history) => {
      if (!outcome.accepted) return undefined;
      const reason =
        event.type !== "submit" || outcome.to !== "refused"
          ? null
          : history.halted.has(event.tenant)
            ? "halted"
            : history.asked(event) === "read_only"
              ? "read_only"
              : "recipient_blocked";
      if (reason === null && outcome.refusal === null) return undefined;
      return unless(outcome.refusal === reason, `it gives ${outcome.refusal} for a reason, and it was ${reason}`);
    },
  },
  {
    name: "agent_never_raises_mode",
    clause: "OV-3",
    slug: "agent-never-raises-mode",
    each: ({ event, outcome, before, after }, history) => {
      for (const [id, mailbox] of after.mailboxes) {
        const was = before.mailboxes.get(id)?.mode;
        const raised = was === undefined || freedom(mailbox.mode) > freedom(was);
        if (raised && event.actor.role !== "operator") return `${event.actor.role} raised ${id} to ${mailbox.mode}`;
        if (was !== undefined && was !== mailbox.mode && event.type !== "set_mode")
          return `${event.type} changed a mode`;
      }
      if (event.type !== "set_mode" || event.actor.role === "operator") return undefined;
      const now = history.modes.get(event.mailbox);
      if (now === undefined) return undefined;
      const allowed = event.actor.role === "agent" && freedom(event.mode) < freedom(now);
      return unless(allowed === outcome.accepted, `${event.actor.role} asked for ${event.mode} from ${now}`);
    },
  },
  {
    name: "request_never_loosens",
    clause: "OV-9",
    slug: "request-never-loosens",
    each: (entry, history) => {
      const { event, outcome } = entry;
      if (event.type !== "submit" && event.type !== "revise") return undefined;
      const mailbox = history.modes.get(event.mailbox);
      if (mailbox === undefined || event.requestedMode === null || !outcome.accepted) return undefined;
      if (freedom(event.requestedMode) <= freedom(mailbox)) return undefined;
      const looser = outcome.mode === null || freedom(outcome.mode) > freedom(mailbox);
      if (looser) return `the mode that counted, ${outcome.mode}, is looser than the mailbox's ${mailbox}`;
      return unless(
        freed(entry) === undefined || ungated(mailbox),
        `asking for ${event.requestedMode} freed it in ${mailbox}`,
      );
    },
  },
  {
    name: "risk_only_tightens",
    clause: "OV-38",
    slug: "risk-only-tightens",
    each: (entry, history) => {
      const { event } = entry;
      if ((event.type !== "submit" && event.type !== "revise") || event.requestedMode !== null) return undefined;
      const mailbox = history.modes.get(event.mailbox);
      if (mailbox === undefined || !entry.outcome.accepted || event.verdict.held) return undefined;
      return unless(
        freed(entry) === undefined || ungated(mailbox),
        `a score of ${event.verdict.score} freed it in ${mailbox}`,
      );
    },
  },
  {
    name: "high_risk_waits",
    clause: "OV-10",
    slug: "high-risk-waits",
    each: (entry, history) => {
      const taken = freed(entry);
      if (taken?.verdict.held) return "taken in with a held verdict, yet not put before a person";
      const out = handOver(entry, history);
      if (out === undefined || !out.held) return undefined;
      return unless(out.words.length > 0, "handed over with a held verdict and nobody's word");
    },
  },
  {
    name: "blocked_never_sent",
    clause: "OV-12",
    slug: "blocked-recipient-refused",
    each: (entry, history) => {
      const { event } = entry;
      if (!("verdict" in event) || !event.verdict.blocked || history.of(event) === undefined) return undefined;
      return unless(!handsOver(entry) && freed(entry) === undefined, "on its way although a block matches");
    },
  },
  {
    name: "tightening_reaches_everything_unsent",
    clause: "OV-28",
    slug: "tightening-reaches-everything-unsent",
    each: (entry, history) => {
      const { event, outcome, after } = entry;
      if (event.type === "dispatch" && outcome.accepted && outcome.to === "pending_approval") {
        const told = history.of(event)!;
        const kept = after.messages.get(event.message)?.approvals ?? [];
        const counts = (reviewer: string, at: number) =>
          event.at < at + history.maxAge(event) &&
          told.words.some((word) => word.reviewer === reviewer && word.at === at && !history.voided(told, word));
        return unless(
          kept.every(({ reviewer, at }) => counts(reviewer, at)),
          "kept an approval that counts no more",
        );
      }
      const out = handOver(entry, history);
      const now = out && history.modes.get(out.event.mailbox);
      if (out === undefined || now === undefined || freedom(now) >= freedom(out.told.modeThen)) return undefined;
      const fine = ungated(now) || (gated(now) && out.words.length > 0);
      return unless(fine, `submitted in ${out.told.modeThen}, handed over as if it were not ${now}`);
    },
  },
  {
    name: "monitored_is_copied",
    clause: "OV-7",
    slug: "monitored-is-copied",
    each: (entry, history) => {
      const { outcome } = entry;
      const copied = outcome.accepted && outcome.commands.includes("copy");
      const out = handOver(entry, history);
      if (out === undefined) return copied ? "a copy of what was not handed over" : undefined;
      const mode = lowest(out.asked, out.held ? "gated_send" : null);
      return unless(copied === (mode === "monitored"), copied ? `copied in ${mode}` : "no copy");
    },
  },
  {
    name: "approval_binds_content",
    clause: "OV-15",
    slug: "approval-binds-content",
    each: (entry, history) => {
      const { event, outcome, after } = entry;
      if (event.type === "revise" && outcome.accepted) {
        return unless(after.messages.get(event.message)?.approvals.length === 0, "an edit left approvals standing");
      }
      const out = handOver(entry, history);
      if (out === undefined || !out.needed || people(out.words) < history.quorum(out.event)) return undefined;
      const since = out.words.filter((word) => word.index > out.told.contentAt);
      return unless(people(since) >= history.quorum(out.event), "approved only before its last edit");
    },
  },
  {
    name: "approval_single_use",
    clause: "OV-26",
    slug: "approval-single-use",
    each: (entry, history) => {
      const out = handOver(entry, history);
      if (out === undefined || !out.needed) return undefined;
      const unspent = out.words.filter((word) => word.index >= out.told.spentAt);
      if (unspent.length === out.words.length || people(out.words) < history.quorum(out.event)) return undefined;
      return unless(people(unspent) >= history.quorum(out.event), "handed over again on approvals that were used up");
    },
  },
  {
    name: "quorum_counts_people",
    clause: "OV-23",
    slug: "quorum-counts-people",
    each: (entry, history) => {
      const { event, outcome } = entry;
      if (event.type === "approve" && outcome.accepted && outcome.to !== "pending_approval") {
        const told = history.of(event)!;
        const own = {
          index: entry.index,
          at: event.at,
          reviewer: event.actor.principal,
          role: "",
          credential: null,
          digest: event.digest,
        };
        return unless(
          people([...history.matching(told), own]) >= history.quorum(event),
          "released short of the quorum",
        );
      }
      const out = handOver(entry, history);
      if (out === undefined || !out.needed || out.words.length === 0) return undefined;
      return unless(people(out.words) >= history.quorum(out.event), "handed over short of the quorum");
    },
  },
  {
    name: "revoked_reviewer_voids",
    clause: "OV-24",
    slug: "revoked-reviewer-voids",
    each: (entry, history) => {
      const { event, outcome } = entry;
      const decides =
        event.type === "approve" || event.type === "reject" || event.type === "resolve" || event.type === "revise";
      if (decides && history.revokedNow.has(`${event.tenant}/${event.actor.principal}`)) {
        return unless(!outcome.accepted, "a revoked reviewer decided");
      }
      const out = handOver(entry, history);
      if (out === undefined || !out.needed || people(out.words) < history.quorum(out.event)) return undefined;
      const standing = out.words.filter((word) => !history.voided(out.told, word));
      return unless(people(standing) >= history.quorum(out.event), "handed over on the word of a revoked reviewer");
    },
  },
  {
    name: "deleted_key_voids",
    clause: "OV-126",
    slug: "deleted-key-voids",
    each: (entry, history) => {
      const { event, outcome, after } = entry;
      if (event.type === "revoke" && event.key !== undefined && outcome.accepted) {
        const left = after.messages.get(event.message)?.approvals ?? [];
        return unless(
          left.every(({ credential }) => credential !== event.key),
          "an approval given with a deleted key is left",
        );
      }
      const out = handOver(entry, history);
      if (out === undefined || !out.needed || people(out.words) < history.quorum(out.event)) return undefined;
      const standing = out.words.filter((word) => !history.unkeyed(out.told, word));
      return unless(people(standing) >= history.quorum(out.event), "handed over on the word of a deleted key");
    },
  },
  {
    name: "expired_never_sent",
    clause: "OV-19",
    slug: "expired-never-sent",
    each: (entry, history) => {
      const { event, outcome } = entry;
      const told = history.of(event);
      if (event.type === "approve" && told?.status === "pending_approval" && event.at >= told.decideBy) {
        return unless(!outcome.accepted, "approved after the decision window");
      }
      if (event.type === "expire" && told?.status === "pending_approval" && outcome.accepted) {
        return unless(event.at >= told.decideBy, "expired before the decision window ended");
      }
      const out = handOver(entry, history);
      if (out === undefined || !out.needed || people(out.words) < history.quorum(out.event)) return undefined;
      const fresh = out.words.filter((word) => out.event.at < word.at + history.maxAge(out.event));
      return unless(people(fresh) >= history.quorum(out.event), "handed over on an approval past its age");
    },
  },
];

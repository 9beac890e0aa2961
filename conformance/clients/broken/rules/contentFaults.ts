/** Faults in what an edit does, whose message it is, and which message an event reaches (OV-1, OV-15, OV-51 of spec/lifecycle.md). */
import { inRules, type Fault } from "../fault.ts";
import type { Message } from "../hooks.ts";
import { by, done, misread, rewritten } from "./wrongHooks.ts";

const where = (message: Message | undefined): object =>
  message === undefined ? {} : { tenant: message.tenant, mailbox: message.mailbox };

export const contentFaults: readonly Fault[] = [
  inRules(
    "edit-keeps-approvals",
    "15",
    "A1",
    done(
      "revise",
      (message, { before }) =>
        void (message.approvals = before.approvals.map((one) => ({ ...one, digest: message.digest }))),
    ),
  ),
  inRules(
    "edit-back-revives-approvals",
    "15",
    "A1",
    done("revise", (message, { before }) => void (message.approvals = before.approvals)),
  ),
  inRules(
    "approved-edit-stays-queued",
    "15",
    "A1",
    rewritten("queued revise held", { next: "queued", commands: ["enqueue"] }),
  ),
  inRules(
    "scheduled-edit-stays-scheduled",
    "15",
    "A1",
    rewritten("scheduled revise held", { next: "scheduled", commands: ["wake"] }),
  ),
  inRules(
    "editor-counts-as-approver",
    "15",
    "A7",
    done("revise", (message, { event }) => {
      const { role, principal, credential } = event.actor;
      if (role === "reviewer")
        message.approvals = [{ reviewer: principal, credential, digest: message.digest, at: event.at }];
    }),
  ),
  inRules(
    "edit-keeps-window",
    "15",
    "E1",
    done("revise", (message, { before }) => void (message.decideBy = before.decideBy)),
  ),
  inRules(
    "edit-keeps-the-old-content",
    "15",
    "A6",
    done("revise", (message, { before }) => void (message.digest = before.digest)),
  ),
  inRules(
    "edit-makes-the-editor-author",
    "15 21",
    "C1",
    done("revise", (message, { event }) => void (message.author = event.actor.principal)),
  ),
  inRules(
    "edit-forgets-owner",
    "21",
    "C2",
    done("revise", (message) => void (message.owner = null)),
  ),
  inRules(
    "agent-edits-others-mail",
    "51",
    "C2",
    misread("revise", (f) => (f["role"] === "agent" ? { self: true } : {})),
  ),
  inRules(
    "agent-cancels-others-mail",
    "51",
    null,
    misread("cancel", (f) => (f["role"] === "agent" ? { self: true } : {})),
  ),
  inRules(
    "owner-cannot-touch-own-mail",
    "51",
    null,
    misread("revise cancel", (f, { event, message }) =>
      f["role"] === "agent" ? { self: event.actor.principal === message.author } : {},
    ),
  ),
  inRules("decision-under-another-mailbox", "1", "C10", {
    event: (event, { messages }) =>
      event.type === "submit" || event.message === undefined
        ? event
        : { ...event, ...where(messages.get(event.message)) },
  }),
  inRules(
    "second-submit-replaces",
    "1",
    "B5",
    rewritten("pending_approval submit *", by("agent", { next: "pending_approval", commands: ["request_review"] })),
  ),
];

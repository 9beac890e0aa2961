/** Leaves that say two things are believed (OV-60, OV-74). */
import type { Fault } from "../fault.ts";
import { has, more, overlooks, some } from "./overlooks.ts";

const members =
  "v index at actor tenant mailbox message type event outcome refusal from to mode commands evidence personal previous";

export const leafFaults: readonly Fault[] = [
  overlooks(
    "members-of-the-entry-again-in-its-event",
    "60 74",
    "G3",
    "malformed_leaf",
    some(({ event }) => has(event, "at", "actor", "tenant", "mailbox", "message")),
  ),
  overlooks(
    "an-event-may-bring-its-own-message",
    "60 74",
    "G3",
    "malformed_leaf",
    some(
      ({ event, message, mailbox }) =>
        (message === null && has(event, "message")) || (mailbox === null && has(event, "mailbox")),
    ),
  ),
  overlooks(
    "leaves-may-hold-more",
    "60 74",
    "G3",
    "malformed_leaf",
    some((leaf) => more(leaf, ...members.split(" "))),
  ),
  overlooks(
    "actors-may-hold-more",
    "60 74",
    "G3",
    "malformed_leaf",
    some(({ actor }) => more(actor, "role", "principal", "credential")),
  ),
  overlooks(
    "events-may-hold-more",
    "60 74",
    "G3",
    "malformed_leaf",
    some(({ event }) => has(event, "approved") || has(event?.verdict, "approved")),
  ),
  overlooks(
    "leaves-may-hold-less",
    "60 74",
    "G3",
    "malformed_leaf",
    some((leaf) => has(leaf, "v") && !has(leaf, "personal")),
  ),
  overlooks("leaves-of-any-version", "74", "D3", "unknown_version", () => true),
];

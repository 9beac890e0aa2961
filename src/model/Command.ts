/**
 * What must be done after a transition is durable. The machine only names commands; `Oversight` and the delivery carry them out.
 */
import { Schema } from "effect";

export const commands = [
  /** Put the message before the reviewers. */
  "request_review",
  /** Come back at `sendAt`. */
  "wake",
  /** Give it to a dispatcher. */
  "enqueue",
  /** Hand the approved bytes to SMTP: the only command that makes a permit. */
  "hand_over",
  /** Send a copy to the mailbox's oversight address. */
  "copy",
  /** Try the same hand-over again later. */
  "retry",
  /** Ask a person what became of a hand-over that got no answer. */
  "request_resolution",
] as const;

export const Command = Schema.Literals(commands);
export type Command = typeof Command.Type;

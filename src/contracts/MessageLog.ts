/**
 * What happens to messages, as a line for the operator's own log: ids and words of the rules, no addresses and no content.
 *
 * Each is reported after its entry is durable. This is for people who watch a server; only the log itself is evidence.
 */
import { Context } from "effect";
import type { MessageEventType } from "../model/Event.ts";
import type { Refusal } from "../model/Refusal.ts";

export interface MessageNote {
  readonly message: string;
  readonly mailbox: string;
  readonly event: MessageEventType;
  /** Where the message is now. */
  readonly status: string;
  /** The machine's word when it refused the event, or the message. */
  readonly refusal: Refusal | null;
  /** Of the entry. */
  readonly index: number;
  /** Seconds. */
  readonly at: number;
}

/** A reference: left alone, nothing is written. Must not throw, and must not wait. */
export const MessageLog = Context.Reference<(note: MessageNote) => void>("countersign/contracts/MessageLog", {
  defaultValue: () => () => {},
});

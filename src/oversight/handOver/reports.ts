/** Reports on a hand-over, as proposals to the log: who is served, who is refused, who remains, and why, in the server's words. */
import { newSalt } from "../commit/ids.ts";
import type { Proposal } from "../commit/Batch.ts";
import type { Evidence } from "../commit/evidence.ts";
import type { HandOver } from "../../contracts/Oversight.ts";
import type { RefusedRecipient } from "../../contracts/DeliveryPermit.ts";
import { system } from "../../model/Actor.ts";
import { MessageRow, OutboxRow } from "../../model/records/message.ts";
import { printable } from "../../model/printable.ts";

type Reported = Exclude<HandOver, { type: "recalled" }>;

/** The server's reply and enhanced status code, without the words. */
const codeOf = (reply: string): string => /^\d{3}(?: \d\.\d{1,3}\.\d{1,3})?/.exec(reply)?.[0] ?? "";

/** An event of the system's about one message; its time is the transaction's. */
export const onMessage = (row: { readonly tenant: string; readonly mailbox: string; readonly id: string }) => ({
  at: 0,
  actor: system,
  tenant: row.tenant,
  mailbox: row.mailbox,
  message: row.id,
});

/** What the hand-over's words are about; `null` in `remaining`: all of the envelope. */
export interface About {
  readonly row: Pick<MessageRow, "id" | "tenant" | "mailbox">;
  readonly attempt: number;
  /** Failed tries before this one. */
  readonly tries: number;
  readonly evidence: Evidence;
}

const progressOf = (reported: Reported) => ({
  remaining: "remaining" in reported ? reported.remaining : [],
  refused: reported.refused.map(({ address, reply }: RefusedRecipient) => ({ address, reply: printable(reply) })),
  partly: reported.type === "delivered" || ("partly" in reported && reported.partly),
});

/** The report on a try that was made. */
export const reportOf = ({ row, attempt, tries, evidence }: About, reported: Reported): Proposal => {
  const { remaining, refused, partly } = progressOf(reported);
  const reply = printable(reported.reply);
  return {
    event: { type: reported.type, ...onMessage(row), attempt, reply: codeOf(reply) },
    evidence,
    personal: {
      salt: newSalt(),
      reply,
      rejected: refused.map(({ address }) => address),
      ...(remaining.length === 0 ? {} : { remaining }),
    },
    rows: ({ at }) => ({
      deliveries: [
        { message: row.id, tenant: row.tenant, tries: tries + 1, lastReply: reply, lastAt: at, refused, partly },
      ],
    }),
    outbox: {
      ...(reported.type === "deferred" ? { dueAt: reported.retryAt } : {}),
      tries: tries + 1,
      remaining,
    },
  };
};

/** It is known that nothing left, and it is no try of the server's: the message is as it was, due at `dueAt`. */
export const putBackOf = (
  { row, attempt, evidence }: Omit<About, "tries">,
  outbox: Pick<OutboxRow, "dueAt" | "tries" | "remaining">,
): Proposal => ({
  event: { type: "deferred", ...onMessage(row), attempt, reply: "" },
  evidence,
  personal: {
    salt: newSalt(),
    reply: "",
    rejected: [],
    ...(outbox.remaining === null ? {} : { remaining: outbox.remaining }),
  },
  outbox,
});

/**
 * The hand-overs that this process was given leave for and that have not begun, and what takes the leave back.
 *
 * - A hand-over is known from the commit that gave leave for it, before its permit is signed; the permit is attached to it.
 * - Each commit that changes a tenant, a mailbox or a message is followed, before any answer, by the question whether the
 *   hand-overs it touches may still begin. So a caller who is answered that all is stopped knows that no hand-over begins here after
 *   the answer. @spec OV-141
 *
 * **Gotchas**
 * - What other processes on the same store decide is not seen here; `Oversight.mayBegin` reads it.
 * - A copy goes under no approval of its own, so only what stops everything stops it.
 */
import { Context, Layer } from "effect";
import { recall, type DeliveryPermit } from "../../contracts/DeliveryPermit.ts";
import { mayBegin } from "../../machine/mayBegin.ts";
import type { Situation } from "../../model/approvals.ts";
import { effectiveMode } from "../../model/Mode.ts";
import type { MailboxState, MessageState, TenantState } from "../../model/State.ts";

/** What a commit has done: records as it leaves them, and the messages it gave leave to hand over, with what surrounds them. */
export interface Committed {
  readonly tenants: ReadonlyMap<string, TenantState>;
  readonly mailboxes: ReadonlyMap<string, MailboxState>;
  readonly messages: ReadonlyMap<string, MessageState>;
  readonly leaves: readonly Situation[];
  /** The time of its entries, seconds. */
  readonly at: number;
}

type Kind = "message" | "copy";

interface Hand {
  readonly kind: Kind;
  readonly message: string;
  readonly attempt: number;
}

/** Whether the hand-over may begin, as things stand. */
export const stands = (kind: Kind, situation: Situation, attempt: number, at: number): boolean => {
  const { tenant, mailbox, message } = situation;
  return kind === "copy"
    ? effectiveMode(mailbox.mode, message.requestedMode, message.verdict.held, tenant.halted) !== "read_only"
    : mayBegin(situation, attempt, at);
};

interface Leave {
  readonly kind: Kind;
  readonly attempt: number;
  situation: Situation;
  permit: DeliveryPermit | null;
  withdrawn: boolean;
}

export class OutstandingPermits extends Context.Service<
  OutstandingPermits,
  {
    /** After each commit, before it is answered; synchronous. */
    readonly committed: (commit: Committed) => void;
    /** A permit was made. It is taken back at once if its leave has been withdrawn meanwhile. `situation`: for a copy, as it was read. */
    readonly attach: (permit: DeliveryPermit, situation: Situation) => void;
    /** Whether nothing has taken the leave of a message's hand-over back; asked before each transaction of it, the first one too. */
    readonly stands: (hand: Hand) => boolean;
    /** The hand-over has ended, or there will be none. */
    readonly forget: (hand: Hand) => void;
  }
>()("countersign/oversight/OutstandingPermits") {}

export const layerOutstandingPermits = Layer.sync(OutstandingPermits, () => {
  const leaves = new Map<string, Leave>();
  const keyOf = (kind: Kind, message: string): string => `${kind} ${message}`;

  const committed = ({ tenants, mailboxes, messages, leaves: granted, at }: Committed): void => {
    // First what was granted: one commit may hold a dispatch and, after it, the stop that takes it back.
    for (const situation of granted) {
      const { id, attempt } = situation.message;
      leaves.set(keyOf("message", id), { kind: "message", attempt, situation, permit: null, withdrawn: false });
    }
    for (const leave of leaves.values()) {
      const { situation, kind, attempt, permit } = leave;
      const tenant = tenants.get(situation.tenant.id);
      const mailbox = mailboxes.get(situation.mailbox.id);
      // A copy's message may be anywhere in its life by now.
      const message = kind === "copy" ? undefined : messages.get(situation.message.id);
      if (tenant === undefined && mailbox === undefined && message === undefined) continue;
      leave.situation = {
        tenant: tenant ?? situation.tenant,
        mailbox: mailbox ?? situation.mailbox,
        message: message ?? situation.message,
      };
      if (stands(kind, leave.situation, attempt, at)) continue;
      leave.withdrawn = true;
      if (permit !== null) recall(permit);
    }
  };

  const attach = (permit: DeliveryPermit, situation: Situation): void => {
    const { kind, message, attempt } = permit.content;
    const key = keyOf(kind, message);
    const leave = leaves.get(key);
    if (kind === "copy") leaves.set(key, { kind, attempt, situation, permit, withdrawn: false });
    else if (leave === undefined || leave.attempt !== attempt || leave.withdrawn) recall(permit);
    else leave.permit = permit;
  };

  return OutstandingPermits.of({
    committed,
    attach,
    stands: ({ kind, message, attempt }) => {
      const leave = leaves.get(keyOf(kind, message));
      return leave !== undefined && leave.attempt === attempt && !leave.withdrawn;
    },
    forget: ({ kind, message, attempt }) => {
      const key = keyOf(kind, message);
      // A late report on an earlier attempt is not about this one.
      if (leaves.get(key)?.attempt === attempt) leaves.delete(key);
    },
  });
});

/**
 * The right to hand one message to SMTP once.
 *
 * - Only the one door makes permits, from a `dispatching` state that is already durable. The class has no public
 *   constructor and a private field, so nothing else type-checks as one; `test/architecture.test.ts` holds that nobody but
 *   `Oversight` imports `issue`.
 * - A permit is spent by the hand-over it allows: `spend` says yes once. @spec OV-26 OV-29
 */
const unspent = new WeakSet<DeliveryPermit>();
let open = false;

export interface PermitContent {
  readonly message: string;
  readonly tenant: string;
  readonly mailbox: string;
  /** `message` = to the approved envelope; `copy` = the same bytes to the oversight address. */
  readonly kind: "message" | "copy";
  /** The hand-over it belongs to; the outcome must name it. */
  readonly attempt: number;
  /** Failed tries before this one. */
  readonly tries: number;
  readonly messageId: string;
  readonly from: string;
  /** SMTP recipients; never more than were approved. */
  readonly recipients: readonly string[];
  /** The bytes to be handed over: the approved message under its signature headers. */
  readonly raw: Uint8Array;
  /** When the message was first submitted, seconds. */
  readonly createdAt: number;
}

export class DeliveryPermit {
  readonly #issued = true;
  readonly content: PermitContent;
  constructor(content: PermitContent) {
    if (!open) throw new TypeError("A DeliveryPermit is issued by Oversight alone.");
    this.content = content;
    if (this.#issued) unspent.add(this);
  }
}

/** For `Oversight` alone. */
export const issue = (content: PermitContent): DeliveryPermit => {
  open = true;
  try {
    return new DeliveryPermit(content);
  } finally {
    open = false;
  }
};

/** `true` exactly once for each permit that was issued, `false` for anything else. */
export const spend = (permit: DeliveryPermit): boolean => unspent.delete(permit);

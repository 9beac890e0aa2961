/**
 * The right to hand one message to SMTP once.
 *
 * - Only the one door makes permits, from a `dispatching` state that is already durable. The class has no public
 *   constructor and a private field, so nothing else type-checks as one; `test/architecture/walls.test.ts` holds that no room but
 *   `oversight/` imports `issue` and `recall`.
 * - A permit is spent by the hand-over it allows: `spend` answers `spent` once. @spec OV-26 OV-29
 * - A permit that is not spent yet can be taken back, by a stop for one: `spend` then reports it, and no byte leaves. The three are
 *   synchronous, so that between a `spend` and the first byte nothing else runs.
 */
const unspent = new WeakSet<DeliveryPermit>();
const recalled = new WeakSet<DeliveryPermit>();
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
  /** SMTP recipients still to be served; never more than were approved. */
  readonly recipients: readonly string[];
  /** Whether an earlier try served a recipient. */
  readonly partly: boolean;
  /** Refused for good by earlier tries. */
  readonly refused: readonly RefusedRecipient[];
  /** The bytes to be handed over: the approved message under its signature headers. */
  readonly raw: Uint8Array;
  /** When the message was first submitted, seconds. */
  readonly createdAt: number;
}

/** A recipient that a server refused for good, with its reply. */
export interface RefusedRecipient {
  readonly address: string;
  readonly reply: string;
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

/** For `oversight/` alone. */
export const issue = (content: PermitContent): DeliveryPermit => {
  open = true;
  try {
    return new DeliveryPermit(content);
  } finally {
    open = false;
  }
};

/** For `oversight/` alone. Takes a permit back that has not been spent; `false` when it has. */
export const recall = (permit: DeliveryPermit): boolean => {
  const taken = unspent.delete(permit);
  if (taken) recalled.add(permit);
  return taken;
};

/** `spent` exactly once for each permit that was issued and not taken back; `misused` for one that was spent before, or never issued. */
export const spend = (permit: DeliveryPermit): "spent" | "recalled" | "misused" =>
  unspent.delete(permit) ? "spent" : recalled.has(permit) ? "recalled" : "misused";

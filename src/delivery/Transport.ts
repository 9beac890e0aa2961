/**
 * What carries a message out of the house. The only implementation that reaches the world is `SmtpTransport.ts`.
 *
 * - A hand-over begins with a connection: only for one that is ready does the dispatcher ask for a permit, so that no message is
 *   `dispatching` while it waits in a line that a stop cannot reach. @spec OV-29
 * - It takes a `DeliveryPermit` and nothing else, so what was not permitted cannot be sent. @spec OV-26
 * - It never fails: every way a hand-over can go is a `HandOver`.
 *
 * **Gotchas**: a permit that is forged or was spent before is a defect (`PermitMisused`), not an outcome; no byte has left.
 */
import { Context, type Effect } from "effect";
import type { HandOver } from "../contracts/Oversight.ts";
import type { DeliveryPermit } from "../contracts/DeliveryPermit.ts";

/** A connection that is ready for one message: connected, encrypted and logged in as the settings ask. Or the reason why there is none. */
export interface Slot {
  /**
   * Asks `mayBegin`, spends the permit, and hands its bytes to its recipients once; then the connection is free for others. A permit
   * that may not begin, or was taken back, is `recalled`: no byte of it has left. Without a connection the answer is `deferred`.
   */
  readonly send: (permit: DeliveryPermit, mayBegin: Effect.Effect<boolean>) => Effect.Effect<HandOver>;
  /** Gives the connection back, unused. A slot is sent on or released, once. */
  readonly release: () => void;
}

export class Transport extends Context.Service<
  Transport,
  {
    /**
     * Waits until there is a connection, and answers at least one slot and at most `most`: one for each connection that is ready now.
     * More connections are opened meanwhile, up to the limit of the settings. Where the relay cannot be reached, the slots report it
     * (`send` defers); interrupted, it takes nothing.
     */
    readonly reserve: (most: number) => Effect.Effect<readonly Slot[]>;
  }
>()("countersign/delivery/Transport") {}

/** A second hand-over on one permit, or one without. A bug, so it dies. */
export class PermitMisused extends Error {
  override readonly name = "PermitMisused";
  constructor() {
    super("This delivery permit was not issued by Oversight, or was spent before. Nothing was sent.");
  }
}

/**
 * What carries a message out of the house. The only implementation that reaches the world is `SmtpTransport.ts`.
 *
 * - It takes a `DeliveryPermit` and nothing else, so what was not permitted cannot be sent. @spec OV-26
 * - It never fails: every way a hand-over can go is a `HandOver`.
 *
 * **Gotchas**: a permit that is forged or was spent before is a defect (`PermitMisused`), not an outcome; no byte has left.
 */
import { Context, type Effect } from "effect";
import type { HandOver } from "../contracts/Oversight.ts";
import type { DeliveryPermit } from "../contracts/DeliveryPermit.ts";

export class Transport extends Context.Service<
  Transport,
  {
    /** Spends the permit and hands its bytes to its recipients once. @spec OV-29 */
    readonly send: (permit: DeliveryPermit) => Effect.Effect<HandOver>;
  }
>()("countersign/delivery/Transport") {}

/** Somebody tried to send without a permit, or twice with one. A bug, so it dies. */
export class PermitMisused extends Error {
  override readonly name = "PermitMisused";
  constructor() {
    super("This delivery permit was not issued by Oversight, or was spent before. Nothing was sent.");
  }
}

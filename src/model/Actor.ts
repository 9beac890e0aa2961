/**
 * Who acts. The actor of an event always comes from the authenticated credential, never from a request body (`@spec OV-20`).
 *
 * - `agent`: a program that writes mail, or a person who uses a `send` credential.
 * - `reviewer`: a person whose credential carries `oversight`.
 * - `operator`: the person who runs the tenant.
 * - `system`: Countersign itself: clocks, dispatcher, recovery.
 */
import { Schema } from "effect";

export const Role = Schema.Literals(["agent", "reviewer", "operator", "system"]);
export type Role = typeof Role.Type;

export const Actor = Schema.Struct({
  role: Role,
  /** Who stands behind the credential: an agent's or a person's id, unique in the tenant. Quorum counts these. */
  principal: Schema.String,
  /** The credential that was used (an API key id), or `null` for the system. */
  credential: Schema.NullOr(Schema.String),
});
export type Actor = typeof Actor.Type;

export const system: Actor = { role: "system", principal: "system", credential: null };

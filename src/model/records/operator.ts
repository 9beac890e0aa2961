/**
 * What is kept of an operator's decisions: risk policies, how long personal data stay, what is held.
 *
 * Times are whole seconds since 1970-01-01T00:00:00Z.
 */
import { Schema } from "effect";

const { Int, NullOr, String: Text, Struct } = Schema;

/** One version of a risk policy. */
export const RiskPolicyRow = Struct({
  tenant: Text,
  /** `""` for the tenant's own. */
  mailbox: Text,
  /** The one it becomes; the batch fails with `conflict` when another change took it. */
  version: Int,
  /** JSON, for the risk room to read. */
  policy: Text,
  changedBy: Text,
  changedAt: Int,
});
export type RiskPolicyRow = typeof RiskPolicyRow.Type;

/** How long a tenant's personal data are kept after a message ended. */
export const RetentionRow = Struct({
  tenant: Text,
  /** `null` = until someone asks. */
  days: NullOr(Int),
});
export type RetentionRow = typeof RetentionRow.Type;

/** Nothing of the tenant, of the mailbox or of the message is erased while it stands. */
export const HoldRow = Struct({
  id: Text,
  tenant: Text,
  /** `null` = every mailbox. */
  mailbox: NullOr(Text),
  /** `null` = every message. */
  message: NullOr(Text),
  reason: NullOr(Text),
  placedBy: Text,
  placedAt: Int,
  /** The log entry that records it. */
  index: Int,
  releasedAt: NullOr(Int),
});
export type HoldRow = typeof HoldRow.Type;

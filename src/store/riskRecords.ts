/**
 * What the store keeps about risk: the policies, and what people were told when a message came back to them.
 *
 * **Gotchas**
 * - A policy is handed out as JSON: what it may say is the risk room's to read, and what that cannot read is strictest.
 * - Writing a policy is compare-and-set on its version: of two changes at once, one fails with `conflict`.
 */
import { Context, Effect, Layer, Schema } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import type { StoreError } from "./Journal.ts";
import { countOf, query } from "./query.ts";
import { anyOf } from "./anyOf.ts";

const { Int, NullOr, String: Text, Struct } = Schema;

const Policy = Struct({
  mailbox: Text,
  version: Int,
  policy: Text,
  changedBy: Text,
  changedAt: Int,
});
const policyColumns = `mailbox, version, policy, changed_by AS "changedBy", changed_at AS "changedAt"`;

/** One version of a policy. `mailbox`: `""` for the tenant's own. `changedAt`: seconds. */
export type RiskPolicyRow = typeof Policy.Type;

const ReturnedRow = Struct({
  index: Int,
  at: Int,
  message: Text,
  personal: NullOr(
    Schema.fromJsonString(
      Struct({
        /** The content it was about. */
        digest: Schema.optionalKey(Text),
        /** The verdict, as it is stored for people. */
        risk: Schema.optionalKey(Schema.Unknown),
        /** What had changed, when that sent it back. */
        risen: Schema.optionalKey(Schema.Unknown),
      }),
    ),
  ),
});
/** The entry with which a message came back, and what stands beside its leaf (`null` once erased). */
export type Returned = typeof ReturnedRow.Type;

type Answer<A> = Effect.Effect<A, StoreError>;

export class RiskRecords extends Context.Service<
  RiskRecords,
  {
    /** The newest version of the tenant's policy and, if one is named, of the mailbox's; none for what was never set. */
    readonly policies: (tenant: string, mailbox: string | null) => Answer<readonly RiskPolicyRow[]>;
    /** All versions of one policy, newest first. */
    readonly policyHistory: (tenant: string, mailbox: string, limit: number) => Answer<readonly RiskPolicyRow[]>;
    /** `row.version` is the one it becomes; fails with `conflict` when another change took it. */
    readonly addPolicy: (tenant: string, row: RiskPolicyRow) => Answer<void>;
    /** Of each of these messages, the newest hand-over that was not granted because of what was known then. */
    readonly returned: (messages: readonly string[]) => Answer<readonly Returned[]>;
  }
>()("countersign/store/RiskRecords") {}

/** Of those, what was found about this content; `null` when it never came back, or that is erased. */
export const returnedRisk = (
  content: { readonly message: string; readonly digest: string },
  returned: readonly Returned[],
): { readonly risk: unknown; readonly risen: unknown; readonly at: number; readonly index: number } | null => {
  const entry = returned.find(({ message }) => message === content.message);
  const found = entry?.personal ?? null;
  return entry !== undefined && found !== null && found.digest === content.digest && found.risk !== undefined
    ? { risk: found.risk, risen: found.risen ?? null, at: entry.at, index: entry.index }
    : null;
};

export const layer: Layer.Layer<RiskRecords, never, SqlClient> = Layer.effect(
  RiskRecords,
  Effect.map(SqlClient, (sql) => {
    const policies = query("risk_policies", Policy);
    const entries = query("entries", ReturnedRow);
    return RiskRecords.of({
      policies: (tenant, mailbox) =>
        policies.all(sql`SELECT ${sql.literal(policyColumns)} FROM risk_policies AS p
          WHERE tenant = ${tenant} AND ${anyOf(sql, "mailbox", mailbox === null ? [""] : ["", mailbox])}
          AND version = (SELECT max(version) FROM risk_policies AS n WHERE n.tenant = p.tenant AND n.mailbox = p.mailbox)`),
      policyHistory: (tenant, mailbox, limit) =>
        policies.all(sql`SELECT ${sql.literal(policyColumns)} FROM risk_policies
          WHERE tenant = ${tenant} AND mailbox = ${mailbox} ORDER BY version DESC LIMIT ${limit}`),
      addPolicy: (tenant, { mailbox, version, policy, changedBy, changedAt }) =>
        Effect.asVoid(
          countOf(
            "risk_policies",
            sql`INSERT INTO risk_policies (tenant, mailbox, version, policy, changed_by, changed_at)
              VALUES (${tenant}, ${mailbox}, ${version}, ${policy}, ${changedBy}, ${changedAt}) RETURNING version`,
          ),
        ),
      // A leaf is canonical JSON: these characters stand in it only where the outcome does.
      returned: (messages) =>
        messages.length === 0
          ? Effect.succeed([])
          : entries.all(sql`SELECT e.idx AS "index", e.at, e.message, e.personal FROM entries AS e
              WHERE e.idx IN (SELECT max(idx) FROM entries
                WHERE ${anyOf(sql, "message", messages)} AND type = 'dispatch' AND leaf LIKE '%"to":"pending_approval"%'
                GROUP BY message)`),
    });
  }),
);

/**
 * What the store keeps about risk: the policies, what became of mail to a domain, and what people were told when a message came back.
 *
 * **Gotchas**: a policy is handed out as JSON: what it may say is the risk room's to read, and what that cannot read is strictest.
 * It is written with the entry that tells of it, by the journal.
 */
import { Context, Effect, Layer, Schema } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import type { StoreError } from "./Journal.ts";
import { query } from "./sql/query.ts";
import { anyOf } from "./sql/anyOf.ts";
import { RiskPolicyRow } from "../model/records/operator.ts";

const { Int, NullOr, String: Text, Struct } = Schema;

const policyColumns = `tenant, mailbox, version, policy, changed_by AS "changedBy", changed_at AS "changedAt"`;

export interface HostContact {
  readonly delivered: number;
  readonly bounced: number;
  readonly lastHour: number;
  readonly lastMonth: number;
}

export interface Contacts {
  readonly hosts: ReadonlyMap<string, HostContact>;
  /** How often each bounced. */
  readonly bounces: ReadonlyMap<string, number>;
}

const Counted = Struct({ name: Text, kind: Text, a: Int, b: Int });
const Host = Struct({ domain: Text });

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
    /**
     * A tenant's mail to these hosts: delivered and bounced ever, submitted in the hour before `now` and in the 30 days before that; and
     * which of these recipients (lower case) bounced in the last 90 days. `now` in seconds; the hours are whole ones. A host or recipient
     * that is not in the answer has no past.
     */
    readonly contacts: (question: {
      readonly tenant: string;
      readonly hosts: readonly string[];
      readonly recipients: readonly string[];
      readonly now: number;
    }) => Answer<Contacts>;
    /** Hosts that something was delivered to, latest first. */
    readonly correspondents: (tenant: string, limit: number) => Answer<readonly string[]>;
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
    const policies = query("risk_policies", RiskPolicyRow);
    const entries = query("entries", ReturnedRow);
    const counted = query("risk_domains", Counted);
    const hosts = query("risk_domains", Host);
    return RiskRecords.of({
      policies: (tenant, mailbox) =>
        policies.all(sql`SELECT ${sql.literal(policyColumns)} FROM risk_policies AS p
          WHERE tenant = ${tenant} AND ${anyOf(sql, "mailbox", mailbox === null ? [""] : ["", mailbox])}
          AND version = (SELECT max(version) FROM risk_policies AS n WHERE n.tenant = p.tenant AND n.mailbox = p.mailbox)`),
      contacts: ({ tenant, hosts: asked, recipients, now }) => {
        const hour = Math.floor(now / 3600);
        return Effect.map(
          counted.all(sql`
            SELECT domain AS name, 'settled' AS kind, delivered AS a, bounced AS b
              FROM risk_domains WHERE tenant = ${tenant} AND ${anyOf(sql, "domain", asked)}
            UNION ALL SELECT domain, 'submitted',
                CAST(sum(CASE WHEN hour >= ${hour - 1} THEN submitted ELSE 0 END) AS bigint),
                CAST(sum(CASE WHEN hour < ${hour - 1} THEN submitted ELSE 0 END) AS bigint)
              FROM risk_hours WHERE tenant = ${tenant} AND ${anyOf(sql, "domain", asked)} AND hour >= ${hour - 721} GROUP BY domain
            UNION ALL SELECT recipient, 'bounced', CAST(count(*) AS bigint), 0
              FROM risk_bounces
              WHERE tenant = ${tenant} AND ${anyOf(sql, "recipient", recipients)} AND at > ${now - 90 * 86_400} GROUP BY recipient`),
          (rows): Contacts => {
            const byHost = new Map<string, HostContact>();
            const bounces = new Map<string, number>();
            for (const { name, kind, a, b } of rows) {
              const known = byHost.get(name) ?? { delivered: 0, bounced: 0, lastHour: 0, lastMonth: 0 };
              if (kind === "bounced") bounces.set(name, a);
              else if (kind === "settled") byHost.set(name, { ...known, delivered: a, bounced: b });
              else byHost.set(name, { ...known, lastHour: a, lastMonth: b });
            }
            return { hosts: byHost, bounces };
          },
        );
      },
      correspondents: (tenant, limit) =>
        Effect.map(
          hosts.all(
            sql`SELECT domain FROM risk_domains WHERE tenant = ${tenant} AND delivered > 0 ORDER BY last_at DESC LIMIT ${limit}`,
          ),
          (rows) => rows.map(({ domain }) => domain),
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

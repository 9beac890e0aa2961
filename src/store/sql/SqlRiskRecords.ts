/** `RiskRecords` on SQL, the same on both stores. */
import { Effect, Layer, Schema } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { type Contacts, type HostContact, Returned, RiskRecords } from "../RiskRecords.ts";
import { riskPolicies } from "../tables/riskPolicies.ts";
import { anyOf } from "./anyOf.ts";
import { columnsOf, from } from "./Column.ts";
import { query } from "./query.ts";

const { Int, String: Text, Struct } = Schema;

const returned = query("entries", from("e", columnsOf(Returned, { index: "idx" })));
const counted = query("risk_domains", columnsOf(Struct({ name: Text, kind: Text, a: Int, b: Int })));
const hosts = query("risk_domains", columnsOf(Struct({ host: Text, delivered: Int }), { host: "domain" }));

/** Needs a database brought up to date by `migrate`. */
export const layer: Layer.Layer<RiskRecords, never, SqlClient> = Layer.effect(
  RiskRecords,
  Effect.map(SqlClient, (sql) => {
    return RiskRecords.of({
      policies: (tenant, mailbox) =>
        riskPolicies.all(sql`${riskPolicies.select} AS p
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
        hosts.all(
          sql`SELECT ${hosts.list} FROM risk_domains WHERE tenant = ${tenant} AND delivered > 0
            ORDER BY last_at DESC LIMIT ${limit}`,
        ),
      // A leaf is canonical JSON: these characters stand in it only where the outcome does.
      returned: (ids) =>
        ids.length === 0
          ? Effect.succeed([])
          : returned.all(sql`SELECT ${returned.list} FROM entries AS e
              WHERE e.idx IN (SELECT max(idx) FROM entries
                WHERE ${anyOf(sql, "message", ids)} AND type = 'dispatch' AND leaf LIKE '%"to":"pending_approval"%'
                GROUP BY message)`),
    });
  }),
);

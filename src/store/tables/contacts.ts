/**
 * What became of a tenant's mail, by the domain it went to: three tables kept by triggers, so that they are in the transaction of the
 * event they count, whatever wrote that.
 *
 * - `risk_hours`: messages submitted, by hour. `risk_domains`: delivered and bounced, ever. A reply of class 5 is a bounce; that our own
 *   relay does not let us in (`5xx` without an address in question, such as 530 or 535) is none.
 * - `risk_bounces`: which address bounced, for 90 days, or until its message is erased: it is personal.
 */
import type { Steps } from "../sql/Table.ts";

const tables = [
  `CREATE TABLE risk_hours (
    tenant {text} NOT NULL, domain {text} NOT NULL, hour {integer} NOT NULL, submitted {integer} NOT NULL,
    PRIMARY KEY (tenant, domain, hour)
  ) {keyed}`,
  `CREATE TABLE risk_domains (
    tenant {text} NOT NULL, domain {text} NOT NULL, delivered {integer} NOT NULL, bounced {integer} NOT NULL, last_at {integer} NOT NULL,
    PRIMARY KEY (tenant, domain)
  ) {keyed}`,
  `CREATE INDEX risk_domains_known ON risk_domains (tenant, last_at) WHERE delivered > 0`,
  `CREATE TABLE risk_bounces (
    tenant {text} NOT NULL, recipient {text} NOT NULL, message {text} NOT NULL, at {integer} NOT NULL,
    PRIMARY KEY (tenant, recipient, message)
  ) {keyed}`,
  `CREATE INDEX risk_bounces_by_message ON risk_bounces (message)`,
  `CREATE INDEX risk_bounces_by_age ON risk_bounces (at)`,
];

/** Seconds. */
const bouncesKept = 90 * 86_400;

/** In a leaf, which is canonical JSON, a reply by which a recipient does not exist or does not want the message. */
const bounced = `NEW.leaf LIKE '%"reply":"55_%'`;

const contactsSqlite = (() => {
  const domain = (address: string) =>
    `lower(substr(${address}, length(rtrim(${address}, replace(${address}, '@', ''))) + 1))`;
  const recipients = `(SELECT r.value AS recipient, ${domain("r.value")} AS domain,
      EXISTS (SELECT 1 FROM json_each(coalesce(NEW.personal, '{}'), '$.rejected') AS x WHERE x.value = r.value) AS rejected
    FROM messages AS m JOIN contents AS c ON c.message = m.id AND c.revision = m.revision, json_each(c.recipients) AS r
    WHERE m.id = NEW.message) AS a`;
  return [
    `CREATE TRIGGER risk_submitted AFTER INSERT ON contents WHEN NEW.revision = 1 BEGIN
      INSERT INTO risk_hours (tenant, domain, hour, submitted)
        SELECT DISTINCT m.tenant, ${domain("r.value")}, m.created_at / 3600, 1
        FROM messages AS m, json_each(NEW.recipients) AS r WHERE m.id = NEW.message
        ON CONFLICT (tenant, domain, hour) DO UPDATE SET submitted = submitted + 1;
    END`,
    `CREATE TRIGGER risk_settled AFTER INSERT ON entries
      WHEN (NEW.type = 'delivered' OR (NEW.type = 'failed' AND ${bounced})) AND NEW.leaf LIKE '%"outcome":"accepted"%' BEGIN
      INSERT INTO risk_domains (tenant, domain, delivered, bounced, last_at)
        SELECT NEW.tenant, a.domain, max(NEW.type = 'delivered' AND NOT a.rejected), max(NEW.type = 'failed' OR a.rejected), NEW.at
        FROM ${recipients} WHERE true GROUP BY a.domain
        ON CONFLICT (tenant, domain) DO UPDATE SET
          delivered = delivered + excluded.delivered, bounced = bounced + excluded.bounced, last_at = excluded.last_at;
      INSERT INTO risk_bounces (tenant, recipient, message, at)
        SELECT DISTINCT NEW.tenant, lower(a.recipient), NEW.message, NEW.at
        FROM ${recipients} WHERE NEW.type = 'failed' OR a.rejected
        ON CONFLICT (tenant, recipient, message) DO NOTHING;
      DELETE FROM risk_bounces WHERE at < NEW.at - ${bouncesKept};
    END`,
    `CREATE TRIGGER risk_erased AFTER UPDATE OF erased_at ON messages WHEN NEW.erased_at IS NOT NULL BEGIN
      DELETE FROM risk_bounces WHERE message = NEW.id;
    END`,
  ];
})();

const contactsPostgres = [
  `CREATE FUNCTION risk_submitted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO risk_hours (tenant, domain, hour, submitted)
      SELECT DISTINCT m.tenant, lower(regexp_replace(r.value, '^.*@', '')), m.created_at / 3600, 1
      FROM messages AS m, json_array_elements_text(NEW.recipients::json) AS r WHERE m.id = NEW.message
      ON CONFLICT (tenant, domain, hour) DO UPDATE SET submitted = risk_hours.submitted + 1;
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER risk_submitted AFTER INSERT ON contents FOR EACH ROW WHEN (NEW.revision = 1) EXECUTE FUNCTION risk_submitted()`,
  // A reply may hold the escape that PostgreSQL's JSON functions refuse; then no recipient counts as rejected.
  `CREATE FUNCTION risk_settled() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE rejected json := CASE WHEN NEW.personal IS NULL OR position('\\u0000' IN NEW.personal) > 0 THEN '[]'
      ELSE coalesce(NEW.personal::json -> 'rejected', '[]') END;
    BEGIN
    IF json_typeof(rejected) <> 'array' THEN rejected := '[]'; END IF;
    WITH served AS (
      SELECT r.value AS recipient, lower(regexp_replace(r.value, '^.*@', '')) AS domain,
        r.value IN (SELECT json_array_elements_text(rejected)) AS is_rejected
      FROM messages AS m JOIN contents AS c ON c.message = m.id AND c.revision = m.revision,
        json_array_elements_text(c.recipients::json) AS r WHERE m.id = NEW.message
    ), counted AS (
      INSERT INTO risk_domains (tenant, domain, delivered, bounced, last_at)
        SELECT NEW.tenant, domain, max((NEW.type = 'delivered' AND NOT is_rejected)::int),
          max((NEW.type = 'failed' OR is_rejected)::int), NEW.at
        FROM served GROUP BY domain
        ON CONFLICT (tenant, domain) DO UPDATE SET delivered = risk_domains.delivered + excluded.delivered,
          bounced = risk_domains.bounced + excluded.bounced, last_at = excluded.last_at
    )
    INSERT INTO risk_bounces (tenant, recipient, message, at)
      SELECT DISTINCT NEW.tenant, lower(recipient), NEW.message, NEW.at FROM served WHERE NEW.type = 'failed' OR is_rejected
      ON CONFLICT (tenant, recipient, message) DO NOTHING;
    DELETE FROM risk_bounces WHERE at < NEW.at - ${bouncesKept};
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER risk_settled AFTER INSERT ON entries FOR EACH ROW
    WHEN ((NEW.type = 'delivered' OR (NEW.type = 'failed' AND ${bounced})) AND NEW.leaf LIKE '%"outcome":"accepted"%')
    EXECUTE FUNCTION risk_settled()`,
  `CREATE FUNCTION risk_erased() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM risk_bounces WHERE message = NEW.id;
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER risk_erased AFTER UPDATE OF erased_at ON messages FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL)
    EXECUTE FUNCTION risk_erased()`,
];

export const contacts: { readonly steps: Steps } = {
  steps: { 4: [...tables, ...contactsSqlite.map((sqlite) => ({ sqlite })), ...contactsPostgres.map((pg) => ({ pg }))] },
};

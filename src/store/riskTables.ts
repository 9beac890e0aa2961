/**
 * The database's step for what is decided and known about risk.
 *
 * - `risk_policies`: every version of every policy, the newest counts; a change is a row more, so it also says who decided what, when.
 *   `mailbox` is empty for the tenant's own. Two changes at once take the same version, and one of them is refused.
 */
const onlyGrow = ["risk_policies"] as const;

export const riskTables = [
  `CREATE TABLE risk_policies (
    tenant {text} NOT NULL REFERENCES tenants (id), mailbox {text} NOT NULL, version {integer} NOT NULL, policy {text} NOT NULL,
    changed_by {text} NOT NULL, changed_at {integer} NOT NULL, PRIMARY KEY (tenant, mailbox, version)
  ) {keyed}`,
];

export const riskTriggers = (dialect: "sqlite" | "pg"): readonly string[] =>
  onlyGrow.flatMap((table) =>
    dialect === "pg"
      ? [
          `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
        ]
      : ["UPDATE", "DELETE"].map(
          (action) => `CREATE TRIGGER ${table}_no_${action.toLowerCase()} BEFORE ${action} ON ${table}
            BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`,
        ),
  );

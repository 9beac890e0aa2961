/** How long each tenant's personal data are kept. */
import { RetentionRow } from "../../model/records/operator.ts";
import { table } from "../sql/Table.ts";
import { insertInto } from "../sql/Write.ts";

export const retention = table("retention", RetentionRow, {
  steps: {
    2: [
      `CREATE TABLE retention (
        tenant {text} PRIMARY KEY REFERENCES tenants (id), days {integer} CHECK (days IS NULL OR days >= 183)
      ) {strict}`,
    ],
  },
});

export const putRetention = insertInto(retention, "ON CONFLICT (tenant) DO UPDATE SET days = excluded.days");

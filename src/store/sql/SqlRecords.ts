/** `Records` on SQL, the same on both stores. */
import { Effect, Layer } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { Records } from "../Records.ts";
import { accountRecords } from "./accountRecords.ts";
import { identityKeyRecords } from "./identityKeyRecords.ts";
import { messageRecords } from "./messageRecords.ts";
import { outboxRecords } from "./outboxRecords.ts";

/** Needs a database brought up to date by `migrate`. */
export const layer: Layer.Layer<Records, never, SqlClient> = Layer.effect(
  Records,
  Effect.map(SqlClient, (sql) =>
    Records.of({
      ...accountRecords(sql),
      ...messageRecords(sql),
      ...outboxRecords(sql),
      ...identityKeyRecords(sql),
    }),
  ),
);

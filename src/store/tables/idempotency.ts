/** Which message a request with an idempotency key became. */
import { IdempotencyRow } from "../../model/records/message.ts";
import { table } from "../sql/Table.ts";
import { insertInto } from "../sql/Write.ts";

export const idempotency = table("idempotency", IdempotencyRow, {
  steps: {
    1: [
      `CREATE TABLE idempotency (
        tenant {text} NOT NULL, key {text} NOT NULL, request_hash {text} NOT NULL, message {text} NOT NULL,
        created_at {integer} NOT NULL, PRIMARY KEY (tenant, key)
      ) {keyed}`,
    ],
  },
});

export const insertIdempotency = insertInto(idempotency);

/** How far the hand-over of each message has come: the last words about it, who is refused for good. One row a message, newest state. */
import { DeliveryRow } from "../../model/records/message.ts";
import { table } from "../sql/Table.ts";
import { insertInto } from "../sql/Write.ts";
import { eraseIn } from "./erasure.ts";

export const deliveries = table("deliveries", DeliveryRow, {
  steps: {
    5: [
      `CREATE TABLE deliveries (
        message {text} PRIMARY KEY REFERENCES messages (id), tenant {text} NOT NULL, tries {integer} NOT NULL,
        last_reply {text} NOT NULL, last_at {integer} NOT NULL, refused {text} NOT NULL, partly {integer} NOT NULL
      ) {keyed}`,
    ],
  },
});

export const putDeliveries = insertInto(
  deliveries,
  `ON CONFLICT (message) DO UPDATE SET tries = excluded.tries, last_reply = excluded.last_reply, last_at = excluded.last_at,
    refused = excluded.refused, partly = excluded.partly`,
);

/** A reply may quote an address, and those refused are people. */
export const eraseDeliveries = eraseIn(
  "deliveries",
  "last_reply = '', refused = '[]'",
  "(t.last_reply <> '' OR t.refused <> '[]')",
);

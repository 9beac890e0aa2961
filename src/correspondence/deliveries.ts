/** How far the hand-overs of messages have come, for those who read the messages. */
import { Effect } from "effect";
import { fromRead } from "../contracts/errors.ts";
import { parked, type DeliveryRow, type OutboxRow } from "../model/records/message.ts";
import type { Message, Records } from "../store/Records.ts";
import type { Delivery } from "./Letter.ts";

const deliveryOf = (row: DeliveryRow | undefined, outbox: OutboxRow | undefined): Delivery => ({
  attempts: row?.tries ?? 0,
  lastReply: row === undefined || row.lastReply === "" ? null : row.lastReply,
  lastAt: row?.lastAt ?? null,
  nextAttemptAt: outbox === undefined || outbox.dueAt >= parked ? null : outbox.dueAt,
  refused: row?.refused ?? [],
});

/** One for each message, by its id. */
export const deliveriesOf = Effect.fnUntraced(function* (records: Records["Service"], messages: readonly Message[]) {
  // A message never handed over has no reply.
  const tried = messages.filter(({ state }) => state.attempt > 0).map(({ row }) => row.id);
  const leaving = messages
    .filter(({ state }) => state.status === "queued" || state.status === "dispatching")
    .map(({ row }) => row.id);
  const rows = yield* records.deliveries(tried).pipe(Effect.catch(fromRead));
  const outbox = yield* records.outboxOf(leaving).pipe(Effect.catch(fromRead));
  return new Map(messages.map(({ row: { id } }) => [id, deliveryOf(rows.get(id), outbox.get(id))]));
});

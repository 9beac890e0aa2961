/** Handlers for retention, legal holds and erasure. */
import { Effect } from "effect";
import { HttpApiBuilder } from "effect/http-api";
import { AuditLog } from "../../contracts/AuditLog.ts";
import { Retention } from "../../contracts/Retention.ts";
import { answer } from "../answer.ts";
import { Api } from "../Api.ts";
import { Caller } from "../../http/Authorization.ts";
import { Problem } from "../../http/Problem.ts";
import { instant } from "../../model/time.ts";

const oneOfTwo = new Problem({
  status: 422,
  code: "invalid",
  error: "Say either message_id or person.",
  hint: "message_id erases one message; person, an address, every message from or to it.",
  field: "message_id",
});

export const layerRetention = HttpApiBuilder.group(
  Api,
  "retention",
  Effect.fn(function* (handlers) {
    const retention = yield* Retention;
    const { origin } = yield* AuditLog;

    const policyShown = ({ days, floor }: Effect.Success<ReturnType<typeof retention.policy>>) => ({
      days,
      floor_days: floor,
    });

    const holdShown = (hold: Effect.Success<ReturnType<typeof retention.place>>) => ({
      id: hold.id,
      mailbox_id: hold.mailbox,
      message_id: hold.message,
      reason: hold.reason,
      placed_by: hold.placedBy,
      placed_at: instant(hold.placedAt),
      released_at: hold.releasedAt === null ? null : instant(hold.releasedAt),
      audit_ref: `${origin}/${hold.index}`,
    });

    return handlers
      .handle("retention", () =>
        answer(Effect.flatMap(Caller, (caller) => Effect.map(retention.policy(caller), policyShown))),
      )
      .handle("setRetention", ({ payload }) =>
        answer(Effect.flatMap(Caller, (caller) => Effect.map(retention.setPolicy(caller, payload.days), policyShown))),
      )
      .handle("legalHolds", () =>
        answer(
          Effect.flatMap(Caller, (caller) =>
            Effect.map(retention.holds(caller), (holds) => ({ legal_holds: holds.map(holdShown) })),
          ),
        ),
      )
      .handle("placeLegalHold", ({ payload }) =>
        answer(
          Effect.flatMap(Caller, (caller) =>
            Effect.map(
              retention.place(caller, {
                mailbox: payload.mailbox ?? null,
                message: payload.message_id ?? null,
                reason: payload.reason ?? null,
              }),
              holdShown,
            ),
          ),
        ),
      )
      .handle("releaseLegalHold", ({ params }) =>
        answer(Effect.flatMap(Caller, (caller) => Effect.map(retention.release(caller, params.id), holdShown))),
      )
      .handle("erase", ({ payload }) =>
        answer(
          Effect.gen(function* () {
            const { message_id: message = null, person = null } = payload;
            if ((message === null) === (person === null)) return yield* oneOfTwo;
            const done = yield* retention.erase(yield* Caller, message === null ? { person: person! } : { message });
            return {
              erased: done.erased,
              held: done.held,
              unfinished: done.unfinished,
              audit_refs: done.entries.map((index) => `${origin}/${index}`),
            };
          }),
        ),
      );
  }),
);

/** Legal holds: placed on a mailbox, a message or the whole tenant, and released; what is held is not erased. */
import { Effect } from "effect";
import type { LogRecord } from "../../model/LogRecord.ts";
import type { HoldRow } from "../../model/records/operator.ts";
import { Reach } from "../../accounts/Reach.ts";
import { fromStore, invalid, isPlainNote, missing } from "../../contracts/errors.ts";
import type { Retention } from "../../contracts/Retention.ts";
import { LogRecords } from "../../store/LogRecords.ts";
import { newId, newSalt } from "../commit/ids.ts";
import { makeOperating } from "./operatorActs.ts";

const reasonLimit = 2000;

interface Recording {
  readonly index: number;
  readonly at: number;
}

export const makeHolds = Effect.gen(function* () {
  const records = yield* LogRecords;
  const reach = yield* Reach;
  const { commit, tenantOperator } = yield* makeOperating;

  const place: Retention["Service"]["place"] = Effect.fn("Retention.place")(function* (credential, request) {
    const actor = yield* tenantOperator(credential);
    const { reason } = request;
    if (reason !== null && (reason === "" || !isPlainNote(reason, reasonLimit))) {
      return yield* invalid("reason", `A reason has 1 to ${reasonLimit} characters.`, "Shorten it, or leave it out.");
    }
    const message = request.message === null ? null : yield* reach.message(credential, request.message);
    const named = request.mailbox === null ? null : yield* reach.mailboxNow(credential, request.mailbox);
    if (message !== null && named !== null && message.row.mailbox !== named.id) {
      return yield* invalid("message_id", "The message is not of that mailbox.", "Leave mailbox out.");
    }
    const id = yield* newId("hold");
    const mailbox = message?.row.mailbox ?? named?.id ?? null;
    const { tenant } = credential;
    const event: LogRecord = {
      type: "legal_hold",
      at: 0,
      actor,
      tenant,
      hold: id,
      ...(mailbox === null ? {} : { mailbox }),
      ...(message === null ? {} : { message: message.row.id }),
    };
    const row = (index: number, at: number): HoldRow => ({
      id,
      tenant,
      mailbox,
      message: message?.row.id ?? null,
      reason,
      placedBy: actor.principal,
      placedAt: at,
      index,
      releasedAt: null,
    });
    const [made] = yield* commit({
      event,
      ...(reason === null ? {} : { personal: { salt: newSalt(), reason } }),
      rows: ({ index, at }: Recording) => ({ holds: [row(index, at)] }),
    });
    return row(made!.index, made!.at);
  });

  const release: Retention["Service"]["release"] = Effect.fn("Retention.release")(function* (credential, hold) {
    const actor = yield* tenantOperator(credential);
    const { tenant } = credential;
    const all = yield* records.holds(tenant).pipe(Effect.catch(fromStore));
    const row = all.find(({ id, releasedAt }) => id === hold && releasedAt === null);
    if (row === undefined && actor.role === "operator") {
      return yield* missing("There is no such hold, or it is released.", "List those there are.", "list_holds");
    }
    const [made] = yield* commit({
      event: { type: "release_hold", at: 0, actor, tenant, hold: row?.id ?? "" },
      rows: ({ at }: Recording) => ({ releasedHolds: [{ id: hold, tenant, at }] }),
    });
    return { ...row!, releasedAt: made!.at };
  });

  return { place, release };
});

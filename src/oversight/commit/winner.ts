/** Who settled a message last: the answer to a caller that comes too late. */
import { Effect } from "effect";
import { fromRead, type ServiceError } from "../../contracts/errors.ts";
import type { Records } from "../../store/Records.ts";

/** `null` when no one has decided on it. */
export const winnerOf = Effect.fnUntraced(function* (records: Records["Service"], tenant: string, message: string) {
  const found = yield* records.message(tenant, message).pipe(Effect.catch(fromRead));
  const last = found?.decisions.at(-1);
  const none: ServiceError["winner"] = null;
  return found === null || last === undefined
    ? none
    : { decision: last.decision, by: last.by, at: last.at, status: found.state.status };
});

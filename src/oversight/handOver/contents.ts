/** The contents that are to be handed over. */
import { Effect } from "effect";
import { fromStore } from "../../contracts/errors.ts";
import { Records } from "../../store/Records.ts";
import { type RecentContent, RecentContents } from "./RecentContents.ts";

export const makeContents = Effect.gen(function* () {
  const records = yield* Records;
  const recent = yield* RecentContents;

  /** Contents by message: from memory what this process wrote, the rest from the store in one read. */
  return Effect.fnUntraced(function* (messages: readonly string[]) {
    const found = new Map<string, RecentContent>();
    for (const message of messages) {
      const known = recent.get(message);
      if (known !== null) found.set(message, known);
    }
    const unknown = messages.filter((message) => !found.has(message));
    if (unknown.length > 0) {
      const stored = yield* records.contentsOf(unknown).pipe(Effect.catch(fromStore));
      for (const one of stored) found.set(one.row.id, one);
    }
    return found;
  });
});

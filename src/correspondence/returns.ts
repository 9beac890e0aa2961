/** What was found when a message came back, in place of what was found at its submit: people decide on the newer. */
import { Effect } from "effect";
import { fromRead } from "../contracts/errors.ts";
import type { Message } from "../store/Records.ts";
import { RiskRecords, returnedRisk } from "../store/RiskRecords.ts";
import type { Letter } from "./Letter.ts";

export const makeReturns = Effect.gen(function* () {
  const riskRecords = yield* RiskRecords;

  return Effect.fnUntraced(function* (found: readonly Message[]) {
    // Only what was held, or blocked, comes back; its state says so.
    const suspects = found.filter(
      ({ state }) => state.status === "pending_approval" && (state.verdict.held || state.verdict.blocked),
    );
    const returned = yield* riskRecords.returned(suspects.map(({ row }) => row.id)).pipe(Effect.catch(fromRead));
    return found.map((one): Omit<Letter, "mailbox" | "tenant" | "at" | "delivery"> => {
      const back = suspects.includes(one) ? returnedRisk(one.content, returned) : null;
      if (back === null) return { ...one, returned: null };
      const { risk, ...rest } = back;
      return {
        ...one,
        content: { ...one.content, summary: { ...one.content.summary, risk } },
        returned: rest,
      };
    });
  });
});

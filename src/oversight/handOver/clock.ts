/** What must happen when time has passed: scheduled mail is released, and what waited too long expires. */
import { Effect } from "effect";
import { fromStore } from "../../contracts/errors.ts";
import { isFresh, meets } from "../../model/approvals.ts";
import type { Policy } from "../../model/Event.ts";
import { nowSeconds } from "../../model/time.ts";
import type { MessageState } from "../../model/State.ts";
import { Records } from "../../store/Records.ts";
import { Committer, type Proposal } from "../commit/Committer.ts";
import { onMessage } from "./reports.ts";

/** How many messages one round of the clock looks at. */
const round = 500;

export const makeClock = Effect.gen(function* () {
  const records = yield* Records;
  const committer = yield* Committer;
  let cursor: string | null = null;

  /** Messages on their way out whose approvals have grown too old, from where the last round stopped. */
  const aged = Effect.fnUntraced(function* (time: number) {
    const page = yield* records.withApprovals({ limit: round, after: cursor }).pipe(Effect.catch(fromStore));
    cursor = page.length === round ? page.at(-1)!.id : null;
    const policies = new Map<string, Policy | null>();
    const late: MessageState[] = [];
    for (const state of page) {
      let policy = policies.get(state.mailbox);
      if (policy === undefined) {
        policy =
          (yield* records.mailbox(state.tenant, state.mailbox).pipe(Effect.catch(fromStore)))?.state.policy ?? null;
        policies.set(state.mailbox, policy);
      }
      if (policy === null) continue;
      const known = policy;
      const fresh = state.approvals.filter((approval) => isFresh(approval, known, time));
      // While the fresh ones make the quorum, none of the old is missed; the machine decides whether it is so. @spec OV-19
      if (fresh.length < state.approvals.length && !meets(fresh, policy)) late.push(state);
    }
    return late;
  });

  /** One round; answers how many events it proposed. */
  return Effect.gen(function* () {
    const time = yield* nowSeconds;
    const waiting = yield* records.waiting({ now: time, limit: round }).pipe(Effect.catch(fromStore));
    const proposals = [
      ...waiting.map((state): Proposal => {
        const type = state.status === "scheduled" ? ("release" as const) : ("expire" as const);
        return { event: { type, ...onMessage(state) } };
      }),
      ...(yield* aged(time)).map((state): Proposal => ({ event: { type: "expire", ...onMessage(state) } })),
    ];
    yield* Effect.forEach(proposals, (proposal) => committer.propose(proposal).pipe(Effect.catch(fromStore)), {
      concurrency: "unbounded",
      discard: true,
    });
    return proposals.length;
  });
});

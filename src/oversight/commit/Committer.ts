/**
 * Group commit: many proposals, one durable transaction, the answer to each after it.
 *
 * - Proposals queue up while a transaction runs and go together into the next one, so the cost of a flush to disk is shared.
 * - Inside the transaction the machine decides one after the other on what the transaction itself has read, so that of any
 *   number of concurrent decisions exactly one wins. @spec OV-25 OV-36
 * - A group of proposals offered together goes into one transaction; one of them refused does not stop the others.
 *
 * **Gotchas**: if a unique constraint refuses a batch, its groups are tried one by one, so that one bad group spoils no other.
 */
import { Context, Deferred, Effect, Layer, Queue } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { Journal, StoreError, type Needs } from "../../store/Journal.ts";
import { Batch, type Proposal, type Recorded } from "./Batch.ts";
import { OutboxRow } from "../../model/records/message.ts";
import { OversightSettings } from "../../contracts/settings.ts";
import { OutstandingPermits } from "../handOver/OutstandingPermits.ts";
import { MessageLog } from "../../contracts/MessageLog.ts";
import { isRecord } from "../../model/LogRecord.ts";

export type { Proposal, Recorded } from "./Batch.ts";

interface Group {
  readonly proposals: readonly Proposal[];
  readonly answer: Deferred.Deferred<readonly Recorded[], StoreError>;
}

export class Committer extends Context.Service<
  Committer,
  {
    readonly propose: (...proposals: readonly Proposal[]) => Effect.Effect<readonly Recorded[], StoreError>;
    /** Rows that this process has just committed and leased to itself. */
    readonly enqueued: Queue.Dequeue<OutboxRow>;
    readonly leaseOwner: string;
  }
>()("countersign/oversight/Committer") {}

const needsOf = (groups: readonly Group[]): Needs => {
  const tenants = new Set<string>();
  const mailboxes = new Set<string>();
  const messages = new Set<string>();
  const idempotency = new Set<string>();
  for (const { proposals } of groups) {
    for (const { event, idempotency: once } of proposals) {
      tenants.add(event.tenant);
      if ("mailbox" in event) mailboxes.add(event.mailbox);
      if ("message" in event) messages.add(event.message);
      if (once !== undefined) idempotency.add(`${event.tenant} ${once.key}`);
    }
  }
  return { tenants: [...tenants], mailboxes: [...mailboxes], messages: [...messages], idempotency: [...idempotency] };
};

/** Needs `Journal` and the settings; `leaseOwner` must differ between processes. */
export const layerCommitter = (leaseOwner: string) =>
  Layer.effect(
    Committer,
    Effect.gen(function* () {
      const journal = yield* Journal;
      const settings = yield* OversightSettings;
      const outstanding = yield* OutstandingPermits;
      const tell = yield* MessageLog;
      const waiting = yield* Queue.unbounded<Group>();
      const enqueued = yield* Queue.unbounded<OutboxRow>();
      const lease = { owner: leaseOwner, seconds: settings.leaseSeconds };

      const note = (proposals: readonly Proposal[], answers: readonly Recorded[]): void => {
        for (const [i, { event }] of proposals.entries()) {
          const recorded = answers[i]!;
          if (!("message" in event) || isRecord(event) || recorded.kind !== "recorded" || recorded.message === null)
            continue;
          const { outcome, index, at, message } = recorded;
          const refusal = outcome.accepted ? null : outcome.refusal;
          const { id, mailbox, status } = message;
          const line = { message: id, mailbox, event: event.type, status, refusal, index, at };
          try {
            tell(line);
          } catch {
            // What it is about is durable: a listener that fails must not have it decided a second time.
          }
        }
      };

      const commit = Effect.fnUntraced(function* (groups: readonly Group[]) {
        const clock = yield* nowSeconds;
        const { answers, hints, committed } = yield* journal.transact(needsOf(groups), (loaded) => {
          // Log time never runs backwards, even if this machine's clock does, or is behind another's. @spec OV-18
          const at = Math.max(clock, loaded.head.at);
          const batch = new Batch(loaded, lease, at);
          const decided = groups.map((group) => group.proposals.map((proposal) => batch.decide(proposal)));
          const writes = batch.writes();
          return {
            writes,
            result: {
              answers: decided,
              hints: writes.outboxPuts.filter((row) => row.leaseOwner === leaseOwner),
              committed: { ...batch.changed, leaves: batch.leaves, at },
            },
          };
        });
        // Before any answer: a caller that is answered "halted" must find nothing about to leave.
        outstanding.committed(committed);
        for (const [i, group] of groups.entries()) note(group.proposals, answers[i]!);
        if (hints.length > 0) yield* Queue.offerAll(enqueued, hints);
        for (const [i, group] of groups.entries()) yield* Deferred.succeed(group.answer, answers[i]!);
      });

      const undecidable = new StoreError({
        reason: "corrupt",
        message: "A proposal could not be decided.",
        hint: "See the server's log; nothing of it was stored.",
      });

      /** One group that the store refuses, or that cannot be decided, must not fail the others. */
      const commitApart = (groups: readonly Group[]): Effect.Effect<void> =>
        commit(groups).pipe(
          Effect.catchDefect((defect) =>
            Effect.andThen(Effect.logError("A batch could not be decided", defect), Effect.fail(undecidable)),
          ),
          Effect.catch((error) =>
            groups.length > 1 && (error.reason === "conflict" || error === undecidable)
              ? Effect.forEach(groups, (group) => commitApart([group]), { discard: true })
              : Effect.forEach(groups, (group) => Deferred.fail(group.answer, error), { discard: true }),
          ),
        );

      const loop = Effect.flatMap(Queue.takeBetween(waiting, 1, settings.batchLimit), commitApart);
      yield* Effect.forkScoped(Effect.forever(loop));

      return Committer.of({
        propose: (...proposals) =>
          Effect.gen(function* () {
            const answer = yield* Deferred.make<readonly Recorded[], StoreError>();
            yield* Queue.offer(waiting, { proposals, answer });
            // What is in the queue will be decided; a caller that goes away must not make the outcome unknown to the log.
            return yield* Deferred.await(answer);
          }),
        enqueued,
        leaseOwner,
      });
    }),
  );

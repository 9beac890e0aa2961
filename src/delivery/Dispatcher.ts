/**
 * The loop that carries out what Oversight has let go: rows in, permits from Oversight, bytes to the transport, outcome back.
 *
 * - A permit is asked for only when there is a hand free to carry it, so that few messages are ever `dispatching` without
 *   being on the wire: at most `concurrency`. @spec OV-29
 * - An outcome is never dropped: while the store is away it is kept in memory and offered again until it is taken; no more
 *   than `unsettledLimit` of them, then no new permit is asked for.
 * - Rows come from this process's own commits and, every `claimSeconds`, from the outbox: what is due, and what a dead process
 *   left behind. A hand-over it died with is `recover`ed, never repeated. @spec OV-32
 * - On stop it asks for nothing more, lets what is under way finish for up to `drainSeconds`, and gives its leases up.
 *
 * **Gotchas**: leases are renewed by owner, so a row this process forgets stays leased as long as it lives. Hence no row
 * taken is ever let go of without an answer from Oversight.
 */
import { Effect, Fiber, FiberSet, Latch, Layer, Queue, Schedule } from "effect";
import { nowSeconds } from "../model/time.ts";
import { Oversight, type HandOver } from "../contracts/Oversight.ts";
import type { DeliveryPermit } from "../contracts/DeliveryPermit.ts";
import { OutboxClaims, type ClaimedRow, type OutboxRow } from "./OutboxClaims.ts";
import { Transport } from "./Transport.ts";

export interface DispatcherSettings {
  /** Permits that may be waiting for, or on, the wire. */
  readonly concurrency: number;
  /** The most rows one request for permits names. */
  readonly batchLimit: number;
  /** Permits whose outcome is not yet durable. At least `concurrency`. */
  readonly unsettledLimit: number;
  /** Seconds between two looks into the outbox. */
  readonly claimSeconds: number;
  /** The most rows one look takes. */
  readonly claimLimit: number;
  /** Seconds that a stop waits for what is under way. */
  readonly drainSeconds: number;
}

export const defaultDispatcher: DispatcherSettings = {
  concurrency: 64,
  batchLimit: 64,
  unsettledLimit: 128,
  claimSeconds: 5,
  claimLimit: 64,
  drainSeconds: 30,
};

/** For what must be done in the end, whatever the store does meanwhile: 0.2 s, 0.4 s … 30 s. */
const patiently = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("30 seconds")]).pipe(
  Schedule.jittered,
);

const keyOf = (row: Pick<OutboxRow, "message" | "kind">): string => `${row.kind} ${row.message}`;

/** Runs until its scope closes. */
export const layerDispatcher = (
  options: Partial<DispatcherSettings> = {},
): Layer.Layer<never, never, Oversight | Transport | OutboxClaims> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const settings = { ...defaultDispatcher, ...options };
      const oversight = yield* Oversight;
      const transport = yield* Transport;
      const claims = yield* OutboxClaims;
      const owner = oversight.leaseOwner;

      const ready = yield* Queue.unbounded<OutboxRow>();
      const hands = yield* FiberSet.make();
      const room = yield* Latch.make(true);
      /** Rows between being taken and being answered for; the same row can come twice, by commit and by claim. */
      const held = new Map<string, number>();
      let sending = 0;
      let unsettled = 0;

      const hold = (row: OutboxRow) => held.set(keyOf(row), (held.get(keyOf(row)) ?? 0) + 1);
      const letGo = (row: Pick<OutboxRow, "message" | "kind">) => {
        const count = (held.get(keyOf(row)) ?? 1) - 1;
        if (count === 0) held.delete(keyOf(row));
        else held.set(keyOf(row), count);
      };
      const free = () => Math.min(settings.concurrency - sending, settings.unsettledLimit - unsettled);
      const measure = () => {
        if (free() > 0) room.openUnsafe();
        else room.closeUnsafe();
      };

      /** Tries until it is done. `worthwhile` says which failures another try can mend. */
      const persist = <A, E extends { readonly message: string }>(
        what: string,
        effect: Effect.Effect<A, E>,
        worthwhile: (error: E) => boolean = () => true,
      ): Effect.Effect<A, E> =>
        effect.pipe(
          Effect.tapError((error) => Effect.logWarning(`${what}: ${error.message}`)),
          Effect.retry({ schedule: patiently, while: worthwhile }),
        );
      const storeIsAway = (error: { readonly reason: string }) => error.reason === "unavailable";

      // --- one permit

      const report = ({ content }: DeliveryPermit, handOver: HandOver): Effect.Effect<void> =>
        handOver.type === "delivered"
          ? Effect.logDebug(`${content.kind} ${content.message} delivered: ${handOver.reply}`)
          : Effect.logWarning(`${content.kind} ${content.message} ${handOver.type}: ${handOver.reply}`);

      const settle = (permit: DeliveryPermit, handOver: HandOver): Effect.Effect<void> => {
        const outcome = `The outcome of ${permit.content.kind} ${permit.content.message}`;
        return persist(`${outcome} is not stored yet`, oversight.settle(permit, handOver), storeIsAway).pipe(
          Effect.catchCause((cause) => Effect.logError(`${outcome} was not taken`, cause)),
        );
      };

      const carry = (permit: DeliveryPermit) =>
        transport.send(permit).pipe(
          Effect.catchDefect((defect) =>
            Effect.logError(`The transport broke on ${permit.content.message}`, defect).pipe(
              Effect.andThen(nowSeconds),
              Effect.map((now): HandOver => {
                const reply = "The transport broke; see the server's log.";
                // A copy that may have come twice does no harm.
                return permit.content.kind === "copy"
                  ? { type: "deferred", reply, retryAt: now + 3600, remaining: null }
                  : { type: "lost", reply };
              }),
            ),
          ),
          Effect.ensuring(
            Effect.sync(() => {
              sending--;
              measure();
            }),
          ),
          Effect.tap((handOver) => report(permit, handOver)),
          Effect.flatMap((handOver) => settle(permit, handOver)),
          Effect.ensuring(
            Effect.sync(() => {
              unsettled--;
              letGo(permit.content);
              measure();
            }),
          ),
        );

      // --- from rows to permits

      const begin = (permit: DeliveryPermit) =>
        Effect.suspend(() => {
          sending++;
          unsettled++;
          measure();
          return FiberSet.run(hands, carry(permit));
        });

      /** Not to be cut in two: a permit that is durable but in nobody's hand would have to be recovered. */
      const ask = (rows: readonly OutboxRow[]) =>
        oversight.dispatch(rows).pipe(
          Effect.tap((permits) => Effect.forEach(permits, begin, { discard: true })),
          Effect.uninterruptible,
        );

      const recover = (rows: readonly OutboxRow[]) =>
        persist("Abandoned hand-overs are not recovered yet", oversight.recover(rows), storeIsAway).pipe(
          Effect.catchCause((cause) => Effect.logError("Abandoned hand-overs could not be recovered", cause)),
        );

      const putBack = (message: string, tries: number) =>
        Effect.flatMap(nowSeconds, (now) => claims.deferCopy({ message, dueAt: now + 3600, tries: tries + 1 })).pipe(
          (deferred) => persist(`The copy of ${message} is not put back yet`, deferred),
          Effect.catchCause((cause) => Effect.logError(`The copy of ${message} was not put back`, cause)),
        );

      const later = (row: OutboxRow) =>
        Effect.sleep("1 minute").pipe(Effect.andThen(Queue.offer(ready, row)), Effect.forkIn(scope), Effect.asVoid);

      const serve = Effect.fnUntraced(function* (rows: readonly OutboxRow[]) {
        let asked = 0;
        const permits = yield* persist(
          "No permits for now",
          Effect.suspend(() => {
            asked++;
            return ask(rows);
          }),
          storeIsAway,
        );
        const given = new Set(permits.map((permit) => keyOf(permit.content)));
        const without = rows.filter((row) => !given.has(keyOf(row)));
        // The answer to an earlier request may have been lost after it was stored; its permits are lost with it.
        const alone = (row: OutboxRow) => held.get(keyOf(row)) === 1;
        const doubtful = asked > 1 ? without.filter((row) => row.kind === "message" && alone(row)) : [];
        if (doubtful.length > 0) yield* recover(doubtful);
        // A copy waits for no event, so nobody else would put its row back.
        for (const { kind, message, tries } of without) {
          if (kind === "copy") yield* putBack(message, tries);
        }
        without.forEach(letGo);
      });

      /** One row that Oversight cannot answer for must not hold up the others. */
      const serveApart = (rows: readonly OutboxRow[]): Effect.Effect<void> =>
        serve(rows).pipe(
          Effect.catchCause((cause) =>
            rows.length > 1
              ? Effect.forEach(rows, (row) => serveApart([row]), { discard: true })
              : Effect.logError(`No answer for ${rows[0]!.message}; asked again in a minute`, cause).pipe(
                  Effect.andThen(later(rows[0]!)),
                ),
          ),
        );

      const work = room.await.pipe(
        Effect.andThen(Effect.suspend(() => Queue.takeBetween(ready, 1, Math.min(settings.batchLimit, free())))),
        Effect.flatMap(serveApart),
      );

      // --- where rows come from

      const take = (rows: readonly OutboxRow[]) =>
        Effect.suspend(() => {
          rows.forEach(hold);
          return Queue.offerAll(ready, rows);
        });

      const takeCommitted = Queue.takeAll(oversight.enqueued).pipe(Effect.flatMap(take));

      /** Answers whether there may be more. */
      const takeClaimed = Effect.gen(function* () {
        if ((yield* Queue.size(ready)) >= settings.claimLimit) return true;
        const now = yield* nowSeconds;
        const rows: readonly ClaimedRow[] = yield* claims.claim({
          owner,
          now,
          leaseUntil: now + oversight.leaseSeconds,
          limit: settings.claimLimit,
        });
        // Claimed although in hand: our lease had lapsed while the store was away.
        const fresh = rows.filter((row) => !held.has(keyOf(row)));
        const due = fresh.filter((row) => row.kind === "copy" || row.status === "queued");
        const abandoned = fresh.filter((row) => row.kind === "message" && row.status === "dispatching");
        const strange = fresh.length - due.length - abandoned.length;
        if (strange > 0)
          yield* Effect.logError(`${strange} rows of the outbox belong to messages that are not to be sent`);
        yield* take(due);
        if (abandoned.length > 0) {
          abandoned.forEach(hold);
          yield* recover(abandoned);
          abandoned.forEach(letGo);
        }
        return rows.length >= settings.claimLimit;
      });

      const claimOften = takeClaimed.pipe(
        Effect.catchCause((cause) => Effect.as(Effect.logWarning("The outbox could not be read", cause), false)),
        Effect.flatMap((more) => Effect.sleep(more ? "100 millis" : `${settings.claimSeconds} seconds`)),
      );

      const renewOften = Effect.gen(function* () {
        yield* Effect.sleep(`${Math.max(1, oversight.leaseSeconds / 3)} seconds`);
        if (held.size === 0) return;
        const renew = Effect.flatMap(nowSeconds, (now) => claims.renew({ owner, until: now + oversight.leaseSeconds }));
        yield* Effect.catchCause(persist("The leases are not renewed yet", renew), (cause) =>
          Effect.logError("The leases are not renewed", cause),
        );
      });

      const scope = yield* Effect.scope;
      const loops = yield* Effect.forEach([takeCommitted, work, claimOften], (loop) =>
        Effect.forkScoped(Effect.forever(loop)),
      );
      yield* Effect.forkScoped(Effect.forever(renewOften));

      yield* Effect.addFinalizer(() =>
        Effect.gen(function* () {
          const drain = `${settings.drainSeconds} seconds` as const;
          yield* Effect.interruptible(Fiber.interruptAll(loops)).pipe(Effect.timeoutOption(drain));
          yield* Effect.interruptible(FiberSet.awaitEmpty(hands)).pipe(Effect.timeoutOption(drain));
          if (unsettled > 0) {
            yield* Effect.logWarning(
              `${unsettled} hand-overs did not end in time; the next start asks a person about them`,
            );
          }
          yield* FiberSet.clear(hands);
          const giveUp = Effect.flatMap(nowSeconds, (until) => claims.renew({ owner, until }));
          yield* Effect.ignore(Effect.timeoutOption(Effect.interruptible(giveUp), "5 seconds"));
        }),
      );
    }),
  );

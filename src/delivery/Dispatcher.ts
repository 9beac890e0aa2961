/**
 * The loop that carries out what Oversight has released: rows in, a connection for each, permits from Oversight, bytes to the transport,
 * outcome back.
 *
 * - A permit is asked for only when a connection is ready for it, so that no message is ever `dispatching` while it waits for one; the
 *   others stay `queued`, where a stop reaches them. @spec OV-29 OV-141
 * - Rows come from this process's own commits and, every `claimSeconds`, from the outbox: what is due, and what a dead process
 *   left behind. A hand-over it died with is `recover`ed, never repeated. @spec OV-32
 * - On stop it asks for nothing more, lets what is under way finish for up to `drainSeconds`, and gives its leases up.
 */
import { Effect, Fiber, Layer, Queue } from "effect";
import { OutboxClaims, type ClaimedRow, type OutboxRow } from "./OutboxClaims.ts";
import { persist, storeIsAway } from "./persist.ts";
import { Transport, type Slot } from "./Transport.ts";
import { Oversight } from "../contracts/Oversight.ts";
import { HeldRows, keyOf } from "./HeldRows.ts";
import { makeHands } from "./Hands.ts";
import { nowSeconds } from "../model/time.ts";

export interface DispatcherSettings {
  /** The most rows one request for permits names. */
  readonly batchLimit: number;
  /** Permits whose outcome is not yet durable. */
  readonly unsettledLimit: number;
  /** Seconds between two looks into the outbox. */
  readonly claimSeconds: number;
  /** The most rows one look takes. */
  readonly claimLimit: number;
  /** Seconds that a stop waits for what is under way. */
  readonly drainSeconds: number;
}

export const defaultDispatcher: DispatcherSettings = {
  batchLimit: 64,
  unsettledLimit: 128,
  claimSeconds: 5,
  claimLimit: 64,
  drainSeconds: 30,
};

/** Runs until its scope closes. */
export const layerDispatcher = (
  options: Partial<DispatcherSettings> = {},
): Layer.Layer<never, never, Oversight | Transport | OutboxClaims> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const settings = { ...defaultDispatcher, ...options };
      const held = new HeldRows();
      const ready = yield* Queue.unbounded<OutboxRow>();
      const work = yield* makeWork(settings, held, ready);
      const sources = yield* makeSources(settings, held, ready, work.recover);
      const loops = yield* Effect.forEach([work.loop, ...sources.loops], (loop) =>
        Effect.forkScoped(Effect.forever(loop)),
      );
      yield* Effect.forkScoped(Effect.forever(sources.renewOften));

      yield* Effect.addFinalizer(() =>
        Effect.gen(function* () {
          const drain = `${settings.drainSeconds} seconds` as const;
          yield* Effect.interruptible(Fiber.interruptAll(loops)).pipe(Effect.timeoutOption(drain));
          yield* Effect.interruptible(work.ended).pipe(Effect.timeoutOption(drain));
          const left = yield* work.stop;
          if (left > 0) {
            yield* Effect.logWarning(`${left} hand-overs did not end in time; the next start asks a person about them`);
          }
          yield* Effect.ignore(Effect.timeoutOption(Effect.interruptible(sources.giveUp), "5 seconds"));
        }),
      );
    }),
  );

/** From rows to permits, each on a connection. */
const makeWork = Effect.fnUntraced(function* (
  settings: DispatcherSettings,
  held: HeldRows,
  ready: Queue.Queue<OutboxRow>,
) {
  const oversight = yield* Oversight;
  const transport = yield* Transport;
  const claims = yield* OutboxClaims;
  const scope = yield* Effect.scope;
  const hands = yield* makeHands(oversight, held, settings.unsettledLimit);

  /** Uninterruptible: a permit that is durable but held by no one would have to be recovered. */
  const ask = (rows: readonly OutboxRow[], slots: Slot[]) =>
    oversight.dispatch(rows).pipe(
      Effect.tap((permits) =>
        Effect.forEach(permits, (permit) => hands.begin(permit, slots.shift()!), { discard: true }),
      ),
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

  const serve = Effect.fnUntraced(function* (rows: readonly OutboxRow[], slots: Slot[]) {
    let asked = 0;
    const permits = yield* persist(
      "No permits for now",
      Effect.suspend(() => {
        asked++;
        return ask(rows, slots);
      }),
      storeIsAway,
    );
    const given = new Set(permits.map((permit) => keyOf(permit.content)));
    const without = rows.filter((row) => !given.has(keyOf(row)));
    // The answer to an earlier request may have been lost after it was stored; its permits are lost with it.
    const doubtful = asked > 1 ? without.filter((row) => row.kind === "message" && held.hasOnce(row)) : [];
    if (doubtful.length > 0) yield* recover(doubtful);
    // A copy waits for no event, so nothing else would put its row back.
    for (const { kind, message, tries } of without) {
      if (kind === "copy") yield* putBack(message, tries);
    }
    without.forEach((row) => held.release(row));
  });

  /** One row that Oversight cannot answer for must not hold up the others. */
  const serveApart = (rows: readonly OutboxRow[], slots: Slot[]): Effect.Effect<void> =>
    serve(rows, slots).pipe(
      Effect.catchCause((cause) =>
        rows.length > 1
          ? Effect.forEach(rows, (row) => serveApart([row], slots), { discard: true })
          : Effect.logError(`No answer for ${rows[0]!.message}; asked again in a minute`, cause).pipe(
              Effect.andThen(later(rows[0]!)),
            ),
      ),
    );

  const loop = Effect.gen(function* () {
    // One row at least; it stays in the queue until there is a connection for it.
    yield* Queue.peek(ready);
    const most = Math.min(settings.batchLimit, yield* hands.room, yield* Queue.size(ready));
    yield* Effect.acquireUseRelease(
      Effect.map(Effect.interruptible(transport.reserve(most)), (slots) => [...slots]),
      (slots) => Effect.flatMap(Queue.takeBetween(ready, 1, slots.length), (rows) => serveApart(rows, slots)),
      // The slots that no permit took.
      (slots) => Effect.sync(() => slots.forEach((slot) => slot.release())),
    );
  });

  return { loop, recover, ended: hands.ended, stop: hands.stop };
});

/** Where rows come from, and the leases on them. */
const makeSources = Effect.fnUntraced(function* (
  settings: DispatcherSettings,
  held: HeldRows,
  ready: Queue.Queue<OutboxRow>,
  recover: (rows: readonly OutboxRow[]) => Effect.Effect<void>,
) {
  const oversight = yield* Oversight;
  const claims = yield* OutboxClaims;
  const owner = oversight.leaseOwner;

  const take = (rows: readonly OutboxRow[]) =>
    Effect.suspend(() => {
      rows.forEach((row) => held.hold(row));
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
    const fresh = rows.filter((row) => !held.has(row));
    const due = fresh.filter((row) => row.kind === "copy" || row.status === "queued");
    const abandoned = fresh.filter((row) => row.kind === "message" && row.status === "dispatching");
    const strange = fresh.length - due.length - abandoned.length;
    if (strange > 0) yield* Effect.logError(`${strange} rows of the outbox belong to messages that are not to be sent`);
    yield* take(due);
    if (abandoned.length > 0) {
      abandoned.forEach((row) => held.hold(row));
      yield* recover(abandoned);
      abandoned.forEach((row) => held.release(row));
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

  const giveUp = Effect.flatMap(nowSeconds, (until) => claims.renew({ owner, until }));

  return { loops: [takeCommitted, claimOften], renewOften, giveUp };
});

/**
 * Permits under way: each on a connection of its own, from before its first byte until its outcome is durable.
 *
 * - An outcome is never dropped: while the store is away it is kept in memory and offered again until it is taken; no more than
 *   `unsettledLimit` of them, then no new permit is asked for.
 */
import { Effect, FiberSet, Latch } from "effect";
import type { DeliveryPermit } from "../contracts/DeliveryPermit.ts";
import type { HandOver, Oversight } from "../contracts/Oversight.ts";
import { nowSeconds } from "../model/time.ts";
import type { HeldRows } from "./HeldRows.ts";
import { persist, storeIsAway } from "./persist.ts";
import type { Slot } from "./Transport.ts";

const report = ({ content }: DeliveryPermit, handOver: HandOver): Effect.Effect<void> => {
  const what = `${content.kind} ${content.message}`;
  switch (handOver.type) {
    case "recalled":
      return Effect.logInfo(`${what} was taken back before it left`);
    case "delivered":
      return Effect.logInfo(`${what} delivered: ${handOver.reply}`);
    default:
      return Effect.logWarning(`${what} ${handOver.type}: ${handOver.reply}`);
  }
};

/** A transport must not throw; if it does, what was sent is unknown. */
const broken = ({ content }: DeliveryPermit, defect: unknown): Effect.Effect<HandOver> =>
  Effect.logError(`The transport broke on ${content.message}`, defect).pipe(
    Effect.andThen(nowSeconds),
    Effect.map((now): HandOver => {
      const reply = "The transport broke; see the server's log.";
      const progress = { remaining: content.recipients, refused: content.refused, partly: content.partly };
      // A copy that may have come twice does no harm.
      return content.kind === "copy"
        ? { type: "deferred", reply, retryAt: now + 3600, ...progress }
        : { type: "lost", reply, ...progress };
    }),
  );

export const makeHands = (oversight: Oversight["Service"], held: HeldRows, unsettledLimit: number) =>
  Effect.gen(function* () {
    const fibers = yield* FiberSet.make();
    const room = yield* Latch.make(true);
    let unsettled = 0;

    const count = (change: 1 | -1): void => {
      unsettled += change;
      if (unsettled < unsettledLimit) room.openUnsafe();
      else room.closeUnsafe();
    };

    /** A failure of the store refuses: what cannot be confirmed does not begin. */
    const mayBegin = (permit: DeliveryPermit): Effect.Effect<boolean> =>
      Effect.orElseSucceed(oversight.mayBegin(permit), () => false);

    const settle = (permit: DeliveryPermit, handOver: HandOver): Effect.Effect<void> => {
      const outcome = `The outcome of ${permit.content.kind} ${permit.content.message}`;
      return persist(`${outcome} is not stored yet`, oversight.settle(permit, handOver), storeIsAway).pipe(
        Effect.catchCause((cause) => Effect.logError(`${outcome} was not taken`, cause)),
      );
    };

    const carry = (permit: DeliveryPermit, slot: Slot) =>
      slot.send(permit, mayBegin(permit)).pipe(
        Effect.catchDefect((defect) => broken(permit, defect)),
        Effect.tap((handOver) => report(permit, handOver)),
        Effect.flatMap((handOver) => settle(permit, handOver)),
        Effect.ensuring(
          Effect.sync(() => {
            held.release(permit.content);
            count(-1);
          }),
        ),
      );

    return {
      /** Waits until another outcome may be open; answers how many. */
      room: Effect.map(room.await, () => unsettledLimit - unsettled),
      begin: (permit: DeliveryPermit, slot: Slot) =>
        Effect.suspend(() => {
          count(1);
          return FiberSet.run(fibers, carry(permit, slot));
        }),
      /** Waits for those under way. */
      ended: FiberSet.awaitEmpty(fibers),
      /** Interrupts those under way; answers how many had not ended. */
      stop: Effect.suspend(() => {
        const left = unsettled;
        return Effect.as(FiberSet.clear(fibers), left);
      }),
    };
  });

/** A dispatcher between a made-up Oversight, transport and outbox, on the test's clock. */
import { assert } from "@effect/vitest";
import { Effect, Exit, Fiber, Latch, Layer, Queue, Scope } from "effect";
import { TestClock } from "effect/testing";
import { OutboxClaims, type ClaimedRow, type OutboxRow } from "../../src/delivery/OutboxClaims.ts";
import { layerDispatcher, type DispatcherSettings } from "../../src/delivery/Dispatcher.ts";
import { Transport, type Slot } from "../../src/delivery/Transport.ts";
import { Oversight, type HandOver } from "../../src/contracts/Oversight.ts";
import { spend, type DeliveryPermit } from "../../src/contracts/DeliveryPermit.ts";
import { permitOf } from "./permit.ts";
import { ServiceError } from "../../src/contracts/errors.ts";

const row = (message: string, fields: Partial<OutboxRow> = {}): OutboxRow => ({
  message,
  kind: "message",
  dueAt: 0,
  leaseOwner: "me",
  leaseUntil: 60,
  tries: 0,
  remaining: null,
  ...fields,
});
export const claimed = (
  message: string,
  status: ClaimedRow["status"],
  fields: Partial<OutboxRow> = {},
): ClaimedRow => ({
  ...row(message, fields),
  status,
});
const failure = (reason: "unavailable" | "refused") =>
  new ServiceError({
    reason,
    refusal: reason === "refused" ? "stale_attempt" : null,
    field: null,
    advice: null,
    message: "No.",
    hint: "Wait.",
    winner: null,
    index: null,
  });
export const away = failure("unavailable");
export const broken = failure("refused");
export const delivered: HandOver = { type: "delivered", reply: "250 ok", refused: [] };
/** What a deferred or lost hand-over says of recipients: nobody was served, and nobody refused. */
export const nobody = { remaining: ["ann@there.test"], refused: [], partly: false };

interface Plan {
  readonly settings?: Partial<DispatcherSettings>;
  /** Connections there are. */
  readonly connections?: number;
  /** Whether what has a permit may still begin. */
  readonly mayBegin?: (permit: DeliveryPermit) => Effect.Effect<boolean, ServiceError>;
  readonly dispatch?: (
    rows: readonly OutboxRow[],
    permits: readonly DeliveryPermit[],
  ) => Effect.Effect<readonly DeliveryPermit[], ServiceError>;
  readonly send?: (permit: DeliveryPermit) => Effect.Effect<HandOver>;
  readonly settle?: (message: string, handOver: HandOver) => Effect.Effect<void, ServiceError>;
  readonly recover?: (rows: readonly OutboxRow[]) => Effect.Effect<void, ServiceError>;
  readonly claim?: () => readonly ClaimedRow[];
}

/** A dispatcher between a made-up Oversight, transport and outbox, and a record of what they were asked. */
export const dispatcherOver = (plan: Plan) =>
  Effect.gen(function* () {
    const enqueued = yield* Queue.unbounded<OutboxRow>();
    const seen: string[] = [];
    const settled: [string, HandOver][] = [];
    const now = { sending: 0, permits: 0, most: 0, unsettled: 0, mostUnsettled: 0 };
    const note = (line: string) => Effect.sync(() => seen.push(line));
    const names = (rows: readonly OutboxRow[]) =>
      rows.map(({ kind, message }) => (kind === "copy" ? `copy:${message}` : message)).join(" ");

    const free = yield* Latch.make(true);
    let connections = plan.connections ?? 64;
    const release = () => {
      connections++;
      free.openUnsafe();
    };
    const slot: Slot = {
      release,
      send: (permit, mayBegin) =>
        Effect.gen(function* () {
          if (!(yield* mayBegin)) return { type: "recalled" } as const;
          const state = spend(permit);
          assert.notStrictEqual(state, "misused", "a permit came twice");
          if (state === "recalled") return { type: "recalled" } as const;
          now.sending++;
          yield* note(`send ${permit.content.message}`);
          return yield* (plan.send === undefined ? Effect.succeed(delivered) : plan.send(permit)).pipe(
            Effect.ensuring(Effect.sync(() => now.sending--)),
          );
        }).pipe(
          Effect.ensuring(
            Effect.sync(() => {
              now.permits--;
              release();
            }),
          ),
        ),
    };

    const layer = layerDispatcher(plan.settings).pipe(
      Layer.provide([
        Layer.mock(Oversight, {
          enqueued,
          leaseOwner: "me",
          leaseSeconds: 60,
          origin: "test",
          head: Effect.never,
          tick: Effect.never,
          verifyLog: Effect.never,
          dispatch: (rows) =>
            Effect.gen(function* () {
              yield* note(`dispatch ${names(rows)}`);
              const permits = rows.map(({ message, kind, tries }) => permitOf({ message, kind, tries }));
              const given = plan.dispatch === undefined ? permits : yield* plan.dispatch(rows, permits);
              now.permits += given.length;
              now.most = Math.max(now.most, now.permits);
              now.unsettled += given.length;
              now.mostUnsettled = Math.max(now.mostUnsettled, now.unsettled);
              return given;
            }),
          settle: ({ content: { message } }, handOver) =>
            Effect.gen(function* () {
              yield* note(`settle ${message} ${handOver.type}`);
              if (plan.settle !== undefined) yield* plan.settle(message, handOver);
              settled.push([message, handOver]);
              now.unsettled--;
            }),
          mayBegin: (permit) => plan.mayBegin?.(permit) ?? Effect.succeed(true),
          recover: (rows) => Effect.andThen(note(`recover ${names(rows)}`), plan.recover?.(rows) ?? Effect.void),
        }),
        Layer.succeed(Transport, {
          reserve: (most) =>
            Effect.gen(function* () {
              yield* free.await;
              const taken = Math.min(most, connections);
              connections -= taken;
              if (connections === 0) free.closeUnsafe();
              return Array.from({ length: taken }, () => slot);
            }),
        }),
        Layer.mock(OutboxClaims, {
          claim: ({ owner, now: at, leaseUntil, limit }) =>
            Effect.sync(() => {
              assert.strictEqual(owner, "me");
              assert.strictEqual(leaseUntil, at + 60);
              seen.push(`claim ${at}`);
              return (plan.claim?.() ?? []).slice(0, limit);
            }),
          renew: ({ until }) => note(`renew ${until}`),
          deferCopy: ({ message, dueAt, tries }) => note(`defer copy ${message} ${dueAt} ${tries}`),
        }),
      ]),
    );
    const scope = yield* Scope.make();
    yield* Effect.addFinalizer(() =>
      Effect.gen(function* () {
        const closed = yield* Effect.forkChild(Scope.close(scope, Exit.void));
        yield* TestClock.adjust("2 minutes");
        yield* Fiber.join(closed);
      }),
    );
    yield* Layer.buildWithScope(layer, scope);
    return {
      seen,
      settled,
      now,
      about: (word: string) => seen.filter((line) => line.startsWith(word)),
      enqueue: (...messages: readonly string[]) =>
        Queue.offerAll(
          enqueued,
          messages.map((message) => row(message)),
        ),
      stop: Scope.close(scope, Exit.void),
    };
  });

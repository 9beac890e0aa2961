/**
 * From `queued` to the wire: leave to hand over, and permits for those who have it. What a permit is made of is in `permits.ts`, what
 * becomes of one in `outcomes.ts`, what may take one back in `OutstandingPermits.ts`.
 */
import { Cause, Effect, Schedule } from "effect";
import { Records } from "../../store/Records.ts";
import { Committer } from "../commit/Committer.ts";
import { evidenceOf, handOverEvidenceOf } from "../commit/evidence.ts";
import { newSalt } from "../commit/ids.ts";
import { Judgement } from "../judgement/Judgement.ts";
import { recheckEvidence, recheckRecord } from "../judgement/returned.ts";
import { RecentContents, type RecentContent } from "./RecentContents.ts";
import { makePermits, type Ready } from "./permits.ts";
import { makeContents } from "./contents.ts";
import { makeCopies } from "./copies.ts";
import { fromStore } from "../../contracts/errors.ts";
import { OutboxRow } from "../../model/records/message.ts";
import { putBackOf, onMessage } from "./reports.ts";
import { nowSeconds } from "../../model/time.ts";
import { makeRetries } from "./retries.ts";
import { OutstandingPermits } from "./OutstandingPermits.ts";
import { makeOutcomes } from "./outcomes.ts";
import { makeClock } from "./clock.ts";

/** When signing fails or the store gives back other bytes, the hand-over is put off this long, seconds. */
const putOff = 300;

export const makeHandOvers = Effect.gen(function* () {
  const records = yield* Records;
  const committer = yield* Committer;
  const judgement = yield* Judgement;
  const recent = yield* RecentContents;
  const outstanding = yield* OutstandingPermits;
  const { permit, evidenceFor } = yield* makePermits;
  const copyOf = yield* makeCopies;
  const contentsOf = yield* makeContents;
  const scope = yield* Effect.scope;

  /** A hand-over that is known not to have begun returns to the queue, due later. */
  const putBack = Effect.fnUntraced(function* (
    { row, content, situation, standing }: Ready,
    outbox: OutboxRow,
    why: string,
  ) {
    yield* Effect.logError(`No permit for ${row.id}: ${why}`);
    recent.forget(row.id);
    const { message } = situation;
    outstanding.forget({ kind: "message", message: row.id, attempt: message.attempt });
    yield* committer
      .propose(
        putBackOf(
          { row, attempt: message.attempt, evidence: handOverEvidenceOf(row, content, message, standing) },
          { dueAt: (yield* nowSeconds) + putOff, tries: outbox.tries + 1, remaining: outbox.remaining },
        ),
      )
      .pipe(Effect.catch(fromStore));
  });

  /** Asks the machine for leave; with it, a permit. */
  const handOver = Effect.fnUntraced(function* (outbox: OutboxRow, known: RecentContent) {
    const { row, content, mailbox } = known;
    const { verdict, risk, risen } = yield* judgement.rejudge(mailbox, content);
    const again = outbox.tries > 0 || recent.get(row.id) === null;
    // A copy of each content goes out once. A content still at hand has never been handed over: `settle` forgets it. @spec OV-58
    const copied = again && (yield* records.copied(row.id, content.digest).pipe(Effect.catch(fromStore)));
    const before = again ? yield* records.deliveries([row.id]).pipe(Effect.catch(fromStore)) : null;
    const [recorded] = yield* committer
      .propose({
        event: { type: "dispatch", ...onMessage(row), verdict },
        evidence: (state, standing, { accepted, ...outcome }) => ({
          ...(accepted && "to" in outcome && outcome.to === "dispatching"
            ? handOverEvidenceOf(row, content, state, standing)
            : evidenceOf(row, content, state, standing)),
          ...recheckEvidence(risk, risen),
        }),
        personal: recheckRecord(content.digest, risk, risen, newSalt),
        copied,
      })
      .pipe(Effect.catch(fromStore));
    if (recorded!.kind !== "recorded") return null;
    const { outcome, situation } = recorded!;
    if (!outcome.accepted || !outcome.commands.includes("hand_over") || situation === null) return null;
    const ready: Ready = {
      ...known,
      situation,
      mode: outcome.mode ?? "read_only",
      standing: recorded!.standing,
      entry: recorded!,
      delivery: before?.get(row.id) ?? null,
    };
    // The row that asked may be older than the last edit or try; nothing changes the stored one while the message is dispatching.
    const { attempt, revision } = situation.message;
    const stored = attempt > 1 || revision > 1 ? yield* records.outboxOf([row.id]).pipe(Effect.catch(fromStore)) : null;
    const current = stored?.get(row.id) ?? outbox;
    return yield* permit(ready, current).pipe(
      Effect.catch((error) => Effect.as(putBack(ready, current, error.message), null)),
    );
  });

  const copy = Effect.fnUntraced(function* (outbox: OutboxRow) {
    const ready = yield* copyOf(outbox);
    if (ready === null) return null;
    return yield* permit(ready, outbox).pipe(
      Effect.catch((error) => Effect.as(Effect.logError(`No copy of ${ready.row.id}: ${error.message}`), null)),
    );
  });

  /**
   * The outcome of this one is unknown: its lease is given up, so that the next look into the outbox finds it. If its dispatch
   * was stored, it is found `dispatching` and a person is asked; if not, it is dispatched again. The others go on.
   */
  const giveUp = (row: OutboxRow, cause: Cause.Cause<unknown>) =>
    Effect.logError(`No answer for ${row.kind} ${row.message}`, cause).pipe(
      Effect.andThen(
        records
          .release(row, committer.leaseOwner)
          .pipe(Effect.retry(Schedule.spaced("1 second")), Effect.forkIn(scope)),
      ),
    );

  const dispatch = Effect.fn("Oversight.dispatch")(function* (rows: readonly OutboxRow[]) {
    if (rows.length === 0) return [];
    const messages = rows.filter((row) => row.kind === "message");
    const known = yield* contentsOf(messages.map((row) => row.message));
    const permits = yield* Effect.forEach(
      rows,
      (row) => {
        const content = known.get(row.message);
        const asked =
          row.kind === "copy" ? copy(row) : content === undefined ? Effect.succeed(null) : handOver(row, content);
        return Effect.catchCause(asked, (cause) => Effect.as(giveUp(row, cause), null));
      },
      { concurrency: "unbounded" },
    );
    return permits.filter((one) => one !== null);
  });

  return { dispatch, ...(yield* makeRetries), ...(yield* makeOutcomes(evidenceFor)), tick: yield* makeClock };
});

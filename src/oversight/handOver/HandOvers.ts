/**
 * From `queued` to the wire: leave to hand over, and permits for those who have it. What a permit is made of is in `permits.ts`, what
 * becomes of one in `outcomes.ts`, what may take one back in `OutstandingPermits.ts`.
 */
import { Cause, Effect, Schedule } from "effect";
import { Records } from "../../store/Records.ts";
import { Committer } from "../commit/Committer.ts";
import { evidenceOf } from "../commit/evidence.ts";
import { newSalt } from "../commit/ids.ts";
import { outcomeEvidence } from "./outcomeEvidence.ts";
import { Judgement } from "../judgement/Judgement.ts";
import { recheckEvidence, recheckRecord } from "../judgement/returned.ts";
import { Journal } from "../../store/Journal.ts";
import { RecentContents, type RecentContent } from "./RecentContents.ts";
import { makePermits, type Ready } from "./permits.ts";
import { makeCopies } from "./copies.ts";
import { fromStore, fromRead, forbidden, conflict } from "../../contracts/errors.ts";
import { OutboxRow } from "../../model/records/message.ts";
import { putBackOf, onMessage } from "./reports.ts";
import { nowSeconds } from "../../model/time.ts";
import { DeliveryPermit } from "../../contracts/DeliveryPermit.ts";
import { stands } from "./OutstandingPermits.ts";
import { makeOutcomes } from "./outcomes.ts";
import { makeClock } from "./clock.ts";
import { Reach } from "../../accounts/Reach.ts";
import { type Credential, actorOf } from "../../model/Credential.ts";

/** When signing fails or the store gives back other bytes, the hand-over is put off this long, seconds. */
const putOff = 300;

export const makeHandOvers = Effect.gen(function* () {
  const journal = yield* Journal;
  const records = yield* Records;
  const committer = yield* Committer;
  const judgement = yield* Judgement;
  const recent = yield* RecentContents;
  const { permit, evidenceFor } = yield* makePermits;
  const copyOf = yield* makeCopies;
  const reach = yield* Reach;
  const scope = yield* Effect.scope;

  /** Contents by message: from memory what this process wrote, the rest from the store in one read. */
  const contentsOf = Effect.fnUntraced(function* (messages: readonly string[]) {
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

  /** A hand-over that is known not to have begun goes back to the queue, for a while. */
  const putBack = Effect.fnUntraced(function* (
    { row, content, situation, standing }: Ready,
    outbox: OutboxRow,
    why: string,
  ) {
    yield* Effect.logError(`No permit for ${row.id}: ${why}`);
    recent.forget(row.id);
    const { message } = situation;
    yield* committer
      .propose(
        putBackOf(
          { row, attempt: message.attempt, evidence: outcomeEvidence(row, content, message, standing) },
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
    // Whoever watches gets each content once. What is still at hand has never been handed over: `settle` forgets it. @spec OV-58
    const copied = again && (yield* records.copied(row.id, content.digest).pipe(Effect.catch(fromStore)));
    const before = again ? yield* records.deliveries([row.id]).pipe(Effect.catch(fromStore)) : null;
    const [recorded] = yield* committer
      .propose({
        event: { type: "dispatch", ...onMessage(row), verdict },
        evidence: (state, standing, { accepted, ...outcome }) => ({
          ...(accepted && "to" in outcome && outcome.to === "dispatching"
            ? outcomeEvidence(row, content, state, standing)
            : evidenceOf(row, content, state, standing)),
          ...recheckEvidence(risk, risen),
        }),
        personal: recheckRecord(content.digest, risk, risen, newSalt),
        copied,
      })
      .pipe(Effect.catch(fromStore));
    if (recorded!.kind !== "recorded") return null;
    const { outcome, leave: situation } = recorded!;
    if (situation === null) return null;
    const ready: Ready = {
      ...known,
      situation,
      mode: outcome.mode ?? "read_only",
      standing: recorded!.standing,
      entry: recorded!,
      delivery: before?.get(row.id) ?? null,
    };
    return yield* permit(ready, outbox).pipe(
      Effect.catch((error) => Effect.as(putBack(ready, outbox, error.message), null)),
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
   * Nobody can say what became of this one: its lease is given up, so that the next look into the outbox finds out. If its
   * dispatch was stored, it is found `dispatching` and a person is asked; if not, it is asked for again. The others go on.
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

  const mayBegin = Effect.fn("Oversight.mayBegin")(function* ({ content }: DeliveryPermit) {
    // One process has the store to itself: what it decides takes permits back as it is decided.
    if (!journal.shared && content.kind === "message") return true;
    const now = yield* records.situation(content.tenant, content.message).pipe(Effect.catch(fromRead));
    return now !== null && stands(content.kind, now, content.attempt, yield* nowSeconds);
  });

  const retry = Effect.fn("Oversight.retry")(function* (credential: Credential, id: string) {
    const { row, state } = yield* reach.message(credential, id);
    if (actorOf(credential, "operator", "reviewer", "agent") === null) {
      return yield* forbidden("This key may only read.", "Use a key that may send, decide or operate.");
    }
    const hastened =
      state.status === "queued" && (yield* records.hasten(row.id, yield* nowSeconds).pipe(Effect.catch(fromStore)));
    if (!hastened) {
      return yield* conflict(
        "The message is not waiting for another try.",
        "Read it: its status and delivery.next_attempt_at say what it waits for.",
      );
    }
  });

  return { dispatch, mayBegin, retry, ...(yield* makeOutcomes(evidenceFor)), tick: yield* makeClock };
});

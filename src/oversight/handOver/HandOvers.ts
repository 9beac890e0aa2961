/**
 * From `queued` to the end: leave to hand over, permits, outcomes, and what must happen when time has passed.
 *
 * A permit is made after the `dispatching` state is durable, over bytes whose digest is computed again from what the store
 * gave back; if they are not the approved ones, no permit is made. @spec OV-29, OV-42
 */
import { Cause, Effect, Result, Schedule } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { readLeaf } from "../../audit/leaf/Leaf.ts";
import { leafMembers, members } from "../../audit/leaf/members.ts";
import { restedOn } from "../../audit/leaf/restedOn.ts";
import { contentDigest } from "../../mail/Digest.ts";
import { system } from "../../model/Actor.ts";
import type { Policy } from "../../model/Event.ts";
import { modeOrStrictest, type Mode, effectiveMode } from "../../model/Mode.ts";
import type { MessageState } from "../../model/State.ts";
import type { HandOver } from "../../contracts/Oversight.ts";
import { Journal } from "../../store/Journal.ts";
import { Records } from "../../store/Records.ts";
import { Committer, type Proposal, type Recorded } from "../commit/Committer.ts";
import { issue, type DeliveryPermit } from "../../contracts/DeliveryPermit.ts";
import { type Evidence, evidenceOf } from "../commit/evidence.ts";
import { newSalt } from "../commit/ids.ts";
import { Judgement } from "../judgement/Judgement.ts";
import { type RecentContent, RecentContents } from "./RecentContents.ts";
import { recheckEvidence, recheckRecord } from "../judgement/returned.ts";
import { makeSignatures } from "./Signatures.ts";
import { digestOf } from "../../bytes/digest.ts";
import { MessageRow, OutboxRow } from "../../model/records/message.ts";
import { fromStore } from "../../contracts/errors.ts";
import { isFresh, meets, type Standing } from "../../model/approvals.ts";

/** When signing fails or the store gives back other bytes, the hand-over is put off this long, seconds. */
const putOff = 300;

/** The server's reply and enhanced status code, without the words. */
const codeOf = (reply: string): string => /^\d{3}(?: \d\.\d{1,3}\.\d{1,3})?/.exec(reply)?.[0] ?? "";

export const makeHandOvers = Effect.gen(function* () {
  const records = yield* Records;
  const journal = yield* Journal;
  const committer = yield* Committer;
  const judgement = yield* Judgement;
  const recent = yield* RecentContents;
  const sign = yield* makeSignatures;
  const scope = yield* Effect.scope;

  const on = (row: { readonly tenant: string; readonly mailbox: string; readonly id: string }) => ({
    at: 0,
    actor: system,
    tenant: row.tenant,
    mailbox: row.mailbox,
    message: row.id,
  });

  /** What the log said of a message when its permit was made, to be said again of the outcome. */
  const evidenceFor = new WeakMap<DeliveryPermit, Evidence>();

  const reportOf = (
    row: Pick<MessageRow, "id" | "tenant" | "mailbox">,
    attempt: number,
    handOver: HandOver,
    evidence: Evidence,
  ): Proposal => {
    const event = { ...on(row), attempt, reply: codeOf(handOver.reply) };
    const rejected = handOver.type === "delivered" ? handOver.rejected : [];
    const personal = { salt: newSalt(), reply: handOver.reply, rejected };
    return { event: { type: handOver.type, ...event }, evidence, personal };
  };

  /** What the entries of a hand-over, and of its outcome, say: with the decision it rests on. @spec OV-70 OV-124 */
  const outcomeEvidence = (
    row: Parameters<typeof evidenceOf>[0],
    content: Parameters<typeof evidenceOf>[1],
    state: Pick<MessageState, "digest">,
    standing: Standing,
  ): Evidence => ({ ...evidenceOf(row, content, state, standing), decision: standing.decision });

  /** What a permit is made of: content as written, and where the message stands after its dispatch was recorded. */
  interface Ready extends RecentContent {
    readonly state: MessageState;
    readonly mode: Mode;
    readonly standing: Standing;
    readonly entry: Pick<Extract<Recorded, { kind: "recorded" }>, "index" | "leafHash" | "at">;
  }

  const permit = Effect.fnUntraced(function* (ready: Ready, outbox: OutboxRow) {
    const { row, content, mailbox, state, mode, standing, entry } = ready;
    const digest = contentDigest({
      raw: content.raw,
      envelope: { from: content.from, to: content.recipients },
      mailbox: row.mailbox,
      sendAt: state.sendAt,
    });
    if (digest !== state.digest) {
      return yield* Effect.fail({ message: "The bytes at hand are not the ones the message's digest names." });
    }
    const raw = yield* sign({
      raw: content.raw,
      mailbox,
      identityHeader: content.summary.identityHeader,
      mode,
      decision: standing.decision,
      at: entry.at,
      index: entry.index,
      leafHash: entry.leafHash,
    });
    const recipients =
      outbox.kind === "copy"
        ? [mailbox.oversightAddress].filter((address) => address !== null)
        : (outbox.remaining?.filter((address) => content.recipients.includes(address)) ?? content.recipients);
    const made = issue({
      message: row.id,
      tenant: row.tenant,
      mailbox: row.mailbox,
      kind: outbox.kind,
      attempt: state.attempt,
      tries: outbox.tries,
      messageId: row.messageId,
      from: content.from,
      recipients,
      raw,
      createdAt: row.createdAt,
    });
    evidenceFor.set(made, outcomeEvidence(row, content, state, standing));
    return made;
  });

  /** A hand-over that is known not to have begun goes back to the queue. */
  const putBack = Effect.fnUntraced(function* (
    { row, content, state, standing }: Ready,
    outbox: OutboxRow,
    why: string,
  ) {
    yield* Effect.logError(`No permit for ${row.id}: ${why}`);
    recent.forget(row.id);
    const at = (yield* nowSeconds) + putOff;
    const handOver: HandOver = { type: "deferred", reply: "", retryAt: at, remaining: outbox.remaining };
    yield* committer
      .propose({
        ...reportOf(row, state.attempt, handOver, outcomeEvidence(row, content, state, standing)),
        retry: { dueAt: at, tries: outbox.tries + 1, remaining: outbox.remaining },
      })
      .pipe(Effect.catch(fromStore));
  });

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

  const handOver = Effect.fnUntraced(function* (outbox: OutboxRow, known: RecentContent) {
    const { row, content, mailbox } = known;
    const { verdict, risk, risen } = yield* judgement.rejudge(mailbox, content);
    // Whoever watches gets each content once. What is still at hand has never been handed over: `settle` forgets it. @spec OV-58
    const copied =
      (outbox.tries > 0 || recent.get(row.id) === null) &&
      (yield* records.copied(row.id, content.digest).pipe(Effect.catch(fromStore)));
    const [recorded] = yield* committer
      .propose({
        event: { type: "dispatch", ...on(row), verdict },
        evidence: (before, standing, { accepted, ...outcome }) => ({
          ...(accepted && "to" in outcome && outcome.to === "dispatching"
            ? outcomeEvidence(row, content, before, standing)
            : evidenceOf(row, content, before, standing)),
          ...recheckEvidence(risk, risen),
        }),
        personal: recheckRecord(content.digest, risk, risen, newSalt),
        copied,
      })
      .pipe(Effect.catch(fromStore));
    if (recorded!.kind !== "recorded") return null;
    const { outcome, message } = recorded!;
    if (!outcome.accepted || !outcome.commands.includes("hand_over") || message === null) return null;
    const ready: Ready = {
      ...known,
      state: message,
      mode: outcome.mode ?? "read_only",
      standing: recorded!.standing,
      entry: recorded!,
    };
    return yield* permit(ready, outbox).pipe(
      Effect.catch((error) => Effect.as(putBack(ready, outbox, error.message), null)),
    );
  });

  /** The bytes that were handed over, once more, to the oversight address: they rest on the dispatch that asked for the copy. */
  const copyOf = Effect.fnUntraced(function* (outbox: OutboxRow) {
    const [stored] = yield* records.contentsOf([outbox.message]).pipe(Effect.catch(fromStore));
    const entry = yield* records.lastCopied(outbox.message).pipe(Effect.catch(fromStore));
    if (stored === undefined || entry === null || stored.mailbox.oversightAddress === null) return null;
    const { row, state, tenant, mailbox } = stored;
    // What stops messages stops copies. @spec OV-5 OV-6
    const now = effectiveMode(mailbox.state.mode, state.requestedMode, state.verdict.held, tenant.halted);
    if (now === "read_only") return null;
    const read = readLeaf(entry.leaf);
    if (Result.isFailure(read)) return null;
    const { evidence, mode } = read.success.leaf;
    // An edit may have put another content in its place since; that one has leave of its own to ask.
    const content = yield* records
      .contentWith(row.id, String(evidence["content_digest"]))
      .pipe(Effect.catch(fromStore));
    if (content === null) return null;
    const ready: Ready = {
      row,
      content,
      mailbox,
      state: { ...state, digest: content.digest },
      mode: modeOrStrictest(mode),
      standing: restedOn(evidence),
      entry,
    };
    return yield* permit(ready, outbox).pipe(
      Effect.catch((error) => Effect.as(Effect.logError(`No copy of ${row.id}: ${error.message}`), null)),
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
          row.kind === "copy" ? copyOf(row) : content === undefined ? Effect.succeed(null) : handOver(row, content);
        return Effect.catchCause(asked, (cause) => Effect.as(giveUp(row, cause), null));
      },
      { concurrency: "unbounded" },
    );
    return permits.filter((permit) => permit !== null);
  });

  const settle = Effect.fn("Oversight.settle")(function* (permit: DeliveryPermit, handOver: HandOver) {
    const { message, tenant, mailbox, kind, attempt, tries, raw } = permit.content;
    if (kind === "copy") {
      yield* (
        handOver.type === "deferred"
          ? records.defer({ message, kind, dueAt: handOver.retryAt, tries: tries + 1, remaining: null })
          : records.remove({ message, kind })
      ).pipe(Effect.catch(fromStore));
      return;
    }
    recent.forget(message);
    const handedOver = digestOf(raw);
    yield* committer
      .propose({
        ...reportOf({ id: message, tenant, mailbox }, attempt, handOver, {
          ...evidenceFor.get(permit),
          handed_over: handedOver,
        }),
        ...(handOver.type === "deferred"
          ? { retry: { dueAt: handOver.retryAt, tries: tries + 1, remaining: handOver.remaining } }
          : {}),
      })
      .pipe(Effect.catch(fromStore));
  });

  /** What the newest hand-over of a message rested on. */
  const restedOnAt = Effect.fnUntraced(function* ({ id, tenant }: MessageRow) {
    const last = yield* records.lastEntry(id, "dispatch").pipe(Effect.catch(fromStore));
    const range = last === null ? null : { from: last.index, to: last.index + 1, limit: 1, tenant };
    const [entry] = range === null ? [] : yield* journal.entries(range).pipe(Effect.catch(fromStore));
    return restedOn(members(leafMembers(entry?.leaf ?? "")["evidence"]));
  });

  /** A process died with these under way: whether the bytes left, nobody knows. @spec OV-32 */
  const recover = Effect.fn("Oversight.recover")(function* (rows: readonly OutboxRow[]) {
    const contents = yield* records.contentsOf(rows.map((row) => row.message)).pipe(Effect.catch(fromStore));
    yield* Effect.forEach(
      contents,
      Effect.fnUntraced(function* (stored) {
        yield* committer
          .propose(
            reportOf(
              stored.row,
              stored.state.attempt,
              { type: "lost", reply: "" },
              outcomeEvidence(stored.row, stored.content, stored.state, yield* restedOnAt(stored.row)),
            ),
          )
          .pipe(Effect.catch(fromStore));
      }),
      { concurrency: "unbounded", discard: true },
    );
  });

  /** How many messages one round of the clock looks at. */
  const round = 500;
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
      const fresh = state.approvals.filter((approval) => isFresh(approval, policy, time));
      // While the fresh ones make the quorum, none of the old is missed; the machine decides whether it is so. @spec OV-19
      if (fresh.length < state.approvals.length && !meets(fresh, policy)) late.push(state);
    }
    return late;
  });

  const tick = Effect.gen(function* () {
    const time = yield* nowSeconds;
    const waiting = yield* records.waiting({ now: time, limit: round }).pipe(Effect.catch(fromStore));
    const proposals = [
      ...waiting.map((state): Proposal => {
        const type = state.status === "scheduled" ? ("release" as const) : ("expire" as const);
        return { event: { type, ...on(state) } };
      }),
      ...(yield* aged(time)).map((state): Proposal => ({ event: { type: "expire", ...on(state) } })),
    ];
    yield* Effect.forEach(proposals, (proposal) => committer.propose(proposal).pipe(Effect.catch(fromStore)), {
      concurrency: "unbounded",
      discard: true,
    });
    return proposals.length;
  });

  return { dispatch, settle, recover, tick };
});

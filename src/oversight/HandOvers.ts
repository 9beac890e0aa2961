/**
 * From `queued` to the end: leave to hand over, permits, outcomes, and what must happen when time has passed.
 *
 * A permit is made after the `dispatching` state is durable, over bytes whose digest is computed again from what the store
 * gave back; if they are not the approved ones, no permit is made. @spec OV-29
 */
import { Clock, Effect } from "effect";
import { contentDigest } from "../mail/Digest.ts";
import { toHex } from "../mail/octets.ts";
import { sha256 } from "../mail/sha256.ts";
import { effectiveMode } from "../machine/facts.ts";
import { system } from "../model/Actor.ts";
import type { Mode } from "../model/Mode.ts";
import type { MessageState } from "../model/State.ts";
import type { HandOver } from "../Oversight.ts";
import type { MessageRow, OutboxRow } from "../store/Journal.ts";
import { Records } from "../store/Records.ts";
import { Committer, type Proposal, type Recorded } from "./Committer.ts";
import { issue, type DeliveryPermit } from "./DeliveryPermit.ts";
import { fromStore } from "./errors.ts";
import { type Evidence, evidenceOf } from "./evidence.ts";
import { newSalt } from "./ids.ts";
import { Judgement } from "./Judgement.ts";
import { type RecentContent, RecentContents } from "./RecentContents.ts";
import { makeSignatures } from "./Signatures.ts";

/** When signing fails or the store gives back other bytes, the hand-over is put off this long, seconds. */
const putOff = 300;

/** The server's reply and enhanced status code, without the words. */
const codeOf = (reply: string): string => /^\d{3}(?: \d\.\d{1,3}\.\d{1,3})?/.exec(reply)?.[0] ?? "";

export const makeHandOvers = Effect.gen(function* () {
  const records = yield* Records;
  const committer = yield* Committer;
  const judgement = yield* Judgement;
  const recent = yield* RecentContents;
  const sign = yield* makeSignatures;

  const now = Effect.map(Clock.currentTimeMillis, (millis) => Math.floor(millis / 1000));
  const on = (row: { readonly tenant: string; readonly mailbox: string; readonly id: string }) => ({
    at: 0,
    actor: system,
    tenant: row.tenant,
    mailbox: row.mailbox,
    message: row.id,
  });

  type Stored = Effect.Success<ReturnType<typeof records.contentsOf>>[number];

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

  /** What a permit is made of: content as written, and where the message stands after its dispatch was recorded. */
  interface Ready extends RecentContent {
    readonly state: MessageState;
    readonly mode: Mode;
    readonly entry: Pick<Extract<Recorded, { kind: "recorded" }>, "index" | "leafHash" | "at">;
  }

  const permit = Effect.fnUntraced(function* ({ row, content, mailbox, state, mode, entry }: Ready, outbox: OutboxRow) {
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
      decision: state.approvals.length > 0 ? "human" : "policy",
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
    evidenceFor.set(made, evidenceOf(row, content, state));
    return made;
  });

  /** A hand-over that is known not to have begun goes back to the queue. */
  const putBack = Effect.fnUntraced(function* ({ row, content, state }: Ready, outbox: OutboxRow, why: string) {
    yield* Effect.logError(`No permit for ${row.id}: ${why}`);
    recent.forget(row.id);
    const at = (yield* now) + putOff;
    const handOver: HandOver = { type: "deferred", reply: "", retryAt: at, remaining: outbox.remaining };
    yield* committer
      .propose({
        ...reportOf(row, state.attempt, handOver, evidenceOf(row, content, state)),
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
    const { verdict } = yield* judgement.judge(mailbox, content.recipients, content.summary.replyTo);
    // Whoever watches gets each content once. What is still at hand has never been handed over: `settle` forgets it. @spec OV-58
    const copied =
      (outbox.tries > 0 || recent.get(row.id) === null) &&
      (yield* records.copied(row.id, content.digest).pipe(Effect.catch(fromStore)));
    const [recorded] = yield* committer
      .propose({
        event: { type: "dispatch", ...on(row), verdict },
        evidence: (before) => evidenceOf(row, content, before),
        copied,
      })
      .pipe(Effect.catch(fromStore));
    if (recorded!.kind !== "recorded") return null;
    const { outcome, message } = recorded!;
    if (!outcome.accepted || !outcome.commands.includes("hand_over") || message === null) return null;
    const ready: Ready = { ...known, state: message, mode: outcome.mode ?? "read_only", entry: recorded! };
    return yield* permit(ready, outbox).pipe(
      Effect.catch((error) => Effect.as(putBack(ready, outbox, error.message), null)),
    );
  });

  /** The same bytes to the oversight address, resting on the dispatch that asked for it. */
  const copyOf = Effect.fnUntraced(function* (outbox: OutboxRow, stored: Stored) {
    const entry = yield* records.lastEntry(stored.row.id, "dispatch").pipe(Effect.catch(fromStore));
    // A stop silences copies too.
    if (entry === null || stored.tenant.halted || stored.mailbox.oversightAddress === null) return null;
    const mode = effectiveMode(stored.mailbox.state.mode, stored.state.requestedMode, stored.state.verdict.held, false);
    return yield* permit({ ...stored, mode, entry }, outbox).pipe(
      Effect.catch((error) => Effect.as(Effect.logError(`No copy of ${stored.row.id}: ${error.message}`), null)),
    );
  });

  const dispatch = Effect.fn("Oversight.dispatch")(function* (rows: readonly OutboxRow[]) {
    if (rows.length === 0) return [];
    const messages = rows.filter((row) => row.kind === "message");
    const copies = rows.filter((row) => row.kind === "copy");
    const known = yield* contentsOf(messages.map((row) => row.message));
    const copied =
      copies.length === 0
        ? []
        : yield* records.contentsOf(copies.map((row) => row.message)).pipe(Effect.catch(fromStore));
    const permits = yield* Effect.forEach(
      rows,
      (row) => {
        if (row.kind === "copy") {
          const stored = copied.find((one) => one.row.id === row.message);
          return stored === undefined ? Effect.succeed(null) : copyOf(row, stored);
        }
        const content = known.get(row.message);
        return content === undefined ? Effect.succeed(null) : handOver(row, content);
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
    const handedOver = `sha256:${toHex(sha256(raw))}`;
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

  /** A process died with these under way: whether the bytes left, nobody knows. @spec OV-32 */
  const recover = Effect.fn("Oversight.recover")(function* (rows: readonly OutboxRow[]) {
    const contents = yield* records.contentsOf(rows.map((row) => row.message)).pipe(Effect.catch(fromStore));
    yield* Effect.forEach(
      contents,
      (stored) =>
        committer
          .propose(
            reportOf(
              stored.row,
              stored.state.attempt,
              { type: "lost", reply: "" },
              evidenceOf(stored.row, stored.content, stored.state),
            ),
          )
          .pipe(Effect.catch(fromStore)),
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
    const maxAges = new Map<string, number>();
    const late: MessageState[] = [];
    for (const state of page) {
      let maxAge = maxAges.get(state.mailbox);
      if (maxAge === undefined) {
        const mailbox = yield* records.mailbox(state.tenant, state.mailbox).pipe(Effect.catch(fromStore));
        maxAge = mailbox?.state.policy.approvalMaxAge ?? 0;
        maxAges.set(state.mailbox, maxAge);
      }
      // All of them: while one is fresh, the quorum may still be met, and the dispatch will see.
      if (state.approvals.every((approval) => time >= approval.at + maxAge)) late.push(state);
    }
    return late;
  });

  const tick = Effect.gen(function* () {
    const time = yield* now;
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

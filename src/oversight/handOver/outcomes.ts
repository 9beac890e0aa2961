/** The outcome of a hand-over, into the log: as the delivery reports it, or as a later process finds it. */
import { Effect } from "effect";
import { leafMembers, members } from "../../audit/leaf/members.ts";
import { restedOn } from "../../audit/leaf/restedOn.ts";
import { digestOf } from "../../bytes/digest.ts";
import type { DeliveryPermit } from "../../contracts/DeliveryPermit.ts";
import { fromStore } from "../../contracts/errors.ts";
import type { HandOver } from "../../contracts/Oversight.ts";
import { nowSeconds } from "../../model/time.ts";
import { Journal } from "../../store/Journal.ts";
import { Records } from "../../store/Records.ts";
import { Committer } from "../commit/Committer.ts";
import { type Evidence, handOverEvidenceOf } from "../commit/evidence.ts";
import { OutstandingPermits } from "./OutstandingPermits.ts";
import { RecentContents } from "./RecentContents.ts";
import { putBackOf, reportOf } from "./reports.ts";
import { MessageRow, OutboxRow } from "../../model/records/message.ts";

export const makeOutcomes = (evidenceFor: (permit: DeliveryPermit) => Evidence) =>
  Effect.gen(function* () {
    const journal = yield* Journal;
    const records = yield* Records;
    const committer = yield* Committer;
    const recent = yield* RecentContents;
    const outstanding = yield* OutstandingPermits;

    const settleCopy = Effect.fnUntraced(function* ({ message, tries }: DeliveryPermit["content"], handOver: HandOver) {
      const kind = "copy";
      const later = (dueAt: number, after: number) =>
        records.defer({ message, kind, dueAt, tries: after, remaining: null });
      const done =
        handOver.type === "deferred"
          ? later(handOver.retryAt, tries + 1)
          : handOver.type === "recalled"
            ? // It waits for the end of what stopped it; nothing wakes a copy but a look into the outbox.
              later((yield* nowSeconds) + 60, tries)
            : records.remove({ message, kind });
      yield* done.pipe(Effect.catch(fromStore));
    });

    const settle = Effect.fn("Oversight.settle")(function* (permit: DeliveryPermit, handOver: HandOver) {
      const { message, tenant, mailbox, kind, attempt, tries, recipients, raw } = permit.content;
      outstanding.forget(permit.content);
      if (kind === "copy") return yield* settleCopy(permit.content, handOver);
      const about = { row: { id: message, tenant, mailbox }, attempt };
      // What has been handed over, or taken back, is read again next time: its copy may have gone already. @spec OV-58
      recent.forget(message);
      if (handOver.type === "recalled") {
        // Due at once: the next dispatch finds what it was that stopped it, and waits for that.
        const dueAt = yield* nowSeconds;
        const back = putBackOf({ ...about, evidence: evidenceFor(permit) }, { dueAt, tries, remaining: recipients });
        yield* committer.propose(back).pipe(Effect.catch(fromStore));
        return;
      }
      const evidence = { ...evidenceFor(permit), handed_over: digestOf(raw) };
      yield* committer.propose(reportOf({ ...about, tries, evidence }, handOver)).pipe(Effect.catch(fromStore));
    });

    /** What the newest hand-over of a message rested on. */
    const restedOnAt = Effect.fnUntraced(function* ({ id, tenant }: MessageRow) {
      const last = yield* records.lastEntry(id, "dispatch").pipe(Effect.catch(fromStore));
      const range = last === null ? null : { from: last.index, to: last.index + 1, limit: 1, tenant };
      const [entry] = range === null ? [] : yield* journal.entries(range).pipe(Effect.catch(fromStore));
      return restedOn(members(leafMembers(entry?.leaf ?? "")["evidence"]));
    });

    /** A process died with these under way: whether the bytes left is unknown. @spec OV-32 */
    const recover = Effect.fn("Oversight.recover")(function* (rows: readonly OutboxRow[]) {
      const contents = yield* records.contentsOf(rows.map((row) => row.message)).pipe(Effect.catch(fromStore));
      const deliveries = yield* records.deliveries(rows.map((row) => row.message)).pipe(Effect.catch(fromStore));
      yield* Effect.forEach(
        contents,
        Effect.fnUntraced(function* ({ row, content, state }) {
          const outbox = rows.find(({ message }) => message === row.id);
          const before = deliveries.get(row.id);
          const report = reportOf(
            {
              row,
              attempt: state.attempt,
              tries: outbox?.tries ?? 0,
              evidence: handOverEvidenceOf(row, content, state, yield* restedOnAt(row)),
            },
            {
              type: "lost",
              reply: "",
              remaining: outbox?.remaining ?? content.recipients,
              refused: before?.refused ?? [],
              partly: before?.partly ?? false,
            },
          );
          yield* committer.propose(report).pipe(Effect.catch(fromStore));
        }),
        { concurrency: "unbounded", discard: true },
      );
    });

    return { settle, recover };
  });

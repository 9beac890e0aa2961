/**
 * An agent submits mail.
 *
 * A message goes: addresses and MIME → recipients judged → digest → the agent's statement signed → one event. Nothing is
 * stored before the event, so whatever fails on the way leaves no trace.
 */
import { Effect } from "effect";
import { toHex, utf8 } from "../../bytes/octets.ts";
import { sha256 } from "../../bytes/sha256.ts";
import { canonical } from "../../bytes/canonical.ts";
import { domainOf } from "../../mail/address/domainOf.ts";
import { actorOf, answerableFor, type Credential } from "../../model/Credential.ts";
import { isEnd } from "../../model/State.ts";
import type { SubmitRequest } from "../../contracts/Oversight.ts";
import { Records } from "../../store/Records.ts";
import { Committer } from "../commit/Committer.ts";
import { contentRow } from "./Content.ts";
import { newId } from "../commit/ids.ts";
import { RecentContents } from "../handOver/RecentContents.ts";
import { Reach } from "../../accounts/Reach.ts";
import { fromStore, forbidden, refusedError } from "../../contracts/errors.ts";
import { MessageRow } from "../../model/records/message.ts";
import { makePreparation, preparedEvidence } from "./preparation.ts";
import { makeRepeats, submissionOf } from "./submission.ts";

/** What makes two requests with one idempotency key the same request, however they name the mailbox. */
const requestHash = (request: SubmitRequest, mailbox: string): string => {
  const { idempotencyKey: _, attachments, mailbox: __, ...rest } = request;
  const parts = [
    utf8(canonical({ ...rest, mailbox, headers: { ...rest.headers } })),
    ...attachments.flatMap(({ name, contentType, content }) => [
      utf8(canonical({ name, contentType, size: content.length })),
      content,
    ]),
  ];
  return toHex(sha256(...parts));
};

export const makeSubmit = Effect.gen(function* () {
  const records = yield* Records;
  const committer = yield* Committer;
  const recent = yield* RecentContents;
  const reach = yield* Reach;
  const prepared = yield* makePreparation;
  const repeated = yield* makeRepeats;

  return Effect.fn("Oversight.submit")(function* (credential: Credential, request: SubmitRequest) {
    const mailbox = yield* reach.mailbox(credential, request.mailbox);
    const actor = actorOf(credential, "agent");
    if (actor === null) return yield* forbidden("This key may only read.", "Use a key with the send scope.");
    const idempotency =
      request.idempotencyKey === null
        ? null
        : {
            key: `${credential.principal} ${request.idempotencyKey}`,
            requestHash: requestHash(request, mailbox.id),
          };
    if (idempotency !== null) {
      // Asked before anything that time may have made impossible since: a repeat gets the answer it got.
      const earlier = yield* records.repeated(mailbox.tenant, idempotency.key).pipe(Effect.catch(fromStore));
      if (earlier !== null)
        return yield* repeated(mailbox.tenant, earlier, earlier.requestHash === idempotency.requestHash);
    }
    const id = yield* newId("msg");
    const messageId = `<${id.slice(4).toLowerCase()}@${domainOf(mailbox.address)}>`;
    const thread = `thr_${id.slice(4)}`;
    const made = yield* prepared(request, mailbox, messageId);
    const { content, judged, signed } = made;
    const shown = { risk: judged.risk, identityHeader: signed };
    const stored = contentRow(content, id, 1, shown);
    const row = (at: number): MessageRow => ({
      id,
      tenant: mailbox.tenant,
      mailbox: mailbox.id,
      thread,
      agent: mailbox.agent,
      messageId,
      credential: credential.id,
      createdAt: at,
    });
    const [recorded] = yield* committer
      .propose({
        event: {
          type: "submit",
          at: 0,
          actor,
          tenant: mailbox.tenant,
          mailbox: mailbox.id,
          message: id,
          digest: content.digest,
          owner: answerableFor(credential),
          requestedMode: request.mode,
          sendAt: request.sendAt ?? 0,
          verdict: judged.verdict,
        },
        evidence: preparedEvidence(mailbox, made, messageId),
        ...(idempotency === null ? {} : { idempotency }),
        rows: ({ at, message }) => {
          // Before a hand-over can be requested, so that it need not read back what is just being written.
          if (message !== null && !isEnd(message.status)) recent.put({ row: row(at), content: stored, mailbox });
          return { messageRows: [row(at)], contents: [stored] };
        },
      })
      .pipe(Effect.catch(fromStore));
    if (recorded!.kind === "repeated") return yield* repeated(mailbox.tenant, recorded!.earlier, recorded!.same);
    const { outcome, index, message } = recorded!;
    if (!outcome.accepted) return yield* refusedError(outcome.refusal, index);
    return submissionOf(message!, { thread, messageId }, shown, { index, mode: outcome.mode }, outcome.refusal);
  });
});

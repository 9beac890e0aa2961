/** What a draft becomes before any event: its content, the recipients judged, and the agent's statement that it wrote this. */
import { Effect, Result } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { agentStatement, formatAgentStatement } from "../../identity/AgentIdentity.ts";
import { KeyRing } from "../../identity/KeyRing.ts";
import type { Draft } from "../../contracts/Oversight.ts";
import { OversightSettings } from "../../contracts/settings.ts";
import { invalid, isPlainNote } from "../../contracts/errors.ts";
import { MailboxRow } from "../../model/records/account.ts";
import { contentOf } from "./Content.ts";
import { fromKeyRing, fromMail, missingOversightAddress } from "../errors.ts";
import { evidenceOf } from "../commit/evidence.ts";
import { Judgement } from "../judgement/Judgement.ts";
import { makeIntroductions } from "./mailboxKeys.ts";

/** Longest note to the reviewers, characters. */
const noteLimit = 2000;

/** At most this far ahead, seconds: a year. */
const furthestSendAt = 366 * 86_400;

const checkTime = (draft: Draft, now: number) =>
  draft.sendAt !== null && draft.sendAt <= now
    ? Effect.fail(
        invalid("send_at", "send_at is in the past.", "Give a moment in the future, or leave it out to send at once."),
      )
    : draft.sendAt !== null && draft.sendAt > now + furthestSendAt
      ? Effect.fail(invalid("send_at", "send_at is more than a year ahead.", "Give an earlier moment."))
      : Effect.void;

export const makePreparation = Effect.gen(function* () {
  const keys = yield* KeyRing;
  const judgement = yield* Judgement;
  const settings = yield* OversightSettings;
  const introduction = yield* makeIntroductions;

  const disclosureFor = (mailbox: MailboxRow): string | null =>
    settings.disclosure === null
      ? null
      : settings.disclosure.replaceAll("{agent}", mailbox.agent).replaceAll("{operator}", settings.operatorDomain);

  /** The agent's statement that it wrote this, now. */
  const statement = Effect.fnUntraced(function* (mailbox: MailboxRow, ts: number) {
    const signer = yield* keys.signerFor(mailbox.kid).pipe(Effect.catch(fromKeyRing));
    const made = yield* Effect.promise(() => agentStatement(signer, { agent: mailbox.agent, ts }));
    if (Result.isFailure(made)) return yield* Effect.die(made.failure);
    return formatAgentStatement(made.success);
  });

  return Effect.fnUntraced(function* (draft: Draft, mailbox: MailboxRow, messageId: string) {
    const now = yield* nowSeconds;
    yield* checkTime(draft, now);
    if (draft.note !== null && !isPlainNote(draft.note, noteLimit)) {
      return yield* invalid("note", `A note has at most ${noteLimit} characters of plain text.`, "Shorten it.");
    }
    // A request may ask for more oversight than the mailbox has; copies need somewhere to go.
    if (draft.mode === "monitored" && mailbox.oversightAddress === null) return yield* missingOversightAddress;
    const content = contentOf(draft, { mailbox, messageId, date: now, disclosure: disclosureFor(mailbox) });
    if (Result.isFailure(content)) return yield* fromMail(content.failure);
    const { recipients, replyTo } = content.success;
    const [judged, signed, introduced] = yield* Effect.all(
      [judgement.judge(mailbox, recipients, replyTo), statement(mailbox, now), introduction(mailbox)],
      { concurrency: "unbounded" },
    );
    return { content: content.success, judged, signed, introduced };
  });
});

type Prepared = Effect.Success<ReturnType<Effect.Success<typeof makePreparation>>>;

/** As `evidenceOf`, of a content that is not stored yet, with the key that its statement is checked with. @spec OV-67 */
export const preparedEvidence = (
  mailbox: MailboxRow,
  { content, signed, introduced }: Pick<Prepared, "content" | "signed" | "introduced">,
  messageId: string,
) => ({
  ...evidenceOf(
    { agent: mailbox.agent, messageId },
    { digest: content.digest, summary: { ...content.summary, risk: null, identityHeader: signed } },
    { digest: content.digest },
    { approvers: [] },
  ),
  ...introduced,
});

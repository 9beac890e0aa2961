/**
 * From a draft to the exact bytes that will be approved, digested and sent. Pure: the same draft, mailbox, Message-ID and
 * date give the same content.
 */
import { Result } from "effect";
import { parseAddress, parseAddressList, type Address } from "../../mail/address/Address.ts";
import { compose } from "../../mail/compose/Compose.ts";
import { contentDigest } from "../../mail/Digest.ts";
import { mailError, type MailError } from "../../mail/MailError.ts";
import { markdownToHtml } from "../../mail/compose/Markdown.ts";
import type { Draft } from "../../contracts/Oversight.ts";
import { digestOf } from "../../bytes/digest.ts";
import type { MailboxRow } from "../../model/records/account.ts";
import type { ContentRow, MessageSummary } from "../../model/records/message.ts";

/** One content before anyone has judged or signed it. */
export interface Content {
  readonly raw: Uint8Array;
  readonly digest: string;
  readonly from: string;
  readonly recipients: readonly string[];
  readonly replyTo: string | null;
  readonly summary: Omit<MessageSummary, "risk" | "identityHeader">;
}

export interface Origin {
  readonly mailbox: MailboxRow;
  /** With angle brackets; fixed at submit, kept by every edit and retry. */
  readonly messageId: string;
  /** Seconds: the Date header. */
  readonly date: number;
  /** What is put at the end of the body; null or empty: nothing. */
  readonly disclosure: string | null;
}

const specs = (addresses: readonly Address[]): readonly string[] => addresses.map((address) => address.addrSpec);

/** Refuses a draft without recipients or body; every other rule is `mail/`'s. */
export const contentOf = (draft: Draft, origin: Origin): Result.Result<Content, MailError> =>
  Result.gen(function* () {
    const to = yield* parseAddressList(draft.to, "to");
    const cc = yield* parseAddressList(draft.cc, "cc");
    const bcc = yield* parseAddressList(draft.bcc, "bcc");
    const replyTo = draft.replyTo === null ? null : yield* parseAddress(draft.replyTo, "reply_to");
    const sender = yield* parseAddress(origin.mailbox.address, "mailbox");
    const text = draft.text ?? draft.markdown;
    const html = draft.html ?? (draft.markdown === null ? null : markdownToHtml(draft.markdown));
    if (text === null && html === null) {
      return yield* Result.fail(
        mailError("empty_body", "body", "The message has no body.", "Give body, text, html or markdown."),
      );
    }
    const composed = yield* compose({
      from: { ...sender, name: origin.mailbox.displayName },
      to,
      cc,
      bcc,
      ...(replyTo === null ? {} : { replyTo }),
      subject: draft.subject,
      ...(text === null ? {} : { text }),
      ...(html === null ? {} : { html }),
      attachments: draft.attachments,
      headers: draft.headers,
      messageId: origin.messageId,
      date: origin.date,
      disclosure: origin.disclosure,
    });
    const digest = contentDigest({
      raw: composed.raw,
      envelope: composed.envelope,
      mailbox: origin.mailbox.id,
      sendAt: draft.sendAt ?? 0,
    });
    return {
      raw: composed.raw,
      digest,
      from: composed.envelope.from,
      recipients: composed.envelope.to,
      replyTo: replyTo === null ? null : replyTo.addrSpec,
      summary: {
        subject: draft.subject,
        from: composed.envelope.from,
        to: specs(to),
        cc: specs(cc),
        bcc: specs(bcc),
        replyTo: replyTo === null ? null : replyTo.addrSpec,
        text: text ?? html ?? "",
        attachments: draft.attachments.map(({ name, contentType, content }) => ({
          name,
          contentType,
          size: content.length,
        })),
        note: draft.note,
        disclosure: origin.disclosure ? digestOf(origin.disclosure) : null,
      },
    };
  });

/** The row of one content of one message. */
export const contentRow = (
  content: Content,
  message: string,
  revision: number,
  judged: Pick<MessageSummary, "risk" | "identityHeader">,
): ContentRow => ({
  message,
  revision,
  digest: content.digest,
  raw: content.raw,
  from: content.from,
  recipients: content.recipients,
  summary: { ...content.summary, ...judged },
});

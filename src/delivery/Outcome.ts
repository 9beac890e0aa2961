/**
 * The replies to an SMTP transaction, and what they mean for each recipient. Pure.
 *
 * - What decides is whether the end of the content may have been read. Before: the message is known not to be accepted. After: only
 *   a final reply decides; everything else is `lost`. RFC 5321 section 4.5.3.2.6, RFC 1047.
 * - A 5yz reply is final only where it speaks of the message or a recipient: to MAIL, RCPT, DATA or the content. To the greeting,
 *   EHLO, STARTTLS or AUTH it speaks of the relay or our set-up, which a person can repair: `deferred`.
 *
 * **Gotchas**: 503 (out of sequence) and 530, 534, 535, 538 (log in first) are never final, nor is a relay's refusal of a client that
 * could have logged in. 452 and 552 to RCPT mean too many recipients for now (RFC 5321 section 4.5.3.1.10), unless an enhanced code
 * differs.
 */
import type { RefusedRecipient } from "../contracts/DeliveryPermit.ts";
import type { Heard } from "./smtp/Heard.ts";
import { enhancedOf, isPositive, type Reply } from "./smtp/Reply.ts";
import { printable } from "../model/printable.ts";
import { textOf, type SmtpFault } from "./smtp/SmtpFault.ts";

/**
 * One hand-over, before the retry schedule decides. `refused`: for good, now. `remaining`: neither served nor refused, each with the
 * last reply. `partly`: a recipient was served now.
 */
export type Outcome =
  | { readonly type: "delivered"; readonly reply: string; readonly refused: readonly RefusedRecipient[] }
  | { readonly type: "failed"; readonly reply: string; readonly refused: readonly RefusedRecipient[] }
  | {
      readonly type: "deferred";
      readonly reply: string;
      readonly remaining: readonly RefusedRecipient[];
      readonly refused: readonly RefusedRecipient[];
      readonly partly: boolean;
      /** It was stopped, not put off: there is nothing to wait for. */
      readonly atOnce: boolean;
    }
  /** Whether some of those who remain were served is unknown. */
  | {
      readonly type: "lost";
      readonly reply: string;
      readonly remaining: readonly RefusedRecipient[];
      readonly refused: readonly RefusedRecipient[];
      readonly partly: boolean;
    };

/**
 * What a transaction means for one recipient: `later` was put off, `too_many` may be offered in another transaction, `unheard` was not
 * answered for, `unsure` may have been served.
 */
export interface Verdict {
  readonly type: "served" | "refused" | "later" | "too_many" | "unheard" | "unsure";
  /** Printable. */
  readonly reply: string;
}

const neverFinal: ReadonlySet<number> = new Set([503, 530, 534, 535, 538]);

/** What a person must change in the settings before this reply changes, or `null`. `anonymous`: the server offers AUTH, and we did not. */
const remedyOf = (reply: Reply, anonymous: boolean): string | null => {
  if (reply.code === 530 && /starttls/i.test(reply.text)) {
    return "The relay takes mail over TLS alone: use starttls=required in SMTP_URL";
  }
  const denied = (reply.code === 550 || reply.code === 554) && enhancedOf(reply) === "5.7.1";
  return reply.code === 530 || (denied && anonymous)
    ? "The relay takes this mail only after a login: put user and password into SMTP_URL"
    : null;
};

/** A reply in print, with what must be changed where that is up to us. */
const wordsOf = (reply: Reply, anonymous: boolean): string => {
  const sentence = remedyOf(reply, anonymous);
  return printable(sentence === null ? reply.text : `${sentence}: ${printable(reply.text)}`);
};

const ofRefusal = (reply: Reply, anonymous: boolean): Verdict => {
  const words = wordsOf(reply, anonymous);
  const { code } = reply;
  // It ended the session, rather than refuse anything.
  if (code === 421) return { type: "unheard", reply: words };
  const final = code >= 500 && !neverFinal.has(code) && remedyOf(reply, anonymous) === null;
  return { type: final ? "refused" : "later", reply: words };
};

const ofRecipient = (reply: Reply, anonymous: boolean): Verdict => {
  const { code } = reply;
  if (code !== 452 && code !== 552) return ofRefusal(reply, anonymous);
  const enhanced = enhancedOf(reply);
  const tooMany = enhanced === null || enhanced.endsWith(".5.3");
  return { type: tooMany ? "too_many" : "later", reply: wordsOf(reply, anonymous) };
};

/** Of the content, once it was begun. */
const ofContent = ({ content, endGiven, early, fault: ended }: Heard, anonymous: boolean): Verdict => {
  const lost = endGiven ? "unsure" : "unheard";
  if (content === null) return { type: lost, reply: endedBy(ended) };
  const words = wordsOf(content, anonymous);
  if (isPositive(content)) {
    return early
      ? // The end had not even been written: whatever this answers, it is not the message.
        { type: "unsure", reply: printable(`Reply before the end of the content: ${words}`) }
      : { type: "served", reply: words };
  }
  // It ends the session, and yet it is a reply to the content.
  if (content.code === 421) return { type: "later", reply: words };
  return content.code >= 400 ? ofRefusal(content, anonymous) : { type: lost, reply: words };
};

const endedBy = (ended: SmtpFault | null): string => (ended === null ? "No reply" : textOf(ended));

/**
 * `whole`: of the message as a whole, by the reply to its content, else by a refusal of MAIL, or of DATA after a recipient was accepted;
 * `null` where there is none. `each`: for the recipients in order; `whole` itself for those it decides about.
 */
export interface Judgement {
  readonly whole: Verdict | null;
  readonly each: readonly Verdict[];
  /** Octets of the content may have left. */
  readonly begun: boolean;
}

/** The outcome of a transaction for `count` recipients. */
export const judge = (heard: Heard, count: number, anonymous: boolean): Judgement => {
  const { mail, recipients, data } = heard;
  const all = (verdict: Verdict) => Array.from({ length: count }, () => verdict);
  const unheard: Verdict = { type: "unheard", reply: endedBy(heard.fault) };
  const accepted = recipients.some(isPositive);
  const begun = mail !== null && isPositive(mail) && accepted && data?.code === 354;
  // A 354 has its place after all other replies; without one, those of a server that is out of step may be about something else.
  if (heard.fault?.inStep === false && !begun) return { whole: null, each: all(unheard), begun };
  if (mail === null || !isPositive(mail)) {
    if (mail === null || mail.code < 400) return { whole: null, each: all(unheard), begun: false };
    const refusal = ofRefusal(mail, anonymous);
    return { whole: refusal, each: all(refusal), begun: false };
  }
  const refused = accepted && data !== null && data.code >= 400 ? ofRefusal(data, anonymous) : null;
  const whole = begun ? ofContent(heard, anonymous) : refused;
  // Its own reply to DATA, perhaps: then the 354 was another's, and so were the replies before it.
  if (whole !== null && heard.content !== null && heard.content.code >= 300 && heard.content.code < 400) {
    return { whole, each: all(whole), begun };
  }
  const each = Array.from({ length: count }, (_, at) => {
    const reply = recipients[at];
    if (reply === undefined) return unheard;
    return isPositive(reply) ? (whole ?? unheard) : ofRecipient(reply, anonymous);
  });
  return { whole, each, begun };
};

/**
 * What an SMTP session said, and what it means for the message. Pure, and free of the SMTP library.
 *
 * - What decides is whether any byte of the content was taken. Before: the message is known not to be accepted. After: only
 *   a final reply with a code says what became of it; everything else is `lost`. RFC 5321 section 4.5.3.2.6, RFC 1047.
 * - A 5yz reply ends the message only where it speaks of the message: to MAIL, RCPT, DATA or the content. To the greeting,
 *   EHLO, STARTTLS or AUTH it speaks of the relay or our set-up, which a person can repair: `deferred`.
 *
 * **Gotchas**: 503 (out of sequence) and 530, 534, 535, 538 (log in first) are never final, and 552 to RCPT means too many
 * recipients for now (RFC 5321 section 4.5.3.1.10).
 */

/** One hand-over, before the retry schedule has its say. */
export type Outcome =
  | { readonly type: "delivered"; readonly reply: string; readonly rejected: readonly string[] }
  | { readonly type: "failed"; readonly reply: string }
  | {
      readonly type: "deferred";
      readonly reply: string;
      /** Who is still to be served. Always named, so that a retry can never reach anyone twice. */
      readonly remaining: readonly string[];
      /** Refused for good in this session, while others were accepted or put off. */
      readonly rejected: readonly string[];
      /** Whether the message was accepted for somebody in this session. */
      readonly partly: boolean;
    }
  | { readonly type: "lost"; readonly reply: string };

/** What the SMTP library throws, as far as it matters here. */
export interface SmtpFailure {
  readonly message: string;
  readonly code?: string | undefined;
  readonly command?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly recipient?: string | undefined;
  readonly rejectedErrors?: readonly SmtpFailure[] | undefined;
}

/** What the SMTP library answers when the content got a 2yz reply. */
export interface SmtpAcceptance {
  readonly response: string;
  readonly rejectedErrors?: readonly SmtpFailure[] | undefined;
  /** Bytes written after DATA, the final dot included. */
  readonly messageSize: number;
}

/** Replies are kept to one line of 500 characters of printable ASCII, with the code once: they go into logs and onto screens. */
export const printable = (reply: string): string =>
  reply
    .replace(/^(\d{3})-/, "$1 ")
    .replace(/\r?\n\d{3}[ -]/g, " ")
    .replace(/[\r\n\t ]+/g, " ")
    .replace(/[^\x20-\x7e]/g, "?")
    .trim()
    .slice(0, 500);

const aboutTheMessage: ReadonlySet<string> = new Set(["MAIL FROM", "RCPT TO", "DATA"]);
const neverFinal: ReadonlySet<number> = new Set([503, 530, 534, 535, 538]);

const isFinal = (failure: SmtpFailure): boolean => {
  const code = failure.responseCode ?? 0;
  if (code < 500 || code > 599 || neverFinal.has(code)) return false;
  if (code === 552 && failure.command === "RCPT TO") return false;
  return failure.command !== undefined && aboutTheMessage.has(failure.command);
};

/** The server's words; where they are not about the message, the library's say what they are about and end in them. */
const replyOf = ({ command, message, response }: SmtpFailure): string =>
  printable(response !== undefined && command !== undefined && aboutTheMessage.has(command) ? response : message);

/** "250 ok; refused: a@example.com (550 no such user)" */
const withRefusals = (reply: string, refusals: readonly SmtpFailure[]): string =>
  refusals.length === 0
    ? reply
    : printable(`${reply}; refused: ${refusals.map((one) => `${one.recipient} (${replyOf(one)})`).join(", ")}`);

const named = (refusals: readonly SmtpFailure[]): readonly string[] =>
  refusals.flatMap(({ recipient }) => (recipient === undefined ? [] : [recipient]));

/** The content got a 2yz reply. `size` is the content's, in bytes. */
export const accepted = (acceptance: SmtpAcceptance, size: number): Outcome => {
  const reply = printable(acceptance.response);
  // The final dot had not even been written: whatever this reply answers, it is not the message.
  if (acceptance.messageSize < size + 3) {
    return { type: "lost", reply: printable(`Reply before the end of the content: ${reply}`) };
  }
  const refusals = acceptance.rejectedErrors ?? [];
  const final = refusals.filter(isFinal);
  const putOff = refusals.filter((refusal) => !isFinal(refusal));
  if (putOff.length === 0) {
    return { type: "delivered", reply: withRefusals(reply, final), rejected: named(final) };
  }
  return {
    type: "deferred",
    reply: withRefusals(reply, refusals),
    remaining: named(putOff),
    rejected: named(final),
    partly: true,
  };
};

/** The hand-over ended without a 2yz reply to the content. */
export const refused = (failure: SmtpFailure, taken: boolean, recipients: readonly string[]): Outcome => {
  const reply = replyOf(failure);
  const code = failure.responseCode ?? 0;
  if (taken) {
    // The one error that is a reply to the content. A connection that breaks with words on the wire is not one.
    const answered = failure.code === "EMESSAGE" && failure.command === "DATA" && code >= 400 && code <= 599;
    if (!answered) return { type: "lost", reply };
  } else if (failure.code === "EMESSAGE" && code === 0) {
    // Our own side saw that the server's SIZE (RFC 1870) is too small.
    return { type: "failed", reply };
  }
  const refusals = failure.rejectedErrors ?? [];
  if (refusals.length > 0) {
    const final = refusals.filter(isFinal);
    const putOff = named(refusals.filter((refusal) => !isFinal(refusal)));
    if (putOff.length === 0) return { type: "failed", reply: withRefusals(reply, final) };
    return {
      type: "deferred",
      reply: withRefusals(reply, final),
      remaining: putOff,
      rejected: named(final),
      partly: false,
    };
  }
  if (isFinal(failure)) return { type: "failed", reply };
  return { type: "deferred", reply, remaining: recipients, rejected: [], partly: false };
};

/**
 * One message to some recipients over a session that is ready: MAIL, RCPT, DATA, content. RFC 5321 section 3.3.
 *
 * - Where the server offers PIPELINING (RFC 2920) the envelope is one write; the content follows in the next, after a 354 and only if a
 *   recipient was accepted. Otherwise each command waits for the reply to the one before.
 * - The content's bytes are written once. `endGiven` holds whether its end may have been read: until then the message is known not to
 *   be accepted, from then on only a final reply decides.
 * - The replies are reported once, when no more is expected.
 *
 * A large content goes in pieces, the next when the one before is with the operating system: so the end of a message that breaks off
 * has not been given, and a server can refuse it in the middle.
 */
import type { Capabilities } from "./Capabilities.ts";
import type { Content } from "./Content.ts";
import type { Heard } from "./Heard.ts";
import { isPositive, type Reply } from "./Reply.ts";
import { printable } from "../../model/printable.ts";
import { faultOf, outOfStep, refusalOf, type SmtpFault } from "./SmtpFault.ts";
import type { Wire } from "./Wire.ts";

export interface Mail {
  readonly from: string;
  /** 1 to 100. ASCII; SMTPUTF8 (RFC 6531) would be asked for with MAIL. */
  readonly recipients: readonly string[];
  readonly content: Content;
}

/** Octets of content in one write. */
const piece = 65_536;

const mailOf = ({ from, content }: Mail, { size }: Capabilities): string =>
  size ? `MAIL FROM:<${from}> SIZE=${content.size}\r\n` : `MAIL FROM:<${from}>\r\n`;

export class Transaction {
  /** No more replies are expected. */
  over = false;
  readonly #wire: Wire;
  readonly #capabilities: Capabilities;
  readonly #mail: Mail;
  #phase: "envelope" | "content" | "dot" = "envelope";
  /** Replies to the envelope so far: to MAIL, each RCPT, and DATA. */
  #count = 0;
  #accepted = 0;
  #mailReply: Reply | null = null;
  readonly #recipientReplies: Reply[] = [];
  #dataReply: Reply | null = null;
  #contentReply: Reply | null = null;
  #endGiven = false;
  #flushed = false;
  #early = false;
  #fault: SmtpFault | null = null;

  constructor(wire: Wire, capabilities: Capabilities, mail: Mail) {
    this.#wire = wire;
    this.#capabilities = capabilities;
    this.#mail = mail;
  }

  /** Whether the server must be reset before the next MAIL: it has an envelope and no content. */
  get leavesEnvelope(): boolean {
    return this.#phase === "envelope" && this.#mailReply !== null && isPositive(this.#mailReply);
  }

  get heard(): Heard {
    return {
      mail: this.#mailReply,
      recipients: this.#recipientReplies,
      data: this.#dataReply,
      content: this.#contentReply,
      endGiven: this.#endGiven,
      early: this.#early,
      fault: this.#fault,
    };
  }

  /** Writes MAIL before it returns. */
  begin(): void {
    const { recipients } = this.#mail;
    if (!this.#capabilities.pipelining) return this.#wire.ask(mailOf(this.#mail, this.#capabilities), 1);
    let commands = mailOf(this.#mail, this.#capabilities);
    for (const recipient of recipients) commands += `RCPT TO:<${recipient}>\r\n`;
    this.#wire.ask(`${commands}DATA\r\n`, recipients.length + 2);
  }

  reply(reply: Reply): void {
    if (this.#phase === "envelope") this.#envelopeReply(reply);
    else {
      if (this.#phase === "content") {
        this.#contentReply = reply;
        this.#early = !this.#flushed;
      }
      this.over = true;
      if (this.#early) this.#wire.end(outOfStep("session", "The server replied before the end of the content."));
      else if (reply.code === 421) this.#leave(reply);
      else if (this.#phase === "content" && reply.code >= 300 && reply.code < 400) this.#outOfStep(reply);
    }
  }

  /** A reply to what has not been written. While the content is on its way, it is about the content. */
  unasked(reply: Reply): void {
    if (this.#phase === "content" && this.#contentReply === null) {
      this.#contentReply = reply;
      this.#early = true;
      this.over = true;
      this.#wire.end(outOfStep("session", "The server replied before the end of the content."));
    } else if (reply.code === 421) this.#leave(reply);
    else this.#outOfStep(reply);
  }

  ended(fault: SmtpFault): void {
    this.over = true;
    this.#fault = fault;
  }

  #envelopeReply(reply: Reply): void {
    const { recipients } = this.#mail;
    const at = this.#count;
    this.#count += 1;
    if (at === 0) this.#mailReply = reply;
    else if (at > recipients.length) this.#dataReply = reply;
    else {
      this.#recipientReplies.push(reply);
      if (isPositive(reply)) this.#accepted += 1;
    }
    if (reply.code === 421) return this.#leave(reply);
    if (at > recipients.length) return this.#answered(reply);
    if (reply.code >= 300 && reply.code < 400) return this.#outOfStep(reply);
    if (!this.#capabilities.pipelining) this.#next(reply);
  }

  /** In lock-step: the command after a reply. */
  #next(reply: Reply): void {
    const { recipients } = this.#mail;
    if (this.#count === 1 && !isPositive(reply)) this.over = true;
    else if (this.#count <= recipients.length) this.#wire.ask(`RCPT TO:<${recipients[this.#count - 1]!}>\r\n`, 1);
    else if (this.#accepted > 0) this.#wire.ask("DATA\r\n", 1);
    else this.over = true;
  }

  /** DATA was answered. */
  #answered(reply: Reply): void {
    if (reply.code !== 354) {
      this.over = true;
      if (reply.code < 400) this.#outOfStep(reply);
    } else if (this.#accepted === 0) {
      // RFC 2920 section 3.1: a server that takes content for no recipient gets none.
      this.#phase = "dot";
      this.#wire.ask(".\r\n", 1);
    } else if (!isPositive(this.#mailReply!)) {
      // Any dot would end a message without a sender. Without one, the server must forget all of it.
      this.over = true;
      this.#wire.end(faultOf("session", "The server refused MAIL and takes the content."));
    } else {
      this.#phase = "content";
      this.#give(0);
    }
  }

  #give(from: number): void {
    const { octets } = this.#mail.content;
    if (octets.length - from <= piece) {
      this.#endGiven = true;
      this.#wire.giveLast(from === 0 ? octets : octets.subarray(from), () => (this.#flushed = true));
    } else {
      this.#wire.give(octets.subarray(from, from + piece), () => {
        if (!this.over) this.#give(from + piece);
      });
    }
  }

  #leave(reply: Reply): void {
    this.over = true;
    this.#wire.end(refusalOf("session", "The server ended the session", reply));
  }

  #outOfStep({ text }: Reply): void {
    this.over = true;
    this.#wire.end(outOfStep("session", `The server is out of step: ${printable(text)}`));
  }
}

/**
 * A session that is ready for mail, one transaction at a time.
 *
 * **Gotchas**: `transact` answers once, also when `end` or the network comes between. After an envelope that ended without content the
 * server is reset; the session is `ready` again when it has agreed.
 */
import type { SmtpLimits } from "../SmtpSettings.ts";
import type { Capabilities } from "./Capabilities.ts";
import type { Heard } from "./Heard.ts";
import { isPositive, type Reply } from "./Reply.ts";
import { printable } from "../../model/printable.ts";
import { faultOf, outOfStep, refusalOf, type SmtpFault } from "./SmtpFault.ts";
import { Transaction, type Mail } from "./Transaction.ts";
import type { Wire, WireListener } from "./Wire.ts";

/** Reports the session's changes to its keeper. */
export interface SessionKeeper {
  /** It is `ready` again, after not having been when its transaction was answered. */
  readonly recovered: (session: Session) => void;
  /** It was ready for as long as `idle` allows. */
  readonly idle: (session: Session) => void;
  readonly ended: (session: Session) => void;
}

/** Milliseconds that QUIT waits for its answer. */
const farewell = 2_000;

export class Session implements WireListener {
  readonly capabilities: Capabilities;
  /** Transactions so far. */
  transactions = 0;
  readonly #wire: Wire;
  readonly #limits: Pick<SmtpLimits, "silence" | "idle">;
  readonly #keeper: SessionKeeper;
  #state: "ready" | "busy" | "resetting" | "leaving" | "ended" = "ready";
  #transaction: Transaction | null = null;
  #answer: ((heard: Heard) => void) | null = null;
  #clock: NodeJS.Timeout | undefined;
  #rested: (() => void) | null = null;

  /** Takes the wire over, at a moment when no reply is owed. */
  constructor(
    wire: Wire,
    capabilities: Capabilities,
    limits: Pick<SmtpLimits, "silence" | "idle">,
    keeper: SessionKeeper,
  ) {
    this.#wire = wire;
    this.capabilities = capabilities;
    this.#limits = limits;
    this.#keeper = keeper;
    wire.listener = this;
    wire.silence(limits.idle);
  }

  get ready(): boolean {
    return this.#state === "ready";
  }

  /** Sends QUIT. */
  get leaving(): boolean {
    return this.#state === "leaving";
  }

  /** Why it ended, or `null`. */
  get fault(): SmtpFault | null {
    return this.#wire.fault;
  }

  /** The session must be `ready`. MAIL is written before this returns. `milliseconds`: the most it may take in all. */
  transact(mail: Mail, milliseconds: number, answer: (heard: Heard) => void): void {
    this.#state = "busy";
    this.transactions += 1;
    this.#answer = answer;
    const transaction = new Transaction(this.#wire, this.capabilities, mail);
    this.#transaction = transaction;
    this.#clock = setTimeout(() => this.end(faultOf("session", "The hand-over took too long.")), milliseconds);
    this.#wire.silence(this.#limits.silence);
    transaction.begin();
  }

  /** After a transaction: `answer` comes once, when it is ready for another, or ended. The function returned takes the wish back. */
  whenReady(answer: () => void): () => void {
    if (this.#state !== "resetting") {
      answer();
      return () => {};
    }
    this.#rested = answer;
    return () => (this.#rested = null);
  }

  /** Ends it at once. */
  end(fault: SmtpFault): void {
    this.#wire.end(fault);
  }

  /** Ends it politely; it is not `ready` any more. */
  leave(): void {
    if (this.#state !== "ready") return this.end(faultOf("session", "Closed by this side."));
    this.#state = "leaving";
    this.#wire.silence(farewell);
    this.#wire.ask("QUIT\r\n", 1);
  }

  readonly reply = (reply: Reply): void => {
    if (this.#state === "busy") this.#transaction!.reply(reply);
    else if (this.#state === "resetting" && isPositive(reply)) this.#rest();
    else this.end(refusalOf("session", "The server ended the session", reply));
  };

  readonly unasked = (reply: Reply): void => {
    if (this.#state === "busy" && !this.#transaction!.over) this.#transaction!.unasked(reply);
    else if (reply.code === 421) this.end(refusalOf("session", "The server ended the session", reply));
    else this.end(outOfStep("session", `The server spoke out of turn: ${printable(reply.text)}`));
  };

  // Only now is it sure that nothing came behind the last reply.
  readonly drained = (whole: boolean): void => {
    if (this.#state === "busy") {
      if (!this.#transaction!.over) return;
      if (!whole) return this.end(outOfStep("session", "The server spoke out of turn."));
      this.#conclude();
    } else if (this.#state === "ready" && !whole) {
      this.end(outOfStep("session", "The server spoke out of turn."));
    }
  };

  readonly silent = (): void => {
    if (this.#state === "ready") {
      // For a session that was taken and not used: it grows old again.
      this.#wire.silence(this.#limits.idle);
      this.#keeper.idle(this);
    } else this.end(faultOf("session", `The server was silent for ${this.#limits.silence} ms.`));
  };

  readonly ended = (fault: SmtpFault): void => {
    const before = this.#state;
    this.#state = "ended";
    if (before === "busy") this.#transaction!.ended(fault);
    this.#keeper.ended(this);
    if (before === "busy") this.#report();
    this.#resume();
  };

  #conclude(): void {
    if (this.#transaction!.leavesEnvelope) {
      this.#state = "resetting";
      this.#wire.ask("RSET\r\n", 1);
    } else {
      this.#state = "ready";
      this.#wire.silence(this.#limits.idle);
    }
    this.#report();
  }

  #rest(): void {
    this.#state = "ready";
    this.#wire.silence(this.#limits.idle);
    if (!this.#resume()) this.#keeper.recovered(this);
  }

  /** Answers whether a command waited for it. */
  #resume(): boolean {
    const rested = this.#rested;
    this.#rested = null;
    rested?.();
    return rested !== null;
  }

  #report(): void {
    clearTimeout(this.#clock);
    const answer = this.#answer!;
    const { heard } = this.#transaction!;
    this.#answer = null;
    this.#transaction = null;
    answer(heard);
  }
}

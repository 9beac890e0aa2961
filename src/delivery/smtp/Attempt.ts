/**
 * One hand-over: a message to its recipients, by as many transactions and sessions as that takes, within a deadline.
 *
 * - Before each MAIL the permit is asked if the message may still leave. The permit is spent in the same turn in which the first MAIL is
 *   written, so a stop comes before both or after both.
 * - A session that had been used before, or waited, and turns out to be dead is replaced once.
 */
import { Effect } from "effect";
import type { spend } from "../../contracts/DeliveryPermit.ts";
import type { Outcome } from "../Outcome.ts";
import { Recipients } from "../Recipients.ts";
import type { Content } from "./Content.ts";
import type { Heard } from "./Heard.ts";
import type { Lease, Pool } from "./Pool.ts";
import { Session } from "./Session.ts";
import { faultOf, textOf, type SmtpFault } from "./SmtpFault.ts";

export interface Errand {
  readonly from: string;
  readonly recipients: readonly string[];
  /** Or why it cannot be sent. */
  readonly content: Content | string;
  /** Whether it may still leave. */
  readonly mayBegin: Effect.Effect<boolean>;
  /** Spends the permit. */
  readonly begin: () => ReturnType<typeof spend>;
}

/** Its outcome, or that its permit did not allow it; then no byte of it has left. */
type Result = Outcome | "recalled" | "misused";

const stopped = faultOf("session", "The hand-over was stopped.");
const tooLong = faultOf("session", "The hand-over took too long.");

/** Answers what comes first: what `register` waits for, or the end of the time. */
const within = <A>(
  milliseconds: number,
  register: (answer: (value: A) => void) => () => void,
): Effect.Effect<A | SmtpFault> =>
  Effect.callback((resume) => {
    let cancel = (): void => {};
    const clock = setTimeout(() => {
      cancel();
      resume(Effect.succeed(tooLong));
    }, milliseconds);
    cancel = register((value) => {
      clearTimeout(clock);
      resume(Effect.succeed(value));
    });
    return Effect.sync(() => {
      clearTimeout(clock);
      cancel();
    });
  });

export class Attempt {
  readonly #pool: Pool;
  readonly #errand: Errand;
  readonly #recipients: Recipients;
  /** As `performance.now()` counts. */
  readonly #until: number;
  #held: Lease;
  #spent = false;
  /** The session held replaces one that was dead before its first reply. */
  #replaced = false;

  /** `lease` is given back in the end, or what it was replaced by. `deadline`: milliseconds for all of it. */
  constructor(pool: Pool, lease: Lease, errand: Errand, deadline: number) {
    this.#pool = pool;
    this.#held = lease;
    this.#errand = errand;
    this.#recipients = new Recipients(errand.recipients);
    this.#until = performance.now() + deadline;
  }

  get run(): Effect.Effect<Result> {
    return Effect.ensuring(
      this.#next(),
      Effect.sync(() => this.#release()),
    );
  }

  get #left(): number {
    return Math.max(0, this.#until - performance.now());
  }

  #release(): void {
    if (this.#held instanceof Session) this.#pool.release(this.#held);
  }

  /** Another transaction, if the message may still leave. */
  #next(): Effect.Effect<Result> {
    if (this.#held instanceof Session && !this.#held.ready && !this.#replaced) {
      this.#replaced = true;
      return this.#elsewhere();
    }
    return Effect.flatMap(this.#errand.mayBegin, (yes) => {
      if (yes) return this.#transact();
      if (!this.#spent) return Effect.succeed<Result>("recalled");
      this.#recipients.stop();
      return this.#conclude();
    });
  }

  /** In an unused session. */
  #elsewhere(): Effect.Effect<Result> {
    this.#release();
    return Effect.flatMap(
      within<Lease>(this.#left, (answer) => this.#pool.reserveFresh(answer)),
      (lease) => {
        this.#held = lease;
        return this.#next();
      },
    );
  }

  #transact(): Effect.Effect<Result> {
    const { from, content } = this.#errand;
    const session = this.#held;
    if (typeof content === "string") return this.#refuse(content);
    if (!(session instanceof Session)) return this.#cut(session);
    const { sizeLimit } = session.capabilities;
    if (sizeLimit !== null && content.size > sizeLimit) {
      return this.#refuse(`Not sent: the message has ${content.size} bytes and the server takes ${sizeLimit}.`);
    }
    const reused = session.transactions > 0;
    const batch = this.#recipients.next();
    const transaction = Effect.callback<Heard | "recalled" | "misused" | "dead">((resume) => {
      if (!session.ready) return resume(Effect.succeed("dead"));
      const leave = this.#begin();
      if (leave !== "spent") return resume(Effect.succeed(leave));
      session.transact({ from, recipients: batch, content }, this.#left, (heard) => resume(Effect.succeed(heard)));
      return Effect.sync(() => session.end(stopped));
    });
    return Effect.flatMap(transaction, (heard) => {
      if (heard === "recalled" || heard === "misused") return Effect.succeed<Result>(heard);
      if (heard !== "dead") return this.#heard(session, batch, heard, reused);
      this.#recipients.putBack(batch);
      return this.#replaced ? this.#cut(session.fault ?? stopped) : this.#next();
    });
  }

  #heard(session: Session, batch: readonly string[], heard: Heard, reused: boolean): Effect.Effect<Result> {
    const anonymous = this.#pool.anonymous && session.capabilities.mechanisms !== null;
    const rest = this.#recipients.hear(batch, heard, { anonymous, reused });
    if (rest === "done") return this.#conclude();
    this.#replaced = false;
    if (rest === "new_session") return this.#elsewhere();
    const ready = within<null>(this.#left, (answer) => session.whenReady(() => answer(null)));
    return Effect.flatMap(ready, (late) => (late === null ? this.#next() : this.#cut(late)));
  }

  #refuse(reply: string): Effect.Effect<Result> {
    this.#recipients.refuse(reply);
    return this.#conclude();
  }

  #cut(fault: SmtpFault): Effect.Effect<Result> {
    this.#recipients.cut(textOf(fault));
    return this.#conclude();
  }

  /** What could not be sent has been handed over once, too. */
  #conclude(): Effect.Effect<Result> {
    const leave = this.#begin();
    return Effect.succeed(leave === "spent" ? this.#recipients.outcome() : leave);
  }

  #begin(): ReturnType<typeof spend> {
    if (this.#spent) return "spent";
    const leave = this.#errand.begin();
    this.#spent = leave === "spent";
    return leave;
  }
}

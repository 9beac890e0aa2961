/**
 * One hand-over: a message to its recipients, by as many transactions and sessions as that takes, within a deadline.
 *
 * - Before each MAIL the message is asked for whether it may still leave. The permit is spent in the same turn in which the first MAIL is
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
import type { Mail } from "./Transaction.ts";

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

const stopped = faultOf("session", "The hand-over was stopped.");
const tooLong = faultOf("session", "The hand-over took too long.");

/** Answers what was heard, or, without a byte written: that the permit was not spent, or that the session cannot be used. */
const transact = (
  session: Session,
  mail: Mail,
  milliseconds: number,
  begin: Errand["begin"],
): Effect.Effect<Heard | "recalled" | "misused" | "dead"> =>
  Effect.callback((resume) => {
    if (!session.ready) return resume(Effect.succeed("dead"));
    const leave = begin();
    if (leave !== "spent") return resume(Effect.succeed(leave));
    session.transact(mail, milliseconds, (heard) => resume(Effect.succeed(heard)));
    return Effect.sync(() => session.end(stopped));
  });

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

/** `lease` is given back, or what it was replaced by. */
export const attempt = (
  pool: Pool,
  lease: Lease,
  errand: Errand,
  deadline: number,
): Effect.Effect<Outcome | "recalled" | "misused"> => {
  let held = lease;
  const run = Effect.gen(function* () {
    const recipients = new Recipients(errand.recipients);
    const until = performance.now() + deadline;
    const left = () => Math.max(0, until - performance.now());
    const fresh = Effect.suspend(() => {
      if (held instanceof Session) pool.release(held);
      return within<Lease>(left(), (answer) => pool.reserveFresh(answer));
    });
    let spent = false;
    let replaced = false;
    const begin = () => {
      const leave = spent ? "spent" : errand.begin();
      spent = leave === "spent";
      return leave;
    };
    for (;;) {
      if (held instanceof Session && !held.ready && !replaced) {
        replaced = true;
        held = yield* fresh;
      }
      if (!(yield* errand.mayBegin)) {
        if (!spent) return "recalled";
        recipients.stop();
        break;
      }
      if (typeof errand.content === "string") {
        recipients.refuse(errand.content);
        break;
      }
      if (!(held instanceof Session)) {
        recipients.cut(textOf(held));
        break;
      }
      const { sizeLimit, mechanisms } = held.capabilities;
      const { from, content } = errand;
      if (sizeLimit !== null && content.size > sizeLimit) {
        recipients.refuse(`Not sent: the message has ${content.size} bytes and the server takes ${sizeLimit}.`);
        break;
      }
      const reused = held.transactions > 0;
      const batch = recipients.next();
      const heard = yield* transact(held, { from, recipients: batch, content }, left(), begin);
      if (heard === "recalled" || heard === "misused") return heard;
      if (heard === "dead") {
        recipients.putBack(batch);
        if (!replaced) continue;
        recipients.cut(textOf(held.fault ?? stopped));
        break;
      }
      const rest = recipients.hear(batch, heard, { anonymous: pool.anonymous && mechanisms !== null, reused });
      if (rest === "done") break;
      replaced = false;
      if (rest === "new_session") held = yield* fresh;
      else if (!held.ready) {
        const session = held;
        const ready = yield* within<null>(left(), (answer) => session.whenReady(() => answer(null)));
        if (ready !== null) {
          recipients.cut(textOf(ready));
          break;
        }
      }
    }
    // Also what could not be sent was handed over once.
    const leave = begin();
    return leave === "spent" ? recipients.outcome() : leave;
  });
  return Effect.ensuring(
    run,
    Effect.sync(() => {
      if (held instanceof Session) pool.release(held);
    }),
  );
};

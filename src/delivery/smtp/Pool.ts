/**
 * A few sessions with one relay, and the callers that wait for one.
 *
 * - At most `maxConnections` are open or being opened, those that are closing included.
 * - Where the relay cannot be reached, all that wait are answered with the reason, one attempt serving them all; the next attempt is
 *   made after 1 s, 2 s … 30 s, and until then every caller is answered with the same reason at once.
 * - A free session goes to the caller that waits longest. Sessions that become free together are given together, so that a caller of
 *   many gets many.
 */
import type { SmtpLimits, SmtpSettings } from "../SmtpSettings.ts";
import { openSession, type Opening } from "./openSession.ts";
import { Session, type SessionKeeper } from "./Session.ts";
import { faultOf, type SmtpFault } from "./SmtpFault.ts";

/** A session for one message, or why there is none. */
export type Lease = Session | SmtpFault;

interface Waiter {
  readonly most: number;
  readonly answer: (leases: readonly Lease[]) => void;
}

/** Milliseconds before the next attempt after `failures` in a row, at least one. */
export const pauseAfter = (failures: number): number => Math.min(30_000, 1_000 * 2 ** Math.min(failures - 1, 10));

export class Pool {
  readonly #settings: SmtpSettings;
  readonly #limits: SmtpLimits;
  readonly #ca: string | null;
  /** Free, the one used last at the end: those that are not needed grow old and leave. */
  readonly #free: Session[] = [];
  readonly #sessions = new Set<Session>();
  readonly #openings = new Set<(fault: SmtpFault) => void>();
  #waiting: Waiter[] = [];
  /** They need an unused session. */
  #fresh: ((lease: Lease) => void)[] = [];
  #failure: { readonly fault: SmtpFault; readonly count: number; readonly until: number } | null = null;
  #pause: NodeJS.Timeout | undefined;
  #serving = false;
  #closed: SmtpFault | null = null;

  constructor(settings: SmtpSettings, limits: SmtpLimits, ca: string | null) {
    this.#settings = settings;
    this.#limits = limits;
    this.#ca = ca;
  }

  /** It logs in nowhere. */
  get anonymous(): boolean {
    return this.#settings.auth === null;
  }

  /** Connections that are open or being opened. */
  get connections(): number {
    return this.#sessions.size + this.#openings.size;
  }

  /**
   * Takes between one and `most` sessions, those that are free, once there is one; `most` is at least 1. Where there can be none, the
   * answer is `most` times the reason. The function returned takes the wish back.
   */
  reserve(most: number, answer: (leases: readonly Lease[]) => void): () => void {
    const waiter: Waiter = { most, answer };
    const free = this.#closed === null && this.#waiting.length === 0 ? this.#take(most) : [];
    if (free.length > 0) {
      this.#grow(most - free.length);
      answer(free);
      return () => {};
    }
    this.#waiting.push(waiter);
    this.#settle();
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
    };
  }

  /** As `reserve(1)`, but an unused session; a free one makes room for it. */
  reserveFresh(answer: (lease: Lease) => void): () => void {
    this.#fresh.push(answer);
    this.#settle();
    return () => {
      this.#fresh = this.#fresh.filter((other) => other !== answer);
    };
  }

  /** Gives a session back. It is free for others once it is ready. */
  release(session: Session): void {
    if (!session.ready || !this.#sessions.has(session) || this.#free.includes(session)) return;
    if (this.#closed !== null || session.transactions >= this.#limits.maxMessages) return session.leave();
    this.#free.push(session);
    if (this.#waiting.length > 0) this.#serveSoon();
    if (this.#fresh.length > 0) this.#settle();
  }

  /** Ends all sessions. What is under way is answered as it stands; waiting and later callers get the reason. */
  close(): void {
    const fault = faultOf("session", "This server is shutting down.");
    this.#closed = fault;
    clearTimeout(this.#pause);
    this.#settle();
    for (const stop of this.#openings) stop(fault);
    for (const session of this.#sessions) {
      if (session.ready) session.leave();
      else session.end(fault);
    }
  }

  #take(most: number): readonly Session[] {
    const taken: Session[] = [];
    while (taken.length < most) {
      const session = this.#free.pop();
      if (session === undefined) break;
      taken.push(session);
    }
    return taken;
  }

  get #leaving(): number {
    let count = 0;
    for (const session of this.#sessions) if (session.leaving) count += 1;
    return count;
  }

  /** Why no connection may be opened now, or `null`. */
  get #obstacle(): SmtpFault | null {
    if (this.#closed !== null) return this.#closed;
    return this.#failure !== null && performance.now() < this.#failure.until ? this.#failure.fault : null;
  }

  /** After any change: answers the callers it can, and opens connections for the others. */
  #settle(): void {
    const obstacle = this.#obstacle;
    if (obstacle === null) {
      this.#grow(this.#waiting.reduce((sum, { most }) => sum + most, 0));
    } else if (this.#openings.size === 0 || this.#closed !== null) {
      const fresh = this.#fresh;
      this.#fresh = [];
      // Sessions that live will be free in time.
      const waiting = this.#sessions.size === 0 || this.#closed !== null ? this.#waiting : [];
      if (waiting.length > 0) this.#waiting = [];
      for (const answer of fresh) answer(obstacle);
      for (const { most, answer } of waiting) answer(Array.from({ length: most }, () => obstacle));
    }
  }

  /** Opens connections for `wanted` callers beside those that want fresh ones, as far as the limit and earlier failures allow. */
  #grow(wanted: number): void {
    if (this.#obstacle !== null) return;
    const room = this.#limits.maxConnections - this.connections;
    const making = this.#openings.size + this.#leaving;
    if (room <= 0 && this.#fresh.length > making) this.#free.pop()?.leave();
    const lacking = this.#fresh.length + Math.max(0, wanted - this.#free.length) - this.#openings.size;
    // Whether the relay is back is found out by one.
    const most = this.#failure === null ? room : Math.min(room, 1 - this.#openings.size);
    for (let count = Math.min(lacking, most); count > 0; count -= 1) this.#open();
  }

  #open(): void {
    const stop = openSession(this.#settings, this.#ca, this.#limits, (opening) => {
      this.#openings.delete(stop);
      if (opening.fault === null) this.#opened(opening);
      else this.#failed(opening.fault);
    });
    this.#openings.add(stop);
  }

  #opened({ wire, capabilities }: Opening): void {
    const session = new Session(wire, capabilities, this.#limits, this.#keeper);
    this.#sessions.add(session);
    if (this.#closed !== null) return session.leave();
    this.#failure = null;
    const fresh = this.#fresh.shift();
    if (fresh !== undefined) {
      this.#settle();
      return fresh(session);
    }
    this.#free.push(session);
    this.#serveSoon();
    this.#settle();
  }

  #failed(fault: SmtpFault): void {
    const now = performance.now();
    // Attempts made together count as one.
    if (this.#failure === null || now >= this.#failure.until) {
      const count = (this.#failure?.count ?? 0) + 1;
      this.#failure = { fault, count, until: now + pauseAfter(count) };
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#settle(), pauseAfter(count) + 1).unref();
    }
    this.#settle();
  }

  readonly #keeper: SessionKeeper = {
    recovered: (session) => this.release(session),
    idle: (session) => {
      const at = this.#free.indexOf(session);
      if (at === -1) return;
      this.#free.splice(at, 1);
      session.leave();
    },
    ended: (session) => {
      this.#sessions.delete(session);
      const at = this.#free.indexOf(session);
      if (at !== -1) this.#free.splice(at, 1);
      // Not from within: a caller about to be answered may want a session as well.
      setImmediate(() => this.#settle());
    },
  };

  #serveSoon(): void {
    if (this.#serving) return;
    this.#serving = true;
    setImmediate(() => {
      this.#serving = false;
      while (this.#waiting.length > 0 && this.#free.length > 0) {
        const { most, answer } = this.#waiting.shift()!;
        answer(this.#take(most));
      }
    });
  }
}

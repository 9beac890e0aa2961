/**
 * A few open SMTP sessions and the messages that wait for one. Each message's bytes are offered to the wire once, ever.
 *
 * - Stands on nodemailer's `SMTPConnection` instead of its pool: measured at a third of the CPU a message, and it shows the
 *   one thing that counts here, whether the content was taken. The content is a stream that gives its bytes once.
 * - A message is tried on a second session only when a reused session turns out to be dead and no byte of it was taken.
 * - The answer to every message comes exactly once, whatever the server, the network or `close` do.
 *
 * **Gotchas**: `SMTPConnection.close()` forgets the message under way without an answer, hence `abandon`. A server that
 * trickles its replies never meets the socket's timeout, hence the deadline.
 */
import { Readable } from "node:stream";
import { Redacted } from "effect";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import type { NodemailerError } from "nodemailer/lib/errors";
import { accepted, refused, type Outcome, type SmtpFailure } from "./Outcome.ts";
import { isLoopback, type SmtpSettings } from "./SmtpSettings.ts";

/** Milliseconds, except for the counts. */
export interface SmtpLimits {
  readonly maxConnections: number;
  /** Messages after which a session is ended; relays that allow fewer say 421, which is handled. */
  readonly maxMessages: number;
  /** From the look-up of the name to the end of the greeting and of STARTTLS. */
  readonly connect: number;
  readonly greeting: number;
  /** Silence of the server, also while it thinks about the content. RFC 5321 section 4.5.3.2.6 asks for 10 minutes. */
  readonly silence: number;
  /** Idle sessions are closed before servers do it (5 minutes, RFC 5321 section 4.5.3.2.7). */
  readonly idle: number;
  /** One hand-over, from the moment it has a session. */
  readonly deadline: number;
}

export const defaultLimits: SmtpLimits = {
  maxConnections: 10,
  maxMessages: 100_000,
  connect: 30_000,
  greeting: 30_000,
  silence: 600_000,
  idle: 240_000,
  deadline: 1_800_000,
};

export interface SmtpJob {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly raw: Uint8Array;
}

export interface SmtpPool {
  /** `answer` is called once, later. The function returned stops the hand-over; `answer` then says how far it had come. */
  readonly submit: (job: SmtpJob, answer: (outcome: Outcome) => void) => () => void;
  /** Ends all sessions; what is under way is answered as it stands. */
  readonly close: () => void;
  /** Sessions open or being opened. */
  readonly sessions: () => number;
}

/** Gives its bytes once, and knows whether it was asked for them. */
class Content extends Readable {
  taken = false;
  readonly #bytes: Buffer;
  constructor(raw: Uint8Array) {
    super();
    this.#bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  }
  override _read(): void {
    if (this.taken) return;
    this.taken = true;
    this.push(this.#bytes);
    this.push(null);
  }
}

interface Session {
  readonly connection: SMTPConnection;
  messages: number;
  /** The message it works for, also while connecting. */
  task: Task | null;
  idleTimer: NodeJS.Timeout | undefined;
}

interface Task {
  readonly job: SmtpJob;
  readonly answer: (outcome: Outcome) => void;
  answered: boolean;
  session: Session | null;
  content: Content | null;
  /** It met a dead session already; the next one must be new. */
  second: boolean;
  deadline: NodeJS.Timeout | undefined;
}

/** The server ended the session, rather than refuse the message. */
const sessionDied = (error: NodemailerError): boolean =>
  error.responseCode === 421 || error.code === "ECONNECTION" || error.code === "ESOCKET" || error.code === "ETIMEDOUT";

export const makeSmtpPool = (settings: SmtpSettings, limits: SmtpLimits, ca: string | null): SmtpPool => {
  const idle: Session[] = [];
  const all = new Set<Session>();
  let waiting: Task[] = [];
  let closed = false;

  const finish = (task: Task, outcome: Outcome): void => {
    if (task.answered) return;
    task.answered = true;
    clearTimeout(task.deadline);
    if (task.session !== null) task.session.task = null;
    task.session = null;
    task.answer(outcome);
  };

  const fail = (task: Task, failure: SmtpFailure): void =>
    finish(task, refused(failure, task.content?.taken === true, task.job.recipients));

  /** Ends a hand-over from our side: nobody will tell us more than we know now. */
  const abandon = (task: Task, message: string): void => {
    if (task.answered) return;
    const { session } = task;
    waiting = waiting.filter((other) => other !== task);
    fail(task, { message });
    session?.connection.close();
  };

  /** QUIT, and no long wait for the answer to it. */
  const leave = ({ connection }: Session): void => {
    connection.quit();
    setTimeout(() => connection.close(), 2_000).unref();
  };

  const release = (session: Session): void => {
    if (!all.has(session)) return;
    session.task = null;
    if (closed || session.messages >= limits.maxMessages) return leave(session);
    idle.push(session);
    // One timer for the life of the session, restarted each time: cheaper than one for each message.
    if (session.idleTimer === undefined) {
      session.idleTimer = setTimeout(() => {
        const at = idle.indexOf(session);
        if (at === -1) return;
        idle.splice(at, 1);
        leave(session);
      }, limits.idle).unref();
    } else session.idleTimer.refresh();
    assign();
  };

  const transmit = (session: Session, task: Task): void => {
    const { connection } = session;
    const { job } = task;
    const content = new Content(job.raw);
    session.task = task;
    task.session = session;
    task.content = content;
    task.deadline ??= setTimeout(() => abandon(task, "The hand-over took too long"), limits.deadline);
    const envelope = { from: job.from, to: [...job.recipients], size: job.raw.length };
    connection.send(envelope, content, (error, info) => {
      if (task.answered) return;
      if (!error && info) {
        session.messages++;
        // First the session, so that whoever hears the answer finds it free.
        task.session = null;
        release(session);
        finish(task, accepted(info, job.raw.length));
        return;
      }
      const failure: NodemailerError = error ?? new Error("The SMTP library gave no answer");
      if (!content.taken && session.messages > 0 && !task.second && sessionDied(failure)) {
        task.second = true;
        session.task = null;
        task.session = null;
        waiting.unshift(task);
        connection.close();
        assign();
        return;
      }
      fail(task, failure);
      // The message was refused before its content; the session goes on.
      const code = failure.code === "EENVELOPE" ? failure.responseCode : undefined;
      if (code === undefined || code === 421 || connection.destroyed) return connection.close();
      session.messages++;
      connection.reset((broken) => (broken ? connection.close() : release(session)));
    });
  };

  const open = (task: Task): void => {
    const connection = new SMTPConnection({
      host: settings.host,
      port: settings.port,
      secure: settings.encryption === "implicit",
      requireTLS: settings.encryption === "required",
      opportunisticTLS: settings.encryption === "opportunistic",
      ignoreTLS: settings.encryption === "off",
      ...(settings.name === null ? {} : { name: settings.name }),
      connectionTimeout: limits.connect,
      greetingTimeout: limits.greeting,
      dnsTimeout: limits.connect,
      socketTimeout: limits.silence,
      allowInternalNetworkInterfaces: isLoopback(settings.host),
      tls: { rejectUnauthorized: settings.rejectUnauthorized, ...(ca === null ? {} : { ca }) },
    });
    const session: Session = { connection, messages: 0, task, idleTimer: undefined };
    task.session = session;
    all.add(session);
    let ready = false;

    const give = (error: NodemailerError | Error): void => {
      if (ready || session.task === null) return;
      fail(session.task, error);
      connection.close();
    };
    // Once the session is ready, `send` reports its own errors, and an idle session that breaks is simply gone.
    connection.on("error", give);
    connection.once("end", () => {
      clearTimeout(session.idleTimer);
      all.delete(session);
      const at = idle.indexOf(session);
      if (at !== -1) idle.splice(at, 1);
      // nodemailer answers a `send` right after this event; what it forgot is answered here.
      const left = session.task;
      if (left !== null) {
        setImmediate(() => {
          if (left.session === session) fail(left, { message: "The connection was closed" });
        });
      }
      if (!closed) assign();
    });
    connection.connect((error) => {
      if (error) return give(error);
      const start = (): void => {
        if (session.task === null) return connection.close();
        ready = true;
        transmit(session, session.task);
      };
      const { auth } = settings;
      if (auth === null) return start();
      if (settings.encryption === "opportunistic" && !connection.secure) {
        return give(new Error("The server offers no encryption, so the password was not sent"));
      }
      if (!connection.allowsAuth) return give(new Error("The server offers no AUTH, but SMTP_URL has a password"));
      const pass = Redacted.value(auth.password);
      connection.login({ user: auth.user, pass, credentials: { user: auth.user, pass } }, (refusal) =>
        refusal ? give(refusal) : start(),
      );
    });
  };

  const assign = (): void => {
    while (waiting.length > 0 && !closed) {
      const task = waiting[0]!;
      const session = task.second ? undefined : idle.pop();
      if (session !== undefined) {
        waiting.shift();
        transmit(session, task);
      } else if (all.size < limits.maxConnections) {
        waiting.shift();
        open(task);
      } else if (task.second && idle.length > 0) {
        // Its `end` event takes it out of both lists, and makes room.
        idle[0]!.connection.close();
      } else return;
    }
  };

  return {
    submit: (job, answer) => {
      const task: Task = {
        job,
        answer,
        answered: false,
        session: null,
        content: null,
        second: false,
        deadline: undefined,
      };
      if (closed) setImmediate(() => abandon(task, "The server is shutting down"));
      else {
        waiting.push(task);
        assign();
      }
      return () => abandon(task, "The hand-over was stopped");
    },
    close: () => {
      closed = true;
      for (const task of waiting) abandon(task, "The server is shutting down");
      for (const session of all) {
        if (session.task === null) leave(session);
        else abandon(session.task, "The server is shutting down");
      }
    },
    sessions: () => all.size,
  };
};

/**
 * From the name of a server to a session that is ready for mail: connection, greeting, EHLO, STARTTLS, AUTH. RFC 5321 section 3.1,
 * RFC 3207, RFC 4954, RFC 8314.
 */
import { hostname } from "node:os";
import type { SmtpLimits, SmtpSettings } from "../SmtpSettings.ts";
import { capabilitiesOf, noCapabilities, type Capabilities } from "./Capabilities.ts";
import { login } from "./login.ts";
import { isPositive, type Reply } from "./Reply.ts";
import { printable } from "../../model/printable.ts";
import { connectFault, faultOf, greetingFault, outOfStep, refusalOf, type SmtpFault, type Stage } from "./SmtpFault.ts";
import { Wire, type WireListener } from "./Wire.ts";

/** How far it came, also where it failed. */
export interface Opening {
  readonly wire: Wire;
  readonly greeting: string | null;
  readonly capabilities: Capabilities;
  /** `null`: ready for mail, logged in where the settings have a user. */
  readonly fault: SmtpFault | null;
}

type Limits = Pick<SmtpLimits, "connect" | "greeting">;

/** Thrown through the steps below, and nowhere else. */
class Stopped extends Error {
  readonly fault: SmtpFault;
  constructor(fault: SmtpFault) {
    super(fault.sentence);
    this.fault = fault;
  }
}

const stop = (fault: SmtpFault): never => {
  throw new Stopped(fault);
};

/** One question at a time. Each wait ends, at the latest with the connection. */
class Dialogue implements WireListener {
  stage: Stage = "connect";
  greeting: string | null = null;
  capabilities: Capabilities = noCapabilities;
  readonly wire: Wire;
  readonly #settings: SmtpSettings;
  readonly #limits: Limits;
  readonly #connecting: NodeJS.Timeout;
  readonly #clock: NodeJS.Timeout;
  #waiting: { readonly resolve: (reply: Reply) => void; readonly reject: (stopped: Stopped) => void } | null = null;
  /** Kept, since no caller may be waiting when it happens. */
  #stopped: Stopped | null = null;

  constructor(settings: SmtpSettings, ca: string | null, limits: Limits) {
    this.#settings = settings;
    this.#limits = limits;
    this.#connecting = setTimeout(() => this.wire.end(connectFault({ code: "ETIMEDOUT" }, settings)), limits.connect);
    // For a server that drips its answers, which is never silent: greeting, two EHLO, STARTTLS and AUTH.
    this.#clock = setTimeout(() => this.#late(), limits.connect + 5 * limits.greeting);
    this.wire = new Wire(settings, ca, this, () => {
      clearTimeout(this.#connecting);
      this.stage = "greeting";
      this.wire.silence(limits.greeting);
    });
  }

  /** Nothing is asked any more. */
  finish(): void {
    clearTimeout(this.#clock);
    this.wire.silence(0);
  }

  answer(): Promise<Reply> {
    if (this.#stopped !== null) return Promise.reject(this.#stopped);
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  ask(line: string): Promise<Reply> {
    if (this.#stopped === null) this.wire.ask(`${line}\r\n`, 1);
    return this.answer();
  }

  encrypt(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve: () => {}, reject };
      this.wire.upgrade(() => {
        this.#waiting = null;
        resolve();
      });
      // The one before was the plain socket's.
      this.wire.silence(this.#limits.greeting);
      if (this.#stopped !== null) reject(this.#stopped);
    });
  }

  readonly reply = (reply: Reply): void => {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(reply);
  };

  readonly unasked = ({ text }: Reply): void =>
    this.wire.end(outOfStep(this.stage, `The server spoke out of turn: ${printable(text)}`));

  readonly drained = (): void => {};

  readonly silent = (): void => this.#late();

  readonly ended = (fault: SmtpFault): void => {
    clearTimeout(this.#connecting);
    clearTimeout(this.#clock);
    this.#stopped = new Stopped(fault.stage === "session" ? { ...fault, stage: this.stage } : fault);
    this.#waiting?.reject(this.#stopped);
    this.#waiting = null;
  };

  #late(): void {
    const { greeting } = this.#limits;
    this.wire.end(
      this.stage === "greeting"
        ? greetingFault(this.#settings, greeting)
        : faultOf(this.stage, `The server did not answer ${this.stage.toUpperCase()} within ${greeting} ms.`),
    );
  }
}

/** The name EHLO gives: the setting, this machine's name where it has a full one, or its address. */
const clientName = (settings: SmtpSettings, wire: Wire): string => {
  const own = settings.name ?? hostname();
  return settings.name !== null || /^(?=.{1,255}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(own)
    ? own
    : wire.addressLiteral;
};

const introduce = async (dialogue: Dialogue, settings: SmtpSettings): Promise<Capabilities> => {
  dialogue.stage = "ehlo";
  const name = clientName(settings, dialogue.wire);
  const reply = await dialogue.ask(`EHLO ${name}`);
  if (isPositive(reply)) return capabilitiesOf(reply);
  // RFC 5321 section 3.2: a server so old that it knows HELO alone can neither encrypt nor log us in.
  const simple = settings.auth === null && (settings.encryption === "off" || settings.encryption === "opportunistic");
  if ((reply.code === 500 || reply.code === 502) && simple && !dialogue.wire.secure) {
    if (isPositive(await dialogue.ask(`HELO ${name}`))) return noCapabilities;
  }
  return stop(refusalOf("ehlo", "The server refused EHLO", reply));
};

const encrypt = async (dialogue: Dialogue, settings: SmtpSettings): Promise<void> => {
  const { encryption } = settings;
  if (dialogue.wire.secure || encryption === "off") return;
  if (!dialogue.capabilities.starttls) {
    if (encryption === "opportunistic") return;
    stop(
      faultOf(
        "starttls",
        "The server offers no STARTTLS, and SMTP_URL needs it.",
        "Check the port of SMTP_URL; smtps: is for TLS from the start.",
      ),
    );
  }
  dialogue.stage = "starttls";
  const reply = await dialogue.ask("STARTTLS");
  if (reply.code !== 220) {
    if (encryption === "opportunistic" && reply.code !== 421) return;
    stop(refusalOf("starttls", "The server refused STARTTLS", reply));
  }
  await dialogue.encrypt();
  // What it offered before may have been changed on the way.
  dialogue.capabilities = await introduce(dialogue, settings);
};

const steps = async (dialogue: Dialogue, settings: SmtpSettings): Promise<void> => {
  const greeting = await dialogue.answer();
  dialogue.greeting = printable(greeting.text);
  if (greeting.code !== 220) {
    stop(refusalOf("greeting", `The server at ${settings.host} takes no mail from here for now`, greeting));
  }
  dialogue.capabilities = await introduce(dialogue, settings);
  await encrypt(dialogue, settings);
  if (settings.auth !== null) {
    dialogue.stage = "auth";
    const { mechanisms } = dialogue.capabilities;
    const { secure } = dialogue.wire;
    const problem = await login(settings, settings.auth, { mechanisms, secure }, (line) => dialogue.ask(line));
    if (problem !== null) stop(problem);
  }
};

/** Opens a session. Calls `done` once, later; the function returned ends the attempt, and `done` reports that. */
export const openSession = (
  settings: SmtpSettings,
  ca: string | null,
  limits: Limits,
  done: (opening: Opening) => void,
): ((fault: SmtpFault) => void) => {
  const dialogue = new Dialogue(settings, ca, limits);
  const { wire } = dialogue;
  const report = (fault: SmtpFault | null): void => {
    const { greeting, capabilities } = dialogue;
    done({ wire, greeting, capabilities, fault });
  };
  steps(dialogue, settings).then(
    () => {
      dialogue.finish();
      report(wire.fault);
    },
    (error: unknown) => {
      // Anything else is a bug of ours; the relay is not to blame, but there is no session either.
      const fault =
        error instanceof Stopped ? error.fault : faultOf(dialogue.stage, `A fault of this program: ${String(error)}`);
      wire.end(fault);
      report(fault);
    },
  );
  return (fault) => wire.end(fault);
};

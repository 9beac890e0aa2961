/** Asks the relay who it is and whether it would take our mail, without sending any: for the start, for health, for a person in doubt. */
import { Effect } from "effect";
import type { SmtpSettings } from "../SmtpSettings.ts";
import { openSession, type Opening } from "./openSession.ts";
import { printable } from "../../model/printable.ts";
import { faultOf, type Stage } from "./SmtpFault.ts";
import type { TlsFacts } from "./Wire.ts";

export interface SmtpReport {
  /** The relay can be reached, is encrypted as the settings ask and has accepted the login. It may still refuse a sender or recipient. */
  readonly ok: boolean;
  /** What is in the way, and what to do. */
  readonly problem: { readonly stage: Stage; readonly sentence: string; readonly hint: string | null } | null;
  /** The server's greeting; printable. */
  readonly greeting: string | null;
  /** As the server wrote them, after TLS where there is TLS; printable. */
  readonly extensions: readonly string[];
  readonly tls: TlsFacts | null;
  /** SASL mechanisms it offers; empty without AUTH. */
  readonly mechanisms: readonly string[];
  /** The most octets of a message, `null` = not given. */
  readonly sizeLimit: number | null;
}

const reportOf = ({ wire, greeting, capabilities, fault }: Opening): SmtpReport => ({
  ok: fault === null,
  problem: fault === null ? null : { stage: fault.stage, sentence: printable(fault.sentence), hint: fault.hint },
  greeting,
  extensions: capabilities.extensions.map(printable),
  tls: wire.tlsFacts,
  mechanisms: (capabilities.mechanisms ?? []).map(printable),
  sizeLimit: capabilities.sizeLimit,
});

/**
 * Connects, greets, encrypts, logs in, and leaves. Never fails; answers within `milliseconds`. `ca`: certificates to trust in PEM, `null` =
 * the usual ones.
 */
export const probe = (settings: SmtpSettings, ca: string | null, milliseconds = 20_000): Effect.Effect<SmtpReport> =>
  Effect.callback((resume) => {
    const limits = { connect: milliseconds / 2, greeting: milliseconds / 2 };
    let clock: NodeJS.Timeout | undefined;
    const stop = openSession(settings, ca, limits, (opening) => {
      clearTimeout(clock);
      const report = reportOf(opening);
      if (opening.fault === null) {
        opening.wire.ask("QUIT\r\n", 1);
        // Its answer changes nothing.
        setImmediate(() => opening.wire.end(faultOf("session", "Closed by this side.")));
      }
      resume(Effect.succeed(report));
    });
    const late = faultOf("session", `The server was not ready within ${milliseconds} ms.`);
    clock = setTimeout(() => stop(late), milliseconds);
    return Effect.sync(() => {
      clearTimeout(clock);
      stop(faultOf("session", "Not asked any more."));
    });
  });

/**
 * Asks the relay now and then whether it would take our mail: at the start, every five minutes, and half a minute after it did not. What is
 * in its way stands in the server's log; whether there is something, in its health.
 */
import { Effect, Layer } from "effect";
import { RelayStatus, type RelayState } from "../contracts/RelayStatus.ts";
import { parseSmtpUrl, type SmtpUrlError } from "./SmtpSettings.ts";
import { readCa } from "./SmtpTransport.ts";
import { probe, type SmtpReport } from "./smtp/probe.ts";

/** Seconds between two questions. */
const often = 300;
const soon = 30;

/** One line for an operator. */
export const relayLine = (name: string, { ok, problem, tls, mechanisms }: SmtpReport): string =>
  ok
    ? `relay ${name} is ready${tls === null ? ", without encryption" : `, ${tls.protocol}`}${mechanisms.length === 0 ? "" : `, AUTH ${mechanisms.join(" ")}`}`
    : `relay ${name} is not ready: ${problem?.sentence ?? "no reason known"}${problem?.hint === null || problem === null ? "" : ` ${problem.hint}`}`;

/** `print` gets a line when the answer is another than before. */
export const layerRelayWatch = (url: string, print: (line: string) => void): Layer.Layer<never, SmtpUrlError> =>
  Layer.effect(
    RelayStatus,
    Effect.gen(function* () {
      const settings = yield* Effect.fromResult(parseSmtpUrl(url));
      const ca = yield* readCa(settings);
      let state: RelayState = "unknown";
      let printed = "";
      const ask = Effect.gen(function* () {
        const report = yield* probe(settings, ca);
        const now = report.ok ? "ready" : "unreachable";
        const line = relayLine(`${settings.host}:${settings.port}`, report);
        if (line !== printed) print(line);
        [state, printed] = [now, line];
        yield* Effect.sleep(`${report.ok ? often : soon} seconds`);
      });
      yield* Effect.forkScoped(Effect.forever(ask));
      return { current: () => state };
    }),
  );

/**
 * SMTP out: one relay, a pool of sessions, the bytes of the permit as they are.
 *
 * - The wire carries exactly `permit.content.raw` (dot-stuffed, RFC 5321 section 4.5.2) to exactly `recipients`. Bytes that
 *   SMTP would change on the way, a bare CR or LF or an unfinished last line, are not sent at all: `failed`.
 * - Nothing is ever read from a file or URL: the SMTP library gets bytes, never a message to compose.
 */
import { isAscii } from "node:buffer";
import { readFile } from "node:fs/promises";
import { Effect, Layer, Random } from "effect";
import { nowSeconds } from "../model/time.ts";
import { spend, type DeliveryPermit, type PermitContent } from "../contracts/DeliveryPermit.ts";
import type { Outcome } from "./Outcome.ts";
import { defaultSchedule, handOverOf, type RetrySchedule } from "./RetrySchedule.ts";
import { defaultLimits, makeSmtpPool, type SmtpLimits } from "./SmtpPool.ts";
import { parseSmtpUrl, SmtpUrlError } from "./SmtpSettings.ts";
import { PermitMisused, Transport } from "./Transport.ts";

/** Why the wire would not carry these bytes unchanged, or `null`. RFC 5321 sections 2.3.8 and 4.5.3.1, RFC 5322 section 2.1.1. */
export const flawOf = (raw: Uint8Array): string | null => {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (bytes.length === 0) return "there are none";
  if (!isAscii(bytes) || bytes.includes(0)) return "they are not 7-bit text";
  for (let start = 0; start < bytes.length;) {
    const cr = bytes.indexOf(0x0d, start);
    const lf = bytes.indexOf(0x0a, start);
    if (cr === -1 && lf === -1) return "the last line does not end in CRLF";
    if (lf === -1 || lf !== cr + 1) return `a bare CR or LF in the line at byte ${start}`;
    if (cr - start > 998) return `the line at byte ${start} is longer than 998 bytes`;
    start = lf + 1;
  }
  return null;
};

const isPath = (address: string): boolean =>
  address.length <= 254 && /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(address) && !/[<>]/.test(address);

const unsendable = (content: PermitContent): string | null => {
  const flaw = flawOf(content.raw);
  if (flaw !== null) return `Not sent, the bytes are not canonical: ${flaw}`;
  if (content.recipients.length === 0) return "Not sent: nobody to send it to";
  if (!isPath(content.from) || !content.recipients.every(isPath)) return "Not sent: an address is not plain ASCII";
  return null;
};

export interface SmtpTransportOptions {
  readonly url: string;
  readonly limits?: Partial<SmtpLimits>;
  readonly schedule?: Partial<RetrySchedule>;
}

/** The transport to the relay at `url`. Fails when the URL or the file of `tls_ca` cannot be read; never touches the network by itself. */
export const layerSmtp = (options: SmtpTransportOptions): Layer.Layer<Transport, SmtpUrlError> =>
  Layer.effect(
    Transport,
    Effect.gen(function* () {
      const settings = yield* Effect.fromResult(parseSmtpUrl(options.url));
      const path = settings.ca;
      const ca =
        path === null
          ? null
          : yield* Effect.tryPromise({
              try: () => readFile(path, "utf8"),
              catch: () =>
                new SmtpUrlError({
                  reason: "ca_unreadable",
                  message: `SMTP_URL: the file ${JSON.stringify(path)} of tls_ca cannot be read.`,
                  hint: "Name a PEM file that this process may read.",
                }),
            });
      if (!settings.rejectUnauthorized) {
        yield* Effect.logWarning("SMTP_URL says rejectUnauthorized=false: the relay's certificate is not checked");
      }
      const schedule = { ...defaultSchedule, ...options.schedule };
      const pool = yield* Effect.acquireRelease(
        Effect.sync(() => makeSmtpPool(settings, { ...defaultLimits, ...options.limits }, ca)),
        (open) => Effect.sync(open.close),
      );

      const hand = ({ from, recipients, raw }: PermitContent): Effect.Effect<Outcome> =>
        Effect.callback<Outcome>((resume) => {
          const stop = pool.submit({ from, recipients, raw }, (outcome) => resume(Effect.succeed(outcome)));
          return Effect.sync(stop);
        });

      return Transport.of({
        send: Effect.fnUntraced(function* (permit: DeliveryPermit) {
          if (!spend(permit)) return yield* Effect.die(new PermitMisused());
          const { content } = permit;
          const problem = unsendable(content);
          const outcome: Outcome = problem === null ? yield* hand(content) : { type: "failed", reply: problem };
          const now = yield* nowSeconds;
          return handOverOf(outcome, content, schedule, { now, dice: yield* Random.next });
        }),
      });
    }),
  );

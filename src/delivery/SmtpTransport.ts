/**
 * SMTP out: one relay, a pool of sessions, the bytes of the permit as they are.
 *
 * - The wire carries exactly `permit.content.raw` (dot-stuffed, RFC 5321 section 4.5.2) to exactly `recipients`. Bytes that
 *   SMTP would change on the way, a bare CR or LF or an unfinished last line, are not sent at all: `failed`.
 * - Nothing is ever read from a file or URL but the certificates and the token that SMTP_URL names.
 */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Effect, Layer, Random } from "effect";
import { spend, type DeliveryPermit, type PermitContent } from "../contracts/DeliveryPermit.ts";
import type { HandOver } from "../contracts/Oversight.ts";
import { nowSeconds } from "../model/time.ts";
import type { Outcome } from "./Outcome.ts";
import { defaultSchedule, handOverOf, type RetrySchedule } from "./RetrySchedule.ts";
import { defaultLimits, parseSmtpUrl, SmtpUrlError, type SmtpLimits, type SmtpSettings } from "./SmtpSettings.ts";
import { Attempt } from "./smtp/Attempt.ts";
import { contentOf, type Content } from "./smtp/Content.ts";
import { Pool, type Lease } from "./smtp/Pool.ts";
import { PermitMisused, Transport, type Slot } from "./Transport.ts";

const isPath = (address: string): boolean =>
  address.length <= 254 && /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(address) && !/[<>]/.test(address);

/** What goes over the wire, or why nothing can. */
const sendable = (content: PermitContent): Content | string => {
  const octets = contentOf(content.raw);
  if (typeof octets === "string") return `Not sent, the bytes are not canonical: ${octets}`;
  if (content.recipients.length === 0) return "Not sent: nobody to send it to";
  if (!isPath(content.from) || !content.recipients.every(isPath)) return "Not sent: an address is not plain ASCII";
  return octets;
};

export interface SmtpTransportOptions {
  readonly url: string;
  readonly limits?: Partial<SmtpLimits>;
  readonly schedule?: Partial<RetrySchedule>;
}

const unusable = (path: string, problem: string): SmtpUrlError =>
  new SmtpUrlError({
    reason: "ca_unreadable",
    message: `SMTP_URL: the file ${JSON.stringify(path)} of tls_ca ${problem}.`,
    hint: "Name a PEM file that this process may read.",
  });

/** The certificates to trust in PEM, `null` = the usual ones. */
export const readCa = Effect.fnUntraced(function* ({
  ca: path,
}: SmtpSettings): Effect.fn.Return<string | null, SmtpUrlError> {
  if (path === null) return null;
  const pem = yield* Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: () => unusable(path, "cannot be read"),
  });
  return yield* Effect.try({
    // Connecting would throw, or trust no server.
    try: () => (new X509Certificate(pem), pem),
    catch: () => unusable(path, "holds no certificate"),
  });
});

/** The transport to the relay at `url`. Fails when the URL or the file of `tls_ca` cannot be read; never touches the network by itself. */
export const layerSmtp = (options: SmtpTransportOptions): Layer.Layer<Transport, SmtpUrlError> =>
  Layer.effect(
    Transport,
    Effect.gen(function* () {
      const settings = yield* Effect.fromResult(parseSmtpUrl(options.url));
      const ca = yield* readCa(settings);
      if (!settings.rejectUnauthorized) {
        yield* Effect.logWarning("SMTP_URL says rejectUnauthorized=false: the relay's certificate is not checked");
      }
      const schedule = { ...defaultSchedule, ...options.schedule };
      const limits = { ...defaultLimits, ...options.limits };
      const pool = yield* Effect.acquireRelease(
        Effect.sync(() => new Pool(settings, limits, ca)),
        (open) => Effect.sync(() => open.close()),
      );

      const handOver = (outcome: Outcome, content: PermitContent): Effect.Effect<HandOver> =>
        outcome.type === "delivered" || outcome.type === "failed"
          ? Effect.succeed(handOverOf(outcome, content, schedule, { now: 0, dice: 0 }))
          : Effect.gen(function* () {
              return handOverOf(outcome, content, schedule, { now: yield* nowSeconds, dice: yield* Random.next });
            });

      const send = (
        lease: Lease,
        permit: DeliveryPermit,
        mayBegin: Effect.Effect<boolean>,
      ): Effect.Effect<HandOver> => {
        const { content } = permit;
        const { from, recipients } = content;
        const errand = { from, recipients, content: sendable(content), mayBegin, begin: () => spend(permit) };
        return Effect.flatMap(
          new Attempt(pool, lease, errand, limits.deadline).run,
          (outcome): Effect.Effect<HandOver> =>
            outcome === "misused"
              ? Effect.die(new PermitMisused())
              : outcome === "recalled"
                ? Effect.succeed({ type: "recalled" })
                : handOver(outcome, content),
        );
      };

      const slotOf = (lease: Lease): Slot => {
        let used = false;
        return {
          send: (permit, mayBegin) =>
            Effect.suspend(() => {
              if (used) return Effect.die(new Error("This slot was sent on or released before."));
              used = true;
              return send(lease, permit, mayBegin);
            }),
          release: () => {
            if (used) return;
            used = true;
            if ("ready" in lease) pool.release(lease);
          },
        };
      };

      return Transport.of({
        reserve: (most) =>
          Effect.callback((resume) => {
            const cancel = pool.reserve(Math.max(1, most), (leases) => resume(Effect.succeed(leases.map(slotOf))));
            return Effect.sync(cancel);
          }),
      });
    }),
  );

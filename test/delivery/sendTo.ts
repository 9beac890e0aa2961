/** Messages sent through a transport made for the purpose: to an honest relay with encryption and log-in, or to a scripted one. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { Effect } from "effect";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { HandOver } from "../../src/contracts/Oversight.ts";
import type { DeliveryPermit } from "../../src/contracts/DeliveryPermit.ts";
import type { SmtpLimits } from "../../src/delivery/SmtpPool.ts";
import { layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { Transport } from "../../src/delivery/Transport.ts";
import { permitOf, scripted, type Script } from "./relay.ts";

export const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

interface Received {
  readonly raw: Buffer;
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | undefined;
}

/** smtp-server as an honest relay. */
export const honest = (options: SMTPServerOptions = {}) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const received: Received[] = [];
      const server = new SMTPServer({
        disabledCommands: options.onAuth ? [] : ["AUTH"],
        cert: readFileSync(file("relay-cert.pem")),
        key: readFileSync(file("relay-key.pem")),
        onData: (stream, session, done) => {
          const chunks: Buffer[] = [];
          stream.on("data", (chunk: Buffer) => chunks.push(chunk));
          stream.on("end", () => {
            received.push({
              raw: Buffer.concat(chunks),
              from: session.envelope.mailFrom ? session.envelope.mailFrom.address : "",
              to: session.envelope.rcptTo.map(({ address }) => address),
              secure: session.secure,
              user: session.user as string | undefined,
            });
            done();
          });
        },
        ...options,
      });
      server.on("error", () => {});
      server.listen(0, "127.0.0.1");
      await once(server.server, "listening");
      return { server, received, port: (server.server.address() as AddressInfo).port };
    }),
    ({ server }) => Effect.promise(() => new Promise<void>((resolve) => server.close(() => resolve()))),
  );

/** Sends through a transport made for the purpose. */
export const sendTo = (url: string, permits: readonly DeliveryPermit[], limits: Partial<SmtpLimits> = {}) =>
  Effect.gen(function* () {
    const transport = yield* Transport;
    const results: HandOver[] = [];
    for (const permit of permits) results.push(yield* transport.send(permit));
    return results;
  }).pipe(Effect.provide(layerSmtp({ url, limits })));

export const one = (url: string, permit = permitOf(), limits: Partial<SmtpLimits> = {}) =>
  Effect.map(sendTo(url, [permit], limits), (results) => results[0]!);

/** One message to a relay with this script. */
export const against = (script: Script, permit = permitOf(), limits: Partial<SmtpLimits> = {}) =>
  Effect.gen(function* () {
    const relay = yield* scripted(() => script);
    return { relay, result: yield* one(`smtp://127.0.0.1:${relay.port}`, permit, limits) };
  });

export const three = ["ann@there.test", "bob@there.test", "cyn@there.test"];
export const deferredFor = (result: HandOver) =>
  result.type === "deferred" ? result.remaining : `not deferred: ${result.type}`;

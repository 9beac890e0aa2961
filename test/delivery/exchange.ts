/** Hand-overs to one relay: an honest one (smtp-server), or one with a script. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { Effect, Layer, type Scope } from "effect";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { DeliveryPermit } from "../../src/contracts/DeliveryPermit.ts";
import type { HandOver } from "../../src/contracts/Oversight.ts";
import type { SmtpLimits } from "../../src/delivery/SmtpSettings.ts";
import { layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { Transport } from "../../src/delivery/Transport.ts";
import { permitOf } from "./permit.ts";
import { scripted, type Relay, type Script } from "./relay.ts";

export const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export interface Received {
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
        cert: readFileSync(file("../support/receiver-cert.pem")),
        key: readFileSync(file("../support/receiver-key.pem")),
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

/** A hand-over that has its answer's `reply`. */
export type Answered = Exclude<HandOver, { readonly type: "recalled" }>;

export const answered = (handOver: HandOver): Answered => {
  if (handOver.type === "recalled") throw new Error("The permit was taken back.");
  return handOver;
};

/** One message on the next slot. */
export const handOver = (
  transport: Transport["Service"],
  permit: DeliveryPermit,
  mayBegin: Effect.Effect<boolean> = Effect.succeed(true),
): Effect.Effect<HandOver> => Effect.flatMap(transport.reserve(1), ([slot]) => slot!.send(permit, mayBegin));

/** Sends, one after the other, through a transport made for the purpose. */
export const sendTo = (url: string, permits: readonly DeliveryPermit[], limits: Partial<SmtpLimits> = {}) =>
  Effect.gen(function* () {
    const transport = yield* Transport;
    const results: Answered[] = [];
    for (const permit of permits) results.push(answered(yield* handOver(transport, permit)));
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

/** A transport to a relay whose script may change between messages. */
export const through = <A>(
  script: () => Script,
  limits: Partial<SmtpLimits>,
  body: (transport: Transport["Service"], relay: Relay) => Effect.Effect<A, never, Scope.Scope>,
) =>
  Effect.gen(function* () {
    const relay = yield* scripted(script);
    const context = yield* Layer.build(layerSmtp({ url: `smtp://127.0.0.1:${relay.port}`, limits }));
    return yield* Effect.provide(
      Effect.flatMap(Transport, (transport) => body(transport, relay)),
      context,
    );
  }).pipe(Effect.scoped);

/** A server that pipelines. */
export const pipelined = "250-relay.test\r\n250 PIPELINING";

export const three = ["ann@there.test", "bob@there.test", "cyn@there.test"];

export const deferredFor = (result: HandOver) =>
  result.type === "deferred" ? result.remaining : `not deferred: ${result.type}`;

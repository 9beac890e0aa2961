/** Messages sent through a transport made for the purpose, and receivers for them. */
import { Effect } from "effect";
import type { HandOver } from "../../src/contracts/Oversight.ts";
import type { DeliveryPermit } from "../../src/contracts/DeliveryPermit.ts";
import type { SmtpLimits } from "../../src/delivery/SmtpPool.ts";
import { layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { Transport } from "../../src/delivery/Transport.ts";
import { type ReceiverOptions, type Script, startReceiver } from "../support/receiver.ts";
import { permitOf } from "./permit.ts";

/** A receiver for as long as the scope lives. */
export const receiver = (options: ReceiverOptions = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => startReceiver(options)),
    ({ stop }) => Effect.promise(stop),
  );

/** A receiver that follows this script, and takes one command after the other. */
export const scripted = (script: Script = {}) => receiver({ script, features: [] });

export const sendTo = (url: string, permits: readonly DeliveryPermit[], limits: Partial<SmtpLimits> = {}) =>
  Effect.gen(function* () {
    const transport = yield* Transport;
    const results: HandOver[] = [];
    for (const permit of permits) results.push(yield* transport.send(permit));
    return results;
  }).pipe(Effect.provide(layerSmtp({ url, limits })));

export const one = (url: string, permit = permitOf(), limits: Partial<SmtpLimits> = {}) =>
  Effect.map(sendTo(url, [permit], limits), (results) => results[0]!);

/** One message to a receiver with this script. */
export const against = (script: Script, permit = permitOf(), limits: Partial<SmtpLimits> = {}) =>
  Effect.gen(function* () {
    const relay = yield* scripted(script);
    return { relay, result: yield* one(relay.url, permit, limits) };
  });

export const three = ["ann@there.test", "bob@there.test", "cyn@there.test"];

/** The recipients that a retry will serve. */
export const deferredFor = (result: HandOver) =>
  result.type === "deferred" ? result.remaining : `not deferred: ${result.type}`;

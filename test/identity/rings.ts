/** Key rings over rows in memory, also several over the same rows, as several processes have them. */
import { createPublicKey, verify } from "node:crypto";
import { Effect, Layer } from "effect";
import { layer, KeyRing } from "../../src/identity/KeyRing.ts";
import type { KeyRingError } from "../../src/identity/KeyRingError.ts";
import { KeyRecords, layerMemory } from "../../src/identity/KeyRecords.ts";
import { layerKey } from "../../src/identity/Seal.ts";

export const owner = { tenant: "t1", mailbox: "mbx_1", agent: "agent-1" };
export const seal = layerKey(new Uint8Array(32).fill(9));
export const ring = layer("acme.example").pipe(Layer.provideMerge(layerMemory), Layer.provideMerge(seal));

/** A ring of its own over these rows. */
export const ringOver = (
  records: KeyRecords["Service"],
  { operator = "acme.example", seal: sealing = seal }: { readonly operator?: string; readonly seal?: typeof seal } = {},
) =>
  Effect.provide(
    KeyRing,
    Layer.fresh(layer(operator)).pipe(Layer.provide(Layer.succeed(KeyRecords, records)), Layer.provide(sealing)),
  );

/** Another process: a ring of its own over the same rows. */
export const secondRing = Effect.flatMap(KeyRecords, (records) => ringOver(records));

/** The same records, and what was read of them. */
export const watched = (records: KeyRecords["Service"]) => {
  const calls: string[] = [];
  const noted = <A>(call: string, effect: A): A => {
    calls.push(call);
    return effect;
  };
  return {
    calls,
    records: KeyRecords.of({
      ...records,
      find: (kid) => Effect.suspend(() => noted(`find ${kid}`, records.find(kid))),
      list: (kind) => Effect.suspend(() => noted(`list ${kind}`, records.list(kind))),
    }),
  };
};

/** The reason, the message and the hint of the failure. */
export const explanation = (effect: Effect.Effect<unknown, KeyRingError>) =>
  Effect.map(Effect.flip(effect), (error) => [error.reason, error.message, error.hint]);
export const notActive = ["not_active", "The key is not active any more.", "Read the key that replaced it."];

/** Whether the signature over the text is one of this public key. */
export const signs = (pem: string, signature: Uint8Array, text: string) =>
  verify("sha256", Buffer.from(text), createPublicKey(pem), signature);
/** The reason of the failure, or `accepted`. */
export const reason = <A>(effect: Effect.Effect<A, { readonly reason: string }>) =>
  Effect.match(effect, { onFailure: (error) => error.reason, onSuccess: () => "accepted" });

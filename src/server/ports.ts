/** What rooms ask of a store without knowing one: the key ring's records, the dispatcher's claims, and whose key a mailbox signs with. */
import { Context, Effect, Layer } from "effect";
import { OutboxClaims } from "../delivery/OutboxClaims.ts";
import { KeyRecords, KeyStoreError } from "../identity/KeyRecords.ts";
import type { StoreError } from "../store/Journal.ts";
import { Records } from "../store/Records.ts";

const keyStoreError = (error: StoreError): KeyStoreError =>
  new KeyStoreError({
    reason: error.reason === "conflict" ? "duplicate" : error.reason === "corrupt" ? "corrupt" : "unavailable",
    message: error.message,
    hint: error.hint,
  });

/** The key ring's port, on the store. */
export const layerKeyRecords = Layer.effect(
  KeyRecords,
  Effect.gen(function* () {
    const records = yield* Records;
    return KeyRecords.of({
      insert: (row) => records.insertKey(row).pipe(Effect.mapError(keyStoreError)),
      find: (kid) => records.findKey(kid).pipe(Effect.mapError(keyStoreError)),
      list: (kind) => records.listKeys(kind).pipe(Effect.mapError(keyStoreError)),
      update: (row, expected) => records.updateKey(row, expected).pipe(Effect.mapError(keyStoreError)),
      insertOperatorKeyIfNone: (row) => records.insertOperatorKeyIfNone(row).pipe(Effect.mapError(keyStoreError)),
    });
  }),
);

/** The dispatcher's port, on the store. */
export const layerOutboxClaims = Layer.effect(
  OutboxClaims,
  Effect.gen(function* () {
    const records = yield* Records;
    return OutboxClaims.of({
      claim: records.claim,
      renew: (lease) => Effect.asVoid(records.renewLeases(lease)),
      deferCopy: (copy) => Effect.asVoid(records.defer({ ...copy, kind: "copy", remaining: null })),
    });
  }),
);

/** Which identity key each mailbox signs with: the one thing about keys that is kept with the mailbox. */
export class MailboxKeys extends Context.Service<
  MailboxKeys,
  {
    /** The mailbox of a key, by its id; `null` when it was never made. */
    readonly mailbox: (
      tenant: string,
      id: string,
    ) => Effect.Effect<{ readonly address: string; readonly kid: string } | null, KeyStoreError>;
    /** Writes the new kid, if the mailbox's is still `from`; else `false`. */
    readonly change: (change: {
      readonly tenant: string;
      readonly mailbox: string;
      readonly from: string;
      readonly to: string;
    }) => Effect.Effect<boolean, KeyStoreError>;
  }
>()("countersign/Installation/MailboxKeys") {}

export const layerMailboxKeys = Layer.effect(
  MailboxKeys,
  Effect.gen(function* () {
    const records = yield* Records;
    return MailboxKeys.of({
      mailbox: (tenant, id) => records.mailbox(tenant, id).pipe(Effect.mapError(keyStoreError)),
      change: (change) => records.setMailboxKey(change).pipe(Effect.mapError(keyStoreError)),
    });
  }),
);

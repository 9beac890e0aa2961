/**
 * The keys of this installation: made, sealed, kept, rotated, revoked, and handed out as signers.
 *
 * - One key for each mailbox, one for the operator; the operator's is made when it is first asked for, by whichever process is first.
 * - Opened keys stay in memory (`openKeys.ts`); what another process changes takes hold within `RECHECK_SECONDS`.
 * - A retired key keeps its validity for {@link OVERLAP_SECONDS}: long enough for processes that have not noticed, and for verifiers that
 *   keep the key document for the 24 hours they may.
 *
 * **Gotchas**
 * - A retired mailbox key still signs until its `validTo`, because a statement made at submit must be bound with the same key at
 *   dispatch. Later than that, make a new statement with the mailbox's present key. A revoked key never signs.
 * - `rotate` does not tell the mailbox its new kid; the caller stores it.
 */
import { Context, Effect, Layer, Result } from "effect";
import { nowSeconds } from "../model/time.ts";
import { isAgentName } from "./AgentIdentity.ts";
import { KeyRecords } from "./KeyRecords.ts";
import {
  publicJwk,
  resolvedKey,
  withoutSecret,
  type KeyRecord,
  type ResolvedKey,
  type StoredKey,
} from "./KeyRecord.ts";
import { fromStore, type KeyRingError, mismatch, notActive, ringError } from "./KeyRingError.ts";
import { makeKeyRows } from "./keyRows.ts";
import type { NodeSigner } from "./NodeSigner.ts";
import { makeOpenKeys } from "./openKeys.ts";
import type { PublicJwk } from "./PublicKey.ts";
import type { Seal } from "./Seal.ts";

/** How long a retired key stays valid after its rotation, in seconds: 48 hours. */
export const OVERLAP_SECONDS = 48 * 3600;

export class KeyRing extends Context.Service<
  KeyRing,
  {
    /** Makes a mailbox's key. `agent` is `[A-Za-z0-9._-]{1,128}`. Fails with `bad_agent`, `store`. */
    readonly createMailboxKey: (owner: {
      readonly tenant: string;
      readonly mailbox: string;
      readonly agent: string;
    }) => Effect.Effect<KeyRecord, KeyRingError>;
    /** A signer for the key. Fails with `unknown_key`, `revoked`, `expired` (retired, and past its end), `key_mismatch`, `seal`, `store`. */
    readonly signerFor: (kid: string) => Effect.Effect<NodeSigner, KeyRingError>;
    /** A signer for the operator's active key, which is made if there is none. Fails with `key_mismatch`, `seal`, `store`. */
    readonly operatorSigner: Effect.Effect<NodeSigner, KeyRingError>;
    /** What anyone may know of the key, retired and revoked ones too; `null` when there is none. Fails with `store`. */
    readonly publicKey: (kid: string) => Effect.Effect<ResolvedKey | null, KeyRingError>;
    /** The operator's active key as one bare JWK, made if there is none. Fails as `operatorSigner` does. */
    readonly operatorJwk: Effect.Effect<PublicJwk, KeyRingError>;
    /** All of the operator's keys that are not revoked, newest first, retired ones for ever. Fails with `store`, `key_mismatch`. */
    readonly jwks: Effect.Effect<{ readonly keys: readonly PublicJwk[] }, KeyRingError>;
    /** Retires an active key and answers its successor. Fails with `unknown_key`, `not_active` (also for the loser of a race), `store`. */
    readonly rotate: (kid: string) => Effect.Effect<KeyRecord, KeyRingError>;
    /** Ends all trust in a key, for good; does nothing to one that is revoked. Fails with `unknown_key`, `store`. */
    readonly revoke: (kid: string) => Effect.Effect<KeyRecord, KeyRingError>;
  }
>()("countersign/identity/KeyRing") {}

const jwkOf = (row: StoredKey): Effect.Effect<PublicJwk, KeyRingError> =>
  Effect.fromResult(Result.mapError(publicJwk(row), () => mismatch));

const make = Effect.fnUntraced(function* (operator: string) {
  const records = yield* KeyRecords;
  const rows = yield* makeKeyRows;
  const { newRow, find } = rows;
  const { signerFor, operatorRow, operatorSigner, forget } = yield* makeOpenKeys(operator, rows);

  /** Writes a new status if the row still has the old one, and forgets what is in memory of this key and of the operator's. */
  const change = Effect.fnUntraced(function* (row: StoredKey, next: Pick<StoredKey, "status" | "validTo">) {
    const done = yield* Effect.mapError(records.update({ ...row, ...next }, row.status), fromStore);
    forget(row.kid);
    return done;
  });

  const rotate = Effect.fn("KeyRing.rotate")(function* (kid: string) {
    const old = yield* find(kid);
    if (old.status !== "active") return yield* notActive;
    const successor = yield* newRow(old);
    const retired = { status: "retired", validTo: (yield* nowSeconds) + OVERLAP_SECONDS } as const;
    if (old.kind === "operator") {
      // Retire first: the store allows one active operator key. If we die in between, the next user makes the successor.
      if (!(yield* change(old, retired))) return yield* notActive;
      return withoutSecret(yield* Effect.mapError(records.insertOperatorKeyIfNone(successor), fromStore));
    }
    // Successor first: a mailbox must never be without a key. The loser of a race takes its own back.
    yield* Effect.mapError(records.insert(successor), fromStore);
    if (yield* change(old, retired)) return withoutSecret(successor);
    yield* change(successor, { status: "revoked", validTo: successor.validFrom });
    return yield* notActive;
  });

  const revoke = Effect.fn("KeyRing.revoke")(function* (kid: string) {
    // A status changes twice at most, so the third look finds it revoked.
    for (let look = 0; look < 3; look++) {
      const row = yield* find(kid);
      const next = { status: "revoked", validTo: yield* nowSeconds } as const;
      if (row.status === "revoked") return withoutSecret(row);
      if (yield* change(row, next)) return withoutSecret({ ...row, ...next });
    }
    return yield* notActive;
  });

  return KeyRing.of({
    createMailboxKey: Effect.fn("KeyRing.createMailboxKey")(function* ({ tenant, mailbox, agent }) {
      if (!isAgentName(agent)) {
        const hint = "Use 1 to 128 letters, digits, dots, hyphens or underscores.";
        return yield* ringError("bad_agent", "The agent's name cannot stand in a signed header.", hint);
      }
      const row = yield* newRow({ kind: "mailbox", tenant, mailbox, agent, operator });
      yield* Effect.mapError(records.insert(row), fromStore);
      return withoutSecret(row);
    }),
    signerFor,
    operatorSigner,
    publicKey: Effect.fn("KeyRing.publicKey")(function* (kid: string) {
      const row = yield* Effect.mapError(records.find(kid), fromStore);
      return row === null ? null : resolvedKey(row);
    }),
    operatorJwk: Effect.flatMap(operatorRow, jwkOf),
    jwks: Effect.gen(function* () {
      const all = yield* Effect.mapError(records.list("operator"), fromStore);
      const trusted = all.filter((row) => row.operator === operator && row.status !== "revoked");
      return { keys: yield* Effect.forEach([...trusted].reverse(), jwkOf) };
    }),
    rotate,
    revoke,
  });
});

/** The key ring of the operator with this domain (lower-case A-labels), over a store of rows and a seal. */
export const layer = (operator: string): Layer.Layer<KeyRing, never, KeyRecords | Seal> =>
  Layer.effect(KeyRing, make(operator));

/**
 * Keys that are open: signers in memory. Their status is read from the store again after {@link RECHECK_SECONDS}, so a revocation or
 * rotation made by another process takes hold within that time; one made here, at once (`forget`).
 */
import { Effect } from "effect";
import { nowSeconds } from "../model/time.ts";
import type { StoredKey } from "./KeyRecord.ts";
import { KeyRecords } from "./KeyRecords.ts";
import { fromStore, ringError } from "./KeyRingError.ts";
import type { makeKeyRows } from "./keyRows.ts";
import type { NodeSigner } from "./NodeSigner.ts";

/** How long a signer is used before its key's status is read again, in seconds. */
export const RECHECK_SECONDS = 60;

interface OpenKey {
  readonly signer: NodeSigner;
  readonly checkedAt: number;
}

export const makeOpenKeys = Effect.fnUntraced(function* (
  operator: string,
  { newRow, find, openRow }: Effect.Success<typeof makeKeyRows>,
) {
  const records = yield* KeyRecords;
  const open = new Map<string, OpenKey>();
  let current: { readonly row: StoredKey; readonly checkedAt: number } | null = null;

  /** The signer of a row whose status was just read. */
  const signerOf = Effect.fnUntraced(function* (row: StoredKey, now: number) {
    const signer = open.get(row.kid)?.signer ?? (yield* openRow(row));
    open.set(row.kid, { signer, checkedAt: now });
    return signer;
  });

  const signerFor = Effect.fn("KeyRing.signerFor")(function* (kid: string) {
    const now = yield* nowSeconds;
    const known = open.get(kid);
    if (known !== undefined && now - known.checkedAt < RECHECK_SECONDS) return known.signer;
    const row = yield* find(kid);
    if (row.status === "revoked") {
      open.delete(kid);
      return yield* ringError(
        "revoked",
        "The key was revoked.",
        "Make the statement anew with the mailbox's present key.",
      );
    }
    if (row.validTo !== null && row.validTo < now) {
      open.delete(kid);
      return yield* ringError(
        "expired",
        "The key was retired some time ago.",
        "Make the statement anew with the mailbox's present key.",
      );
    }
    return yield* signerOf(row, now);
  });

  const operatorRow = Effect.gen(function* () {
    const now = yield* nowSeconds;
    if (current !== null && now - current.checkedAt < RECHECK_SECONDS) return current.row;
    const all = yield* Effect.mapError(records.list("operator"), fromStore);
    const active = all.find((row) => row.operator === operator && row.status === "active");
    const row =
      active ??
      (yield* Effect.mapError(
        Effect.flatMap(
          newRow({ kind: "operator", tenant: null, mailbox: null, agent: null, operator }),
          records.insertOperatorKeyIfNone,
        ),
        fromStore,
      ));
    current = { row, checkedAt: now };
    return row;
  });

  const operatorSigner = Effect.gen(function* () {
    const row = yield* operatorRow;
    return open.get(row.kid)?.signer ?? (yield* signerOf(row, yield* nowSeconds));
  }).pipe(Effect.withSpan("KeyRing.operatorSigner"));

  /** Of this key, and of which is the operator's, nothing is remembered: a row has changed. */
  const forget = (kid: string): void => {
    open.delete(kid);
    current = null;
  };

  return { signerFor, operatorRow, operatorSigner, forget };
});

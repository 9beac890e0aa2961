/**
 * One identity key in the place of another, in the key store and with the mailbox that signs with it.
 *
 * **Gotchas**: these are two writes. After an interruption between them, run the command again: it finds the first one done, and does
 * the rest.
 */
import { Effect, Schema } from "effect";
import type { KeyRecord } from "../identity/KeyRecord.ts";
import { KeyRecords } from "../identity/KeyRecords.ts";
import { KeyRing } from "../identity/KeyRing.ts";
import { MailboxKeys } from "../server/ports.ts";

/** Why nothing, or not all, was done. */
export class SuccessionError extends Schema.TaggedError<SuccessionError>()("SuccessionError", {
  reason: Schema.Literals(["unknown_key", "not_in_use", "other_operator", "conflict"]),
  message: Schema.String,
  hint: Schema.String,
}) {}

/** What took the place of a key. `mailbox` is an address, or `null` for an operator key. */
export interface Succession {
  readonly old: KeyRecord;
  /** `null` when nothing needs one: the operator's is made by the first process that signs, and an idle key has no place. */
  readonly successor: string | null;
  readonly mailbox: string | null;
}

const find = Effect.fnUntraced(function* (kid: string) {
  const row = yield* (yield* KeyRecords).find(kid);
  return (
    row ??
    (yield* new SuccessionError({
      reason: "unknown_key",
      message: `There is no key ${kid} in this store.`,
      hint: "countersign keys list shows the keys; DATABASE_URL says which store is asked.",
    }))
  );
});

/** The mailbox a key was made for; `null` for an operator key, and for one whose mailbox was never finished. */
const mailboxOf = Effect.fnUntraced(function* ({ tenant, mailbox }: KeyRecord) {
  return tenant === null || mailbox === null ? null : yield* (yield* MailboxKeys).mailbox(tenant, mailbox);
});

/** Lets the mailbox sign with `to`; does nothing when it does already. */
const install = Effect.fnUntraced(function* (old: KeyRecord, to: string) {
  const { tenant, mailbox, kid } = old;
  if (tenant === null || mailbox === null) return;
  if (yield* (yield* MailboxKeys).change({ tenant, mailbox, from: kid, to })) return;
  const now = yield* mailboxOf(old);
  if (now === null || now.kid === to) return;
  return yield* new SuccessionError({
    reason: "conflict",
    message: `Somebody else has given ${now.address} the key ${now.kid} meanwhile.`,
    hint: `The key ${to} is not in use: countersign keys revoke ${to}.`,
  });
});

/** A key for the mailbox of `old`, which signs no more: one that was made for this before, or a new one. */
const heir = Effect.fnUntraced(function* (old: KeyRecord, operatorDomain: string) {
  const { tenant, mailbox, agent } = old;
  if (tenant === null || mailbox === null || agent === null) return null;
  const rows = yield* (yield* KeyRecords).list("mailbox");
  const made = rows.findLast((row) => row.mailbox === mailbox && row.status === "active");
  if (made !== undefined) return made.kid;
  if (old.operator !== operatorDomain) {
    return yield* new SuccessionError({
      reason: "other_operator",
      message: `The mailbox needs a new key of the operator ${old.operator}, and this says ${operatorDomain}.`,
      hint: "Set COUNTERSIGN_OPERATOR_DOMAIN as it is set for the server, and run this again.",
    });
  }
  return (yield* (yield* KeyRing).createMailboxKey({ tenant, mailbox, agent })).kid;
});

/** Retires a key and puts its successor in its place. For a key retired or revoked before, does what is left to do. */
export const rotateKey = Effect.fnUntraced(function* (kid: string, operatorDomain: string) {
  const ring = yield* KeyRing;
  const old = yield* find(kid);
  const box = yield* mailboxOf(old);
  const mailbox = box === null ? null : box.address;
  if (old.status !== "active" && box?.kid !== kid) {
    return yield* new SuccessionError({
      reason: "not_in_use",
      message: `${kid} is ${old.status} already.`,
      hint:
        box === null
          ? "countersign keys list shows the active one."
          : `${box.address} signs with ${box.kid}: rotate that one.`,
    });
  }
  if (old.status !== "active") {
    const successor = yield* heir(old, operatorDomain);
    if (successor !== null) yield* install(old, successor);
    return { old, successor, mailbox } satisfies Succession;
  }
  // With another sealing key than the server's, the successor would be of no use to it.
  yield* ring.signerFor(kid);
  const { kid: successor } = yield* ring.rotate(kid);
  yield* install(old, successor);
  return { old, successor, mailbox } satisfies Succession;
});

/** Ends all trust in a key, first of all; then, if a mailbox signs with it, gives that mailbox a new one. */
export const revokeKey = Effect.fnUntraced(function* (kid: string, operatorDomain: string) {
  const old = yield* find(kid);
  yield* (yield* KeyRing).revoke(kid);
  const box = yield* mailboxOf(old);
  if (box?.kid !== kid) return { old, successor: null, mailbox: null } satisfies Succession;
  const successor = yield* heir(old, operatorDomain);
  if (successor !== null) yield* install(old, successor);
  return { old, successor, mailbox: box.address } satisfies Succession;
});

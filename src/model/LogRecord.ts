/**
 * Entries of the log that change no state of the machine: by which risk policy messages count, how long personal data are kept, what must be
 * kept for a legal dispute, and what was erased. They are leaves like any other, so no erasure goes without a trace.
 *
 * **Gotchas**
 * - Ids and counts only. A reason stands beside the leaf, behind a salted commitment, as it does for decisions.
 * - Replay has nothing to decide on them: an operator's, or the system's own, is accepted; anybody else's is refused `not_permitted`.
 */
import { Schema } from "effect";
import { Actor } from "./Actor.ts";
import { Seconds } from "./Event.ts";

/** The shortest retention there may be, days: six months of logs (AI Act, Articles 19 and 26(6)). @spec OV-83 */
export const retentionFloor = 183;

/** The most messages one `erase` names, so that its leaf stays well below the largest. */
export const eraseLimit = 200;

const stamp = { at: Seconds, actor: Actor, tenant: Schema.String };

/** Personal data of messages that ended longer ago are erased; `null` = kept until someone asks. */
export const SetRetention = Schema.Struct({
  type: Schema.Literal("set_retention"),
  ...stamp,
  days: Schema.NullOr(Schema.Int.check(Schema.isGreaterThanOrEqualTo(retentionFloor))),
});

/** Nothing of the tenant, the mailbox or the message (`mailbox`, `message` of the leaf) is erased until the hold is released. */
export const LegalHold = Schema.Struct({
  type: Schema.Literal("legal_hold"),
  ...stamp,
  hold: Schema.String,
  mailbox: Schema.optionalKey(Schema.String),
  message: Schema.optionalKey(Schema.String),
});

export const ReleaseHold = Schema.Struct({ type: Schema.Literal("release_hold"), ...stamp, hold: Schema.String });

/** The contents of these messages, and everything personal beside their entries, are gone. Their leaves are not. */
export const Erase = Schema.Struct({
  type: Schema.Literal("erase"),
  ...stamp,
  cause: Schema.Literals(["retention", "request"]),
  messages: Schema.Array(Schema.String).check(Schema.isMinLength(1), Schema.isMaxLength(eraseLimit)),
});

/**
 * What counts as risky enough to wait or to be refused was changed, for a mailbox (`mailbox` of the leaf) or for the whole tenant. The
 * policy itself is kept in the store, every version; this names it by its hash.
 */
export const SetRiskPolicy = Schema.Struct({
  type: Schema.Literal("set_risk_policy"),
  ...stamp,
  mailbox: Schema.optionalKey(Schema.String),
  /** Counts the changes of this policy. */
  version: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  /** `sha256:` over the policy as it is stored. */
  policy: Schema.String,
});

export const LogRecord = Schema.Union([SetRetention, LegalHold, ReleaseHold, Erase, SetRiskPolicy]);
export type LogRecord = typeof LogRecord.Type;
export type LogRecordType = LogRecord["type"];

const types: ReadonlySet<string> = new Set<LogRecordType>([
  "set_retention",
  "legal_hold",
  "release_hold",
  "erase",
  "set_risk_policy",
]);

/** Whether an entry of this type is a record: it changes no state. */
export const isRecordType = (type: string): type is LogRecordType => types.has(type);

export const isRecord = (event: { readonly type: string } | LogRecord): event is LogRecord => isRecordType(event.type);

/** Who may make a record: an operator, or the system on its own. @spec OV-80 */
export const mayRecord = ({ role }: Actor): boolean => role === "operator" || role === "system";

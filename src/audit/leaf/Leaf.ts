/**
 * The leaf: what the log records of one event, without a word of content and without personal data.
 *
 * - Canonical JSON, at most 65,535 bytes, so that it fits a tile entry (C2SP tlog-tiles).
 * - Personal data (a reason, a server's reply) stands beside the leaf; the leaf holds a salted commitment to it, so that it
 *   can be erased and the tree still verifies.
 * - It carries every fact replay needs: `eventOf(leaf)` gives back the event as it was decided on.
 * - {@link leafVersion} is written; 1 is read as 0.1.0 wrote it (`spec/audit.md`, "Version 1").
 */
import { Result, Schema } from "effect";
import { Event } from "../../model/Event.ts";
import { LogRecord } from "../../model/LogRecord.ts";
import { utf8 } from "../../bytes/octets.ts";
import { canonical, type Json } from "../../bytes/canonical.ts";
import { leafHash } from "../tree/Tree.ts";
import { digestOf } from "../../bytes/digest.ts";

/** The version of the leaves that this program writes. Nothing wrote 2: the vectors of 0.1.0 use it for an unknown one. */
export const leafVersion = 3;

/** The largest leaf, bytes. */
export const leafLimit = 65_535;

/** What became of the event, as the leaf records it. */
export interface LeafOutcome {
  readonly accepted: boolean;
  /** Of an accepted event: why its message ends as `refused`. */
  readonly refusal: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly mode: string | null;
  readonly commands: readonly string[];
}

export interface LeafParts {
  readonly index: number;
  readonly event: Event | LogRecord;
  readonly outcome: LeafOutcome;
  /** Hashes, ids and signatures that bear on the event. Nothing personal. */
  readonly evidence: { readonly [name: string]: Json };
  /** `{salt, …}` kept beside the leaf, or `null`. */
  readonly personal: Json;
  /** The tenant's entry before this one; `null` = this is its first. Shows a reader of one tenant that no entry is left out. */
  readonly previous?: number | null;
}

/** `sha256:` over the canonical personal record, which must hold a random `salt`. */
export const commitment = (personal: Json): string | null => (personal === null ? null : digestOf(canonical(personal)));

const outer = new Set(["type", "at", "actor", "tenant", "mailbox", "message"]);

/** Builds the leaf. Throws when it is larger than `leafLimit`: nothing user-controlled in it is unbounded. */
export const makeLeaf = (parts: LeafParts): { readonly leaf: string; readonly hash: Uint8Array } => {
  const { event, outcome } = parts;
  const details: Record<string, Json> = { type: event.type };
  for (const [name, value] of Object.entries(event)) if (!outer.has(name)) details[name] = value as Json;
  const leaf = canonical({
    v: leafVersion,
    index: parts.index,
    at: event.at,
    actor: { ...event.actor },
    tenant: event.tenant,
    mailbox: "mailbox" in event ? event.mailbox : null,
    message: "message" in event ? event.message : null,
    type: event.type,
    event: details,
    outcome: outcome.accepted ? "accepted" : "refused",
    refusal: outcome.refusal,
    from: outcome.from,
    to: outcome.to,
    mode: outcome.mode,
    commands: outcome.commands,
    evidence: parts.evidence,
    personal: commitment(parts.personal),
    ...(parts.previous === undefined ? {} : { previous: parts.previous }),
  });
  const bytes = utf8(leaf);
  if (bytes.length > leafLimit)
    throw new RangeError(`A leaf may have ${leafLimit} bytes; this one has ${bytes.length}.`);
  return { leaf, hash: leafHash(bytes) };
};

const Leaf = Schema.Struct({
  v: Schema.Literals([1, leafVersion]),
  index: Schema.Int,
  at: Schema.Int,
  actor: Schema.Json,
  tenant: Schema.String,
  mailbox: Schema.NullOr(Schema.String),
  message: Schema.NullOr(Schema.String),
  type: Schema.String,
  event: Schema.Record(Schema.String, Schema.Json),
  outcome: Schema.Literals(["accepted", "refused"]),
  refusal: Schema.NullOr(Schema.String),
  from: Schema.NullOr(Schema.String),
  to: Schema.NullOr(Schema.String),
  mode: Schema.NullOr(Schema.String),
  commands: Schema.Array(Schema.String),
  evidence: Schema.Record(Schema.String, Schema.Json),
  personal: Schema.NullOr(Schema.String),
  previous: Schema.optionalKey(Schema.NullOr(Schema.Int)),
});
export type Leaf = typeof Leaf.Type;

const decodeLeaf = Schema.decodeUnknownResult(Leaf);
// A member that no rule looks at could hold something else for a reader who does not apply the rules.
const decodeEvent = Schema.decodeUnknownResult(Schema.Union([Event, LogRecord]), { onExcessProperty: "error" });

/** Members that came with version 3 stand in no leaf of version 1, and those it needs in every later one. */
const newerMember = (version: number, event: Event | LogRecord): string | null => {
  const isNew =
    (event.type === "revise" && event.owner !== undefined) || (event.type === "revoke" && event.key !== undefined);
  if (version === 1) return isNew ? `a leaf of version 1 has a member of ${event.type} that came later` : null;
  return event.type === "revise" && !isNew ? "the edit does not name who answers for it" : null;
};

/** Reads a leaf and the event in it. Fails with what is wrong, in words. */
export const readLeaf = (
  text: string,
): Result.Result<{ readonly leaf: Leaf; readonly event: Event | LogRecord }, string> => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return Result.fail("the leaf is not JSON");
  }
  return leafIn(json);
};

/** The same of a leaf that has been parsed. */
export const leafIn = (
  json: unknown,
): Result.Result<{ readonly leaf: Leaf; readonly event: Event | LogRecord }, string> => {
  const leaf = decodeLeaf(json);
  // A member that no reader of this version looks at could hold something else.
  const unknown = Object.keys(json ?? {}).find((name) => !Object.hasOwn(Leaf.fields, name));
  if (unknown !== undefined) return Result.fail("the leaf has a member that a leaf does not have");
  if (Result.isFailure(leaf)) return Result.fail(`the leaf does not have the shape of one: ${leaf.failure.message}`);
  const { at, actor, tenant, mailbox, message, event } = leaf.success;
  const twice = Object.keys(event).find((name) => name !== "type" && outer.has(name));
  if (twice !== undefined)
    return Result.fail(`the leaf says ${twice} within its event, where only the rules would look`);
  const decoded = decodeEvent({
    ...event,
    at,
    actor,
    tenant,
    ...(mailbox === null ? {} : { mailbox }),
    ...(message === null ? {} : { message }),
  });
  if (Result.isFailure(decoded)) return Result.fail(`the leaf holds no known event: ${decoded.failure.message}`);
  // A reader of the outer name alone must see the same event as the rules.
  if (leaf.success.type !== decoded.success.type)
    return Result.fail(`the leaf says ${leaf.success.type}, and holds a ${decoded.success.type}`);
  const misplaced = newerMember(leaf.success.v, decoded.success);
  if (misplaced !== null) return Result.fail(misplaced);
  return Result.succeed({ leaf: leaf.success, event: decoded.success });
};

export const leafBytes = (text: string): Uint8Array => utf8(text);

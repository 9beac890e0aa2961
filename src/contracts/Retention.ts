/**
 * How long personal data are kept, and how they go: the operator's side. Every act is an entry of the log; what is erased leaves the
 * log's tree as it was. @spec OV-80
 *
 * - Erased of a message: its content, its recipients, reasons and replies beside its entries. Kept: leaves, digests, who decided when.
 * - Only a message that has ended and that no hold covers is erased; of all others nothing, and the answer names them.
 */
import { Context, type Effect, Schema } from "effect";
import type { Credential } from "../model/Credential.ts";
import { ServiceError } from "./errors.ts";
import { HoldRow } from "../model/records/operator.ts";

/** Days, at least `floor`; `null` = kept until someone asks. */
export interface RetentionPolicy {
  readonly days: number | null;
  readonly floor: number;
}

/** What is to be kept, by id or address: everything of the tenant, of a mailbox, or one message. */
export interface HoldRequest {
  readonly mailbox: string | null;
  readonly message: string | null;
  /** For people; beside the log, not in it. */
  readonly reason: string | null;
}

/** One message, or every message with a person's address among its recipients or as its sender. */
export type EraseRequest = { readonly message: string } | { readonly person: string };

export const Erasure = Schema.Struct({
  erased: Schema.Array(Schema.String),
  /** A hold covers them. */
  held: Schema.Array(Schema.String),
  /** They have not ended, or something is still to be handed over. */
  unfinished: Schema.Array(Schema.String),
  /** The log entries that record it. */
  entries: Schema.Array(Schema.Int),
});
export type Erasure = typeof Erasure.Type;

type Answer<A> = Effect.Effect<A, ServiceError>;

export class Retention extends Context.Service<
  Retention,
  {
    readonly policy: (credential: Credential) => Answer<RetentionPolicy>;
    readonly setPolicy: (credential: Credential, days: number | null) => Answer<RetentionPolicy>;
    /** Oldest first; released ones too. */
    readonly holds: (credential: Credential) => Answer<readonly HoldRow[]>;
    readonly place: (credential: Credential, request: HoldRequest) => Answer<HoldRow>;
    /** Fails with `not_found` when there is no such hold, or it is released. */
    readonly release: (credential: Credential, hold: string) => Answer<HoldRow>;
    readonly erase: (credential: Credential, request: EraseRequest) => Answer<Erasure>;
    /** Erases what has been kept long enough, of every tenant. Answers how many messages. */
    readonly sweep: Answer<number>;
  }
>()("countersign/Retention") {}

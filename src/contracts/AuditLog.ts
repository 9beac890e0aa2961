/**
 * The log for those who look at it: its keys and checkpoints, its tiles, a receipt for one entry, an export of many, and the theorems
 * that entries refer to. It reads, and it signs; what is written into the log comes through `Oversight` and `Retention`.
 *
 * - A checkpoint is shown only after it is durable, in the database and in the file beside it, and after it was held against every one
 *   signed before. If they do not agree, nothing more is signed, and each caller is refused. @spec OV-76 OV-77
 * - Everything else that is signed rests on a checkpoint: a receipt waits until one covers its entry.
 */
import { Context, type Effect, type Stream } from "effect";
import type { ExportLine } from "../audit/export/ExportLine.ts";
import type { ProofManifest } from "../audit/leaf/proofReferences.ts";
import type { Credential } from "../model/Credential.ts";
import { ServiceError } from "./errors.ts";

/** A log key as it is published. */
export interface PublicLogKey {
  readonly kid: string;
  readonly algorithm: "ed25519" | "p256";
  /** `<origin>+<id>+<base64>`: what an auditor pins (C2SP signed-note). */
  readonly vkey: string;
  /** SPKI. */
  readonly publicKeyPem: string;
  /** Seconds. */
  readonly createdAt: number;
}

/** Which entries. Moments in seconds, `since` ≤ at < `until`. */
export interface LogFilter {
  /** Id or address. */
  readonly mailbox?: string;
  readonly message?: string;
  readonly since?: number;
  readonly until?: number;
}

export const exportFormats = ["jsonl", "csv", "ocsf", "cef"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportRequest extends LogFilter {
  readonly format: ExportFormat;
  /** The first entry; 0 when left out. */
  readonly from?: number;
  /** The size of a checkpoint there is; a new one over everything when left out. With `from`, it takes up an export that broke off. */
  readonly to?: number;
  /** `matching` when there is a filter, else `every`. */
  readonly lines?: "every" | "matching";
  /** An inclusion proof with each entry, also where every line is there. */
  readonly proofs: boolean;
}

export interface LogExport {
  readonly contentType: string;
  readonly extension: string;
  readonly from: number;
  readonly to: number;
  /** Fails where the store does: a cut export must not look like a whole one. */
  readonly chunks: Stream.Stream<string, ServiceError>;
}

export interface LogPage {
  readonly lines: readonly { readonly line: ExportLine; readonly tenant: string; readonly at: number }[];
  /** Where to go on; `null` at the end. */
  readonly next: number | null;
}

type Answer<A> = Effect.Effect<A, ServiceError>;

export class AuditLog extends Context.Service<
  AuditLog,
  {
    /** The log's name, and the name of its keys. */
    readonly origin: string;
    /** Holds the log against what was signed, and signs what is new. Fails with `unavailable` when they do not agree: do not run. */
    readonly ready: Answer<{ readonly size: number }>;
    /** Made when first asked for. */
    readonly keys: Answer<readonly PublicLogKey[]>;
    /** The newest checkpoint, with the cosignatures there are. */
    readonly checkpoint: Answer<string>;
    /** A tile by its path (`tile/0/x001/067.p/5`), of the tree of the newest checkpoint. Fails with `not_found`. */
    readonly tile: (path: string) => Answer<Uint8Array>;
    /** Leaves as a bundle. `credential` is `null` for everybody, which the configuration must allow. */
    readonly entries: (credential: Credential | null, path: string) => Answer<Uint8Array>;
    /** Whether anyone may read the leaves. */
    readonly entriesPublic: boolean;
    /** A `c2sp.org/tlog-proof@v1` for an entry by its index or its `audit_ref`; waits for a checkpoint that covers it. */
    readonly receipt: (
      credential: Credential,
      ref: string,
    ) => Answer<{ readonly index: number; readonly size: number; readonly text: string }>;
    readonly proofs: Answer<ProofManifest>;
    /** The theorem a reference names. Fails with `not_found` when it is unknown or of other proofs than these. */
    readonly proof: (ref: string) => Answer<ProofManifest["theorems"][number] & Pick<ProofManifest, "lean" | "source">>;
    /** Entries in order, as an export would show them, from an index on. */
    readonly page: (
      credential: Credential,
      request: LogFilter & { readonly from: number; readonly limit: number },
    ) => Answer<LogPage>;
    /** Signs a checkpoint first, so that the export covers everything there is. */
    readonly export: (credential: Credential, request: ExportRequest) => Answer<LogExport>;
    /** Of all tenants, without a credential: for a caller that has the database. */
    readonly exportWhole: (request: ExportRequest) => Answer<LogExport>;
  }
>()("countersign/AuditLog") {}

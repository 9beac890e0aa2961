/** An entry of the log as this API gives it: the export's line, and the members other servers of this API give. */
import { exportLine } from "../audit/ExportLine.ts";
import type { ProofManifest } from "../audit/proofReferences.ts";
import type { AuditEntry, AuditLine } from "./api/AuditApi.ts";

/** An entry as the log gives it; only what is used here. */
export interface Entry {
  readonly index: number;
  readonly mailbox: string | null;
  readonly message: string | null;
  readonly type: string;
  /** Seconds. */
  readonly at: number;
  readonly leaf: string;
  readonly leafHash: Uint8Array;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Members = { readonly [key: string]: Json };

const members = (value: Json | undefined): Members =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : {};
const text = (value: Json | undefined): string | null => (typeof value === "string" ? value : null);

const eventOf = (leaf: string): Members => {
  try {
    return members(members(JSON.parse(leaf) as Json)["event"]);
  } catch {
    // The entry still shows the leaf; nothing is made up in its place.
    return {};
  }
};

/** `proofs`: what entries refer to; `null` = no references. */
export const auditLine = (entry: Entry, proofs: Pick<ProofManifest, "source"> | null = null): typeof AuditLine.Type =>
  exportLine(entry, proofs);

/** The same with the members other servers of this API give. */
export const auditEntry = (
  entry: Entry,
  tenant: string,
  origin: string,
  proofs: Pick<ProofManifest, "source"> | null = null,
): typeof AuditEntry.Type => {
  const line = auditLine(entry, proofs);
  const [kind, id] =
    entry.message !== null
      ? ["email", entry.message]
      : entry.mailbox !== null
        ? ["mailbox", entry.mailbox]
        : ["tenant", tenant];
  const { credential } = members(line.actor as Json);
  return {
    id: `${origin}/${entry.index}`,
    action: entry.type,
    resource_type: kind!,
    resource_id: id!,
    actor_key_id: text(credential),
    created_at: line.timestamp,
    metadata: eventOf(entry.leaf),
    ...line,
  };
};

/**
 * A line of the export as an OCSF event: Email Activity (4009) for what became of a message on its way, API Activity (6003)
 * for what somebody did or tried to do. https://schema.ocsf.io, https://github.com/ocsf/ocsf-schema (Apache-2.0).
 *
 * - Version 1.9.0-dev by default: the profiles `record_integrity` (the leaf hash, as an attestation) and `ai_operation`
 *   (`ai_agent`) for these classes are not in a released version. With "1.8.0" the same facts stand in `unmapped`.
 * - `raw_data` is the leaf. `raw_data_hash` is SHA-256 over it; the attestation's fingerprint is its RFC 6962 leaf hash,
 *   that is SHA-256 over 0x00 and `raw_data`. **Gotcha**: OCSF defines the fingerprint over the event itself; ours is over
 *   the leaf, so its algorithm is 99 (Other) and named as such.
 * - An email of OCSF must have an address, and the log has none. Without `addressOf` what would be 4009 is 6003.
 * - `src_endpoint` is required, but the log does not hold where a call came from: it reads "not recorded".
 */
import { toHex } from "../bytes/octets.ts";
import { sha256 } from "../bytes/sha256.ts";
import { leafMembers, type Members, members, textOf } from "../audit/leaf/members.ts";
import {
  type Actor,
  actorOf,
  type Gravity,
  gravityOf,
  millisecondsOf,
  sentenceOf,
  type SiemContext,
  type SiemLine,
} from "./SiemLine.ts";

export type OcsfVersion = "1.8.0" | "1.9.0-dev";

export interface OcsfContext extends SiemContext {
  /** The schema version the event keeps to. Default 1.9.0-dev. */
  readonly ocsfVersion?: OcsfVersion;
}

type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
export type OcsfEvent = { readonly [attribute: string]: Value };

const severities: Readonly<Record<Gravity, readonly [id: number, caption: string]>> = {
  informational: [1, "Informational"],
  low: [2, "Low"],
  medium: [3, "Medium"],
  high: [4, "High"],
};

const reports: ReadonlySet<string> = new Set(["delivered", "failed", "deferred", "lost"]);
/** What the system does with a message on its way out. */
const onItsWay: ReadonlySet<string> = new Set(["dispatch", "release", "expire"]);
const creations: ReadonlySet<string> = new Set(["submit", "create_tenant", "create_mailbox", "create_key"]);
const changes: ReadonlySet<string> = new Set([
  "approve",
  "reject",
  "revise",
  "cancel",
  "resolve",
  "revoke",
  "set_mode",
  "set_policy",
  "halt",
  "resume",
  "revoke_reviewer",
  "reinstate_reviewer",
  "set_retention",
  "legal_hold",
  "release_hold",
  "set_risk_policy",
  // Only where no address is known.
  ...reports,
  ...onItsWay,
]);
const deletions: ReadonlySet<string> = new Set(["revoke_key", "erase"]);

// A map, because a role is read from a file and may be the name of what every object has.
const userTypes: ReadonlyMap<string | null, readonly [id: number, caption: string]> = new Map([
  ["agent", [4, "Service"]],
  ["reviewer", [1, "User"]],
  ["operator", [2, "Admin"]],
  ["system", [3, "System"]],
]);

/** OCSF's own `email_t`. */
const emailAddress = /^[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$/;

/** The members that are not null. */
const present = (given: { readonly [name: string]: Value | undefined }): { readonly [name: string]: Value } => {
  const kept: Record<string, Value> = {};
  for (const [name, value] of Object.entries(given)) if (value !== null && value !== undefined) kept[name] = value;
  return kept;
};

/** The same with every text well-formed, as OCSF's `string_t` (UTF-8) must be. */
const wellFormed = (value: Value): Value =>
  typeof value === "string"
    ? value.toWellFormed()
    : Array.isArray(value)
      ? value.map(wellFormed)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, wellFormed(member)]))
        : value;

const statusOf = (line: SiemLine): readonly [id: number, caption: string] => {
  if (line.outcome === "refused") return [2, "Failure"];
  if (line.outcome !== "accepted") return [0, "Unknown"];
  if (line.type === "failed") return [2, "Failure"];
  // The connection broke after the message: the outcome is unknown.
  if (line.type === "lost") return [0, "Unknown"];
  return line.type === "deferred" ? [99, "Deferred"] : [1, "Success"];
};

/** What the rules did about it, as OCSF's security controls name it. */
const actionOf = (line: SiemLine): readonly [id: number, caption: string] => {
  if (line.outcome !== "accepted" && line.outcome !== "refused") return [0, "Unknown"];
  if (line.outcome === "refused" || line.to_status === "refused" || line.to_status === "rejected") return [2, "Denied"];
  return reports.has(line.type) ? [3, "Observed"] : [1, "Allowed"];
};

const metadataOf = (line: SiemLine, context: OcsfContext, tenant: string | null, profiles: readonly string[]) =>
  present({
    version: context.ocsfVersion ?? "1.9.0-dev",
    profiles,
    product: { name: "Countersign", vendor_name: "Countersign", version: context.productVersion },
    uid: `${context.origin}/${line.leaf_index}`,
    log_name: context.origin,
    log_provider: "Countersign",
    sequence: line.leaf_index,
    event_code: line.type,
    original_time: line.timestamp,
    correlation_uid: line.message_id,
    tenant_uid: tenant,
  });

const attestationOf = (line: SiemLine, context: OcsfContext): Value => ({
  uid: `${context.origin}/${line.leaf_index}`,
  authority_uid: context.origin,
  chain_uid: context.origin,
  fingerprint: {
    algorithm_id: 99,
    algorithm: "RFC 6962 leaf hash: SHA-256 over 0x00 and raw_data",
    encoding_id: 1,
    encoding: "Hex",
    serialization_id: 2,
    serialization: "JCS",
    value: line.leaf_hash,
  },
});

/** Every event has these, whatever its class. */
const base = (line: SiemLine, context: OcsfContext, leaf: Members, actor: Actor): OcsfEvent => {
  const integrity = (context.ocsfVersion ?? "1.9.0-dev") === "1.9.0-dev";
  const [severityId, severity] = severities[gravityOf(line)];
  const [statusId, status] = statusOf(line);
  const [actionId, action] = actionOf(line);
  const raw = new TextEncoder().encode(line.leaf);
  const byAgent = actor.role === "agent" || reports.has(line.type) || onItsWay.has(line.type);
  return present({
    time: millisecondsOf(line),
    timezone_offset: 0,
    severity_id: severityId,
    severity,
    status_id: statusId,
    status,
    status_code: line.refusal ?? textOf(members(leaf["event"])["reply"]),
    message: sentenceOf(line),
    action_id: actionId,
    action,
    is_alert: gravityOf(line) === "high",
    metadata: metadataOf(
      line,
      context,
      textOf(leaf["tenant"]),
      integrity ? ["ai_operation", "record_integrity", "security_control"] : ["security_control"],
    ),
    raw_data: line.leaf,
    raw_data_hash: { algorithm_id: 3, algorithm: "SHA-256", value: toHex(sha256(raw)) },
    raw_data_size: raw.length,
    attestation_list: integrity ? [attestationOf(line, context)] : undefined,
    ai_agent:
      integrity && byAgent && line.agent_id !== null ? { uid: line.agent_id, type_id: 0, type: "Unknown" } : undefined,
    unmapped: present({
      outcome: line.outcome,
      refusal: line.refusal,
      agent_id: line.agent_id,
      oversight_mode: line.oversight_mode,
      decision: line.decision,
      approver_id: line.approver_id,
      approvers: line.approvers,
      domain_risk_score: line.domain_risk_score,
      content_hash: line.content_hash,
      from_status: line.from_status,
      to_status: line.to_status,
      identity_key_id: line.identity_key_id,
      identity_signature: line.identity_signature,
      lean4_proof_ref: line.lean4_proof_ref,
      credential: actor.credential,
      leaf_hash: line.leaf_hash,
    }),
  });
};

const classified = (
  category: readonly [number, string],
  type: readonly [number, string],
  activity: readonly [number, string],
) => ({
  category_uid: category[0],
  category_name: category[1],
  class_uid: type[0],
  class_name: type[1],
  activity_id: activity[0],
  activity_name: activity[1],
  type_uid: type[0] * 100 + activity[0],
  type_name: `${type[1]}: ${activity[1]}`,
});

const emailActivity = (line: SiemLine, leaf: Members, from: string): OcsfEvent => {
  const { attempt } = members(leaf["event"]);
  const messageId = textOf(members(leaf["evidence"])["message_id"]);
  return present({
    ...classified(
      [4, "Network Activity"],
      [4009, "Email Activity"],
      reports.has(line.type) ? [1, "Send"] : [4, "Trace"],
    ),
    direction_id: 2,
    direction: "Outbound",
    email: present({ from, message_uid: messageId }),
    from,
    message_trace_uid: line.message_id,
    protocol_name: reports.has(line.type) ? "SMTP" : undefined,
    attempt: typeof attempt === "number" ? attempt : undefined,
  });
};

const apiActivityOf = (type: string): readonly [number, string] =>
  creations.has(type)
    ? [1, "Create"]
    : changes.has(type)
      ? [3, "Update"]
      : deletions.has(type)
        ? [4, "Delete"]
        : // OCSF: 99 carries the source's own word.
          [99, type];

const apiActivity = (line: SiemLine, context: OcsfContext, leaf: Members, actor: Actor): OcsfEvent => {
  const [typeId, type] = userTypes.get(actor.role) ?? [0, "Unknown"];
  const key = textOf(members(leaf["event"])["key"]);
  const resources = [
    [line.message_id, "message"],
    [line.mailbox_id, "mailbox"],
    [key, "api_key"],
    [textOf(leaf["tenant"]), "tenant"],
  ].flatMap(([uid, kind]) => (typeof uid === "string" && typeof kind === "string" ? [{ uid, type: kind }] : []));
  return present({
    ...classified([6, "Application Activity"], [6003, "API Activity"], apiActivityOf(line.type)),
    actor: {
      ...(actor.role === "system" ? { app_name: "Countersign" } : {}),
      user: { uid: actor.principal ?? "unknown", type_id: typeId, type },
    },
    api: present({
      operation: line.type,
      service: { name: "Countersign", version: context.productVersion },
      response: line.refusal === null ? undefined : { error: line.refusal },
    }),
    src_endpoint: { name: actor.role === "system" ? context.origin : "not recorded" },
    resources: resources.length === 0 ? undefined : resources,
  });
};

/** The event as a value; `JSON.stringify` of it is one line. */
export const ocsfEvent = (line: SiemLine, context: OcsfContext): OcsfEvent => {
  const leaf = leafMembers(line.leaf);
  const actor = actorOf(line);
  const address = line.mailbox_id === null ? null : (context.addressOf?.(line.mailbox_id) ?? null);
  const from = address !== null && emailAddress.test(address) ? address : null;
  const mail = line.outcome === "accepted" && (reports.has(line.type) || onItsWay.has(line.type));
  return wellFormed({
    ...(mail && from !== null ? emailActivity(line, leaf, from) : apiActivity(line, context, leaf, actor)),
    ...base(line, context, leaf, actor),
  }) as OcsfEvent;
};

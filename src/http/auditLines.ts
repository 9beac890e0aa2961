/** An entry of the log as this API gives it: the export's line, and the members other servers of this API give. */
import type { ExportLine } from "../audit/ExportLine.ts";
import type { AuditEntry } from "./api/AuditApi.ts";

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

/** The line with the members other servers of this API give. */
export const auditEntry = (line: ExportLine, tenant: string, origin: string): typeof AuditEntry.Type => {
  const [kind, id] =
    line.message_id !== null
      ? ["email", line.message_id]
      : line.mailbox_id !== null
        ? ["mailbox", line.mailbox_id]
        : ["tenant", tenant];
  const { credential } = members(line.actor as Json);
  return {
    id: `${origin}/${line.leaf_index}`,
    action: line.type,
    resource_type: kind!,
    resource_id: id!,
    actor_key_id: text(credential),
    created_at: line.timestamp,
    metadata: eventOf(line.leaf),
    ...line,
  };
};

/** An entry of the log as this API gives it: the export's line, and the members other servers of this API give. */
import type { ExportLine } from "../audit/export/ExportLine.ts";
import { leafMembers, members, textOf } from "../audit/leaf/members.ts";
import type { AuditEntry } from "./api/AuditApi.ts";

/** The line with the members other servers of this API give. */
export const auditEntry = (line: ExportLine, tenant: string, origin: string): typeof AuditEntry.Type => {
  const [kind, id] =
    line.message_id !== null
      ? ["email", line.message_id]
      : line.mailbox_id !== null
        ? ["mailbox", line.mailbox_id]
        : ["tenant", tenant];
  const { credential } = members(line.actor);
  return {
    id: `${origin}/${line.leaf_index}`,
    action: line.type,
    resource_type: kind!,
    resource_id: id!,
    actor_key_id: textOf(credential),
    created_at: line.timestamp,
    metadata: members(leafMembers(line.leaf)["event"]),
    ...line,
  };
};

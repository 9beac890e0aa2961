/** What a hand-over rested on, as its entry and the later reports on it record. */
import type { Standing } from "../../model/approvals.ts";
import { type Members, textsOf } from "./members.ts";

/** Version 1 has no `decision`: there, an approver made it a person's. */
export const restedOn = (evidence: Members): Standing => {
  const approvers = textsOf(evidence["approvers"]);
  const { decision } = evidence;
  const byPeople = (decision === undefined || decision === "human") && approvers.length > 0;
  return { approvers, decision: byPeople ? "human" : "policy" };
};

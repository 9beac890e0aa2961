/** What a hand-over rested on, as its entry says, and the reports on it after it. */
import type { Standing } from "../../model/approvals.ts";
import { type Members, textsOf } from "./members.ts";

/** Version 1 says no `decision`: there, whoever approved made it a person's. */
export const restedOn = (evidence: Members): Standing => {
  const approvers = textsOf(evidence["approvers"]);
  const { decision } = evidence;
  const byPeople = (decision === undefined || decision === "human") && approvers.length > 0;
  return { approvers, decision: byPeople ? "human" : "policy" };
};

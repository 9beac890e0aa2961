/** Whether a mailbox's policy is within its bounds; the error names what is not. */
import { invalid } from "../../contracts/errors.ts";
import { type Policy, policyBounds } from "../../model/Event.ts";

export const policyFlaw = (policy: Policy) => {
  const { quorum, decisionWindow, approvalMaxAge } = policy;
  const whole = (n: number, { minimum, maximum }: { readonly minimum: number; readonly maximum: number }) =>
    Number.isInteger(n) && n >= minimum && n <= maximum;
  const people = `${policyBounds.quorum.minimum} to ${policyBounds.quorum.maximum}`;
  const seconds = `${policyBounds.seconds.minimum} to ${policyBounds.seconds.maximum} seconds`;
  return !whole(quorum, policyBounds.quorum)
    ? invalid("quorum", `quorum must be a whole number from ${people}.`, "Say how many people must approve.")
    : !whole(decisionWindow, policyBounds.seconds)
      ? invalid("decision_window", `decision_window must be ${seconds}.`, "Give seconds.")
      : !whole(approvalMaxAge, policyBounds.seconds)
        ? invalid("approval_max_age", `approval_max_age must be ${seconds}.`, "Give seconds.")
        : null;
};

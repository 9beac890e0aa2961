/** What several files of checks ask of a message. */
import { hasStatus } from "../api.ts";
import { same } from "../expect.ts";
import type { House, Shown } from "../world.ts";

/** The message still waits, with so many approvals, and nothing has left. */
export const stillWaits = async (house: House, message: Shown, approvals = 0): Promise<void> => {
  const shown = await house.show(message);
  same([shown.status, shown.approvals], ["pending_approval", approvals], "status and approvals of the message");
  await house.nothingLeaves();
};

/** A reviewer approves it, and it leaves. */
export const approveAndLeave = async (house: House, message: Shown, key = house.alice): Promise<void> => {
  hasStatus(await house.decide(key, message, "approve", { digest: message.digest }), 200);
  await house.leaves(message);
  await house.until(message, "delivered");
};

/** Whether the relay that takes our mail could be reached when it was last asked. */
import { Context } from "effect";

export type RelayState = "unknown" | "ready" | "unreachable";

/** A reference: by default, the relay has not been asked. */
export const RelayStatus = Context.Reference<{ readonly current: () => RelayState }>(
  "countersign/contracts/RelayStatus",
  {
    defaultValue: () => ({ current: () => "unknown" }),
  },
);

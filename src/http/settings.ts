/** What the installation may set. */
import { Context } from "effect";

export interface HttpSettings {
  /** How long an approval waits for the hand-over's outcome before it answers with the status as it is, milliseconds. */
  readonly outcomeWait: number;
}

/** A reference: left alone, the defaults hold. */
export const HttpSettings = Context.Reference<HttpSettings>("countersign/http/Settings", {
  defaultValue: () => ({ outcomeWait: 2000 }),
});

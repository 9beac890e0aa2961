/** The clock of the house: whole seconds since 1970-01-01T00:00:00Z, from Effect's `Clock`, so that a test can set it. @spec OV-18 */
import { Clock, Effect } from "effect";

export const nowSeconds: Effect.Effect<number> = Effect.map(Clock.currentTimeMillis, (millis) =>
  Math.floor(millis / 1000),
);

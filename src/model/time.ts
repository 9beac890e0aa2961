/** Moments: whole seconds since 1970-01-01T00:00:00Z, and RFC 3339 in UTC for people and clients. @spec OV-18 */
import { Clock, Effect } from "effect";

/** Milliseconds as whole seconds, rounded down. */
export const toSeconds = (millis: number): number => Math.floor(millis / 1000);

/** Now, from Effect's `Clock`, so that a test can set it. */
export const nowSeconds: Effect.Effect<number> = Effect.map(Clock.currentTimeMillis, toSeconds);

/** The last moment that `instant` can write, seconds. */
export const LAST_INSTANT = 253_402_300_799;

/** Seconds from 0 to `LAST_INSTANT` → RFC 3339 with milliseconds: `2026-11-28T09:00:00.000Z`. The caller keeps to the bounds. */
export const instant = (seconds: number): string => new Date(seconds * 1000).toISOString();

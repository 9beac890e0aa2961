/** Moments in a request: RFC 3339 in UTC, which is written `Z` or `+00:00`. */
import { Effect } from "effect";
import { refuse, type Given, type RequestError } from "./RequestError.ts";

const INSTANT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|\+00:00)$/;

/** RFC 3339 in UTC → seconds, rounded up; `null` for anything else, days that do not exist included. */
export const secondsOf = (text: string): number | null => {
  const match = INSTANT.exec(text);
  const millis = match === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(millis) || new Date(millis).toISOString().slice(0, 10) !== match?.[1]
    ? null
    : Math.ceil(millis / 1000);
};

/** When a message is to leave, seconds; `null` when the request gives no time. */
export const sendAtOf = (given: Given<string>): Effect.Effect<number | null, RequestError> => {
  if (given === undefined || given === null) return Effect.succeed(null);
  const seconds = secondsOf(given);
  return seconds === null
    ? Effect.fail(refuse("send_at", "send_at is not a moment in UTC.", "Write it like 2026-01-31T09:00:00Z."))
    : Effect.succeed(seconds);
};

/** Names for new things: a prefix and a ULID, which sorts by time. Ids are names, not secrets. */
import { randomBytes } from "node:crypto";
import { Clock, Effect } from "effect";
import { ulid } from "ulid";

export const newId = (prefix: "msg" | "mbx" | "ak" | "tnt"): Effect.Effect<string> =>
  Effect.map(Clock.currentTimeMillis, (millis) => `${prefix}_${ulid(millis)}`);

/** 128 random bits, hex: keeps a commitment to a short text from being guessed. */
export const newSalt = (): string => randomBytes(16).toString("hex");

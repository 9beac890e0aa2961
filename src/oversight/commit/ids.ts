/** Names for new things: a prefix and a ULID, which sorts by time. Ids are names, not secrets; salts are. */
import { randomBytes } from "node:crypto";
import { Clock, Effect } from "effect";
import { ulid } from "ulid";

/** Random bytes are fetched by the page: a system call each would cost more than all the rest of an id. */
const page = 4096;
let bytes = randomBytes(page);
let used = 0;

const take = (count: number): Buffer => {
  if (used + count > page) {
    bytes = randomBytes(page);
    used = 0;
  }
  used += count;
  return bytes.subarray(used - count, used);
};

/** 0 ≤ x < 1; a byte is enough for one of 32 letters. */
const chance = (): number => take(1)[0]! / 256;

export const newId = (prefix: "msg" | "mbx" | "ak" | "tnt" | "hold"): Effect.Effect<string> =>
  Effect.map(Clock.currentTimeMillis, (millis) => `${prefix}_${ulid(millis, chance)}`);

/** 128 random bits, hex: keeps a commitment to a short text from being guessed. */
export const newSalt = (): string => take(16).toString("hex");

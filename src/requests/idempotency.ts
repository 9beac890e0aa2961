/** The key by which a client that did not hear the answer asks again without sending twice. */
import { Effect } from "effect";
import { oneOf, refuse, type Given } from "./RequestError.ts";

const KEY = /^[!-~]{1,255}$/;

/** From the header field or the body; `null` when neither has one. */
export const idempotencyKeyOf = Effect.fnUntraced(function* (header: Given<string>, body: Given<string>) {
  const key = yield* oneOf(["Idempotency-Key", header], ["idempotency_key", body]);
  return key === null || KEY.test(key)
    ? key
    : yield* refuse(
        "idempotency_key",
        "The idempotency key is not usable.",
        "Use 1 to 255 visible ASCII characters, for example a UUID.",
        "unusable",
      );
});

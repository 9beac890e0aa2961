import fc from "fast-check";
import { assert, describe, it } from "vitest";
import { ulid } from "ulid";
import { parsePendingId, pendingId } from "../../src/model/PendingId.ts";

describe("a pending id", () => {
  it("names one revision of one message, and has one spelling", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 47 }), fc.integer({ min: 1, max: 100_000 }), (at, revision) => {
        const message = `msg_${ulid(at)}`;
        const id = pendingId(message, revision);
        assert.deepEqual(parsePendingId(id), { message, revision });
        assert.strictEqual(id.includes("_r"), revision > 1);
      }),
    );
  });

  it.each([
    "",
    "pend_",
    "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "pend_01ARZ3NDEKTSV4RRFFQ69G5FAV_r1",
    "pend_01ARZ3NDEKTSV4RRFFQ69G5FAV_r02",
    "pend_01ARZ3NDEKTSV4RRFFQ69G5FAV_r0",
    "pend_01arz3ndektsv4rrffq69g5fav",
    "pend_01ARZ3NDEKTSV4RRFFQ69G5FAV\n",
    "pend_01ARZ3NDEKTSV4RRFFQ69G5FAV_r2x",
  ])("%j is none", (text) => {
    assert.isNull(parsePendingId(text));
  });
});

import { assert, describe, it } from "vitest";
import { leafMembers, members, textOf, textsOf } from "../../../src/audit/leaf/members.ts";

describe("members of JSON that somebody else wrote", () => {
  it("are an object's, and nothing else's", () => {
    const object = { a: 1 };
    assert.strictEqual(members(object), object);
    for (const other of [null, undefined, true, 1, "a", [1], [object]]) assert.deepEqual(members(other), {});
  });

  it("are texts only where they are strings", () => {
    assert.strictEqual(textOf(""), "");
    for (const other of [null, undefined, 1, ["a"], { a: "a" }]) assert.isNull(textOf(other));
    assert.deepEqual(textsOf(["a", 1, null, ["b"], "c"]), ["a", "c"]);
    for (const other of [null, undefined, "abc", { length: 1, 0: "a" }]) assert.deepEqual(textsOf(other), []);
  });

  it("are none of a leaf that cannot be read", () => {
    assert.deepEqual(leafMembers('{"type":"submit"}'), { type: "submit" });
    for (const leaf of ["", "{", "[1]", "null", '"a"']) assert.deepEqual(leafMembers(leaf), {});
  });
});

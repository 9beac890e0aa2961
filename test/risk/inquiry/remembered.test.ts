import { expect, it } from "vitest";
import { remembered } from "../../../src/risk/inquiry/remembered.ts";

it("derives once for a list that says the same, and again when it says something else", () => {
  let derivations = 0;
  const joined = remembered((list) => {
    derivations++;
    return list.join();
  });
  const list = ["a", "b"];
  expect([joined(list), joined(list), derivations]).toEqual(["a,b", "a,b", 1]);
  list[1] = "c";
  expect([joined(list), joined(list), derivations]).toEqual(["a,c", "a,c", 2]);
  list.push("d");
  expect([joined(list), derivations]).toEqual(["a,c,d", 3]);
  expect([joined(["a", "c", "d"]), derivations]).toEqual(["a,c,d", 4]);
});

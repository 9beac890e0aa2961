import { assert, describe, it } from "vitest";
import { makeCircuitBreaker } from "../../../src/risk/inquiry/CircuitBreaker.ts";

const names = ["a", "b", "c", "d", "e"];

describe("the circuit breaker", () => {
  it("opens when five names in a row have failed, and not for one that fails a hundred times", () => {
    const breaker = makeCircuitBreaker();
    for (let i = 0; i < 100; i++) breaker.report(false, "a", i);
    assert.isTrue(breaker.admit(100));
    for (const name of ["b", "c", "d"]) breaker.report(false, name, 100);
    breaker.report(true, "e", 100);
    for (const name of ["b", "c", "d", "e"]) breaker.report(false, name, 100);
    assert.deepEqual(breaker.state(100), { state: "closed", failures: 4, retryAt: null });
    breaker.report(false, "f", 100);
    assert.deepEqual(breaker.state(100), { state: "open", failures: 5, retryAt: 130 });
    assert.isFalse(breaker.admit(129));
  });

  it("lets one probe through, and closes when it succeeds", () => {
    const breaker = makeCircuitBreaker();
    for (const name of names) breaker.report(false, name, 0);
    assert.strictEqual(breaker.state(30).state, "half_open");
    assert.isTrue(breaker.admit(30));
    assert.isFalse(breaker.admit(30));
    breaker.report(true, "a", 31);
    assert.deepEqual(breaker.state(31), { state: "closed", failures: 0, retryAt: null });
    assert.isTrue(breaker.admit(31));
  });

  it("waits twice as long after each probe that fails, up to its limit, and begins anew after a success", () => {
    const breaker = makeCircuitBreaker({ openSeconds: 10, longestSeconds: 35 });
    for (const name of names) breaker.report(false, name, 0);
    let now = 10;
    for (const pause of [20, 35, 35]) {
      assert.isTrue(breaker.admit(now));
      breaker.report(false, "x", now);
      assert.strictEqual(breaker.state(now).retryAt, now + pause);
      now += pause;
    }
    assert.isTrue(breaker.admit(now));
    breaker.report(true, "x", now);
    for (const name of names) breaker.report(false, name, now);
    assert.strictEqual(breaker.state(now).retryAt, now + 10);
  });

  it("is not pushed further by those who were asked before it opened", () => {
    const breaker = makeCircuitBreaker();
    for (const name of names) breaker.report(false, name, 0);
    for (const name of names) breaker.report(false, name, 20);
    assert.strictEqual(breaker.state(20).retryAt, 30);
  });
});

import { Effect } from "effect";
import { expect, it } from "vitest";
import { FeedFormat, readFeed } from "../../../src/risk/feeds/FeedFormat.ts";
import { indexing } from "../../../src/risk/feeds/FeedIndex.ts";
import { allAtOnce, inTurns, STEP, type Steps } from "../../../src/risk/feeds/steps.ts";

function* counting(steps: number): Steps<string> {
  for (let i = 0; i < steps; i++) yield;
  return "done";
}

it("lets the event loop turn after each step", async () => {
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    if (isOver) return;
    turns++;
    setImmediate(turn);
  };
  turn();
  expect(await Effect.runPromise(inTurns(counting(50)))).toBe("done");
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(50);
  expect(allAtOnce(counting(3))).toBe("done");
});

const stepsOf = <A>(steps: Steps<A>): readonly [number, A] => {
  for (let count = 0; ; count++) {
    const step = steps.next();
    if (step.done === true) return [count, step.value];
  }
};

it.each([
  ["hosts", "", (i: number) => `0.0.0.0 bad${i}.com`],
  ["openphish", "", (i: number) => `https://bad${i}.com/`],
  ["rpz", "@ SOA a. b. 1 2 3 4 5\n", (i: number) => `bad${i}.com CNAME .`],
  [
    "urlhaus_csv",
    "# id,dateadded,url,url_status\n",
    (i: number) => `"${i}","2026-11-20 10:00:00","http://bad${i}.com/","online"`,
  ],
  ["phishtank_csv", "phish_id,url,verified,online\n", (i: number) => `${i},http://bad${i}.com/,yes,yes`],
] as const satisfies readonly (readonly [FeedFormat, string, (i: number) => string])[])(
  "reads and indexes %s in steps",
  (format, head, line) => {
    const count = 10 * STEP;
    const text = `${head}${Array.from({ length: count }, (_, i) => line(i)).join("\n")}\n`;
    const [reading, parsed] = stepsOf(readFeed(format, text, 0));
    const [building, index] = stepsOf(indexing(parsed.entries));
    expect([reading >= 10, building >= 10, index.size]).toEqual([true, true, count]);
  },
);

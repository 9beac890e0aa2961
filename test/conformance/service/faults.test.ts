/**
 * A check that passes must be shown to catch: servers with one fault each, every one of them seen by the checks it names, and by none of those
 * that have nothing to do with it.
 */
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { knownIds } from "../../../conformance/service/report.ts";
import { failed, startFaulty, type Faulty } from "./faulty.ts";
import { faults } from "./faults.ts";
import { seenAsNamed, sweptIds } from "./seen.ts";

/** One of each kind, and quick: what a fault does not name of these must pass, so that a suite that fails everything is seen too. */
const others = [
  "service-doors-0105",
  "service-doors-0202",
  "service-modes-0013",
  "service-modes-0018",
  "service-deciding-0001",
  "service-deciding-0018",
  "service-deciding-0020",
  "service-access-0006",
  "service-access-0008",
  "service-input-0001",
  "service-input-0013",
  "service-delivery-0010",
  "service-log-0009",
];

/** Most of a run is waiting to see that nothing happens. */
const sideBySide = 4;

describe.concurrent("faulty servers", { timeout: 300_000 }, () => {
  let servers: readonly Faulty[] = [];
  const free: Faulty[] = [];
  const waiting: ((server: Faulty) => void)[] = [];
  beforeAll(async () => {
    servers = await Promise.all(Array.from({ length: sideBySide }, startFaulty));
    free.push(...servers);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });

  /** One at a time on each server. */
  const on = async (...asked: Parameters<Faulty["run"]>): ReturnType<Faulty["run"]> => {
    const server = free.pop() ?? (await new Promise<Faulty>((given) => waiting.push(given)));
    try {
      return await server.run(...asked);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free.push(server);
      else next(server);
    }
  };

  it("are at least 20, and name checks there are", () => {
    assert.isAtLeast(faults.length, 20);
    assert.strictEqual(new Set(faults.map(({ name }) => name)).size, faults.length);
    for (const { name, caught } of faults) {
      assert.isAbove(caught.length, 0, name);
      for (const id of caught) assert.include(knownIds, id, name);
    }
  });

  it("name checks that saw them when all checks were run, `npm run conformance:servers`", () => {
    for (const [name, { always, sometimes }] of Object.entries(seenAsNamed)) {
      const fault = faults.find((one) => one.name === name);
      assert.isDefined(fault, `${name} is no fault any more`);
      assert.includeMembers([...always], fault?.caught.filter((id) => sweptIds.includes(id)) ?? [], name);
      for (const id of [...always, ...sometimes]) assert.include(knownIds, id, name);
    }
  });

  it("without a fault all of them pass, through the same proxy", async () => {
    const run = await on(null, new Set([...others, ...faults.flatMap(({ caught }) => caught)]));
    assert.isNull(run.fault);
    assert.deepStrictEqual(
      run.results.filter(({ status }) => status !== "pass"),
      [],
    );
  });

  for (const fault of faults) {
    it(`${fault.name}: ${fault.how}`, async () => {
      const run = await on(fault, new Set([...fault.caught, ...others]));
      assert.isNull(run.fault);
      const { always = [], sometimes = [] } = seenAsNamed[fault.name] ?? {};
      const tolerated = [...fault.caught, ...always, ...sometimes];
      const seen = failed(run);
      assert.deepStrictEqual(
        fault.caught.filter((id) => !seen.includes(id)),
        [],
        "these did not see it",
      );
      assert.deepStrictEqual(
        seen.filter((id) => !tolerated.includes(id)),
        [],
        "these have nothing to do with it",
      );
    });
  }
});

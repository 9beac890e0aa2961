/**
 * `npm run conformance:servers [-- option …]`: every check of the service level against every faulty server, and which of them saw it.
 *
 *     [fault …]       only these
 *     --missing       only those of which seen.json says nothing yet
 *     --beside <n>    so many servers at once; default 3
 *     --update        adds what was seen to seen.json: what not every run sees goes to `sometimes`
 *
 * Each server is seen by exactly the checks that `seen.json` names, or the exit status is 1. Takes half an hour and more on two cores, so it is
 * no part of the tests; they run the checks that a fault names first, and some that must not mind.
 *
 * **Gotchas**: not run are the checks that wait for a minute (`slow`). A run in which this process did not get to run for seconds (a machine
 * that was put to sleep) shows nothing, and is made again.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { allChecks } from "../../../conformance/service/checks.ts";
import type { ServiceRun } from "../../../conformance/service/run.ts";
import { failed, startFaulty } from "./faulty.ts";
import { faults } from "./faults.ts";
import type { Fault } from "./proxy.ts";
import { seenAsNamed, seenFile, type Seen, sweptIds } from "./seen.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    missing: { type: "boolean", default: false },
    beside: { type: "string", default: "3" },
    update: { type: "boolean", default: false },
  },
});
const only = new Set(sweptIds);
const named: Record<string, Seen> = { ...seenAsNamed };
const wrong: string[] = [];

/** Written after each run, so that a sweep that is cut short is not lost. */
const write = (): void => {
  const lines = faults.flatMap(({ name }) =>
    named[name] === undefined ? [] : [`  ${JSON.stringify(name)}: ${JSON.stringify(named[name])}`],
  );
  writeFileSync(seenFile, `{\n${lines.join(",\n")}\n}\n`);
};

const updated = (before: Seen | undefined, ids: readonly string[]): Seen => {
  if (before === undefined) return { always: ids, sometimes: [] };
  const always = before.always.filter((id) => ids.includes(id));
  const all = new Set([...before.always, ...before.sometimes, ...ids]);
  return { always, sometimes: [...all].filter((id) => !always.includes(id)).toSorted() };
};

const take = (fault: Fault | null, run: ServiceRun): void => {
  const name = fault?.name ?? "no fault";
  const ids = failed(run);
  if (fault !== null && values.update) {
    named[name] = updated(named[name], ids);
    write();
  }
  const { always, sometimes } = named[name] ?? { always: [], sometimes: [] };
  const due = [...always, ...(fault?.caught ?? [])];
  const unseen = [...new Set(due)].filter((id) => only.has(id) && !ids.includes(id));
  const more = ids.filter((id) => !always.includes(id) && !sometimes.includes(id));
  if (run.fault !== null) wrong.push(`${name}: ${run.fault}`);
  else if (unseen.length + more.length > 0)
    wrong.push(`${name}: not seen by [${unseen.join(", ")}], seen also by [${more.join(", ")}]`);
  process.stdout.write(`${JSON.stringify({ name, seen: ids, unseen, more })}\n`);
  const told = run.results.filter(({ status }) => fault === null && status !== "pass");
  for (const { id, status, context } of told) process.stdout.write(`  ${id}: ${status}: ${context}\n`);
};

/** When this process last did not get to run for seconds. */
let slept = 0;
let beat = Date.now();
const heart = setInterval(() => {
  if (Date.now() - beat > 5000) slept = Date.now();
  beat = Date.now();
}, 250);

/** On a server of its own: what one fault did to the log, or to a tenant, is none of the next one's. */
const ran = async (fault: Fault | null): Promise<ServiceRun> => {
  const began = Date.now();
  const server = await startFaulty();
  const run = await server.run(fault, only).finally(server.stop);
  if (slept <= began) return run;
  process.stdout.write(`${JSON.stringify({ name: fault?.name ?? "no fault", again: "the machine slept" })}\n`);
  return ran(fault);
};

const chosen = faults.filter(
  ({ name }) => (positionals.length === 0 || positionals.includes(name)) && !(values.missing && name in seenAsNamed),
);
const left: (Fault | null)[] = [null, ...chosen];
const work = async (): Promise<void> => {
  for (let fault = left.shift(); fault !== undefined; fault = left.shift()) take(fault, await ran(fault));
};
// Servers are ended at the exit of this process, which a signal alone would skip.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
await Promise.all(Array.from({ length: Number(values.beside) }, work));
clearInterval(heart);

for (const line of wrong) process.stderr.write(`${line}\n`);
const exact = chosen.length - wrong.length;
process.stdout.write(
  `${chosen.length} faulty servers, ${exact} seen by exactly the checks named, of ${allChecks.length + 1}\n`,
);
process.exitCode = wrong.length === 0 ? 0 : 1;

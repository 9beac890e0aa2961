/**
 * `node test/conformance/service/sweep.ts [fault …]`: every check against every faulty server, and which of them noticed. Takes about half
 * a minute for each fault, so it is no part of the tests; they run the checks that a fault names, and some that must not mind.
 *
 * Exit status 1 when a check that a fault names did not see it.
 */
import { allChecks } from "../../../conformance/service/checks.ts";
import { failed, startFaulty } from "./faulty.ts";
import { faults } from "./faults.ts";

const chosen = process.argv.length > 2 ? faults.filter(({ name }) => process.argv.includes(name)) : faults;
const only = new Set([...allChecks.filter(({ slow }) => slow !== true).map(({ id }) => id), "service-doors-9999"]);
const server = await startFaulty();
let missed = 0;
for (const fault of [null, ...chosen]) {
  const run = await server.run(fault, only);
  const seen = failed(run);
  const unseen = (fault?.caught ?? []).filter((id) => !seen.includes(id));
  missed += unseen.length + (fault === null ? seen.length : 0);
  process.stdout.write(
    `${JSON.stringify({ fault: fault?.name ?? null, checks: run.results.length, caught: seen, missed: unseen })}\n`,
  );
  if (fault === null) {
    for (const { id, status, context } of run.results)
      if (status === "fail") process.stdout.write(`  ${id}: ${context}\n`);
  }
  if (run.fault !== null) process.stdout.write(`${run.fault}\n`);
}
await server.stop();
process.exitCode = missed === 0 ? 0 : 1;

/**
 * A broken client as a program: `node main.ts <fault>`, speaking the adapter protocol.
 */
import { createInterface } from "node:readline";
import { broken, faults } from "./faults.ts";

const fault = faults.find(({ name }) => name === process.argv[2]);
if (fault === undefined) {
  process.stderr.write(`one of: ${faults.map(({ name }) => name).join(" ")}\n`);
  process.exit(2);
}
const answer = broken(fault);
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Parameters<typeof answer>[0];
  process.stdout.write(`${JSON.stringify({ id: request.id, ...(await answer(request)) })}\n`);
}

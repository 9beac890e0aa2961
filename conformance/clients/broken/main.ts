/**
 * A broken client as a program: `node main.ts <fault>`, speaking the adapter protocol.
 */
import { serve } from "../reference/serve.ts";
import { broken, faults } from "./faults.ts";

const fault = faults.find(({ name }) => name === process.argv[2]);
if (fault === undefined) {
  process.stderr.write(`one of: ${faults.map(({ name }) => name).join(" ")}\n`);
  process.exit(2);
}
await serve(broken(fault));

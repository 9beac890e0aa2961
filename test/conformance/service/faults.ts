/** Servers with one fault each, and the checks that must see it. `sweep.ts` runs all checks against all of them. */
import { accessFaults } from "./faults/accessFaults.ts";
import { decisionFaults } from "./faults/decisionFaults.ts";
import { deliveryFaults } from "./faults/deliveryFaults.ts";
import { doorFaults } from "./faults/doorFaults.ts";
import { keepingFaults } from "./faults/keepingFaults.ts";
import { logFaults } from "./faults/logFaults.ts";
import type { Fault } from "./proxy.ts";

export const faults: readonly Fault[] = [
  ...doorFaults,
  ...decisionFaults,
  ...accessFaults,
  ...deliveryFaults,
  ...logFaults,
  ...keepingFaults,
];

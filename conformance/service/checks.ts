/** All checks of the service level, in the order of the report. */
import type { Check } from "./check.ts";
import { doorChecks } from "./checks/doors.ts";

export const allChecks: readonly Check[] = [...doorChecks];

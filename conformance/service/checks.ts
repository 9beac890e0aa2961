/** All checks of the service level, in the order of the report. */
import type { Check } from "./check.ts";
import { accessChecks } from "./checks/access.ts";
import { decidingChecks } from "./checks/deciding.ts";
import { deliveryChecks } from "./checks/delivery.ts";
import { doorChecks } from "./checks/doors.ts";
import { evidenceChecks } from "./checks/evidence.ts";
import { inputChecks } from "./checks/input.ts";
import { keepingChecks } from "./checks/keeping.ts";
import { logChecks } from "./checks/log.ts";
import { modeChecks } from "./checks/modes.ts";
import { proofChecks } from "./checks/proof.ts";
import { quorumChecks } from "./checks/quorum.ts";
import { raceChecks } from "./checks/races.ts";
import { stopChecks } from "./checks/stop.ts";

export const allChecks: readonly Check[] = [
  ...doorChecks,
  ...modeChecks,
  ...stopChecks,
  ...decidingChecks,
  ...quorumChecks,
  ...raceChecks,
  ...accessChecks,
  ...inputChecks,
  ...deliveryChecks,
  ...logChecks,
  ...evidenceChecks,
  ...proofChecks,
  ...keepingChecks,
];

/** Runs the command line of this process. `main.ts` loads it on a Node that can. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime";
import * as NodeServices from "@effect/platform-node/NodeServices";
import { Cause, Effect } from "effect";
import { countersign } from "./countersign.ts";
import { endOnClosedPipe, teardown } from "./exit.ts";

endOnClosedPipe();
countersign(process.argv.slice(2)).pipe(
  Effect.provide(NodeServices.layer),
  // The command has reported each foreseen failure. A defect must be reported too.
  Effect.tapCause((cause) =>
    Effect.sync(() => {
      if (Cause.hasDies(cause)) process.stderr.write(`This is a defect of countersign:\n${Cause.pretty(cause)}\n`);
    }),
  ),
  (program) => NodeRuntime.runMain(program, { disableErrorReporting: true, teardown }),
);

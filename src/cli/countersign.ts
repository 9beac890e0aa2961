/** The command line as a value: `main.ts` runs it, and so may a test. */
import { Effect } from "effect";
import { Command } from "effect/cli";
import { version } from "../packaged.ts";
import { audit } from "./audit.ts";
import { conformance, conformanceWith } from "./conformance.ts";
import { demo } from "./demo/command.ts";
import { Exit } from "./exit.ts";
import { exportLog } from "./export.ts";
import { keys } from "./keys.ts";
import { proofs } from "./proofs.ts";
import { report } from "./report.ts";
import { risk } from "./risk.ts";
import { serve } from "./serve.ts";
import { verify } from "./verify.ts";

const command = Command.make("countersign").pipe(
  Command.withDescription(
    "Oversight for AI agents' email: who wrote it, who let it go, provable by anyone.\n\n" +
      "Exit status: 0 done or sound, 1 wrong or refused, 2 cannot tell or cannot start.",
  ),
  Command.withSubcommands([serve, demo, verify, exportLog, report, keys, proofs, audit, conformance, risk]),
);

/** Runs one command line (without the program's name). Fails with the exit status when it is not 0. */
export const countersign = (args: readonly string[]) =>
  args[0] === "conformance" ? conformanceWith(args.slice(1)) : commanded(args);

const commanded = (args: readonly string[]) =>
  Command.runWith(command, { version })(args).pipe(
    // The help and what is wrong have been printed. 1 would mean that a message is forged.
    Effect.catchTag("ShowHelp", ({ errors }) =>
      errors.length === 0 ? Effect.void : Effect.fail(new Exit({ status: 2 })),
    ),
  );

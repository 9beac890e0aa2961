#!/usr/bin/env node
/**
 * `countersign`: the operator's and the auditor's command line.
 *
 * Exit status: 0 done or sound; 1 wrong, refused or unsound; 2 cannot tell, or the command or the server cannot start as given.
 */
import { readFileSync } from "node:fs";
import * as NodeRuntime from "@effect/platform-node/NodeRuntime";
import * as NodeServices from "@effect/platform-node/NodeServices";
import { Effect } from "effect";
import { Command } from "effect/cli";
import { demo } from "./demo/command.ts";
import { Exit, teardown } from "./exit.ts";
import { keys } from "./keys.ts";
import { serve } from "./serve.ts";
import { verify } from "./verify.ts";

// Two folders up from `src/cli` and from `dist/cli` alike.
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const countersign = Command.make("countersign").pipe(
  Command.withDescription(
    "Oversight for AI agents' email: who wrote it, who let it go, provable by anyone.\n\n" +
      "Exit status: 0 done or sound, 1 wrong or refused, 2 cannot tell or cannot start.",
  ),
  Command.withSubcommands([serve, demo, verify, keys]),
);

countersign.pipe(
  Command.run({ version }),
  // The help and what is wrong have been printed. 1 would say that a message is forged.
  Effect.catchTag("ShowHelp", ({ errors }) =>
    errors.length === 0 ? Effect.void : Effect.fail(new Exit({ status: 2 })),
  ),
  Effect.provide(NodeServices.layer),
  (program) => NodeRuntime.runMain(program, { disableErrorReporting: true, teardown }),
);

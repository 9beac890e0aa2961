/** `countersign demo`: one gated email through the whole house, explained line by line; and an SMTP server for trials. */
import { Effect, Option } from "effect";
import { Command, Flag } from "effect/cli";
import { quit } from "../exit.ts";
import { receiver } from "./trialReceiver.ts";
import { playStory, StoryError } from "./story.ts";

const keep = Flag.String("keep").pipe(
  Flag.withDescription("Leave the delivered message, the public keys and the log in this folder, to check them"),
  Flag.optional,
);

export const demo = Command.make("demo", { keep }, ({ keep }) =>
  Effect.tryPromise({
    try: () =>
      playStory({
        line: (text) => void process.stdout.write(`${text}\n`),
        colour: process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined,
        keep: Option.getOrNull(keep),
      }),
    catch: (cause) => cause,
  }).pipe(
    Effect.catch((cause) =>
      quit(
        1,
        cause instanceof StoryError
          ? `\nThis is not as it should be: ${cause.message}`
          : `\nThe demo broke: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
      ),
    ),
  ),
).pipe(
  Command.withDescription(
    "Play one gated email from an agent to a recipient on this machine, and check every step.\n" +
      "Exit status: 0 all as it should be, 1 something was not.",
  ),
  Command.withShortDescription("Play one gated email on this machine, and check every step"),
  Command.withExamples([
    { command: "countersign demo", description: "Nothing stays behind" },
    { command: "countersign demo --keep evidence", description: "Leave what an auditor needs in ./evidence" },
  ]),
  Command.withSubcommands([receiver]),
);

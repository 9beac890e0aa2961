/** `countersign demo`: one gated email through the whole house, explained line by line; and an SMTP server for trials. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { Effect, Option } from "effect";
import { Command, Flag } from "effect/cli";
import { quit } from "../exit.ts";
import { receiver } from "./trialReceiver.ts";
import { keptFiles } from "./audit.ts";
import { playStory } from "./story.ts";
import { StoryError } from "./StoryError.ts";

const keep = Flag.String("keep").pipe(
  Flag.withDescription("Leave the delivered message, the public keys and the log in this folder, to check them"),
  Flag.optional,
);

const overwrite = Flag.Boolean("overwrite").pipe(
  Flag.withDescription("With --keep: write over what an earlier demo, or somebody else, left in the folder"),
  Flag.withDefault(false),
);

/** Whether the folder can take what is kept, told before the story and not after it. */
const checkFolder = Effect.fnUntraced(function* (folder: string, overwrite: boolean) {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    return yield* quit(2, `${folder} is a file.`, "  --keep takes a folder, which is made if it is not there.");
  const there = overwrite ? [] : keptFiles.filter((name) => existsSync(join(folder, name)));
  if (there.length > 0)
    return yield* quit(
      2,
      `In ${folder} there is already ${there.join(", ")}; nothing was written.`,
      "  Name another folder, or say --overwrite.",
    );
});

const play = Effect.fnUntraced(function* (asked: {
  readonly keep: Option.Option<string>;
  readonly overwrite: boolean;
}) {
  const keep = Option.getOrNull(asked.keep);
  if (keep !== null) yield* checkFolder(keep, asked.overwrite);
  return yield* Effect.tryPromise({
    try: () =>
      playStory({
        line: (text) => void process.stdout.write(`${text}\n`),
        colour: process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined,
        keep,
        overwrite: asked.overwrite,
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
  );
});

export const demo = Command.make("demo", { keep, overwrite }, play).pipe(
  Command.withDescription(
    "Play one gated email from an agent to a recipient on this machine, and check every step.\n" +
      "Exit status: 0 all as it should be, 1 something was not, 2 it cannot start as given.",
  ),
  Command.withShortDescription("Play one gated email on this machine, and check every step"),
  Command.withExamples([
    { command: "countersign demo", description: "Nothing stays behind" },
    { command: "countersign demo --keep evidence", description: "Leave what an auditor needs in ./evidence" },
  ]),
  Command.withSubcommands([receiver]),
);

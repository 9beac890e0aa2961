/** `countersign demo`: one gated email through the whole house, explained line by line. */
import { Effect } from "effect";
import { Command } from "effect/cli";
import { quit } from "../exit.ts";
import { playStory, StoryError } from "./story.ts";

export const demo = Command.make("demo", {}, () =>
  Effect.tryPromise({
    try: () =>
      playStory({
        line: (text) => void process.stdout.write(`${text}\n`),
        colour: process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined,
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
).pipe(Command.withDescription("Play one gated email from an agent to a recipient on this machine, and check every step."));

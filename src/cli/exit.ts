/** Ends a command with an exit status and a message on standard error. */
import { Effect, Runtime, Schema } from "effect";

/** Carries the exit status to the runtime; the message has been printed by then. */
export class Exit extends Schema.TaggedError<Exit>()("Exit", { status: Schema.Int }) {
  override get [Runtime.errorExitCode](): number {
    return this.status;
  }
}

/** Prints and fails. */
export const quit = (status: number, ...lines: readonly string[]): Effect.Effect<never, Exit> =>
  Effect.suspend(() => {
    for (const line of lines) process.stderr.write(`${line}\n`);
    return Effect.fail(new Exit({ status }));
  });

/** Ends a command with an exit status and a message on standard error. */
import { Cause, Effect, Exit as EffectExit, Runtime, Schema } from "effect";

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

let serving = false;

/** Marks what runs until a signal: the signal then ends it well, with status 0. */
export const untilSignal = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    serving = true;
    return run;
  });

/** The process's exit status, set when all is closed. */
export const teardown: Runtime.Teardown = (exit, end) =>
  serving && EffectExit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
    ? end(0)
    : Runtime.defaultTeardown(exit, end);

/** The exit status of a program that SIGPIPE ends: the reader of its output has read enough. */
export const closedPipe = 141;

/** Whether this is what a write to a pipe fails with that its reader has closed. */
export const isClosedPipe = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && (cause.code === "EPIPE" || cause.code === "ERR_STREAM_DESTROYED");

/** Ends a command, in silence, once its output is not read any more. A server goes on: its lines may have other readers. */
export const endOnClosedPipe = (): void => {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error) => {
      if (!isClosedPipe(error)) throw error;
      if (!serving) process.exit(closedPipe);
    });
};

const inWords: { readonly [code: string]: string } = {
  ENOENT: "no such file (ENOENT)",
  EISDIR: "this is a folder (EISDIR)",
  EACCES: "not permitted (EACCES)",
  ENOTDIR: "a part of its path is no folder (ENOTDIR)",
};

/** Why a file could not be read or written, in words; the caller names the file. */
export const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  if (!("code" in cause)) return cause.message;
  return inWords[String(cause.code)] ?? String(cause.code);
};

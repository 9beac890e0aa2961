/**
 * `countersign conformance`: runs the conformance suite of this package against an implementation of the specification.
 *
 * The suite is a program of its own that shares no code with this one, so it is started, with the arguments as they are: `--client` for
 * an adapter (core and verifier levels), `--url` for a running server (service level).
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Effect } from "effect";
import { Command } from "effect/cli";
import { Exit, quit } from "./exit.ts";

/** As it is in the repository, or as it was built. */
const program = (level: "runner" | "service"): string =>
  fileURLToPath(
    import.meta.url.endsWith(".ts")
      ? new URL(`../../conformance/${level}/main.ts`, import.meta.url)
      : new URL(`../conformance/${level}/main.js`, import.meta.url),
  );

const isService = (arg: string): boolean => /^--(url|reference)(=|$)/.test(arg);

const run = (args: readonly string[]): Promise<number> =>
  new Promise((done, fail) => {
    const level = args.some(isService) ? "service" : "runner";
    const child = spawn(process.execPath, [program(level), ...args], { stdio: "inherit" });
    child.once("error", fail);
    child.once("exit", (status) => done(status ?? 2));
  });

/** Runs the suite with these arguments. Fails with its exit status: 1 does not conform, 2 cannot be decided. */
export const conformanceWith = (args: readonly string[]) =>
  Effect.tryPromise(() => run(args)).pipe(
    Effect.catch(({ cause }) => quit(2, `The conformance suite cannot be started: ${String(cause)}`)),
    Effect.flatMap((status) => (status === 0 ? Effect.void : Effect.fail(new Exit({ status })))),
  );

/** For the list of commands; what is run is {@link conformanceWith}, which takes the suite's own options. */
export const conformance = Command.make("conformance").pipe(
  Command.withDescription(
    "Run the conformance suite against an implementation: --client <adapter> or --url <server>; conformance --help says more",
  ),
  Command.withHandler(() => conformanceWith([])),
);

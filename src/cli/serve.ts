/** `countersign serve`: the server, configured by the environment. */
import { Effect, Layer } from "effect";
import { Command } from "effect/cli";
import { layerServer } from "../server/Server.ts";
import { settings } from "../server/settings/settings.ts";
import { readServerSettings, type ServerSettings } from "../server/settings/ServerSettings.ts";
import type { ServiceError } from "../contracts/errors.ts";
import { quit, untilSignal } from "./exit.ts";
import { seeSettings } from "./settings.ts";
import { hintAt } from "./advice.ts";

const table = Object.values(settings)
  .map((it) => `  ${it.name.padEnd(30)} ${it.meaning} [${"text" in it.default ? it.default.text : it.default.words}]`)
  .join("\n");

interface Failure {
  readonly message: string;
  readonly hint?: string;
  readonly advice?: ServiceError["advice"];
  readonly cause?: unknown;
}

/** Why the server cannot start, and what to do. The system's own words where nothing better is known. */
const explain = (failure: Failure, { host, port }: ServerSettings): readonly string[] => {
  const cause = failure.cause as Partial<NodeJS.ErrnoException> | undefined;
  const why = (message: string, hint?: string) => [
    `The server cannot start: ${message}`,
    ...(hint === undefined ? [] : [`  ${hint}`]),
  ];
  switch (cause?.syscall === "listen" || cause?.syscall === "getaddrinfo" ? cause.code : null) {
    case "EADDRINUSE":
      return why(
        `port ${port} of ${host} is taken.`,
        "Stop what listens there, or set PORT; PORT=0 takes any free one.",
      );
    case "EACCES":
      return why(`port ${port} of ${host} is not open to this user.`, "Set PORT to 1024 or above.");
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return why(`${host} is no address of this machine.`, "Set HOST to one that is, or to 0.0.0.0 for all of them.");
  }
  return why(
    failure.message === "" ? (cause?.message ?? String(cause)) : failure.message,
    failure.hint === undefined ? undefined : hintAt({ advice: failure.advice ?? null, hint: failure.hint }),
  );
};

export const serve = Command.make("serve", {}, () =>
  Effect.gen(function* () {
    const config = yield* readServerSettings(process.env).pipe(
      Effect.catch(({ problems }) =>
        quit(2, "The server cannot start:", ...problems.map((problem) => `  ${problem}`), seeSettings),
      ),
    );
    return yield* untilSignal(Layer.launch(layerServer(config, (line) => console.log(line)))).pipe(
      Effect.catch((error) => quit(2, ...explain(error, config))),
    );
  }),
).pipe(
  Command.withDescription(
    "Run the server. It ends on SIGINT or SIGTERM, after what is being handed over, with status 0.\n" +
      `With status 2 it could not start.\n\nEnvironment:\n${table}`,
  ),
  Command.withShortDescription("Run the server, configured by the environment"),
  Command.withExamples([
    {
      command: "SMTP_URL=smtp://127.0.0.1:1025 countersign serve",
      description: "SQLite beside you, mail to a local SMTP server",
    },
    {
      command:
        "DATABASE_URL=postgres://countersign@db/countersign SMTP_URL=smtps://user:pass@mail.example.com countersign serve",
      description: "PostgreSQL, and a mail server over TLS",
    },
  ]),
);

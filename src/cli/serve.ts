/** `countersign serve`: the server, configured by the environment. */
import { Effect, Layer } from "effect";
import { Command } from "effect/cli";
import { layerServer } from "../Server.ts";
import { readConfig, variables } from "../ServerConfig.ts";
import { quit } from "./exit.ts";

const table = variables.map(([name, fallback, meaning]) => `  ${name.padEnd(30)} ${meaning} [${fallback}]`).join("\n");

export const serve = Command.make("serve", {}, () =>
  Effect.gen(function* () {
    const { config, problems } = readConfig(process.env);
    if (problems.length > 0) {
      return yield* quit(2, "The server cannot start:", ...problems.map((problem) => `  ${problem}`), "See: countersign serve --help");
    }
    return yield* Layer.launch(layerServer(config, (line) => console.log(line))).pipe(
      Effect.catch((error) => quit(2, `The server cannot start: ${error.message}`, ...("hint" in error ? [`  ${error.hint}`] : []))),
    );
  }),
).pipe(
  Command.withDescription(`Run the server. It ends on SIGINT or SIGTERM, after what is being handed over.\n\nEnvironment:\n${table}`),
  Command.withExamples([
    { command: "SMTP_URL=smtp://127.0.0.1:1025 countersign serve", description: "SQLite beside you, mail to a local SMTP server" },
    {
      command: "DATABASE_URL=postgres://countersign@db/countersign SMTP_URL=smtps://user:pass@mail.example.com countersign serve",
      description: "PostgreSQL, and a mail server over TLS",
    },
  ]),
);

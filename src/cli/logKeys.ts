/** `countersign keys log`: the keys that sign the log, for an auditor to pin. A running server publishes the same at `/v1/log/keys`. */
import { Effect } from "effect";
import { Command, Flag } from "effect/cli";
import { AuditLog } from "../contracts/AuditLog.ts";
import { layerLog } from "../server/Installation.ts";
import { quit } from "./exit.ts";
import { installationSettings } from "./settings.ts";
import { hintAt } from "./advice.ts";

const json = Flag.Boolean("json").pipe(Flag.withDescription("Print them as JSON, with PEM"), Flag.withDefault(false));

export const logKeys = Command.make("log", { json }, ({ json }) =>
  Effect.flatMap(installationSettings, (config) =>
    Effect.gen(function* () {
      const keys = yield* (yield* AuditLog).keys;
      process.stdout.write(json ? `${JSON.stringify(keys, null, 2)}\n` : keys.map(({ vkey }) => `${vkey}\n`).join(""));
    }).pipe(
      Effect.provide(layerLog(config)),
      Effect.catch((error) =>
        quit(
          2,
          error.message,
          "reason" in error && error.reason === "locked"
            ? "  While a server runs on SQLite, ask it: GET /v1/log/keys."
            : `  ${"hint" in error ? hintAt(error) : ""}`,
        ),
      ),
    ),
  ),
).pipe(
  Command.withDescription(
    "Print the keys that sign the log, one a line, as `countersign audit verify --key` reads them. They are made if there are none.\n" +
      "Give them to your auditors by another way than the log itself.",
  ),
  Command.withShortDescription("Print the keys that sign the log"),
);

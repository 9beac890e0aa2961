/** `countersign keys`: the identity keys in the store: list, export for auditors, rotate, revoke. */
import { Effect, Layer } from "effect";
import { Argument, Command, Flag } from "effect/cli";
import { KeyRecords } from "../identity/KeyRecords.ts";
import { resolvedKey } from "../identity/KeyRecord.ts";
import { KeyRing } from "../identity/KeyRing.ts";
import { layerKeys } from "../Installation.ts";
import { readConfig } from "../ServerConfig.ts";
import { quit } from "./exit.ts";

/** Runs on the store and sealing key that the environment names; nothing is sent, so SMTP_URL need not be set. */
const onStore = <A, E extends { readonly message: string; readonly hint: string }>(
  effect: Effect.Effect<A, E, KeyRing | KeyRecords>,
) =>
  Effect.suspend(() => {
    const { config, problems } = readConfig({ SMTP_URL: "smtp://127.0.0.1", ...process.env });
    if (problems.length > 0) return quit(2, ...problems);
    return effect.pipe(
      Effect.provide(layerKeys(config) as Layer.Layer<KeyRing | KeyRecords, { message: string; hint: string }>),
      Effect.catch((error) => quit(2, error.message, `  ${error.hint}`)),
    );
  });

const day = (seconds: number | null): string => (seconds === null ? "-" : new Date(seconds * 1000).toISOString().slice(0, 10));

const list = Command.make(
  "list",
  { json: Flag.Boolean("json").pipe(Flag.withDescription("Print the public keys as JSON, as `verify --key` reads them"), Flag.withDefault(false)) },
  ({ json }) =>
    onStore(
      Effect.gen(function* () {
        const rows = yield* (yield* KeyRecords).list();
        if (json) {
          process.stdout.write(`${JSON.stringify(rows.map(resolvedKey), null, 2)}\n`);
          return;
        }
        if (rows.length === 0) process.stdout.write("There are no keys yet: each is made when it is first needed.\n");
        for (const row of rows) {
          process.stdout.write(
            `${row.kid}  ${row.kind.padEnd(8)} ${row.status.padEnd(8)} ${day(row.validFrom)} to ${day(row.validTo).padEnd(10)}  ${row.agent ?? row.operator}\n`,
          );
        }
      }),
    ),
).pipe(Command.withDescription("List the identity keys. Never shows a private key."));

const kid = Argument.String("kid").pipe(Argument.withDescription("The key's id, key_…"));

const rotate = Command.make("rotate", { kid }, ({ kid }) =>
  onStore(
    Effect.gen(function* () {
      const made = yield* (yield* KeyRing).rotate(kid);
      process.stdout.write(`${kid} is retired; ${made.kid} takes its place. Old mail keeps verifying.\n`);
    }),
  ),
).pipe(Command.withDescription("Retire a key and make its successor. Stop the server first if it runs on SQLite."));

const revoke = Command.make("revoke", { kid }, ({ kid }) =>
  onStore(
    Effect.gen(function* () {
      yield* (yield* KeyRing).revoke(kid);
      process.stdout.write(`${kid} is revoked: nothing it signed verifies any more.\n`);
    }),
  ),
).pipe(Command.withDescription("End all trust in a key, for good: for a key that was stolen."));

export const keys = Command.make("keys").pipe(
  Command.withDescription("The identity keys in the store (DATABASE_URL, COUNTERSIGN_KEY or COUNTERSIGN_KEY_FILE)."),
  Command.withSubcommands([list, rotate, revoke]),
);

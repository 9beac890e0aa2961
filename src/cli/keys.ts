/**
 * `countersign keys`: the identity keys in the store: list, rotate, revoke.
 *
 * Exit status: 0 done; 1 there is no such key, or it is not in use any more; 2 the store or the sealing key cannot be had.
 */
import { Effect, Layer } from "effect";
import { Argument, Command, Flag } from "effect/cli";
import { resolvedKey } from "../identity/KeyRecord.ts";
import { KeyRecords } from "../identity/KeyRecords.ts";
import { layerKeyRows, layerKeys } from "../server/Installation.ts";
import type { InstallationSettings } from "../server/settings/ServerSettings.ts";
import { quit } from "./exit.ts";
import { logKeys } from "./logKeys.ts";
import { installationSettings } from "./settings.ts";
import { revokeKey, rotateKey, type Succession } from "./succession.ts";

interface Failure {
  readonly reason: string;
  readonly message: string;
  readonly hint: string;
}

const refusals: ReadonlySet<string> = new Set(["unknown_key", "not_in_use", "not_active", "conflict"]);

const explain = ({ reason, message, hint }: Failure) =>
  reason === "locked"
    ? quit(
        2,
        message,
        "  While a server runs on SQLite, the file is its own: stop it, run this again, start it.",
        "  Public keys can be had from the server: GET /v1/identity/keys/{kid}. On PostgreSQL this command works while servers run.",
      )
    : quit(refusals.has(reason) ? 1 : 2, message, `  ${hint}`);

/** Runs on the store and sealing key that the environment names. */
const onStore = <A, E extends Failure, R, E2 extends Failure>(
  layer: (config: InstallationSettings) => Layer.Layer<R, E2>,
  run: (config: InstallationSettings) => Effect.Effect<A, E, R>,
) =>
  Effect.flatMap(installationSettings, (config) =>
    run(config).pipe(Effect.provide(layer(config)), Effect.catch(explain)),
  );

const say = (line: string) => void process.stdout.write(`${line}\n`);

const day = (seconds: number | null): string =>
  seconds === null ? "-" : new Date(seconds * 1000).toISOString().slice(0, 10);

const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print the public keys as JSON, as `verify --key` reads them"),
  Flag.withDefault(false),
);

const list = Command.make("list", { json }, ({ json }) =>
  onStore(layerKeyRows, () =>
    Effect.gen(function* () {
      const rows = yield* (yield* KeyRecords).list();
      if (json) return say(JSON.stringify(rows.map(resolvedKey), null, 2));
      if (rows.length === 0) say("There are no keys yet: each is made when it is first needed.");
      for (const row of rows) {
        const validity = `${day(row.validFrom)} to ${day(row.validTo).padEnd(10)}`;
        say(`${row.kid}  ${row.kind.padEnd(8)} ${row.status.padEnd(8)} ${validity}  ${row.agent ?? row.operator}`);
      }
    }),
  ),
).pipe(
  Command.withDescription(
    "List the identity keys: id, kind, status, validity, whose. Never shows a private key, and needs no sealing key.",
  ),
  Command.withShortDescription("List the identity keys"),
);

const placed = ({ successor, mailbox }: Succession): string =>
  mailbox === null ? `${successor} takes its place.` : `${mailbox} signs with ${successor} from now on.`;

const noticed = "Servers that run notice within a minute.";

const kid = Argument.String("kid").pipe(Argument.withDescription("The key's id, key_…"));

const rotate = Command.make("rotate", { kid }, ({ kid }) =>
  onStore(layerKeys, ({ operatorDomain }) =>
    Effect.map(rotateKey(kid, operatorDomain), (done) => {
      say(`${kid} is ${done.old.status === "revoked" ? "revoked" : "retired"}. ${placed(done)}`);
      if (done.old.status !== "revoked")
        say("It signs what is under way for 48 hours more; what it signed keeps verifying.");
      say(noticed);
    }),
  ),
).pipe(
  Command.withDescription(
    "Retire a key and put its successor in its place. Old mail keeps verifying.\n" +
      "On SQLite stop the server first; on PostgreSQL servers may run. This is no entry of the log.",
  ),
  Command.withShortDescription("Retire a key and put a new one in its place"),
);

const revoke = Command.make("revoke", { kid }, ({ kid }) =>
  onStore(layerKeys, ({ operatorDomain }) =>
    Effect.map(revokeKey(kid, operatorDomain), (done) => {
      say(`${kid} is revoked: nothing it signed verifies any more.`);
      if (done.successor !== null) say(placed(done));
      if (done.old.kind === "operator" && done.old.status === "active") say("The server makes a new operator key.");
      say(noticed);
    }),
  ),
).pipe(
  Command.withDescription(
    "End all trust in a key, for good: for a key that was stolen. A mailbox that signs with it gets a new one.\n" +
      "On SQLite stop the server first; on PostgreSQL servers may run. This is no entry of the log.",
  ),
  Command.withShortDescription("End all trust in a key, for good"),
);

export const keys = Command.make("keys").pipe(
  Command.withDescription(
    "The identity keys in the store that DATABASE_URL names; COUNTERSIGN_KEY or COUNTERSIGN_KEY_FILE opens them.\n" +
      "Exit status: 0 done, 1 no such key or not in use, 2 the store or the sealing key cannot be had.",
  ),
  Command.withShortDescription("List, rotate and revoke the identity keys in the store"),
  Command.withSubcommands([list, logKeys, rotate, revoke]),
);

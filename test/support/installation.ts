/** An installation without its web front, in this process: the real door, store and key ring. */
import { Effect, Layer, References } from "effect";
import { AuditLog } from "../../src/contracts/AuditLog.ts";
import { Oversight } from "../../src/contracts/Oversight.ts";
import { Retention } from "../../src/contracts/Retention.ts";
import { layerDoor } from "../../src/server/Installation.ts";
import { readServerSettings, type ServerSettings } from "../../src/server/settings/ServerSettings.ts";
import { Journal } from "../../src/store/Journal.ts";
import { LogRecords } from "../../src/store/LogRecords.ts";
import { layerFromUrl } from "../../src/store/Store.ts";
import { operator, operatorKey } from "./credentials.ts";

export const configFor = (database: string, more: Record<string, string> = {}): ServerSettings =>
  Effect.runSync(
    readServerSettings({
      DATABASE_URL: database,
      SMTP_URL: "smtp://127.0.0.1:1",
      COUNTERSIGN_KEY: Buffer.alloc(32, 7).toString("base64"),
      COUNTERSIGN_OPERATOR_DOMAIN: "acme.example",
      COUNTERSIGN_DNS: "off",
      ...more,
    }),
  );

/** The door over a store, with its first tenant made. */
export const layerInstallation = (config: ServerSettings, door = layerDoor(config)) =>
  Layer.effectDiscard(Effect.flatMap(Oversight, (oversight) => oversight.bootstrap(operatorKey))).pipe(
    Layer.provideMerge(door),
    Layer.provideMerge(layerFromUrl(config.database)),
  );

export const makeMailbox = (
  mode: "read_only" | "gated_all" | "gated_send" | "monitored" | "autonomous" = "gated_send",
) =>
  Effect.gen(function* () {
    const oversight = yield* Oversight;
    return yield* oversight.createMailbox(operator, {
      address: "support@acme.example",
      agent: "agent-1",
      agentRef: null,
      displayName: "Support",
      oversightAddress: "oversight@acme.example",
      mode,
      policy: {},
    });
  });

export interface Installation {
  readonly log: AuditLog["Service"];
  readonly oversight: Oversight["Service"];
  readonly retention: Retention["Service"];
  readonly journal: Journal["Service"];
  readonly records: LogRecords["Service"];
}

/** Opens the installation over this database, runs `body` in it, and closes it. It logs nothing: refusals are part of the tests. */
export const withInstallation = <A>(
  database: string,
  body: (installation: Installation) => Effect.Effect<A, unknown>,
  config: Record<string, string> = {},
): Promise<A> =>
  Effect.runPromise(
    Effect.gen(function* () {
      return yield* body({
        log: yield* AuditLog,
        oversight: yield* Oversight,
        retention: yield* Retention,
        journal: yield* Journal,
        records: yield* LogRecords,
      });
    }).pipe(
      Effect.provide(
        layerInstallation(configFor(database, config)).pipe(
          Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "None")),
        ),
      ),
      Effect.scoped,
    ),
  );

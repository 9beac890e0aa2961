/**
 * The composition root: an installation with its web front.
 *
 * Order of start: is the port free? → store and migrations → the whole log replayed and held against the stored state →
 * first tenant and operator's key → dispatcher and clock → the REST API. If any step fails, nothing listens and nothing is sent.
 */
import { Duration, Effect, Layer, Schedule } from "effect";
import { HttpServer } from "effect/http";
import { AuditLog } from "../contracts/AuditLog.ts";
import * as Reach from "../accounts/Reach.ts";
import * as Accounts from "../accounts/Accounts.ts";
import * as IdentityDirectory from "../accounts/IdentityDirectory.ts";
import * as Correspondence from "../correspondence/Correspondence.ts";
import {
  type Carrier,
  checkSealingKey,
  layerCarrier,
  layerDoor,
  layerOutgoing,
  layerTakeOver,
} from "./Installation.ts";
import { Oversight } from "../contracts/Oversight.ts";
import { Retention } from "../contracts/Retention.ts";
import type { ServerSettings } from "./settings/ServerSettings.ts";
import { unverifiable } from "./unverifiable.ts";
import { layerFromUrl } from "../store/Store.ts";
import { layerServe } from "../rest/Rest.ts";
import { layerNodeServer, layerPortIsFree } from "../http/NodeServer.ts";
import { MessageLog } from "../contracts/MessageLog.ts";
import { messageLine } from "./messageLines.ts";
import { layerRelayWatch } from "../delivery/RelayWatch.ts";

/** How often the clock looks for what is due or late. */
const tickEvery = Duration.seconds(1);

/** How often the clock looks for what has been kept long enough: retention is in days. */
const sweepEvery = Duration.hours(1);

/** Replays the log, then makes the first tenant and operator's key if there are none. */
const opening = (config: ServerSettings, print: (line: string) => void) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const oversight = yield* Oversight;
      if (!config.skipLogCheck) {
        const { entries, root } = yield* oversight.verifyLog;
        print(`log checked: ${entries} entries, tree head ${root.slice(0, 16)}`);
      }
      // A restored backup is reported before anything is sent from it.
      yield* (yield* AuditLog).ready;
      // A lost or wrong sealing key is reported now, not by mail that cannot be signed.
      yield* checkSealingKey;
      // So is a log that would begin under another name.
      yield* (yield* AuditLog).keys;
      for (const warning of yield* unverifiable(config)) print(`warning: ${warning}`);
      const made = yield* oversight.bootstrap(config.operatorKey);
      if (made !== null) print(`operator key (shown this once): ${made}`);
    }),
  );

/** The clock that releases what is due and expires what is late. */
const layerClock = Layer.effectDiscard(
  Effect.gen(function* () {
    const oversight = yield* Oversight;
    yield* oversight.tick.pipe(
      Effect.catchCause((cause) => Effect.logWarning("The clock missed a beat", cause)),
      Effect.repeat(Schedule.spaced(tickEvery)),
      Effect.forkScoped,
    );
  }),
);

/** Erases what has been kept long enough. */
const layerSweep = Layer.effectDiscard(
  Effect.gen(function* () {
    const retention = yield* Retention;
    yield* retention.sweep.pipe(
      Effect.catchCause((cause) => Effect.logWarning("What is past its retention was not erased", cause)),
      Effect.repeat(Schedule.spaced(sweepEvery)),
      Effect.forkScoped,
    );
  }),
);

const announce = (print: (line: string) => void) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer;
      print(`countersign listens on ${HttpServer.formatAddress(address)}`);
    }),
  );

/** Everything, from one configuration. `print` gets the few lines an operator must see. */
export const layerServer = (
  config: ServerSettings,
  print: (line: string) => void,
  store = layerFromUrl(config.database),
  carrier: Carrier = layerCarrier(config),
) => {
  const address = { host: config.host, port: config.port };
  const web = layerServe.pipe(
    Layer.provide([Accounts.layer, Reach.layer, Correspondence.layer, IdentityDirectory.layer]),
    Layer.merge(announce(print)),
    Layer.provide(layerRelayWatch(config.smtp, print)),
    Layer.provide(layerNodeServer(address)),
  );
  // Provided to one another from the last line up: each stands before the next is built on it.
  return web.pipe(
    Layer.provide(
      Layer.mergeAll(layerOutgoing(carrier, { claimSeconds: config.claimSeconds }), layerClock, layerSweep),
    ),
    Layer.provide(opening(config, print)),
    Layer.provide(layerTakeOver(config)),
    Layer.provide(layerDoor(config)),
    Layer.provide(
      Layer.succeed(MessageLog, (note) => {
        const line = messageLine(note);
        if (line !== null) print(line);
      }),
    ),
    Layer.provide(store),
    // Nothing is made, and no key is shown, for a server that cannot listen.
    Layer.provide(layerPortIsFree(address)),
  );
};

/**
 * The services of an installation, short of its web front: the door on a store, with the operator's keys
 * and settings, and what carries mail out. Tests and the benchmark run exactly this.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { Effect, Layer } from "effect";
import type { AuditLog } from "../contracts/AuditLog.ts";
import { type DispatcherSettings, layerDispatcher } from "../delivery/Dispatcher.ts";
import type { SmtpUrlError } from "../delivery/SmtpSettings.ts";
import { layerSmtp } from "../delivery/SmtpTransport.ts";
import type { Transport } from "../delivery/Transport.ts";
import { KeyRecords, KeyStoreError } from "../identity/KeyRecords.ts";
import * as KeyRing from "../identity/KeyRing.ts";
import * as Seal from "../identity/Seal.ts";
import { layerAuditLog, LogSettings } from "../log/layer.ts";
import { layerRetention } from "../oversight/operator/Retention.ts";
import { layerFetch } from "./layerFetch.ts";
import { layerOversight } from "../oversight/layer.ts";
import { OversightSettings } from "../contracts/settings.ts";
import type { Feeds } from "../risk/feeds/Feeds.ts";
import { layerAssessor, layerFeeds, layerIdleFeeds } from "../risk/layers.ts";
import type { RiskAssessor } from "../risk/RiskAssessor.ts";
import { makeHistory } from "../risk/sources/History.ts";
import type { StoreError } from "../store/Journal.ts";
import { Records } from "../store/Records.ts";
import type { RiskRecords } from "../store/RiskRecords.ts";
import { layerFromUrl, locationOf } from "../store/Store.ts";
import { layerCorrespondenceHistory } from "./CorrespondenceHistory.ts";
import { layerKeyRecords, layerMailboxKeys, layerOutboxClaims, type MailboxKeys } from "./ports.ts";
import type { InstallationSettings, ServerSettings } from "./settings/ServerSettings.ts";

const settingsOf = (config: InstallationSettings) =>
  Layer.succeed(OversightSettings, {
    origin: config.origin,
    operatorDomain: config.operatorDomain,
    policy: config.policy,
    holdAbove: config.holdAbove,
    holdUnknown: config.holdUnknown,
    knownDomains: config.knownDomains,
    disclosure: config.disclosure,
    leaseSeconds: config.leaseSeconds,
    batchLimit: 256,
    dkim: config.dkim,
  });

const logSettingsOf = (config: InstallationSettings) =>
  Layer.succeed(LogSettings, {
    checkpointFile: config.checkpointFile,
    originGiven: config.originGiven,
    entriesPublic: config.logEntriesPublic,
    witnesses: config.witnesses,
  });

const layerSeal = (config: InstallationSettings) =>
  Seal.layerSource({ value: config.sealingKey.value, file: config.sealingKey.file });

/** Keys at rest in the store, under the operator's sealing key. */
const layerIdentity = (config: InstallationSettings) =>
  KeyRing.layer(config.operatorDomain).pipe(Layer.provideMerge(layerKeyRecords), Layer.provideMerge(layerSeal(config)));

/** Opens the newest mailbox key there is, if any. Fails when it was sealed with another sealing key, or is not what was made. */
export const checkSealingKey = Effect.gen(function* () {
  const newest = (yield* (yield* KeyRecords).list("mailbox")).findLast((key) => key.status === "active");
  if (newest !== undefined) yield* (yield* KeyRing.KeyRing).signerFor(newest.kid);
});

const missing = <A>(message: string, hint: string): Layer.Layer<A, KeyStoreError> =>
  Layer.unwrap(Effect.fail(new KeyStoreError({ reason: "unavailable", message, hint })));

/** The store that is there: a command in the wrong folder must not answer from an empty database. */
const layerExistingStore = (
  config: InstallationSettings,
): Layer.Layer<Layer.Success<ReturnType<typeof layerFromUrl>>, KeyStoreError | StoreError> => {
  const location = locationOf(config.database);
  return location.kind === "sqlite" && !existsSync(location.path)
    ? missing(`There is no database ${location.path}.`, "Set DATABASE_URL as it is set for the server.")
    : layerFromUrl(config.database);
};

/** Why there is nothing to open keys with, where the server would make a new sealing key. */
const sealingKeyMissing = <A>({
  sealingKey: { value, file },
}: InstallationSettings): Layer.Layer<A, KeyStoreError> | null =>
  value === undefined && !existsSync(file)
    ? missing(`There is no sealing key in ${file}.`, "Set COUNTERSIGN_KEY or COUNTERSIGN_KEY_FILE as for the server.")
    : null;

/** The rows of the keys alone, without the sealing key. */
export const layerKeyRows = (config: InstallationSettings) =>
  layerKeyRecords.pipe(Layer.provide(Layer.suspend(() => layerExistingStore(config))));

/** The keys with their mailboxes, for `countersign keys`. Fails when there is no sealing key, where the server makes one. */
export const layerKeys = (
  config: InstallationSettings,
): Layer.Layer<KeyRing.KeyRing | KeyRecords | MailboxKeys, KeyStoreError | StoreError | Seal.SealError> =>
  Layer.suspend(
    () =>
      sealingKeyMissing<KeyRing.KeyRing | KeyRecords | MailboxKeys>(config) ??
      Layer.merge(layerIdentity(config), layerMailboxKeys).pipe(Layer.provide(layerExistingStore(config))),
  );

/** For a look from the command line: feeds as they were kept, refreshed only when asked, and time enough for every source. */
export const layerLook = (config: InstallationSettings): Layer.Layer<RiskAssessor | Feeds> =>
  layerAssessor({ ...config.risk, budgetMillis: 10_000 }, { ownDomains: [config.operatorDomain] }).pipe(
    Layer.provideMerge(Layer.orDie(layerIdleFeeds(config.risk))),
    Layer.provide(layerFetch),
  );

/** The same, with what the store knows of past correspondence. */
const layerHouseRisk = (config: InstallationSettings): Layer.Layer<RiskAssessor, never, RiskRecords> =>
  layerAssessor(
    config.risk,
    { ownDomains: [config.operatorDomain] },
    Effect.map(makeHistory, (history) => [history]),
  ).pipe(Layer.provide([Layer.orDie(layerFeeds(config.risk)), layerCorrespondenceHistory]), Layer.provide(layerFetch));

/** The one door with all that stands behind it, on whatever store is provided, with what `risk` knows of the recipients. */
export const layerDoor = (
  config: InstallationSettings,
  risk: Layer.Layer<RiskAssessor, never, RiskRecords> = layerHouseRisk(config),
) =>
  Layer.merge(layerAuditLog, layerRetention).pipe(
    Layer.provideMerge(layerOversight(`${process.pid}-${randomUUID()}`)),
    Layer.provideMerge(Layer.mergeAll(layerIdentity(config), risk, settingsOf(config), logSettingsOf(config))),
    Layer.provide(layerFetch),
  );

/** The log alone, for `countersign export` and `countersign keys log`: nothing is decided and nothing sent. */
export const layerLog = (
  config: InstallationSettings,
): Layer.Layer<AuditLog, KeyStoreError | StoreError | Seal.SealError> =>
  Layer.suspend(() =>
    (sealingKeyMissing(config) ?? layerAuditLog).pipe(
      Layer.provide(Layer.mergeAll(layerSeal(config), settingsOf(config), logSettingsOf(config), layerFetch)),
      Layer.provide(layerExistingStore(config)),
    ),
  );

/** SQLite belongs to one process, so whatever is leased at start was leased by one that is gone. */
export const layerTakeOver = (config: InstallationSettings) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const records = yield* Records;
      if (locationOf(config.database).kind === "sqlite") yield* records.releaseLeases("all");
    }),
  );

/** Whatever takes a permit to its recipients. */
export type Carrier = Layer.Layer<Transport, SmtpUrlError>;

export const layerCarrier = (config: ServerSettings): Carrier =>
  layerSmtp({ url: config.smtp, limits: { maxConnections: config.smtpConnections } });

/** What carries mail out: the dispatcher, a carrier, and their share of the store. */
export const layerOutgoing = (carrier: Carrier, settings: Partial<DispatcherSettings> = {}) =>
  layerDispatcher(settings).pipe(Layer.provide([carrier, layerOutboxClaims]));

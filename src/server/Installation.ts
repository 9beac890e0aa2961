/**
 * What stands behind each service of an installation, short of its web front: the door on a store, with the operator's keys
 * and settings, and what carries mail out. Tests and the benchmark run exactly this.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { Context, Effect, Layer, Result } from "effect";
import type { AuditLog } from "../contracts/AuditLog.ts";
import { type DispatcherSettings, layerDispatcher } from "../delivery/Dispatcher.ts";
import { OutboxClaims } from "../delivery/OutboxClaims.ts";
import { parseSmtpUrl, type SmtpUrlError } from "../delivery/SmtpSettings.ts";
import { layerSmtp } from "../delivery/SmtpTransport.ts";
import type { Transport } from "../delivery/Transport.ts";
import { KeyRecords, KeyStoreError } from "../identity/KeyRecords.ts";
import * as KeyRing from "../identity/KeyRing.ts";
import * as Seal from "../identity/Seal.ts";
import { layerAuditLog, LogSettings } from "../log/layer.ts";
import { layerRetention } from "../oversight/operator/Retention.ts";
import { parseWitnesses } from "../log/Witnesses.ts";
import { layerFetch } from "./layerFetch.ts";
import { layerCorrespondenceHistory } from "./ports.ts";
import { layerOversight } from "../oversight/layer.ts";
import { OversightSettings } from "../contracts/settings.ts";
import type { Feeds } from "../risk/feeds/Feeds.ts";
import { layerAssessor, layerFeeds, layerIdleFeeds } from "../risk/layers.ts";
import type { RiskAssessor } from "../risk/RiskAssessor.ts";
import { makeHistory } from "../risk/sources/History.ts";
import type { ServerConfig } from "./settings.ts";
import type { StoreError } from "../store/Journal.ts";
import { Records } from "../store/Records.ts";
import type { RiskRecords } from "../store/RiskRecords.ts";
import { layerFromUrl, locationOf } from "../store/Store.ts";

const settingsOf = (config: ServerConfig) =>
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

const logSettingsOf = (config: ServerConfig) =>
  Layer.succeed(LogSettings, {
    checkpointFile: config.checkpointFile,
    entriesPublic: config.logEntriesPublic,
    witnesses: parseWitnesses(config.witnesses).witnesses,
  });

const keyStoreError = (error: StoreError): KeyStoreError =>
  new KeyStoreError({
    reason: error.reason === "conflict" ? "duplicate" : error.reason === "corrupt" ? "corrupt" : "unavailable",
    message: error.message,
    hint: error.hint,
  });

/** The key ring's port, on the store. */
const layerKeyRecords = Layer.effect(
  KeyRecords,
  Effect.gen(function* () {
    const records = yield* Records;
    return KeyRecords.of({
      insert: (row) => records.insertKey(row).pipe(Effect.mapError(keyStoreError)),
      find: (kid) => records.findKey(kid).pipe(Effect.mapError(keyStoreError)),
      list: (kind) => records.listKeys(kind).pipe(Effect.mapError(keyStoreError)),
      update: (row, expected) => records.updateKey(row, expected).pipe(Effect.mapError(keyStoreError)),
      insertOperatorKeyIfNone: (row) => records.insertOperatorKeyIfNone(row).pipe(Effect.mapError(keyStoreError)),
    });
  }),
);

/** The dispatcher's port, on the store. */
const layerOutboxClaims = Layer.effect(
  OutboxClaims,
  Effect.gen(function* () {
    const records = yield* Records;
    return OutboxClaims.of({
      claim: records.claim,
      renew: (lease) => Effect.asVoid(records.renewLeases(lease)),
      deferCopy: (copy) => Effect.asVoid(records.defer({ ...copy, kind: "copy", remaining: null })),
    });
  }),
);

const layerSeal = (config: ServerConfig) =>
  Seal.layerSource({ value: config.sealingKey.value, file: config.sealingKey.file });

/** Keys at rest in the store, under the operator's sealing key. */
const layerIdentity = (config: ServerConfig) =>
  KeyRing.layer(config.operatorDomain).pipe(Layer.provideMerge(layerKeyRecords), Layer.provideMerge(layerSeal(config)));

/** Opens the newest mailbox key there is, if any. Fails when it was sealed with another sealing key, or is not what was made. */
export const checkSealingKey = Effect.gen(function* () {
  const newest = (yield* (yield* KeyRecords).list("mailbox")).findLast((key) => key.status === "active");
  if (newest !== undefined) yield* (yield* KeyRing.KeyRing).signerFor(newest.kid);
});

/** Which identity key each mailbox signs with: the one thing about keys that is kept with the mailbox. */
export class MailboxKeys extends Context.Service<
  MailboxKeys,
  {
    /** The mailbox of a key, by its id; `null` when it was never made. */
    readonly mailbox: (
      tenant: string,
      id: string,
    ) => Effect.Effect<{ readonly address: string; readonly kid: string } | null, KeyStoreError>;
    /** Writes the new kid, if the mailbox's is still `from`; else `false`. */
    readonly change: (change: {
      readonly tenant: string;
      readonly mailbox: string;
      readonly from: string;
      readonly to: string;
    }) => Effect.Effect<boolean, KeyStoreError>;
  }
>()("countersign/Installation/MailboxKeys") {}

const layerMailboxKeys = Layer.effect(
  MailboxKeys,
  Effect.gen(function* () {
    const records = yield* Records;
    return MailboxKeys.of({
      mailbox: (tenant, id) => records.mailbox(tenant, id).pipe(Effect.mapError(keyStoreError)),
      change: (change) => records.setMailboxKey(change).pipe(Effect.mapError(keyStoreError)),
    });
  }),
);

const missing = <A>(message: string, hint: string): Layer.Layer<A, KeyStoreError> =>
  Layer.unwrap(Effect.fail(new KeyStoreError({ reason: "unavailable", message, hint })));

/** The store that is there: who asks for keys in the wrong folder must not get an empty database for an answer. */
const layerExistingStore = (
  config: ServerConfig,
): Layer.Layer<Layer.Success<ReturnType<typeof layerFromUrl>>, KeyStoreError | StoreError> => {
  const location = locationOf(config.database);
  return location.kind === "sqlite" && !existsSync(location.path)
    ? missing(`There is no database ${location.path}.`, "Set DATABASE_URL as it is set for the server.")
    : layerFromUrl(config.database);
};

/** Why there is nothing to open keys with, where the server would make a new sealing key. */
const sealingKeyMissing = <A>({ sealingKey: { value, file } }: ServerConfig): Layer.Layer<A, KeyStoreError> | null =>
  value === undefined && !existsSync(file)
    ? missing(`There is no sealing key in ${file}.`, "Set COUNTERSIGN_KEY or COUNTERSIGN_KEY_FILE as for the server.")
    : null;

/** The rows of the keys alone, without the sealing key. */
export const layerKeyRows = (config: ServerConfig) =>
  layerKeyRecords.pipe(Layer.provide(Layer.suspend(() => layerExistingStore(config))));

/** The keys with their mailboxes, for `countersign keys`. Fails when there is no sealing key, where the server makes one. */
export const layerKeys = (
  config: ServerConfig,
): Layer.Layer<KeyRing.KeyRing | KeyRecords | MailboxKeys, KeyStoreError | StoreError | Seal.SealError> =>
  Layer.suspend(
    () =>
      sealingKeyMissing<KeyRing.KeyRing | KeyRecords | MailboxKeys>(config) ??
      Layer.merge(layerIdentity(config), layerMailboxKeys).pipe(Layer.provide(layerExistingStore(config))),
  );

/** What is asked about domains, by the settings alone. The settings were checked as they were read. */
export const layerRisk = (config: ServerConfig): Layer.Layer<RiskAssessor | Feeds> =>
  layerAssessor(config.risk, { ownDomains: [config.operatorDomain] }).pipe(
    Layer.provideMerge(Layer.orDie(layerFeeds(config.risk))),
    Layer.provide(layerFetch),
  );

/** For a look from the command line: feeds as they were kept, refreshed only when asked, and time enough for every source. */
export const layerLook = (config: ServerConfig): Layer.Layer<RiskAssessor | Feeds> =>
  layerAssessor({ ...config.risk, budgetMillis: 10_000 }, { ownDomains: [config.operatorDomain] }).pipe(
    Layer.provideMerge(Layer.orDie(layerIdleFeeds(config.risk))),
    Layer.provide(layerFetch),
  );

/** The same, with what the store knows of past correspondence. */
const layerHouseRisk = (config: ServerConfig): Layer.Layer<RiskAssessor, never, RiskRecords> =>
  layerAssessor(
    config.risk,
    { ownDomains: [config.operatorDomain] },
    Effect.map(makeHistory, (history) => [history]),
  ).pipe(Layer.provide([Layer.orDie(layerFeeds(config.risk)), layerCorrespondenceHistory]), Layer.provide(layerFetch));

/** The one door with all that stands behind it, on whatever store is provided, with what `risk` knows of the recipients. */
export const layerDoor = (
  config: ServerConfig,
  risk: Layer.Layer<RiskAssessor, never, RiskRecords> = layerHouseRisk(config),
) =>
  Layer.merge(layerAuditLog, layerRetention).pipe(
    Layer.provideMerge(layerOversight(`${process.pid}-${randomUUID()}`)),
    Layer.provideMerge(Layer.mergeAll(layerIdentity(config), risk, settingsOf(config), logSettingsOf(config))),
    Layer.provide(layerFetch),
  );

/** The log alone, for `countersign export` and `countersign keys log`: nothing is decided and nothing sent. */
export const layerLog = (config: ServerConfig): Layer.Layer<AuditLog, KeyStoreError | StoreError | Seal.SealError> =>
  Layer.suspend(() =>
    (sealingKeyMissing(config) ?? layerAuditLog).pipe(
      Layer.provide(Layer.mergeAll(layerSeal(config), settingsOf(config), logSettingsOf(config), layerFetch)),
      Layer.provide(layerExistingStore(config)),
    ),
  );

/** SQLite belongs to one process, so whatever is leased at start was leased by one that is gone. */
export const layerTakeOver = (config: ServerConfig) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const records = yield* Records;
      if (locationOf(config.database).kind === "sqlite") yield* records.releaseLeases("all");
    }),
  );

/** What is wrong with the URLs of a configuration, as far as can be told without connecting. */
export const urlProblems = (config: ServerConfig): readonly string[] => {
  const location = locationOf(config.database);
  const smtp = config.smtp === "" ? null : parseSmtpUrl(config.smtp);
  return [
    ...(location.kind === "refused" ? [`DATABASE_URL: ${location.why}`] : []),
    ...parseWitnesses(config.witnesses).problems.map((problem) => `COUNTERSIGN_WITNESSES: ${problem}`),
    ...(smtp !== null && Result.isFailure(smtp) ? [`${smtp.failure.message} ${smtp.failure.hint}`] : []),
  ];
};

/** Whatever takes a permit to its recipients. */
export type Carrier = Layer.Layer<Transport, SmtpUrlError>;

export const layerCarrier = (config: ServerConfig): Carrier =>
  layerSmtp({ url: config.smtp, limits: { maxConnections: config.smtpConnections } });

/** What carries mail out: the dispatcher, a carrier, and their share of the store. */
export const layerOutgoing = (carrier: Carrier, settings: Partial<DispatcherSettings> = {}) =>
  layerDispatcher(settings).pipe(Layer.provide([carrier, layerOutboxClaims]));

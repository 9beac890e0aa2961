/**
 * What an installation is started with, read from the environment once and checked as a whole: every problem is reported at once, none is
 * guessed around. What each variable is called and means stands in `settings.ts`.
 */
import { dirname, join, resolve } from "node:path";
import { Effect, Result, Schema } from "effect";
import type { Witness } from "../../log/Witnesses.ts";
import type { Policy } from "../../model/Event.ts";
import type { DkimKey } from "../../contracts/settings.ts";
import type { RiskSettings } from "../../risk/RiskSettings.ts";
import { locationOf } from "../../store/Store.ts";
import { dkimContradictions, dkimKeysOf } from "./dkim.ts";
import { settings } from "./settings.ts";
import { type Environment, problemsOf, providerOf, type Setting } from "./Setting.ts";
import { unknownNames } from "./unknownNames.ts";
import { logOrigin } from "./values.ts";

/** Everything but where mail goes: enough for whatever sends none. Durations in seconds. */
export interface InstallationSettings {
  readonly host: string;
  readonly port: number;
  /** The URL of the store. */
  readonly database: string;
  /** `null`: one is made at the first start. */
  readonly operatorKey: string | null;
  readonly operatorDomain: string;
  /** The log's name. */
  readonly origin: string;
  /** Whether it was set; else it follows from the domain. */
  readonly originGiven: boolean;
  readonly sealingKey: { readonly value?: string; readonly file: string };
  /** Basis points. */
  readonly holdAbove: number;
  readonly holdUnknown: boolean;
  /** Which sources are asked about recipients' domains. */
  readonly risk: RiskSettings;
  readonly knownDomains: readonly string[];
  /** `null`: none. */
  readonly disclosure: string | null;
  readonly leaseSeconds: number;
  readonly claimSeconds: number;
  readonly policy: Policy;
  readonly dkim: readonly DkimKey[];
  readonly smtpConnections: number;
  readonly skipLogCheck: boolean;
  /** Where the newest checkpoint is kept beside the database; `null`: nowhere. */
  readonly checkpointFile: string | null;
  readonly logEntriesPublic: boolean;
  readonly witnesses: readonly Witness[];
}

export interface ServerSettings extends InstallationSettings {
  /** The URL of the server that takes the mail. */
  readonly smtp: string;
}

/** The environment cannot be used as it is. `problems`: one sentence each, with the variable's name and what to write instead. */
export class SettingsError extends Schema.TaggedError<SettingsError>()("SettingsError", {
  problems: Schema.Array(Schema.String),
}) {
  override get message(): string {
    return this.problems.join("\n");
  }
}

const { smtp, apiKey, ...installation } = settings;

type Read<S> = { readonly [K in keyof S]: S[K] extends Setting<infer A> ? A : never };

type Values = Read<typeof installation>;

/** The place of the database, as far as files can stand beside it. */
const besideDatabase = (database: string): { readonly folder: string; readonly file: string | null } => {
  const location = locationOf(database);
  if (location.kind !== "sqlite") return { folder: ".", file: null };
  const file = resolve(location.path);
  return { folder: dirname(file), file };
};

const originOf = (domain: string): string => `${domain}/log`;

/** What does not fit together, of what could be read. */
const contradictions = (values: Partial<Values>, isSet: (name: string) => boolean): readonly string[] => [
  ...(values.zones && values.dns === false ? [`${settings.zones.name} needs ${settings.dns.name}=on.`] : []),
  ...(values.origin === null && values.operatorDomain && Result.isFailure(logOrigin(originOf(values.operatorDomain)))
    ? [`${settings.operatorDomain.name} is too long to name a log after. Set ${settings.origin.name} as well.`]
    : []),
  ...dkimContradictions(values.dkimDomain, values.dkimSelectors, values.dkimKeys, isSet),
];

const assemble = (values: Values): InstallationSettings => {
  const beside = besideDatabase(values.database);
  const besideKey = values.sealingKey === null ? join(beside.folder, "countersign.checkpoint") : null;
  return {
    host: values.host,
    port: values.port,
    database: values.database,
    operatorKey: values.operatorKey,
    operatorDomain: values.operatorDomain,
    origin: values.origin ?? originOf(values.operatorDomain),
    originGiven: values.origin !== null,
    sealingKey: {
      ...(values.sealingKey === null ? {} : { value: values.sealingKey }),
      file: values.sealingKeyFile ?? join(beside.folder, "countersign.key"),
    },
    holdAbove: Math.round(values.holdAbove * 10_000),
    holdUnknown: values.holdUnknown,
    risk: {
      dns: values.dns,
      dnsServers: values.dnsServers ?? [],
      rdap: values.rdap,
      feeds: values.feeds ?? [],
      feedFolder: values.feedFolder,
      zones: values.zones ?? [],
      budgetMillis: values.budgetMillis,
    },
    knownDomains: values.knownDomains ?? [],
    disclosure: values.disclosure,
    leaseSeconds: values.leaseSeconds,
    claimSeconds: values.claimSeconds,
    policy: {
      quorum: values.quorum,
      decisionWindow: values.decisionWindow,
      approvalMaxAge: values.approvalMaxAge,
    },
    dkim: dkimKeysOf(values.dkimDomain, values.dkimSelectors, values.dkimKeys),
    smtpConnections: values.smtpConnections,
    skipLogCheck: !values.logCheck,
    checkpointFile: values.checkpointFile ?? (beside.file === null ? besideKey : `${beside.file}.checkpoint`),
    logEntriesPublic: values.logEntries === "public",
    witnesses: values.witnesses ?? [],
  };
};

/** The command line's own: the API key it shows to a server, or `null`. */
export const readApiKey = (env: Environment): Effect.Effect<string | null> =>
  Effect.orDie(apiKey.reader.parse(providerOf(env)));

const names = Object.values(settings).map(({ name }) => name);

/** Reads each of `wanted`, and fails with all that is wrong. */
const readAll = Effect.fnUntraced(function* <S extends Readonly<Record<string, Setting<unknown>>>>(
  wanted: S,
  env: Environment,
) {
  const provider = providerOf(env);
  const read: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [key, { reader }] of Object.entries(wanted)) {
    const result = yield* Effect.result(reader.parse(provider));
    if (Result.isSuccess(result)) read[key] = result.success;
    else problems.push(...problemsOf(result.failure));
  }
  const isSet = (name: string) => (env[name]?.trim() ?? "") !== "";
  problems.push(...contradictions(read as Partial<Values>, isSet), ...unknownNames(env, names));
  return problems.length === 0 ? (read as Read<S>) : yield* new SettingsError({ problems });
});

/** The settings of what sends nothing: where mail goes is not read. */
export const readInstallationSettings = (env: Environment): Effect.Effect<InstallationSettings, SettingsError> =>
  Effect.map(readAll(installation, env), assemble);

/** The settings of a server. */
export const readServerSettings = (env: Environment): Effect.Effect<ServerSettings, SettingsError> =>
  Effect.map(readAll({ smtp, ...installation }, env), (values) => ({ ...assemble(values), smtp: values.smtp }));

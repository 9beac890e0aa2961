/**
 * `countersign risk`: what is known of a domain, asked of the sources that the environment names, and the threat feeds among them.
 *
 * - It needs no server and no database, so it knows neither a tenant's policy nor its correspondence: for these ask the server,
 *   GET /v1/domains/{domain}/risk.
 *
 * Exit status of a look: 0 nothing that would hold a message; 1 it would wait for a person; 2 unknown: a source did not answer.
 * Of `feeds`: 0 in order; 1 a feed is stale, missing, or was not replaced; 2 there are none, or bad settings.
 */
import { Effect } from "effect";
import { Argument, Command, Flag } from "effect/cli";
import { layerLook } from "../server/Installation.ts";
import { parseAddress } from "../mail/address/Address.ts";
import { domainOf } from "../mail/address/domainOf.ts";
import { readDomain } from "../risk/ReadDomain.ts";
import { explain, showDomain } from "../risk/explain.ts";
import { Feeds, type FeedStatus, type RefreshOutcome } from "../risk/feeds/Feeds.ts";
import { RiskAssessor } from "../risk/RiskAssessor.ts";
import { isHeld, scoreShown } from "../risk/RiskVerdict.ts";
import type { InstallationSettings } from "../server/settings/ServerSettings.ts";
import { quit } from "./exit.ts";
import { installationSettings } from "./settings.ts";

const say = (line: string) => void process.stdout.write(`${line}\n`);
/** Progress is for the person who waits, not for what reads the answer. */
const note = (line: string) => Effect.sync(() => void process.stderr.write(`${line}\n`));

/** Runs on the settings of the environment. */
const configured = <A, E, R>(run: (config: InstallationSettings) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(installationSettings, run);

const json = Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false));

const outcomeLine = ({ name, kind, error, entries }: RefreshOutcome): string =>
  `${name}: ${kind === "kept" ? "not replaced" : kind}, ${entries} names${error === null ? "" : ` (${error})`}`;

/** The feeds that have no document yet are fetched first; the others are asked as they are. */
const loaded = Effect.gen(function* () {
  const feeds = yield* Feeds;
  for (const { name, version } of yield* feeds.status) {
    if (version !== null) continue;
    yield* note(`fetching ${name} …`);
    yield* feeds.refresh({ name, onOutcome: (outcome) => note(outcomeLine(outcome)) });
  }
}).pipe(Effect.orDie);

const share = (basisPoints: number): string => scoreShown(basisPoints).toFixed(2);

const look = Effect.fnUntraced(function* (name: string, asJson: boolean, config: InstallationSettings) {
  const text = name.trim();
  const address = text.includes("@") ? parseAddress(text) : null;
  if (text === "" || (address !== null && address._tag === "Failure")) {
    return yield* quit(
      2,
      `${JSON.stringify(name)} is neither a domain nor an address.`,
      "  Such as example.com or ada@example.com.",
    );
  }
  const addrSpec = address === null ? `@${text}` : address.success.addrSpec;
  const domain = domainOf(addrSpec);
  yield* loaded;
  const verdict = yield* (yield* RiskAssessor).assess({
    recipients: [{ addrSpec, domain }],
    replyTo: null,
    ownDomains: [],
    knownDomains: config.knownDomains,
    lists: { deny: [], allow: [] },
  });
  const held = isHeld(verdict, config.holdAbove, config.holdUnknown);
  const read = readDomain(domain);
  if (asJson) {
    say(
      JSON.stringify(
        {
          domain: read.host,
          unicode: read.unicode,
          registrable: read.registrable,
          domain_risk_score: scoreShown(verdict.score),
          domain_flags: verdict.flags,
          domain_signals: verdict.signals.map((signal) => ({ ...signal, words: explain(signal) })),
          unknown: verdict.unknown,
          held,
          hold_above: scoreShown(config.holdAbove),
        },
        null,
        2,
      ),
    );
  } else {
    const flags = verdict.flags.length === 0 ? "" : `  ${verdict.flags.join(", ")}`;
    say(`${showDomain(domain)}`);
    say(`score ${share(verdict.score)} of 1${flags}`);
    say(
      held
        ? `A message to it would wait for a person (over ${share(config.holdAbove)}${config.holdUnknown ? ", or unknown" : ""}).`
        : verdict.unknown
          ? "Not everything could be found out; what was found would not hold a message."
          : "Nothing was found that would hold a message.",
    );
    const [telling, quiet] = [true, false].map((heavy) => verdict.signals.filter(({ weight }) => weight > 0 === heavy));
    for (const signal of telling!) say(`  ${share(signal.weight)}  ${explain(signal)} [${signal.source}]`);
    if (quiet!.length > 0)
      say(`  Asked and nothing found: ${[...new Set(quiet!.map(({ source }) => source))].join(", ")}`);
  }
  if (held) return yield* quit(1);
  if (verdict.unknown) return yield* quit(2);
});

const moment = (seconds: number | null): string =>
  seconds === null ? "never" : new Date(seconds * 1000).toISOString().replace(".000", "");

const statusLine = ({ name, version, entries, fetchedAt, isStale, error, format }: FeedStatus): string =>
  `${name.padEnd(16)} ${(version === null ? "missing" : isStale ? "stale" : "in use").padEnd(8)} ${String(entries).padStart(8)} names  ` +
  `${moment(fetchedAt)}  ${format}${version === null ? "" : `  ${version}`}${error === null ? "" : `  (${error})`}`;

const noFeeds = quit(2, "There are no threat feeds.", "  Name some: COUNTERSIGN_FEEDS=name=format:file-or-URL.");

const status = Command.make("status", { json }, ({ json }) =>
  configured((config) =>
    Effect.gen(function* () {
      if (config.risk.feeds.length === 0) return yield* noFeeds;
      if (config.risk.feedFolder === null) {
        return yield* quit(
          2,
          "Without COUNTERSIGN_FEED_FOLDER only the server knows how its feeds are.",
          "  Set it, and copies are kept there; or ask the server: GET /v1/risk-policy.",
        );
      }
      const all = yield* (yield* Feeds).status;
      if (json) say(JSON.stringify(all, null, 2));
      else for (const one of all) say(statusLine(one));
      if (all.some(({ version, isStale }) => version === null || isStale)) return yield* quit(1);
    }).pipe(Effect.provide(layerLook(config))),
  ),
).pipe(
  Command.withDescription(
    "How the threat feeds are: in use, stale or missing, how many names, how old.\nExit status: 0 all in use, 1 some stale or missing, 2 none configured.",
  ),
  Command.withShortDescription("How the threat feeds are"),
);

const feedName = Argument.String("name").pipe(
  Argument.withDescription("One feed; all when left out"),
  Argument.withDefault(""),
);
const force = Flag.Boolean("force").pipe(
  Flag.withDescription("Take a whole and readable feed even if it shrank to a tenth"),
  Flag.withDefault(false),
);

const refresh = Command.make("refresh", { name: feedName, force }, ({ name, force }) =>
  configured((config) =>
    Effect.gen(function* () {
      if (config.risk.feeds.length === 0) return yield* noFeeds;
      const feeds = yield* Feeds;
      let done = 0;
      const outcomes = yield* feeds
        .refresh({
          ...(name === "" ? {} : { name }),
          force,
          onOutcome: (outcome) =>
            Effect.sync(() => say(`[${++done}/${name === "" ? feeds.names.length : 1}] ${outcomeLine(outcome)}`)),
        })
        .pipe(Effect.catch((error) => quit(2, `There is no feed ${error.feed}.`, `  ${error.hint}`)));
      if (config.risk.feedFolder === null) yield* note("Not kept: COUNTERSIGN_FEED_FOLDER is not set.");
      if (outcomes.some(({ kind }) => kind === "kept")) return yield* quit(1);
    }).pipe(Effect.provide(layerLook(config))),
  ),
).pipe(
  Command.withDescription(
    "Fetch the threat feeds now, one after another as they are done; what fails leaves the one in use.\nA running server takes the copies up when it starts. Exit status: 0 done, 1 some were not replaced, 2 no such feed.",
  ),
  Command.withShortDescription("Fetch the threat feeds now"),
);

const feeds = Command.make("feeds").pipe(
  Command.withDescription("The threat feeds that COUNTERSIGN_FEEDS names; copies are kept in COUNTERSIGN_FEED_FOLDER."),
  Command.withShortDescription("Status and refresh of the threat feeds"),
  Command.withSubcommands([status, refresh]),
);

const domain = Argument.String("domain").pipe(Argument.withDescription("A domain or an address"));

export const risk = Command.make("risk", { domain, json }, ({ domain, json }) =>
  configured((config) => look(domain, json, config).pipe(Effect.provide(layerLook(config)))),
).pipe(
  Command.withDescription(
    "What is known of a domain, by the sources and thresholds of the environment (countersign serve --help lists them).\n" +
      "A tenant's policy and correspondence are the server's to know: GET /v1/domains/{domain}/risk.\n" +
      "Exit status: 0 nothing that would hold a message, 1 it would wait for a person, 2 cannot tell.",
  ),
  Command.withShortDescription("What is known of a domain; the threat feeds"),
  Command.withSubcommands([feeds]),
);

/**
 * Which sources an installation asks, and how they are written. Nothing leaves for the network unless it is named here, but DNS
 * questions about the domains that mail goes to, which a mail server asks anyway.
 *
 * - What cannot be read is refused, and never guessed around: a feed that was meant to be there must not be missing in silence.
 */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { Result, Schema } from "effect";
import { type FeedConfig, feedProblem } from "./feeds/Feeds.ts";
import { FeedFormat } from "./feeds/FeedFormat.ts";
import { type DnsblZone, spamhausDbl, spamhausZrd, surbl, uribl } from "./sources/Dnsbl.ts";

export interface RiskSettings {
  readonly dns: boolean;
  /** `address` or `address:port`; none: the system's. */
  readonly dnsServers: readonly string[];
  /** `null`: registration dates are not asked for. */
  readonly rdap: { /** `null`: IANA's. */ readonly bootstrap: string | null } | null;
  readonly feeds: readonly FeedConfig[];
  /** Where copies of feeds are kept; `null`: nowhere. */
  readonly feedFolder: string | null;
  readonly zones: readonly DnsblZone[];
  readonly budgetMillis: number;
}

export const RISK_OFF: RiskSettings = {
  dns: false,
  dnsServers: [],
  rdap: null,
  feeds: [],
  feedFolder: null,
  zones: [],
  budgetMillis: 800,
};

/** Milliseconds a verdict may be given. */
export const budgetBounds = { least: 50, most: 10_000 } as const;

const FeedList = Schema.fromJsonString(
  Schema.Array(
    Schema.Struct({
      name: Schema.String,
      format: FeedFormat,
      location: Schema.Union([
        Schema.Struct({ file: Schema.String }),
        Schema.Struct({
          url: Schema.String,
          headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
          allowPlain: Schema.optionalKey(Schema.Boolean),
          allowPrivate: Schema.optionalKey(Schema.Boolean),
        }),
      ]),
      refreshSeconds: Schema.optionalKey(Schema.Int),
      staleSeconds: Schema.optionalKey(Schema.Int),
      maxBytes: Schema.optionalKey(Schema.Int),
      origin: Schema.optionalKey(Schema.String),
    }),
  ),
);
// A key written wrong would leave its default in force without a word.
const decodeFeeds = Schema.decodeUnknownResult(FeedList, { onExcessProperty: "error" });
const isFormat = Schema.is(FeedFormat);

/** The feeds that a file lists, in JSON. Fails with a sentence. */
export const readFeedList = (file: string): Result.Result<readonly FeedConfig[], string> => {
  let json: string;
  try {
    json = readFileSync(file, "utf8");
  } catch (error) {
    return Result.fail(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unreadable"}.`);
  }
  const read = decodeFeeds(json);
  if (Result.isFailure(read))
    return Result.fail(`${file} is no list of feeds: ${read.failure.message.replace(/\s*\n\s*/g, " ")}.`);
  for (const feed of read.success) {
    const problem = feedProblem(feed);
    if (problem !== null) return Result.fail(`${JSON.stringify(feed.name)}: ${problem.hint}`);
  }
  return Result.succeed(read.success);
};

/** Reads `name=format:file-or-URL`. Fails with a sentence. */
export const parseFeed = (text: string): Result.Result<FeedConfig, string> => {
  const [, name, format, place] = /^([^=\s]+)=([^:\s]+):(.+)$/.exec(text) ?? [];
  if (name === undefined || place === undefined) {
    return Result.fail(
      `${JSON.stringify(text)} is no name=format:file-or-URL, such as urlhaus=hosts:https://urlhaus.abuse.ch/downloads/hostfile/.`,
    );
  }
  if (!isFormat(format)) {
    return Result.fail(
      `${name}: there is no format ${JSON.stringify(format)}; there are ${FeedFormat.literals.join(", ")}.`,
    );
  }
  const isUrl = /^[a-z][a-z0-9+.-]+:\/\//i.test(place);
  if (isUrl && !URL.canParse(place)) return Result.fail(`${name}: ${JSON.stringify(place)} is no URL.`);
  const feed: FeedConfig = { name, format, location: isUrl ? { url: place } : { file: place } };
  const problem = feedProblem(feed);
  return problem === null ? Result.succeed(feed) : Result.fail(`${JSON.stringify(name)}: ${problem.hint}`);
};

const ZONE = /^(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/;
const ZONES: Readonly<Record<string, (zone: string | undefined) => DnsblZone | null>> = {
  spamhaus_dbl: (zone) => (zone === undefined ? spamhausDbl() : spamhausDbl(zone)),
  // It is not to be had without a key, which is part of the zone's name.
  spamhaus_zrd: (zone) => (zone === undefined ? null : spamhausZrd(zone)),
  surbl: (zone) => (zone === undefined ? surbl() : surbl(zone)),
  uribl: (zone) => (zone === undefined ? uribl() : uribl(zone)),
};

/** The block lists whose codes are known. */
export const zoneNames: readonly string[] = Object.keys(ZONES);

/** Reads `name` or `name=zone`, in small letters. Fails with a sentence. */
export const parseZone = (text: string): Result.Result<DnsblZone, string> => {
  const [name = "", zone, ...rest] = text.split("=");
  const make = Object.hasOwn(ZONES, name) ? ZONES[name] : undefined;
  if (make === undefined || rest.length > 0) {
    return Result.fail(
      `${JSON.stringify(text)} is no list this program knows the codes of; there are ${zoneNames.join(", ")}.`,
    );
  }
  if (zone !== undefined && !ZONE.test(zone)) return Result.fail(`${name}: ${JSON.stringify(zone)} is no zone's name.`);
  const made = make(zone);
  return made === null
    ? Result.fail(`${name} needs its zone: ${name}=<key>.zrd.dq.spamhaus.net.`)
    : Result.succeed(made);
};

/** `true` for an IP address, alone or with a port: `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`. */
export const isNameServer = (text: string): boolean => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\s]+|[0-9a-f:.]+?))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  return isIP(text) !== 0 || (isIP(bracketed ?? plain ?? "") !== 0 && Number(port ?? 53) <= 65_535);
};

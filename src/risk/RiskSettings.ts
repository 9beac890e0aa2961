/**
 * Which sources an installation asks, as its environment says it. Nothing leaves for the network unless it is named here, but DNS
 * questions about the domains that mail goes to, which a mail server asks anyway.
 *
 * - Every problem is told, none is guessed around: a feed that was meant to be there must not be missing in silence.
 */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { Result, Schema } from "effect";
import type { FeedConfig } from "./feeds/Feeds.ts";
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

/** Variable, default, meaning. */
export const riskVariables: readonly (readonly [name: string, fallback: string, meaning: string])[] = [
  ["COUNTERSIGN_DNS", "on", "off = ask DNS nothing about recipients: no mail exchangers, SPF, DMARC"],
  ["COUNTERSIGN_DNS_SERVERS", "the system's", "Comma-separated name servers, address or address:port"],
  [
    "COUNTERSIGN_DNSBL",
    "(none)",
    "Block lists: spamhaus_dbl, spamhaus_zrd, surbl, uribl, each with =zone if yours differs",
  ],
  ["COUNTERSIGN_RDAP", "off", "on = ask registries how old a domain is; or the URL of another bootstrap registry"],
  [
    "COUNTERSIGN_FEEDS",
    "(none)",
    "Threat feeds: name=format:file-or-URL, separated by blanks; or a .json file with a list of them",
  ],
  ["COUNTERSIGN_FEED_FOLDER", "(none)", "Where copies of the feeds are kept, for the next start"],
  ["COUNTERSIGN_RISK_BUDGET_MS", "800", "Milliseconds a verdict may take; what is late counts as unknown"],
];

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
const decodeFeeds = Schema.decodeUnknownResult(FeedList);
const isFormat = Schema.is(FeedFormat);

const feedFrom = (text: string): FeedConfig | string => {
  const [, name, format, place] = /^([^=\s]+)=([^:\s]+):(.+)$/.exec(text) ?? [];
  if (name === undefined || place === undefined || !/^[a-z0-9_-]{1,40}$/.test(name)) {
    return `${JSON.stringify(text)} is no name=format:file-or-URL, such as urlhaus=hosts:https://urlhaus.abuse.ch/downloads/hostfile/.`;
  }
  if (!isFormat(format)) {
    return `${name}: there is no format ${JSON.stringify(format)}; there are ${FeedFormat.literals.join(", ")}.`;
  }
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(place)) return { name, format, location: { file: place } };
  if (!URL.canParse(place)) return `${name}: ${JSON.stringify(place)} is no URL.`;
  return { name, format, location: { url: place } };
};

const feedsFrom = (text: string, problems: string[]): readonly FeedConfig[] => {
  if (text === "") return [];
  if (/^\S+\.json$/.test(text)) {
    let json: string;
    try {
      json = readFileSync(text, "utf8");
    } catch (error) {
      problems.push(
        `COUNTERSIGN_FEEDS: ${text} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unreadable"}.`,
      );
      return [];
    }
    const read = decodeFeeds(json);
    if (Result.isSuccess(read)) {
      for (const { name, refreshSeconds = 3_600, staleSeconds = 1, maxBytes = 1 } of read.success) {
        if (!/^[a-z0-9_-]{1,40}$/.test(name))
          problems.push(`COUNTERSIGN_FEEDS: ${JSON.stringify(name)}: name it with a-z, 0-9, _ and -.`);
        if (refreshSeconds < 60 || staleSeconds < 1 || maxBytes < 1) {
          problems.push(`COUNTERSIGN_FEEDS: ${name}: whole numbers over 0, and refreshSeconds of 60 at least.`);
        }
      }
      return read.success;
    }
    problems.push(`COUNTERSIGN_FEEDS: ${text} is no list of feeds: ${read.failure.message}`);
    return [];
  }
  return text.split(/\s+/).flatMap((one) => {
    const feed = feedFrom(one);
    if (typeof feed !== "string") return [feed];
    problems.push(`COUNTERSIGN_FEEDS: ${feed}`);
    return [];
  });
};

const ZONE = /^(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/;
const ZONES: Readonly<Record<string, (zone: string | undefined) => DnsblZone | null>> = {
  spamhaus_dbl: (zone) => (zone === undefined ? spamhausDbl() : spamhausDbl(zone)),
  // It is not to be had without a key, which is part of the zone's name.
  spamhaus_zrd: (zone) => (zone === undefined ? null : spamhausZrd(zone)),
  surbl: (zone) => (zone === undefined ? surbl() : surbl(zone)),
  uribl: (zone) => (zone === undefined ? uribl() : uribl(zone)),
};

const zoneFrom = (text: string): DnsblZone | string => {
  const [name, zone, ...rest] = text.split("=");
  const make = ZONES[name ?? ""];
  if (make === undefined || rest.length > 0) {
    return `${JSON.stringify(text)} is no list this program knows the codes of; there are ${Object.keys(ZONES).join(", ")}.`;
  }
  if (zone !== undefined && !ZONE.test(zone)) return `${name}: ${JSON.stringify(zone)} is no zone's name.`;
  return make(zone) ?? `${name} needs its zone: ${name}=<key>.zrd.dq.spamhaus.net.`;
};

const isServer = (text: string): boolean => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\s]+|[0-9a-f:.]+?))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  return isIP(text) !== 0 || (isIP(bracketed ?? plain ?? "") !== 0 && Number(port ?? 53) <= 65_535);
};

/** Reads what concerns the sources. `env` may hold anything else. */
export const readRiskSettings = (
  env: Readonly<Record<string, string | undefined>>,
): { readonly settings: RiskSettings; readonly problems: readonly string[] } => {
  const problems: string[] = [];
  const text = (name: string): string => env[name]?.trim() ?? "";
  const list = (name: string): readonly string[] =>
    text(name)
      .toLowerCase()
      .split(/[,\s]+/)
      .filter((item) => item !== "");

  const dns = text("COUNTERSIGN_DNS") || "on";
  if (dns !== "on" && dns !== "off") problems.push(`COUNTERSIGN_DNS must be on or off; it is ${JSON.stringify(dns)}.`);
  const dnsServers = list("COUNTERSIGN_DNS_SERVERS");
  for (const server of dnsServers) {
    if (!isServer(server))
      problems.push(`COUNTERSIGN_DNS_SERVERS: ${JSON.stringify(server)} is no address or address:port.`);
  }
  const rdap = text("COUNTERSIGN_RDAP") || "off";
  if (rdap !== "on" && rdap !== "off" && !/^https?:\/\//.test(rdap)) {
    problems.push(`COUNTERSIGN_RDAP must be on, off, or a URL; it is ${JSON.stringify(rdap)}.`);
  }
  const zones = list("COUNTERSIGN_DNSBL").flatMap((one) => {
    const zone = zoneFrom(one);
    if (typeof zone !== "string") return [zone];
    problems.push(`COUNTERSIGN_DNSBL: ${zone}`);
    return [];
  });
  if (zones.length > 0 && dns === "off") problems.push("COUNTERSIGN_DNSBL needs COUNTERSIGN_DNS=on.");
  if (new Set(zones.map(({ name }) => name)).size < zones.length)
    problems.push("COUNTERSIGN_DNSBL names a list twice.");
  const feeds = feedsFrom(text("COUNTERSIGN_FEEDS"), problems);
  if (new Set(feeds.map(({ name }) => name)).size < feeds.length)
    problems.push("COUNTERSIGN_FEEDS names a feed twice.");
  const budget = text("COUNTERSIGN_RISK_BUDGET_MS") || "800";
  const budgetMillis = Number(budget);
  if (!/^\d+$/.test(budget) || budgetMillis < 50 || budgetMillis > 10_000) {
    problems.push(
      `COUNTERSIGN_RISK_BUDGET_MS must be a whole number from 50 to 10000; it is ${JSON.stringify(budget)}.`,
    );
  }
  return {
    problems,
    settings: {
      dns: dns === "on",
      dnsServers,
      rdap: rdap === "off" ? null : { bootstrap: rdap === "on" ? null : rdap },
      feeds,
      feedFolder: text("COUNTERSIGN_FEED_FOLDER") || null,
      zones,
      budgetMillis,
    },
  };
};

/** Readers of single values: each asks the room that will use the value what it takes. */
import { accessSync, constants } from "node:fs";
import { Effect, Result } from "effect";
import { isKeyShaped, KEY_LENGTH, KEY_START } from "../../accounts/ApiKey.ts";
import { parseSmtpUrl } from "../../delivery/SmtpSettings.ts";
import { parseSealingKey } from "../../identity/Seal.ts";
import { parseWitness, type Witness } from "../../log/Witnesses.ts";
import { parseDomain } from "../../mail/address/domain.ts";
import { bodyTextProblem } from "../../mail/compose/Compose.ts";
import { defaultDisclosure } from "../../contracts/settings.ts";
import type { FeedConfig } from "../../risk/feeds/Feeds.ts";
import { readDomain } from "../../risk/ReadDomain.ts";
import { isNameServer, parseFeed, parseZone, readFeedList, type RiskSettings } from "../../risk/RiskSettings.ts";
import type { DnsblZone } from "../../risk/sources/Dnsbl.ts";
import { locationOf } from "../../store/Store.ts";
import { listOf, shaped } from "./readers.ts";
import { type Problems, type Reader, refused } from "./Setting.ts";

/** A room's own parser, whose failure is a sentence or has a message and a hint. */
const by =
  <A, E extends string | { readonly message: string; readonly hint: string }>(
    parse: (text: string) => Result.Result<A, E>,
  ): Reader<A> =>
  (text) =>
    Result.mapError(parse(text), (error): Problems => [
      typeof error === "string" ? error : `${error.message} ${error.hint}`,
    ]);

/** An SMTP URL, as it is; the file it names can be read. */
export const smtpUrl: Reader<string> = (text) => {
  const parsed = by(parseSmtpUrl)(text);
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure);
  const { ca } = parsed.success;
  if (ca !== null) {
    try {
      accessSync(ca, constants.R_OK);
    } catch {
      return refused(
        `the file ${JSON.stringify(ca)} of tls_ca cannot be read. Name a PEM file that this process may read.`,
      );
    }
  }
  return Result.succeed(text);
};

/** The URL of a store, as it is. */
export const storeUrl: Reader<string> = (text) => {
  const location = locationOf(text);
  return location.kind === "refused"
    ? refused(
        `${location.why} Write sqlite:./countersign.db (one server) or postgres://user:password@host/database (several).`,
      )
    : Result.succeed(text);
};

/** What an operator's key looks like, in words. */
export const operatorKeyForm = `${KEY_START} and ${KEY_LENGTH.least} to ${KEY_LENGTH.most} visible ASCII characters`;

export const operatorKey = shaped(operatorKeyForm, isKeyShaped);

/** A domain that mail could go to, in A-labels and small letters. */
export const domain: Reader<string> = (text) =>
  Result.match(parseDomain(text, "domain"), {
    onSuccess: ({ ascii }) => Result.succeed(ascii),
    onFailure: ({ message, hint }) => refused(`${JSON.stringify(text)} is no domain. ${message} ${hint}`),
  });

/** Domains that a lookalike may imitate: each has a registrable name. */
export const watchedDomains = listOf({
  of: "domains",
  item: (text): Result.Result<string, Problems> =>
    Result.flatMap(domain(text), (ascii) =>
      readDomain(ascii).registrable === null
        ? refused(`${JSON.stringify(text)} is a suffix under which anybody may have a name. Write the domain below it.`)
        : Result.succeed(ascii),
    ),
  identity: (ascii) => ascii,
});

/** The name of a log, which stands in signed notes: no blanks, no plus sign. */
export const logOrigin = shaped(
  "a URL of at most 255 characters without its scheme, such as mail.example.com/log; no blanks, no plus sign",
  (text) => text.length <= 255 && /^[!-*,-~]+$/.test(text),
);

/** Text of a sealing key. */
export const sealingKey: Reader<string> = (text) =>
  by((given: string) => Effect.runSync(Effect.result(parseSealingKey(given))))(text).pipe(Result.map(() => text));

/** The placeholders for the agent and the operator in a disclosure. */
const PLACES = ["{agent}", "{operator}"];

/**
 * `on`, `off` or a sentence; `null` = off. A word alone is no sentence: `false` would put the footer "false" under every message.
 */
export const disclosure: Reader<string | null> = (text) => {
  if (text === "on") return Result.succeed(defaultDisclosure);
  if (text === "off") return Result.succeed(null);
  if (/^[!-~]*$/.test(text)) {
    return refused(
      `write off for none, on for this version's own, or a sentence such as "${defaultDisclosure}", not ${JSON.stringify(text)}.`,
    );
  }
  const strange = text.match(/\{[^{}]*\}/g)?.find((place) => !PLACES.includes(place));
  if (strange !== undefined) return refused(`nothing stands for ${strange}; write ${PLACES.join(" or ")}.`);
  const problem = bodyTextProblem(text, "disclosure");
  return problem === null ? Result.succeed(text) : refused(`${problem.message} ${problem.hint}`);
};

export const nameServers = listOf({
  of: "name servers",
  item: (text): Result.Result<string, Problems> =>
    isNameServer(text)
      ? Result.succeed(text)
      : refused(`${JSON.stringify(text)} is no address or address:port, such as 192.0.2.1 or [2001:db8::1]:53.`),
  identity: (server) => server,
  separator: /\s*,\s*|\s+/,
});

const zones = listOf({
  of: "block lists",
  item: by(parseZone),
  identity: ({ name }: DnsblZone) => name,
  separator: /\s*,\s*|\s+/,
});

export const blockLists: Reader<readonly DnsblZone[]> = (text) => zones(text.toLowerCase());

/** `on`, `off`, or the URL of a bootstrap registry. */
export const registries: Reader<RiskSettings["rdap"]> = (text) =>
  text === "off"
    ? Result.succeed(null)
    : text === "on"
      ? Result.succeed({ bootstrap: null })
      : /^https?:\/\//.test(text) && URL.canParse(text)
        ? Result.succeed({ bootstrap: text })
        : refused(`write on, off, or a URL such as https://data.iana.org/rdap/dns.json, not ${JSON.stringify(text)}.`);

const feedsInLine = listOf({
  of: "feeds",
  item: by(parseFeed),
  identity: ({ name }: FeedConfig) => name,
  separator: /\s+/,
});

/** Feeds in one line, or the name of a `.json` file that lists them. */
export const feeds: Reader<readonly FeedConfig[]> = (text) => {
  if (!/^\S+\.json$/.test(text) || /^[^=\s/]+=[^:\s]+:/.test(text)) return feedsInLine(text);
  const read = by(readFeedList)(text);
  if (Result.isFailure(read)) return Result.fail(read.failure);
  const names = read.success.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return twice === undefined ? read : refused(`${text} names ${twice} twice. Give each feed a name of its own.`);
};

export const witnesses = listOf({ of: "witnesses", item: by(parseWitness), identity: ({ url }: Witness) => url });

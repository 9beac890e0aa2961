/**
 * The formats in which threat feeds are published, read into one shape. Pure; nothing throws.
 *
 * - A reading counts the records it saw and those it could not read, and reports whether the document was whole, so that the
 *   caller can refuse half a feed or a login page in place of one.
 *
 * **Gotchas**
 * - URLhaus keeps sites that have gone offline; those that were added more than 30 days ago are left out.
 * - PhishTank: only what is verified and online; URLs are written as in HTML (`&amp;`). Its JSON is parsed in one go; a
 *   large one is better had as CSV.
 */
import { Schema } from "effect";
import { readCsv, type CsvSoFar } from "./csv.ts";
import type { FeedEntry, ParsedFeed } from "./entry.ts";
import { linesOf } from "./lines.ts";
import { readRpz } from "./rpz.ts";
import { allAtOnce, STEP, type Steps } from "./steps.ts";

export const FeedFormat = Schema.Literals([
  /** abuse.ch URLhaus CSV, quoted, `#` comments. */
  "urlhaus_csv",
  /** One host a line, or hosts(5) lines (`127.0.0.1 bad.example`): URLhaus hostfile and many others. */
  "hosts",
  "phishtank_json",
  "phishtank_csv",
  /** One URL a line: OpenPhish, URLhaus text. */
  "openphish",
  /** A response policy zone. */
  "rpz",
]);
export type FeedFormat = typeof FeedFormat.Type;

/** Seconds after which a URLhaus entry that is offline is forgotten. */
export const OFFLINE_FORGOTTEN_AFTER = 30 * 86_400;

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const REFERENCE = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi;

/** A text without character references, undone once; those that stand for no character stay. */
const withoutReferences = (text: string): string =>
  text.replace(REFERENCE, (reference, decimal?: string, hexadecimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()]!;
    const point = decimal === undefined ? Number.parseInt(hexadecimal!, 16) : Number(decimal);
    const isCharacter = point > 0 && point <= 0x10_ff_ff && (point < 0xd8_00 || point > 0xdf_ff);
    return isCharacter ? String.fromCodePoint(point) : reference;
  });

/** A URL as an entry; `null` when it is none. Feeds defang some: `hxxp://bad[.]example`. */
const urlEntry = (given: string): FeedEntry | null => {
  const text = given.trim().replace(/^hxxp/i, "http").replaceAll("[.]", ".");
  if (!/^(?:https?|ftp):\/\//i.test(text) || !URL.canParse(text)) return null;
  const { hostname, pathname, search } = new URL(text);
  return hostname === "" ? null : { kind: "url", host: hostname, path: `${pathname}${search}` };
};

/**
 * Collects what `entry` makes of each record. `null` is unreadable, alone or among entries, which count all the same; no entries were read
 * and have no effect.
 */
function* collect<R>(
  records: Iterable<R>,
  entry: (record: R) => readonly (FeedEntry | null)[] | null,
  isWhole: () => boolean = () => true,
): Steps<ParsedFeed> {
  const entries: FeedEntry[] = [];
  let read = 0;
  let unreadable = 0;
  for (const record of records) {
    if (++read % STEP === 0) yield;
    let isReadable = true;
    for (const made of entry(record) ?? UNREADABLE) {
      if (made === null) isReadable = false;
      else entries.push(made);
    }
    if (!isReadable) unreadable++;
  }
  return { entries, read, unreadable, isWhole: isWhole() };
}

const one = (entry: FeedEntry | null): readonly FeedEntry[] | null => (entry === null ? null : [entry]);

const UNREADABLE: readonly null[] = [null];

/** Lines with content, without comments. */
function* contentLines(text: string): Generator<string> {
  for (const line of linesOf(text)) {
    // Up to the end whatever stands there: `.` stops at U+2028, and each comment sign would be tried again.
    const entry = line.replace(/(?:^|\s)[#;!][^]*$/, "").trim();
    if (entry !== "") yield entry;
  }
}

const IP = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]*(?:%\w+)?)$/i;
const HOST =
  /^(?=.{1,253}\.?$)(?:[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_-]{0,61}[\p{L}\p{M}\p{N}_])?\.)+[\p{L}\p{N}-]{2,63}\.?$/u;
/** The names of the machine itself, with which every hosts file begins. */
const NO_HOSTS = /^(?:localhost|localhost\.localdomain|local|broadcasthost|ip6-[a-z]+)$/;

const readHosts = (text: string): Steps<ParsedFeed> =>
  collect(contentLines(text), (line) => {
    const words = line.split(/\s+/);
    const names = words.length > 1 && IP.test(words[0]!) ? words.slice(1) : words;
    if (names.length > 1 && names === words) return null;
    const listed: (FeedEntry | null)[] = [];
    for (const name of names) {
      if (IP.test(name) || NO_HOSTS.test(name)) continue;
      const below = name.startsWith("*.");
      const host = below ? name.slice(2) : name;
      listed.push(HOST.test(host) ? { kind: "host", host, reach: "itself" } : null);
      if (below && HOST.test(host)) listed.push({ kind: "host", host, reach: "below" });
    }
    return listed;
  });

const URLHAUS_COLUMNS = ["id", "dateadded", "url", "url_status"];

const readUrlhaus = (text: string, now: number): Steps<ParsedFeed> => {
  const soFar: CsvSoFar = { comments: [], isWhole: true };
  let columns: readonly [url: number, status: number, added: number] | null = null;
  // Its header is the last of the comments before the first row.
  const columnsNamed = (): readonly [number, number, number] => {
    const header = soFar.comments
      .map((it) => it.split(",").map((name) => name.trim()))
      .find(([first]) => first === "id");
    const names = header ?? URLHAUS_COLUMNS;
    return [names.indexOf("url"), names.indexOf("url_status"), names.indexOf("dateadded")];
  };
  return collect(
    readCsv(text, soFar),
    (row) => {
      const [url, status, added] = (columns ??= columnsNamed());
      const entry = urlEntry(row[url] ?? "");
      if (entry === null) return null;
      const since = Date.parse(`${(row[added] ?? "").replace(" ", "T")}Z`) / 1000;
      return row[status] === "offline" && now - since > OFFLINE_FORGOTTEN_AFTER ? [] : [entry];
    },
    () => soFar.isWhole,
  );
};

interface Phish {
  readonly url: unknown;
  readonly verified: unknown;
  readonly online: unknown;
}

const phishEntry = ({ url, verified, online }: Phish): readonly FeedEntry[] | null => {
  if (typeof url !== "string") return null;
  // Absent in some exports, which then hold nothing but verified sites that are online.
  if ((verified ?? "yes") !== "yes" || (online ?? "yes") !== "yes") return [];
  return one(urlEntry(withoutReferences(url)));
};

const readPhishtankCsv = (text: string): Steps<ParsedFeed> => {
  const soFar: CsvSoFar = { comments: [], isWhole: true };
  const rows = readCsv(text, soFar);
  const first = rows.next();
  const header = first.done === true ? [] : first.value;
  const [url, verified, online] = ["url", "verified", "online"].map((name) => header.indexOf(name)) as [
    number,
    number,
    number,
  ];
  return collect(
    rows,
    (row) => phishEntry({ url: row[url], verified: row[verified], online: row[online] }),
    () => soFar.isWhole && url !== -1,
  );
};

function* readPhishtankJson(text: string): Steps<ParsedFeed> {
  const all = jsonList(text);
  if (all === null) return { entries: [], read: 0, unreadable: 0, isWhole: false };
  return yield* collect(all, (it) => (typeof it === "object" && it !== null ? phishEntry(it as Phish) : null));
}

const jsonList = (text: string): readonly unknown[] | null => {
  try {
    const all = JSON.parse(text) as unknown;
    return Array.isArray(all) ? all : null;
  } catch {
    return null;
  }
};

/** Reads a document of this format at `now` (seconds). `origin`: the zone's name, for RPZ files that do not name it. */
export const readFeed = (format: FeedFormat, text: string, now: number, origin?: string): Steps<ParsedFeed> => {
  const unmarked = text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  switch (format) {
    case "urlhaus_csv":
      return readUrlhaus(unmarked, now);
    case "hosts":
      return readHosts(unmarked.toLowerCase());
    case "phishtank_json":
      return readPhishtankJson(unmarked);
    case "phishtank_csv":
      return readPhishtankCsv(unmarked);
    case "openphish":
      return collect(contentLines(unmarked), (line) => one(urlEntry(line)));
    case "rpz":
      return readRpz(unmarked, origin);
  }
};

/** The same, at once. */
export const parseFeed = (format: FeedFormat, text: string, now: number, origin?: string): ParsedFeed =>
  allAtOnce(readFeed(format, text, now, origin));

/**
 * Response policy zones (draft-vixie-dnsop-dns-rpz) as a list of names. Pure.
 *
 * - `name CNAME .` (no such domain), `CNAME *.` (no data), `rpz-drop`, `rpz-tcp-only`, and any other record (an answer
 *   of the zone's own) list the name; `rpz-passthru`, or the name itself as the target, lets it through.
 *   `*.name` speaks of what is below it.
 * - Rules on addresses and name servers (`rpz-ip`, `rpz-client-ip`, `rpz-nsip`, `rpz-nsdname`) list no domain.
 *
 * **Gotchas**
 * - Owner names are relative to `$ORIGIN` unless they end in a dot; without one, the owner of the SOA record is it.
 */
import type { FeedEntry, ParsedFeed } from "./entry.ts";
import { linesOf } from "./lines.ts";
import { STEP, type Steps } from "./steps.ts";

const CLASS = /^(?:IN|CH|HS)$/i;
/** Seconds, or with units: `30`, `1h`, `1h30m`. */
const TTL = /^\d+(?:[smhdw]\d+)*[smhdw]?$/i;
const TYPE = /^(?:A|AAAA|CNAME|DNAME|MX|NS|PTR|SOA|SRV|TXT|CAA|DS|RRSIG|NSEC3?|DNSKEY|HINFO|LOC)$/i;
const TRIGGERS = /(?:^|\.)rpz-(?:ip|client-ip|nsip|nsdname)$/;

/** One record a line: comments cut, what stands in parentheses joined. */
function* records(text: string): Generator<string> {
  let open = 0;
  let joined = "";
  for (const line of linesOf(text)) {
    let quoted = false;
    let cut = "";
    for (const one of line) {
      if (one === '"') quoted = !quoted;
      else if (one === ";" && !quoted) break;
      else if (one === "(" && !quoted) open++;
      else if (one === ")" && !quoted) open = Math.max(0, open - 1);
      cut += !quoted && (one === "(" || one === ")") ? " " : one;
    }
    joined += joined === "" ? cut : ` ${cut.trim()}`;
    if (open > 0) continue;
    if (joined.trim() !== "") yield joined.trimEnd();
    joined = "";
  }
  // A parenthesis that is never closed: the end is missing.
  if (open > 0) yield "(";
}

const absolute = (name: string, origin: string): string => {
  const lower = name.toLowerCase();
  if (lower === "@") return origin;
  if (lower.endsWith(".")) return lower.slice(0, -1);
  return origin === "" ? lower : `${lower}.${origin}`;
};

/** Reads a zone file. `origin`: the zone's name, when the file itself does not name it. */
export function* readRpz(text: string, origin = ""): Steps<ParsedFeed> {
  const entries: FeedEntry[] = [];
  let zone = origin.toLowerCase().replace(/\.$/, "");
  let apex: string | null = zone === "" ? null : zone;
  let owner = zone;
  let read = 0;
  let unreadable = 0;
  let isWhole = true;
  let hasStart = false;

  for (const record of records(text)) {
    if (record === "(") {
      isWhole = false;
      continue;
    }
    const directive = /^\$(\w+)\s+(\S+)/.exec(record);
    if (directive !== null) {
      if (directive[1]!.toUpperCase() === "ORIGIN") {
        zone = absolute(directive[2]!, zone);
        apex ??= zone;
      }
      continue;
    }
    const words = record.trim().split(/\s+/);
    if (!/^\s/.test(record)) owner = absolute(words.shift()!, zone);
    while (words[0] !== undefined && (TTL.test(words[0]) || CLASS.test(words[0]))) words.shift();
    const type = words.shift()?.toUpperCase();
    const target = words[0]?.toLowerCase();
    read++;
    if (read % STEP === 0) yield;
    if (type === undefined || target === undefined || !TYPE.test(type)) {
      unreadable++;
      continue;
    }
    if (type === "SOA") {
      hasStart = true;
      if (apex === null) apex = zone = owner;
    }
    const name = apex !== null && owner.endsWith(`.${apex}`) ? owner.slice(0, -apex.length - 1) : owner;
    if (["SOA", "NS", "RRSIG", "NSEC", "NSEC3", "DNSKEY", "DS"].includes(type) || owner === apex) continue;
    if (TRIGGERS.test(name)) continue;
    const below = name.startsWith("*.");
    // In older zones the target of a passthru is the name itself.
    const isPassed = target.replace(/\.$/, "") === "rpz-passthru" || (!below && absolute(target, zone) === name);
    entries.push({
      kind: type === "CNAME" && isPassed ? "pass" : "host",
      host: below ? name.slice(2) : name,
      reach: below ? "below" : "itself",
    });
  }
  // Every zone starts with its SOA (RFC 1035 § 5.2); what has none is something else.
  return { entries, read, unreadable, isWhole: isWhole && hasStart };
}

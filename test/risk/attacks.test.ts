/**
 * What an attacker tries, and what the verdict on it is: every source at work, against name servers, a registry and
 * feeds on the loopback. Each row: what is tried, where the mail would go, what must be found, and whether a person must
 * look. The last rows are honest domains, which must get through. An address that the mail room refuses is judged here
 * all the same, as if it had come by another way, unless the row says that it is refused.
 */
import { Effect, Layer, Result } from "effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAddress } from "../../src/mail/address/Address.ts";
import { domainOf } from "../../src/mail/address/domainOf.ts";
import { explain } from "../../src/risk/explain.ts";
import { hostAddresses } from "../../src/dns/hostAddresses.ts";
import { DnsClient } from "../../src/dns/DnsClient.ts";
import { makeDnsClient } from "../../src/dns/NodeDns.ts";
import { readDomain } from "../../src/risk/ReadDomain.ts";
import { makeFeeds, Feeds } from "../../src/risk/feeds/Feeds.ts";
import { Fetch } from "../../src/net/Fetch.ts";
import { makeNodeFetch } from "../../src/net/NodeFetch.ts";
import { layerSources, RiskAssessor } from "../../src/risk/RiskAssessor.ts";
import { disposableList } from "../../src/risk/sources/DisposableList.ts";
import { makeDnsbl, spamhausDbl } from "../../src/risk/sources/Dnsbl.ts";
import { lookalike } from "../../src/risk/sources/Lookalike.ts";
import { makeMailExchange } from "../../src/risk/sources/MailExchange.ts";
import { makeMailPolicy } from "../../src/risk/sources/MailPolicy.ts";
import { publicSuffix } from "../../src/risk/sources/PublicSuffix.ts";
import { makeRegistration } from "../../src/risk/sources/Registration.ts";
import { makeThreatFeeds } from "../../src/risk/sources/ThreatFeed.ts";
import { isHeld, type Flag, type RiskVerdict } from "../../src/risk/RiskVerdict.ts";
import { DEFAULT_HOLD_THRESHOLD } from "../../src/risk/policy/Weights.ts";
import { NXDOMAIN, SERVFAIL, startDns, type DnsServer, type Zone } from "./servers/dns.ts";
import { sends, startHttp, type HttpServer } from "./servers/http.ts";

// --- the world ---------------------------------------------------------------------------------------------------------

const OWN = ["acme-corp.com"];
const KNOWN = ["initech.com", "contoso.co.uk"];
const DAY = 86_400;

/** Days since registration, or what else the registry says. Others: ten years. */
const REGISTRY: Readonly<Record<string, number | "1970" | "none" | "hidden" | "other" | "busy">> = {
  "new-today.com": 0,
  "new-last-week.com": 10,
  "new-last-month.com": 45,
  "claims-1970.com": "1970",
  "claims-future.com": -400,
  "taken-again.com": 3,
  "no-date.com": "none",
  "hidden.com": "hidden",
  "answers-for-another.com": "other",
  "rate-limited.org": "busy",
};

/** Names that exist; everything else does not. A leading `*.` is a wildcard. */
const EXIST = `
  ${[...Object.keys(REGISTRY), ...OWN, ...KNOWN].join(" ")}
  gmail.com docs.google.com outlook.com example.com münchen.de почта.рф
  acme-c0rp.com acrne-corp.com xn--acme-crp-4dg.com acme-corp.net acme-corp-invoices.com initecn.com
  paypal.com.evil.test acme-corp.com.evil.net www.initech.com.login.co.uk paypa1.com раураӏ.com gооgle.com
  listed.com sub.listed.com school.com mailinator.com sub.mailinator.com
  phish-on-dbl.com refused-on-dbl.com poisoned-dbl.com
  alice.github.io bad.pages.dev good.pages.dev *.wildcard-dns.com
`
  .trim()
  .split(/\s+/)
  .map((name) => (name.startsWith("*.") ? name : readDomain(name).host));

const exists = (name: string): boolean =>
  EXIST.includes(name) || EXIST.some((it) => it.startsWith("*.") && name.endsWith(it.slice(1)));

const DBL = "dbl.spamhaus.org";
const DBL_ANSWERS: Readonly<Record<string, string>> = {
  "phish-on-dbl.com": "127.0.1.4",
  "refused-on-dbl.com": "127.255.255.254",
  "poisoned-dbl.com": "203.0.113.66",
};

const zone: Zone = (name, type) => {
  if (name.endsWith(`.${DBL}`)) {
    const address = DBL_ANSWERS[name.slice(0, -DBL.length - 1)];
    return address === undefined ? NXDOMAIN : { records: [address] };
  }
  if (name.replace(/^_dmarc\./, "") === "servfail.com") return SERVFAIL;
  if (name === "null-mx.com") return type === "MX" ? { records: ["0 "] } : {};
  const host = name.replace(/^_dmarc\./, "");
  if (!exists(host)) return NXDOMAIN;
  if (type === "MX") return { records: [`10 mx.${host}`] };
  if (type === "TXT") return { records: [name === host ? "v=spf1 -all" : "v=DMARC1; p=reject"] };
  return {};
};

const FEED = "gmail.com\ndocs.google.com\noutlook.com\ncom\ngithub.io\nlisted.com\n";
const URLS =
  "https://docs.google.com/forms/x\nhttps://school.com/wp/x.php\nhttps://bad.pages.dev/\nhttps://gmail.com/\n";

// --- the table ---------------------------------------------------------------------------------------------------------

interface Row {
  readonly attack: string;
  readonly to: string | readonly string[];
  readonly replyTo?: string;
  /** What must be found; `refused`: the address itself is. */
  readonly found: readonly string[] | "refused";
  readonly flags?: readonly Flag[];
  readonly held: boolean;
}
const row = (attack: string, to: Row["to"], found: Row["found"], held: boolean, rest: Partial<Row> = {}): Row => ({
  attack,
  to,
  found,
  held,
  ...rest,
});
const HELD = true;
const PASSES = false;

const TABLE: readonly Row[] = [
  // homographs and lookalikes
  row("digit for letter", "x@acme-c0rp.com", ["lookalike_confusable"], HELD),
  row("rn for m", "x@acrne-corp.com", ["lookalike_confusable"], HELD),
  row("Greek omicron, in punycode", "x@xn--acme-crp-4dg.com", ["mixed_script"], HELD),
  row("all Cyrillic", "x@раураӏ.com", ["lookalike_confusable", "whole_script_confusable"], HELD),
  row("one Cyrillic letter", "x@gооgle.com", ["mixed_script"], HELD),
  row("punycode that says nothing", "x@xn--a.com", ["unreadable_domain"], HELD),
  row("one letter off a correspondent", "x@initecn.com", ["lookalike_near"], HELD),
  row("other suffix", "x@acme-corp.net", ["lookalike_suffix"], HELD),
  row("own name and a word", "x@acme-corp-invoices.com", ["lookalike_combined"], HELD),
  row("a brand, and no correspondent", "x@paypa1.com", ["lookalike_confusable"], HELD),
  // subdomain tricks
  row("a brand to the left", "x@paypal.com.evil.test", ["lookalike_embedded"], HELD),
  row("our domain to the left", "x@acme-corp.com.evil.net", ["lookalike_embedded"], HELD),
  row("a correspondent in the middle", "x@www.initech.com.login.co.uk", ["lookalike_embedded"], HELD),
  row("below a listed domain", "x@sub.listed.com", ["threat_listed"], HELD),
  row("below a throwaway domain", "x@sub.mailinator.com", ["disposable"], HELD),
  // ways of writing
  row("trailing dot", "x@listed.com.", ["threat_listed"], HELD),
  row("upper case", "x@LISTED.COM", ["threat_listed"], HELD),
  row("U+3002 for a dot", "x@listed。com", ["threat_listed"], HELD),
  row("full-width letters", "x@ｌｉｓｔｅｄ.com", ["threat_listed"], HELD),
  row("soft hyphen inside", "x@lis\u00adted.com", ["unreadable_domain"], HELD),
  row("zero-width joiner inside", "x@lis\u200dted.com", ["unreadable_domain"], HELD),
  row("right-to-left override", "x@\u202emoc.detsil", ["unreadable_domain"], HELD),
  row("percent-encoded", "x@%6cisted.com", ["unreadable_domain"], HELD),
  row("a path after it", "x@example.com/listed.com", ["unreadable_domain"], HELD),
  row("two at signs", "x@example.com@listed.com", ["threat_listed"], HELD),
  row("a display name that is an address", '"boss@acme-corp.com" <x@listed.com>', ["threat_listed"], HELD),
  row("address literal", "x@[192.0.2.1]", ["address_literal"], HELD),
  row("address without brackets", "x@192.0.2.1", ["address_literal"], HELD),
  row("address in hexadecimal", "x@0xc0.0x00.0x02.0x01", ["address_literal"], HELD),
  row("255 octets", `x@${"a.".repeat(126)}com`, ["unreadable_domain"], HELD),
  row("a label of 64", `x@${"a".repeat(64)}.com`, ["unreadable_domain"], HELD),
  row("no dot", "x@localhost", ["single_label", "no_such_domain"], HELD),
  row("a public suffix", "x@co.uk", ["bare_suffix"], HELD),
  // hidden recipients
  row("in Reply-To", "x@example.com", ["threat_listed"], HELD, { replyTo: "x@listed.com" }),
  row(
    "the last of many, as in Bcc",
    [...Array<string>(60).fill("x@example.com"), "x@acme-c0rp.com"],
    ["lookalike_confusable"],
    HELD,
  ),
  // registration
  row("registered today", "x@new-today.com", ["registered_this_week"], HELD, { flags: ["newly_registered"] }),
  row("registered ten days ago", "x@new-last-week.com", ["newly_registered"], HELD, { flags: ["newly_registered"] }),
  row("an old name taken again", "x@taken-again.com", ["registered_this_week"], HELD),
  row("RDAP that claims 1970", "x@claims-1970.com", ["registration_implausible"], PASSES, { flags: ["unknown"] }),
  row("RDAP that claims the future", "x@claims-future.com", ["registration_implausible"], PASSES, {
    flags: ["unknown"],
  }),
  row("RDAP that answers for another", "x@answers-for-another.com", ["source_failed"], PASSES, { flags: ["unknown"] }),
  row("RDAP that knows nothing", "x@hidden.com", ["registration_not_found"], PASSES, { flags: ["unknown"] }),
  row("RDAP that is busy", "x@rate-limited.org", ["source_failed"], PASSES, { flags: ["unknown"] }),
  // DNS
  row("no such domain", "x@nowhere-at-all.com", ["no_such_domain"], HELD),
  row("null MX", "x@null-mx.com", ["null_mail_exchange"], HELD),
  row("a name server that fails", "x@servfail.com", ["source_failed"], PASSES, { flags: ["unknown"] }),
  row("wildcard DNS clears nobody", "x@acme-corp.com.wildcard-dns.com", ["lookalike_embedded"], HELD),
  // lists
  row("on a block list", "x@phish-on-dbl.com", ["block_listed_threat"], HELD),
  row("a block list that refuses", "x@refused-on-dbl.com", ["source_failed"], PASSES, { flags: ["unknown"] }),
  row("a poisoned answer of it", "x@poisoned-dbl.com", ["source_failed"], PASSES, { flags: ["unknown"] }),
  row("a feed that lists gmail.com", "x@gmail.com", ["threat_on_shared_host"], PASSES, { flags: [] }),
  row("a feed that lists docs.google.com", "x@docs.google.com", ["threat_on_shared_host"], PASSES, { flags: [] }),
  row("a feed that lists .com", "x@example.com", ["not_threat_listed"], PASSES, { flags: [] }),
  row("a feed that lists github.io", "x@alice.github.io", ["not_threat_listed"], PASSES, { flags: [] }),
  row("a listed page on an honest site", "x@school.com", ["threat_on_domain"], PASSES, { flags: [] }),
  row("a listed customer of a hoster", "x@bad.pages.dev", ["threat_listed"], HELD),
  row("… and its neighbour", "x@good.pages.dev", ["not_threat_listed"], PASSES, { flags: [] }),
  // what is no address at all
  row("a line break", "x@example.com\r\nBcc: y@listed.com", "refused", HELD),
  row("a NUL", "x@example.com\0.listed.com", "refused", HELD),
  row("a list in one", "x@example.com, y@listed.com", "refused", HELD),
  // honest ones
  row("an ordinary domain", "ann@example.com", ["not_threat_listed"], PASSES, { flags: [] }),
  row("our own", "ann@acme-corp.com", ["no_lookalike"], PASSES, { flags: [] }),
  row("a correspondent", "ann@contoso.co.uk", ["no_lookalike"], PASSES, { flags: [] }),
  row("an umlaut", "ann@münchen.de", ["registration_undisclosed"], PASSES, { flags: [] }),
  row("Cyrillic at home", "ann@почта.рф", ["no_lookalike"], PASSES, { flags: [] }),
  row("registered last month", "ann@new-last-month.com", ["recently_registered"], PASSES, { flags: [] }),
  row("a registry without dates", "ann@no-date.com", ["registration_undisclosed"], PASSES, { flags: [] }),
];

// --- the test ----------------------------------------------------------------------------------------------------------

let dns: DnsServer;
let http: HttpServer;
let busy: HttpServer;
let judge: (row: Row) => Promise<RiskVerdict | "refused">;

const rdapAnswer = (name: string): string => {
  const says = REGISTRY[name] ?? 3_650;
  const date = (days: number) => new Date(Date.now() - days * DAY * 1000).toISOString();
  const events =
    name === "taken-again.com"
      ? [
          { eventAction: "registration", eventDate: "1998-01-01T00:00:00Z" },
          { eventAction: "reregistration", eventDate: date(3) },
        ]
      : says === "none"
        ? []
        : [{ eventAction: "registration", eventDate: typeof says === "number" ? date(says) : "1970-01-01T00:00:00Z" }];
  const ldhName = says === "other" ? "an-old-and-honest-domain.com" : name;
  if (says === "other") events[0] = { eventAction: "registration", eventDate: "1995-01-01T00:00:00Z" };
  return JSON.stringify({ objectClassName: "domain", ldhName, events });
};

beforeAll(async () => {
  dns = await startDns(zone);
  busy = await startHttp(sends("{}", { "retry-after": "60" }, 429));
  http = await startHttp((request, response) => {
    const path = request.url ?? "";
    const name = path.split("/").at(-1)!;
    if (path === "/dns.json")
      sends(
        JSON.stringify({
          services: [
            [["com", "net", "uk"], [`${http.base}a/`]],
            [["org"], [busy.base]],
          ],
        }),
      )(request, response);
    else if (path === "/hosts") sends(FEED)(request, response);
    else if (path === "/urls") sends(URLS)(request, response);
    else if (REGISTRY[name] === "hidden") sends("{}", {}, 404)(request, response);
    else sends(rdapAnswer(name))(request, response);
  });
  const own = { allowPlain: true, allowPrivate: true };
  const clients = Layer.mergeAll(
    Layer.succeed(Fetch, makeNodeFetch(hostAddresses)),
    Layer.succeed(DnsClient, makeDnsClient([dns.address])),
  );
  const sources = await Effect.runPromise(
    Effect.gen(function* () {
      const { service } = yield* makeFeeds(
        [
          { name: "hosts", format: "hosts", location: { url: `${http.base}hosts`, ...own } },
          { name: "urls", format: "openphish", location: { url: `${http.base}urls`, ...own } },
        ],
        null,
      );
      for (const outcome of yield* service.refresh()) expect(outcome).toMatchObject({ kind: "replaced", error: null });
      return [
        publicSuffix,
        disposableList(),
        lookalike,
        ...(yield* Effect.provideService(makeThreatFeeds, Feeds, service)),
        yield* makeMailExchange(),
        yield* makeMailPolicy(),
        yield* makeDnsbl(spamhausDbl(DBL)),
        yield* makeRegistration({ bootstrap: `${http.base}dns.json`, ...own }),
      ];
    }).pipe(Effect.provide(clients)),
  );
  judge = ({ to, replyTo, found }) => {
    const texts = [...(typeof to === "string" ? [to] : to), ...(replyTo === undefined ? [] : [replyTo])];
    const read = texts.map((text) => parseAddress(text));
    if (found === "refused" && read.some(Result.isFailure)) return Promise.resolve("refused");
    const addresses = read.map((one, at) =>
      Result.getOrElse(one, () => ({
        addrSpec: texts[at]!,
        domain: domainOf(texts[at]!),
      })),
    );
    return Effect.runPromise(
      Effect.flatMap(RiskAssessor, (assessor) =>
        assessor.assess({
          recipients: replyTo === undefined ? addresses : addresses.slice(0, -1),
          replyTo: replyTo === undefined ? null : addresses.at(-1)!,
          ownDomains: OWN,
          knownDomains: KNOWN,
          lists: { deny: [], allow: [] },
        }),
      ).pipe(Effect.provide(layerSources({ ownDomains: [], budgetMillis: 10_000 }, sources))),
    );
  };
});
afterAll(async () => {
  await dns.close();
  await http.close();
  await busy.close();
});

describe("the attack table", () => {
  it.each(TABLE)("$attack: held $held", async (given) => {
    const verdict = await judge(given);
    if (given.found === "refused" || verdict === "refused")
      return expect([verdict, given.found]).toEqual(["refused", "refused"]);
    const names = verdict.signals.map(({ name }) => name);
    for (const name of given.found) expect(names).toContain(name);
    expect(isHeld(verdict, DEFAULT_HOLD_THRESHOLD), `${verdict.score} ${names.join(" ")}`).toBe(given.held);
    if (given.flags !== undefined) expect(verdict.flags).toEqual(given.flags);
    // Not knowing is never clean, and an operator may hold it.
    expect(verdict.unknown).toBe(verdict.flags.includes("unknown"));
    if (verdict.unknown) expect(isHeld(verdict, DEFAULT_HOLD_THRESHOLD, true)).toBe(true);
  });

  it("OV-95 worst-domain-counts: wherever the bad one stands among the good", async () => {
    const good = Array<string>(5).fill("x@example.com");
    const alone = await judge(row("alone", "x@listed.com", [], HELD));
    for (let at = 0; at <= good.length; at++) {
      const verdict = await judge(row("among", good.toSpliced(at, 0, "x@listed.com"), [], HELD));
      expect(verdict).toMatchObject({ score: (alone as RiskVerdict).score, flags: ["threat_listed"] });
    }
    const hidden = await judge(row("behind", good, [], HELD, { replyTo: "x@listed.com" }));
    expect(hidden).toMatchObject({ score: (alone as RiskVerdict).score });
  });

  it("OV-98 signal-names-its-evidence: every signal of every row", async () => {
    for (const given of TABLE) {
      const verdict = await judge(given);
      if (verdict === "refused") continue;
      for (const one of verdict.signals) {
        expect(one.source, one.name).not.toBe("");
        expect(one.version, one.name).not.toBe("");
        expect(explain(one).length, one.name).toBeGreaterThan(10);
        // A pure rule is of no time; everything else says when.
        const isRule = ["public_suffix", "lookalike"].includes(one.source) || one.note?.startsWith("rented under");
        if (isRule !== true) expect(one.fetched_at, one.name).toBeGreaterThan(0);
        if (one.name === "source_failed") expect(one.error).toBeTruthy();
      }
    }
  });

  it("asks nobody outside", () => {
    expect(http.asked.length).toBeGreaterThan(10);
    expect(dns.asked.length).toBeGreaterThan(50);
  });
});

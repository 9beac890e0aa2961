import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCsv as rowsOf, type CsvSoFar } from "../../../src/risk/feeds/csv.ts";
import { FeedFormat, parseFeed } from "../../../src/risk/feeds/FeedFormat.ts";
import { codePoint } from "../../support/codePoint.ts";

const NOW = Date.UTC(2026, 10, 21) / 1000;
const parse = (format: FeedFormat, text: string, origin?: string) => parseFeed(format, text, NOW, origin);
const hosts = (format: FeedFormat, text: string, origin?: string) =>
  parse(format, text, origin).entries.map((entry) =>
    entry.kind === "url"
      ? `${entry.host}${entry.path}`
      : `${entry.kind === "pass" ? "!" : ""}${entry.reach === "below" ? "*." : ""}${entry.host}`,
  );

const readCsv = (text: string) => {
  const soFar: CsvSoFar = { comments: [], isWhole: true };
  const rows = [...rowsOf(text, soFar)];
  return { rows, ...soFar };
};

describe("readCsv", () => {
  it("reads quotes, commas, line ends and comments", () => {
    expect(readCsv('# id,a\n"1","x,""y""\nz"\n\n2, b \n# end')).toEqual({
      rows: [
        ["1", 'x,"y"\nz'],
        ["2", "b"],
      ],
      comments: ["id,a", "end"],
      isWhole: true,
    });
  });
  it("notices a quote that is never closed", () => expect(readCsv('"1","http://a.exa').isWhole).toBe(false));
  it("reads back what is written, whatever it is", () => {
    const field = fc.string({ unit: fc.constantFrom(...'ab,"\n#; é') });
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 5 }), { maxLength: 8 }), (rows) => {
        const text = rows.map((row) => row.map((it) => `"${it.replaceAll('"', '""')}"`).join(",")).join("\n");
        expect(readCsv(text)).toEqual({ rows, comments: [], isWhole: true });
      }),
    );
  });
});

const urlhaus = (...rows: readonly string[]) =>
  [
    "################################################################",
    "# abuse.ch URLhaus Database Dump (CSV - recent URLs only)       #",
    "################################################################",
    "#",
    "# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter",
    ...rows,
    "",
  ].join("\r\n");

describe("URLhaus CSV", () => {
  it("reads hosts and paths, and leaves out what has long been offline", () => {
    const text = urlhaus(
      '"3","2026-11-20 10:00:00","http://bad.example/a,b.exe?x=""1""","online","2026-11-20 10:00:00","malware_download","exe,emotet","https://urlhaus.abuse.ch/url/3/","me"',
      '"2","2026-11-10 10:00:00","https://WWW.Worse.example:8443/","offline","","malware_download","None","https://urlhaus.abuse.ch/url/2/","me"',
      '"1","2026-09-10 10:00:00","http://gone.example/x","offline","","malware_download","None","https://urlhaus.abuse.ch/url/1/","me"',
      '"0","2020-09-10 10:00:00","http://still.example/x","online","","malware_download","None","https://urlhaus.abuse.ch/url/0/","me"',
    );
    expect(hosts("urlhaus_csv", text)).toEqual([
      "bad.example/a,b.exe?x=%221%22",
      "www.worse.example/",
      "still.example/x",
    ]);
    expect(parse("urlhaus_csv", text)).toMatchObject({ read: 4, unreadable: 0, isWhole: true });
  });
  it("follows the columns that its header names", () => {
    const text = '# id,url,dateadded,url_status\n"1","http://bad.example/x","2026-11-20 10:00:00","online"\n';
    expect(hosts("urlhaus_csv", text)).toEqual(["bad.example/x"]);
  });
});

describe("hosts", () => {
  it("reads hosts(5) lines and plain names", () => {
    const text = [
      "# comment",
      "127.0.0.1\tlocalhost",
      "::1 ip6-localhost ip6-loopback",
      "127.0.0.1\tBad.Example",
      "0.0.0.0 a.example b.example # two",
      "plain.example",
      "*.wild.example",
      "münchen.example",
      "xn--mnchen-3ya.example.",
      "192.0.2.7",
      "",
    ].join("\n");
    expect(hosts("hosts", text)).toEqual([
      "bad.example",
      "a.example",
      "b.example",
      "plain.example",
      "wild.example",
      "*.wild.example",
      "münchen.example",
      "xn--mnchen-3ya.example.",
    ]);
    expect(parse("hosts", text)).toMatchObject({ read: 9, unreadable: 0 });
  });
  it("leaves out the names every hosts file begins with, and no others that look like them", () => {
    const text = [
      "127.0.0.1 localhost localhost.localdomain",
      "255.255.255.255 broadcasthost",
      "fe80::1%lo0 localhost",
      "ff02::1 ip6-allnodes",
      "::1 ip6-localhost ip6-loopback bad.example",
      "0.0.0.0 ip6-login.example",
      "ip6-phish.example",
      "*.ip6-wild.example",
    ].join("\n");
    expect(hosts("hosts", text)).toEqual([
      "bad.example",
      "ip6-login.example",
      "ip6-phish.example",
      "ip6-wild.example",
      "*.ip6-wild.example",
    ]);
    expect(parse("hosts", text)).toMatchObject({ read: 8, unreadable: 0 });
  });
  it("keeps the good names of a line that holds a bad one, and counts the line as unreadable", () => {
    const text = "0.0.0.0 a.example bad_/name b.example -\n0.0.0.0 c.example\n0.0.0.0 nodot\n";
    expect(hosts("hosts", text)).toEqual(["a.example", "b.example", "c.example"]);
    expect(parse("hosts", text)).toMatchObject({ read: 3, unreadable: 2 });
  });
  it("does not read a page", () => {
    const page = "<!doctype html>\n<html><head>\n<title>Sign in</title>\n</head><body class=x>\n<p>Please wait</p>\n";
    expect(parse("hosts", page)).toMatchObject({ entries: [], read: 5, unreadable: 5 });
  });
});

describe("PhishTank", () => {
  const phish = (url: unknown, verified = "yes", online = "yes") => ({
    phish_id: 1,
    url,
    verified,
    online,
    details: [],
  });
  it("JSON: what is verified and online", () => {
    const text = JSON.stringify([
      phish("https://bad.example/login?a=1,2"),
      phish("https://no.example/", "no"),
      phish("https://off.example/", "yes", "no"),
      phish(7),
      "x",
    ]);
    expect(hosts("phishtank_json", text)).toEqual(["bad.example/login?a=1,2"]);
    expect(parse("phishtank_json", text)).toMatchObject({ read: 5, unreadable: 2, isWhole: true });
    for (const broken of [text.slice(0, -9), "{}", "", "null"])
      expect(parse("phishtank_json", broken).isWhole, broken).toBe(false);
  });
  it("reads URLs that are written with character references, once", () => {
    const urls = [
      ["https://a.example/?x=1&amp;y=2", "a.example/?x=1&y=2"],
      ["https://b.example&#x2F;login&#47;&quot;", "b.example/login/%22"],
      ["https://&#99;.example/&lt;&gt;&apos;&#39;", "c.example/%3C%3E''"],
      ["https://d.example/&amp;amp;", "d.example/&amp;"],
      ["https://e.example/?a&copy=1&b&#0;&#x110000;&#xd800;", "e.example/?a&copy=1&b&"],
    ] as const;
    const readings = urls.map(([, reading]) => reading);
    expect(hosts("phishtank_json", JSON.stringify(urls.map(([url]) => phish(url))))).toEqual(readings);
    const rows = urls.map(([url], at) => `${at},"${url}",yes,yes`);
    expect(hosts("phishtank_csv", ["phish_id,url,verified,online", ...rows, ""].join("\n"))).toEqual(readings);
    // One page, however often it is written so.
    const twice = JSON.stringify(["https://f.example/?a&amp;b", "https://f.example/?a&b"].map((url) => phish(url)));
    expect(new Set(hosts("phishtank_json", twice)).size).toBe(1);
  });
  it("CSV: URLs with commas", () => {
    const text =
      "phish_id,url,phish_detail_url,submission_time,verified,verification_time,online,target\n" +
      '1,"http://bad.example/a,b",http://www.phishtank.com/phish_detail.php?phish_id=1,2026-11-20T00:00:00+00:00,yes,2026-11-20T00:00:00+00:00,yes,Other\n' +
      "2,http://no.example/,http://www.phishtank.com/phish_detail.php?phish_id=2,2026-11-20T00:00:00+00:00,no,,yes,Other\n";
    expect(hosts("phishtank_csv", text)).toEqual(["bad.example/a,b"]);
    expect(parse("phishtank_csv", "<html><body>limit reached</body>").isWhole).toBe(false);
  });
});

describe("OpenPhish", () => {
  it("reads a URL a line, defanged ones too", () => {
    const text =
      "https://bad.example/x\nhxxps://evil[.]example/#frag\nftp://files.example/a\nnot a url\njavascript:1\n";
    expect(hosts("openphish", text)).toEqual(["bad.example/x", "evil.example/", "files.example/a"]);
    expect(parse("openphish", text)).toMatchObject({ read: 5, unreadable: 2 });
  });
  it("reads what a browser would: other dots, upper case, IP addresses in disguise", () => {
    expect(hosts("openphish", "https://BAD。example/\nhttp://0x7f.1/\nhttps://bad.example./\n")).toEqual([
      "bad.example/",
      "127.0.0.1/",
      "bad.example./",
    ]);
  });
});

describe("RPZ", () => {
  const zone = `
$TTL 30
@ SOA rpz.feed.example. hostmaster.feed.example. (
  2611210001 ; serial
  300 1800 604800 30 )
  NS localhost.
;
testentry.rpz.feed.example. CNAME . ; test
bad.example CNAME . ; malware, see https://feed.example/1;2
*.bad.example 60 IN CNAME .
nodata.example CNAME *.
dropped.example CNAME rpz-drop.
redirected.example IN A 192.0.2.1
             AAAA 2001:db8::1
good.example CNAME rpz-passthru.
*.good.example CNAME rpz-passthru.
32.1.2.0.192.rpz-ip CNAME .
ns.evil.example.rpz-nsdname CNAME .
`;
  it("reads every action and trigger for what it is", () => {
    expect(hosts("rpz", zone, "rpz.feed.example")).toEqual([
      "testentry",
      "bad.example",
      "*.bad.example",
      "nodata.example",
      "dropped.example",
      "redirected.example",
      "redirected.example",
      "!good.example",
      "!*.good.example",
    ]);
    expect(parse("rpz", zone, "rpz.feed.example")).toMatchObject({ unreadable: 0, isWhole: true });
  });
  it("takes names relative to $ORIGIN or to the owner of its SOA", () => {
    const absolute = (start: string) => `${start}\nbad.example.rpz.x. CNAME .\nworse.example CNAME .\n`;
    const soa = "SOA ns. root. 1 2 3 4 5";
    for (const start of [`$ORIGIN rpz.x.\n@ ${soa}`, `rpz.x. 60 IN ${soa}`])
      expect(hosts("rpz", absolute(start))).toEqual(["bad.example", "worse.example"]);
  });
  it("takes a CNAME to the name itself for the passthru it was in older zones", () => {
    const rules = [
      "own.example CNAME own.example.",
      "Own2.example 60 IN CNAME OWN2.example.",
      "relative.example CNAME relative.example",
      "*.wild.example CNAME *.wild.example.",
      "other.example CNAME own.example.",
      "above.example CNAME example.",
    ];
    expect(hosts("rpz", `$ORIGIN rpz.x.\n@ SOA ns. root. 1 2 3 4 5\n${rules.join("\n")}\n`)).toEqual([
      "!own.example",
      "!own2.example",
      // Relative to the zone, it is a name of the zone's; and a wildcard to a wildcard rewrites.
      "relative.example",
      "*.wild.example",
      "other.example",
      "above.example",
    ]);
  });
  it.each(["30", "1h", "1h30m", "1W2D3h4M5s", "1h30"])("reads a record with the TTL %s", (ttl) => {
    const rules = [`a.example ${ttl} CNAME .`, `b.example ${ttl} IN CNAME .`, `c.example IN ${ttl} CNAME .`];
    const text = `$TTL ${ttl}\n@ ${ttl} SOA ns. root. 1 ${ttl} 3 4 5\n${rules.join("\n")}\n`;
    expect(hosts("rpz", text, "rpz.x")).toEqual(["a.example", "b.example", "c.example"]);
    expect(parse("rpz", text, "rpz.x")).toMatchObject({ unreadable: 0, isWhole: true });
  });
  it.each(["h", "1x", "1h30x", "h1", "1-h"])("does not take %s for a TTL", (word) => {
    expect(parse("rpz", `@ SOA ns. root. 1 2 3 4 5\na.example ${word} CNAME .\n`, "rpz.x")).toMatchObject({
      entries: [],
      unreadable: 1,
    });
  });
  it("is not whole without its start, or in the middle of a record", () => {
    expect(parse("rpz", "bad.example CNAME .\n").isWhole).toBe(false);
    expect(parse("rpz", "@ SOA ns. root. 1 2 3 4 5\nbad.example CNAME ( .").isWhole).toBe(false);
    expect(parse("rpz", "<html>\n<p>no</p>\n")).toMatchObject({ entries: [], isWhole: false });
  });
});

it("no format throws, whatever it is given", () => {
  const text = fc.oneof(
    fc.string({ unit: codePoint, maxLength: 300 }),
    fc.string({ unit: fc.constantFrom(..."ab.,;\"'()#$@*\n\t /:[]{}<>"), maxLength: 300 }),
    fc.json(),
  );
  fc.assert(
    fc.property(fc.constantFrom(...FeedFormat.literals), text, (format, given) => {
      const { read, unreadable, entries } = parse(format, given);
      expect(unreadable).toBeLessThanOrEqual(read);
      for (const entry of entries) expect(typeof entry.host).toBe("string");
    }),
    { numRuns: 2_000 },
  );
});

describe("a hostile line", () => {
  // As long as it takes to read it once; tried anew from each sign it took a minute.
  it("is read in linear time", { timeout: 5_000 }, () => {
    const many = 100_000;
    expect(parse("hosts", `bad.example${" #".repeat(many)}\u2028x`).entries).toHaveLength(1);
    expect(parse("openphish", `${" #".repeat(many)}\u2028x`).entries).toEqual([]);
    expect(parse("rpz", `x${" ".repeat(2 * many)}y`).entries).toEqual([]);
  });
});

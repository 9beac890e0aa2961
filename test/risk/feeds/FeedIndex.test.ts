import { describe, expect, it } from "vitest";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import { parseFeed, type FeedFormat } from "../../../src/risk/feeds/FeedFormat.ts";
import { indexFeed } from "../../../src/risk/feeds/FeedIndex.ts";
import { isShared } from "../../../src/risk/feeds/SharedHosts.ts";

const index = (format: FeedFormat, ...lines: readonly string[]) =>
  indexFeed(parseFeed(format, `${lines.join("\n")}\n`, 0).entries);
const found = (domain: string, format: FeedFormat, ...lines: readonly string[]) =>
  index(format, ...lines).find(readDomain(domain)).kind;

describe("a list of hosts", () => {
  it.each([
    ["bad.example.com", "bad.example.com", "listed"],
    ["mail.bad.com", "bad.com", "listed"],
    ["BAD.com.", "bad.com", "listed"],
    ["bad.com", "www.bad.com", "listed"],
    ["bad.com", "login.bad.com", "on_domain"],
    ["mail.bad.com", "login.bad.com", "on_domain"],
    ["notbad.com", "bad.com", "none"],
    ["com", "bad.com", "none"],
    ["bob.github.io", "alice.github.io", "none"],
    ["alice.github.io", "alice.github.io", "listed"],
    ["xn--mnchen-3ya.com", "münchen.com", "listed"],
    ["[192.0.2.1]", "bad.com", "none"],
  ])("%s, when it has %s: %s", (domain, line, kind) => expect(found(domain, "hosts", line)).toBe(kind));
});

describe("a list of URLs", () => {
  it.each([
    ["the root of the site", "bad.com", ["https://bad.com/"], "listed"],
    ["the root at www", "mail.bad.com", ["https://www.bad.com"], "listed"],
    ["OV-104 page-is-not-domain: a page", "school.com", ["https://school.com/wp/x.php"], "on_domain"],
    ["a query on the root is a page", "school.com", ["https://school.com/?p=1"], "on_domain"],
    ["two pages", "school.com", ["https://school.com/a", "https://school.com/b"], "on_domain"],
    [
      "one page three times",
      "school.com",
      ["https://school.com/a", "http://school.com/a", "https://school.com/a"],
      "on_domain",
    ],
    ["three pages", "school.com", ["https://school.com/a", "https://school.com/b", "https://x.school.com/c"], "listed"],
    ["a host below, asked for itself", "x.school.com", ["https://x.school.com/a"], "listed"],
    ["a host below, asked for another", "y.school.com", ["https://x.school.com/a"], "on_domain"],
    ["an address", "school.com", ["https://192.0.2.1/a"], "none"],
  ])("%s", (_what, domain, urls, kind) => expect(found(domain, "openphish", ...urls)).toBe(kind));
});

it("OV-104 page-is-not-domain: two pages are not the domain, three are, and so is its root", () => {
  const pages = ["https://school.com/a", "https://www.school.com/b", "https://school.com/c"];
  expect(found("school.com", "openphish", ...pages.slice(0, 2))).toBe("on_domain");
  expect(found("school.com", "openphish", ...pages)).toBe("listed");
  expect(found("school.com", "openphish", "https://school.com/")).toBe("listed");
});

describe("OV-103 shared-host-never-listed", () => {
  const everything = [
    "gmail.com",
    "docs.google.com",
    "google.com",
    "www.dropbox.com",
    "outlook.com",
    "co.uk",
    "com",
    "github.io",
    "bad.com",
  ];
  it.each(["gmail.com", "docs.google.com", "google.com", "outlook.com", "aspmx.gmail.com", "dropbox.com"])(
    "%s",
    (domain) => {
      const rpz = ["@ SOA ns. root. 1 2 3 4 5", ...everything.flatMap((it) => [`${it} CNAME .`, `*.${it} CNAME .`])];
      const urls = everything.flatMap((it) => ["", "a", "b", "c"].map((path) => `https://${it}/${path}`));
      for (const kind of [
        found(domain, "hosts", ...everything),
        found(domain, "openphish", ...urls),
        found(domain, "rpz", ...rpz),
      ])
        expect(["shared", "none"]).toContain(kind);
      // The feed works otherwise.
      expect(found("bad.com", "hosts", ...everything)).toBe("listed");
    },
  );
  it("says that something was listed", () => {
    expect(index("openphish", "https://docs.google.com/forms/x").find(readDomain("docs.google.com"))).toEqual({
      kind: "shared",
      note: "docs.google.com is listed, but many parties share it",
    });
  });
  it("does not shield a customer of a hoster", () => {
    expect(isShared("evil.pages.dev")).toBe(false);
    expect(found("evil.pages.dev", "openphish", "https://evil.pages.dev/")).toBe("listed");
    expect(found("good.pages.dev", "openphish", "https://evil.pages.dev/")).toBe("none");
  });
  it("does not shield what only looks shared", () => {
    for (const host of ["notgmail.com", "gmail.com.evil.net", "gmail.co", "xgoogle.com"])
      expect(isShared(host), host).toBe(false);
  });
});

describe("a response policy zone", () => {
  const zone = [
    "@ SOA ns. root. 1 2 3 4 5",
    "bad.com CNAME .",
    "*.below.com CNAME .",
    "*.mixed.com CNAME .",
    "fine.mixed.com CNAME rpz-passthru.",
  ];
  it.each([
    ["bad.com", "listed"],
    ["x.below.com", "listed"],
    ["below.com", "on_domain"],
    ["x.mixed.com", "listed"],
    ["fine.mixed.com", "none"],
  ])("%s: %s", (domain, kind) => expect(found(domain, "rpz", ...zone)).toBe(kind));

  // What stands nearest to the name decides; a rule for what is below a name is nearer than one for the name.
  it.each([
    [
      "a passthru above a listed name",
      "bad.shop.com",
      ["shop.com CNAME rpz-passthru.", "bad.shop.com CNAME ."],
      "listed",
    ],
    ["and what is below that", "x.bad.shop.com", ["shop.com CNAME rpz-passthru.", "bad.shop.com CNAME ."], "listed"],
    ["a passthru for all below", "bad.shop.com", ["*.shop.com CNAME rpz-passthru.", "bad.shop.com CNAME ."], "listed"],
    [
      "a passthru above a listed wildcard",
      "x.shop.com",
      ["shop.com CNAME rpz-passthru.", "*.shop.com CNAME ."],
      "listed",
    ],
    ["and for the name itself", "shop.com", ["shop.com CNAME rpz-passthru.", "*.shop.com CNAME ."], "none"],
    [
      "a listed name, a passthru for all below",
      "x.shop.com",
      ["shop.com CNAME .", "*.shop.com CNAME rpz-passthru."],
      "none",
    ],
    ["and the name itself", "shop.com", ["shop.com CNAME .", "*.shop.com CNAME rpz-passthru."], "listed"],
    [
      "a passthru below a listed name",
      "fine.shop.com",
      ["shop.com CNAME .", "fine.shop.com CNAME rpz-passthru."],
      "none",
    ],
    ["and what is below that", "x.fine.shop.com", ["shop.com CNAME .", "fine.shop.com CNAME rpz-passthru."], "none"],
    ["a passthru alone", "x.shop.com", ["shop.com CNAME rpz-passthru."], "none"],
    [
      "a passthru for the domain, its site listed",
      "shop.com",
      ["shop.com CNAME rpz-passthru.", "www.shop.com CNAME ."],
      "none",
    ],
    ["a passthru for a host many share", "gmail.com", ["gmail.com CNAME rpz-passthru."], "none"],
  ] as const)("%s: %s is, by %j, %s", (_what, domain, rules, kind) =>
    expect(found(domain, "rpz", zone[0]!, ...rules)).toBe(kind),
  );
});

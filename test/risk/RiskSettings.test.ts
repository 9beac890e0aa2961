import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, assert, describe, it } from "vitest";
import { Effect, Result } from "effect";
import { readInstallationSettings } from "../../src/server/settings/ServerSettings.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-settings-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const problemsOf = (env: Record<string, string>): readonly string[] =>
  Result.getOrThrow(Result.flip(Effect.runSync(Effect.result(readInstallationSettings(env))))).problems;
const settingsOf = (env: Record<string, string>) => Effect.runSync(readInstallationSettings(env)).risk;

describe("the settings of the sources", () => {
  it("ask nobody but DNS unless somebody is named", () => {
    assert.deepInclude(settingsOf({ PATH: "/bin" }), {
      dns: true,
      dnsServers: [],
      rdap: null,
      feeds: [],
      zones: [],
      budgetMillis: 800,
    });
  });

  it("name sources", () => {
    const settings = settingsOf({
      COUNTERSIGN_DNS_SERVERS: "127.0.0.1:5353, 9.9.9.9,::1,[2001:db8::1]:53",
      COUNTERSIGN_DNSBL: "spamhaus_dbl=key.dbl.dq.spamhaus.net,surbl",
      COUNTERSIGN_RDAP: "on",
      COUNTERSIGN_FEEDS: "urlhaus=hosts:https://feeds.example/a,b.txt local=rpz:/etc/local.rpz",
      COUNTERSIGN_RISK_BUDGET_MS: "500",
    });
    assert.deepEqual(settings.rdap, { bootstrap: null });
    assert.deepEqual(
      settings.zones.map(({ name, zone }) => `${name} ${zone}`),
      ["spamhaus_dbl key.dbl.dq.spamhaus.net", "surbl multi.surbl.org"],
    );
    assert.deepEqual(settings.feeds, [
      { name: "urlhaus", format: "hosts", location: { url: "https://feeds.example/a,b.txt" } },
      { name: "local", format: "rpz", location: { file: "/etc/local.rpz" } },
    ]);
    assert.strictEqual(settings.dnsServers.length, 4);
  });

  it("read a list of feeds from a file, with what a line cannot say", () => {
    const feed = {
      name: "urlhaus",
      format: "urlhaus_csv",
      location: { url: "https://urlhaus.abuse.ch/x", headers: { "auth-key": "k" } },
      refreshSeconds: 300,
    };
    assert.deepEqual(settingsOf({ COUNTERSIGN_FEEDS: file("feeds.json", JSON.stringify([feed])) }).feeds, [
      feed,
    ] as never);
    // One feed in a line, whose file happens to end like a list of them.
    assert.deepEqual(settingsOf({ COUNTERSIGN_FEEDS: "tank=phishtank_json:/var/feeds/tank.json" }).feeds, [
      { name: "tank", format: "phishtank_json", location: { file: "/var/feeds/tank.json" } },
    ]);
  });

  it.each([
    ["COUNTERSIGN_DNS", "yes"],
    ["COUNTERSIGN_DNS_SERVERS", "resolver.example"],
    ["COUNTERSIGN_DNS_SERVERS", "127.0.0.1:99999"],
    ["COUNTERSIGN_RDAP", "maybe"],
    ["COUNTERSIGN_DNSBL", "zen"],
    ["COUNTERSIGN_DNSBL", "spamhaus_zrd"],
    ["COUNTERSIGN_DNSBL", "surbl=not a zone"],
    ["COUNTERSIGN_DNSBL", "surbl,surbl=other.example.org"],
    ["COUNTERSIGN_FEEDS", "urlhaus"],
    ["COUNTERSIGN_FEEDS", "urlhaus=csv:https://x.example/"],
    ["COUNTERSIGN_FEEDS", "Bad Name=hosts:/x"],
    ["COUNTERSIGN_FEEDS", "a=hosts:/x a=hosts:/y"],
    ["COUNTERSIGN_FEEDS", "/does/not/exist.json"],
    ["COUNTERSIGN_DNS_SERVERS", "9.9.9.9,,1.1.1.1"],
    ["COUNTERSIGN_DNS_SERVERS", "9.9.9.9, 9.9.9.9"],
    ["COUNTERSIGN_RDAP", "https://"],
    ["COUNTERSIGN_DNSBL", "surbl,"],
    ["COUNTERSIGN_DNSBL", "constructor"],
    ["COUNTERSIGN_RISK_BUDGET_MS", "5"],
    ["COUNTERSIGN_RISK_BUDGET_MS", "1e3"],
  ])("%s=%s is a problem that is told", (name, value) => {
    const problems = problemsOf({ [name]: value });
    assert.isAbove(problems.length, 0);
    assert.match(problems[0]!, new RegExp(`^${name}`));
  });

  it("a file that is no list of feeds, or says what cannot be, is a problem", () => {
    for (const [name, text] of [
      ["a.json", "{"],
      ["b.json", "[{}]"],
      ["c.json", JSON.stringify([{ name: "a", format: "hosts", location: { file: "x" }, refreshSeconds: 5 }])],
      ["d.json", JSON.stringify([{ name: "A B", format: "hosts", location: { file: "x" } }])],
      ["e.json", JSON.stringify([{ name: "a", format: "hosts", location: { file: "x" }, refreshSecond: 300 }])],
      ["f.json", JSON.stringify(["x", "y"].map((file) => ({ name: "a", format: "hosts", location: { file } })))],
    ] as const) {
      assert.isAbove(problemsOf({ COUNTERSIGN_FEEDS: file(name, text) }).length, 0, name);
    }
  });

  it("lists are needed with DNS", () => {
    assert.match(problemsOf({ COUNTERSIGN_DNS: "off", COUNTERSIGN_DNSBL: "surbl" })[0]!, /needs COUNTERSIGN_DNS=on/);
  });
});

/** `countersign risk`: a look at a domain, and the feeds. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, it } from "vitest";
import { countersignHere, scratch } from "./run.ts";

const off = { COUNTERSIGN_DNS: "off" };
const risk = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  countersignHere(["risk", ...args], { ...off, ...env });

describe("countersign risk", () => {
  it("0: nothing that would hold a message", async () => {
    const { status, stdout } = await risk(["gmail.com"]);
    assert.strictEqual(status, 0);
    assert.match(stdout, /score 0\.00 of 1\nNothing was found/);
  });

  it("1: it would wait for a person, and why, in words, Unicode beside ASCII", async () => {
    const { status, stdout } = await risk(["billing@аcme-corp.com"], { COUNTERSIGN_KNOWN_DOMAINS: "acme-corp.com" });
    assert.strictEqual(status, 1);
    assert.match(stdout, /^аcme-corp\.com \(xn--cme-corp-06g\.com\)\n/);
    assert.match(stdout, /lookalike/);
    assert.match(stdout, /would wait for a person/);
    assert.strictEqual((await risk(["mailinator.com"], { COUNTERSIGN_HOLD_ABOVE: "0.9" })).status, 0);
  });

  it("2: cannot tell", async () => {
    // Nobody answers there.
    const { status, stdout } = await risk(["example.com"], {
      COUNTERSIGN_DNS: "on",
      COUNTERSIGN_DNS_SERVERS: "127.0.0.1:1",
    });
    assert.strictEqual(status, 2);
    assert.match(stdout, /Not everything could be found out/);
    assert.strictEqual((await risk(["a@b@c"])).status, 2);
    assert.strictEqual((await risk([" "])).status, 2);
    assert.strictEqual((await risk([])).status, 2);
    const wrong = await risk(["example.com"], { COUNTERSIGN_DNSBL: "nonsense" });
    assert.strictEqual(wrong.status, 2);
    assert.match(wrong.stderr, /COUNTERSIGN_DNSBL/);
  });

  it("--json is the whole of it", async () => {
    const { status, stdout } = await risk(["--json", "mailinator.com"]);
    assert.strictEqual(status, 1);
    const report = JSON.parse(stdout);
    assert.deepInclude(report, { domain: "mailinator.com", domain_risk_score: 0.8, held: true, unknown: false });
    assert.isTrue(
      report.domain_signals.every((signal: { words: string; source: string }) => signal.words && signal.source),
    );
  });

  it("shows what a name hides", async () => {
    const { status, stdout } = await risk(["evil\u202emoc.com"]);
    assert.strictEqual(status, 1);
    assert.notMatch(stdout, /\u202e/);
  });

  it("has help", async () => {
    const { status, stdout } = await risk(["--help"]);
    assert.strictEqual(status, 0);
    assert.match(stdout, /Exit status: 0/);
    assert.match(stdout, /feeds/);
  });
});

describe("countersign risk feeds", () => {
  const folder = scratch();
  const list = join(folder, "list.txt");
  const env = {
    COUNTERSIGN_FEEDS: `ours=hosts:${list} gone=hosts:${join(folder, "none.txt")}`,
    COUNTERSIGN_FEED_FOLDER: join(folder, "copies"),
  };

  it("are none unless some are named", async () => {
    for (const args of [["status"], ["refresh"]]) {
      const { status, stderr } = await risk(["feeds", ...args]);
      assert.strictEqual(status, 2);
      assert.match(stderr, /no threat feeds/);
    }
    assert.strictEqual((await risk(["feeds", "status"], { COUNTERSIGN_FEEDS: `a=hosts:${list}` })).status, 2);
  });

  it("are refreshed with progress, kept, shown, and asked", async () => {
    writeFileSync(list, "evil.example.org\nbad.example.net\n");
    const first = await risk(["feeds", "status"], env);
    assert.strictEqual(first.status, 1);
    assert.match(first.stdout, /ours +missing/);
    const refreshed = await risk(["feeds", "refresh"], env);
    assert.strictEqual(refreshed.status, 1);
    assert.match(refreshed.stdout, /\[1\/2\] .*\n\[2\/2\] /);
    assert.match(refreshed.stdout, /ours: replaced, 2 names/);
    assert.match(refreshed.stdout, /gone: not replaced, 0 names \(/);
    assert.strictEqual((await risk(["feeds", "refresh", "ours"], env)).status, 0);
    assert.strictEqual((await risk(["feeds", "refresh", "nobody"], env)).status, 2);
    const shown = JSON.parse((await risk(["feeds", "status", "--json"], env)).stdout);
    assert.deepInclude(shown[0], { name: "ours", entries: 2, isStale: false });
    assert.deepInclude(shown[1], { name: "gone", version: null });
  });

  it("a look fetches what is not there yet, and says so beside its answer", async () => {
    writeFileSync(list, "evil.example.org\n");
    const look = await risk(["www.evil.example.org"], { COUNTERSIGN_FEEDS: `ours=hosts:${list}` });
    assert.match(look.stderr, /fetching ours/);
    assert.match(look.stdout, /threat_feed:ours/);
    assert.notStrictEqual(look.status, 0);
  });
});

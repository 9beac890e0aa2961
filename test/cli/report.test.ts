/** `countersign report`: on exported files, sound and not, and on the store of a real server. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, beforeAll, describe, it } from "vitest";
import { formatVerifierKey } from "../../src/audit/tree/SignedNote.ts";
import { exported } from "../support/logExport.ts";
import { logKeys, noteSigner, origin } from "../support/logKeys.ts";
import { counted } from "../report/histories.ts";
import { readPage } from "../report/page.ts";
import { eventually } from "../support/time.ts";
import { furnish } from "../support/people.ts";
import { letter } from "../support/letter.ts";
import { startServer } from "../support/server.ts";
import { startReceiver } from "../support/receiver.ts";
import { countersignHere, type Ended, environment, scratch } from "./run.ts";

const folder = scratch();
const file = (name: string): string => join(folder, name);
const october = ["--from", "2026-10-01", "--to", "2026-11-01"];
const report = (...args: readonly string[]): Promise<Ended> => countersignHere(["report", ...args]);

/** What people read of a page. */
const textOf = (html: string): string =>
  readPage(html)
    .texts.filter(({ within }) => within.at(-1) !== "style")
    .map(({ text }) => text)
    .join("\n");

let lines: readonly string[];

beforeAll(async () => {
  lines = await exported(counted().leaves);
  writeFileSync(file("log.jsonl"), lines.join(""));
  writeFileSync(file("keys.txt"), `# the log's keys\n${logKeys.map(formatVerifierKey).join("\n")}\n`);
});

describe("on an exported file", () => {
  it("verifies, counts and writes the page whole", async () => {
    const { status, stdout, stderr } = await report(
      ...october,
      "--export",
      file("log.jsonl"),
      "--key",
      file("keys.txt"),
      "--out",
      file("sound.html"),
    );
    assert.strictEqual(status, 0, stderr);
    assert.strictEqual(stdout, "");
    assert.isFalse(existsSync(file("sound.html.part")));
    const text = textOf(readFileSync(file("sound.html"), "utf8"));
    assert.include(text, "was checked before anything was counted, and found sound.");
    assert.include(text, "32 entries are those of a tree of 32 with the root");
    assert.include(text, "Not checked: ");
    assert.include(text, "the export log.jsonl");
    assert.match(text, /Approvals by reviewers\n2\n/);
  });

  it("gives the same octets for the same input", async () => {
    const args = [...october, "--export", file("log.jsonl"), "--generated-at", "2026-11-02T08:00:00Z"];
    const [first, second] = [await report(...args), await report(...args)];
    assert.strictEqual(first.status, 0, first.stderr);
    assert.strictEqual(first.stdout, second.stdout);
    assert.include(textOf(first.stdout), "Made 2026-11-02 08:00:00Z.");
  });

  it("says plainly when nobody checked", async () => {
    const { status, stdout } = await report(...october, "--export", file("log.jsonl"), "--format", "markdown");
    assert.strictEqual(status, 0);
    assert.match(stdout, /^# Oversight report, 2026-10-01 00:00:00Z to 2026-11-01 00:00:00Z\n/);
    assert.include(stdout, "The log behind this report was NOT checked");
  });

  it("writes the report and status 1 when the log is not sound, and says what was found", async () => {
    const changed = [...lines];
    // The rejection becomes an approval.
    const at = changed.findIndex((line) => line.includes('"type":"reject"'));
    changed[at] = changed[at]!.replaceAll("reject", "approve");
    writeFileSync(file("changed.jsonl"), changed.join(""));
    const { status, stderr } = await report(
      ...october,
      "--export",
      file("changed.jsonl"),
      "--key",
      file("keys.txt"),
      "--out",
      file("changed.md"),
    );
    assert.strictEqual(status, 1);
    assert.include(stderr, "NOT sound");
    const text = readFileSync(file("changed.md"), "utf8");
    assert.include(text, "is NOT sound. The numbers below may be false");
    assert.include(text, `Entry ${at - 1}: edited`);
  });

  it("believes no export that the key given did not sign", async () => {
    const other = formatVerifierKey(noteSigner(origin, 1).key);
    const { status, stdout, stderr } = await report(...october, "--export", file("log.jsonl"), "--key", other);
    assert.strictEqual(status, 1);
    assert.include(textOf(stdout), "checkpoint_unsigned");
    assert.include(stderr, "NOT sound");
  });

  it("says what is missing of a file that breaks off, with and without keys", async () => {
    const whole = lines.join("");
    writeFileSync(file("cut.jsonl"), whole.slice(0, whole.length - 700));
    const unchecked = await report(...october, "--export", file("cut.jsonl"));
    assert.strictEqual(unchecked.status, 0);
    assert.match(
      textOf(unchecked.stdout),
      /Line \d+ breaks off, is too long or is not text; nothing after it was read\./,
    );
    const checked = await report(...october, "--export", file("cut.jsonl"), "--key", file("keys.txt"));
    assert.strictEqual(checked.status, 1);
    assert.include(textOf(checked.stdout), "truncated");
  });

  it("counts one tenant only, if asked", async () => {
    const { status, stdout } = await report(...october, "--export", file("log.jsonl"), "--tenant", "nobody");
    assert.strictEqual(status, 0);
    assert.include(textOf(stdout), "There was no entry in the period.");
  });

  it("refuses what is no export, in words, and writes nothing", async () => {
    writeFileSync(file("empty.jsonl"), "");
    writeFileSync(file("binary.jsonl"), Buffer.from([0, 255, 1, 10, 7]));
    writeFileSync(file("other.jsonl"), '{"hello":"world"}\n');
    writeFileSync(file("long.jsonl"), "x".repeat(400_000));
    const before = readdirSync(folder).length;
    for (const name of ["empty.jsonl", "binary.jsonl", "other.jsonl", "long.jsonl", "missing.jsonl", ""]) {
      for (const keys of [[], ["--key", file("keys.txt")]]) {
        const { status, stdout, stderr } = await report(
          ...october,
          "--export",
          file(name),
          ...keys,
          "--out",
          file("none.html"),
        );
        assert.strictEqual(status, 2, `${name}: ${stderr}`);
        assert.strictEqual(stdout, "");
        assert.match(stderr, /Cannot read|is no export that can be read/, name);
        assert.notMatch(stderr, /\n\s+at |defect/);
      }
    }
    assert.strictEqual(readdirSync(folder).length, before);
  });

  it("refuses periods, keys and places that make no sense", async () => {
    const said = async (...args: readonly string[]): Promise<string> => {
      const { status, stderr, stdout } = await report(...args);
      assert.strictEqual(status, 2, stdout);
      return stderr;
    };
    const from = (text: string) => ["--from", text, "--to", "2026-11-01", "--export", file("log.jsonl")];
    for (const text of ["yesterday", "2026-02-31", "", "2026-10-01T00:00:00"])
      assert.include(await said(...from(text)), "is no moment");
    assert.include(await said(...from("2026-11-01")), "--to must be after --from");
    assert.include(await said(...from("2026-10-01"), "--key", file("nokeys")), "cannot be read");
    writeFileSync(file("badkeys"), "hello\n");
    assert.include(await said(...from("2026-10-01"), "--key", file("badkeys")), "This is no verifier key.");
    writeFileSync(file("nokeys.txt"), "# none\n");
    assert.include(await said(...from("2026-10-01"), "--key", file("nokeys.txt")), "holds no log key");
    assert.include(
      await said(...from("2026-10-01"), "--out", join(folder, "no", "such", "place.html")),
      "cannot be written",
    );
  });
});

describe("on the store", () => {
  const env = {
    COUNTERSIGN_KEY: Buffer.alloc(32, 7).toString("base64"),
    COUNTERSIGN_OPERATOR_DOMAIN: "acme.example",
    DATABASE_URL: file("house.db"),
  };

  it("reports on what a server did, checked with its own published keys", async () => {
    const receiver = await startReceiver();
    const server = await startServer({ env: { ...environment, ...env, SMTP_URL: receiver.url } });
    let locked: Ended;
    try {
      const { agent, alice: reviewer } = await furnish(server);
      const sent = await server.call("POST", "/v1/send", agent, letter());
      assert.strictEqual(sent.status, 202, sent.text);
      const decided = await server.call("POST", "/v1/oversight/decide", reviewer, {
        pending_id: sent.body.pending_id,
        decision: "approve",
      });
      assert.strictEqual(decided.status, 200, decided.text);
      await eventually(
        () => server.call("GET", "/v1/audit-log/export", reviewer),
        ({ text }) => text.includes('"type":"delivered"'),
      );
      locked = await countersignHere(["report", "--from", "2020-01-01", "--to", "2100-01-01"], env);
    } finally {
      await server.stop();
      await receiver.stop();
    }
    assert.strictEqual(locked.status, 2);
    assert.include(locked.stderr, "give that file with --export");

    const keys = await countersignHere(["keys", "log"], env);
    assert.strictEqual(keys.status, 0, keys.stderr);
    writeFileSync(file("store-keys.txt"), keys.stdout);
    const { status, stdout, stderr } = await countersignHere(
      ["report", "--from", "2020-01-01", "--to", "2100-01-01", "--key", file("store-keys.txt")],
      env,
    );
    assert.strictEqual(status, 0, stderr);
    const text = textOf(stdout);
    assert.include(text, "found sound.");
    assert.match(text, /Read from\nthe store/);
    assert.match(text, /Approvals by reviewers\n1\n/);
    assert.match(text, /With the agent's signed statement in the header\n1 of 1/);
    assert.match(text, /gated_send\n1\n0\n/);
    assert.match(text, /With a disclosure in the text, as the log says\n1 of 1/);
  });

  it("says where there is no store", async () => {
    const { status, stderr } = await countersignHere(["report", ...october], {
      ...env,
      DATABASE_URL: file("nothing.db"),
    });
    assert.strictEqual(status, 2);
    assert.include(stderr, "There is no database");
    assert.isFalse(existsSync(file("nothing.db")));
  });
});

/** The command line as such: help for every command, and what happens to a line it does not understand. */
import { readFileSync } from "node:fs";
import { assert, describe, it } from "vitest";
import { settings } from "../../src/server/settings/settings.ts";
import { countersign, countersignHere } from "./run.ts";

const commands: readonly (readonly [line: string, says: readonly string[]])[] = [
  ["", ["Exit status: 0 done or sound", "serve ", "demo ", "verify ", "keys "]],
  [
    "serve",
    ["SIGTERM", "SMTP_URL=smtp://127.0.0.1:1025 countersign serve", ...Object.values(settings).map(({ name }) => name)],
  ],
  ["demo", ["--keep", "receiver", "Exit status: 0"]],
  ["demo receiver", ["<folder>", "--port", "sends nothing on"]],
  ["verify", ["<file.eml>", "--key", "--server", "--json", "0 verified; 1 forged", "2 cannot tell"]],
  ["keys", ["DATABASE_URL", "COUNTERSIGN_KEY", "list ", "rotate ", "revoke ", "Exit status: 0 done"]],
  ["keys list", ["--json", "Never shows a private key"]],
  ["keys rotate", ["<kid>", "On SQLite stop the server first", "no entry of the log"]],
  ["keys revoke", ["<kid>", "stolen", "no entry of the log"]],
  ["audit verify", ["<export.jsonl>", "--key", "--operator-key", "--since", "0 sound; 1 unsound", "2 cannot tell"]],
  ["audit receipt", ["<file.tlog-proof>", "--key", "2 cannot tell"]],
  ["export", ["DATABASE_URL", "--url", "--format", "--resume", "Exit status: 0 done"]],
  ["report", ["--from", "--to", "--export", "--key", "no legal advice", "Exit status: 0 written"]],
  ["risk", ["<domain>", "feeds", "2 cannot tell"]],
];

describe("help", () => {
  for (const [line, says] of commands) {
    it(`countersign ${line} --help says what it does, what it takes, and how it ends`, async () => {
      const { status, stdout } = await countersignHere([...line.split(" ").filter((word) => word !== ""), "--help"]);
      assert.strictEqual(status, 0);
      assert.include(stdout, `countersign${line === "" ? "" : ` ${line}`}`);
      for (const word of says) assert.include(stdout, word);
    });
  }
});

describe("a line that is not understood", () => {
  const lines: readonly (readonly [string, RegExp, string])[] = [
    ["countersing", /Unknown subcommand "countersing"/, "verify "],
    ["keys list --jsn", /--jsn/, "--json"],
    ["keys rotate", /Missing required argument: kid/, "<kid>"],
    ["keys destroy", /Unknown subcommand "destroy"/, "revoke "],
    ["verify", /Missing required argument: file.eml/, "<file.eml>"],
    ["serve now", /now/, "SMTP_URL"],
    ["demo receiver mail --port many", /many/, "--port"],
  ];
  for (const [line, says, shows] of lines) {
    it(`countersign ${line} ends with status 2, which is no verdict, and shows the help it needs`, async () => {
      const { status, stdout, stderr } = await countersignHere(line.split(" "));
      assert.strictEqual(status, 2);
      assert.match(stderr, says);
      assert.include(stdout, shows);
    });
  }
});

describe("a count below zero", () => {
  for (const flag of ["--from", "--to"])
    it(`countersign export ${flag} -1 is refused before anything is read`, async () => {
      const { status, stdout, stderr } = await countersignHere(["export", flag, "-1"], { DATABASE_URL: "none.db" });
      assert.deepEqual([status, stdout], [2, ""]);
      assert.include(stderr, `${flag} is a count of entries: 0 or more.`);
    });
});

describe("the program", () => {
  it("says its version, which is the package's", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    const { status, stdout } = await countersign(["--version"]);
    assert.strictEqual(status, 0);
    assert.include(stdout, version);
  });

  it("ends with the same status, help on standard output, and the mistake on standard error", async () => {
    const { status, stdout, stderr } = await countersign(["countersing"]);
    assert.strictEqual(status, 2);
    assert.include(stdout, "USAGE");
    assert.include(stderr, 'Unknown subcommand "countersing"');
  });
});

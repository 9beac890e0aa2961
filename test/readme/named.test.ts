/** What README.md and the guides name beside paths is there, and is so: the picture, settings, scripts, commands, bounds. */
import { assert, describe, it } from "vitest";
import { defaultSchedule } from "../../src/delivery/RetrySchedule.ts";
import * as limits from "../../src/mail/compose/limits.ts";
import { settings } from "../../src/server/settings/settings.ts";
import { blocksOf, inlineCode, readText } from "./markdown.ts";
import { pages } from "./pages.ts";
import { settingsPage, settingsTable, tableIn } from "./settingsTable.ts";
import { writtenPorts } from "./walk.ts";

const texts = pages.map((page) => readText(page));

const commandsIn = (markdown: string): readonly string[] =>
  blocksOf(markdown).flatMap(({ kind, text }) => (kind === "sh" ? [text] : []));

const codes = texts.flatMap((text) => [...inlineCode(text), ...commandsIn(text)]);

describe("the picture in embed.md", () => {
  interface Row {
    readonly status: string;
    readonly event: string;
    readonly next?: string;
  }
  const { rows } = JSON.parse(readText("spec/transitions.json")) as { readonly rows: readonly Row[] };
  const drawn = blocksOf(readText("spec/guide/embed.md"))
    .find(({ kind }) => kind === "mermaid")!
    .text.split("\n")
    .slice(1)
    .map((line) => line.trim());
  const ways = new Set(
    rows.flatMap(({ status, event, next }) =>
      next === undefined || next === status ? [] : [`${status} --> ${next}: ${event}`],
    ),
  );

  it("shows every way of the table but those it leaves out by name, and no other", () => {
    const leftOut = /: (reject|cancel|expire|revise)$/;
    assert.deepEqual(drawn.toSorted(), [...ways].filter((way) => !leftOut.test(way)).toSorted());
  });
});

describe("what the pages name is there", () => {
  const { scripts } = JSON.parse(readText("package.json")) as { readonly scripts: Readonly<Record<string, string>> };

  it("the settings, with their defaults and meanings, all of them and no other", () => {
    assert.strictEqual(
      tableIn(readText(settingsPage)),
      settingsTable(),
      "run: node test/readme/settingsTable.ts --update",
    );
    const known = new Set<string>(Object.values(settings).map(({ name }) => name));
    // A prefix is no name.
    const named = codes.flatMap((code) => code.match(/\bCOUNTERSIGN_[A-Z_]*[A-Z]/g) ?? []);
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
    );
  });

  it("npm's scripts", () => {
    const named = codes.flatMap((code) =>
      [...code.matchAll(/\bnpm (?:run (?:-s )?([\w:]+)|(test|start)\b)/g)].map((match) => match[1] ?? match[2]!),
    );
    assert.includeMembers(named, ["check", "test", "start", "demo", "house", "proofs"]);
    assert.deepEqual(
      named.filter((name) => scripts[name] === undefined),
      [],
    );
  });

  it("commands of the command line", () => {
    const named = codes.flatMap((code) =>
      [...code.matchAll(/(?:^|npx |^countersign )(?:countersign )([a-z]+)/gm)].map((match) => match[1]!),
    );
    assert.isAbove(named.length, 3);
    assert.deepEqual(
      named.filter(
        (name) =>
          !["serve", "demo", "verify", "keys", "proofs", "audit", "export", "report", "conformance", "risk"].includes(
            name,
          ),
      ),
      [],
    );
  });

  it("the bounds of a message, and the times of its retries", () => {
    const operate = readText("spec/guide/operate.md").replaceAll("\n", " ");
    const count = (value: number) => value.toLocaleString("en-US");
    for (const bound of [
      `${limits.MAX_RECIPIENTS} recipients in To, Cc and Bcc together`,
      `${limits.MAX_ATTACHMENTS} attachments`,
      `${limits.MAX_EXTRA_HEADERS} extra header fields of ${count(limits.MAX_HEADER_VALUE)} characters`,
      `a subject of ${limits.MAX_SUBJECT} characters`,
      `${limits.MAX_RAW_BYTES / 1024 / 1024} MiB as it goes over the wire`,
      `tried again after ${defaultSchedule.first / 60} minutes, then ${defaultSchedule.first / 30}`,
      `every ${defaultSchedule.longest / 3600} hours`,
      `until it is ${defaultSchedule.giveUpAfter / 86_400} days old`,
    ]) {
      assert.include(operate, bound);
    }
  });
});

describe("the steps of the pages", () => {
  const commands = texts.flatMap(commandsIn);

  it("have no loop without an end", () => {
    assert.deepEqual(
      commands.filter((text) => /\b(while|until)\b/.test(text)),
      [],
    );
  });

  it("write each port once, so that a reader can take another", () => {
    for (const port of writtenPorts) {
      assert.lengthOf([...commands.join("\n").matchAll(new RegExp(`\\b${port}\\b`, "g"))], 1, port);
    }
    assert.deepEqual(
      commands.filter((text) =>
        /\bPORT=\d|:\d{4}\b/.test(text.replace(/\bPORT=8787\b/, "").replace("127.0.0.1:9 ", "")),
      ),
      [],
    );
  });
});

/**
 * The runner as an implementer meets it: adapters that are bad as programs, expectations that are wrong, lists of known failures.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problems, type Schema } from "../../conformance/runner/schema.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const runner = at("../../conformance/runner/main.ts");
const reference = at("../../conformance/clients/reference/main.ts");
const bad = at("./adapters/bad.ts");
const vectors = at("../../conformance/vectors");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "conformance-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: readonly string[]) => {
  // A busy machine may take its time to start a program; where silence itself is tested, the test says how long.
  const patience = args.includes("--timeout") ? [] : ["--timeout", "40"];
  const { status, stdout, stderr } = spawnSync(process.execPath, [runner, "--quiet", ...patience, ...args], {
    encoding: "utf8",
    timeout: 50_000,
  });
  return { status, stdout, stderr };
};

/** One suite of vectors alone in a folder, changed. */
const setOf = (suite: string, change: (text: string) => string): string => {
  const place = mkdtempSync(join(folder, "vectors-"));
  writeFileSync(join(place, `${suite}.json`), change(readFileSync(join(vectors, `${suite}.json`), "utf8")));
  return place;
};

describe("adapters that are bad as programs", () => {
  it.each([
    ["exit-at-once", /ended early \(status 0\)/],
    ["crash-at-once", /ended early \(status 1\)/],
    ["crash", /ended early \(status 1\) while .* was due.*out of order/],
    ["exit-early", /ended early \(status 0\) while .* was due/],
    ["hang", /gave no answer for 4 s while [a-z]+-\d{4} was due/],
    ["garbage", /a line that is not JSON: .*Starting up/],
    ["huge-line", /a line of more than 1048576 octets/],
    ["huge-answer", /a line of more than 1048576 octets/],
    ["wrong-id", /nobody asked/],
    ["answer-twice", /answered before/],
    ["no-shape", /no answer/],
    ["a-list", /no answer/],
    ["no-hello", /does not answer hello/],
    ["other-protocol", /speaks protocol 2/],
    ["status-at-the-end", /ended with status 3/],
    ["half-a-line-at-the-end", /its last line has no end/],
    ["stays", /did not exit within 4 s/],
  ])("%s gets exit status 2 and its fault named, never a pass", (how, named) => {
    const place = setOf("scoring", (text) => text);
    const out = join(folder, how);
    const { status, stdout } = run("--client", bad, "--vectors", place, "--timeout", "4", "--out", out, "--", how);
    expect(status, stdout).toBe(2);
    expect(stdout).toMatch(named);
    expect(stdout).toMatch(/^conforms to 0\.1\.0: cannot be said$/m);
    const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8")) as { readonly conforms: boolean };
    expect(report.conforms).toBe(false);
  });

  it("a program that is not there gets exit status 2", () => {
    const absent = run("--client", join(folder, "nobody"));
    expect([absent.status, absent.stdout]).toEqual([2, ""]);
    expect(absent.stderr).toMatch(/^--client: there is no file .*nobody\.$/m);
    const unknown = run("--client", "countersign-nobody");
    expect(unknown.status).toBe(2);
    expect(unknown.stdout).toMatch(/cannot be started/);
  });

  it("to support nothing is to fail, not to be excused", () => {
    const place = setOf("scoring", (text) => text);
    const { status, stdout } = run("--client", bad, "--vectors", place, "--", "always-unsupported");
    expect(status).toBe(1);
    expect(stdout).toMatch(/^conforms to 0\.1\.0: no$/m);
    expect(stdout).toMatch(/ 0 pass, \d+ fail/);
  });
});

describe("what a run says", () => {
  it("a flipped expectation makes the run fail, and the page says which and what it means", () => {
    const flipped = setOf("scoring", (text) => text.replace('"score":7500}', '"score":7400}'));
    const { status, stdout } = run("--client", reference, "--vectors", flipped);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^conforms to 0\.1\.0: no$/m);
    expect(stdout).toMatch(/fail \*\*scoring-\d{4}\*\*/);
    expect(stdout).toContain("score: expected 7400, got 7500");
    expect(stdout).toContain("A dangerous recipient passes the threshold.");
  });

  it("a flipped refusal, status or command in a history makes the run fail", () => {
    for (const [from, to] of [
      ['"refusal":"stale_digest"', '"refusal":"not_permitted"'],
      ['"to":"queued"', '"to":"pending_approval"'],
      ['"commands":["enqueue"]', '"commands":[]'],
      ['"approvals":["ben"]', '"approvals":[]'],
    ] as const) {
      const place = setOf("decisions", (text) => {
        expect(text).toContain(from);
        return text.replace(from, to);
      });
      expect(run("--client", reference, "--vectors", place).status, from).toBe(1);
    }
  });

  it("the three reports agree, follow their schema, and are the same bytes twice", () => {
    const place = setOf("scoring", (text) => text.replace('"score":7500}', '"score":7400}'));
    const [first, second] = ["first", "second"].map((name) => {
      const out = join(folder, name);
      run("--client", reference, "--vectors", place, "--out", out);
      return Object.fromEntries(readdirSync(out).map((file) => [file, readFileSync(join(out, file), "utf8")]));
    });
    expect(first).toEqual(second);
    expect(Object.keys(first!).sort()).toEqual(["junit.xml", "report.json", "report.md"]);
    const schema = JSON.parse(readFileSync(at("../../conformance/schema/report.schema.json"), "utf8")) as Schema;
    expect(problems(schema, JSON.parse(first!["report.json"]!))).toEqual([]);
    expect(first!["report.md"]).toMatch(/^conforms to 0\.1\.0: no\n/);
    expect(first!["report.md"]).toMatch(
      /^\| OV-94 \| score-at-least-each \| \d+ \| [1-9]\d* \| 0 \| \*\*fails\*\* \|$/m,
    );
    expect(first!["report.md"]).toMatch(/^\| OV-36 \| durable-before-acting \| 0 \| 0 \| 0 \| not covered here \|$/m);
    expect(first!["junit.xml"]).toMatch(/failures="[1-9]/);
  });
});

describe("the list of known failures", () => {
  const listed = (place: string, text: string) => {
    const file = join(place, "list.xfail");
    writeFileSync(file, text);
    return run("--client", reference, "--vectors", place, "--xfail", file);
  };
  const flipped = () => setOf("scoring", (text) => text.replace('"score":7500}', '"score":7400}'));
  const failing = "scoring-0003";

  it("a listed failure keeps the build green and still does not conform", () => {
    const { status, stdout } = listed(flipped(), `# known\n${failing}  # fixed in the next release\n`);
    expect(stdout).toMatch(/^conforms to 0\.1\.0: no$/m);
    expect(stdout).toContain("listed: fixed in the next release");
    expect(status, stdout).toBe(0);
  });

  it("an entry that passes is stale and fails the run", () => {
    const { status, stdout } = listed(
      setOf("scoring", (text) => text),
      `${failing} # once\n`,
    );
    expect(status).toBe(1);
    expect(stdout).toMatch(/xpass \*\*scoring-0003\*\*/);
  });

  it.each([
    ["an unknown id", "scoring-9999 # why\n", /there is no vector scoring-9999/],
    ["a pattern", "scoring-* # why\n", /there is no vector scoring-\*/],
    ["no reason", `${failing}\n`, /is not: <vector id>/],
    ["an entry twice", `${failing} # a\n${failing} # b\n`, /listed before/],
  ])("%s is refused", (_, text, why) => {
    const { status, stderr } = listed(flipped(), text);
    expect(status).toBe(2);
    expect(stderr).toMatch(why);
  });
});

describe("vectors that cannot be used", () => {
  it.each([
    ["no JSON", (text: string) => text.slice(1), /is not JSON/],
    [
      "an unknown member",
      (text: string) => text.replace('"comment":', '"remark":"x","comment":'),
      /remark may not be there/,
    ],
    [
      "no requirement",
      (text: string) => text.replace(/"requirements":\[[^\]]+\]/, '"requirements":[]'),
      /too few items/,
    ],
    [
      "one id twice",
      (text: string) => text.replace("scoring-0002", "scoring-0001"),
      /two vectors are called scoring-0001/,
    ],
    [
      "a flag without a note",
      (text: string) => text.replace('"flags":["RiskUnderstated"]', '"flags":["Nonsense"]'),
      /no note explains/,
    ],
  ])("%s is the suite's fault, exit status 2", (_, change, why) => {
    const { status, stderr } = run("--client", reference, "--vectors", setOf("scoring", change));
    expect(status).toBe(2);
    expect(stderr).toMatch(why);
  });

  it.each([
    [[], /--client is missing/],
    [["--client", "x", "--level", "everything"], /none of core, verifier, service/],
    [["--client", "x", "--only", "scoring-9999"], /there is no vector/],
    [["--client", "x", "--timeout", "0"], /above 0/],
    [["--client", "x", "--nonsense"], /nonsense/],
  ] as const)("options %j are refused", (args, why) => {
    const { status, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(why);
  });
});

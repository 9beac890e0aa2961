/** The package as another project has it: packed, installed from the tarball beside the clone, and used. No file of the clone helps it. */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { readText, root } from "../readme/markdown.ts";
import { npm, pack } from "../readme/package.ts";

const place = mkdtempSync(join(tmpdir(), "countersign-packed-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const project = join(place, "agent");
const program = join(project, "node_modules/.bin/countersign");

const manifest = JSON.parse(readText("package.json")) as {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
};

/** Runs a program in the project, with nothing of this environment but PATH. */
const run = (file: string, args: readonly string[], path = process.env["PATH"] ?? "") => {
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd: project,
    encoding: "utf8",
    timeout: 120_000,
    env: { PATH: path, HOME: place, npm_config_update_notifier: "false" },
  });
  return { status, stdout, stderr };
};

/** Under the Node of these tests. */
const countersign = (...args: readonly string[]) =>
  run(program, args, [dirname(process.execPath), process.env["PATH"]].join(delimiter));

/** Every `node` on PATH that is too old for the package. */
const folders = (process.env["PATH"] ?? "").split(delimiter);
const nodes = folders.map((folder) => join(folder, "node")).filter((file) => existsSync(file));
const oldNodes = [...new Set(nodes.map((file) => realpathSync(file)))]
  .map((file) => ({ file, version: spawnSync(file, ["--version"], { encoding: "utf8" }).stdout.trim().slice(1) }))
  .filter(({ version }) => Number.parseInt(version, 10) < Number.parseInt(manifest.engines.node.slice(2), 10));

beforeAll(() => {
  mkdirSync(join(place, "clone"));
  const { tarball } = pack(join(place, "clone"));
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "name": "agent", "version": "1.0.0", "private": true }');
  // What the package depends on is there already, and nothing else: so it is installed without a network.
  for (const name of Object.keys(manifest.dependencies)) {
    const to = join(project, "node_modules", name);
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(join(root, "node_modules", name), to);
  }
  const { status, stderr } = run(npm, ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", tarball]);
  assert.strictEqual(status, 0, stderr);
  rmSync(join(place, "clone"), { recursive: true });
}, 240_000);

describe("the installed package", { timeout: 180_000 }, () => {
  it("runs, and is the version it says", () => {
    const { status, stdout } = countersign("--version");
    assert.deepEqual([status, stdout.includes(manifest.version)], [0, true]);
  });

  it("has all that its commands read", () => {
    const help = countersign("serve", "--help");
    assert.deepEqual([help.status, help.stdout.includes("COUNTERSIGN_WITNESSES")], [0, true], help.stderr);
    const proofs = countersign("proofs");
    assert.deepEqual([proofs.status, proofs.stdout.includes("theorems about the model")], [0, true], proofs.stderr);
    for (const [level, option] of [
      ["--help", "--client"],
      ["--url", "--reference"],
    ] as const) {
      const suite = countersign("conformance", level, ...(level === "--url" ? ["--help"] : []));
      assert.include(`${suite.stdout}${suite.stderr}`, option);
    }
  });

  it("plays the whole story, with its threads and its receiver; what it leaves verifies", () => {
    const demo = countersign("demo", "--keep", "evidence");
    assert.strictEqual(demo.status, 0, `${demo.stdout}${demo.stderr}`);
    const verified = countersign("verify", "evidence/message.eml", "--key", "evidence/keys.json");
    assert.deepEqual([verified.status, verified.stdout.split("\n")[0]], [0, "verdict: verified"], verified.stderr);
    const log = ["evidence/log.jsonl", "--key", "evidence/log.vkey", "--operator-key", "evidence/operator.json"];
    const audited = countersign("audit", "verify", ...log, "--complete");
    assert.deepEqual([audited.status, audited.stdout.split("\n")[0]], [0, "verdict: sound"], audited.stderr);
  });

  it("runs its conformance vectors", () => {
    const client = "node_modules/countersign/conformance/clients/python/client.py";
    const suite = countersign("conformance", "--client", client, "--level", "core", "--out", "report");
    assert.strictEqual(suite.status, 0, `${suite.stdout}${suite.stderr}`);
    assert.include(readFileSync(join(project, "report/report.md"), "utf8"), "core");
  });

  it("is a library, with the types it names", () => {
    const { status, stdout } = run(process.execPath, [
      "--input-type=module",
      "--eval",
      'import { transition } from "countersign"; console.log(typeof transition)',
    ]);
    assert.deepEqual([status, stdout], [0, "function\n"]);
    const { exports } = JSON.parse(readFileSync(join(project, "node_modules/countersign/package.json"), "utf8"));
    for (const file of Object.values(exports["."]) as readonly string[])
      assert.isTrue(existsSync(join(project, "node_modules/countersign", file)), file);
  });

  it("says in one sentence which Node it needs, on each that is too old here", () => {
    for (const { file, version } of oldNodes) {
      const { status, stdout, stderr } = run(file, [program, "verify", "evidence/message.eml"]);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.strictEqual(stderr, `countersign needs Node 24 or later; ${file} is ${version}.\n`);
    }
  });
});

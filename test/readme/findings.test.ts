/** The findings have the form that `findings/README.md` states. They are not run: they need a network. */
import { readdirSync } from "node:fs";
import { assert, describe, it } from "vitest";
import { linksOf, readText, root } from "./markdown.ts";

const scripts = readdirSync(`${root}findings`).filter((name) => name !== "README.md");

/** What a script lacks of the form, or has too much. */
const objections = (script: string): readonly string[] => {
  const problems: string[] = [];
  const [head = ""] = script.split("\nset -euo pipefail\n");
  for (const part of ["Good guess", "Behaviour", "Version", "Source", "Why it matters"]) {
    if (!head.includes(`\n# ${part}: `)) problems.push(`no line "# ${part}: …"`);
  }
  const packages = /^npm i (?:--\S+ (?:\d{4}-\d{2}-\d{2} )?)+(.+)$/m.exec(script)?.[1]?.split(" ") ?? [];
  if (packages.length === 0) problems.push("it installs nothing");
  for (const name of packages) {
    if (!/^(?:@[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/.test(name)) problems.push(`${name} has no exact version`);
  }
  for (const part of [
    "--ignore-scripts",
    "--before ",
    "mktemp -d",
    "trap 'rm -rf",
    "diff expected.txt found.txt",
    "exit 1",
  ]) {
    if (!script.includes(part)) problems.push(`no ${part}`);
  }
  if (/\.\.\/|registry|https?:/.test(script)) problems.push("it reaches out of its folder, or names a host");
  return problems;
};

describe("the findings", () => {
  it("are listed in their README, all of them", () => {
    assert.sameMembers(
      linksOf(readText("findings/README.md")).filter((link) => link.endsWith(".sh")),
      scripts,
    );
  });

  for (const name of scripts) {
    it(`${name} has the form`, () => assert.deepEqual(objections(readText(`findings/${name}`)), []));
  }

  it("without the form are seen", () => {
    const script = readText(`findings/${scripts[0]}`);
    assert.isNotEmpty(objections(script.replace(/# Source: .*/, "")));
    assert.isNotEmpty(objections(script.replace(/@\d+\.\d+\.\d+( |$)/m, "$1")));
    assert.isNotEmpty(objections(script.replace("--ignore-scripts", "")));
    assert.isNotEmpty(objections(script.replace("exit 1", "exit 0")));
    assert.isNotEmpty(objections(`${script}\nnode ../src/index.ts\n`));
  });
});

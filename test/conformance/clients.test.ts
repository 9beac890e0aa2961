/**
 * The clients written from the specification alone, in the languages at hand on common machines: they conform, and stay readable.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const runner = at("../../conformance/runner/main.ts");

describe.each([
  ["python", "client.py"],
  ["perl", "client.pl"],
])("the client in %s", (folder, file) => {
  const place = at(`../../conformance/clients/${folder}/`);

  it("conforms at the core level", () => {
    const args = [runner, "--quiet", "--client", `${place}${file}`, "--level", "core", "--timeout", "60"];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 280_000 });
    expect(stdout).toMatch(/^conforms to 0\.1\.0: yes$/m);
    expect(status).toBe(0);
  }, 300_000);

  it("has at most 300 lines, none of them long, over all its files", () => {
    const lines = readdirSync(place)
      .filter((name) => /\.(py|pl|pm)$/.test(name))
      .flatMap((name) => readFileSync(`${place}${name}`, "utf8").trimEnd().split("\n"));
    expect(lines.length).toBeLessThanOrEqual(300);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(165);
  });
});

/**
 * `npm run house`: the house in figures. Rooms with their files and lines, what is widest and longest, and what must be 0: circles of
 * imports, permissions that no import uses, exports that nobody takes. Exit status 1 when one of these is not 0.
 */
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { filesIn, importsIn, root, roomOf, src, unusedPermissions } from "./imports.ts";

interface Finding {
  readonly filename: string;
  readonly message: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

const run = promisify(execFile);
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

/** What a linter prints, whatever its exit status. */
const output = async (command: string, args: readonly string[]): Promise<string> => {
  try {
    return (await run(bin(command), [...args], { cwd: root, maxBuffer: 1e8 })).stdout;
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  }
};

/** What one rule of oxlint finds under `folders`. */
const findings = async (rules: object, plugins: readonly string[], folders: readonly string[]) => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-house-"));
  const config = join(folder, "oxlint.json");
  writeFileSync(config, JSON.stringify({ plugins, categories: { correctness: "off" }, rules }));
  const text = await output("oxlint", ["--config", config, "--format", "json", ...folders]);
  rmSync(folder, { recursive: true });
  return (JSON.parse(text) as { readonly diagnostics: readonly Finding[] }).diagnostics;
};

const linesOf = (file: string): number => readFileSync(file, "utf8").split("\n").length - 1;
const largest = <A>(all: readonly A[], size: (one: A) => number): A =>
  all.reduce((most, one) => (size(one) > size(most) ? one : most));

const files = filesIn(src);
const rooms = Map.groupBy(files, roomOf);
const width = Math.max(...[...rooms.keys()].map((room) => room.length));

for (const [room, inside] of [...rooms].sort(([a], [b]) => a.localeCompare(b))) {
  const lines = inside.reduce((sum, file) => sum + linesOf(file), 0);
  console.log(`${room.padEnd(width)}  ${String(inside.length).padStart(3)} files  ${String(lines).padStart(6)} lines`);
}
const total = files.reduce((sum, file) => sum + linesOf(file), 0);
console.log(
  `${"in all".padEnd(width)}  ${String(files.length).padStart(3)} files  ${String(total).padStart(6)} lines\n`,
);

const flat = Map.groupBy(files, dirname);
const widest = largest([...flat], ([, inside]) => inside.length);
console.log(`widest room: ${relative(root, widest[0])}, ${widest[1].length} files side by side`);
const longest = largest(files, linesOf);
console.log(`longest file: ${relative(root, longest)}, ${linesOf(longest)} lines`);

const folders = ["src", "test", "proofs", "conformance"];
const functions = await findings({ "max-lines-per-function": ["error", { max: 60 }] }, [], ["src"]);
const size = ({ message }: Finding): number => Number(/\((\d+)\)/.exec(message)?.[1] ?? 0);
if (functions.length > 0) {
  const most = largest(functions, size);
  console.log(`longest function: ${most.filename}:${most.labels[0]?.span.line}, ${size(most)} lines`);
}

const circles = await findings({ "import/no-cycle": ["error", { ignoreTypes: false }] }, ["import"], folders);
const unused = unusedPermissions(importsIn(files));
const dead = (
  await output("knip", ["--config", ".knip.json", "--include", "exports,types,files", "--reporter", "compact"])
)
  .split("\n")
  .filter((line) => line.includes(":"));
console.log(`circles of imports, types too: ${circles.length}`);
console.log(`permissions that no import uses: ${unused.length}${unused.map((one) => `\n  ${one}`).join("")}`);
console.log(`dead exports and files: ${dead.length}${dead.map((one) => `\n  ${one}`).join("")}`);
process.exitCode = circles.length + unused.length + dead.length === 0 ? 0 : 1;

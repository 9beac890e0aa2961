/**
 * Walks README.md and the guides as a reader would: page after page, each in a shell of its own that begins in the clone; block after block.
 *
 * - `sh` is run. `ts` is saved under the name in its first line, and run by the next `sh`. `text` is what the `sh` before it
 *   prints; `…` in it stands for anything, on a line of its own for any lines. Nothing else may be there but a picture.
 * - The clone has a name that no page knows, with a blank in it; the two port numbers are replaced by free ones.
 * - What a page cannot have here is put in its place: `npm ci`, `npm pack` and `npm i …/countersign-….tgz` install the very files that
 *   `npm pack` would ship, beside links to this repository's installed dependencies.
 * - The rest is real: the build, the programs, the servers, the databases.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileCache } from "../support/compileCache.ts";
import type { Block } from "./markdown.ts";
import { readText, root } from "./markdown.ts";
import { npm, onPath, pack } from "./package.ts";

export interface WalkedPage {
  /** What each block printed, and whether it came to its end. */
  readonly blocks: readonly { readonly ended: boolean; readonly output: string }[];
  readonly errors: string;
}

export interface Walked {
  /** In the order of the pages. */
  readonly pages: readonly WalkedPage[];
  /** The project that `embed.md` makes beside the clone. */
  readonly project: string;
  /** The paths of the files that a package would hold. */
  readonly shipped: readonly string[];
}

/** The time for all of it, the build too, milliseconds. */
const limit = 240_000;

/** The ports as the pages write them. */
export const writtenPorts = ["8787", "1025"] as const;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

const link = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(from, to);
};

/** `node_modules` as `npm i countersign` leaves it: the shipped files, and the dependencies they declare, no others. */
const installed = (from: string, shipped: readonly string[], modules: string): void => {
  for (const path of shipped) cpSync(join(from, path), join(modules, "countersign", path));
  const { dependencies, bin } = JSON.parse(readText("package.json")) as Record<string, Record<string, string>>;
  for (const name of Object.keys(dependencies!)) link(join(root, "node_modules", name), join(modules, name));
  // The compiler that checks the page's programs wants to know Node's own modules.
  link(join(root, "node_modules/@types/node"), join(modules, "@types/node"));
  for (const [name, file] of Object.entries(bin!)) {
    link(join("..", "countersign", file), join(modules, ".bin", name));
    chmodSync(join(modules, "countersign", file), 0o755);
  }
};

const npmInPlace = (real: string, modules: string, clone: string): string => `#!/bin/sh
case "$*" in
  ci) [ -f package-lock.json ] && exec ln -sfn '${join(root, "node_modules")}' node_modules ;;
  pack) echo countersign-0.1.0.tgz ;;
  "i ${clone}/countersign-"*".tgz effect") exec cp -a '${modules}' node_modules ;;
  "i "*|install*) echo "the walk does not install: npm $*" >&2; exit 1 ;;
  *) exec '${real}' "$@" ;;
esac
`;

const mark = "\u001e";

/** A page as one script. Each block ends with a mark; the first that fails ends the page. */
const scriptOf = (blocks: readonly Block[], ports: ReadonlyMap<string, string>): string => {
  const lines = ["set -euo pipefail", "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT"];
  for (const { kind, text } of blocks) {
    let here = text;
    for (const [written, free] of ports) here = here.replaceAll(written, free);
    if (kind === "sh") lines.push(here);
    if (kind === "ts") lines.push(`cat > ${/^\/\/ (\S+)/.exec(text)?.[1]} << 'END OF BLOCK'`, text, "END OF BLOCK");
    lines.push(`printf '${mark}'`);
  }
  return `${lines.join("\n")}\n`;
};

/** Runs one script until it ends, or until `deadline` (milliseconds of `performance.now()`). */
const run = async (script: string, cwd: string, env: NodeJS.ProcessEnv, deadline: number) => {
  const child = spawn("bash", ["-c", script], {
    cwd,
    // A group of its own, so that what it leaves running can be ended with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env,
  });
  const end = () => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // Nothing of it runs any more.
    }
  };
  process.once("exit", end);
  let [output, errors] = ["", ""];
  const timer = setTimeout(
    () => {
      errors += `The walk was ended: it may take ${limit / 1000} s.\n`;
      end();
    },
    Math.max(0, deadline - performance.now()),
  );
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  await once(child, "exit");
  clearTimeout(timer);
  end();
  process.off("exit", end);
  return { output, errors };
};

/** Walks the pages, given as their blocks. The folder is gone when `done` is called. */
export const walk = async (pages: readonly (readonly Block[])[]): Promise<Walked & { readonly done: () => void }> => {
  const deadline = performance.now() + limit;
  const place = mkdtempSync(join(tmpdir(), "countersign-readme-"));
  const at = (...names: readonly string[]) => join(place, ...names);
  const clone = at("a clone");
  for (const path of ["package.json", "package-lock.json", "src", "spec", "conformance", "proofs/theorems.json"]) {
    cpSync(join(root, path), join(clone, path), { recursive: true });
  }
  mkdirSync(at("package"));
  const { files: shipped } = pack(at("package"));
  installed(at("package"), shipped, at("modules"));
  mkdirSync(at("bin"));
  writeFileSync(at("bin", "npm"), npmInPlace(npm, at("modules"), clone), { mode: 0o755 });
  if (onPath("curl") === null) {
    const curl = fileURLToPath(new URL("./curl.ts", import.meta.url));
    writeFileSync(at("bin", "curl"), `#!/bin/sh\nexec node '${curl}' "$@"\n`, { mode: 0o755 });
  }
  const ports = new Map<string, string>();
  for (const port of writtenPorts) ports.set(port, String(await freePort()));
  const env = {
    PATH: [at("bin"), dirname(process.execPath), process.env["PATH"]].join(delimiter),
    HOME: place,
    NODE_COMPILE_CACHE: compileCache,
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
  };
  const walked: WalkedPage[] = [];
  for (const blocks of pages) {
    const ran = await run(scriptOf(blocks, ports), clone, env, deadline);
    const asWritten = (text: string) => [...ports].reduce((all, [was, free]) => all.replaceAll(free, was), text);
    const printed = ran.output.split(mark).map(asWritten);
    walked.push({
      blocks: blocks.map((_, i) => ({ ended: i < printed.length - 1, output: printed[i] ?? "" })),
      errors: asWritten(ran.errors),
    });
  }
  return {
    pages: walked,
    project: at("agent"),
    shipped,
    done: () => rmSync(place, { recursive: true, force: true }),
  };
};

/** Checks the types of the programs in a project against the package as it is installed there. Answers the complaints. */
export const complaints = (project: string): string => {
  const tsc = fileURLToPath(import.meta.resolve("typescript/package.json"));
  const programs = readdirSync(project).filter((name) => name.endsWith(".mts"));
  const options = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2024",
    "--types",
    "node",
    "--skipLibCheck",
  ];
  try {
    execFileSync(process.execPath, [join(dirname(tsc), "bin", "tsc"), ...options, ...programs], {
      cwd: project,
      encoding: "utf8",
      stdio: "pipe",
    });
    return "";
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  }
};

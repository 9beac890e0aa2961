/**
 * A log of a million entries: how fast the first and the last 100,000 are appended, how much memory an export takes, how long a
 * proof is. `node test/bench/audit-append.ts [entries] [database url]`; without a URL a SQLite file that is removed afterwards.
 *
 * - Entries go through the committer: the machine decides each, its leaf is built and hashed, the tree grows, state and entry are
 *   committed in transactions of 256. The log is signed meanwhile, as it is in a server.
 * - The export goes where nobody keeps it, but its lines are counted and its end is looked at.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect, Layer, References, Result, Stream } from "effect";
import { parseReceipt } from "../../src/audit/tree/Receipt.ts";
import { AuditLog, type ExportRequest } from "../../src/contracts/AuditLog.ts";
import { Committer, type Proposal } from "../../src/oversight/commit/Committer.ts";
import { Journal } from "../../src/store/Journal.ts";
import { configFor, layerInstallation } from "../support/installation.ts";
import { operator } from "../support/credentials.ts";

const entries = Number(process.argv[2] ?? 1_000_000);
const window = Math.max(1, Math.min(100_000, Math.floor(entries / 2)));
const batch = 256;
const folder = mkdtempSync(join(tmpdir(), "countersign-bench-"));
const database = process.argv[3] ?? join(folder, "log.db");

const actor = { role: "operator", principal: "operator", credential: "ak_operator" } as const;
const proposal = (i: number): Proposal => ({
  event: { type: i % 2 === 0 ? "halt" : "resume", at: 0, actor, tenant: "default" },
});

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
const perSecond = (count: number, millis: number): string => `${Math.round((count / millis) * 1000)} /s`;

interface Mark {
  readonly at: number;
  readonly cpu: NodeJS.CpuUsage;
}
interface Span {
  readonly millis: number;
  /** Of processor time, all threads, an entry. */
  readonly micros: number;
}

const between = (from: Mark, to: Mark): Span => ({
  millis: to.at - from.at,
  micros: Math.round((to.cpu.user + to.cpu.system - from.cpu.user - from.cpu.system) / window),
});

const appended = Effect.gen(function* () {
  const committer = yield* Committer;
  // Time is the machine's, with whatever else runs on it; processor time is ours.
  const marks = [{ at: performance.now(), cpu: process.cpuUsage() }];
  for (let done = 0; done < entries;) {
    const count = Math.min(batch, entries - done, window - (done % window));
    // Several transactions' worth is offered at once, as a busy server does.
    yield* committer.propose(...Array.from({ length: count }, (_, i) => proposal(done + i)));
    done += count;
    if (done % window === 0) {
      marks.push({ at: performance.now(), cpu: process.cpuUsage() });
      const { millis, micros } = between(marks.at(-2)!, marks.at(-1)!);
      process.stderr.write(`${done} entries, ${perSecond(window, millis)}, ${micros} µs of processor an entry\n`);
    }
  }
  const spans = marks.slice(1).map((mark, i) => between(marks[i]!, mark));
  const [first, last] = [spans[0]!, spans.at(-1)!];
  const shown = ({ millis, micros }: Span) => `${perSecond(window, millis)}, ${micros} µs of processor an entry`;
  console.log(`appended ${entries} entries, ${batch} a transaction`);
  console.log(`  first ${window}: ${shown(first)}`);
  console.log(`  last  ${window}: ${shown(last)}`);
  console.log(
    `  last ÷ first: rate ${(first.millis / last.millis).toFixed(2)}, processor ${(last.micros / first.micros).toFixed(2)}`,
  );
});

const exported = Effect.fnUntraced(function* (name: string, request: ExportRequest) {
  const log = yield* AuditLog;
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const started = performance.now();
  const made = yield* log.exportWhole(request);
  let [bytes, lines, most, seen] = [0, 0, before, 0];
  const atTenth: number[] = [];
  yield* Stream.runForEach(made.chunks, (text) =>
    Effect.sync(() => {
      bytes += text.length;
      for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
      const { rss } = process.memoryUsage();
      most = Math.max(most, rss);
      if (lines >= (seen + 1) * ((made.to - made.from) / 10)) {
        seen++;
        atTenth.push(rss);
      }
    }),
  );
  const millis = performance.now() - started;
  const count = made.to - made.from;
  if (lines !== count + 1) throw new Error(`${lines} lines for ${count} entries`);
  console.log(
    `${name}: ${lines} lines, ${mebibytes(bytes)}, ${(millis / 1000).toFixed(1)} s, ${perSecond(count, millis)}`,
  );
  console.log(
    `  RSS before ${mebibytes(before)}, at most ${mebibytes(most)}; by tenths ${atTenth.map(mebibytes).join(", ")}`,
  );
});

const proven = Effect.gen(function* () {
  const log = yield* AuditLog;
  const { size } = yield* (yield* Journal).head;
  let longest = 0;
  const started = performance.now();
  const rounds = 1000;
  for (let i = 0; i < rounds; i++) {
    const index = Math.floor((i / rounds) * size);
    const { text } = yield* log.receipt(operator, String(index));
    longest = Math.max(longest, Result.getOrThrow(parseReceipt(text)).path.length);
  }
  const millis = (performance.now() - started) / rounds;
  console.log(
    `receipts: ${rounds} over ${size} entries, ${millis.toFixed(2)} ms each, longest proof ${longest} hashes`,
  );
  if (longest > Math.ceil(Math.log2(size))) throw new Error("a proof is longer than the tree is high");
});

const quiet = Layer.mergeAll(
  Layer.succeed(References.MinimumLogLevel, "Warn"),
  Layer.succeed(References.TracerEnabled, false),
);

try {
  await Effect.runPromise(
    Effect.gen(function* () {
      yield* appended;
      yield* proven;
      yield* exported("export", { format: "jsonl", proofs: false });
      yield* exported("export with proofs", { format: "jsonl", proofs: true });
    }).pipe(Effect.provide(layerInstallation(configFor(database)).pipe(Layer.provideMerge(quiet))), Effect.scoped),
  );
  if (process.argv[3] === undefined) console.log(`database file: ${mebibytes(statSync(database).size)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

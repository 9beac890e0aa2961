/**
 * `countersign report`: what the log records of a period, beside articles of the AI Act, as one HTML page or as Markdown.
 *
 * - From an exported file, or from the store that the environment names while no server has it. Read as a stream.
 * - With the log's keys the export is verified before anything is counted; the report states the result, or that the log was not checked.
 * - The same entries, options and `--generated-at` give the same octets.
 *
 * Exit status: 0 written; 1 written, and the log is not sound; 2 the log cannot be read, or the check could not be completed.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { Effect, Option, Result, Schema, Stream } from "effect";
import { Command, Flag } from "effect/cli";
import { nowSeconds } from "../model/time.ts";
import { documentOf } from "../report/Compose.ts";
import { htmlOf } from "../report/Html.ts";
import { markdownOf } from "../report/Markdown.ts";
import { momentOf, type Period } from "../report/Period.ts";
import { provenanceOf, readExport } from "../report/readExport.ts";
import { Tally } from "../report/Report.ts";
import { AuditLog } from "../contracts/AuditLog.ts";
import { verifyNode } from "../identity/NodeVerify.ts";
import { type AuditVerdict, type NoteKey, ProofManifest, transition, verifyExport } from "../index.ts";
import { layerLog } from "../server/Installation.ts";
import { readTheorems } from "../packaged.ts";
import { quit, reasonOf } from "./exit.ts";
import { openSink } from "./exportFile.ts";
import { logKeysIn } from "./input.ts";
import { installationSettings } from "./settings.ts";
import { hintAt } from "./advice.ts";

type Chunks = AsyncIterable<Uint8Array | string>;

/** The same octets, as often as they are asked for. */
interface Source {
  readonly name: string;
  readonly chunks: () => Chunks;
}

const promised = <A>(run: () => Promise<A>) => Effect.tryPromise({ try: run, catch: (cause) => cause });

/** The chunks as they come, and the digest of all that came. */
const hashed = (chunks: Chunks): { readonly chunks: Chunks; readonly sha256: () => string } => {
  const hash = createHash("sha256");
  const through = async function* () {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
  return { chunks: through(), sha256: () => hash.digest("hex") };
};

const moment = (flag: string, text: string) => {
  const at = momentOf(text);
  return at === null
    ? quit(2, `--${flag} ${text} is no moment: write a day like 2026-10-01, or 2026-10-01T09:00:00Z.`)
    : Effect.succeed(at);
};

const periodOf = Effect.fnUntraced(function* (from: string, to: string) {
  const period: Period = { from: yield* moment("from", from), to: yield* moment("to", to) };
  if (period.to <= period.from)
    return yield* quit(2, "--to must be after --from; the period ends before the moment --to names.");
  return period;
});

/** The theorems of the package; without them references are left unchecked, and the report states it. */
const readManifest = readTheorems(Schema.decodeUnknownSync(ProofManifest)).pipe(
  Effect.catch(() => Effect.succeed(null)),
);

const fileSource = (file: string): Source => ({
  name: `the export ${basename(file) || JSON.stringify(file)}`,
  chunks: () => createReadStream(file, { highWaterMark: 1 << 18 }),
});

interface Options {
  readonly from: string;
  readonly to: string;
  readonly export: Option.Option<string>;
  readonly key: readonly string[];
  readonly tenant: Option.Option<string>;
  readonly format: Option.Option<"html" | "markdown">;
  readonly out: Option.Option<string>;
  readonly generatedAt: Option.Option<string>;
}

/** Verifies, counts, writes. */
const make = Effect.fnUntraced(function* (source: Source, period: Period, options: Options, keys: readonly NoteKey[]) {
  const generatedAt = Option.isSome(options.generatedAt)
    ? yield* moment("generated-at", options.generatedAt.value)
    : yield* nowSeconds;
  const unreadable = (cause: unknown) => quit(2, `Cannot read ${source.name}: ${reasonOf(cause)}`);

  let verdict: AuditVerdict | null = null;
  let verified: string | null = null;
  if (keys.length > 0) {
    const manifest = yield* readManifest;
    const first = hashed(source.chunks());
    verdict = yield* promised(() =>
      verifyExport(first.chunks, { keys, transition, manifest, verifySignature: verifyNode }),
    ).pipe(Effect.catch(unreadable));
    // A verifier that found the file unfit may have stopped before its end.
    if (verdict.status !== "unsound") verified = first.sha256();
  }

  const tally = new Tally(period, Option.getOrNull(options.tenant));
  const second = hashed(source.chunks());
  const read = yield* promised(() => readExport(second.chunks, tally)).pipe(Effect.catch(unreadable));
  if (Result.isFailure(read))
    return yield* quit(
      2,
      `${source.name} is no export that can be read: ${read.failure}.`,
      "  Make one with `countersign export --out log.jsonl`, or GET /v1/audit-log/export.",
    );
  const digest = second.sha256();
  if (verified !== null && verified !== digest)
    return yield* quit(
      2,
      `${source.name} changed between its check and its count.`,
      "  Run this again on a copy of it.",
    );

  const provenance = provenanceOf(source.name, digest, read.success, verdict);
  const document = documentOf(tally.report({ provenance, generatedAt }));
  const out = Option.getOrNull(options.out);
  const format = Option.getOrElse(options.format, () => (out?.endsWith(".md") === true ? "markdown" : "html"));
  yield* promised(async () => {
    const sink = await openSink(out, 0);
    try {
      await sink.write(format === "html" ? htmlOf(document) : markdownOf(document));
      await sink.finish();
    } catch (cause) {
      await sink.abandon().catch(() => undefined);
      throw cause;
    }
  }).pipe(Effect.catch((cause) => quit(2, `The report cannot be written: ${reasonOf(cause)}`)));
  if (out !== null) process.stderr.write(`${out} is written.\n`);
  if (verdict?.status === "unsound")
    return yield* quit(1, "The log behind it is NOT sound; the report says what was found.");
  if (verdict?.status === "cannot_tell")
    return yield* quit(2, "The check of the log behind it could not be completed; the report says why.");
});

/** The store's log, as the export of it: twice the same, because the second names the size of the first. */
const fromStore = (period: Period, options: Options, keys: readonly NoteKey[]) =>
  Effect.flatMap(installationSettings, (config) =>
    Effect.gen(function* () {
      const log = yield* AuditLog;
      const made = yield* log.exportWhole({ format: "jsonl", proofs: false });
      yield* make({ name: "the store", chunks: () => Stream.toAsyncIterable(made.chunks) }, period, options, keys);
    }).pipe(
      Effect.provide(layerLog(config)),
      Effect.catchIf(
        (error) => error._tag !== "Exit",
        (error) =>
          quit(
            2,
            error.message,
            "reason" in error && error.reason === "locked"
              ? "  While a server runs on SQLite, the file is its own: export from the server (`countersign export --url …`), and give that file with --export."
              : `  ${"hint" in error ? hintAt(error) : ""}`,
          ),
      ),
    ),
  );

const run = Effect.fnUntraced(function* (options: Options) {
  const period = yield* periodOf(options.from, options.to);
  const keys = yield* logKeysIn(options.key);
  if (Option.isNone(options.export)) return yield* fromStore(period, options, keys);
  return yield* make(fileSource(options.export.value), period, options, keys);
});

const text = (name: string, description: string) => Flag.String(name).pipe(Flag.withDescription(description));

export const report = Command.make(
  "report",
  {
    from: text("from", "The period's beginning: 2026-10-01, or RFC 3339 with a zone; a day begins at 00:00 UTC"),
    to: text("to", "Its end, which is no longer in it: 2026-11-01 for all of October"),
    export: text("export", "A file that `countersign export` wrote; without it, the store").pipe(Flag.optional),
    key: text(
      "key",
      "A key of the log, or a file of them; with one, the log is verified first. May be given more than once",
    ).pipe(Flag.atLeast(0)),
    tenant: text("tenant", "Count this tenant only").pipe(Flag.optional),
    format: Flag.Literals("format", ["html", "markdown"]).pipe(
      Flag.withDescription("html unless --out ends in .md"),
      Flag.optional,
    ),
    out: text("out", "The file to write, whole or not at all; without it, standard output").pipe(Flag.optional),
    generatedAt: text("generated-at", "The moment the report names as its own, instead of now").pipe(Flag.optional),
  },
  run,
).pipe(
  Command.withDescription(
    "Report on a period: modes, decisions, overseers, messages, stops, disclosure and incidents, beside articles of the EU AI Act.\n" +
      "It counts what the log says; it is no legal advice. Take the log from its first entry, or what began before is unknown.\n" +
      "Exit status: 0 written, 1 written and the log is not sound, 2 it cannot be read or the check could not be completed.",
  ),
  Command.withShortDescription("Report on a period, beside articles of the EU AI Act"),
);

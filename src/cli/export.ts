/**
 * `countersign export`: the log as a file that an auditor checks without the log.
 *
 * - From the store that the environment names, all tenants, while no server has it; or from a server (`--url`), what the key may see.
 * - `--out` writes the file whole or not at all; what broke off is taken up with `--resume`.
 *
 * Exit status: 0 done; 1 refused; 2 the store, the server or the file cannot be had, or it broke off. A reader that closes the pipe ends
 * it without a word (141, as SIGPIPE does).
 */
import { Effect, Option, Stream } from "effect";
import { Command, Flag } from "effect/cli";
import { AuditLog, exportFormats, type ExportFormat, type ExportRequest } from "../contracts/AuditLog.ts";
import { layerLog } from "../server/Installation.ts";
import { readApiKey } from "../server/settings/ServerSettings.ts";
import { closedPipe, Exit, isClosedPipe, quit } from "./exit.ts";
import { begun, openSink, type Sink } from "./exportFile.ts";
import { installationSettings } from "./settings.ts";
import { hintAt } from "./advice.ts";

interface Options {
  readonly out: Option.Option<string>;
  readonly format: ExportFormat;
  readonly proofs: boolean;
  readonly mailbox: Option.Option<string>;
  readonly message: Option.Option<string>;
  readonly since: Option.Option<string>;
  readonly until: Option.Option<string>;
  readonly from: Option.Option<number>;
  readonly to: Option.Option<number>;
  readonly resume: boolean;
  readonly url: Option.Option<string>;
  readonly apiKey: Option.Option<string>;
}

const words = (cause: unknown): string =>
  cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : String(cause);

/** Counts lines on standard error, for a person who waits. */
const progress = (total: number | null) => {
  let lines = 0;
  let shownAt = 0;
  const shown = process.stderr.isTTY === true;
  const say = (end: string) => {
    if (shown) process.stderr.write(`\r${lines} lines${total === null ? "" : ` of ${total} entries`}${end}`);
  };
  return {
    saw: (text: string | Uint8Array) => {
      if (typeof text === "string")
        for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
      else for (const byte of text) if (byte === 10) lines++;
      const now = Date.now();
      if (now - shownAt < 200) return;
      shownAt = now;
      say("");
    },
    end: () => say("\n"),
  };
};

/** Leaves out the first line: a part that is taken up has its header. */
const withoutHeader = () => {
  let past = false;
  return (text: string | Uint8Array): string | Uint8Array => {
    if (past) return text;
    const end = typeof text === "string" ? text.indexOf("\n") : text.indexOf(10);
    past = end !== -1;
    return past ? text.slice(end + 1) : text.slice(0, 0);
  };
};

const fileTrouble = (cause: unknown) => quit(2, `The file cannot be written: ${words(cause)}`);

const promised = <A>(run: () => Promise<A>) => Effect.tryPromise({ try: run, catch: (cause) => cause });

interface Source {
  readonly total: number | null;
  readonly chunks: Stream.Stream<string | Uint8Array, unknown>;
}

/** Writes all of it; what breaks off stays as a part. */
const carry = (source: Source, sink: Sink, out: string | null, skipHeader: boolean) =>
  Effect.gen(function* () {
    const shown = progress(source.total);
    const cut = skipHeader ? withoutHeader() : (text: string | Uint8Array) => text;
    yield* Stream.runForEach(source.chunks, (text) => {
      shown.saw(text);
      return promised(() => sink.write(cut(text)));
    });
    yield* promised(sink.finish);
    shown.end();
    if (out !== null) process.stderr.write(`${out} is written.\n`);
  }).pipe(
    Effect.catch((cause) =>
      Effect.andThen(
        Effect.promise(() => sink.abandon().catch(() => undefined)),
        isClosedPipe(cause) && out === null
          ? Effect.fail(new Exit({ status: closedPipe }))
          : quit(
              2,
              `The export broke off: ${words(cause)}`,
              ...(out === null ? [] : [`  What there is stands in ${out}.part; run the same with --resume.`]),
            ),
      ),
    ),
  );

const fromServer = (url: string, key: string, query: URLSearchParams): Effect.Effect<Source, Exit> =>
  promised(async () => {
    const address = new URL(`${url.replace(/\/+$/, "")}/v1/audit-log/export?${query.toString()}`);
    const response = await fetch(address, { headers: { authorization: `Bearer ${key}` }, redirect: "error" });
    return response;
  }).pipe(
    Effect.catch((cause) => quit(2, `The server cannot be reached: ${words(cause)}`)),
    Effect.flatMap((response) =>
      response.ok && response.body !== null
        ? Effect.succeed({
            total: null,
            chunks: Stream.fromReadableStream({
              evaluate: () => response.body as ReadableStream<Uint8Array>,
              onError: (cause: unknown) => cause,
            }),
          })
        : Effect.flatMap(
            Effect.promise(() => response.text().catch(() => "")),
            (text) => quit(response.status < 500 ? 1 : 2, `The server answered ${response.status}: ${saidIn(text)}`),
          ),
    ),
  );

const saidIn = (text: string): string => {
  try {
    const { error, hint } = JSON.parse(text) as { readonly error?: string; readonly hint?: string };
    return [error, hint].filter((part) => part !== undefined).join(" ");
  } catch {
    return "it says no more";
  }
};

const momentOf = (name: string, text: Option.Option<string>) => {
  if (Option.isNone(text)) return Effect.succeed(null);
  const seconds = /^\d{1,12}$/.test(text.value) ? Number(text.value) : Date.parse(text.value) / 1000;
  return Number.isNaN(seconds)
    ? quit(2, `--${name} is not a moment: write it like 2026-01-31T09:00:00Z, or in seconds since 1970.`)
    : Effect.succeed(Math.floor(seconds));
};

/** Counts of entries begin with 0. */
const notBelowZero = Effect.fnUntraced(function* (name: string, given: Option.Option<number>) {
  if (Option.isSome(given) && given.value < 0) yield* quit(2, `--${name} is a count of entries: 0 or more.`);
});

const present = <A>(name: string, value: Option.Option<A>) =>
  Option.isNone(value) ? {} : ({ [name]: value.value } as Readonly<Record<string, A>>);

const run = Effect.fnUntraced(function* (options: Options) {
  const out = Option.getOrNull(options.out);
  if (options.resume && (out === null || options.format !== "jsonl")) {
    return yield* quit(2, "--resume needs --out, and the format jsonl.");
  }
  yield* notBelowZero("from", options.from);
  yield* notBelowZero("to", options.to);
  const part = options.resume ? yield* promised(() => begun(`${out}.part`)).pipe(Effect.catch(fileTrouble)) : null;
  if (options.resume && part === null) {
    return yield* quit(2, `There is nothing in ${out}.part to go on from; run the same without --resume.`);
  }
  const since = yield* momentOf("since", options.since);
  const until = yield* momentOf("until", options.until);
  const from = part === null ? options.from : Option.some(part.next);
  const to = part === null ? options.to : Option.some(part.to);
  const open = promised(() => openSink(out, part?.length ?? 0)).pipe(Effect.catch(fileTrouble));
  const skipHeader = part !== null;

  if (Option.isSome(options.url)) {
    const key = Option.getOrNull(options.apiKey) ?? (yield* readApiKey(process.env));
    if (key === null || key === "") {
      return yield* quit(2, "Give the API key with --api-key, or better in COUNTERSIGN_API_KEY.");
    }
    if (!URL.canParse(options.url.value)) return yield* quit(2, "--url is no URL, such as https://mail.example.com.");
    const query = new URLSearchParams({
      format: options.format,
      include_proofs: String(options.proofs),
      ...present("mailbox", options.mailbox),
      ...present("message_id", options.message),
      ...(since === null ? {} : { since: String(since) }),
      ...(until === null ? {} : { until: String(until) }),
      ...present("from", Option.map(from, String)),
      ...present("to", Option.map(to, String)),
    });
    const source = yield* fromServer(options.url.value, key, query);
    return yield* carry(source, yield* open, out, skipHeader);
  }

  const config = yield* installationSettings;
  const request: ExportRequest = {
    format: options.format,
    proofs: options.proofs,
    ...present("mailbox", options.mailbox),
    ...present("message", options.message),
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
    ...present("from", from),
    ...present("to", to),
  };
  return yield* Effect.gen(function* () {
    const log = yield* AuditLog;
    const made = yield* log
      .exportWhole(request)
      .pipe(Effect.catch(({ reason, message, hint }) => quit(reason === "invalid" ? 1 : 2, message, `  ${hint}`)));
    yield* carry({ total: made.to - made.from, chunks: made.chunks }, yield* open, out, skipHeader);
  }).pipe(
    Effect.provide(layerLog(config)),
    Effect.catchIf(
      (error) => error._tag !== "Exit",
      (error) =>
        error._tag === "StoreError" && error.reason === "locked"
          ? quit(
              2,
              error.message,
              "  While a server runs on SQLite, the file is its own: ask the server instead, with --url and --api-key.",
            )
          : quit(2, error.message, ...("hint" in error ? [`  ${hintAt(error)}`] : [])),
    ),
  );
});

const text = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional);
const count = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.optional);

export const exportLog = Command.make(
  "export",
  {
    out: text("out", "The file to write, whole or not at all; without it, standard output"),
    format: Flag.Literals("format", exportFormats).pipe(
      Flag.withDescription("jsonl carries the proof; the others are for searching"),
      Flag.withDefault("jsonl" as const),
    ),
    proofs: Flag.Boolean("include-proofs").pipe(
      Flag.withDescription("An inclusion proof with every entry"),
      Flag.withDefault(false),
    ),
    mailbox: text("mailbox", "Only this mailbox: its id; with --url its address too"),
    message: text("message", "Only this message: its id"),
    since: text("since", "Only entries from this moment on, RFC 3339 or seconds"),
    until: text("until", "Only entries before this moment"),
    from: count("from", "The first entry's index"),
    to: count("to", "The size of the checkpoint to end at, from an earlier export's header"),
    resume: Flag.Boolean("resume").pipe(
      Flag.withDescription("Go on with <out>.part, which broke off"),
      Flag.withDefault(false),
    ),
    url: text("url", "Ask this server instead of the store, for example https://mail.example.com"),
    apiKey: text("api-key", "A key with the admin or oversight scope, for --url; or COUNTERSIGN_API_KEY"),
  },
  run,
).pipe(
  Command.withDescription(
    "Write the log as JSON lines that `countersign audit verify` checks: a header with checkpoints, then a line for each entry.\n" +
      "From the store that DATABASE_URL names, with its sealing key, every tenant; or with --url from a server.\n" +
      "Exit status: 0 done, 1 refused, 2 the store, the server or the file cannot be had, or it broke off.",
  ),
  Command.withShortDescription("Write the log for an auditor"),
);

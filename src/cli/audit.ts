/**
 * `countersign audit`: what an auditor does with files and keys alone; `keys` and `--url` fetch them from a server.
 *
 * - `verify` checks an exported log, `receipt` one entry's proof file.
 * - Keys come from the command line: a file that names the keys it is to be checked with proves nothing. With `--url` they may come from
 *   the server: trust on first use, and it is reported.
 *
 * Exit status: 0 sound; 1 unsound; 2 unknown, or the command cannot start as given.
 */
import { createReadStream } from "node:fs";
import { Effect, Option, Result, Schema } from "effect";
import { Argument, Command, Flag } from "effect/cli";
import { parsePublicKeyPem, type P256PublicKey, parseSpki } from "../identity/PublicKey.ts";
import { verifyNode } from "../identity/NodeVerify.ts";
import {
  exitStatus,
  parseReceipt,
  ProofManifest,
  readLeaf,
  transition,
  type AuditVerdict,
  verifyExport,
  verifyReceipt,
} from "../index.ts";
import { readTheorems } from "../packaged.ts";
import { readApiKey } from "../server/settings/ServerSettings.ts";
import { Exit, quit } from "./exit.ts";
import { progressOn, receiptLines, verdictLines } from "./auditReport.ts";
import { exportAt, publishedKeys, trustedFrom } from "./auditServer.ts";
import { inFile, logKeysIn, textIn } from "./input.ts";

const Published = Schema.Struct({ public_key_pem: Schema.String });
const Jwk = Schema.Struct({
  kty: Schema.Literal("EC"),
  crv: Schema.Literal("P-256"),
  x: Schema.String,
  y: Schema.String,
});
type AnyKey = typeof Jwk.Type | typeof Published.Type;
const KeySet = Schema.Struct({ keys: Schema.Array(Jwk) });
const KeyList = Schema.Array(Schema.Union([Jwk, Published]));
const decodeKey = Schema.decodeUnknownSync(Schema.Union([Jwk, Published]));
const decodeSet = Schema.decodeUnknownSync(KeySet);
const decodeList = Schema.decodeUnknownSync(KeyList);

const keysOf = (json: unknown): readonly AnyKey[] =>
  Array.isArray(json)
    ? decodeList(json)
    : typeof json === "object" && json !== null && "keys" in json
      ? decodeSet(json).keys
      : [decodeKey(json)];

/** SubjectPublicKeyInfo up to the point: P-256, uncompressed. */
const spkiPrefix = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex");

const jwkKey = ({ x, y }: typeof Jwk.Type) =>
  parseSpki(new Uint8Array(Buffer.concat([spkiPrefix, Buffer.from(x, "base64url"), Buffer.from(y, "base64url")])));

/** Operator keys in a text: PEM, a JWK or a set of them, or what `/v1/identity/keys/{kid}` and `keys list --json` give. */
const operatorKeysIn = Effect.fnUntraced(function* (source: string, text: string) {
  const found = yield* Effect.try(() => {
    if (text.startsWith("-----BEGIN")) return [parsePublicKeyPem(text)];
    return keysOf(JSON.parse(text)).map((one) => ("x" in one ? jwkKey(one) : parsePublicKeyPem(one.public_key_pem)));
  }).pipe(Effect.orElseSucceed(() => []));
  const keys = found.flatMap((one): P256PublicKey[] => (Result.isSuccess(one) ? [one.success] : []));
  if (keys.length === 0 || keys.length < found.length) {
    return yield* quit(
      2,
      `${source} holds no P-256 public key.`,
      "  Give the JSON of /.well-known/multimail-signing-key, or the key as PEM.",
    );
  }
  return keys;
});

const operatorKeysFrom = (files: readonly string[]) =>
  Effect.map(
    Effect.forEach(files, (file) => Effect.flatMap(textIn(file, 1_048_576), (text) => operatorKeysIn(file, text))),
    (all) => all.flat(),
  );

/** The keys that are not given, from the server: the log's, the operator's, and lines to print about them. */
const keysAt = Effect.fnUntraced(function* (url: string, given: { readonly log: boolean; readonly operator: boolean }) {
  if (given.log && given.operator) return { log: [], operator: [], lines: [] };
  const published = yield* publishedKeys(url);
  const log = given.log ? [] : published.log;
  const none = given.operator || JSON.parse(published.operator).keys.length === 0;
  const operator = none ? [] : yield* operatorKeysIn(`${url}/.well-known/jwks.json`, published.operator);
  const what = [
    ...(given.log ? [] : [`the keys of the log ${published.origin}`]),
    ...(none ? [] : ["the operator's keys"]),
  ];
  const named = what.join(" and ");
  return {
    log,
    operator,
    lines:
      what.length === 0
        ? []
        : [...trustedFrom(url, named[0]!.toUpperCase() + named.slice(1)), ...log.map((one) => `  ${one}`)],
  };
});

const manifestFrom = (file: string | undefined) =>
  readTheorems(Schema.decodeUnknownSync(ProofManifest), file).pipe(
    Effect.catch(() =>
      quit(
        2,
        `The list of theorems ${file ?? "in this package"} cannot be read.`,
        "  It is the file proofs/theorems.json of a release.",
      ),
    ),
  );

/** The checkpoint in a file: a note as it was kept, or the last one of an export. */
const checkpointIn = Effect.fnUntraced(function* (file: string) {
  const text = yield* textIn(file, 524_288);
  if (!text.startsWith("{")) return { source: file, note: text };
  const note = yield* Effect.try(() => {
    const header = JSON.parse(text.slice(0, text.indexOf("\n"))) as { readonly last_checkpoint?: unknown };
    if (typeof header.last_checkpoint !== "string") throw new TypeError("no checkpoint");
    return header.last_checkpoint;
  }).pipe(
    Effect.catch(() =>
      quit(2, `${file} is neither a checkpoint nor an export.`, "  Give a file that you kept from an earlier audit."),
    ),
  );
  return { source: file, note };
});

const apiKeyFor = Effect.fnUntraced(function* (given: Option.Option<string>) {
  const apiKey = Option.getOrNull(given) ?? (yield* readApiKey(process.env));
  return apiKey === null || apiKey === ""
    ? yield* quit(2, "An export needs a key: --api-key, or better COUNTERSIGN_API_KEY. Or give the file of one.")
    : apiKey;
});

const toVerify = Effect.fnUntraced(function* (asked: {
  readonly file: Option.Option<string>;
  readonly url: Option.Option<string>;
  readonly apiKey: Option.Option<string>;
  readonly key: readonly string[];
  readonly operatorKey: readonly string[];
  readonly since: readonly string[];
  readonly proofs: Option.Option<string>;
  readonly complete: boolean;
  readonly progress: boolean;
  readonly json: boolean;
}) {
  const { complete, json } = asked;
  const [file, url] = [Option.getOrNull(asked.file), Option.getOrNull(asked.url)];
  if (file === null && url === null)
    return yield* quit(2, "Say what to verify: the file of an export, or --url with the address of a server.");
  if (asked.key.length === 0 && url === null) {
    return yield* quit(
      2,
      "Say which keys the log has: --key '<name>+<8 hex digits>+<base64>'. An export can't vouch for itself.",
    );
  }
  const fetched =
    url === null
      ? { log: [], operator: [], lines: [] }
      : yield* keysAt(url, {
          log: asked.key.length > 0,
          operator: asked.operatorKey.length > 0,
        });
  for (const line of fetched.lines) process.stderr.write(`${line}\n`);
  const keys = yield* logKeysIn([...asked.key, ...fetched.log]);
  const operatorKeys = [...(yield* operatorKeysFrom(asked.operatorKey)), ...fetched.operator];
  const earlier = yield* Effect.forEach(asked.since, checkpointIn);
  const manifest = yield* manifestFrom(Option.getOrUndefined(asked.proofs));
  const bar = asked.progress || process.stderr.isTTY ? progressOn(process.stderr) : null;
  const sent = file === null ? yield* exportAt(url!, yield* apiKeyFor(asked.apiKey)) : null;
  const verdict = yield* inFile(file ?? url!, async (): Promise<AuditVerdict> => {
    const stream = sent ?? (file === "-" ? process.stdin : createReadStream(file!, { highWaterMark: 1 << 18 }));
    const options = { keys, operatorKeys, earlier, manifest, complete, transition, verifySignature: verifyNode };
    return await verifyExport(stream as AsyncIterable<Uint8Array>, {
      ...options,
      ...(bar === null ? {} : { onProgress: bar.show }),
    });
  }).pipe(Effect.ensuring(Effect.sync(() => bar?.clear())));
  process.stdout.write(json ? `${JSON.stringify(verdict, null, 2)}\n` : `${verdictLines(verdict).join("\n")}\n`);
  const status = exitStatus(verdict.status);
  if (status !== 0) return yield* new Exit({ status });
});

const key = Flag.String("key").pipe(
  Flag.withDescription(
    "A key of the log (or of a witness) as its operator published it, or a file of such; may be repeated",
  ),
  Flag.atLeast(0),
);
const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print the whole verdict as JSON"),
  Flag.withDefault(false),
);

const verify = Command.make(
  "verify",
  {
    file: Argument.String("export.jsonl").pipe(
      Argument.withDescription("The export as it was downloaded; - for standard input; left out, --url's is fetched"),
      Argument.optional,
    ),
    url: Flag.String("url").pipe(
      Flag.withDescription(
        "Fetch from this server what is not given: the keys, which is trust on first use, and the export",
      ),
      Flag.optional,
    ),
    apiKey: Flag.String("api-key").pipe(
      Flag.withDescription("A key with the admin or oversight scope, for the export of --url; or COUNTERSIGN_API_KEY"),
      Flag.optional,
    ),
    key,
    operatorKey: Flag.String("operator-key").pipe(
      Flag.withDescription(
        "A file with the operator's identity key (PEM or JWK), who vouches for mailboxes' keys; may be repeated",
      ),
      Flag.atLeast(0),
    ),
    since: Flag.String("since").pipe(
      Flag.withDescription("A checkpoint or an export you kept: the log must continue it; may be repeated"),
      Flag.atLeast(0),
    ),
    proofs: Flag.String("proofs").pipe(
      Flag.withDescription("theorems.json of the release that made the export; this package's own if left out"),
      Flag.optional,
    ),
    complete: Flag.Boolean("complete").pipe(
      Flag.withDescription("Say sound only if nothing was left unchecked"),
      Flag.withDefault(false),
    ),
    progress: Flag.Boolean("progress").pipe(
      Flag.withDescription("Show the progress, also where standard error is no terminal"),
      Flag.withDefault(false),
    ),
    json,
  },
  toVerify,
).pipe(
  Command.withDescription(
    "Verify an exported log: the tree and its signatures, every agent's signature, and that the rules allowed every entry.\n" +
      "Exit status: 0 sound; 1 unsound, with the first bad entry and what was done to it; 2 cannot tell.",
  ),
  Command.withShortDescription("Verify an exported log"),
  Command.withExamples([
    {
      command:
        "countersign audit verify export.jsonl --key log.vkey --operator-key operator.json --since last-year.jsonl",
      description: "With keys from files, and that the log continues what was exported last year",
    },
    {
      command: "COUNTERSIGN_API_KEY=mm_live_… countersign audit verify --url https://mail.example.com",
      description: "With what the server gives, its keys trusted on first use",
    },
  ]),
);

const toCheck = Effect.fnUntraced(function* (asked: {
  readonly file: string;
  readonly key: readonly string[];
  readonly leaf: Option.Option<string>;
  readonly json: boolean;
}) {
  if (asked.key.length === 0)
    return yield* quit(2, "Say which keys the log has: --key '<name>+<8 hex digits>+<base64>'.");
  const keys = yield* logKeysIn(asked.key);
  const receipt = parseReceipt(yield* textIn(asked.file, 1_048_576));
  if (Result.isFailure(receipt)) return yield* quit(2, receipt.failure.message, `  ${receipt.failure.hint}`);
  const leaf = Option.isNone(asked.leaf) ? null : (yield* textIn(asked.leaf.value, 131_072)).replace(/\r?\n$/, "");
  const found = yield* Effect.promise(() =>
    verifyReceipt(receipt.success, keys, ...(leaf === null ? [] : [{ bytes: new TextEncoder().encode(leaf) }])),
  );
  if (Result.isFailure(found)) {
    const { reason, message, hint } = found.failure;
    const unknown = (leaf === null && receipt.success.extra === null) || reason === "wrong_origin";
    if (asked.json)
      process.stdout.write(`${JSON.stringify({ status: unknown ? "cannot_tell" : "unsound", reason, message })}\n`);
    return yield* quit(unknown ? 2 : 1, message, `  ${hint}`);
  }
  const text = found.success.leaf === null ? null : new TextDecoder().decode(found.success.leaf);
  const read = text === null ? null : readLeaf(text);
  const entry = read !== null && Result.isSuccess(read) ? read.success.leaf : null;
  if (entry !== null && entry.index !== found.success.index)
    return yield* quit(
      1,
      `The leaf says that it is entry ${entry.index}; the proof is of entry ${found.success.index}.`,
    );
  process.stdout.write(
    asked.json
      ? `${JSON.stringify({ status: "sound", origin: found.success.checkpoint.origin, index: found.success.index, size: found.success.checkpoint.size, leaf: entry }, null, 2)}\n`
      : `${receiptLines(found.success, entry).join("\n")}\n`,
  );
});

const receipt = Command.make(
  "receipt",
  {
    file: Argument.String("file.tlog-proof").pipe(Argument.withDescription("The proof file of one entry")),
    key,
    leaf: Flag.String("leaf").pipe(
      Flag.withDescription("The entry's leaf, if the proof file does not hold it"),
      Flag.optional,
    ),
    json,
  },
  toCheck,
).pipe(
  Command.withDescription(
    "Verify that one entry is in the log, from its proof file (c2sp.org/tlog-proof@v1).\n" +
      "Exit status: 0 it is; 1 it is not, or the file was changed; 2 cannot tell.",
  ),
  Command.withShortDescription("Verify one entry's receipt"),
);

const publishedBy = Command.make(
  "keys",
  {
    url: Flag.String("url").pipe(Flag.withDescription("The server, for example https://mail.example.com")),
    operator: Flag.Boolean("operator").pipe(
      Flag.withDescription("The operator's identity keys instead, as a JWK set, for --operator-key"),
      Flag.withDefault(false),
    ),
  },
  Effect.fnUntraced(function* ({ url, operator }) {
    const published = yield* publishedKeys(url);
    const lines = trustedFrom(url, operator ? "The operator's keys" : `The keys of the log ${published.origin}`);
    // JSON holds no comments; a file of the log's keys keeps where they came from.
    if (operator) for (const line of lines) process.stderr.write(`${line}\n`);
    process.stdout.write(
      operator ? `${published.operator}\n` : [...lines.map((line) => `# ${line}`), ...published.log, ""].join("\n"),
    );
  }),
).pipe(
  Command.withDescription(
    "Fetch the keys that a server publishes, as `audit verify --key` and `--operator-key` read them from a file.\n" +
      "They are trusted on first use: nothing but the server says that they are its keys.",
  ),
  Command.withShortDescription("Fetch the keys that a server publishes"),
);

export const audit = Command.make("audit").pipe(
  Command.withDescription(
    "Check an exported log or a receipt with keys alone. Exit status: 0 sound, 1 unsound, 2 cannot tell.",
  ),
  Command.withShortDescription("Check an exported log, or a receipt"),
  Command.withSubcommands([verify, receipt, publishedBy]),
);

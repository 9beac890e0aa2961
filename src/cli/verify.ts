/**
 * `countersign verify`: checks the identity headers of one received message.
 *
 * What a mail program changed in saving it is undone (see `savedMessage.ts`), and standard error reports it.
 */
import { readFile } from "node:fs/promises";
import { Effect, Option, Result, Schema } from "effect";
import { Argument, Command, Flag } from "effect/cli";
import { ResolvedKey } from "../identity/KeyRecord.ts";
import type { Check, KeyReport, VerificationReport } from "../identity/VerificationReport.ts";
import { verifyMessage } from "../identity/verifyMessage.ts";
import { Exit, quit, reasonOf } from "./exit.ts";
import { savedMessage } from "./savedMessage.ts";

const decodeKeys = Schema.decodeUnknownSync(Schema.Union([Schema.Array(ResolvedKey), ResolvedKey]));
const decodeKey = Schema.decodeUnknownSync(ResolvedKey);

/** The keys in a file: one as the server publishes it, or a list as `keys list --json` prints it. */
const keysIn = (file: string) =>
  Effect.tryPromise(async () => {
    const keys = decodeKeys(JSON.parse(await readFile(file, "utf8")));
    return "kid" in keys ? [keys] : keys;
  }).pipe(
    Effect.catch(({ cause }) =>
      quit(
        2,
        `The key file ${file} cannot be used: ${reasonOf(cause)}`,
        "  It must hold the JSON of /v1/identity/keys/{kid}, or a list of such.",
      ),
    ),
  );

/** Asks a server for a key; `null` when it has none. Throws when it cannot be reached. */
const askServer = async (server: URL, kid: string): Promise<ResolvedKey | null> => {
  const response = await fetch(new URL(`/v1/identity/keys/${encodeURIComponent(kid)}`, server), {
    signal: AbortSignal.timeout(10_000),
    redirect: "error",
  });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return decodeKey(await response.json());
};

const readMessage = (file: string) =>
  Effect.tryPromise(async () => {
    if (file !== "-") return await readFile(file);
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }).pipe(Effect.catch(({ cause }) => quit(2, `${file} cannot be read: ${reasonOf(cause)}`)));

const mark = (check: Check): string => ({ pass: "yes", fail: "NO", unchecked: "not checked" })[check];

const report = (found: VerificationReport): readonly string[] => [
  `verdict: ${found.verdict}`,
  ...found.reasons.map((reason) => `  ${reason}`),
  `agent header          ${found.agent.presence}${found.agent.identity === null ? "" : ` (${found.agent.identity.agent})`}`,
  `  signed by its key   ${mark(found.agent.statementSignature)}`,
  `  bound to message    ${mark(found.agent.bindingSignature)}`,
  `  key                 ${found.agent.key.kid ?? "-"} (${found.agent.key.status})`,
  `operator header       ${found.operator.presence}${found.operator.claims === null ? "" : ` (${found.operator.claims.iss})`}`,
  `  signed by its key   ${mark(found.operator.signature)}`,
  `  key                 ${found.operator.key.kid ?? "-"} (${found.operator.key.status})`,
  `  From's domain       ${mark(found.operator.key.fromDomain)}`,
  ...(found.operator.claims === null
    ? []
    : [
        `  says                mode ${found.operator.claims.oversight_mode}, decided by ${found.operator.claims.decision}`,
        `  log entry           ${found.operator.claims.log.origin}/${found.operator.claims.log.index}`,
      ]),
  `content as signed     body ${mark(found.content.bodyHash)}, fields ${mark(found.content.signedFields)}, recipients ${mark(found.content.recipients)}`,
];

/** Nothing is known against the message; only a key is not to be had. */
const cannotTell = ({ verdict, agent, operator, content, agreement }: VerificationReport): boolean => {
  if (verdict === "unsigned") return true;
  const untold: ReadonlySet<KeyReport["status"]> = new Set(["unknown", "unreachable", "unusable"]);
  const refuted = [
    agent.statementSignature,
    agent.bindingSignature,
    agent.agentMatchesKey,
    operator.signature,
    operator.operatorMatchesKey,
    ...[agent.key, operator.key].flatMap((key) => [key.kind, key.inTime, key.fromDomain]),
    ...Object.values(content),
    ...Object.values(agreement),
  ].includes("fail");
  const keys = [agent.key.status, operator.key.status];
  const both = agent.presence === "present" && operator.presence === "present";
  return both && !refuted && !keys.includes("revoked") && keys.some((status) => untold.has(status));
};

/** 0 verified, 1 forged or changed, 2 unknown. */
export const statusOf = (found: VerificationReport): number =>
  found.verdict === "verified" ? 0 : cannotTell(found) ? 2 : 1;

const check = Effect.fnUntraced(function* (
  file: string,
  keyFiles: readonly string[],
  server: string | null,
  json: boolean,
) {
  if (keyFiles.length === 0 && server === null) {
    return yield* quit(
      2,
      "Say where the keys are: --key FILE, or --server URL. A message can't vouch for its own keys.",
    );
  }
  const origin = server === null ? null : URL.parse(server);
  if (server !== null && (origin === null || !/^https?:$/.test(origin.protocol))) {
    return yield* quit(2, `--server ${server} is no http: or https: URL.`);
  }
  const saved = yield* readMessage(file);
  const known = (yield* Effect.forEach(keyFiles, keysIn)).flat();
  const message = savedMessage(saved);
  if (Result.isFailure(message)) {
    return yield* quit(
      2,
      `${file === "-" ? "Standard input" : file} cannot be read as a message: ${message.failure.message}.`,
      `  ${message.failure.hint}`,
    );
  }
  const { raw, notes } = message.success;
  for (const note of notes) process.stderr.write(`${note}\n`);
  const found = yield* Effect.promise(() =>
    verifyMessage(
      raw,
      async (kid) => known.find((one) => one.kid === kid) ?? (origin === null ? null : askServer(origin, kid)),
      { now: Math.floor(Date.now() / 1000) },
    ),
  );
  process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : `${report(found).join("\n")}\n`);
  const status = statusOf(found);
  if (status !== 0) return yield* new Exit({ status });
});

export const verify = Command.make(
  "verify",
  {
    file: Argument.String("file.eml").pipe(
      Argument.withDescription("The message as received, with all its headers; - for standard input"),
    ),
    key: Flag.String("key").pipe(
      Flag.withDescription(
        "A file with a published key (the JSON of /v1/identity/keys/{kid}), or a list of them; may be repeated",
      ),
      Flag.atLeast(0),
    ),
    server: Flag.String("server").pipe(
      Flag.withDescription("Ask this server for the keys, for example https://mail.example.com"),
      Flag.optional,
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print the whole report as JSON"), Flag.withDefault(false)),
  },
  ({ file, key, server, json }) => check(file, key, Option.getOrNull(server), json),
).pipe(
  Command.withDescription(
    "Verify the identity headers of a received message.\nExit status: 0 verified; 1 forged, or changed on the way; 2 cannot tell (unsigned, or a key or the file cannot be had or read).",
  ),
  Command.withShortDescription("Verify the identity headers of a received message"),
  Command.withExamples([
    {
      command: "countersign verify message.eml --server https://mail.example.com",
      description: "With the keys its operator publishes",
    },
    {
      command: "countersign verify message.eml --key agent.json --key operator.json --json",
      description: "Offline, for a program",
    },
  ]),
);

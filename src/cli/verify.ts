/** `countersign verify`: checks the identity headers of one received message. */
import { readFile } from "node:fs/promises";
import { Effect, Option, Schema } from "effect";
import { Argument, Command, Flag } from "effect/cli";
import { ResolvedKey } from "../identity/KeyRecord.ts";
import type { Check, VerificationReport } from "../identity/VerificationReport.ts";
import { verifyMessage } from "../identity/verifyMessage.ts";
import { Exit, quit } from "./exit.ts";

const decodeKey = Schema.decodeUnknownSync(ResolvedKey);
const decodeKeys = Schema.decodeUnknownSync(Schema.Array(ResolvedKey));

/** Keys from files: one key as the server publishes it, or a list of them. */
const keysIn = async (files: readonly string[]): Promise<readonly ResolvedKey[]> => {
  const found: ResolvedKey[] = [];
  for (const file of files) {
    const json: unknown = JSON.parse(await readFile(file, "utf8"));
    found.push(...(Array.isArray(json) ? decodeKeys(json) : [decodeKey(json)]));
  }
  return found;
};

/** Asks a server for a key; `null` when it has none. Throws when it cannot be reached. */
const askServer = async (server: string, kid: string): Promise<ResolvedKey | null> => {
  const response = await fetch(new URL(`/v1/identity/keys/${encodeURIComponent(kid)}`, server), {
    signal: AbortSignal.timeout(10_000),
    redirect: "error",
  });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return decodeKey(await response.json());
};

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

export const verify = Command.make(
  "verify",
  {
    file: Argument.String("file.eml").pipe(Argument.withDescription("The message as received, with all its headers; - for standard input")),
    key: Flag.String("key").pipe(
      Flag.withDescription("A file with a published key (the JSON of /v1/identity/keys/{kid}), or a list of them; may be repeated"),
      Flag.atLeast(0),
    ),
    server: Flag.String("server").pipe(
      Flag.withDescription("Ask this server for the keys, for example https://mail.example.com"),
      Flag.optional,
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print the whole report as JSON"), Flag.withDefault(false)),
  },
  ({ file, key, server, json }) =>
    Effect.gen(function* () {
      const from = Option.getOrNull(server);
      if (key.length === 0 && from === null) {
        return yield* quit(2, "Say where the keys are: --key FILE, or --server URL. A message can't vouch for its own keys.");
      }
      const raw = yield* Effect.tryPromise(async () => {
        if (file !== "-") return new Uint8Array(await readFile(file));
        const chunks: Buffer[] = [];
        for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
        return new Uint8Array(Buffer.concat(chunks));
      }).pipe(Effect.catch((error) => quit(2, `${file} cannot be read: ${String(error.cause)}`)));
      const known = yield* Effect.tryPromise(() => keysIn(key)).pipe(
        Effect.catch((error) => quit(2, `A key file cannot be read: ${String(error.cause)}`)),
      );
      const found = yield* Effect.promise(() =>
        verifyMessage(raw, async (kid) => known.find((one) => one.kid === kid) ?? (from === null ? null : askServer(from, kid)), {
          now: Math.floor(Date.now() / 1000),
        }),
      );
      process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : `${report(found).join("\n")}\n`);
      if (found.verdict === "verified") return;
      const untold = [found.agent.key.status, found.operator.key.status].some((status) => status === "unreachable" || status === "unknown");
      return yield* new Exit({ status: found.verdict === "unsigned" || untold ? 2 : 1 });
    }),
).pipe(
  Command.withDescription(
    "Verify the identity headers of a received message.\nExit status: 0 verified; 1 forged, or changed on the way; 2 cannot tell (unsigned, or a key cannot be had).",
  ),
  Command.withExamples([
    { command: "countersign verify message.eml --server https://mail.example.com", description: "With the keys its operator publishes" },
    { command: "countersign verify message.eml --key agent.json --key operator.json --json", description: "Offline, for a program" },
  ]),
);

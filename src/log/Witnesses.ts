/**
 * Asks witnesses to cosign the log's checkpoints (C2SP tlog-witness v1, `add-checkpoint`). Off unless the operator names some.
 *
 * - A witness keeps the newest checkpoint it has seen of a log and signs only what extends it: whoever shows two people two logs
 *   needs two witnesses that lie.
 * - Its answer is believed only as far as its pinned key verifies; nothing else it sends is kept.
 * - A witness that is away, slow or of another opinion holds up nothing: what it says goes to the server's log.
 *
 * **Gotchas**: a witness's key has its own name and type 0x04; the URL is the prefix before `/add-checkpoint`. A witness must have a
 * public address unless the operator writes that it is private, and no redirect is followed.
 */
import { Effect, Result, Schedule } from "effect";
import { nowSeconds } from "../model/time.ts";
import { openCheckpoint } from "../audit/tree/Checkpoint.ts";
import { formatVerifierKey, type NoteKey, parseNote, parseVerifierKey, verifyNote } from "../audit/tree/SignedNote.ts";
import { toBase64 } from "../bytes/octets.ts";
import type { Fetch, FetchError } from "../net/Fetch.ts";
import type { LogRecords } from "../store/LogRecords.ts";
import type { LogKeys } from "./LogKeys.ts";
import type { CheckpointSigner } from "./CheckpointSigner.ts";
import type { Signed } from "./earlierCheckpoints.ts";
import type { TreeReader } from "./TreeReader.ts";
import { fromStore } from "../contracts/errors.ts";

export interface Witness {
  /** Prefix of `/add-checkpoint`, without a slash at its end. */
  readonly url: string;
  readonly key: NoteKey;
  /** It may have an address that is private, local or reserved. */
  readonly isPrivate: boolean;
}

/** How long a witness may take to answer, milliseconds. */
const patience = 5_000;
/** How often new checkpoints are brought to them, milliseconds. */
const every = 2_000;
/** The longest answer that is read, bytes. */
const answerLimit = 64 * 1024;
/** How old a cosignature may claim to be, seconds, and how far ahead. */
const skew = 300;

/** Reads `<url> <vkey>`, with the word `private` behind it when the address is not public. Fails with a sentence that tells what to write. */
export const parseWitness = (text: string): Result.Result<Witness, string> => {
  const [url, vkey, reach, ...more] = text.trim().split(/\s+/);
  const key = vkey === undefined ? null : parseVerifierKey(vkey);
  const parsed = url !== undefined && URL.canParse(url) ? new URL(url) : null;
  const isReadable = (reach === undefined || reach === "private") && more.length === 0;
  if (parsed === null || (parsed.protocol !== "https:" && parsed.protocol !== "http:") || !isReadable) {
    return Result.fail(
      `${JSON.stringify(text)} is no witness: write its URL, a blank and its key, and "private" behind them if its address is not public.`,
    );
  }
  if (key === null || Result.isFailure(key))
    return Result.fail(`The key of the witness ${parsed.origin} is not readable: it looks like name+12345678+BASE64.`);
  if (key.success.type !== 4)
    return Result.fail(`The key of the witness ${parsed.origin} is not one that cosigns (type 0x04).`);
  return Result.succeed({ url: parsed.href.replace(/\/+$/, ""), key: key.success, isPrivate: reach === "private" });
};

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const whyAway = ({ reason, detail, url }: FetchError): string =>
  reason === "not_allowed"
    ? `${new URL(url).hostname} is not at a public address (${detail}); write "private" behind its key if it is yours`
    : `${reason} (${detail})`;

/** Sends to the operator's own URL only: where an answer leads is not where the operator named. */
const post = ({ post: send }: Fetch["Service"], witness: Witness, body: string): Effect.Effect<Reply, string> =>
  send(`${witness.url}/add-checkpoint`, body, {
    timeoutMillis: patience,
    maxBytes: answerLimit,
    headers: { "content-type": "text/plain; charset=utf-8" },
    allowPlain: witness.url.startsWith("http:"),
    allowPrivate: witness.isPrivate,
  }).pipe(
    Effect.map(({ status, headers, body: answer }) => ({
      status,
      type: headers["content-type"] ?? "",
      body: Buffer.from(answer).toString("utf8"),
    })),
    Effect.mapError(whyAway),
  );

export interface WitnessParts {
  readonly origin: string;
  readonly witnesses: readonly Witness[];
  readonly records: LogRecords["Service"];
  readonly signer: CheckpointSigner;
  readonly tree: TreeReader;
  readonly keys: LogKeys;
  readonly fetch: Fetch["Service"];
}

export const makeWitnesses = ({ origin, witnesses, records, signer, tree, keys, fetch }: WitnessParts) => {
  /** The line of the answer that is the witness's own and verifies over this checkpoint. */
  const cosignatureIn = Effect.fnUntraced(function* (witness: Witness, signed: Signed, answer: string) {
    const now = yield* nowSeconds;
    const ours = parseNote(signed.note);
    if (Result.isFailure(ours)) return null;
    for (const line of answer.split("\n")) {
      if (line === "") continue;
      const note = parseNote(`${ours.success.text}\n${line}\n`);
      if (Result.isFailure(note)) continue;
      const verified = yield* Effect.promise(() => verifyNote(note.success, [witness.key]));
      const time = note.success.signatures[0] === undefined ? null : timeOf(note.success.signatures[0].signature);
      if (Result.isSuccess(verified) && time !== null && Math.abs(time - now) <= skew) return `${line}\n`;
    }
    return null;
  });

  const ask = Effect.fnUntraced(function* (witness: Witness, signed: Signed, old: number) {
    const proof = yield* tree.consistency(old, signed.size);
    const body = `old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join("")}\n${signed.note}`;
    return yield* post(fetch, witness, body).pipe(Effect.mapError((why) => ({ _tag: "Away" as const, why })));
  });

  /** Brings one checkpoint to one witness; answers whether it was cosigned. */
  const bring = Effect.fnUntraced(function* (witness: Witness, signed: Signed) {
    const name = witness.key.name;
    const vkey = formatVerifierKey(witness.key);
    const say = (what: string) => Effect.as(Effect.logWarning(`The witness ${name} ${what}`), false);
    const known = yield* records.witnessed({ origin, witness: vkey }).pipe(Effect.catch(fromStore));
    if (known >= signed.size) return true;
    let reply = yield* ask(witness, signed, known);
    if (reply.status === 409) {
      // It knows another size than we remember: the answer's body is that size, and the proof starts there.
      const size =
        /^text\/x\.tlog\.size\b/.test(reply.type) && /^(0|[1-9][0-9]{0,15})\n$/.test(reply.body)
          ? Number(reply.body)
          : null;
      if (size === null) return yield* say("answered 409 without the size it knows.");
      if (size > signed.size) {
        return yield* say(
          `knows a log of ${size} entries; this one has ${signed.size}. If the database was restored from a backup, stop.`,
        );
      }
      reply = yield* ask(witness, signed, size);
    }
    switch (reply.status) {
      case 200: {
        const line = yield* cosignatureIn(witness, signed, reply.body);
        if (line === null) return yield* say("answered without a signature of its key over this checkpoint.");
        const at = yield* nowSeconds;
        yield* records
          .addCosignatures([{ origin, size: signed.size, witness: vkey, line, at }])
          .pipe(Effect.catch(fromStore));
        return true;
      }
      case 403:
        return yield* say("does not accept the log's signature; give its operator the log's keys.");
      case 404:
        return yield* say(`does not know the log ${origin}; ask its operator to add it.`);
      case 422:
        return yield* say(
          "does not accept the proof: it has seen another history of this log. Find out why before going on.",
        );
      default:
        return yield* say(`answered ${reply.status}.`);
    }
  });

  const round = Effect.gen(function* () {
    const signed = yield* signer.latest;
    if (signed.size === 0) return;
    yield* Effect.forEach(
      witnesses,
      (witness) =>
        bring(witness, signed).pipe(
          Effect.catchTag("Away", ({ why }) =>
            Effect.as(Effect.logWarning(`The witness ${witness.key.name} is away: ${why}`), false),
          ),
        ),
      { concurrency: 4, discard: true },
    );
  });

  /** The note with every cosignature there is for it. */
  const cosigned = Effect.fnUntraced(function* ({ size, note }: Pick<Signed, "size" | "note">) {
    if (witnesses.length === 0) return note;
    const rows = yield* records.cosignatures({ origin, size }).pipe(Effect.catch(fromStore));
    const whole = note + rows.map(({ line }) => line).join("");
    if (rows.length === 0) return note;
    // A row somebody wrote into the database must not spoil the note for those who know the witness.
    const trusted = [...(yield* keys.signers).map(({ key }) => key), ...witnesses.map(({ key }) => key)];
    const opened = yield* Effect.promise(() => openCheckpoint(whole, trusted));
    return Result.isSuccess(opened) ? whole : note;
  });

  return {
    cosigned,
    round,
    beat:
      witnesses.length === 0
        ? Effect.void
        : round.pipe(
            Effect.catchCause((cause) => Effect.logWarning("The witnesses were not asked", cause)),
            Effect.repeat(Schedule.spaced(every)),
            Effect.asVoid,
          ),
  };
};

const timeOf = (signature: Uint8Array): number | null =>
  signature.length < 8 ? null : Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0));

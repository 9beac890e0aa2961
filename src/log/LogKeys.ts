/**
 * The keys that sign the log: one Ed25519, one P-256, made when they are first needed and sealed at rest like every private key here.
 *
 * - A key's name is the log's origin, so pinning a key pins the log it signs. Another origin gets keys of its own.
 * - They are not rotated: an auditor holds them from somewhere else than the log, and a change of key is what they must notice.
 *
 * **Gotchas**: every process of an installation signs with the same keys; the first one makes them.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { Clock, Effect, Result } from "effect";
import { ulid } from "ulid";
import { formatVerifierKey, type NoteKey, noteKey, noteKeyTypes, type NoteSigner } from "../audit/tree/SignedNote.ts";
import type { PublicLogKey } from "../contracts/AuditLog.ts";
import { Seal, type SealError } from "../identity/Seal.ts";
import { LogKeyRow } from "../model/records/log.ts";
import { inconsistent } from "./errors.ts";
import { unavailable, fromStore } from "../contracts/errors.ts";
import { LogRecords } from "../store/LogRecords.ts";
import { toSeconds } from "../model/time.ts";

const algorithms = ["ed25519", "p256"] as const;

/** Both halves in DER. */
const generate = (algorithm: LogKeyRow["algorithm"]): { readonly publicKey: Buffer; readonly privateKey: Buffer } => {
  const pair =
    algorithm === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    publicKey: pair.publicKey.export({ format: "der", type: "spki" }),
    privateKey: pair.privateKey.export({ format: "der", type: "pkcs8" }),
  };
};

const publicObject = (row: LogKeyRow): KeyObject =>
  createPublicKey({ key: Buffer.from(row.publicKey, "base64"), format: "der", type: "spki" });

/** As a note's key: Ed25519 by its 32 bytes, which end its SPKI; P-256 by the SPKI itself. */
const noteKeyOf = (row: LogKeyRow): Result.Result<NoteKey, unknown> => {
  const spki = new Uint8Array(Buffer.from(row.publicKey, "base64"));
  return row.algorithm === "ed25519"
    ? noteKey(row.origin, noteKeyTypes.ed25519, spki.slice(-32))
    : noteKey(row.origin, noteKeyTypes.ecdsa, spki);
};

const changed = inconsistent(
  "A key of the log is not the one that was made: its public and private halves do not belong together.",
  "Someone changed the row: restore it from a backup.",
);

const renamed = (there: string, origin: string) =>
  unavailable(
    `The log in this database is named ${there}, and the operator's domain would name it ${origin}.`,
    `Name it ${there} to go on with it: what was signed keeps verifying. Name it ${origin} to begin under that name, with new keys.`,
    "rename_log",
  );

const fromSeal = (error: SealError) =>
  Effect.fail(unavailable(`A key of the log cannot be opened: ${error.message}`, error.hint));

/**
 * `given`: the operator named the log; else its name follows from the domain, and a changed domain must not make a new log in silence.
 * @spec OV-173
 */
export const makeLogKeys = Effect.fnUntraced(function* (origin: string, given: boolean) {
  const records = yield* LogRecords;
  const seal = yield* Seal;

  const make = Effect.fnUntraced(function* (algorithm: LogKeyRow["algorithm"]) {
    const now = yield* Clock.currentTimeMillis;
    const kid = `log_${algorithm}_${ulid(Math.max(now, 1))}`;
    const pair = generate(algorithm);
    const sealedPrivateKey = yield* seal.seal(kid, pair.privateKey);
    pair.privateKey.fill(0);
    const publicKey = pair.publicKey.toString("base64");
    return yield* records
      .addLogKeyIfNone({
        kid,
        origin,
        algorithm,
        publicKey,
        sealedPrivateKey,
        createdAt: toSeconds(now),
      })
      .pipe(Effect.catch(fromStore));
  });

  const rows = Effect.gen(function* () {
    const there = yield* records.logKeys(origin).pipe(Effect.catch(fromStore));
    if (there.length === 0 && !given) {
      const named = (yield* records.logNames.pipe(Effect.catch(fromStore))).at(-1);
      if (named !== undefined) return yield* renamed(named, origin);
    }
    return yield* Effect.forEach(algorithms, (algorithm) => {
      const row = there.find((candidate) => candidate.algorithm === algorithm);
      return row === undefined ? make(algorithm) : Effect.succeed(row);
    });
  });

  const signerOf = Effect.fnUntraced(function* (row: LogKeyRow) {
    const pkcs8 = yield* seal.open(row.kid, row.sealedPrivateKey).pipe(Effect.catch(fromSeal));
    const key = noteKeyOf(row);
    const secret = yield* Effect.try({
      try: () => {
        const object = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
        if (!createPublicKey(object).equals(publicObject(row))) throw new TypeError("another public key");
        return object;
      },
      catch: () => changed,
    });
    if (Result.isFailure(key)) return yield* changed;
    const signer: NoteSigner = {
      key: key.success,
      sign: async (text) =>
        new Uint8Array(row.algorithm === "ed25519" ? sign(null, text, secret) : sign("sha256", text, secret)),
    };
    return { row, signer };
  });

  // Opened once: what a running server signs with does not change under it.
  const signers = yield* Effect.cachedWithTTL(
    Effect.flatMap(rows, (all) => Effect.forEach(all, signerOf)),
    "1 hour",
  );

  return {
    /** What signs, Ed25519 first. */
    signers: Effect.map(signers, (all) => all.map(({ signer }) => signer)),
    /** What verifies. */
    published: Effect.map(signers, (all) =>
      all.map(({ row, signer }): PublicLogKey => ({
        kid: row.kid,
        algorithm: row.algorithm,
        vkey: formatVerifierKey(signer.key),
        publicKeyPem: publicObject(row).export({ format: "pem", type: "spki" }).toString(),
        createdAt: row.createdAt,
      })),
    ),
  };
});

export type LogKeys = Effect.Success<ReturnType<typeof makeLogKeys>>;

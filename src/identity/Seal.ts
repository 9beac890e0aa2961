/**
 * Private keys at rest: AES-256-GCM under one sealing key, which comes from the environment or from a key file of mode 600. @spec OV-57
 *
 * A sealed key is text: `seal1.<sealing key id>.<nonce>.<ciphertext and tag>`, the last two in base64url. Its associated data is the
 * format, the sealing key's id and the `kid` of the row, length-prefixed; so a sealed key that is moved to another row, or changed in any
 * bit, does not open. The sealing key's id (4 bytes of a hash) only separates "wrong sealing key" from "damaged".
 *
 * **Gotchas**
 * - Lose the sealing key and every private key is lost; public keys, and with them old mail's signatures, stay good.
 * - Nonces are random 96-bit values: far below the limit for as many keys as there are mailboxes.
 */
import { createCipheriv, createDecipheriv, hash, randomBytes } from "node:crypto";
import { constants, type FileHandle, link, mkdir, open, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Context, Effect, Layer, Schema } from "effect";
import { encodeFields } from "../bytes/encodeFields.ts";

/** Sealing or opening failed. `cannot_open` is the same for a changed, a swapped and a cut-off value, and carries no cause. */
export class SealError extends Schema.TaggedError<SealError>()("SealError", {
  reason: Schema.Literals([
    "bad_key",
    "key_file_exposed",
    "key_file_unusable",
    "unknown_format",
    "wrong_key",
    "cannot_open",
  ]),
  message: Schema.String,
  hint: Schema.String,
}) {}

const fail = (reason: SealError["reason"], message: string, hint: string): SealError =>
  new SealError({ reason, message, hint });

export class Seal extends Context.Service<
  Seal,
  {
    /** Seals a private key (PKCS#8 DER) for the row `kid`. */
    readonly seal: (kid: string, secret: Uint8Array) => Effect.Effect<string>;
    /** Opens what `seal` made for the same `kid`. Fails with `unknown_format`, `wrong_key` or `cannot_open`. */
    readonly open: (kid: string, sealed: string) => Effect.Effect<Uint8Array, SealError>;
  }
>()("countersign/identity/Seal") {}

const VERSION = "seal1";

/** Reads a sealing key from text: 32 bytes in hex, base64 or base64url, blanks around it ignored. Fails with `bad_key`. */
export const parseSealingKey = (text: string): Effect.Effect<Uint8Array, SealError> =>
  Effect.suspend(() => {
    const trimmed = text.trim();
    const bytes = /^[0-9a-fA-F]{64}$/.test(trimmed)
      ? Buffer.from(trimmed, "hex")
      : /^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)
        ? Buffer.from(trimmed, "base64")
        : null;
    return bytes === null
      ? Effect.fail(
          fail(
            "bad_key",
            "The sealing key is not 32 bytes in hex or base64.",
            "Make one with: openssl rand -base64 32",
          ),
        )
      : Effect.succeed(Uint8Array.from(bytes));
  });

const sealWith = (key: Uint8Array): Seal["Service"] => {
  const keyId = hash("sha256", encodeFields("countersign/seal-key-id/v1", [key]), "hex").slice(0, 8);
  const associated = (kid: string): Uint8Array => encodeFields("countersign/seal/v1", [VERSION, keyId, kid]);
  return {
    seal: (kid, secret) =>
      Effect.sync(() => {
        const nonce = randomBytes(12);
        const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(associated(kid));
        const sealed = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
        return `${VERSION}.${keyId}.${nonce.toString("base64url")}.${sealed.toString("base64url")}`;
      }),
    open: (kid, sealed) =>
      Effect.suspend(() => {
        const match = /^seal1\.([0-9a-f]{8})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{0,4096})$/.exec(sealed);
        if (match === null) {
          return Effect.fail(
            fail(
              "unknown_format",
              "The sealed key is in no format this version knows.",
              "Run the version that wrote it, or restore the row.",
            ),
          );
        }
        if (match[1] !== keyId) {
          return Effect.fail(
            fail(
              "wrong_key",
              "The key was sealed with another sealing key.",
              "Start with the sealing key this store was made with.",
            ),
          );
        }
        const bytes = Buffer.from(match[3]!, "base64url");
        try {
          const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(match[2]!, "base64url"), {
            authTagLength: 16,
          })
            .setAAD(associated(kid))
            .setAuthTag(bytes.subarray(-16));
          return Effect.succeed(
            Uint8Array.from(Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()])),
          );
        } catch {
          return Effect.fail(
            fail(
              "cannot_open",
              "The sealed key was changed, or belongs to another key record.",
              "Restore the key's row from a backup.",
            ),
          );
        }
      }),
  };
};

/** Seals with these 32 bytes. Fails with `bad_key` on any other length. */
export const layerKey = (key: Uint8Array): Layer.Layer<Seal, SealError> =>
  Layer.effect(
    Seal,
    Effect.suspend(() =>
      key.length === 32
        ? Effect.succeed(Seal.of(sealWith(Uint8Array.from(key))))
        : Effect.fail(
            fail("bad_key", "The sealing key is not 32 bytes long.", "Make one with: openssl rand -base64 32"),
          ),
    ),
  );

/** Where the sealing key comes from: `value` (an environment variable) if there is one, else `file`, made on first use. */
export interface SealingKeySource {
  readonly value?: string | undefined;
  readonly file: string;
}

/** Seals with the key of `source`. Fails with `bad_key`, `key_file_exposed` or `key_file_unusable`. */
export const layerSource = (source: SealingKeySource): Layer.Layer<Seal, SealError> =>
  Layer.effect(
    Seal,
    Effect.gen(function* () {
      const value = source.value?.trim() ?? "";
      const key = value === "" ? yield* keyFromFile(source.file) : yield* parseSealingKey(value);
      return Seal.of(sealWith(key));
    }),
  );

/** Reads the key file, or makes it with mode 600 when there is none; two processes that start at once get the same key. */
export const keyFromFile = Effect.fn("Seal.keyFromFile")(function* (file: string) {
  const found = yield* attempt(file, () => readKeyFile(file));
  if (found !== null) return yield* judge(file, found);
  yield* attempt(file, () => createKeyFile(file));
  const made = yield* attempt(file, () => readKeyFile(file));
  if (made === null) return yield* unusable(file, "it is a link to nothing, or was taken away again");
  return yield* judge(file, made);
});

const unusable = (file: string, why: string): SealError =>
  fail(
    "key_file_unusable",
    `The key file ${file} cannot be used: ${why}.`,
    "Check the path, or give the sealing key in the environment.",
  );

const attempt = <A>(file: string, run: () => Promise<A>): Effect.Effect<A, SealError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => unusable(file, (cause as Error).message),
  });

interface KeyFile {
  /** `null` when it is no plain file of at most 4096 bytes, and was not read. */
  readonly text: string | null;
  readonly mode: number;
}

const judge = (file: string, found: KeyFile): Effect.Effect<Uint8Array, SealError> => {
  if (found.text === null) return Effect.fail(unusable(file, "it is not a plain file of at most 4096 bytes"));
  if (process.platform !== "win32" && (found.mode & 0o077) !== 0) {
    const mode = (found.mode & 0o777).toString(8);
    return Effect.fail(
      fail(
        "key_file_exposed",
        `The key file ${file} has mode ${mode}: others than its owner can read or change it.`,
        `Run chmod 600 ${file}; if others may have read it, replace the keys sealed with it.`,
      ),
    );
  }
  return parseSealingKey(found.text);
};

/** Mode and text of one and the same open file, so that it cannot be exchanged between the look and the read. */
const readKeyFile = async (file: string): Promise<KeyFile | null> => {
  let handle: FileHandle;
  try {
    // O_NONBLOCK: opening a FIFO must not hang.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cause;
  }
  try {
    const stat = await handle.stat();
    const text = stat.isFile() && stat.size <= 4096 ? await handle.readFile("utf8") : null;
    return { text, mode: stat.mode };
  } finally {
    await handle.close();
  }
};

/** Written whole under another name and then linked: no reader ever sees half a key, and the first of several wins. */
const createKeyFile = async (file: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = join(dirname(file), `${basename(file)}.${randomBytes(8).toString("hex")}`);
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(`${randomBytes(32).toString("base64")}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
    const folder = await open(dirname(file), "r");
    // The name must survive a power cut too, or keys sealed a moment later could never be opened.
    await folder.sync().finally(() => folder.close());
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  } finally {
    await unlink(draft);
  }
};

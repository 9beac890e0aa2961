/**
 * Signed notes (C2SP signed-note v1): a text, and lines of signatures over it by named keys.
 *
 * - Types: `0x01` Ed25519, `0x02` ECDSA P-256 with SHA-256 (DER), `0x04` a witness's timestamped Ed25519 cosignature.
 * - A key is known by its name and id together; signatures of any other key are ignored. One by a known key that does not verify makes
 *   the whole note void, and a note that no known key signed is no evidence of anything.
 * - Verifying is plain JavaScript and runs in a browser; signing is done by a function that the caller has.
 *
 * **Gotchas**: the id of an ECDSA key is the hash of the key alone, that of the others covers the name too. Ed25519 is checked as
 * RFC 8032 has it, which refuses keys of small order and second spellings.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { Result } from "effect";
import { decodeBase64 } from "../../bytes/base64.ts";
import { parseSpki } from "../../identity/PublicKey.ts";
import { verifyNoble } from "../../identity/Verify.ts";
import { toBase64, utf8 } from "../../bytes/octets.ts";
import { sha256 } from "../../bytes/sha256.ts";
import { AuditError, refuse } from "../AuditError.ts";

/** Longest note, bytes; sixteen post-quantum signatures fit. */
export const noteLimit = 262_144;
/** Most signature lines. */
export const signaturesLimit = 64;

export const noteKeyTypes = { ed25519: 1, ecdsa: 2, cosignature: 4 } as const;
export type NoteKeyType = (typeof noteKeyTypes)[keyof typeof noteKeyTypes];

/** A key whose signatures are looked for. */
export interface NoteKey {
  readonly name: string;
  readonly type: NoteKeyType;
  /** 32-bit number. */
  readonly id: number;
  /** 32 bytes for Ed25519 and cosignatures, 91 bytes of SPKI for ECDSA. */
  readonly publicKey: Uint8Array;
}

export interface NoteSignature {
  readonly name: string;
  readonly id: number;
  /** As on the line, without the key id: 64 bytes for Ed25519, DER for ECDSA, 8 of time and 64 for a cosignature. */
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** Ends in a newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A key and what signs with it. `sign` gives the bytes of {@link NoteSignature} over the text's UTF-8. */
export interface NoteSigner {
  readonly key: NoteKey;
  readonly sign: (text: Uint8Array) => Promise<Uint8Array>;
}

/** `true` for a name a key may have: not empty, no white space, no plus. */
export const isKeyName = (name: string): boolean =>
  name !== "" && name.length <= 1024 && name.isWellFormed() && !/[\p{White_Space}\p{Cc}+]/u.test(name);

const uint32 = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);

const idOf = (name: string, type: NoteKeyType, publicKey: Uint8Array): number =>
  uint32(type === 2 ? sha256(publicKey) : sha256(utf8(`${name}\n`), Uint8Array.of(type), publicKey));

const malformedKey = (message: string) =>
  refuse("malformed_key", message, "Copy the whole key as its operator published it: <name>+<8 hex digits>+<base64>.");

/** A key from its parts. Fails with `malformed_key`. */
export const noteKey = (name: string, type: NoteKeyType, publicKey: Uint8Array): Result.Result<NoteKey, AuditError> => {
  if (!isKeyName(name)) return malformedKey("A key's name is not empty and has neither blanks nor plus signs.");
  if (type === 2) {
    if (Result.isFailure(parseSpki(publicKey))) return malformedKey("The key is not a P-256 key in SPKI form.");
  } else {
    try {
      if (publicKey.length !== 32 || ed25519.Point.fromBytes(publicKey).isSmallOrder()) throw new TypeError("unusable");
    } catch {
      return malformedKey("The key is no usable Ed25519 key.");
    }
  }
  return Result.succeed({ name, type, id: idOf(name, type, publicKey), publicKey: publicKey.slice() });
};

const hexId = (id: number): string => id.toString(16).padStart(8, "0");

/** `<name>+<id>`: which key, for people. */
export const keyLabel = ({ name, id }: Pick<NoteKey, "name" | "id">): string => `${name}+${hexId(id)}`;

/** The first of them in words; a name may come from a file that is not verified yet, and be of any length. */
export const keyLabels = (keys: readonly Pick<NoteKey, "name" | "id">[]): string => {
  const first = keys.slice(0, 3).map(({ name, id }) => keyLabel({ name: name.slice(0, 80).toWellFormed(), id }));
  return keys.length === 0 ? "none" : `${first.join(", ")}${keys.length > 3 ? ` and ${keys.length - 3} more` : ""}`;
};

/** `<name>+<id>+<base64>`: how a key is published and pinned. */
export const formatVerifierKey = ({ name, type, id, publicKey }: NoteKey): string =>
  `${name}+${hexId(id)}+${toBase64(Uint8Array.of(type, ...publicKey))}`;

/** Reads what {@link formatVerifierKey} writes, and nothing else. Fails with `malformed_key`. */
export const parseVerifierKey = (vkey: string): Result.Result<NoteKey, AuditError> => {
  const match = vkey.length > 2048 ? null : /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(vkey);
  const bytes = match === null ? null : decodeBase64(match[3]!);
  if (match === null || bytes === null) return malformedKey("This is no verifier key.");
  const type = bytes[0];
  if (type !== 1 && type !== 2 && type !== 4) return malformedKey("The key is of a kind that is not known here.");
  return Result.flatMap(noteKey(match[1]!, type, bytes.subarray(1)), (key) =>
    hexId(key.id) === match[2]! ? Result.succeed(key) : malformedKey("The key's id is not that of the key."),
  );
};

const malformed = (message: string) => refuse("malformed_note", message, "Fetch it again, whole and unchanged.");

const dash = "\u2014 ";

/** Every control character but the newline. */
// oxlint-disable-next-line no-control-regex -- that is what is looked for
const control = /[\u0000-\u0009\u000b-\u001f]/;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a note, strictly. Its content is believed only after {@link verifyNote}. Fails with `malformed_note`. */
export const parseNote = (raw: string | Uint8Array): Result.Result<SignedNote, AuditError> => {
  if (raw.length > noteLimit) return malformed(`A note may have ${noteLimit} bytes.`);
  let whole: string;
  try {
    whole = typeof raw === "string" ? raw : decoder.decode(raw);
  } catch {
    return malformed("The note is not UTF-8.");
  }
  if (!whole.isWellFormed()) return malformed("The note is not well-formed Unicode.");
  if (control.test(whole)) return malformed("The note holds control characters.");
  const end = whole.lastIndexOf("\n\n");
  if (end === -1 || !whole.endsWith("\n")) return malformed("The note has no signature lines after a blank line.");
  const text = whole.slice(0, end + 1);
  const lines = whole.slice(end + 2, -1).split("\n");
  if (lines.length > signaturesLimit) return malformed(`A note may have ${signaturesLimit} signatures.`);
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const [name, encoded, ...more] = line.startsWith(dash) ? line.slice(dash.length).split(" ") : [];
    const bytes = encoded === undefined ? null : decodeBase64(encoded);
    if (name === undefined || more.length > 0 || !isKeyName(name) || bytes === null || bytes.length < 5) {
      return malformed("A signature line is not a dash, a key's name and a signature in base64.");
    }
    signatures.push({ name, id: uint32(bytes), signature: bytes.slice(4) });
  }
  return Result.succeed({ text, signatures });
};

/** `true` for a text that can be signed: not empty, ends in a newline, no control characters, holds no blank line at its end. */
export const isNoteText = (text: string): boolean =>
  text.endsWith("\n") && text !== "\n" && !text.endsWith("\n\n") && text.isWellFormed() && !control.test(text);

const signatureLine = ({ name, id, signature }: NoteSignature): string => {
  const bytes = new Uint8Array(4 + signature.length);
  new DataView(bytes.buffer).setUint32(0, id);
  bytes.set(signature, 4);
  return `${dash}${name} ${toBase64(bytes)}\n`;
};

/** The inverse of {@link parseNote}. */
export const formatNote = ({ text, signatures }: SignedNote): string =>
  `${text}\n${signatures.map(signatureLine).join("")}`;

/** Signs a text with every signer. Fails with `malformed_note` when the text cannot be one, with `signing_failed` when one does not sign. */
export const signNote = async (
  text: string,
  signers: readonly NoteSigner[],
): Promise<Result.Result<SignedNote, AuditError>> => {
  if (!isNoteText(text)) return malformed("A note's text ends in one newline and has no control characters.");
  const signatures: NoteSignature[] = [];
  for (const { key, sign } of signers) {
    try {
      signatures.push({ name: key.name, id: key.id, signature: await sign(utf8(text)) });
    } catch {
      return refuse("signing_failed", `The key ${key.name} did not sign.`, "Look at the log's keys, then try again.");
    }
  }
  return signatures.length === 0
    ? refuse("signing_failed", "There is no key to sign with.", "Give the log a key.")
    : Result.succeed({ text, signatures });
};

/** The time of a cosignature, seconds; `null` when it is no cosignature. */
export const cosignatureTime = (signature: Uint8Array): number | null => {
  if (signature.length !== 72) return null;
  const view = new DataView(signature.buffer, signature.byteOffset);
  const time = view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4);
  return Number.isSafeInteger(time) ? time : null;
};

/** What a witness signs of a checkpoint (C2SP tlog-cosignature v1). `time` in seconds. */
export const cosignedBytes = (text: string, time: number): Uint8Array => utf8(`cosignature/v1\ntime ${time}\n${text}`);

const ed25519Verifies = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean => {
  try {
    return signature.length === 64 && ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    // noble throws where a length or an encoding is wrong.
    return false;
  }
};

const verifies = async (key: NoteKey, text: string, signature: Uint8Array): Promise<boolean> => {
  switch (key.type) {
    case 1:
      return ed25519Verifies(signature, utf8(text), key.publicKey);
    case 2: {
      const parsed = parseSpki(key.publicKey);
      return Result.isSuccess(parsed) && (await verifyNoble(parsed.success, utf8(text), signature, "der"));
    }
    case 4: {
      const time = cosignatureTime(signature);
      return time !== null && ed25519Verifies(signature.subarray(8), cosignedBytes(text, time), key.publicKey);
    }
  }
};

/**
 * The given keys that signed the note. Fails with `bad_signature` when one of them is named and its signature does not verify, with
 * `unsigned` when none is named.
 */
export const verifyNote = async (
  note: SignedNote,
  keys: readonly NoteKey[],
): Promise<Result.Result<readonly NoteKey[], AuditError>> => {
  const signed: NoteKey[] = [];
  for (const { name, id, signature } of note.signatures) {
    for (const key of keys) {
      if (key.name !== name || key.id !== id) continue;
      if (!(await verifies(key, note.text, signature))) {
        return refuse(
          "bad_signature",
          `The signature of ${keyLabel({ name, id })} does not verify.`,
          "Do not believe the note; ask whoever gave it to you where it comes from.",
        );
      }
      if (!signed.includes(key)) signed.push(key);
    }
  }
  return signed.length === 0
    ? refuse(
        "unsigned",
        `None of the keys given has signed it, or they are not the keys of this log: signed by ${keyLabels(note.signatures)}; given: ${keyLabels(keys)}.`,
        "Give the key that its operator published, and that you have from somewhere else than here.",
      )
    : Result.succeed(signed);
};

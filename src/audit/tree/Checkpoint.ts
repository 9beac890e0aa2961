/**
 * Checkpoints (C2SP tlog-checkpoint v1): a log's name, size and root, as the text of a signed note.
 *
 * **Gotchas**: `parseCheckpoint` reads, `openCheckpoint` believes. A log's keys have the log's origin as their name here, so that a
 * pinned key pins the log it speaks for.
 */
import { Result } from "effect";
import { decodeBase64 } from "../../bytes/base64.ts";
import { toBase64 } from "../../bytes/octets.ts";
import { type AuditError, refuse } from "../AuditError.ts";
import {
  formatNote,
  isNoteText,
  keyLabels,
  type NoteKey,
  type NoteSigner,
  parseNote,
  type SignedNote,
  signNote,
  verifyNote,
} from "./SignedNote.ts";

export interface Checkpoint {
  /** The log's name, a URL without its scheme: `mail.example.com/log`. */
  readonly origin: string;
  /** Leaves, at most 2^53 − 1. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

const malformed = (message: string) =>
  refuse("malformed_checkpoint", message, "Fetch the checkpoint again, whole and unchanged.");

/** The three lines that are signed. */
export const checkpointText = ({ origin, size, root }: Checkpoint): string => `${origin}\n${size}\n${toBase64(root)}\n`;

/** A count without leading zeros that a number holds exactly, or `null`. */
export const parseCount = (text: string): number | null => {
  const count = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(count) ? count : null;
};

/** Reads a note's text. Lines after the third are extensions, which have no meaning here. Fails with `malformed_checkpoint`. */
export const parseCheckpointText = (text: string): Result.Result<Checkpoint, AuditError> => {
  const lines = text.split("\n");
  const [origin, count, encoded] = lines;
  if (lines.pop() !== "" || origin === undefined || count === undefined || encoded === undefined) {
    return malformed("A checkpoint has three lines: origin, size, root.");
  }
  if (lines.includes("")) return malformed("A checkpoint has no empty line.");
  const size = parseCount(count);
  if (size === null) return malformed("The size is no count.");
  const root = decodeBase64(encoded);
  if (root === null || root.length !== 32) return malformed("The root is not 32 bytes in base64.");
  return Result.succeed({ origin, size, root });
};

/** Reads a signed checkpoint without checking a signature. Fails with `malformed_note` or `malformed_checkpoint`. */
export const parseCheckpoint = (
  raw: string | Uint8Array,
): Result.Result<{ readonly checkpoint: Checkpoint; readonly note: SignedNote }, AuditError> =>
  Result.flatMap(parseNote(raw), (note) =>
    Result.map(parseCheckpointText(note.text), (checkpoint) => ({ checkpoint, note })),
  );

export interface OpenCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: SignedNote;
  /** The given keys of the log that signed it; at least one. */
  readonly logKeys: readonly NoteKey[];
  /** The given witnesses that did. */
  readonly witnesses: readonly NoteKey[];
}

/**
 * Reads a checkpoint and checks it against keys that the reader trusts. Fails as {@link parseCheckpoint} and `verifyNote` do, and with
 * `wrong_origin` when keys are given for another log only.
 */
export const openCheckpoint = async (
  raw: string | Uint8Array,
  keys: readonly NoteKey[],
): Promise<Result.Result<OpenCheckpoint, AuditError>> => {
  const parsed = parseCheckpoint(raw);
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure);
  const { checkpoint, note } = parsed.success;
  const ofLog = (key: NoteKey): boolean => key.type !== 4 && key.name === checkpoint.origin;
  if (keys.length > 0 && !keys.some(ofLog)) {
    return refuse(
      "wrong_origin",
      `None of the keys given is of this log: it is ${checkpoint.origin.slice(0, 80).toWellFormed()}, signed by ${keyLabels(note.signatures)}; given: ${keyLabels(keys)}.`,
      "Give the key of this log; its name is the log's origin.",
    );
  }
  const signed = await verifyNote(note, keys);
  if (Result.isFailure(signed)) return Result.fail(signed.failure);
  const logKeys = signed.success.filter(ofLog);
  const witnesses = signed.success.filter((key) => key.type === 4);
  return logKeys.length === 0
    ? refuse(
        "unsigned",
        `Witnesses signed it, and no key given for this log: signed by ${keyLabels(note.signatures)}; given: ${keyLabels(keys)}.`,
        "Give the key that the log's operator published, or ask for a checkpoint that it has signed.",
      )
    : Result.succeed({ checkpoint, note, logKeys, witnesses });
};

/** A checkpoint signed by every signer, as it is stored and served. Fails as `signNote` does. */
export const signCheckpoint = async (
  checkpoint: Checkpoint,
  signers: readonly NoteSigner[],
): Promise<Result.Result<string, AuditError>> => {
  const text = checkpointText(checkpoint);
  if (!isNoteText(text) || Result.isFailure(parseCheckpointText(text))) {
    return malformed("An origin is one line of plain text.");
  }
  return Result.map(await signNote(text, signers), formatNote);
};

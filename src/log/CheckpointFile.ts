/**
 * The newest checkpoint of each log, outside the database: it distinguishes a restored backup from the log that was signed. @spec OV-77
 *
 * - One small JSON file, `{"<origin>": "<signed note>"}`, mode 600; replaced whole, and on the disk before the checkpoint is shown.
 * - It must not be backed up and restored together with the database: then it would agree with the older one.
 * - Processes may share it: each keeps what the others wrote, of its own log too if that goes further.
 *
 * **Gotchas**: a file that cannot be read is a reason to stop, not to begin a new one. Nothing is locked: what was written in between
 * is seen by the file's identity, which is looked at immediately before the rename.
 */
import { randomBytes } from "node:crypto";
import { type BigIntStats, constants, renameSync, statSync, unlinkSync } from "node:fs";
import { mkdir, open, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { Effect, Result, Schema } from "effect";
import { parseCheckpoint } from "../audit/tree/Checkpoint.ts";
import { inconsistent } from "./errors.ts";

const sizeLimit = 1024 * 1024;

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Record(Schema.String, Schema.String)));

type Notes = Readonly<Record<string, string>>;

const unusable = (file: string, why: string) =>
  inconsistent(
    `The file with the log's newest checkpoint, ${file}, cannot be used: ${why}.`,
    "Restore it or its folder's rights; remove it only if you know why it is as it is.",
  );

/** A file as it was found: what is in it, and by what it would be known again. */
interface Found {
  readonly text: string | null;
  readonly mark: string | null;
}

const markOf = ({ ino, mtimeNs }: BigIntStats): string => `${ino} ${mtimeNs}`;

const markNow = (file: string): string | null => {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : markOf(stat);
};

const read = async (file: string): Promise<Found> => {
  try {
    // O_NONBLOCK: opening a FIFO must not hang.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat({ bigint: true });
      if (!stat.isFile()) throw new Error("it is not a plain file");
      if (stat.size > sizeLimit) throw new Error("it is too large");
      return { text: await handle.readFile("utf8"), mark: markOf(stat) };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return { text: null, mark: null };
    throw cause;
  }
};

/** The names in the file's folder, on the disk. */
const syncFolder = async (file: string): Promise<void> => {
  const folder = await open(dirname(file), "r");
  await folder.sync().finally(() => folder.close());
};

/** Whole under another name, flushed, renamed, and the name flushed too; `false` if the file is no longer the one that was read. */
const replace = async (file: string, text: string, mark: string | null): Promise<boolean> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Nothing of this process, and hardly anything of another one, comes between these two.
    if (markNow(file) !== mark) {
      unlinkSync(draft);
      return false;
    }
    renameSync(draft, file);
  } catch (cause) {
    await unlink(draft).catch(() => undefined);
    throw cause;
  }
  await syncFolder(file);
  return true;
};

const attempt = <A>(file: string, run: () => Promise<A>) =>
  Effect.tryPromise({
    try: run,
    catch: (cause) =>
      unusable(file, (cause as NodeJS.ErrnoException).code ?? (cause instanceof Error ? cause.message : "unknown")),
  });

const notes = Effect.fnUntraced(function* (file: string) {
  const { text, mark } = yield* attempt(file, () => read(file));
  if (text === null) return { all: {} as Notes, mark };
  const decoded = decode(text);
  if (Result.isFailure(decoded)) return yield* unusable(file, "it is not what this program wrote");
  return { all: decoded.success, mark };
});

/** Entries that a note is over; -1 when it is no note. The caller checks its signature. */
const sizeOf = (note: string | undefined): number => {
  const parsed = note === undefined ? null : parseCheckpoint(note);
  return parsed !== null && Result.isSuccess(parsed) ? parsed.success.checkpoint.size : -1;
};

/** How often the file may change under us while one note is written. */
const tries = 100;

const put = Effect.fnUntraced(function* (file: string, origin: string, note: string) {
  for (let i = 0; i < tries; i++) {
    const { all, mark } = yield* notes(file);
    // The file holds a newer one, which its writer may not have flushed yet.
    if (sizeOf(all[origin]) > sizeOf(note)) return yield* attempt(file, () => syncFolder(file));
    const text = `${JSON.stringify({ ...all, [origin]: note }, null, 2)}\n`;
    if (yield* attempt(file, () => replace(file, text, mark))) return;
  }
  return yield* unusable(file, "other programs keep writing to it");
});

/** The newest note of one log, and the way to put a newer one in its place; `null` = there is no file to keep. */
export const checkpointFile = (file: string | null, origin: string) => ({
  read: file === null ? Effect.succeed(null) : Effect.map(notes(file), ({ all }) => all[origin] ?? null),
  /** A note over fewer entries than the one that is there changes nothing. */
  write: (note: string) => (file === null ? Effect.void : put(file, origin, note)),
});

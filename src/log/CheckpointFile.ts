/**
 * The newest checkpoint of each log, outside the database: what tells a restored backup from the log that was signed. @spec OV-77
 *
 * - One small JSON file, `{"<origin>": "<signed note>"}`, mode 600; replaced whole, and on the disk before anybody sees the checkpoint.
 * - It must not be backed up and restored together with the database: then it would agree with the older one.
 *
 * **Gotchas**: a file that cannot be read is a reason to stop, not to begin a new one.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { Effect, Result, Schema } from "effect";
import { inconsistent } from "./errors.ts";

const sizeLimit = 1024 * 1024;

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Record(Schema.String, Schema.String)));

type Notes = Readonly<Record<string, string>>;

const unusable = (file: string, why: string) =>
  inconsistent(
    `The file with the log's newest checkpoint, ${file}, cannot be used: ${why}.`,
    "Restore it or its folder's rights; remove it only if you know why it is as it is.",
  );

const read = async (file: string): Promise<string | null> => {
  try {
    // O_NONBLOCK: opening a FIFO must not hang.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new Error("it is not a plain file");
      if (stat.size > sizeLimit) throw new Error("it is too large");
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cause;
  }
};

/** Whole under another name, flushed, renamed, and the name flushed too. */
const replace = async (file: string, text: string): Promise<void> => {
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
    await rename(draft, file);
  } catch (cause) {
    await unlink(draft).catch(() => undefined);
    throw cause;
  }
  const folder = await open(dirname(file), "r");
  await folder.sync().finally(() => folder.close());
};

const attempt = <A>(file: string, run: () => Promise<A>) =>
  Effect.tryPromise({
    try: run,
    catch: (cause) =>
      unusable(file, (cause as NodeJS.ErrnoException).code ?? (cause instanceof Error ? cause.message : "unknown")),
  });

const notes = Effect.fnUntraced(function* (file: string) {
  const text = yield* attempt(file, () => read(file));
  if (text === null) return {} as Notes;
  const decoded = decode(text);
  return Result.isSuccess(decoded) ? decoded.success : yield* unusable(file, "it is not what this program wrote");
});

/** The newest note of one log, and the way to put another in its place; `null` = there is no file to keep. */
export const checkpointFile = (file: string | null, origin: string) => ({
  read: file === null ? Effect.succeed(null) : Effect.map(notes(file), (all) => all[origin] ?? null),
  write: (note: string) =>
    file === null
      ? Effect.void
      : Effect.flatMap(notes(file), (all) =>
          attempt(file, () => replace(file, `${JSON.stringify({ ...all, [origin]: note }, null, 2)}\n`)),
        ),
});

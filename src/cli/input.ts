/** What several commands read: files of a bounded size, and the log's keys. */
import { open } from "node:fs/promises";
import { Effect, Result } from "effect";
import { type NoteKey, parseVerifierKey } from "../index.ts";
import { quit, reasonOf } from "./exit.ts";

/** Ends with 2, and the reason, where the file cannot be read. */
export const inFile = <A>(file: string, read: () => Promise<A>) =>
  Effect.tryPromise(read).pipe(Effect.catch(({ cause }) => quit(2, `${file} cannot be read: ${reasonOf(cause)}`)));

/** A file's text as far as it could be what is meant; more than that is none of it. */
export const textIn = (file: string, limit: number) =>
  inFile(file, async () => {
    const handle = await open(file);
    try {
      const buffer = Buffer.alloc(limit + 1);
      let size = 0;
      for (;;) {
        const { bytesRead } = await handle.read(buffer, size, buffer.length - size);
        size += bytesRead;
        if (bytesRead === 0 || size === buffer.length) return buffer.subarray(0, size).toString("utf8");
      }
    } finally {
      await handle.close();
    }
  });

/** The keys of a log, each given itself or in a file with one on each line, as `countersign keys log` prints them (`#` begins a comment). */
export const logKeysIn = Effect.fnUntraced(function* (given: readonly string[]) {
  const keys: NoteKey[] = [];
  for (const one of given) {
    const all = one.includes("+") ? [one] : (yield* textIn(one, 65_536)).split(/\r?\n/);
    const lines = all.map((it) => it.trim()).filter((it) => it !== "" && !it.startsWith("#"));
    if (lines.length === 0) return yield* quit(2, `${one} holds no log key.`);
    for (const line of lines) {
      const key = parseVerifierKey(line);
      if (Result.isFailure(key)) return yield* quit(2, `${one}: ${key.failure.message}`, `  ${key.failure.hint}`);
      keys.push(key.success);
    }
  }
  return keys;
});

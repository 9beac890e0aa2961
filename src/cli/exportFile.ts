/**
 * Where an export goes: standard output, or a file that has its name only once it is whole.
 *
 * - It is written as `<file>.part`, flushed and renamed. What broke off stays there, and `--resume` takes it up after its last whole line.
 */
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** What a partial export records about itself. */
export interface Begun {
  /** The first entry that it lacks. */
  readonly next: number;
  /** The size of its checkpoint: the export it is a part of ends there. */
  readonly to: number;
  /** Bytes of whole lines. */
  readonly length: number;
}

const integer = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;

const parsed = (line: string): { readonly [member: string]: unknown } | null => {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === "object" && value !== null ? (value as { readonly [member: string]: unknown }) : null;
  } catch {
    return null;
  }
};

/** The longest line that is looked for at a part's end, bytes: a leaf with all that stands around it. */
const longestLine = 1024 * 1024;

const lineAt = async (file: FileHandle, from: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, from);
  return buffer.subarray(0, bytesRead);
};

/** Reads how far a part goes; `null` when there is none, or nothing in it to go on from. */
export const begun = async (part: string): Promise<Begun | null> => {
  let file: FileHandle;
  try {
    file = await open(part, "r");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cause;
  }
  try {
    const { size } = await file.stat();
    const top = (await lineAt(file, 0, Math.min(size, longestLine))).toString("utf8");
    const header = parsed(top.slice(0, Math.max(0, top.indexOf("\n"))));
    const [from, to] = [integer(header?.["from"]), integer(header?.["to"])];
    if (header === null || header["type"] !== "header" || from === null || to === null) return null;
    const start = Math.max(0, size - 2 * longestLine);
    const end = await lineAt(file, start, size - start);
    const whole = end.lastIndexOf(10) + 1;
    const last = end.subarray(end.lastIndexOf(10, Math.max(0, whole - 2)) + 1, Math.max(0, whole - 1)).toString("utf8");
    const line = parsed(last);
    if (line === null) return null;
    const index = integer(line["leaf_index"]);
    return { next: line["type"] === "header" ? from : index === null ? from : index + 1, to, length: start + whole };
  } finally {
    await file.close();
  }
};

export interface Sink {
  readonly write: (text: string | Uint8Array) => Promise<void>;
  /** Flushes, and gives the file its name. */
  readonly finish: () => Promise<void>;
  /** Closes what is there, as it is. */
  readonly abandon: () => Promise<void>;
}

const standardOutput: Sink = {
  write: (text) =>
    new Promise((resolve, reject) =>
      process.stdout.write(text, (error) => (error == null ? resolve() : reject(error))),
    ),
  finish: async () => {},
  abandon: async () => {},
};

/** Opens `<path>.part`, cut to `keep` bytes; `null` for standard output. */
export const openSink = async (path: string | null, keep: number): Promise<Sink> => {
  if (path === null) return standardOutput;
  const part = `${path}.part`;
  const file = await open(part, keep === 0 ? "w" : "r+", 0o600);
  await file.truncate(keep);
  let at = keep;
  return {
    write: async (text) => {
      const bytes = typeof text === "string" ? Buffer.from(text) : text;
      for (let written = 0; written < bytes.length;) {
        const { bytesWritten } = await file.write(bytes, written, bytes.length - written, at);
        written += bytesWritten;
        at += bytesWritten;
      }
    },
    finish: async () => {
      await file.sync();
      await file.close();
      await rename(part, path);
      const folder = await open(dirname(path), "r");
      await folder.sync().finally(() => folder.close());
    },
    abandon: () => file.close(),
  };
};

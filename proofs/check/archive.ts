/**
 * Reads a gzipped tar archive as a stream and writes the files wanted from it.
 *
 * **Gotchas**
 * - Only what the Lean library's archive has is understood: plain files and folders with names in the header, and extended
 *   headers, which are passed over. A file whose name was given in an extended header would come out under a shortened
 *   name, so an extended header with a `path` in it is an error.
 * - A name that leads out of the target folder is an error.
 */
import { createReadStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { createGunzip } from "node:zlib";

const block = 512;

const textOf = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString("latin1", 0, end < 0 ? bytes.length : end);
};

interface Header {
  readonly name: string;
  readonly size: number;
  /** `0` file, `5` folder, `x` and `g` extended headers. */
  readonly kind: string;
}

const headerOf = (bytes: Buffer): Header => {
  const sum = parseInt(textOf(bytes.subarray(148, 156)), 8);
  const seen = bytes.reduce((all, byte, place) => all + (place >= 148 && place < 156 ? 32 : byte), 0);
  if (sum !== seen) throw new Error("The archive is damaged: a header's checksum is wrong.");
  const prefix = textOf(bytes.subarray(345, 500));
  const name = textOf(bytes.subarray(0, 100));
  const kind = String.fromCharCode(bytes[156]!);
  return {
    name: normalize(prefix === "" ? name : `${prefix}/${name}`),
    size: parseInt(textOf(bytes.subarray(124, 136)).trim() || "0", 8),
    kind: kind === "\0" ? "0" : kind,
  };
};

/** Takes a stream of chunks apart into pieces of the lengths asked for. */
const pieces = (chunks: AsyncIterator<Buffer>) => {
  let held: Buffer[] = [];
  let length = 0;
  return async (wanted: number): Promise<Buffer> => {
    while (length < wanted) {
      const { done, value } = await chunks.next();
      if (done === true) throw new Error("The archive is damaged: it ends in the middle.");
      held.push(value);
      length += value.length;
    }
    const all = Buffer.concat(held, length);
    held = [all.subarray(wanted)];
    length -= wanted;
    return all.subarray(0, wanted);
  };
};

/** Writes the files of `archive` that are wanted into `folder`. Gives how many there were. */
export const extract = async (archive: string, folder: string, wanted: (name: string) => boolean): Promise<number> => {
  const stream = createReadStream(archive).pipe(createGunzip());
  const take = pieces(stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
  let count = 0;
  for (;;) {
    const bytes = await take(block);
    if (bytes.every((byte) => byte === 0)) break;
    const { name, size, kind } = headerOf(bytes);
    const content = (await take(Math.ceil(size / block) * block)).subarray(0, size);
    if ((kind === "x" || kind === "g") && /^\d+ path=/m.test(content.toString("latin1"))) {
      throw new Error("The archive has a name in an extended header, which is not understood here.");
    }
    if (kind !== "0" || !wanted(name)) continue;
    if (name.startsWith("..") || name.startsWith("/"))
      throw new Error(`The archive has a name that leads out: ${name}`);
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    count += 1;
  }
  stream.destroy();
  return count;
};

/**
 * The log as anybody can check it, by spec/audit.md alone, with `node:crypto`: the tree of RFC 6962, signed notes, tiles, canonical JSON.
 * Everything throws `Unmet` with what is wrong.
 */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { type Call, hasStatus } from "./api.ts";
import { expect, same } from "./expect.ts";

// --- the tree -----------------------------------------------------------------------------------------------------------

const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();

export const hashOfLeaf = (leaf: Uint8Array): Buffer => sha256(Buffer.of(0), leaf);
const hashOfNode = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.of(1), left, right);

/** RFC 6962 section 2.1. */
export const rootOf = (hashes: readonly Buffer[]): Buffer => {
  if (hashes.length === 0) return sha256();
  let level = [...hashes];
  // A node without a neighbour goes up as it is; that is the same tree.
  while (level.length > 1) {
    const next: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i]!, level[i + 1]];
      next.push(right === undefined ? left : hashOfNode(left, right));
    }
    level = next;
  }
  return level[0]!;
};

/** Where this path leads from a leaf at `index` of `size`, or `null` where it has another length than one may have there. */
export const rootBy = (leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer | null => {
  if (index >= size) return null;
  let [at, last, hash] = [index, size - 1, leaf];
  for (const one of path) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      hash = hashOfNode(one, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [at >> 1, last >> 1];
    } else hash = hashOfNode(hash, one);
    [at, last] = [at >> 1, last >> 1];
  }
  return last === 0 ? hash : null;
};

// --- canonical JSON -----------------------------------------------------------------------------------------------------

/** RFC 8785, for what a log may hold. */
export const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${canonical((value as Record<string, unknown>)[name])}`)
      .join(",")}}`;
  expect(typeof value !== "number" || Number.isSafeInteger(value), `${String(value)} is no safe integer`);
  return JSON.stringify(value);
};

// --- notes (C2SP signed-note, tlog-checkpoint) --------------------------------------------------------------------------

export interface LogKey {
  readonly name: string;
  readonly id: string;
  readonly ed25519: boolean;
  readonly key: KeyObject;
}

const edPrefix = Buffer.from("302a300506032b6570032100", "hex");

const keyFrom = (vkey: string): LogKey => {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey);
  expect(match !== null, `${vkey} is no verifier key`);
  const [, name, id, encoded] = match as unknown as readonly [string, string, string, string];
  const [type, material] = [Buffer.from(encoded, "base64")[0], Buffer.from(encoded, "base64").subarray(1)];
  const of = type === 1 ? sha256(Buffer.from(`${name}\n\x01`), material) : sha256(material);
  expect(type === 1 || type === 2, `${vkey} is neither an Ed25519 nor a P-256 key`);
  same(of.subarray(0, 4).toString("hex"), id, `the id in ${vkey}`);
  const der = type === 1 ? Buffer.concat([edPrefix, material]) : material;
  return { name, id, ed25519: type === 1, key: createPublicKey({ key: der, format: "der", type: "spki" }) };
};

export interface Published {
  readonly origin: string;
  readonly keys: readonly LogKey[];
}

/** The log's keys as anybody gets them. */
export const logKeys = async (call: Call): Promise<Published> => {
  const { origin, keys } = hasStatus(await call("GET", "/v1/log/keys", null), 200).body ?? {};
  expect(typeof origin === "string" && Array.isArray(keys) && keys.length > 0, "the log publishes no origin and keys");
  return { origin, keys: keys.map(({ vkey }: { readonly vkey: unknown }) => keyFrom(String(vkey))) };
};

export interface Checkpoint {
  readonly size: number;
  readonly root: Buffer;
}

/** OV-63: a note of this log, with a good signature by an Ed25519 key of that name, and no bad one by a key that is known. */
export const openCheckpoint = (note: string, { origin, keys }: Published): Checkpoint => {
  const end = note.indexOf("\n\n");
  expect(
    end > 0 && note.endsWith("\n"),
    `a checkpoint is a signed note, but it is ${JSON.stringify(note.slice(0, 200))}`,
  );
  const [text, signatures] = [
    note.slice(0, end + 1),
    note
      .slice(end + 2)
      .split("\n")
      .slice(0, -1),
  ];
  const [named, size, root] = text.split("\n");
  same(named, origin, "the origin that the checkpoint names");
  expect(/^(?:0|[1-9]\d*)$/.test(size ?? ""), `the size of the checkpoint, ${size}, is not written in decimal`);
  expect(/^[A-Za-z0-9+/]{43}=$/.test(root ?? ""), `the root of the checkpoint, ${root}, is not 32 bytes in base64`);
  let good = 0;
  for (const line of signatures) {
    const match = /^\u2014 (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line);
    expect(match !== null, `${line} is no line of a signature`);
    const octets = Buffer.from(match[2]!, "base64");
    const known = keys.find(({ name, id }) => name === match[1] && id === octets.subarray(0, 4).toString("hex"));
    if (known === undefined) continue;
    const valid = verify(known.ed25519 ? null : "sha256", Buffer.from(text), known.key, octets.subarray(4));
    expect(valid, `the signature by ${known.name}+${known.id} on the checkpoint does not verify`);
    if (known.ed25519 && known.name === origin) good += 1;
  }
  expect(good > 0, "no published Ed25519 key with the log's name has signed the checkpoint");
  return { size: Number(size), root: Buffer.from(root!, "base64") };
};

/** The newest checkpoint, as anybody gets it. */
export const latest = async (call: Call, keys: Published): Promise<Checkpoint> =>
  openCheckpoint(hasStatus(await call("GET", "/v1/log/checkpoint", null), 200).text, keys);

// --- tiles (C2SP tlog-tiles) --------------------------------------------------------------------------------------------

export const tileWidth = 256;

/** The path of a tile: `level` is a number or `entries`; a full one where `width` is left out. */
export const tilePath = (level: number | "entries", index: number, width = tileWidth): string => {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, "0");
  const parts = digits.match(/\d{3}/g)!.map((part, i, all) => (i === all.length - 1 ? part : `x${part}`));
  return `/v1/log/tile/${level}/${parts.join("/")}${width === tileWidth ? "" : `.p/${width}`}`;
};

/** Every tile of one level with so many hashes in it, as paths with their widths. */
export const tilesOf = (
  level: number | "entries",
  count: number,
): readonly { readonly path: string; readonly width: number }[] =>
  Array.from({ length: Math.ceil(count / tileWidth) }, (_, index) => {
    const width = Math.min(tileWidth, count - index * tileWidth);
    return { path: tilePath(level, index, width), width };
  });

/** The hashes of one level of the tree over `size` entries, from its tiles. */
export const levelOf = async (call: Call, level: number, size: number): Promise<readonly Buffer[]> => {
  const hashes: Buffer[] = [];
  for (const { path, width } of tilesOf(level, Math.floor(size / tileWidth ** level))) {
    const { octets } = hasStatus(await call("GET", path, null), 200);
    same(octets.length, width * 32, `the octets of ${path}`);
    for (let at = 0; at < octets.length; at += 32) hashes.push(octets.subarray(at, at + 32));
  }
  return hashes;
};

/**
 * The log as static files (C2SP tlog-tiles v0.1): 256 hashes a tile, and bundles of the entries themselves.
 *
 * - Tile `n` of level `l` holds the roots of the perfect subtrees of 256^l leaves, from `256 n` on; they are the nodes of level `8 l`.
 * - A tile at the right edge is partial, `.p/W`. What a full tile, or one of a given width, holds never changes.
 */
import { Result } from "effect";
import { type AuditError, refuse } from "../AuditError.ts";
import { leafLimit } from "../leaf/Leaf.ts";

/** Hashes in a full tile. */
export const tileWidth = 256;
/** Tree levels from one tile level to the next. */
export const tileHeight = 8;

export interface Tile {
  /** 0 … 63, or the entries themselves. */
  readonly level: number | "entries";
  readonly index: number;
  /** 1 … 256; less than 256 = partial. */
  readonly width: number;
}

/** `1234067` → `x001/x234/067`. */
export const tileNumber = (index: number): string => {
  const groups = [String(index % 1000).padStart(3, "0")];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, "0")}`);
  }
  return groups.join("/");
};

/** The path under the log's prefix: `tile/0/x001/067`, `tile/entries/000.p/5`. */
export const tilePath = ({ level, index, width }: Tile): string =>
  `tile/${level}/${tileNumber(index)}${width < tileWidth ? `.p/${width}` : ""}`;

const malformed = (message: string) =>
  refuse("malformed_tile", message, "See c2sp.org/tlog-tiles for the names of tiles and the form of bundles.");

/** Reads what {@link tilePath} writes, and nothing else. Fails with `malformed_tile`. */
export const parseTilePath = (path: string): Result.Result<Tile, AuditError> => {
  const match = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(path);
  if (match === null) return malformed("This is no tile's path.");
  const level = match[1] === "entries" ? ("entries" as const) : Number(match[1]);
  const index = Number(match[2]!.replace(/[x/]/g, ""));
  const width = match[3] === undefined ? tileWidth : Number(match[3]);
  if (level !== "entries" && level > 63) return malformed("A tile's level is at most 63.");
  const tile = { level, index, width };
  return width <= tileWidth && Number.isSafeInteger(index) && tilePath(tile) === path
    ? Result.succeed(tile)
    : malformed("The tile's number or width is not written as it must be.");
};

/** How many hashes the level has in a tree of `size` leaves. */
const hashesAt = (level: number, size: number): number => {
  let hashes = size;
  for (let l = 0; l < level; l += 1) hashes = Math.floor(hashes / tileWidth);
  return hashes;
};

/** How wide a tile is in a tree of `size` leaves: 0 = it does not exist yet. */
export const widthAt = (tile: Pick<Tile, "level" | "index">, size: number): number => {
  const hashes = hashesAt(tile.level === "entries" ? 0 : tile.level, size);
  return Math.max(0, Math.min(tileWidth, hashes - tile.index * tileWidth));
};

/** Every tile of hashes of a tree of `size` leaves. */
export const tilesOf = (size: number): readonly Tile[] => grownTiles(0, size);

/**
 * The tiles of hashes that are new or wider at `size` than at `oldSize`, lowest level first: the ones to write when a log grows. The
 * entry bundles that change are those of level 0.
 */
export const grownTiles = (oldSize: number, size: number): readonly Tile[] => {
  const tiles: Tile[] = [];
  for (let level = 0, hashes = size, before = oldSize; hashes > 0; level += 1) {
    for (let index = Math.floor(before / tileWidth); index * tileWidth < hashes; index += 1) {
      const width = Math.min(tileWidth, hashes - index * tileWidth);
      if (index * tileWidth + width > before) tiles.push({ level, index, width });
    }
    hashes = Math.floor(hashes / tileWidth);
    before = Math.floor(before / tileWidth);
  }
  return tiles;
};

/** Entries as they are served: each with its length, two bytes, big-endian. Throws when one is longer than a leaf may be. */
export const entryBundle = (leaves: readonly Uint8Array[]): Uint8Array => {
  const bundle = new Uint8Array(leaves.reduce((sum, leaf) => sum + 2 + leaf.length, 0));
  const view = new DataView(bundle.buffer);
  let at = 0;
  for (const leaf of leaves) {
    if (leaf.length > leafLimit) throw new RangeError(`An entry may have ${leafLimit} bytes.`);
    view.setUint16(at, leaf.length);
    bundle.set(leaf, at + 2);
    at += 2 + leaf.length;
  }
  return bundle;
};

/** Reads a bundle. Fails with `malformed_tile` when it is cut or holds more than a tile's worth. */
export const parseEntryBundle = (bundle: Uint8Array): Result.Result<readonly Uint8Array[], AuditError> => {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < bundle.length;) {
    const end = at + 2 > bundle.length ? Infinity : at + 2 + view.getUint16(at);
    if (end > bundle.length || leaves.length === tileWidth) return malformed("The bundle is cut, or too long.");
    leaves.push(bundle.slice(at + 2, end));
    at = end;
  }
  return Result.succeed(leaves);
};

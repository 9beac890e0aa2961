/**
 * The log's tree as the store keeps it: any node, root or proof, from tiles of 256 hashes.
 *
 * - The store has the hashes of levels 0, 8, 16, …; those between are computed from a tile. A proof in a log of a million entries
 *   takes three tiles.
 * - What a tile holds never changes, so the ones used last stay in memory.
 */
import { Effect } from "effect";
import {
  consistencyPath,
  consistencyProof,
  inclusionPath,
  inclusionProof,
  type LeafRange,
  type NodeAt,
  nodesFor,
  rootFrom,
} from "../audit/tree/MerkleProof.ts";
import { tileHeight, tileWidth } from "../audit/tree/Tiles.ts";
import { emptyFrontier, type NodeId, nodeHash, rootOf } from "../audit/tree/Tree.ts";
import type { LogRecords } from "../store/LogRecords.ts";
import { inconsistent, type LogRefusal } from "./errors.ts";
import { fromStore } from "../contracts/errors.ts";

/** Tiles kept, each about 50 KiB. */
const kept = 64;

/** The perfect subtrees inside one tile: `[0]` its hashes, `[1]` over two of them, … */
type Inside = readonly (readonly Uint8Array[])[];

const insideOf = (hashes: readonly Uint8Array[]): Inside => {
  const levels: (readonly Uint8Array[])[] = [hashes];
  for (let level = hashes; level.length > 1;) {
    const above: Uint8Array[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) above.push(nodeHash(level[i]!, level[i + 1]!));
    levels.push(above);
    level = above;
  }
  return levels;
};

interface TilePlace {
  /** Of tiles: the tree's level divided by 8. */
  readonly level: number;
  readonly index: number;
}

const placeOf = ({ level, index }: NodeId): TilePlace & { readonly inner: number; readonly at: number } => {
  const inner = level % tileHeight;
  const perTile = tileWidth / 2 ** inner;
  return {
    level: Math.floor(level / tileHeight),
    index: Math.floor(index / perTile),
    inner,
    at: index % perTile,
  };
};

export const makeTreeReader = (records: LogRecords["Service"]) => {
  // Newest use last. A tile at the right edge is kept as far as it went: what it holds never changes either.
  const known = new Map<string, Inside>();

  const read = Effect.fnUntraced(function* (name: string, { level, index }: TilePlace) {
    const [from, to] = [index * tileWidth, (index + 1) * tileWidth];
    const hashes = yield* records.hashes({ level: level * tileHeight, from, to }).pipe(Effect.catch(fromStore));
    const made = insideOf(hashes);
    known.delete(name);
    if (known.size >= kept) known.delete(known.keys().next().value!);
    known.set(name, made);
    return made;
  });

  /** The tile as far as it is known here, which must be as far as `needed` asks; else as the store has it now. */
  const inside = (place: TilePlace, needed: (tile: Inside) => boolean) =>
    Effect.suspend(() => {
      const name = `${place.level} ${place.index}`;
      const tile = known.get(name);
      if (tile === undefined || !needed(tile)) return read(name, place);
      known.delete(name);
      known.set(name, tile);
      return Effect.succeed(tile);
    });

  /** Reads what the ranges need; the function then answers from memory. */
  const nodesOfRanges = Effect.fnUntraced(function* (ranges: readonly LeafRange[]) {
    const tiles = new Map<string, Inside>();
    for (const node of nodesFor(ranges)) {
      const { inner, at, ...place } = placeOf(node);
      const name = `${place.level} ${place.index}`;
      if (tiles.get(name)?.[inner]?.[at] === undefined) {
        tiles.set(name, yield* inside(place, (tile) => tile[inner]?.[at] !== undefined));
      }
    }
    const nodeAt: NodeAt = (level, index) => {
      const { inner, at, ...place } = placeOf({ level, index });
      const hash = tiles.get(`${place.level} ${place.index}`)?.[inner]?.[at];
      if (hash === undefined) {
        throw inconsistent(
          `The store lacks the tree's node ${index} of level ${level}.`,
          "Stop, and restore the database from a backup.",
        );
      }
      return hash;
    };
    return nodeAt;
  });

  const compute = <A>(ranges: readonly LeafRange[], make: (nodeAt: NodeAt) => A) =>
    Effect.flatMap(nodesOfRanges(ranges), (nodeAt) =>
      Effect.try({
        try: () => make(nodeAt),
        catch: (cause) => cause as LogRefusal,
      }),
    );

  return {
    /** The root over the first `size` leaves, which the store must have. */
    root: (size: number) =>
      size === 0
        ? Effect.succeed(rootOf(emptyFrontier))
        : compute([{ start: 0, end: size }], (nodeAt) => rootFrom(size, nodeAt)),
    inclusion: (index: number, size: number) =>
      compute(inclusionPath(index, size), (nodeAt) => inclusionProof(index, size, nodeAt)),
    consistency: (oldSize: number, size: number) =>
      compute(consistencyPath(oldSize, size), (nodeAt) => consistencyProof(oldSize, size, nodeAt)),
    /** One node. */
    node: ({ level, index }: NodeId) =>
      compute([{ start: index * 2 ** level, end: (index + 1) * 2 ** level }], (nodeAt) => nodeAt(level, index)),
    /** The first `width` hashes of a tile; fewer when the store has no more. */
    tile: (place: TilePlace, width: number) =>
      Effect.map(
        inside(place, ([hashes]) => (hashes?.length ?? 0) >= width),
        ([hashes]) => (hashes ?? []).slice(0, width),
      ),
  };
};

export type TreeReader = ReturnType<typeof makeTreeReader>;

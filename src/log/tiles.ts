/** Tiles of the tree, and bundles of entries: what anyone may fetch to follow the log (c2sp.org/tlog-tiles). */
import { Effect, Result } from "effect";
import { leafBytes } from "../audit/leaf/Leaf.ts";
import { entryBundle, parseTilePath, tileWidth, widthAt } from "../audit/tree/Tiles.ts";
import { forbidden, fromStore, missing } from "../contracts/errors.ts";
import type { Credential } from "../model/Credential.ts";
import { firstTenant } from "../model/tenant.ts";
import type { Journal } from "../store/Journal.ts";
import type { CheckpointSigner } from "./CheckpointSigner.ts";
import { reader } from "./scope.ts";
import type { TreeReader } from "./TreeReader.ts";

interface TileParts {
  readonly journal: Journal["Service"];
  readonly signer: CheckpointSigner;
  readonly tree: TreeReader;
  /** Leaves are for everybody, not only for operators and reviewers. */
  readonly entriesPublic: boolean;
}

const noTile = missing(
  "There is no such tile.",
  "See c2sp.org/tlog-tiles for the paths; the checkpoint says how far the log goes.",
  "read_tiles",
);

export const makeTiles = ({ journal, signer, tree, entriesPublic }: TileParts) => {
  const tileOf = Effect.fnUntraced(function* (path: string, entries: boolean) {
    const parsed = parseTilePath(path);
    if (Result.isFailure(parsed) || (parsed.success.level === "entries") !== entries) return yield* noTile;
    const tile = parsed.success;
    const { size } = yield* signer.latest;
    if (tile.width > widthAt(tile, size)) return yield* noTile;
    return tile;
  });

  const tile = Effect.fnUntraced(function* (path: string) {
    const { level, index, width } = yield* tileOf(path, false);
    const hashes = level === "entries" ? [] : yield* tree.tile({ level, index }, width);
    if (hashes.length !== width) return yield* noTile;
    return new Uint8Array(Buffer.concat(hashes));
  });

  /** Leaves name tenants, mailboxes and people's ids, of all tenants: for the installation's own people, unless the operator says otherwise. */
  const entries = Effect.fnUntraced(function* (credential: Credential | null, path: string) {
    if (!entriesPublic) {
      const allowed = credential !== null && credential.tenant === firstTenant && credential.mailboxes === null;
      if (credential !== null) yield* reader(credential);
      if (!allowed) {
        return yield* forbidden(
          "The entries are for the installation's operators and reviewers.",
          `Use an unconfined key of the tenant ${firstTenant} with the admin or oversight scope.`,
        );
      }
    }
    const { index, width } = yield* tileOf(path, true);
    const from = index * tileWidth;
    const rows = yield* journal.entries({ from, to: from + width, limit: width }).pipe(Effect.catch(fromStore));
    if (rows.length !== width) return yield* noTile;
    return entryBundle(rows.map(({ leaf }) => leafBytes(leaf)));
  });

  return { tile, entries };
};

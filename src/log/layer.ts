/** Puts the log's own side together: `AuditLog` on a store, with the operator's keys. */
import { Context, Effect, Layer, Option, Result } from "effect";
import { leafBytes } from "../audit/leaf/Leaf.ts";
import { verifyInclusion } from "../audit/tree/MerkleProof.ts";
import { exportLine } from "../audit/export/ExportLine.ts";
import { resolveProofReference } from "../audit/leaf/proofReferences.ts";
import { formatReceipt } from "../audit/tree/Receipt.ts";
import { entryBundle, parseTilePath, tileWidth, widthAt } from "../audit/tree/Tiles.ts";
import { AuditLog, type ExportRequest, type LogFilter } from "../contracts/AuditLog.ts";
import { reaches, type Credential } from "../model/Credential.ts";
import * as Reach from "../accounts/Reach.ts";
import { Journal } from "../store/Journal.ts";
import { LogRecords } from "../store/LogRecords.ts";
import { checkpointFile } from "./CheckpointFile.ts";
import { inconsistent, withServiceError } from "./errors.ts";
import { makeExport, type Scope } from "./Export.ts";
import { makeLogKeys } from "./LogKeys.ts";
import { readProofManifest } from "./proofList.ts";
import { makeCheckpointSigner } from "./CheckpointSigner.ts";
import { makeTreeReader } from "./TreeReader.ts";
import { makeWitnesses, type Witness } from "./Witnesses.ts";
import { forbidden, missing, invalid, fromStore } from "../contracts/errors.ts";
import { firstTenant } from "../model/tenant.ts";
import { OversightSettings } from "../contracts/settings.ts";
import { Fetch } from "../net/Fetch.ts";

/** What an installation decides about its log, once, at start. */
export interface LogSettings {
  /** The file beside the database with the newest checkpoint; `null` = none is kept. */
  readonly checkpointFile: string | null;
  /** Leaves are for everybody, not only for operators and reviewers. */
  readonly entriesPublic: boolean;
  readonly witnesses: readonly Witness[];
}

/** A reference: left alone, nothing is kept beside the database, leaves are not public, and nobody cosigns. */
export const LogSettings = Context.Reference<LogSettings>("countersign/log/Settings", {
  defaultValue: () => ({ checkpointFile: null, entriesPublic: false, witnesses: [] }),
});

const reader = (credential: Credential) =>
  credential.scopes.some((scope) => scope === "admin" || scope === "oversight")
    ? Effect.void
    : Effect.fail(forbidden("This key may not read the log.", "Use a key with the oversight or admin scope."));

const noTile = missing(
  "There is no such tile.",
  "See c2sp.org/tlog-tiles for the paths; the checkpoint says how far the log goes.",
  "read_tiles",
);

const noEntry = missing("There is no such entry.", "Use an audit_ref, or the leaf_index of an entry you can see.");

/** `<origin>/<index>` or `<index>`. */
const indexOf = (ref: string, origin: string): number | null => {
  const text = ref.startsWith(`${origin}/`) ? ref.slice(origin.length + 1) : ref;
  return /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : null;
};

const make = Effect.gen(function* () {
  const journal = yield* Journal;
  const records = yield* LogRecords;
  const { origin } = yield* OversightSettings;
  const settings = yield* LogSettings;
  const reach = yield* Reach.Reach;
  const keys = yield* makeLogKeys(origin);
  const proofs = yield* readProofManifest;
  const tree = makeTreeReader(records);
  const file = checkpointFile(settings.checkpointFile, origin);
  const signer = makeCheckpointSigner({ origin, journal, records, keys, tree, file });
  const fetch = yield* Fetch;
  const witnesses = makeWitnesses({ origin, witnesses: settings.witnesses, records, signer, tree, keys, fetch });
  const exporting = makeExport({ origin, journal, records, signer, tree, keys: keys.published, proofs });

  yield* Effect.forkScoped(signer.beat);
  yield* Effect.forkScoped(witnesses.beat);

  const scopeOf = Effect.fnUntraced(function* (credential: Credential, filter: LogFilter) {
    yield* reader(credential);
    const mailbox = filter.mailbox === undefined ? null : (yield* reach.mailbox(credential, filter.mailbox)).id;
    // A key that is confined to some mailboxes reads the log of one of them at a time.
    if (credential.mailboxes !== null && mailbox === null) {
      return yield* invalid("mailbox", "This key is confined to some mailboxes.", "Name one of them: mailbox=…");
    }
    return { tenant: credential.tenant, mailboxes: credential.mailboxes, mailbox } satisfies Scope;
  });

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
    if (!settings.entriesPublic) {
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

  const receipt = Effect.fnUntraced(function* (credential: Credential, ref: string) {
    yield* reader(credential);
    const index = indexOf(ref, origin);
    const [entry] =
      index === null
        ? []
        : yield* journal.entries({ from: index, to: index + 1, limit: 1 }).pipe(Effect.catch(fromStore));
    const mine =
      entry !== undefined &&
      entry.tenant === credential.tenant &&
      (entry.mailbox === null ? credential.mailboxes === null : reaches(credential, entry.mailbox));
    if (entry === undefined || !mine) return yield* noEntry;
    const signed = yield* signer.cover(entry.index + 1);
    const path = yield* tree.inclusion(entry.index, signed.size);
    const { leafHash } = entry;
    // A receipt that does not verify would accuse an honest log: better none.
    if (!verifyInclusion({ leafHash, index: entry.index, size: signed.size, path, root: signed.root })) {
      return yield* inconsistent(
        `The store's tree does not lead from entry ${entry.index} to its root.`,
        "Stop, and restore the database from a backup.",
      );
    }
    const checkpoint = yield* witnesses.cosigned(signed);
    const text = formatReceipt({ extra: leafBytes(entry.leaf), index: entry.index, path, checkpoint });
    return { index: entry.index, size: signed.size, text };
  });

  const page: AuditLog["Service"]["page"] = Effect.fnUntraced(function* (credential, request) {
    const scope = yield* scopeOf(credential, request);
    const { from, limit, message, since, until } = request;
    const rows = yield* journal
      .entries({
        tenant: scope.tenant,
        ...(scope.mailbox === null ? {} : { mailbox: scope.mailbox }),
        ...(message === undefined ? {} : { message }),
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
        from,
        limit,
      })
      .pipe(Effect.catch(fromStore));
    return {
      lines: rows
        .filter(({ mailbox }) => (mailbox === null ? credential.mailboxes === null : reaches(credential, mailbox)))
        .map((row) => ({ line: exportLine(row, proofs), tenant: row.tenant, at: row.at })),
      next: rows.length < limit ? null : rows.at(-1)!.index + 1,
    };
  });

  const manifest =
    proofs === null
      ? Effect.fail(missing("This program was built without its list of theorems.", "Install the package again."))
      : Effect.succeed(proofs);

  const refused = Effect.flatMap(signer.refused, (why) => (Option.isSome(why) ? Effect.fail(why.value) : Effect.void));

  return AuditLog.of({
    origin,
    entriesPublic: settings.entriesPublic,
    ready: withServiceError(signer.ready),
    keys: withServiceError(keys.published),
    checkpoint: withServiceError(Effect.flatMap(signer.latest, witnesses.cosigned)),
    tile: (path) => withServiceError(tile(path)),
    entries: (credential, path) => withServiceError(entries(credential, path)),
    receipt: (credential, ref) => withServiceError(Effect.andThen(refused, receipt(credential, ref))),
    proofs: manifest,
    proof: (ref) =>
      Effect.flatMap(manifest, (all) => {
        const found = resolveProofReference(ref, all);
        return found === null
          ? Effect.fail(
              missing(
                "No theorem of this program goes by this reference.",
                `It is unknown, or of other proof sources than ${all.source}; list those there are.`,
              ),
            )
          : Effect.succeed({ ...found, lean: all.lean, source: all.source });
      }),
    page,
    export: (credential, request) =>
      withServiceError(
        Effect.andThen(
          refused,
          Effect.flatMap(scopeOf(credential, request), (scope) => exporting(scope, request)),
        ),
      ),
    exportWhole: (request: ExportRequest) =>
      withServiceError(exporting({ tenant: null, mailboxes: null, mailbox: request.mailbox ?? null }, request)),
  });
});

/** Needs the store, the seal, outgoing HTTP and the settings. */
export const layerAuditLog = Layer.effect(AuditLog, make).pipe(Layer.provide(Reach.layer));

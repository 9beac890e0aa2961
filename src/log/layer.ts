/** Puts the log's own side together: `AuditLog` on a store, with the operator's keys. */
import { Context, Effect, Layer, Option } from "effect";
import { exportLine } from "../audit/export/ExportLine.ts";
import { resolveProofReference } from "../audit/leaf/proofReferences.ts";
import { AuditLog, type ExportRequest } from "../contracts/AuditLog.ts";
import { reaches } from "../model/Credential.ts";
import * as Reach from "../accounts/Reach.ts";
import { Journal } from "../store/Journal.ts";
import { LogRecords } from "../store/LogRecords.ts";
import { checkpointFile } from "./CheckpointFile.ts";
import { withServiceError } from "./errors.ts";
import { makeExport } from "./Export.ts";
import { makeLogKeys } from "./LogKeys.ts";
import { readProofManifest } from "./proofList.ts";
import { makeCheckpointSigner } from "./CheckpointSigner.ts";
import { makeReceipt } from "./receipts.ts";
import { makeScope } from "./scope.ts";
import { makeTiles } from "./tiles.ts";
import { makeTreeReader } from "./TreeReader.ts";
import { makeWitnesses, type Witness } from "./Witnesses.ts";
import { missing, fromStore } from "../contracts/errors.ts";
import { OversightSettings } from "../contracts/settings.ts";
import { Fetch } from "../net/Fetch.ts";

/** What an installation decides about its log, once, at start. */
export interface LogSettings {
  /** The file beside the database with the newest checkpoint; `null` = none is kept. */
  readonly checkpointFile: string | null;
  /** The operator named the log; else its name follows from the domain. */
  readonly originGiven: boolean;
  /** Leaves are for everybody, not only for operators and reviewers. */
  readonly entriesPublic: boolean;
  readonly witnesses: readonly Witness[];
}

/** A reference: left alone, nothing is kept beside the database, leaves are not public, and nobody cosigns. */
export const LogSettings = Context.Reference<LogSettings>("countersign/log/Settings", {
  defaultValue: () => ({ checkpointFile: null, originGiven: true, entriesPublic: false, witnesses: [] }),
});

const make = Effect.gen(function* () {
  const journal = yield* Journal;
  const records = yield* LogRecords;
  const { origin } = yield* OversightSettings;
  const settings = yield* LogSettings;
  const scopeOf = yield* makeScope;
  const keys = yield* makeLogKeys(origin, settings.originGiven);
  const proofs = yield* readProofManifest;
  const tree = makeTreeReader(records);
  const file = checkpointFile(settings.checkpointFile, origin);
  const signer = makeCheckpointSigner({ origin, journal, records, keys, tree, file });
  const fetch = yield* Fetch;
  const witnesses = makeWitnesses({ origin, witnesses: settings.witnesses, records, signer, tree, keys, fetch });
  const { tile, entries } = makeTiles({ journal, signer, tree, entriesPublic: settings.entriesPublic });
  const receipt = makeReceipt({ origin, journal, signer, tree, witnesses });
  const exporting = makeExport({ origin, journal, records, signer, tree, keys: keys.published, proofs });

  yield* Effect.forkScoped(signer.beat);
  yield* Effect.forkScoped(witnesses.beat);

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

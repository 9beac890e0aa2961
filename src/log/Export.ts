/**
 * The export: a header, then a line for each entry, written as they are read, so that its length does not matter.
 *
 * - It ends at a checkpoint, signed before the first line is written. One that broke off is taken up with `from` and the same `to`.
 * - Who may not see an entry gets its hash in its place, so that the tree can be computed and nothing can be left out unseen.
 */
import { Effect, Stream } from "effect";
import { exportHeader, exportLine, lineText, noFilter, withheldLine } from "../audit/export/ExportLine.ts";
import type { ProofManifest } from "../audit/leaf/proofReferences.ts";
import { cefRecord } from "../siem/Cef.ts";
import { csvHeader, csvRow } from "../siem/Csv.ts";
import { ocsfEvent } from "../siem/Ocsf.ts";
import { nodesOf } from "../audit/tree/MerkleProof.ts";
import type { ExportFormat, ExportRequest, LogExport, PublicLogKey } from "../contracts/AuditLog.ts";
import { toHex } from "../bytes/octets.ts";
import { version } from "../packaged.ts";
import type { Journal } from "../store/Journal.ts";
import type { LogRecords } from "../store/LogRecords.ts";
import { type LogRefusal, withServiceError } from "./errors.ts";
import type { CheckpointSigner } from "./CheckpointSigner.ts";
import type { Scope } from "./scope.ts";
import type { TreeReader } from "./TreeReader.ts";
import { ServiceError, invalid, fromStore } from "../contracts/errors.ts";
import { EntryRow } from "../model/records/log.ts";

/** Entries read at once. */
const batch = 500;

export interface ExportParts {
  readonly origin: string;
  readonly journal: Journal["Service"];
  readonly records: LogRecords["Service"];
  readonly signer: CheckpointSigner;
  readonly tree: TreeReader;
  readonly keys: Effect.Effect<readonly PublicLogKey[], ServiceError | LogRefusal>;
  readonly proofs: ProofManifest | null;
}

const files: Readonly<Record<ExportFormat, readonly [contentType: string, extension: string]>> = {
  jsonl: ["application/x-ndjson", "jsonl"],
  csv: ["text/csv; charset=utf-8", "csv"],
  ocsf: ["application/x-ndjson", "ocsf.jsonl"],
  cef: ["text/plain; charset=utf-8", "cef"],
};

const notSigned = (size: number) =>
  invalid(
    "to",
    `There is no checkpoint over ${size} entries.`,
    "Take `to` from the header of an export, or leave it out.",
  );

export const makeExport = ({ origin, journal, records, signer, tree, keys, proofs }: ExportParts) => {
  const sees = (scope: Scope, entry: EntryRow): boolean =>
    (scope.tenant === null || entry.tenant === scope.tenant) &&
    (scope.mailboxes === null || (entry.mailbox !== null && scope.mailboxes.includes(entry.mailbox)));

  const matches = (scope: Scope, request: ExportRequest, entry: EntryRow): boolean =>
    (scope.mailbox === null || entry.mailbox === scope.mailbox) &&
    (request.message === undefined || entry.message === request.message) &&
    (request.since === undefined || entry.at >= request.since) &&
    (request.until === undefined || entry.at < request.until);

  const checkpointOver = Effect.fnUntraced(function* (size: number | undefined) {
    if (size === undefined) return yield* signer.signNow;
    // Of sizes that were signed; another one has no checkpoint to end with.
    const row = yield* records.checkpointAt({ origin, size }).pipe(Effect.catch(fromStore));
    return row === null ? yield* notSigned(size) : { size: row.size, note: row.note };
  });

  const frontierAt = (size: number) =>
    Effect.forEach(size === 0 ? [] : nodesOf({ start: 0, end: size }), (node) => tree.node(node));

  return Effect.fnUntraced(function* (scope: Scope, request: ExportRequest) {
    const last = yield* checkpointOver(request.to);
    const from = request.from ?? 0;
    if (from > last.size) {
      return yield* invalid("from", `The log has ${last.size} entries; ${from} is beyond them.`, "Start lower.");
    }
    const filtered =
      scope.mailbox !== null ||
      request.message !== undefined ||
      request.since !== undefined ||
      request.until !== undefined;
    // The renderings are for searching: no tool there can compute a tree.
    const every = request.format === "jsonl" && (request.lines ?? (filtered ? "matching" : "every")) === "every";
    const withProofs = request.format === "jsonl" && (request.proofs || !every);
    const first = from === 0 ? null : yield* records.checkpointAt({ origin, size: from }).pipe(Effect.catch(fromStore));

    const header = exportHeader({
      origin,
      tenant: scope.tenant,
      filter: {
        ...noFilter,
        mailbox: scope.mailbox,
        message: request.message ?? null,
        since: request.since ?? null,
        until: request.until ?? null,
      },
      lines: every ? "every" : "matching",
      from,
      to: last.size,
      first_checkpoint: first?.note ?? null,
      first_frontier: (yield* frontierAt(from)).map(toHex),
      last_checkpoint: last.note,
      log_keys: (yield* keys).map(({ vkey }) => vkey),
      proofs,
    });

    const context = { origin, productVersion: version };
    const render = Effect.fnUntraced(function* (entry: EntryRow) {
      const shown = sees(scope, entry) && matches(scope, request, entry);
      if (!shown) return every ? lineText(withheldLine(entry)) : "";
      const line = exportLine(entry, proofs, withProofs ? yield* tree.inclusion(entry.index, last.size) : undefined);
      switch (request.format) {
        case "jsonl":
          return lineText(line);
        case "csv":
          return csvRow(line);
        case "ocsf":
          return `${JSON.stringify(ocsfEvent(line, context))}\n`;
        case "cef":
          return `${cefRecord(line, context)}\n`;
      }
    });

    // What nobody is to see need not be read, unless its hash is to stand in its place.
    const wanted = every
      ? {}
      : {
          ...(scope.tenant === null ? {} : { tenant: scope.tenant }),
          ...(scope.mailbox === null ? {} : { mailbox: scope.mailbox }),
          ...(request.message === undefined ? {} : { message: request.message }),
          ...(request.since === undefined ? {} : { since: request.since }),
          ...(request.until === undefined ? {} : { until: request.until }),
        };

    const pageFrom = Effect.fnUntraced(function* (index: number) {
      const entries = yield* journal
        .entries({ ...wanted, from: index, to: last.size, limit: batch })
        .pipe(Effect.catch(fromStore));
      let text = "";
      for (const entry of entries) text += yield* render(entry);
      const next = entries.length < batch ? null : entries.at(-1)!.index + 1;
      return { text, next };
    });

    const top = request.format === "jsonl" ? lineText(header) : request.format === "csv" ? csvHeader() : "";
    // The first page is read before the answer begins, so that what is wrong with the request is still an error.
    const begun = yield* pageFrom(from);
    const chunks = Stream.unfold(
      { text: top + begun.text, next: begun.next } as { readonly text: string; readonly next: number | null } | null,
      (current) =>
        current === null
          ? Effect.undefined
          : Effect.map(
              current.next === null ? Effect.succeed(null) : withServiceError(pageFrom(current.next)),
              (following) => [current.text, following] as const,
            ),
    ).pipe(Stream.filter((text) => text !== ""));
    const [contentType, extension] = files[request.format];
    return { contentType, extension, from, to: last.size, chunks } satisfies LogExport;
  });
};

/**
 * Reads an export into a `Tally`, as a stream. Its content is believed as far as a verdict of `verifyExport` over the same
 * octets goes, and that is the caller's to get; this only counts.
 */
import { Result } from "effect";
import { entryOn, type Header, headerOn, objectOn } from "../audit/export/ExportReader.ts";
import { linesOf } from "../audit/export/linesOf.ts";
import type { Verdict } from "../audit/verify/ExportVerdict.ts";
import type { Provenance, Tally } from "./Report.ts";

export interface ReadExport {
  readonly header: Header;
  /** What could not be read, one sentence each; the first of them. */
  readonly problems: readonly string[];
}

const mostSentences = 20;

/** Counts every entry that can be read. Fails with a sentence when there is no header to begin with. */
export const readExport = async (
  chunks: AsyncIterable<Uint8Array | string>,
  tally: Tally,
): Promise<Result.Result<ReadExport, string>> => {
  let header: Header | null = null;
  const problems: string[] = [];
  let problemCount = 0;
  const problem = (sentence: string): void => {
    problemCount += 1;
    if (problems.length < mostSentences - 1) problems.push(sentence);
  };
  for await (const { number, text, fault } of linesOf(chunks)) {
    if (header === null) {
      if (text === null || fault !== null) return Result.fail("its first line is no header of an export");
      const read = headerOn(text);
      if (Result.isFailure(read)) return Result.fail(read.failure);
      header = read.success;
      continue;
    }
    if (fault !== null || text === null) {
      problem(`Line ${number} breaks off, is too long or is not text; nothing after it was read.`);
      break;
    }
    const entry = Result.flatMap(objectOn(text), (members) => entryOn(members));
    if (Result.isFailure(entry)) {
      problem(`Line ${number} cannot be read: ${entry.failure}.`);
      tally.unreadable();
    } else if (entry.success.leaf === null) tally.withheld(entry.success.index);
    else tally.take(entry.success.index, entry.success.leaf);
  }
  if (header === null) return Result.fail("it is empty");
  const more = problemCount - problems.length;
  if (more > 0) problems.push(`${more} more ${more === 1 ? "line" : "lines"} cannot be read.`);
  return Result.succeed({ header, problems });
};

const asked: Readonly<Record<Verdict["status"], Provenance["verification"]>> = {
  sound: "sound",
  unsound: "unsound",
  cannot_tell: "undecided",
};

/** What a report gives about the log behind it. `verdict`: over the same octets; `null` = no check. */
export const provenanceOf = (
  source: string,
  sha256: string | null,
  { header, problems }: ReadExport,
  verdict: Verdict | null,
): Provenance => {
  const scope = [
    ...(header.tenant === null ? [] : [`The export shows the tenant ${header.tenant} only.`]),
    ...(header.filter.mailbox === null ? [] : [`The export shows the mailbox ${header.filter.mailbox} only.`]),
    ...(header.filter.message === null ? [] : [`The export shows the message ${header.filter.message} only.`]),
    ...(header.filter.since === null && header.filter.until === null ? [] : ["The export shows a limited time only."]),
  ];
  if (verdict === null)
    return { source, sha256, origin: header.origin, verification: "unchecked", findings: [...scope, ...problems] };
  const place = (index: number | null): string => (index === null ? "" : `Entry ${index}: `);
  const checked =
    verdict.status === "unsound"
      ? []
      : [
          `${verdict.entries} entries are those of a tree of ${verdict.size ?? "unknown"} with the root ${verdict.root ?? "unknown"}, signed by ${verdict.signedBy.length === 0 ? "no key that was given" : verdict.signedBy.join(", ")}; ${verdict.replayed} of them were decided again by the rules.`,
        ];
  const faults = verdict.faults.map(({ index, kind, message }) => `${place(index)}${kind}: ${message}.`);
  const more = verdict.faultCount - verdict.faults.length;
  return {
    source,
    sha256,
    origin: header.origin,
    verification: asked[verdict.status],
    findings: [
      ...scope,
      ...checked,
      ...faults,
      ...(more > 0 ? [`${more} more faults.`] : []),
      ...verdict.unchecked.map((sentence) => `Not checked: ${sentence}`),
      ...problems,
    ],
  };
};

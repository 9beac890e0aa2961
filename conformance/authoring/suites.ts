/**
 * All suites, one for each document of the specification.
 */
import { attacks } from "./audit/attacks.ts";
import { canonicalTexts } from "./audit/canonicalTexts.ts";
import { checkpoints } from "./audit/checkpoints.ts";
import { exportCheckpoints } from "./audit/exportCheckpoints.ts";
import { exportEntries } from "./audit/exportEntries.ts";
import { exportFiles } from "./audit/exportFiles.ts";
import { exportParts } from "./audit/exportParts.ts";
import { receipts } from "./audit/receipts.ts";
import { consistencies, inclusions, trees } from "./audit/trees.ts";
import type { Draft, SuiteDraft } from "./draft.ts";
import { effectiveModes } from "./effectiveModes.ts";
import { histories } from "./histories.ts";
import { notesFor } from "./notes.ts";
import { scoring } from "./scoring.ts";
import { agentHeaders } from "./signing/agentHeaders.ts";
import { changedContents } from "./signing/changedContents.ts";
import { digests } from "./signing/digests.ts";
import { mailPrograms } from "./signing/mailPrograms.ts";
import { malformedHeaders } from "./signing/malformedHeaders.ts";
import { misusedKeys } from "./signing/misusedKeys.ts";
import { operatorHeaders } from "./signing/operatorHeaders.ts";
import { reservedHeaders } from "./signing/reservedHeaders.ts";
import { signatures } from "./signing/signatures.ts";
import { verifiedMessages } from "./signing/verifiedMessages.ts";

const suite = (name: string, description: string, drafts: readonly Draft[]): SuiteDraft => ({
  suite: name,
  description,
  notes: notesFor(drafts),
  drafts,
});

export const suites: readonly SuiteDraft[] = [
  suite("audit", "The log: its text, its tree, checkpoints, receipts and exports (spec/audit.md).", [
    ...canonicalTexts,
    ...trees,
    ...inclusions,
    ...consistencies,
    ...checkpoints,
    ...receipts,
    ...exportFiles,
    ...exportCheckpoints,
    ...exportEntries,
    ...exportParts,
    ...attacks(),
  ]),
  suite(
    "decisions",
    "Who may decide, on what, and for how long it counts (spec/decisions.md).",
    histories("decisions"),
  ),
  suite("lifecycle", "An outbound message from submit to its end (spec/lifecycle.md).", histories("lifecycle")),
  suite("modes", "The five modes, and what may tighten or raise them (spec/modes.md).", [
    ...effectiveModes,
    ...histories("modes"),
  ]),
  suite("scoring", "From weights to a score, and from a score to a verdict (spec/scoring.md).", scoring),
  suite(
    "signing",
    "The content digest, the two identity headers, and what a verifier says of them (spec/signing.md).",
    [
      ...digests,
      ...agentHeaders,
      ...operatorHeaders,
      ...signatures,
      ...reservedHeaders,
      ...verifiedMessages,
      ...malformedHeaders,
      ...misusedKeys,
      ...changedContents,
      ...mailPrograms,
    ],
  ),
];

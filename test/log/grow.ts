/** A log that grows as a test wants, and the keys an auditor pins. */
import { Effect } from "effect";
import { parseVerifierKey, type NoteKey } from "../../src/audit/tree/SignedNote.ts";
import type { AuditLog } from "../../src/contracts/AuditLog.ts";
import { operator } from "../support/credentials.ts";
import type { Installation } from "../support/installation.ts";

/** Adds `count` entries: accepted or refused, each is one. */
export const grow = (installation: Installation, count: number): Effect.Effect<void> =>
  Effect.forEach(
    Array.from({ length: count }),
    (_, i) =>
      Effect.result(i % 2 === 0 ? installation.oversight.halt(operator) : installation.oversight.resume(operator)),
    { discard: true },
  );

/** The log's own keys, as an auditor pins them. */
export const keysOf = (log: AuditLog["Service"]): Effect.Effect<readonly NoteKey[], unknown> =>
  Effect.flatMap(log.keys, (keys) => Effect.forEach(keys, ({ vkey }) => Effect.fromResult(parseVerifierKey(vkey))));

/** The theorems this program was built with, read once. */
import { Effect, Schema } from "effect";
import { ProofManifest } from "../audit/leaf/proofReferences.ts";
import { readTheorems } from "../packaged.ts";

/** `null` when the package lacks it: entries then refer to no proofs, rather than to missing ones. */
export const readProofManifest: Effect.Effect<ProofManifest | null> = readTheorems(
  Schema.decodeUnknownSync(ProofManifest),
).pipe(
  Effect.catch(() =>
    Effect.as(Effect.logWarning("The list of theorems cannot be read; install the package again."), null),
  ),
);

/** The theorems this program was built with: `proofs/theorems.json` of the package, read once. */
import { readFile } from "node:fs/promises";
import { Effect, Schema } from "effect";
import { ProofManifest } from "../audit/proofReferences.ts";

/** Two folders up from `src/log` and from `dist/log` alike. */
const place = new URL("../../proofs/theorems.json", import.meta.url);

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(ProofManifest));

/** `null` when the package lacks it: entries then refer to no proofs, rather than to ones nobody has. */
export const readProofManifest: Effect.Effect<ProofManifest | null> = Effect.tryPromise(async () =>
  decode(await readFile(place, "utf8")),
).pipe(
  Effect.catch(() =>
    Effect.as(Effect.logWarning("The list of theorems cannot be read; install the package again."), null),
  ),
);

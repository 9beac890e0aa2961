/** A clause with everything that names it, and the trace of them all: what `spec/trace.json` holds and `spec/TRACE.md` shows. */
import type { Clause, Place } from "./clauses.ts";
import type { TheoremEntry } from "./manifest.ts";

export interface TracedClause extends Clause {
  readonly theorems: readonly Pick<TheoremEntry, "name" | "sentence" | "file" | "witnesses">[];
  /** `status event class` of `transitions.json`. */
  readonly rows: readonly string[];
  readonly transitions: readonly Place[];
  readonly code: readonly Place[];
  readonly tests: readonly Place[];
  readonly vectors: readonly Place[];
}

export interface Trace {
  readonly about: string;
  readonly clauses: readonly TracedClause[];
  /** Theorems about what no clause says yet. */
  readonly unclaimed: readonly Pick<TheoremEntry, "name" | "sentence" | "file" | "witnesses">[];
  readonly gaps: readonly string[];
}

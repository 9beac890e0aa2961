/**
 * `countersign proofs`: the theorems that are proved about the model of the oversight, as the package was built with them.
 *
 * It lists, and checks nothing: to check the list, run `npm run proofs` in the repository and compare the source digest. "Proved"
 * holds of a theorem about the model; `npm run proofs` compares the model with the machine that runs.
 *
 * Exit status: 0 listed; 2 the list is missing or damaged.
 */
import { Effect, Schema } from "effect";
import { Command, Flag } from "effect/cli";
import { Digest } from "../index.ts";
import { readTheorems, theoremsFile } from "../packaged.ts";
import { quit } from "./exit.ts";

const Theorem = Schema.Struct({
  name: Schema.String,
  /** Clauses of `spec/` that it states. */
  clauses: Schema.Array(Schema.String),
  sentence: Schema.String,
  file: Schema.String,
  /** Over the statement's text, without comments and with single blanks. */
  statement: Digest,
  /** Theorems that show it is not vacuous. */
  witnesses: Schema.Array(Schema.String),
});

/** What the command prints as JSON: `theorems.json` without the pins that only the check needs. */
export const ProofList = Schema.Struct({
  /** The version of Lean that the proofs are written for. */
  lean: Schema.String,
  /** Over all files of the project. */
  source: Digest,
  theorems: Schema.Array(Theorem),
});
export type ProofList = typeof ProofList.Type;

const read = readTheorems(Schema.decodeUnknownSync(ProofList)).pipe(
  Effect.catch(() =>
    quit(
      2,
      "The list of theorems cannot be read.",
      `  It is part of the package, at ${theoremsFile}; install the package again.`,
    ),
  ),
);

/** The list in words. */
export const proofLines = ({ lean, source, theorems }: ProofList): readonly string[] => [
  `${theorems.length} theorems about the model, Lean ${lean}`,
  `source ${source}`,
  "To check them, and that the model is the machine that runs: npm run proofs, in the repository.",
  ...theorems.flatMap(({ name, clauses, sentence, file, statement }) => [
    "",
    `${name}${clauses.length === 0 ? "" : `  ${clauses.join(", ")}`}`,
    `  ${sentence}`,
    `  ${file}`,
    `  ${statement}`,
  ]),
];

const json = Flag.Boolean("json").pipe(Flag.withDescription("Print the list as JSON"), Flag.withDefault(false));

export const proofs = Command.make("proofs", { json }, ({ json }) =>
  Effect.map(read, (list) => {
    process.stdout.write(`${json ? JSON.stringify(list, null, 2) : proofLines(list).join("\n")}\n`);
  }),
).pipe(
  Command.withDescription(
    "List the theorems that are proved about the model: name, clauses, a plain sentence, file, hash of the statement; the\n" +
      "digest of all sources; the version of Lean. This checks nothing: npm run proofs does, in the repository.\n" +
      "Exit status: 0 listed, 2 the list is missing or damaged.",
  ),
  Command.withShortDescription("List the theorems that are proved about the model"),
);

/**
 * An export's lines, read strictly: the header, and of each entry what stands on its line. Nothing is believed here.
 */
import { Result, Schema } from "effect";
import { fromHex } from "../../bytes/hex.ts";
import { ambiguityIn, isShallow } from "../../bytes/strictJson.ts";

const Note = Schema.String.check(Schema.isMaxLength(262_144));

const Header = Schema.Struct({
  v: Schema.Literal(1),
  type: Schema.Literal("header"),
  kind: Schema.Literal("countersign-log-export"),
  origin: Schema.String,
  tenant: Schema.NullOr(Schema.String),
  filter: Schema.Struct({
    mailbox: Schema.NullOr(Schema.String),
    message: Schema.NullOr(Schema.String),
    since: Schema.NullOr(Schema.Int),
    until: Schema.NullOr(Schema.Int),
  }),
  lines: Schema.Literals(["every", "matching"]),
  from: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  to: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  first_checkpoint: Schema.NullOr(Note),
  first_frontier: Schema.Array(Schema.String).check(Schema.isMaxLength(64)),
  last_checkpoint: Note,
  log_keys: Schema.Array(Schema.String).check(Schema.isMaxLength(64)),
  proofs: Schema.NullOr(Schema.Struct({ source: Schema.String, lean: Schema.String })),
});
export type Header = typeof Header.Type;

const decodeHeader = Schema.decodeUnknownResult(Header);

type Members = { readonly [name: string]: unknown };

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** One JSON object on a line, or why it is none. */
export const objectOn = (text: string): Result.Result<Members, string> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return Result.fail(
      text.startsWith("\ufeff")
        ? "it begins with a byte order mark"
        : text.includes("\0")
          ? "it holds NUL characters"
          : text.trim() === ""
            ? "it is empty"
            : "it is not JSON",
    );
  }
  if (!isObject(value)) return Result.fail("it is no JSON object");
  if (text.endsWith("\r")) return Result.fail("it ends in CRLF: another program has changed the line endings");
  if (!isShallow(value)) return Result.fail("it is nested too deep");
  // What is written back to the very same text was understood in the one way there is.
  const ambiguity = JSON.stringify(value) === text ? null : ambiguityIn(text);
  return ambiguity === null ? Result.succeed(value) : Result.fail(ambiguity);
};

/** The header, or why this is no export that can be read here. */
export const headerOn = (text: string): Result.Result<Header, string> =>
  Result.flatMap(objectOn(text), (value) => {
    if (value["kind"] !== "countersign-log-export" || value["type"] !== "header")
      return Result.fail("the first line is no header of an export of a Countersign log");
    if (value["v"] !== 1) return Result.fail("the export is of a version that this program does not know");
    return Result.mapError(decodeHeader(value), () => "the header lacks what an export's header has");
  });

/** An entry's line, as far as every line has it. */
export interface EntryOn {
  readonly index: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** `null` when the entry is withheld. */
  readonly leaf: string | null;
  readonly proof: readonly Uint8Array[] | null;
  /** All that stands on the line. */
  readonly members: Members;
  readonly text: string;
}

const proofOn = (value: unknown): readonly Uint8Array[] | null | undefined => {
  if (value === undefined) return null;
  if (!Array.isArray(value) || value.length > 63) return undefined;
  const hashes = value.map((item) => (typeof item === "string" ? fromHex(item, 32) : null));
  return hashes.every((hash) => hash !== null) ? hashes : undefined;
};

/** Reads a line of an entry that {@link objectOn} has read; `text` is the line. */
export const entryOn = (members: Members, text = ""): Result.Result<EntryOn, string> => {
  const { leaf_index: index, leaf_hash: encoded, leaf, withheld, inclusion_proof: path } = members;
  if (typeof index !== "number" || !Number.isSafeInteger(index) || index < 0)
    return Result.fail("it does not say which entry it is");
  const hash = typeof encoded === "string" ? fromHex(encoded, 32) : null;
  if (hash === null) return Result.fail("its leaf_hash is not 32 bytes in hex");
  const proof = proofOn(path);
  if (proof === undefined) return Result.fail("its inclusion_proof is no list of hashes in hex");
  if (withheld === true && leaf === undefined) return Result.succeed({ index, hash, leaf: null, proof, members, text });
  return typeof leaf === "string" && withheld === undefined
    ? Result.succeed({ index, hash, leaf, proof, members, text })
    : Result.fail("it has neither the leaf nor says that it is withheld");
};

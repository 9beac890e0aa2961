/**
 * Scores and encodings of the running code on generated cases, as Lean text: the kernel computes each with the model's definition.
 *
 * - Scores: lists of weights, some over a whole, each with what `src/risk/policy/score.ts` says.
 * - Signed fields: lists of values with what `src/bytes/encodeFields.ts` makes of them; half of them are pairs that differ
 *   only in where one value ends and the next begins.
 * - Contents: the octets under the digest. `src/mail/Digest.ts` shows their hash only, so they are laid out here a second time,
 *   and that their SHA-256 is the digest it gives is checked before the kernel is asked whether they are the model's.
 */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { encodeFields } from "../../src/bytes/encodeFields.ts";
import { contentDigest, type DigestedContent } from "../../src/mail/Digest.ts";
import { score } from "../../src/risk/policy/score.ts";
import { Disagreement } from "./replay.ts";
import { listed, wrapped } from "./words.ts";

export interface Sample {
  /** Lean text of a term of type Bool. */
  readonly claim: string;
  readonly sort: "score" | "fields" | "content";
}

/** Each octet has a name, because Lean takes its time with a number and none with a name. */
const octets = (bytes: Iterable<number>): string => listed([...bytes].map((octet) => `o${octet}`));
const octetNames = Array.from({ length: 256 }, (_, octet) => `def o${octet} : Nat := ${octet}`).join("\n");
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const weights = fc.array(fc.oneof(fc.nat({ max: 12_000 }), fc.constantFrom(0, 1, 9_999, 10_000, 10_001)), {
  maxLength: 8,
});

const scoreSample = (list: readonly number[]): Sample => ({
  sort: "score",
  claim: `scoreAgrees ${listed(list.map(String))} ${score(list)}`,
});

const word = fc.string({ unit: "binary", maxLength: 5 });
const domain = "countersign/rcpt/v1";
const fieldLists = fc.array(word, { maxLength: 4 });
/** A length of two octets. */
const long = { length: 259, octet: 7 } as const;

const fieldSample = (values: readonly string[]): Sample => {
  const bytes = encodeFields(domain, values);
  const parts = listed(values.map((value) => octets(utf8(value))));
  const head = 4 + domain.length;
  return { sort: "fields", claim: `fieldsAgree (dom.drop 4) ${parts} (dom ++ ${octets(bytes.slice(head))})` };
};

const longSample = (): Sample => {
  const bytes = [...encodeFields(domain, [new Uint8Array(long.length).fill(long.octet)])];
  const end = bytes.splice(-long.length);
  if (end.some((octet) => octet !== long.octet))
    throw new Disagreement("a long value does not stand at the end of its field");
  const value = `(List.replicate ${long.length} ${long.octet})`;
  return { sort: "fields", claim: `fieldsAgree (dom.drop 4) [${value}] (${octets(bytes)} ++ ${value})` };
};

const u64 = (value: number): readonly number[] =>
  Array.from({ length: 8 }, (_, i) => Math.floor(value / 2 ** (8 * (7 - i))) % 256);

const sized = (value: string | Uint8Array): readonly number[] => {
  const bytes = typeof value === "string" ? utf8(value) : value;
  return [...u64(bytes.length), ...bytes];
};

const tag = sized("countersign/content/v1");

const laidOut = ({ mailbox, sendAt, envelope, raw }: DigestedContent): readonly number[] => [
  ...tag,
  ...sized(mailbox),
  ...u64(sendAt),
  ...sized(envelope.from),
  ...u64(envelope.to.length),
  ...envelope.to.flatMap((recipient) => [...sized(recipient)]),
  ...sized(raw),
];

const contents: fc.Arbitrary<DigestedContent> = fc.record({
  raw: fc.uint8Array({ maxLength: 12 }),
  envelope: fc.record({ from: word, to: fc.array(word, { maxLength: 3 }) }),
  mailbox: word,
  sendAt: fc.maxSafeNat(),
});

const contentSample = (content: DigestedContent): Sample => {
  const bytes = laidOut(content);
  const digest = `sha256:${createHash("sha256").update(Uint8Array.from(bytes)).digest("hex")}`;
  if (contentDigest(content) !== digest)
    throw new Disagreement("the content digest is not over the octets that the model has");
  const { mailbox, sendAt, envelope, raw } = content;
  const model = [
    octets(utf8(mailbox)),
    sendAt,
    octets(utf8(envelope.from)),
    listed(envelope.to.map((recipient) => octets(utf8(recipient)))),
    octets(raw),
  ];
  return { sort: "content", claim: `contentAgrees ⟨${model.join(", ")}⟩ (tag ++ ${octets(bytes.slice(tag.length))})` };
};

/** The same list with its first boundary one character further on. */
const shifted = (values: readonly string[]): readonly string[] => {
  const [first = "", second = "", ...rest] = values;
  return [`${first}${second.slice(0, 1)}`, second.slice(1), ...rest];
};

/** The samples of a seed. */
export const samplesOf = (seed: number): readonly Sample[] => {
  const lists = fc.sample(fieldLists, { seed, numRuns: 20 });
  return [
    ...fc.sample(weights, { seed, numRuns: 120 }).map(scoreSample),
    ...lists.map(fieldSample),
    ...lists.map(shifted).map(fieldSample),
    longSample(),
    ...fc.sample(contents, { seed, numRuns: 15 }).map(contentSample),
  ];
};

/** What the samples have in common, and one theorem for each sort. */
export const sampleTheorems = (samples: readonly Sample[]): readonly string[] => [
  octetNames,
  `def tag : Octets := ${octets(tag)}`,
  `def dom : Octets := ${octets(encodeFields(domain, []))}`,
  ...(["score", "fields", "content"] as const).map((sort) => {
    const claims = samples.filter((sample) => sample.sort === sort).map(({ claim }) => claim);
    return `theorem ${sort}_samples : [\n${wrapped(claims)}].all id = true := by decide +kernel`;
  }),
];

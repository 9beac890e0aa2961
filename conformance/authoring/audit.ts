/**
 * Vectors of spec/audit.md: the tree and its proofs at the core level; checkpoints, receipts and exports at the verifier level.
 */
import type { Json, JsonObject } from "../runner/vectors.ts";
import { stated, type Draft } from "./draft.ts";
import {
  canonical,
  checkpointText,
  consistencyPath,
  ed25519Signer,
  exported,
  hex,
  inclusionPath,
  leafHash,
  leavesOf,
  logSigners,
  nodeHash,
  operatorPem,
  origin,
  p256Signer,
  receipt,
  signedNote,
  treeRoot,
  type Leaf,
} from "./logbook.ts";
import { base64 } from "./signer.ts";
import { clause } from "./auditClauses.ts";

const draft = (
  level: "core" | "verifier",
  op: string,
  comment: string,
  requirements: readonly string[],
  flags: string,
  input: JsonObject,
  expect: { readonly ok: Json } | { readonly error: string },
  given: JsonObject = {},
  result?: "valid" | "invalid",
): Draft =>
  stated({
    comment,
    requirements,
    flags: flags.split(" "),
    level,
    op,
    given,
    input,
    expect,
    ...(result === undefined ? {} : { result }),
  });

// --- canonical JSON -----------------------------------------------------------------------------------------------------

const text = (comment: string, value: Json, literal: string): Draft => {
  if (canonical(value) !== literal) throw new Error(`${comment}: ${canonical(value)}`);
  return draft(
    "core",
    "canonical",
    `canonical: ${comment}`,
    clause.canonical,
    "EncodingDiffers",
    { value },
    { ok: { canonical: literal } },
  );
};
const noText = (comment: string, value: Json, features: readonly string[] = []): Draft => ({
  ...draft(
    "core",
    "canonical",
    `canonical: ${comment}`,
    clause.canonical,
    "EncodingDiffers",
    { value },
    { error: "not_canonical" },
  ),
  features,
});

const texts: readonly Draft[] = [
  text("members in order, no blanks", { b: 1, a: [true, false, null], "": {} }, '{"":{},"a":[true,false,null],"b":1}'),
  text("capitals before small letters", { a: 1, B: 2, _: 3 }, '{"B":2,"_":3,"a":1}'),
  text("digits as text", { "10": 1, "9": 2, "1": 3 }, '{"1":3,"10":1,"9":2}'),
  text("order by UTF-16, not by code point", { "\ufb33": 1, "😀": 2 }, '{"😀":2,"\ufb33":1}'),
  text("what must be escaped", '"\\\b\f\n\r\t\u0000\u001f', '"\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f"'),
  text("what must not be escaped", "/<>&'\u007f\u2028é😀", '"/<>&\'\u007f\u2028é😀"'),
  text(
    "the largest and the smallest number",
    [9_007_199_254_740_991, -9_007_199_254_740_991, 0],
    "[9007199254740991,-9007199254740991,0]",
  ),
  text(
    "nested members in order at each level",
    { z: { b: 1, a: 2 }, y: [{ d: 1, c: 2 }] },
    '{"y":[{"c":2,"d":1}],"z":{"a":2,"b":1}}',
  ),
  noText("no fraction", { score: 0.5 }),
  noText("no fraction inside a list", [1, 2.25]),
  noText("no text without UTF-8", "\ud800", ["lone_surrogates"]),
  noText("no member name without UTF-8", { "\udc00": 1 }, ["lone_surrogates"]),
];

// --- the tree -----------------------------------------------------------------------------------------------------------

/** The leaves that RFC 6962's test data use, and more. */
const published = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
].map((one) => Buffer.from(one, "hex"));
const leavesFor = (n: number): readonly Buffer[] =>
  Array.from({ length: n }, (_, i) => published[i] ?? Buffer.from(`leaf ${i}`));
const hashesFor = (n: number): readonly Buffer[] => leavesFor(n).map(leafHash);

const knownRoots: Readonly<Record<number, string>> = {
  0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

const trees: readonly Draft[] = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33, 100].map((n) => {
    const root = hex(treeRoot(hashesFor(n)));
    if (knownRoots[n] !== undefined && knownRoots[n] !== root) throw new Error(`the root of ${n} leaves is ${root}`);
    return draft(
      "core",
      "tree_root",
      `tree: ${n} leaves`,
      clause.tree,
      "TamperedLog EncodingDiffers",
      { leaves: leavesFor(n).map(base64) },
      { ok: { root } },
    );
  }),
  draft(
    "core",
    "tree_root",
    "tree: the same leaves the other way round",
    clause.tree,
    "TamperedLog",
    { leaves: leavesFor(5).toReversed().map(base64) },
    {
      ok: { root: hex(treeRoot(hashesFor(5).toReversed())) },
    },
  ),
  draft(
    "core",
    "tree_root",
    "tree: one leaf twice",
    clause.tree,
    "TamperedLog",
    { leaves: [...leavesFor(3), leavesFor(3)[2]!].map(base64) },
    {
      ok: { root: hex(treeRoot([...hashesFor(3), hashesFor(3)[2]!])) },
    },
  ),
  draft(
    "core",
    "tree_root",
    "tree: a leaf that looks like two hashes",
    clause.tree,
    "TamperedLog",
    { leaves: [base64(Buffer.concat([...hashesFor(2)]))] },
    {
      ok: { root: hex(leafHash(Buffer.concat([...hashesFor(2)]))) },
    },
  ),
];

const inclusion = (
  comment: string,
  change: Partial<{ leaf_hash: Buffer; index: number; size: number; path: readonly Buffer[]; root: Buffer }>,
  valid: boolean,
  of: readonly [index: number, size: number] = [3, 7],
): Draft => {
  const [index, size] = of;
  const hashes = hashesFor(size);
  const it = {
    leaf_hash: hashes[index] ?? hashes[0]!,
    index,
    size,
    path: index < size ? inclusionPath(index, hashes) : [],
    root: treeRoot(hashes),
    ...change,
  };
  return draft(
    "core",
    "verify_inclusion",
    `inclusion: ${comment}`,
    clause.inclusion,
    "TamperedLog",
    { ...it, leaf_hash: hex(it.leaf_hash), path: it.path.map(hex), root: hex(it.root) },
    { ok: { valid } },
    {},
    valid ? "valid" : "invalid",
  );
};
const path37 = inclusionPath(3, hashesFor(7));

const inclusions: readonly Draft[] = [
  ...(
    [
      [0, 1],
      [0, 2],
      [1, 2],
      [2, 3],
      [3, 7],
      [6, 7],
      [7, 8],
      [8, 9],
      [16, 17],
      [31, 33],
      [32, 33],
      [99, 100],
    ] as const
  ).map(([index, size]) => inclusion(`leaf ${index} of ${size}`, {}, true, [index, size])),
  inclusion("another leaf", { leaf_hash: hashesFor(7)[2]! }, false),
  inclusion("another place", { index: 2 }, false),
  inclusion("a size with another path", { size: 4 }, false),
  inclusion("a larger size", { size: 9 }, false),
  inclusion("another root", { root: treeRoot(hashesFor(6)) }, false),
  inclusion("a hash too few", { path: path37.slice(0, -1) }, false),
  inclusion("a hash too many", { path: [...path37, hashesFor(1)[0]!] }, false),
  inclusion("two hashes exchanged", { path: [path37[1]!, path37[0]!, ...path37.slice(2)] }, false),
  inclusion("a hash that is too short", { path: [path37[0]!.subarray(1), ...path37.slice(1)] }, false),
  inclusion("no hashes", { path: [] }, false),
  inclusion("a place that is no place", { index: 7 }, false),
  inclusion("a place below zero", { index: -1 }, false),
  inclusion("a leaf of an empty tree", { size: 0, path: [] }, false, [0, 1]),
  inclusion(
    "an inner node in a leaf's place",
    {
      leaf_hash: nodeHash(hashesFor(4)[2]!, hashesFor(4)[3]!),
      index: 1,
      size: 4,
      path: path37.slice(1, 2),
      root: treeRoot(hashesFor(4)),
    },
    false,
  ),
];

const consistency = (
  comment: string,
  change: Partial<{ old_size: number; old_root: Buffer; size: number; root: Buffer; path: readonly Buffer[] }>,
  valid: boolean,
  of: readonly [old: number, size: number] = [3, 7],
): Draft => {
  const [old, size] = of;
  const hashes = hashesFor(size);
  const it = {
    old_size: old,
    old_root: treeRoot(hashes.slice(0, old)),
    size,
    root: treeRoot(hashes),
    path: consistencyPath(old, hashes),
    ...change,
  };
  return draft(
    "core",
    "verify_consistency",
    `consistency: ${comment}`,
    clause.consistency,
    "TamperedLog",
    { ...it, old_root: hex(it.old_root), root: hex(it.root), path: it.path.map(hex) },
    { ok: { valid } },
    {},
    valid ? "valid" : "invalid",
  );
};
const grown = consistencyPath(3, hashesFor(7));
const forked = [...hashesFor(2), leafHash(Buffer.from("another"))];

const consistencies: readonly Draft[] = [
  ...(
    [
      [0, 0],
      [0, 5],
      [1, 1],
      [1, 2],
      [2, 3],
      [3, 7],
      [4, 7],
      [4, 8],
      [6, 8],
      [7, 8],
      [8, 9],
      [16, 17],
      [31, 33],
      [32, 33],
      [99, 100],
    ] as const
  ).map(([old, size]) => consistency(`${old} of ${size}`, {}, true, [old, size])),
  consistency("an old root that is another", { old_root: treeRoot(forked) }, false),
  consistency("an old size that is another", { old_size: 4 }, false),
  consistency("a root that is another", { root: treeRoot(hashesFor(8)) }, false),
  consistency("a size that is another", { size: 9 }, false),
  consistency(
    "a log that shrank",
    { old_size: 7, old_root: treeRoot(hashesFor(7)), size: 3, root: treeRoot(hashesFor(3)) },
    false,
  ),
  consistency("a hash too few", { path: grown.slice(0, -1) }, false),
  consistency("a hash too many", { path: [...grown, hashesFor(1)[0]!] }, false),
  consistency("two hashes exchanged", { path: grown.toReversed() }, false),
  consistency("no hashes", { path: [] }, false),
  consistency("hashes where there is nothing to show", { path: [hashesFor(1)[0]!] }, false, [7, 7]),
  consistency("one size and two roots", { old_root: treeRoot(forked), path: [] }, false, [3, 3]),
  consistency("a hash that is too short", { path: [grown[0]!.subarray(1), ...grown.slice(1)] }, false),
];

// --- checkpoints and receipts ------------------------------------------------------------------------------------------

const root = treeRoot(hashesFor(7));
const plain = checkpointText(origin, 7, root);
const note = signedNote(plain, logSigners);
const vkeys = logSigners.map(({ vkey }) => vkey);
const other = ed25519Signer(origin, "another");

const checkpoint = (
  comment: string,
  flags: string,
  raw: string,
  expect: { readonly ok: Json } | { readonly error: string },
  keys: readonly string[] = vkeys,
): Draft =>
  draft("verifier", "verify_checkpoint", `checkpoint: ${comment}`, clause.checkpoint, flags, { note: raw }, expect, {
    keys,
  });
const says = (size: number, of: Buffer = root) => ({ ok: { origin, size, root: hex(of) } });

const checkpoints: readonly Draft[] = [
  checkpoint("signed by both keys", "ValidSignatureRefused", note, says(7)),
  checkpoint("signed by both keys, one is known", "ValidSignatureRefused", note, says(7), vkeys.slice(0, 1)),
  checkpoint("signed by both keys, the other is known", "ValidSignatureRefused", note, says(7), vkeys.slice(1)),
  checkpoint(
    "signed by somebody unknown too",
    "ValidSignatureRefused",
    signedNote(plain, [ed25519Signer("witness.example"), ...logSigners]),
    says(7),
  ),
  checkpoint(
    "an empty log",
    "ValidSignatureRefused",
    signedNote(checkpointText(origin, 0, treeRoot([])), logSigners),
    says(0, treeRoot([])),
  ),
  checkpoint(
    "with an extension line",
    "ValidSignatureRefused",
    signedNote(`${plain}an extension\n`, logSigners),
    says(7),
  ),
  checkpoint("signed by an unknown key of that name alone", "ForgedSignature", signedNote(plain, [other]), {
    error: "unsigned",
  }),
  checkpoint("another size under the signatures", "ForgedSignature TamperedLog", note.replace("\n7\n", "\n8\n"), {
    error: "bad_signature",
  }),
  checkpoint(
    "another root under the signatures",
    "ForgedSignature TamperedLog",
    note.replace(base64(root), base64(treeRoot(hashesFor(8)))),
    { error: "bad_signature" },
  ),
  checkpoint(
    "one signature good, one of a known key forged",
    "ForgedSignature",
    signedNote(plain, logSigners).replace(/[A-Za-z0-9+/]{8}(=*\n)$/, "AAAAAAAA$1"),
    { error: "bad_signature" },
  ),
  checkpoint(
    "of another log",
    "TamperedLog",
    signedNote(checkpointText("evil.example/log", 7, root), [ed25519Signer("evil.example/log")]),
    { error: "wrong_origin" },
  ),
  checkpoint(
    "of another log, signed with this log's key",
    "TamperedLog",
    signedNote(checkpointText("evil.example/log", 7, root), logSigners),
    { error: "wrong_origin" },
  ),
  checkpoint("without signatures", "ForgedSignature", `${plain}\n`, { error: "malformed_note" }),
  checkpoint("without the empty line", "EncodingDiffers", plain + logSigners[0]!.line(plain), {
    error: "malformed_note",
  }),
  checkpoint(
    "a size with a leading zero",
    "EncodingDiffers",
    signedNote(`${origin}\n07\n${base64(root)}\n`, logSigners),
    { error: "malformed_checkpoint" },
  ),
  checkpoint("a size below zero", "EncodingDiffers", signedNote(`${origin}\n-7\n${base64(root)}\n`, logSigners), {
    error: "malformed_checkpoint",
  }),
  checkpoint(
    "a root that is too short",
    "EncodingDiffers",
    signedNote(`${origin}\n7\n${base64(root.subarray(1))}\n`, logSigners),
    { error: "malformed_checkpoint" },
  ),
  checkpoint("no root", "EncodingDiffers", signedNote(`${origin}\n7\n`, logSigners), { error: "malformed_checkpoint" }),
  checkpoint("CRLF for LF", "EncodingDiffers", note.replaceAll("\n", "\r\n"), { error: "malformed_note" }),
  checkpoint("a known key that is no key", "KeyMisused", note, { error: "malformed_key" }, [
    vkeys[0]!.replace(/\+[0-9a-f]{8}\+/, "+00000000+"),
  ]),
];

const history = [
  "1000 sys create_tenant",
  "1000 sys create_key ada-key ada send",
  "1000 sys create_key ben-key ben oversight",
  "1000 sys create_key cat-key cat oversight",
  "1000 sys create_key oda-key oda admin",
  "1000 oda create_tenant t=t2",
  "1000 sys create_key zoe-key zoe admin t=t2",
  "1001 oda create_mailbox gated_send",
  "1001 oda create_mailbox monitored b=b2",
  "1010 ada submit D1",
  "1011 ben approve D1",
  "1012 sys dispatch",
  "1013 sys delivered 1",
  "1014 zoe halt t=t2 as=operator",
  "1020 ada submit D2 b=b2 m=m2",
  "1021 sys dispatch b=b2 m=m2",
  "1022 sys delivered 1 b=b2 m=m2",
  "1030 ada submit D3 m=m3",
  "1031 ben approve D4 m=m3",
  "1032 cat reject D3 m=m3",
  "1040 ada set_mode autonomous",
  "1041 oda halt",
  "1042 oda resume",
  "1050 ada submit D5 m=m5",
  "1051 ada revise D5 D6 m=m5",
  "1052 ben approve D6 m=m5",
];
const leaves = leavesOf(history);
const at = (line: string): number => {
  const index = history.findIndex((one) => one.includes(line));
  if (index < 0) throw new Error(`no entry ${line}`);
  return index;
};

const receiptOf = (
  comment: string,
  flags: string,
  file: string,
  expect: { readonly ok: Json } | { readonly error: string },
  keys: readonly string[] = vkeys,
): Draft =>
  draft("verifier", "verify_receipt", `receipt: ${comment}`, clause.receipt, flags, { receipt: file }, expect, {
    keys,
  });
const approval = at("ben approve D1");
const genuine = receipt(leaves, approval);
const leafOf = (index: number): string => base64(Buffer.from(canonical(leaves[index]!)));

const receipts: readonly Draft[] = [
  receiptOf("of an approval", "ValidSignatureRefused", genuine, {
    ok: {
      index: approval,
      leaf_hash: hex(leafHash(Buffer.from(canonical(leaves[approval]!)))),
      origin,
      size: leaves.length,
    },
  }),
  receiptOf("of the first entry", "ValidSignatureRefused", receipt(leaves, 0), {
    ok: { index: 0, leaf_hash: hex(leafHash(Buffer.from(canonical(leaves[0]!)))), origin, size: leaves.length },
  }),
  receiptOf("of the last entry", "ValidSignatureRefused", receipt(leaves, leaves.length - 1), {
    ok: {
      index: leaves.length - 1,
      leaf_hash: hex(leafHash(Buffer.from(canonical(leaves.at(-1)!)))),
      origin,
      size: leaves.length,
    },
  }),
  receiptOf("with another entry in it", "TamperedLog", genuine.replace(leafOf(approval), leafOf(approval + 1)), {
    error: "not_included",
  }),
  receiptOf(
    "with one letter of the entry changed",
    "TamperedLog",
    genuine.replace(leafOf(approval), base64(Buffer.from(canonical(leaves[approval]!).replace("ben", "eve")))),
    { error: "not_included" },
  ),
  receiptOf("of another place", "TamperedLog", genuine.replace(`index ${approval}`, `index ${approval + 1}`), {
    error: "not_included",
  }),
  receiptOf("with a hash taken out", "TamperedLog", genuine.replace(/(index \d+\n)[^\n]+\n/, "$1"), {
    error: "not_included",
  }),
  receiptOf("of a log that nobody signed", "ForgedSignature", receipt(leaves, approval, [other]), {
    error: "unsigned",
  }),
  receiptOf(
    "of another log's checkpoint",
    "TamperedLog",
    genuine.slice(0, genuine.indexOf("\n\n") + 2) +
      signedNote(checkpointText("evil.example/log", 7, root), [ed25519Signer("evil.example/log")]),
    { error: "wrong_origin" },
  ),
  receiptOf(
    "with a checkpoint changed under its signature",
    "ForgedSignature",
    genuine.replace(`\n${leaves.length}\n`, `\n${leaves.length + 1}\n`),
    { error: "bad_signature" },
  ),
  receiptOf("without an entry in it", "EncodingDiffers", genuine.replace(/extra [^\n]+\n/, ""), {
    error: "not_included",
  }),
  receiptOf("of another version", "EncodingDiffers", genuine.replace("@v1", "@v2"), { error: "malformed_receipt" }),
  receiptOf("without an index", "EncodingDiffers", genuine.replace(/index \d+\n/, ""), { error: "malformed_receipt" }),
  receiptOf("without a checkpoint", "EncodingDiffers", genuine.slice(0, genuine.indexOf("\n\n")), {
    error: "malformed_receipt",
  }),
];

// --- exports -----------------------------------------------------------------------------------------------------------

interface Case {
  readonly status: "sound" | "unsound" | "cannot_tell";
  readonly kinds?: string;
  readonly requirements: readonly string[];
  readonly flags?: string;
  readonly keys?: readonly string[];
  readonly operators?: readonly string[];
  readonly earlier?: readonly string[];
}

export const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

export const exportOf = (comment: string, file: string, it: Case): Draft =>
  draft(
    "verifier",
    "verify_export",
    `export: ${comment}`,
    [...new Set([...clause.verifier, ...it.requirements])],
    it.flags ?? (it.status === "sound" ? "ValidSignatureRefused" : "TamperedLog"),
    { export: file, earlier: it.earlier ?? [] },
    {
      ok: {
        status: it.status,
        checks: Object.fromEntries(
          (it.kinds ?? "")
            .split(" ")
            .filter(Boolean)
            .map((kind) => [kind, "found"]),
        ),
      },
    },
    { keys: it.keys ?? vkeys, operator_keys: it.operators ?? [operatorPem] },
    it.status === "sound" ? "valid" : "invalid",
  );

const whole = exported(leaves);
const lines = whole.lines;
const line = (index: number): string => lines[index + 1]!;
/** The file with some lines changed: without signing anything anew. */
const outside = (change: (lines: string[]) => readonly string[]): string => joined(change([...lines]));
const put = (index: number, text: string) => outside((all) => all.with(index + 1, text));
const fieldOf = (index: number, change: JsonObject): string =>
  JSON.stringify({ ...(JSON.parse(line(index)) as JsonObject), ...change });

/** The log written otherwise by whoever holds its keys. */
const inside = (index: number, change: (leaf: Leaf) => Leaf): string =>
  joined(exported(leaves.map((leaf, i) => (i === index ? change(leaf) : leaf))).lines);
export const into = (leaf: Leaf, path: readonly string[], value: Json): Leaf => {
  const [name, ...rest] = path as [string, ...string[]];
  return { ...leaf, [name]: rest.length === 0 ? value : (into(leaf[name] as Leaf, rest, value) as Json) };
};
const said = (index: number, path: string, value: Json): string =>
  inside(index, (leaf) => into(leaf, path.split("/"), value));
/** Another history altogether, as it would have been had the rules been others. */
const told = (events: readonly string[], change: (leaves: readonly Leaf[]) => readonly Leaf[] = (it) => it): string =>
  joined(exported(change(leavesOf(events))).lines);

const dispatch = at("sys dispatch");
const submit = at("ada submit D1");
const copy = at("sys dispatch b=b2");
const raise = at("ada set_mode autonomous");
const stale = at("ben approve D4");
const ok = { status: "sound", requirements: clause.verifier } as const;
export const bad = (kinds: string, requirements: readonly string[], flags?: string): Case => ({
  status: "unsound",
  kinds,
  requirements,
  ...(flags === undefined ? {} : { flags }),
});
const accepted = (leaf: Leaf, to: string, commands: readonly string[] = []): Leaf => ({
  ...leaf,
  outcome: "accepted",
  refusal: null,
  to,
  commands,
});
const early = history.slice(0, submit + 1);

const exportsSeen: readonly Draft[] = [
  exportOf("a whole log", joined(lines), ok),
  exportOf("one tenant's entries, the others withheld", joined(exported(leaves, { tenant: "t1" }).lines), {
    ...ok,
    requirements: [...clause.withheld, ...clause.chained],
  }),
  exportOf("a log that grew from a checkpoint kept before", joined(lines), {
    ...ok,
    requirements: clause.continues,
    earlier: [exported(leaves.slice(0, 9)).checkpoint],
  }),
  exportOf("a log that is the one kept before", joined(lines), {
    ...ok,
    requirements: clause.continues,
    earlier: [whole.checkpoint],
  }),
  exportOf("a log with a refused and a withheld decision", joined(exported(leaves.slice(0, stale + 1)).lines), ok),
  exportOf("no key of the log", joined(lines), { status: "cannot_tell", requirements: clause.unchecked, keys: [] }),
  exportOf("no export at all", "hello\n", { status: "cannot_tell", requirements: clause.noExport }),
  exportOf("nothing", "", { status: "cannot_tell", requirements: clause.noExport }),
  exportOf("of a later version", joined(exported(leaves, { header: { v: 2 } }).lines), {
    status: "cannot_tell",
    requirements: clause.noExport,
  }),

  exportOf(
    "a leaf changed",
    put(submit, fieldOf(submit, { leaf: canonical(leaves[submit]!).replace("1010", "1009") })),
    bad("edited", clause.faults),
  ),
  exportOf(
    "a leaf and its hash changed",
    put(
      submit,
      (() => {
        const leaf = canonical(leaves[submit]!).replace('"quorum"', '"quorum"').replace("<m1@", "<mx@");
        return fieldOf(submit, { leaf, leaf_hash: hex(leafHash(Buffer.from(leaf))) });
      })(),
    ),
    bad("tree_mismatch", clause.faults),
  ),
  exportOf(
    "what stands beside a leaf changed",
    put(approval, fieldOf(approval, { approver_id: "cat" })),
    bad("flat_field_changed", clause.faults),
  ),
  exportOf(
    "an entry left out",
    outside((all) => all.toSpliced(approval + 1, 1)),
    bad("missing", clause.faults),
  ),
  exportOf(
    "an entry twice",
    outside((all) => all.toSpliced(approval + 1, 0, line(approval))),
    bad("duplicated", clause.faults),
  ),
  exportOf(
    "the last entries left out",
    outside((all) => all.slice(0, -2)),
    bad("truncated", clause.faults),
  ),
  exportOf("broken off in the middle of a line", joined(lines).slice(0, -20), bad("truncated", clause.faults)),
  exportOf(
    "an entry withheld from an export of everything",
    put(
      approval,
      JSON.stringify({
        leaf_index: approval,
        leaf_hash: hex(leafHash(Buffer.from(canonical(leaves[approval]!)))),
        withheld: true,
      }),
    ),
    bad("withheld", [...clause.faults, ...clause.withheld]),
  ),
  exportOf("a line that is no JSON", put(approval, line(approval).slice(1)), bad("unreadable", clause.faults)),
  exportOf(
    "a member named twice",
    put(approval, line(approval).replace('"type":', '"decision":"reject","type":')),
    bad("unreadable", clause.faults),
  ),
  exportOf(
    "an entry of the tenant withheld from its own export",
    joined(
      exported(leaves, { tenant: "t1" }).lines.map((text, i) =>
        i === approval + 1
          ? JSON.stringify({
              leaf_index: approval,
              leaf_hash: hex(leafHash(Buffer.from(canonical(leaves[approval]!)))),
              withheld: true,
            })
          : text,
      ),
    ),
    bad("withheld", clause.chained),
  ),
  exportOf(
    "inside: an entry that names another before it",
    said(approval, "previous", 3),
    bad("withheld", clause.chained),
  ),
  exportOf(
    "an entry after the end",
    outside((all) => [...all, line(approval).replace(`"leaf_index":${approval}`, `"leaf_index":${leaves.length}`)]),
    bad("surplus", clause.faults),
  ),

  exportOf(
    "signed by another key of that name",
    joined(exported(leaves, { signers: [other] }).lines),
    bad("checkpoint_unsigned", clause.signedLog, "ForgedSignature"),
  ),
  exportOf(
    "a checkpoint changed under its signature",
    joined(
      exported(leaves, {
        header: { last_checkpoint: whole.checkpoint.replace(`\n${leaves.length}\n`, `\n${leaves.length - 1}\n`) },
      }).lines,
    ),
    bad("checkpoint_forged", clause.signedLog, "ForgedSignature"),
  ),
  exportOf(
    "a checkpoint of another log",
    joined(
      exported(leaves, {
        header: {
          last_checkpoint: signedNote(checkpointText("evil.example/log", leaves.length, root), [
            p256Signer("evil.example/log"),
          ]),
        },
      }).lines,
    ),
    bad("wrong_log", clause.signedLog),
  ),
  exportOf(
    "a checkpoint that is none",
    joined(exported(leaves, { header: { last_checkpoint: "hello" } }).lines),
    bad("checkpoint_malformed", clause.signedLog),
  ),
  exportOf("a log that is shorter than it was", joined(exported(leaves.slice(0, 9)).lines), {
    ...bad("rolled_back", clause.continues),
    earlier: [whole.checkpoint],
  }),
  exportOf("a log that was another before", joined(lines), {
    ...bad("forked", clause.continues),
    earlier: [exported([...leaves.slice(0, 8), leaves[9]!]).checkpoint],
  }),
  exportOf("a log rewritten and signed anew, against a checkpoint kept before", said(1, "event/principal", "eve"), {
    ...bad("forked", clause.continues),
    earlier: [whole.checkpoint],
  }),

  exportOf(
    "inside: an approval taken out before a hand-over",
    told(
      history.filter((one) => !one.includes("ben approve D1")),
      (all) =>
        all.map((leaf, i) =>
          i === dispatch - 1
            ? {
                ...leaf,
                outcome: "accepted",
                refusal: null,
                from: "queued",
                to: "dispatching",
                commands: ["hand_over"],
              }
            : leaf,
        ),
    ),
    bad("hand_over_without_approval", clause.replay, "GateBypass"),
  ),
  exportOf(
    "inside: a hand-over while everything is stopped",
    told([...early, "1011 ben approve D1", "1012 oda halt", "1013 sys dispatch"], (all) =>
      all.with(-1, accepted(all.at(-1)!, "dispatching", ["hand_over"])),
    ),
    bad("hand_over_while_stopped", clause.replay, "KillSwitch"),
  ),
  exportOf(
    "inside: an approval of another content counted",
    inside(stale, (leaf) => accepted(leaf, "queued", ["enqueue"])),
    bad("approval_of_other_content", clause.replay, "ContentSwap"),
  ),
  exportOf(
    "inside: an agent's raise accepted",
    inside(raise, (leaf) => accepted(leaf, "autonomous")),
    bad("not_entitled", clause.replay, "ModeRaise"),
  ),
  exportOf(
    "inside: the author's approval accepted",
    told([...early, "1011 ada approve D1 as=reviewer"], (all) =>
      all.with(-1, accepted(all.at(-1)!, "queued", ["enqueue"])),
    ),
    bad("not_entitled", clause.replay, "SelfDecision"),
  ),
  exportOf(
    "inside: a monitored hand-over without its copy",
    said(copy, "commands", ["hand_over"]),
    bad("copy_missing", clause.replay, "MissingCommand"),
  ),
  exportOf(
    "inside: an accepted decision told as refused",
    inside(at("cat reject D3"), (leaf) => ({
      ...leaf,
      outcome: "refused",
      refusal: "stale_digest",
      to: leaf["from"]!,
    })),
    bad("accepted_as_refused", clause.replay),
  ),
  exportOf(
    "inside: a refused event told as accepted",
    told([...early, "1011 sys release"], (all) => all.with(-1, accepted(all.at(-1)!, "queued", ["enqueue"]))),
    bad("refused_as_accepted", clause.replay, "GateBypass"),
  ),
  exportOf("inside: another refusal", said(stale, "refusal", "not_permitted"), bad("outcome_changed", clause.replay)),
  exportOf("inside: another status", said(submit, "to", "queued"), bad("outcome_changed", clause.replay, "GateBypass")),
  exportOf("inside: another mode", said(submit, "mode", "autonomous"), bad("outcome_changed", clause.replay)),
  exportOf(
    "inside: approvers that are others",
    said(dispatch, "evidence/approvers", ["ben", "cat"]),
    bad("evidence_changed", clause.evidence, "QuorumForged"),
  ),
  exportOf(
    "inside: another content handed over",
    said(dispatch, "evidence/content_digest", `sha256:${"9".repeat(64)}`),
    bad("approval_of_other_content", clause.evidence, "ContentSwap"),
  ),
  exportOf(
    "inside: time that runs backwards",
    told(history.with(dispatch, "1005 sys dispatch")),
    bad("time_backwards", clause.faults),
  ),
  exportOf(
    "inside: an entry taken out, the places left",
    joined(exported(leaves.toSpliced(raise, 1)).lines),
    bad("wrong_place", clause.faults),
  ),
  exportOf(
    "inside: an entry with other spellings",
    joined(exported(leaves, { texts: (own, i) => (i === approval ? own.replace('{"', '{ "') : own) }).lines),
    bad("malformed_leaf", clause.faults, "EncodingDiffers"),
  ),
  exportOf(
    "inside: an entry that names another type than its event",
    said(submit, "type", "set_fire"),
    bad("malformed_leaf", clause.faults, "ForgedSignature"),
  ),
  exportOf(
    "inside: an event that nobody knows",
    inside(raise, (leaf) => into(into(leaf, ["type"], "set_fire"), ["event", "type"], "set_fire")),
    bad("malformed_leaf", clause.faults),
  ),
  exportOf(
    "inside: no signature of the agent",
    said(submit, "evidence/identity_signature", null),
    bad("identity_invalid", clause.identity, "ForgedSignature"),
  ),
  exportOf(
    "inside: a signature of another time",
    said(submit, "evidence/identity_ts", 1011),
    bad("identity_invalid", clause.identity, "ForgedSignature"),
  ),
  exportOf(
    "inside: another agent's name over the signature",
    said(submit, "evidence/agent", "agent-of-b2"),
    bad("", clause.identity, "ForgedSignature"),
  ),
  exportOf(
    "inside: a key that changed in the middle",
    said(
      at("ada submit D3"),
      "evidence/identity_key",
      (leaves[at("ada submit D2")]!["evidence"] as JsonObject)["identity_key"]!,
    ),
    bad("identity_key", clause.identity, "KeyMisused"),
  ),
  exportOf(
    "inside: a key for which no operator vouches",
    said(submit, "evidence/identity_key_signature", null),
    bad("identity_key", clause.identity, "KeyMisused"),
  ),
  exportOf("a key of another operator", joined(lines), {
    ...bad("identity_key", clause.identity, "KeyMisused"),
    operators: [
      "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEyiyNqoWbIl7UFJRWlRqPm3Prtbj3\nLaLb5dlMHWEVoY2cTyCRlLcVAf8NIOfgOZEIaPcFIkSXqvOf7WSS0UIBwQ==\n-----END PUBLIC KEY-----\n",
    ],
  }),
  exportOf(
    "inside: a credential that was never made",
    said(approval, "actor/credential", "cat-other"),
    bad("credential", clause.credential, "QuorumForged"),
  ),
  exportOf(
    "inside: somebody else's credential",
    said(approval, "actor/credential", "cat-key"),
    bad("credential", clause.credential, "QuorumForged"),
  ),
  exportOf(
    "inside: a credential in a role it does not have",
    told([...early, "1011 ada approve D1 as=reviewer"].map((one) => one)),
    bad("credential", clause.credential, "SelfDecision"),
  ),
];

export const audit: readonly Draft[] = [
  ...texts,
  ...trees,
  ...inclusions,
  ...consistencies,
  ...checkpoints,
  ...receipts,
  ...exportsSeen,
];

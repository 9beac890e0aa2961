/** What a holder of the exported file can do to it, and to its checkpoints. */
import { leafHash } from "../../../src/audit/tree/Tree.ts";
import { exportLine } from "../../../src/audit/export/ExportLine.ts";
import { alteredLeaf, renumbered } from "../../support/alteredLeaf.ts";
import { checkpointOver, exported, manifest } from "../../support/logExport.ts";
import { noteSigner, origin } from "../../support/logKeys.ts";
import { ben } from "../../support/sampleLog.ts";
import {
  approval,
  at,
  type Case,
  changed,
  handOver,
  inFile,
  last,
  leaves,
  lineOf,
  onLine,
  withKeys,
} from "./tampered.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const otherKey = noteSigner(origin, 1);

export const tamperedFile: readonly Case[] = [
  // --- the file -----------------------------------------------------------------------------------------------------
  {
    name: "an edited leaf",
    kind: "edited",
    index: approval,
    make: inFile((lines) =>
      changed(lines, approval + 1, (line) => onLine(line, (it) => (it.leaf = it.leaf.replace('"ann"', '"ben"')))),
    ),
  },
  {
    name: "an edited leaf with its hash and its flat fields",
    kind: "tree_mismatch",
    index: 0,
    also: ["tree_mismatch"],
    make: inFile((lines) =>
      changed(lines, approval + 1, () =>
        lineOf(
          alteredLeaf(leaves[approval]!, (leaf) => (leaf.at += 1)),
          approval,
        ),
      ),
    ),
  },
  {
    name: "the same, where each entry has its inclusion proof",
    kind: "inclusion",
    index: approval,
    make: inFile(
      (lines) =>
        changed(lines, approval + 1, (line) => {
          const leaf = alteredLeaf(leaves[approval]!, (it) => (it.at += 1));
          const proof = JSON.parse(line).inclusion_proof as string[];
          const hashes = proof.map((hash) => new Uint8Array(Buffer.from(hash, "hex")));
          return `${JSON.stringify(exportLine({ index: approval, leaf, leafHash: leafHash(utf8(leaf)) }, manifest, hashes))}\n`;
        }),
      { proofs: true },
    ),
  },
  {
    name: "a deleted line",
    kind: "missing",
    index: approval,
    make: inFile((lines) => lines.toSpliced(approval + 1, 1)),
  },
  {
    name: "a deleted line, the others numbered anew",
    kind: "wrong_place",
    index: approval,
    make: inFile((lines) =>
      lines
        .toSpliced(approval + 1, 1)
        .map((line, i) => (i > approval ? onLine(line, (it) => (it.leaf_index = i - 1)) : line)),
    ),
  },
  {
    name: "two lines changed about",
    kind: "reordered",
    index: approval,
    make: inFile((lines) => lines.with(approval + 1, lines[handOver + 1]!).with(handOver + 1, lines[approval + 1]!)),
  },
  {
    name: "an entry put in",
    kind: "wrong_place",
    index: approval + 1,
    make: inFile((lines) => [
      ...lines.slice(0, approval + 1),
      lineOf(
        alteredLeaf(leaves[approval]!, (leaf) => (leaf.actor = ben)),
        approval,
      ),
      ...lines.slice(approval + 1).map((line, i) => onLine(line, (it) => (it.leaf_index = approval + 1 + i))),
    ]),
  },
  {
    name: "a line twice",
    kind: "duplicated",
    index: approval,
    make: inFile((lines) => lines.toSpliced(approval + 2, 0, lines[approval + 1]!)),
  },
  { name: "a tail cut off", kind: "truncated", index: last - 4, make: inFile((lines) => lines.slice(0, -5)) },
  {
    name: "a tail cut off, and the header changed to fit",
    kind: "truncated",
    index: last - 4,
    make: inFile((lines) => changed(lines.slice(0, -5), 0, (line) => onLine(line, (it) => (it.to -= 5)))),
  },
  {
    name: "a line cut in the middle",
    kind: "truncated",
    index: last,
    make: inFile((lines) => changed(lines, last + 1, (line) => line.slice(0, 100))),
  },
  {
    name: "an approver in a flat field",
    kind: "flat_field_changed",
    index: approval,
    make: inFile((lines) => changed(lines, approval + 1, (line) => onLine(line, (it) => (it.approver_id = "ben")))),
  },
  {
    name: "a flat field that is not one",
    kind: "flat_field_changed",
    index: approval,
    make: inFile((lines) => changed(lines, approval + 1, (line) => onLine(line, (it) => (it.approved = true)))),
  },
  {
    name: "a reference to proofs of other sources",
    kind: "proof_reference",
    index: handOver,
    make: inFile((lines) =>
      changed(lines, handOver + 1, (line) =>
        onLine(line, (it) => (it.lean4_proof_ref = `no_gated_bypass@sha256:${"0".repeat(64)}`)),
      ),
    ),
  },
  {
    name: "a reference to another theorem",
    kind: "proof_reference",
    index: handOver,
    make: inFile((lines) =>
      changed(lines, handOver + 1, (line) =>
        onLine(line, (it) => (it.lean4_proof_refs = it.lean4_proof_refs.slice(1).concat(it.lean4_proof_refs[0]))),
      ),
    ),
  },
  {
    name: "an entry made a withheld one",
    kind: "withheld",
    index: approval,
    make: inFile((lines) =>
      changed(lines, approval + 1, (line) => {
        const { leaf_index, leaf_hash } = JSON.parse(line);
        return `${JSON.stringify({ leaf_index, leaf_hash, withheld: true })}\n`;
      }),
    ),
  },
  {
    name: "a tenant's own entry withheld from the export of that tenant",
    kind: "withheld",
    index: at("submit", "m2"),
    make: inFile(
      (lines) => {
        const hidden = at("delivered", "m1") + 1;
        return changed(lines, hidden, (line) => {
          const { leaf_index, leaf_hash } = JSON.parse(line);
          return `${JSON.stringify({ leaf_index, leaf_hash, withheld: true })}\n`;
        });
      },
      { tenant: "t1" },
    ),
  },
  {
    name: "a withheld hash that is not the entry's",
    kind: "tree_mismatch",
    index: 0,
    make: inFile(
      (lines) =>
        lines.map((line) =>
          line.includes('"withheld":true') ? onLine(line, (it) => (it.leaf_hash = "00".repeat(32))) : line,
        ),
      { tenant: "t1" },
    ),
  },
  {
    name: "more lines than it says",
    kind: "surplus",
    index: last + 1,
    make: inFile((lines) => [...lines, onLine(lines[last + 1]!, (it) => (it.leaf_index = last + 1))]),
  },
  {
    name: "another tenant's entry in a tenant's export",
    kind: "surplus",
    index: at("halt"),
    make: async () => {
      const [whole, some] = [await exported(leaves), await exported(leaves, { tenant: "t1" })];
      return { lines: some.with(at("halt") + 1, whole[at("halt") + 1]!) };
    },
  },
  {
    name: "a member twice on a line",
    kind: "unreadable",
    index: approval,
    make: inFile((lines) => changed(lines, approval + 1, (line) => line.replace("{", '{"approver_id":"ann",'))),
  },
  // --- the checkpoints ----------------------------------------------------------------------------------------------
  {
    name: "a forged checkpoint",
    kind: "checkpoint_forged",
    index: null,
    make: inFile((lines) =>
      changed(lines, 0, (line) =>
        onLine(
          line,
          (it) => (it.last_checkpoint = it.last_checkpoint.replace(`\n${leaves.length}\n`, `\n${leaves.length + 1}\n`)),
        ),
      ),
    ),
  },
  {
    name: "a key in the place of the log's",
    kind: "checkpoint_unsigned",
    index: null,
    make: async () => ({ lines: await exported(leaves, { signers: [otherKey] }) }),
  },
  {
    name: "a checkpoint of another log",
    kind: "wrong_log",
    index: null,
    make: async () => {
      const other = await checkpointOver(leaves, [noteSigner("evil.example/log", 1)], "evil.example/log");
      return {
        lines: changed(await exported(leaves), 0, (line) => onLine(line, (it) => (it.last_checkpoint = other))),
      };
    },
  },
  {
    name: "a checkpoint that is none",
    kind: "checkpoint_malformed",
    index: null,
    make: inFile((lines) => changed(lines, 0, (line) => onLine(line, (it) => (it.last_checkpoint = "none\n")))),
  },
  {
    name: "a fork: another history than the one signed before",
    kind: "forked",
    index: 0,
    make: withKeys(
      (all) => renumbered(all.toSpliced(at("reject", "m3", 1), 1)),
      async () => ({ earlier: [{ source: "kept.txt", note: await checkpointOver(leaves.slice(0, last)) }] }),
    ),
  },
  {
    name: "a log rolled back",
    kind: "rolled_back",
    index: last - 4,
    make: withKeys(
      (all) => all.slice(0, last - 4),
      async () => ({ earlier: [{ source: "kept.txt", note: await checkpointOver(leaves) }] }),
    ),
  },
  {
    name: "a fork that shows only in an export of some entries",
    kind: "forked",
    index: null,
    make: async () => ({
      lines: await exported(
        changed(leaves, 0, (leaf) => alteredLeaf(leaf, (it) => (it.at -= 1))),
        { lines: "matching", tenant: "t1" },
      ),
      options: { earlier: [{ source: "kept.txt", note: await checkpointOver(leaves) }] },
    }),
  },
];

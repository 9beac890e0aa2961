import { describe, expect, it } from "vitest";
import { signCheckpoint } from "../../../src/audit/tree/Checkpoint.ts";
import { inclusionProof } from "../../../src/audit/tree/MerkleProof.ts";
import { formatReceipt, parseReceipt, verifyReceipt } from "../../../src/audit/tree/Receipt.ts";
import type { NoteKey } from "../../../src/audit/tree/SignedNote.ts";
import { appendWithNodes, emptyFrontier, leafHash, rootOf } from "../../../src/audit/tree/Tree.ts";
import { must, reason } from "../../support/result.ts";
import { logKeys, logSigners, noteSigner, origin } from "../../support/logKeys.ts";
import { sampleLog } from "../../support/sampleLog.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("receipts", () => {
  const { leaves } = sampleLog();
  const bytes = leaves.map(utf8);
  const { frontier, nodes } = appendWithNodes(emptyFrontier, bytes.map(leafHash));
  const at = new Map(nodes.map((node) => [`${node.level} ${node.index}`, node.hash]));
  const receiptOf = async (index: number, extra: Uint8Array | null) =>
    formatReceipt({
      extra,
      index,
      path: inclusionProof(index, leaves.length, (level, i) => at.get(`${level} ${i}`)!),
      checkpoint: must(await signCheckpoint({ origin, size: frontier.size, root: rootOf(frontier) }, logSigners)),
    });

  it("OV-65 receipt-stands-alone: one entry, its proof and the checkpoint, checked with the log's key alone", async () => {
    for (const index of [0, 11, leaves.length - 1]) {
      const text = await receiptOf(index, bytes[index]!);
      expect(text.startsWith("c2sp.org/tlog-proof@v1\nextra ")).toBe(true);
      const receipt = must(parseReceipt(text));
      expect(formatReceipt(receipt)).toBe(text);
      const found = must(await verifyReceipt(receipt, logKeys));
      expect([found.index, new TextDecoder().decode(found.leaf!)]).toEqual([index, leaves[index]]);
      const bare = must(parseReceipt(await receiptOf(index, null)));
      expect(reason(await verifyReceipt(bare, logKeys))).toBe("not_included");
      expect(must(await verifyReceipt(bare, logKeys, { bytes: bytes[index]! })).index).toBe(index);
      expect(must(await verifyReceipt(bare, logKeys, { hash: leafHash(bytes[index]!) })).leaf).toBeNull();
    }
  });

  it("OV-65 receipt-stands-alone: another entry, place, proof, checkpoint or key is refused", async () => {
    const receipt = must(parseReceipt(await receiptOf(11, bytes[11]!)));
    const refused = async (change: Partial<typeof receipt>, keys: readonly NoteKey[] = logKeys) =>
      reason(await verifyReceipt({ ...receipt, ...change }, keys));
    expect(await refused({ extra: bytes[12]! })).toBe("not_included");
    expect(await refused({ index: 12 })).toBe("not_included");
    expect(await refused({ path: receipt.path.slice(1) })).toBe("not_included");
    expect(await refused({ path: [...receipt.path].reverse() })).toBe("not_included");
    expect(
      await refused({ checkpoint: receipt.checkpoint.replace(`\n${leaves.length}\n`, `\n${leaves.length + 1}\n`) }),
    ).toBe("bad_signature");
    expect(await refused({}, [noteSigner(origin, 1).key])).toBe("unsigned");
    expect(await refused({}, [noteSigner("other.example/log", 1).key])).toBe("wrong_origin");
  });

  it("OV-65 receipt-stands-alone: what is no proof file is refused in words", async () => {
    const text = await receiptOf(11, bytes[11]!);
    const lines = text.split("\n");
    const odd = [
      "",
      lines.slice(1).join("\n"),
      text.replace("index 11", "index 011"),
      text.replace("index 11", "index -1"),
      text.replace("index 11\n", ""),
      text.replace("extra ", "extra !"),
      text.replace("\n\n", "\n"),
      text.replaceAll("\n", "\r\n"),
      `\ufeff${text}`,
      text.replace("index 11\n", `index 11\n${`${"A".repeat(43)}=\n`.repeat(70)}`),
      "x".repeat(1_000_000),
    ];
    for (const one of odd) expect(reason(parseReceipt(one)), one.slice(0, 60)).toMatch(/^malformed/);
  });
});

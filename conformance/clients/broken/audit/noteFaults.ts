/** Faults in checkpoints and receipts (OV-63, OV-65). */
import { createHash } from "node:crypto";
import type { Fault } from "../fault.ts";
import { faultIn, input, instead, type Values } from "../operationFault.ts";

const leafHash = (leaf: Buffer): string => createHash("sha256").update(Buffer.of(0)).update(leaf).digest("hex");

const checkpoint = faultIn("verify_checkpoint");
const noteOf = (it: Values): readonly string[] => (it["note"] as string).split("\n");
const believed = (it: Values): object => {
  const [origin, size, root] = noteOf(it);
  return { origin, size: Number(size), root: Buffer.from(root ?? "", "base64").toString("hex") };
};
const checkpoints: readonly Fault[] = [
  checkpoint("checkpoints-need-no-known-key", "63", "G2", instead("unsigned", believed)),
  checkpoint("checkpoint-signatures-are-not-checked", "63", "G2", instead("bad_signature", believed)),
  checkpoint("checkpoints-of-any-log", "63", "G2", instead("wrong_origin", believed)),
  checkpoint("checkpoints-of-any-number", "63", null, {
    answer: (answer, it) =>
      "error" in answer && answer.error === "malformed_checkpoint" && /^0\d+$/.test(noteOf(it)[1] ?? "")
        ? { ok: believed(it) }
        : answer,
  }),
  checkpoint(
    "notes-with-carriage-returns",
    "63",
    null,
    input(({ note }) => ({ note: (note as string).replaceAll("\r\n", "\n") })),
  ),
  checkpoint("keys-by-name-alone", "63", "G6", {
    answer: (answer, it) => ("error" in answer && answer.error === "malformed_key" ? { ok: believed(it) } : answer),
  }),
  checkpoint("all-signers-must-be-known", "63", null, {
    answer: (answer, it) =>
      "ok" in answer && (it["note"] as string).split("\u2014").length - 1 > (it["keys"] as string[]).length
        ? { error: "unsigned" }
        : answer,
  }),
  checkpoint("extensions-are-refused", "63", null, {
    answer: (answer, it) => ("ok" in answer && noteOf(it)[3] !== "" ? { error: "malformed_checkpoint" } : answer),
  }),
];

const receipt = faultIn("verify_receipt");
const receiptSaid = (it: Values): object => {
  const lines = (it["receipt"] as string).split("\n");
  const extra = lines.find((line) => line.startsWith("extra "));
  const at = lines.indexOf("");
  return {
    index: Number(lines.find((line) => line.startsWith("index "))?.slice(6)),
    leaf_hash: leafHash(Buffer.from(extra?.slice(6) ?? "", "base64")),
    origin: lines[at + 1],
    size: Number(lines[at + 2]),
  };
};
const receipts: readonly Fault[] = [
  receipt("receipts-are-not-proven", "65", "G3", instead("not_included", receiptSaid)),
  receipt("receipts-of-any-signer", "65", "G2", instead("unsigned", receiptSaid)),
  receipt("receipts-with-forged-checkpoints", "65", "G2", instead("bad_signature", receiptSaid)),
  receipt("receipts-of-any-log", "65", "G2", instead("wrong_origin", receiptSaid)),
  receipt(
    "receipts-of-any-version",
    "65",
    "D3",
    input(({ receipt: file }) => ({ receipt: (file as string).replace("tlog-proof@v2", "tlog-proof@v1") })),
  ),
];

export const noteFaults: readonly Fault[] = [...checkpoints, ...receipts];

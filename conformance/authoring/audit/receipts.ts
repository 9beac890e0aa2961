/** OV-65 receipt-stands-alone: one entry with its proof. */
import type { Expectation } from "../../runner/vectors.ts";
import { stated, type Draft } from "../draft.ts";
import { base64 } from "../signing/signer.ts";
import {
  canonical,
  checkpointText,
  ed25519Signer,
  hex,
  leafHash,
  origin,
  receipt,
  signedNote,
  treeRoot,
  vkeys,
} from "./logbook.ts";
import { leavesOfLog, placeOf } from "./logs.ts";
import { hashesFor } from "./trees.ts";

const receiptOf = (comment: string, flag: string, file: string, expect: Expectation): Draft =>
  stated({
    comment: `receipt: ${comment}`,
    requirements: ["OV-65"],
    flags: [flag],
    level: "verifier",
    op: "verify_receipt",
    given: { keys: vkeys },
    input: { receipt: file },
    expect,
  });

const leaves = leavesOfLog("whole");
const size = leaves.length;
const approval = placeOf("whole", "ben approve D1");
const genuine = receipt(leaves, approval);
const octetsOf = (index: number): Buffer => Buffer.from(canonical(leaves[index]!));
const shown = (index: number): string => base64(octetsOf(index));
/** The genuine receipt up to its checkpoint. */
const proof = genuine.slice(0, genuine.indexOf("\n\n"));
const elsewhere = "evil.example/log";

const good = (comment: string, index: number): Draft =>
  receiptOf(comment, "ValidSignatureRefused", receipt(leaves, index), {
    ok: { index, leaf_hash: hex(leafHash(octetsOf(index))), origin, size },
  });
const bad = (comment: string, flag: string, error: string, file: string): Draft =>
  receiptOf(comment, flag, file, { error });

export const receipts: readonly Draft[] = [
  good("of an approval", approval),
  good("of the first entry", 0),
  good("of the last entry", size - 1),
  bad("with another entry in it", "TamperedLog", "not_included", genuine.replace(shown(approval), shown(approval + 1))),
  bad(
    "with one letter of the entry changed",
    "TamperedLog",
    "not_included",
    genuine.replace(shown(approval), base64(Buffer.from(octetsOf(approval).toString().replace("ben", "eve")))),
  ),
  bad("of another place", "TamperedLog", "not_included", genuine.replace(`index ${approval}`, `index ${approval + 1}`)),
  bad("with a hash taken out", "TamperedLog", "not_included", genuine.replace(/(index \d+\n)[^\n]+\n/, "$1")),
  bad(
    "of a log that nobody signed",
    "ForgedSignature",
    "unsigned",
    receipt(leaves, approval, [ed25519Signer(origin, "another")]),
  ),
  bad(
    "of another log's checkpoint",
    "TamperedLog",
    "wrong_origin",
    `${proof}\n\n${signedNote(checkpointText(elsewhere, 7, treeRoot(hashesFor(7))), [ed25519Signer(elsewhere)])}`,
  ),
  bad(
    "with a checkpoint changed under its signature",
    "ForgedSignature",
    "bad_signature",
    genuine.replace(`\n${size}\n`, `\n${size + 1}\n`),
  ),
  bad("without an entry in it", "EncodingDiffers", "not_included", genuine.replace(/extra [^\n]+\n/, "")),
  bad("of another version", "EncodingDiffers", "malformed_receipt", genuine.replace("@v1", "@v2")),
  bad("without an index", "EncodingDiffers", "malformed_receipt", genuine.replace(/index \d+\n/, "")),
  bad("without a checkpoint", "EncodingDiffers", "malformed_receipt", proof),
];

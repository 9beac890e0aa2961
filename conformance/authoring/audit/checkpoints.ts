/** OV-63 checkpoint-is-signed: tree heads as notes, by the right keys of the right log. */
import type { Expectation } from "../../runner/vectors.ts";
import { stated, type Draft } from "../draft.ts";
import { base64 } from "../signing/signer.ts";
import { checkpointText, ed25519Signer, hex, logSigners, origin, signedNote, treeRoot, vkeys } from "./logbook.ts";
import { hashesFor } from "./trees.ts";

const checkpoint = (comment: string, flags: string, note: string, expect: Expectation, keys = vkeys): Draft =>
  stated({
    comment: `checkpoint: ${comment}`,
    requirements: ["OV-63"],
    flags: flags.split(" "),
    level: "verifier",
    op: "verify_checkpoint",
    given: { keys },
    input: { note },
    expect,
  });

const root = treeRoot(hashesFor(7));
const plain = checkpointText(origin, 7, root);
const note = signedNote(plain, logSigners);
const by = (text: string, signers = logSigners): string => signedNote(text, signers);
const elsewhere = "evil.example/log";

const good = (comment: string, raw: string, keys = vkeys, size = 7, of = root): Draft =>
  checkpoint(comment, "ValidSignatureRefused", raw, { ok: { origin, size, root: hex(of) } }, keys);
const bad = (comment: string, flags: string, error: string, raw: string, keys = vkeys): Draft =>
  checkpoint(comment, flags, raw, { error }, keys);

export const checkpoints: readonly Draft[] = [
  good("signed by both keys", note),
  good("signed by both keys, one is known", note, vkeys.slice(0, 1)),
  good("signed by both keys, the other is known", note, vkeys.slice(1)),
  good("signed by somebody unknown too", by(plain, [ed25519Signer("witness.example"), ...logSigners])),
  good("an empty log", by(checkpointText(origin, 0, treeRoot([]))), vkeys, 0, treeRoot([])),
  good("with an extension line", by(`${plain}an extension\n`)),
  bad(
    "signed by an unknown key of that name alone",
    "ForgedSignature",
    "unsigned",
    by(plain, [ed25519Signer(origin, "another")]),
  ),
  bad(
    "another size under the signatures",
    "ForgedSignature TamperedLog",
    "bad_signature",
    note.replace("\n7\n", "\n8\n"),
  ),
  bad(
    "another root under the signatures",
    "ForgedSignature TamperedLog",
    "bad_signature",
    note.replace(base64(root), base64(treeRoot(hashesFor(8)))),
  ),
  bad(
    "one signature good, one of a known key forged",
    "ForgedSignature",
    "bad_signature",
    note.replace(/[A-Za-z0-9+/]{8}(=*\n)$/, "AAAAAAAA$1"),
  ),
  bad(
    "of another log",
    "TamperedLog",
    "wrong_origin",
    by(checkpointText(elsewhere, 7, root), [ed25519Signer(elsewhere)]),
  ),
  bad(
    "of another log, signed with this log's key",
    "TamperedLog",
    "wrong_origin",
    by(checkpointText(elsewhere, 7, root)),
  ),
  bad("without signatures", "ForgedSignature", "malformed_note", `${plain}\n`),
  bad("without the empty line", "EncodingDiffers", "malformed_note", plain + logSigners[0]!.line(plain)),
  bad("a size with a leading zero", "EncodingDiffers", "malformed_checkpoint", by(`${origin}\n07\n${base64(root)}\n`)),
  bad("a size below zero", "EncodingDiffers", "malformed_checkpoint", by(`${origin}\n-7\n${base64(root)}\n`)),
  bad(
    "a root that is too short",
    "EncodingDiffers",
    "malformed_checkpoint",
    by(`${origin}\n7\n${base64(root.subarray(1))}\n`),
  ),
  bad("no root", "EncodingDiffers", "malformed_checkpoint", by(`${origin}\n7\n`)),
  bad("CRLF for LF", "EncodingDiffers", "malformed_note", note.replaceAll("\n", "\r\n")),
  bad("a known key that is no key", "KeyMisused", "malformed_key", note, [
    vkeys[0]!.replace(/\+[0-9a-f]{8}\+/, "+00000000+"),
  ]),
];

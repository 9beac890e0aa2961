/** OV-63 checkpoint-is-signed, OV-64 log-continues: exports under the wrong signatures, or of another log than was seen before. */
import type { Draft } from "../draft.ts";
import { exportOf, faulty, into, joined } from "./export.ts";
import { checkpointText, ed25519Signer, exported, origin, p256Signer, signedNote, treeRoot } from "./logbook.ts";
import { leavesOfLog } from "./logs.ts";
import { hashesFor } from "./trees.ts";

const leaves = leavesOfLog("whole");
const { lines, checkpoint } = exported(leaves);
const written = (...of: Parameters<typeof exported>): string => joined(exported(...of).lines);
const headed = (last_checkpoint: string): string => written(leaves, { header: { last_checkpoint } });
const size = leaves.length;
const elsewhere = "evil.example/log";

const signatures: readonly Draft[] = [
  exportOf(
    "signed by another key of that name",
    "OV-62 OV-63",
    "ForgedSignature",
    "checkpoint_unsigned",
    written(leaves, { signers: [ed25519Signer(origin, "another")] }),
  ),
  exportOf(
    "a checkpoint changed under its signature",
    "OV-62 OV-63",
    "ForgedSignature",
    "checkpoint_forged",
    headed(checkpoint.replace(`\n${size}\n`, `\n${size - 1}\n`)),
  ),
  faulty(
    "a checkpoint of another log",
    "OV-62 OV-63",
    "wrong_log",
    headed(signedNote(checkpointText(elsewhere, size, treeRoot(hashesFor(7))), [p256Signer(elsewhere)])),
  ),
  faulty("a checkpoint that is none", "OV-62 OV-63", "checkpoint_malformed", headed("hello")),
];

const kept: readonly Draft[] = [
  faulty("a log that is shorter than it was", "OV-62 OV-64", "rolled_back", written(leaves.slice(0, 9)), {
    earlier: [checkpoint],
  }),
  faulty("a log that was another before", "OV-62 OV-64", "forked", joined(lines), {
    earlier: [exported([...leaves.slice(0, 8), leaves[9]!]).checkpoint],
  }),
  faulty(
    "a log rewritten and signed anew, against a checkpoint kept before",
    "OV-62 OV-64",
    "forked",
    written(leaves.with(1, into(leaves[1]!, ["event", "principal"], "eve"))),
    { earlier: [checkpoint] },
  ),
];

export const exportCheckpoints: readonly Draft[] = [...signatures, ...kept];

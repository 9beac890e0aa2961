/**
 * The operations on the log: its text, its tree, checkpoints, receipts, exports.
 */
import {
  append,
  canonical,
  emptyFrontier,
  leafHash,
  openCheckpoint,
  parsePublicKeyPem,
  parseReceipt,
  parseVerifierKey,
  rootOf,
  transition,
  verifyConsistency,
  verifyExport,
  verifyInclusion,
  verifyReceipt,
  type NoteKey,
} from "../../../src/index.ts";
import type { Answer, Operation } from "./operation.ts";

const octets = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const canonicalText = ({ value }: { readonly value: Parameters<typeof canonical>[0] }): Answer => {
  try {
    return { ok: { canonical: canonical(value) } };
  } catch {
    return { error: "not_canonical" };
  }
};

const treeRoot = ({ leaves }: { readonly leaves: readonly string[] }): Answer => ({
  ok: {
    root: hex(
      rootOf(
        append(
          emptyFrontier,
          leaves.map((leaf) => leafHash(octets(leaf))),
        ),
      ),
    ),
  },
});

type Inclusion = {
  readonly leaf_hash: string;
  readonly index: number;
  readonly size: number;
  readonly path: readonly string[];
  readonly root: string;
};
const inclusion = ({ leaf_hash, index, size, path, root }: Inclusion): Answer => ({
  ok: {
    valid: verifyInclusion({ leafHash: fromHex(leaf_hash), index, size, path: path.map(fromHex), root: fromHex(root) }),
  },
});

type Consistency = {
  readonly old_size: number;
  readonly old_root: string;
  readonly size: number;
  readonly root: string;
  readonly path: readonly string[];
};
const consistency = ({ old_size, old_root, size, root, path }: Consistency): Answer => ({
  ok: {
    valid: verifyConsistency({
      oldSize: old_size,
      oldRoot: fromHex(old_root),
      size,
      root: fromHex(root),
      path: path.map(fromHex),
    }),
  },
});

/** The keys, or the class of error of the first that is none. */
const keysIn = (vkeys: readonly string[]): readonly NoteKey[] | string => {
  const keys: NoteKey[] = [];
  for (const vkey of vkeys) {
    const key = parseVerifierKey(vkey);
    if (key._tag === "Failure") return key.failure.reason;
    keys.push(key.success);
  }
  return keys;
};

const checkpoint = async ({
  keys: vkeys,
  note,
}: {
  readonly keys: readonly string[];
  readonly note: string;
}): Promise<Answer> => {
  const keys = keysIn(vkeys);
  if (typeof keys === "string") return { error: keys };
  const opened = await openCheckpoint(note, keys);
  if (opened._tag === "Failure") return { error: opened.failure.reason };
  const { origin, size, root } = opened.success.checkpoint;
  return { ok: { origin, size, root: hex(root) } };
};

const receipt = async ({
  keys: vkeys,
  receipt: file,
}: {
  readonly keys: readonly string[];
  readonly receipt: string;
}): Promise<Answer> => {
  const keys = keysIn(vkeys);
  if (typeof keys === "string") return { error: keys };
  const parsed = parseReceipt(file);
  if (parsed._tag === "Failure") return { error: parsed.failure.reason };
  const verified = await verifyReceipt(parsed.success, keys);
  if (verified._tag === "Failure") return { error: verified.failure.reason };
  const { index, leafHash: hash, checkpoint: of } = verified.success;
  return { ok: { index, leaf_hash: hex(hash), origin: of.origin, size: of.size } };
};

type Export = {
  readonly keys: readonly string[];
  readonly operator_keys: readonly string[];
  readonly earlier: readonly string[];
  readonly export: string;
};
const wholeExport = async ({ keys: vkeys, operator_keys, earlier, export: file }: Export): Promise<Answer> => {
  const keys = keysIn(vkeys);
  if (typeof keys === "string") return { error: keys };
  const operatorKeys = operator_keys.flatMap((pem) => {
    const key = parsePublicKeyPem(pem);
    return key._tag === "Failure" ? [] : [key.success];
  });
  const pieces = async function* () {
    yield file;
  };
  const { status, faults } = await verifyExport(pieces(), {
    keys,
    operatorKeys,
    earlier: earlier.map((note) => ({ source: "kept", note })),
    transition,
    manifest: null,
  });
  return { ok: { status, checks: Object.fromEntries(faults.map(({ kind }) => [kind, "found"])) } };
};

export const audit: Readonly<Record<string, Operation>> = {
  canonical: canonicalText,
  tree_root: treeRoot,
  verify_inclusion: inclusion,
  verify_consistency: consistency,
  verify_checkpoint: checkpoint,
  verify_receipt: receipt,
  verify_export: wholeExport,
};

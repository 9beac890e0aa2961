/** A log's export, line by line, as the server writes it, and the verdict of the verifier on it. */
import { signCheckpoint } from "../../src/audit/tree/Checkpoint.ts";
import {
  exportHeader,
  exportLine,
  lineText,
  noFilter,
  withheldLine,
  type ExportFilter,
} from "../../src/audit/export/ExportLine.ts";
import { inclusionProof } from "../../src/audit/tree/MerkleProof.ts";
import { formatVerifierKey, type NoteSigner } from "../../src/audit/tree/SignedNote.ts";
import { append, appendWithNodes, emptyFrontier, type Frontier, leafHash, rootOf } from "../../src/audit/tree/Tree.ts";
import { type VerifyOptions, verifyExport } from "../../src/audit/verify/verifyExport.ts";
import type { ProofManifest } from "../../src/audit/leaf/proofReferences.ts";
import { verifyNode } from "../../src/identity/NodeVerify.ts";
import { transition } from "../../src/machine/transition.ts";
import theorems from "../../proofs/theorems.json" with { type: "json" };
import { logKeys, logSigners, operatorKey, origin } from "./logKeys.ts";
import { must } from "./result.ts";

export const manifest = theorems as ProofManifest;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const checkpointAt = async (frontier: Frontier, signers: readonly NoteSigner[], of: string = origin): Promise<string> =>
  must(await signCheckpoint({ origin: of, size: frontier.size, root: rootOf(frontier) }, signers));

export const checkpointOver = (
  leaves: readonly string[],
  signers: readonly NoteSigner[] = logSigners,
  of: string = origin,
): Promise<string> =>
  checkpointAt(
    append(
      emptyFrontier,
      leaves.map((leaf) => leafHash(utf8(leaf))),
    ),
    signers,
    of,
  );

export interface ExportOptions {
  readonly tenant?: string;
  readonly filter?: Partial<ExportFilter>;
  readonly lines?: "every" | "matching";
  readonly proofs?: boolean;
  readonly from?: number;
  readonly signers?: readonly NoteSigner[];
  readonly manifest?: ProofManifest | null;
}

/** The export of a log, line by line, each with its newline; as the server writes it. */
export const exported = async (leaves: readonly string[], options: ExportOptions = {}): Promise<string[]> => {
  const { tenant = null, filter = {}, lines = "every", from = 0, signers = logSigners } = options;
  const references = options.manifest === undefined ? manifest : options.manifest;
  const hashes = leaves.map((leaf) => leafHash(utf8(leaf)));
  const proven = options.proofs === true || lines === "matching";
  const nodes = proven ? appendWithNodes(emptyFrontier, hashes).nodes : [];
  const at = new Map(nodes.map((node) => [`${node.level} ${node.index}`, node.hash]));
  const start = append(emptyFrontier, hashes.slice(0, from));
  const header = exportHeader({
    origin,
    tenant,
    filter: { ...noFilter, ...filter },
    lines,
    from,
    to: leaves.length,
    first_checkpoint: from === 0 ? null : await checkpointAt(start, signers),
    first_frontier: from === 0 ? [] : start.hashes.map((hash) => Buffer.from(hash).toString("hex")),
    last_checkpoint: await checkpointAt(append(start, hashes.slice(from)), signers),
    log_keys: signers.map(({ key }) => formatVerifierKey(key)),
    proofs: references,
  });
  const showsAll = tenant === null && Object.keys(filter).length === 0;
  const shows = (leaf: string): boolean => {
    if (showsAll) return true;
    const said = JSON.parse(leaf) as { tenant: string; mailbox: string | null; message: string | null; at: number };
    return (
      (tenant === null || said.tenant === tenant) &&
      (filter.mailbox === undefined || said.mailbox === filter.mailbox) &&
      (filter.message === undefined || said.message === filter.message) &&
      (filter.since === undefined || said.at >= filter.since!) &&
      (filter.until === undefined || said.at < filter.until!)
    );
  };
  return [
    lineText(header),
    ...leaves.flatMap((leaf, index) => {
      if (index < from) return [];
      const entry = { index, leaf, leafHash: hashes[index]! };
      if (!shows(leaf)) return lines === "every" ? [lineText(withheldLine(entry))] : [];
      const proof = proven ? inclusionProof(index, leaves.length, (level, i) => at.get(`${level} ${i}`)!) : undefined;
      return [lineText(exportLine(entry, references, proof))];
    }),
  ];
};

export async function* inPieces(text: string | Uint8Array, size = 4096): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === "string" ? utf8(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Verifies with all keys, unless told otherwise. */
export const verify = (lines: string | Uint8Array | readonly string[], options: Partial<VerifyOptions> = {}) =>
  verifyExport(inPieces(lines instanceof Uint8Array ? lines : Buffer.concat([lines].flat().map(utf8))), {
    keys: logKeys,
    operatorKeys: [operatorKey.key],
    transition,
    manifest,
    verifySignature: verifyNode,
    ...options,
  });

/**
 * The offline verifier: from an export and keys that the auditor has from elsewhere to a verdict. @spec OV-62
 *
 * - File: each line read strictly. Tree: each leaf hashed, the root computed again, held against every checkpoint. Signatures: the log's,
 *   each agent's, the operator's on each mailbox key. Rules: each entry decided again, so that not even the holder of the log's key can
 *   record what the rules do not allow. References: each theorem named is one that is shipped.
 * - Reads a stream, keeps no entry: what grows is named in `EndedMessages.ts`, `Replay.ts` and `IdentityChecks.ts`.
 * - Throws nothing, whatever the file holds; if reading it fails, that rejection is passed on.
 */
import { Result } from "effect";
import type { P256PublicKey } from "../../identity/PublicKey.ts";
import type { VerifySignature } from "../../identity/Verify.ts";
import { isCanonical, type Json } from "../../bytes/canonical.ts";
import { SeenCheckpoints, type Earlier } from "./SeenCheckpoints.ts";
import { CredentialChecks } from "./CredentialChecks.ts";
import { exportLineOf } from "../export/ExportLine.ts";
import { linesOf, type RawLine } from "../export/linesOf.ts";
import { type EntryOn, entryOn, type Header, headerOn, objectOn } from "../export/ExportReader.ts";
import { FaultList } from "./FaultList.ts";
import { IdentityChecks } from "./IdentityChecks.ts";
import { type Leaf, leafBytes, leafIn, leafLimit, leafVersion } from "../leaf/Leaf.ts";
import { sameHash, verifyInclusion } from "../tree/MerkleProof.ts";
import type { ProofManifest } from "../leaf/proofReferences.ts";
import { Replay, type Transition } from "./Replay.ts";
import type { NoteKey } from "../tree/SignedNote.ts";
import { sameJson } from "../../bytes/strictJson.ts";
import { append, type Frontier, leafHash } from "../tree/Tree.ts";
import { cannotRead, leftUnchecked } from "./unchecked.ts";
import type { FaultKind, Verdict } from "./ExportVerdict.ts";

export interface VerifyOptions {
  /** The log's keys, and witnesses', from somewhere else than the export. */
  readonly keys: readonly NoteKey[];
  /** Keys of the operator who vouches for mailboxes' keys. */
  readonly operatorKeys?: readonly P256PublicKey[];
  readonly earlier?: readonly Earlier[];
  /** The rules. */
  readonly transition: Transition;
  /** The theorems that references are resolved with; `null` = they are not. */
  readonly manifest: ProofManifest | null;
  /** `sound` only if nothing was left unchecked. */
  readonly complete?: boolean;
  /** A faster way to check signatures than the portable one. */
  readonly verifySignature?: VerifySignature;
  /** Receives now and then how many of how many entries have been read. */
  readonly onProgress?: (read: number, of: number) => void;
}

const progressEvery = 2048;

const unfiltered = ({ filter }: Header): boolean => Object.values(filter).every((value) => value === null);

const lineProblem: Readonly<Record<"too_long" | "not_utf8" | "cut", string>> = {
  too_long: "it is longer than any entry can be",
  not_utf8: "it is not UTF-8",
  cut: "it breaks off",
};

class Verification {
  readonly faults = new FaultList();
  readonly #options: VerifyOptions;
  readonly #header: Header;
  readonly #checkpoints = new SeenCheckpoints(this.faults);
  readonly #identity: IdentityChecks;
  readonly #credentials = new CredentialChecks();
  readonly #replay: Replay;
  readonly #replays: boolean;
  /** Every tenant is shown, from the first entry on. */
  readonly #whole: boolean;
  /** Messages with a fault already reported. */
  readonly #tainted = new Map<string, FaultKind>();
  /** The last entry of each tenant. */
  readonly #lastOf = new Map<string, number>();
  #sizes: ReadonlySet<number> = new Set();
  #frontier: Frontier;
  /** Lines are missing, doubled or unreadable: there is no one tree to compute. */
  #broken = false;
  /** And what follows cannot be held against the rules, for it follows from what is not known. */
  #untold = false;
  #next: number;
  #line = 1;
  #at = 0;
  #v = 1;
  #shown = -1;
  #shift = 0;
  #unlinked = 0;
  #unproven = 0;
  #counts = { entries: 0, withheld: 0, replayed: 0, handOvers: 0, approvals: 0 };

  constructor(header: Header, options: VerifyOptions) {
    this.#header = header;
    this.#options = options;
    this.#next = header.from;
    this.#frontier = this.#checkpoints.start;
    this.#replays = header.lines === "every" && header.from === 0 && unfiltered(header);
    this.#whole = this.#replays && header.tenant === null;
    this.#replay = new Replay(options.transition, { keepEnded: false });
    this.#identity = new IdentityChecks((index, kind, message) => this.#add(index, kind, message), {
      verify: options.verifySignature,
      operators: options.operatorKeys ?? [],
    });
  }

  #add(index: number | null, kind: FaultKind, message: string): void {
    this.faults.add({ index, line: index === null ? null : this.#line, kind, message });
  }

  async begin(): Promise<void> {
    const { keys, earlier = [] } = this.#options;
    await this.#checkpoints.open(this.#header, keys, earlier);
    this.#frontier = this.#checkpoints.start;
    this.#sizes = this.#checkpoints.sizes;
  }

  /** `false` = nothing more can be read. */
  async take({ number, text, fault }: RawLine): Promise<boolean> {
    this.#line = number;
    if (fault === "cut") {
      this.#add(this.#next, "truncated", "the file breaks off in the middle of a line");
      this.#broken = true;
      return false;
    }
    const object = text === null ? Result.fail(lineProblem[fault ?? "not_utf8"]) : objectOn(text);
    const entry = Result.flatMap(object, (members) => entryOn(members, text ?? ""));
    if (Result.isFailure(entry)) {
      this.#add(this.#next, "unreadable", `line ${number} cannot be read: ${entry.failure}`);
      this.#broken = true;
      this.#next += 1;
      return text !== null;
    }
    if (!this.#place(entry.success)) return true;
    this.#grow(entry.success.hash);
    await this.#entry(entry.success);
    const read = this.#counts.entries + this.#counts.withheld;
    if (read % progressEvery === 0) {
      this.#options.onProgress?.(read, this.#header.to - this.#header.from);
    }
    return true;
  }

  /** Whether the entry is the next one; adds a fault if it is not. */
  #place({ index }: EntryOn): boolean {
    const { lines, to } = this.#header;
    if (index >= to) {
      this.#add(index, "surplus", `the export says it ends before entry ${to}`);
      this.#broken = true;
      return false;
    }
    if (index < this.#next) {
      this.#broken = true;
      if (!this.faults.turnedUp(index, this.#line))
        this.#add(index, "duplicated", `entry ${index} is there more than once, or stands after a later one`);
      return false;
    }
    if (index > this.#next && lines === "every") {
      this.#broken = true;
      const upTo = index - 1 === this.#next ? "" : ` to ${index - 1}`;
      this.#add(this.#next, "missing", `entry ${this.#next}${upTo} is left out`);
    }
    this.#next = index + 1;
    return true;
  }

  #grow(hash: Uint8Array): void {
    if (this.#broken || this.#header.lines === "matching") return;
    this.#frontier = append(this.#frontier, [hash]);
    if (this.#sizes.has(this.#frontier.size)) this.#checkpoints.at(this.#frontier);
  }

  async #entry(entry: EntryOn): Promise<void> {
    const { index, hash, leaf: text } = entry;
    this.#inclusion(entry);
    if (text === null) {
      this.#counts.withheld += 1;
      if (this.#header.lines === "matching")
        this.#add(index, "withheld", "it is withheld, in an export of what matches");
      else if (this.#header.tenant === null && unfiltered(this.#header))
        this.#add(index, "withheld", "it is withheld, in an export that says it shows everything");
      return;
    }
    this.#counts.entries += 1;
    const bytes = leafBytes(text);
    if (!sameHash(leafHash(bytes), hash)) {
      this.#add(index, "edited", "the leaf is not the one whose hash is in the log");
      this.#untold = true;
      return;
    }
    const leaf = this.#leaf(entry, text, bytes.length);
    if (leaf === null) {
      this.#untold = true;
      return;
    }
    if (leaf.at < this.#at)
      this.#add(index, "time_backwards", `its time is ${this.#at - leaf.at} s before the last one's`);
    this.#at = Math.max(this.#at, leaf.at);
    // What an older version leaves open must not be open again to the log's writer. @spec OV-122
    if (leaf.v < this.#v)
      this.#add(index, "version_backwards", `it is of version ${leaf.v}, after an entry of version ${this.#v}`);
    this.#v = Math.max(this.#v, leaf.v);
    this.#linked(index, leaf);
    this.#shown = index;
    await this.#identity.take(index, leaf);
  }

  #inclusion({ index, hash, proof }: EntryOn): void {
    const { last } = this.#checkpoints;
    if (proof === null) {
      if (this.#header.lines === "matching") this.#add(index, "inclusion", "it comes without its inclusion proof");
    } else if (
      last !== null &&
      !verifyInclusion({ leafHash: hash, index, size: last.size, path: proof, root: last.root })
    ) {
      this.#add(
        index,
        "inclusion",
        "its inclusion proof does not lead to the root: it is not in the log at this place",
      );
    }
  }

  /** Reads the leaf and lets the rules decide on it. */
  #leaf(entry: EntryOn, text: string, size: number): Leaf | null {
    const { index } = entry;
    const malformed = (message: string) => {
      this.#add(index, "malformed_leaf", message);
      return null;
    };
    if (size > leafLimit) return malformed(`the leaf has more than ${leafLimit} bytes`);
    let json: Json;
    try {
      json = JSON.parse(text) as Json;
    } catch {
      return malformed("the leaf is not JSON");
    }
    // Also refuses what JSON.parse lets pass: members named twice, other spellings, other orders.
    if (!isCanonical(json, text)) return malformed("the leaf is not canonical JSON");
    const version = (json as { readonly v?: Json } | null)?.v;
    if (typeof version === "number" && version !== 1 && version !== leafVersion) {
      this.#add(index, "unknown_version", `the leaf is of version ${version}, which this program does not know`);
      return null;
    }
    const read = leafIn(json);
    if (Result.isFailure(read)) return malformed("the leaf holds no event that this program knows");
    this.#flat(entry, text, json);
    const { leaf, event } = read.success;
    if (leaf.index !== index) {
      // All that follows what was put in or taken out stands as far off; that is one fault.
      if (leaf.index - index !== this.#shift)
        this.#add(index, "wrong_place", `the leaf says that it is entry ${leaf.index}`);
      this.#shift = leaf.index - index;
      return null;
    }
    const { tenant, filter } = this.#header;
    // @spec OV-120
    const beyond =
      (tenant !== null && leaf.tenant !== tenant) ||
      (filter.mailbox !== null && leaf.mailbox !== filter.mailbox) ||
      (filter.message !== null && leaf.message !== filter.message) ||
      (filter.since !== null && leaf.at < filter.since) ||
      (filter.until !== null && leaf.at >= filter.until);
    if (beyond) this.#add(index, "surplus", "it is not among what the export says it shows");
    if (leaf.type === "approve" && leaf.outcome === "accepted") this.#counts.approvals += 1;
    if (leaf.commands.includes("hand_over")) this.#counts.handOvers += 1;
    if (!this.#replays || this.#broken || this.#untold) return leaf;
    this.#counts.replayed += 1;
    const acting = this.#credentials.take(event, leaf.outcome === "accepted", this.#whole);
    if (acting !== null) this.#add(index, "credential", acting);
    const found = this.#replay.take(leaf, event);
    const late =
      leaf.type === "approve" &&
      leaf.outcome === "accepted" &&
      this.#tainted.get(leaf.message ?? "") === "hand_over_without_approval";
    if (late) this.#add(index, "approval_after_hand_over", "it approves what the log had handed over before");
    else if (found !== null) this.#broke(index, leaf, found.kind, found.message);
    return leaf;
  }

  /** Reports the first fault of each message; what follows from it is left out. */
  #broke(index: number, { message }: Leaf, kind: FaultKind, words: string): void {
    if (message !== null) {
      if (this.#tainted.has(message) && kind !== "approval_after_hand_over") return;
      // However many messages are at fault, the memory is not.
      if (this.#tainted.size < 10_000) this.#tainted.set(message, kind);
    }
    this.#add(index, kind, words);
  }

  /** What is shown beside the leaf, worked out again. */
  #flat({ index, hash, members, proof, text: line }: EntryOn, text: string, json: Json): void {
    const { manifest } = this.#options;
    const entry = { index, leaf: text, leafHash: hash };
    const expected = exportLineOf(json as { readonly [name: string]: Json }, entry, manifest, proof ?? undefined);
    if (manifest !== null && JSON.stringify(expected) === line) return;
    const { lean4_proof_ref: headline, lean4_proof_refs: all, ...flat } = expected;
    const { lean4_proof_ref: givenHeadline, lean4_proof_refs: givenAll, ...given } = members;
    if (!sameJson(flat, given)) {
      const name = [...Object.keys(flat), ...Object.keys(given)].find(
        (one) => !sameJson((flat as { [name: string]: unknown })[one], given[one]),
      );
      this.#add(index, "flat_field_changed", `${name?.slice(0, 40)} is not what the leaf says`);
    }
    if (manifest === null) {
      if (givenHeadline !== null && givenHeadline !== undefined) this.#unproven += 1;
    } else if (givenHeadline !== headline || !sameJson(givenAll, all)) {
      this.#add(index, "proof_reference", "its references are not the theorems that cover it in the proofs given");
    }
  }

  /** Each tenant's entries name the one before. */
  #linked(index: number, { tenant, previous }: Leaf): void {
    const last = this.#lastOf.get(tenant);
    this.#lastOf.set(tenant, index);
    if (previous === undefined) this.#unlinked += 1;
    else if (this.#replays && !this.#broken && !this.#untold && previous !== (last ?? null)) {
      this.#add(index, "withheld", `the tenant's entry ${previous} before it is not shown`);
    }
  }

  async end(): Promise<Verdict> {
    const { lines, to, tenant, from, origin } = this.#header;
    await this.#identity.settled();
    if (lines === "every" && this.#next < to && !this.faults.has("truncated")) {
      this.#broken = true;
      this.#add(this.#next, "truncated", `the export says it goes up to entry ${to - 1}`);
    }
    this.#checkpoints.close(this.#broken);
    const checkpoints = this.#checkpoints;
    const { withheld } = this.#counts;
    const unchecked = [
      ...checkpoints.unchecked,
      ...leftUnchecked(this.#header, {
        replays: this.#replays,
        withheld,
        unlinked: this.#unlinked,
        shown: this.#shown,
        tail: this.#next - 1 - this.#shown,
        unsigned: this.#identity.uncheckable,
        unvouched: (this.#options.operatorKeys ?? []).length === 0 && this.#identity.seen().length > 0,
        unproven: this.#unproven,
        untold: this.#replays && (this.#broken || this.#untold),
      }),
    ];
    const status =
      this.faults.count > 0
        ? "unsound"
        : checkpoints.untold.length > 0 || (this.#options.complete === true && unchecked.length > 0)
          ? "cannot_tell"
          : "sound";
    return {
      status,
      faults: this.faults.all,
      faultCount: this.faults.count,
      unchecked: [...checkpoints.untold, ...unchecked],
      origin,
      size: checkpoints.last?.size ?? null,
      root: checkpoints.root,
      tenant,
      from,
      to,
      signedBy: checkpoints.signedBy,
      ...this.#counts,
      signatures: this.#identity.verified,
      keys: this.#identity.seen(),
      continues: checkpoints.continues,
      proofs: this.#options.manifest?.source ?? null,
    };
  }
}

/** Verifies one export, given as its bytes or text in pieces of any size. */
export const verifyExport = async (
  chunks: AsyncIterable<Uint8Array | string>,
  options: VerifyOptions,
): Promise<Verdict> => {
  let verification: Verification | null = null;
  for await (const line of linesOf(chunks)) {
    if (verification !== null) {
      if (!(await verification.take(line))) break;
      continue;
    }
    if (line.text === null || line.fault !== null)
      return cannotRead(`the first line: ${lineProblem[line.fault ?? "not_utf8"]}`);
    const header = headerOn(line.text);
    if (Result.isFailure(header)) return cannotRead(header.failure);
    verification = new Verification(header.success, options);
    await verification.begin();
  }
  return verification === null ? cannotRead("it is empty") : verification.end();
};

/**
 * The checkpoints an export is held against: its own two, and those an auditor kept from before. Each is believed only with a signature of
 * a key that the auditor gave, and each must be the root over the first of the export's entries. @spec OV-63 OV-64
 */
import { Result } from "effect";
import { toHex } from "../../bytes/octets.ts";
import { type Checkpoint, openCheckpoint, parseCheckpoint } from "../tree/Checkpoint.ts";
import type { Header } from "../export/ExportReader.ts";
import type { FaultList } from "./FaultList.ts";
import { fromHex } from "../../bytes/hex.ts";
import { sameHash } from "../tree/MerkleProof.ts";
import { keyLabel, type NoteKey } from "../tree/SignedNote.ts";
import { emptyFrontier, type Frontier, rootOf } from "../tree/Tree.ts";
import type { FaultKind } from "./ExportVerdict.ts";

/** A checkpoint from before: the note, and where it comes from, for people. */
export interface Earlier {
  readonly source: string;
  readonly note: string;
}

interface Anchor {
  readonly size: number;
  readonly root: Uint8Array;
  readonly source: string;
  readonly earlier: boolean;
  state: "ahead" | "met" | "missed";
}

const kindOf = (reason: string): FaultKind =>
  reason === "bad_signature"
    ? "checkpoint_forged"
    : reason === "unsigned"
      ? "checkpoint_unsigned"
      : reason === "wrong_origin"
        ? "wrong_log"
        : "checkpoint_malformed";

export class SeenCheckpoints {
  readonly #faults: FaultList;
  readonly #anchors: Anchor[] = [];
  last: Checkpoint | null = null;
  signedBy: readonly string[] = [];
  /** Why the export cannot be judged, in words. */
  readonly untold: string[] = [];
  /** What else could not be checked. */
  readonly unchecked: string[] = [];
  /** The tree the entries are added to. */
  start: Frontier = emptyFrontier;

  constructor(faults: FaultList) {
    this.#faults = faults;
  }

  #fault(kind: FaultKind, message: string, index: number | null = null): void {
    this.#faults.add({ index, line: null, kind, message });
  }

  async open(header: Header, keys: readonly NoteKey[], earlier: readonly Earlier[]): Promise<void> {
    if (keys.length === 0)
      this.untold.push(
        "No key of the log was given, so nothing shows who signed: give the one its operator published.",
      );
    const own = async (raw: string, which: string): Promise<Checkpoint | null> => {
      const parsed = parseCheckpoint(raw);
      if (Result.isFailure(parsed)) {
        this.#fault("checkpoint_malformed", `the ${which} checkpoint: ${parsed.failure.message}`);
        return null;
      }
      const { checkpoint } = parsed.success;
      if (checkpoint.origin !== header.origin) {
        this.#fault("wrong_log", `the ${which} checkpoint is of another log than the header says`);
        return null;
      }
      if (keys.length === 0) return checkpoint;
      const opened = await openCheckpoint(raw, keys);
      if (Result.isFailure(opened)) {
        this.#fault(kindOf(opened.failure.reason), `the ${which} checkpoint: ${opened.failure.message}`);
        // A checkpoint that is not believed proves nothing about the entries.
        return null;
      }
      if (which === "last") {
        this.signedBy = [...opened.success.logKeys, ...opened.success.witnesses].map(keyLabel);
      }
      return checkpoint;
    };
    this.last = await own(header.last_checkpoint, "last");
    if (this.last !== null) this.#check(header, this.last);
    const first = header.first_checkpoint === null ? null : await own(header.first_checkpoint, "first");
    if (first !== null) this.#add(first, "its first checkpoint", false);
    if (this.last !== null) this.#add(this.last, "its last checkpoint", false);
    this.#begin(header, first);
    for (const one of earlier) await this.#open(one, header, keys);
    this.at(this.start);
  }

  #check(header: Header, { size }: Checkpoint): void {
    if (header.from > header.to || header.to > size)
      this.#fault("tree_mismatch", `the export says it goes to ${header.to}, its checkpoint is over ${size} entries`);
    else if (header.lines === "every" && header.to !== size)
      this.#fault("truncated", `the export ends at ${header.to}, its checkpoint is over ${size} entries`, header.to);
  }

  /**
   * Where the entries begin: an empty tree, or the one the first checkpoint signs. An export that goes on in between two checkpoints has
   * none: then the last one shows the beginning together with the entries.
   */
  #begin({ from, lines, first_checkpoint: note, first_frontier: encoded }: Header, first: Checkpoint | null): void {
    if (from === 0 || lines === "matching") return;
    const hashes = encoded.map((hash) => fromHex(hash, 32)).filter((hash) => hash !== null);
    const ones = from.toString(2).replaceAll("0", "").length;
    const isSigned = first !== null && first.size === from;
    const isTree = hashes.length === ones && hashes.length === encoded.length;
    // With another number of roots there is no tree to add to; one of nothing goes on, and agrees with no checkpoint.
    this.start = { size: from, hashes: isTree ? hashes : Array.from({ length: ones }, () => new Uint8Array(32)) };
    if (!isTree || (note !== null && !(isSigned && sameHash(rootOf(this.start), first.root))))
      this.#fault("tree_mismatch", `the tree before entry ${from} is not the one its first checkpoint signs`, from);
    else if (note === null)
      this.unchecked.push(
        `Whether the log signed its first ${from} entries by themselves: no checkpoint is over them.`,
      );
  }

  async #open({ source, note }: Earlier, header: Header, keys: readonly NoteKey[]): Promise<void> {
    const opened = await openCheckpoint(note, keys);
    if (Result.isFailure(opened)) {
      this.untold.push(`The earlier checkpoint ${source} cannot be believed: ${opened.failure.message}`);
      return;
    }
    const { checkpoint } = opened.success;
    if (checkpoint.origin !== header.origin) {
      this.untold.push(`The earlier checkpoint ${source} is of another log.`);
    } else if (this.last !== null && checkpoint.size > this.last.size) {
      this.#fault(
        "rolled_back",
        `the log had ${checkpoint.size} entries (${source}), and has ${this.last.size} here`,
        this.last.size,
      );
    } else if (header.lines === "matching" || checkpoint.size < header.from) {
      if (this.last?.size === checkpoint.size) this.#compare(checkpoint, source);
      else
        this.unchecked.push(
          `Whether the log continues ${source}: that needs an export with every entry from there on.`,
        );
    } else this.#add(checkpoint, source, true);
  }

  /** Two checkpoints over as many entries. */
  #compare({ root, size }: Checkpoint, source: string): void {
    if (this.last !== null && !sameHash(root, this.last.root))
      this.#fault("forked", `over ${size} entries the log signed one root here and another one before (${source})`);
  }

  #add({ size, root }: Checkpoint, source: string, earlier: boolean): void {
    this.#anchors.push({ size, root, source, earlier, state: "ahead" });
  }

  /** Holds the tree, as it has grown so far, against every checkpoint of its size. */
  at(frontier: Frontier): void {
    for (const anchor of this.#anchors) {
      if (anchor.state !== "ahead" || anchor.size !== frontier.size) continue;
      anchor.state = sameHash(rootOf(frontier), anchor.root) ? "met" : "missed";
    }
  }

  /** Sizes at which {@link at} must be called. */
  get sizes(): ReadonlySet<number> {
    return new Set(this.#anchors.map(({ size }) => size));
  }

  /** Reports what the roots show, once all entries have been read. `broken`: entries are missing or doubled, so there is no one tree. */
  close(broken: boolean): void {
    if (broken) return;
    const missed = this.#anchors.filter(({ state }) => state === "missed");
    const lastMet = this.#anchors.some(
      ({ state, size, earlier }) => !earlier && state === "met" && size === this.last?.size,
    );
    for (const { earlier, source, size } of missed) {
      const met = this.#anchors.filter((one) => one.state === "met" && one.size < size).map((one) => one.size);
      const agreed = Math.max(this.start.size, ...met);
      if (earlier && lastMet) {
        this.#fault("forked", `the first ${size} entries are not those the log signed before (${source})`, agreed);
      } else {
        this.#fault(
          "tree_mismatch",
          `entries ${agreed} to ${size - 1} do not give the root of ${source}: one of them was changed, put in, taken out or moved`,
          agreed,
        );
      }
    }
  }

  /** Earlier checkpoints that the log was found to continue. */
  get continues(): readonly string[] {
    return this.#anchors.filter(({ earlier, state }) => earlier && state === "met").map(({ source }) => source);
  }

  get root(): string | null {
    return this.last === null ? null : toHex(this.last.root);
  }
}

/** Faults as they are found, in the order of the entries; of very many only the first are kept, and all are counted. */
import { type Fault, type FaultKind, faultsKept } from "./ExportVerdict.ts";

/** Found in the whole of a tree, so that the entry named is only where to begin to look. */
const ofTheWhole = new Set<FaultKind>(["tree_mismatch", "forked", "rolled_back"]);

/** What is known of one entry comes first, by its place; then what is known of the log as a whole. */
const placeOf = ({ index, kind }: Fault): number => (index === null || ofTheWhole.has(kind) ? Infinity : index);

export class FaultList {
  #kept: Fault[] = [];
  count = 0;

  add(fault: Fault): void {
    this.count += 1;
    const before = this.#kept.findLastIndex((one) => placeOf(one) <= placeOf(fault));
    this.#kept.splice(before + 1, 0, fault);
    if (this.#kept.length > faultsKept) this.#kept.pop();
  }

  /** What was thought to be missing has turned up elsewhere. */
  turnedUp(index: number, line: number): boolean {
    const at = this.#kept.findIndex((one) => one.kind === "missing" && one.index === index);
    if (at === -1) return false;
    this.#kept[at] = {
      index,
      line,
      kind: "reordered",
      message: `entry ${index} stands after a later one`,
    };
    return true;
  }

  has(kind: FaultKind): boolean {
    return this.#kept.some((one) => one.kind === kind);
  }

  get all(): readonly Fault[] {
    return [...this.#kept];
  }
}

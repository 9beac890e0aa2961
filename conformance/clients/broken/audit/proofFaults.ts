/** Faults in proofs that a leaf is in a tree, and that one tree continues another (OV-61). */
import { operations } from "../../reference/answer.ts";
import type { Fault } from "../fault.ts";
import { faultIn, value, type Values } from "../operationFault.ts";

/** Whether the reference takes the leaf to be included, with a change of the input. */
const includedWith = (it: Values, change: Values): boolean => {
  const answer = operations["verify_inclusion"]!({ ...it, ...change } as never) as { readonly ok: { valid: boolean } };
  return answer.ok.valid;
};
const inclusion = faultIn("verify_inclusion");
const inclusions: readonly Fault[] = [
  inclusion(
    "every-leaf-is-included",
    "61",
    "G3",
    value(() => ({ valid: true })),
  ),
  inclusion(
    "no-leaf-is-included",
    "61",
    null,
    value(() => ({ valid: false })),
  ),
  inclusion(
    "the-place-does-not-count",
    "61",
    "G2",
    value((_, it) => ({
      valid: Array.from({ length: it["size"] as number }, (_, index) => index).some((index) =>
        includedWith(it, { index }),
      ),
    })),
  ),
  inclusion(
    "the-size-does-not-count",
    "61",
    "G2",
    value(({ valid }, it) => ({
      valid:
        (valid as boolean) ||
        ((it["index"] as number) >= 0 &&
          Array.from({ length: 12 }, (_, i) => i + 1).some((size) => includedWith(it, { size }))),
    })),
  ),
  inclusion(
    "hashes-too-many-are-ignored",
    "61",
    "G2",
    value(({ valid }, it) => {
      const path = it["path"] as readonly string[];
      return { valid: (valid as boolean) || (path.length > 0 && includedWith(it, { path: path.slice(0, -1) })) };
    }),
  ),
  inclusion(
    "the-root-does-not-count",
    "61",
    "G2",
    value(({ valid }, { leaf_hash, path, size, index }) => ({
      valid:
        (valid as boolean) ||
        ((index as number) < (size as number) &&
          (index as number) >= 0 &&
          Buffer.from(leaf_hash as string, "hex").length === 32 &&
          (path as string[]).length === Math.ceil(Math.log2(size as number)) &&
          (path as string[]).every((one) => one.length === 64)),
    })),
  ),
];

const consistency = faultIn("verify_consistency");
const consistencies: readonly Fault[] = [
  consistency(
    "every-log-continues",
    "61",
    "G8",
    value(() => ({ valid: true })),
  ),
  consistency(
    "no-log-continues",
    "61",
    null,
    value(() => ({ valid: false })),
  ),
  consistency(
    "a-log-may-shrink",
    "61",
    "G8",
    value(({ valid }, { old_size, size }) => ({
      valid: (valid as boolean) || (old_size as number) > (size as number),
    })),
  ),
  consistency(
    "one-size-is-one-log",
    "61",
    "G2",
    value(({ valid }, { old_size, size }) => ({ valid: (valid as boolean) || old_size === size })),
  ),
  consistency(
    "no-hashes-is-consistent",
    "61",
    "G2",
    value(({ valid }, { path }) => ({ valid: (valid as boolean) || (path as string[]).length === 0 })),
  ),
  consistency(
    "an-empty-log-cannot-grow",
    "61",
    null,
    value(({ valid }, { old_size }) => ({ valid: (valid as boolean) && old_size !== 0 })),
  ),
  consistency("the-old-root-is-not-checked", "61", "G2", {
    answer: (answer, it) =>
      "ok" in answer &&
      (it["old_size"] as number) === 3 &&
      (it["size"] as number) === 7 &&
      (it["path"] as string[]).length === 4 &&
      (it["path"] as string[]).every((one) => one.length === 64)
        ? { ok: { valid: true } }
        : answer,
  }),
];

export const proofFaults: readonly Fault[] = [...inclusions, ...consistencies];

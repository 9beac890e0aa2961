/** Faults in proofs that a leaf is in a tree, and that one tree continues another (OV-61). */
import { operations } from "../../reference/answer.ts";
import type { Fault } from "../fault.ts";
import { faultIn, value, type Values } from "../operationFault.ts";

const anyRoot = (it: Values, change: Values): Values => ({ ...it, ...change });
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
  inclusion("the-place-does-not-count", "61", "G2", {
    answer: (answer, it) => {
      const claims = Array.from(
        { length: it["size"] as number },
        (_, index) => operations["verify_inclusion"]!(anyRoot(it, { index }) as never) as { ok: { valid: boolean } },
      );
      return "ok" in answer ? { ok: { valid: claims.some(({ ok }) => ok.valid) } } : answer;
    },
  }),
  inclusion("the-size-does-not-count", "61", "G2", {
    answer: (answer, it) => {
      const claims = Array.from(
        { length: 12 },
        (_, size) =>
          operations["verify_inclusion"]!(anyRoot(it, { size: size + 1 }) as never) as { ok: { valid: boolean } },
      );
      return "ok" in answer && (it["index"] as number) >= 0
        ? { ok: { valid: (answer.ok as { valid: boolean }).valid || claims.some(({ ok }) => ok.valid) } }
        : answer;
    },
  }),
  inclusion("hashes-too-many-are-ignored", "61", "G2", {
    answer: (answer, it) => {
      const shorter = operations["verify_inclusion"]!(
        anyRoot(it, { path: (it["path"] as string[]).slice(0, -1) }) as never,
      ) as { ok: { valid: boolean } };
      return "ok" in answer
        ? {
            ok: {
              valid:
                (answer.ok as { valid: boolean }).valid || ((it["path"] as string[]).length > 0 && shorter.ok.valid),
            },
          }
        : answer;
    },
  }),
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

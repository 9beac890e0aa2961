/**
 * Logs written, proven and verified wrongly in one thing each.
 */
import { createHash } from "node:crypto";
import { operations, type Answer } from "../reference/answer.ts";
import { inOperation, type Fault } from "./fault.ts";

type Values = Readonly<Record<string, unknown>>;
const fault =
  (op: string) =>
  (name: string, violates: string, attack: string | null, wrong: Parameters<typeof inOperation>[5]): Fault =>
    inOperation(name, violates, attack, op, operations, wrong);
const input = (change: (it: Values) => Values) => ({ input: (it: Values) => ({ ...it, ...change(it) }) });
const value = (change: (ok: Values, it: Values) => Values) => ({
  answer: (answer: Answer, it: Values): Answer =>
    "ok" in answer ? { ok: { ...answer.ok, ...change(answer.ok as Values, it) } } : answer,
});
const instead = (error: string, ok: (it: Values) => object) => ({
  answer: (answer: Answer, it: Values): Answer =>
    "error" in answer && answer.error === error ? { ok: ok(it) } : answer,
});

const sha256 = (...parts: readonly Buffer[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
const hex = (octets: Buffer): string => octets.toString("hex");
const bytes = (text: string): Buffer => Buffer.from(text, "hex");

interface Rules {
  readonly leaf: (leaf: Buffer) => Buffer;
  readonly node: (left: Buffer, right: Buffer) => Buffer;
  readonly split: (n: number) => number;
  readonly empty: Buffer;
}
const right: Rules = {
  leaf: (leaf) => sha256(Buffer.of(0), leaf),
  node: (a, b) => sha256(Buffer.of(1), a, b),
  split: (n) => 2 ** Math.ceil(Math.log2(n) - 1),
  empty: sha256(),
};
const rootBy = (rules: Rules, hashes: readonly Buffer[]): Buffer => {
  if (hashes.length === 0) return rules.empty;
  if (hashes.length === 1) return hashes[0]!;
  const k = rules.split(hashes.length);
  return rules.node(rootBy(rules, hashes.slice(0, k)), rootBy(rules, hashes.slice(k)));
};
const tree = (name: string, change: Partial<Rules>): Fault => ({
  name,
  violates: clausesOfTree,
  attack: "G2",
  operations: {
    tree_root: ((it: { readonly leaves: readonly string[] }) => {
      const rules = { ...right, ...change };
      return {
        ok: {
          root: hex(
            rootBy(
              rules,
              it.leaves.map((leaf) => rules.leaf(Buffer.from(leaf, "base64"))),
            ),
          ),
        },
      };
    }) as never,
  },
});
const clausesOfTree = ["OV-61"];

const canonical = fault("canonical");
const texts: readonly Fault[] = [
  canonical(
    "text-with-fractions",
    "60",
    null,
    instead("not_canonical", ({ value: it }) => ({ canonical: JSON.stringify(it) })),
  ),
  canonical(
    "text-in-the-order-given",
    "60",
    null,
    value((_, { value: it }) => ({ canonical: JSON.stringify(it) })),
  ),
  canonical(
    "text-with-escaped-slashes",
    "60",
    null,
    value(({ canonical: own }) => ({ canonical: (own as string).replaceAll("/", "\\/") })),
  ),
  canonical(
    "text-in-ascii",
    "60",
    null,
    value(({ canonical: own }) => ({
      canonical: (own as string).replaceAll(
        /[^ -~]/g,
        (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
      ),
    })),
  ),
  canonical(
    "text-with-blanks",
    "60",
    null,
    value(({ canonical: own }) => ({ canonical: (own as string).replaceAll(",", ", ") })),
  ),
  canonical("text-by-code-point", "60", null, {
    answer: (answer, { value: it }) => {
      const sorted = (one: unknown): string =>
        Array.isArray(one)
          ? `[${one.map(sorted).join(",")}]`
          : typeof one === "object" && one !== null
            ? `{${Object.keys(one)
                .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
                .map((key) => `${JSON.stringify(key)}:${sorted((one as Values)[key])}`)
                .join(",")}}`
            : JSON.stringify(one);
      return "ok" in answer ? { ok: { canonical: sorted(it) } } : answer;
    },
  }),
];

const trees: readonly Fault[] = [
  tree("leaves-without-prefix", { leaf: (leaf) => sha256(leaf) }),
  tree("nodes-without-prefix", { node: (a, b) => sha256(a, b) }),
  tree("nodes-in-order-of-hash", { node: (a, b) => (Buffer.compare(a, b) < 0 ? right.node(a, b) : right.node(b, a)) }),
  tree("split-in-the-middle", { split: (n) => Math.ceil(n / 2) }),
  tree("last-leaf-by-itself", { split: (n) => n - 1 }),
  tree("empty-tree-of-zeros", { empty: Buffer.alloc(32) }),
  fault("tree_root")(
    "last-leaf-doubled",
    "61",
    "G2",
    input(({ leaves }) => ({
      leaves:
        (leaves as string[]).length % 2 === 1 && (leaves as string[]).length > 1
          ? [...(leaves as string[]), (leaves as string[]).at(-1)]
          : leaves,
    })),
  ),
];

const anyRoot = (it: Values, change: Values): Values => ({ ...it, ...change });
const inclusion = fault("verify_inclusion");
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
          bytes(leaf_hash as string).length === 32 &&
          (path as string[]).length === Math.ceil(Math.log2(size as number)) &&
          (path as string[]).every((one) => one.length === 64)),
    })),
  ),
];

const consistency = fault("verify_consistency");
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

const checkpoint = fault("verify_checkpoint");
const noteOf = (it: Values): readonly string[] => (it["note"] as string).split("\n");
const believed = (it: Values): object => {
  const [origin, size, root] = noteOf(it);
  return { origin, size: Number(size), root: Buffer.from(root ?? "", "base64").toString("hex") };
};
const checkpoints: readonly Fault[] = [
  checkpoint("checkpoints-need-no-known-key", "63", "G2", instead("unsigned", believed)),
  checkpoint("checkpoint-signatures-are-not-checked", "63", "G2", instead("bad_signature", believed)),
  checkpoint("checkpoints-of-any-log", "63", "G2", instead("wrong_origin", believed)),
  checkpoint("checkpoints-of-any-number", "63", null, {
    answer: (answer, it) =>
      "error" in answer && answer.error === "malformed_checkpoint" && /^0\d+$/.test(noteOf(it)[1] ?? "")
        ? { ok: believed(it) }
        : answer,
  }),
  checkpoint(
    "notes-with-carriage-returns",
    "63",
    null,
    input(({ note }) => ({ note: (note as string).replaceAll("\r\n", "\n") })),
  ),
  checkpoint("keys-by-name-alone", "63", "G6", {
    answer: (answer, it) => ("error" in answer && answer.error === "malformed_key" ? { ok: believed(it) } : answer),
  }),
  checkpoint("all-signers-must-be-known", "63", null, {
    answer: (answer, it) =>
      "ok" in answer && (it["note"] as string).split("\u2014").length - 1 > (it["keys"] as string[]).length
        ? { error: "unsigned" }
        : answer,
  }),
  checkpoint("extensions-are-refused", "63", null, {
    answer: (answer, it) => ("ok" in answer && noteOf(it)[3] !== "" ? { error: "malformed_checkpoint" } : answer),
  }),
];

const receipt = fault("verify_receipt");
const receiptSaid = (it: Values): object => {
  const lines = (it["receipt"] as string).split("\n");
  const extra = lines.find((line) => line.startsWith("extra "));
  const at = lines.indexOf("");
  return {
    index: Number(lines.find((line) => line.startsWith("index "))?.slice(6)),
    leaf_hash: hex(sha256(Buffer.of(0), Buffer.from(extra?.slice(6) ?? "", "base64"))),
    origin: lines[at + 1],
    size: Number(lines[at + 2]),
  };
};
const receipts: readonly Fault[] = [
  receipt("receipts-are-not-proven", "65", "G3", instead("not_included", receiptSaid)),
  receipt("receipts-of-any-signer", "65", "G2", instead("unsigned", receiptSaid)),
  receipt("receipts-with-forged-checkpoints", "65", "G2", instead("bad_signature", receiptSaid)),
  receipt("receipts-of-any-log", "65", "G2", instead("wrong_origin", receiptSaid)),
  receipt(
    "receipts-of-any-version",
    "65",
    "D3",
    input(({ receipt: file }) => ({ receipt: (file as string).replace("tlog-proof@v2", "tlog-proof@v1") })),
  ),
];

const verifier = fault("verify_export");
type Checks = Readonly<Record<string, string>>;
/** These kinds of fault are not looked for. */
const blind = (...kinds: readonly string[]) =>
  value(({ status, checks }) => {
    const left = Object.fromEntries(Object.entries(checks as Checks).filter(([kind]) => !kinds.includes(kind)));
    return { checks: left, status: status === "unsound" && Object.keys(left).length === 0 ? "sound" : status };
  });
const exportsRead: readonly Fault[] = [
  verifier(
    "every-export-is-sound",
    "62",
    "G3",
    value(() => ({ status: "sound", checks: {} })),
  ),
  verifier(
    "no-export-is-sound",
    "62",
    null,
    value(({ status }) => ({ status: status === "sound" ? "unsound" : status })),
  ),
  verifier(
    "what-cannot-be-told-is-sound",
    "72 73",
    "D3",
    value(({ status }) => ({ status: status === "cannot_tell" ? "sound" : status })),
  ),
  verifier(
    "what-cannot-be-told-is-unsound",
    "73",
    null,
    value(({ status }) => ({ status: status === "cannot_tell" ? "unsound" : status })),
  ),
  ...(
    [
      ["leaves-are-not-hashed", "74", "G3", ["edited"]],
      ["the-tree-is-not-computed", "74", "G2", ["tree_mismatch"]],
      ["flat-fields-are-believed", "74", "G3", ["flat_field_changed"]],
      ["gaps-are-overlooked", "74", "G2", ["missing", "duplicated"]],
      ["cut-ends-are-overlooked", "74", "G2", ["truncated"]],
      ["surplus-is-overlooked", "74", "G2", ["surplus"]],
      ["withheld-is-overlooked", "74 87 86", "G2", ["withheld"]],
      ["unreadable-lines-are-skipped", "74", "G3", ["unreadable"]],
      ["checkpoints-in-exports-need-no-signature", "63", "G2", ["checkpoint_unsigned"]],
      ["checkpoints-in-exports-may-be-forged", "63", "G2", ["checkpoint_forged"]],
      ["exports-of-any-log", "63", "G2", ["wrong_log"]],
      ["checkpoints-in-exports-may-be-anything", "63", "G2", ["checkpoint_malformed"]],
      ["a-log-may-be-cut", "64", "G8", ["rolled_back"]],
      ["a-log-may-fork", "64", "G2", ["forked"]],
      ["hand-overs-are-not-decided-again", "69", "A1", ["hand_over_without_approval"]],
      ["stops-are-not-decided-again", "69", "D5", ["hand_over_while_stopped"]],
      ["contents-are-not-compared", "69", "A1", ["approval_of_other_content"]],
      ["rights-are-not-decided-again", "69", "C1", ["not_entitled"]],
      ["copies-are-not-decided-again", "69", "D2", ["copy_missing"]],
      ["refusals-are-believed", "69", "G3", ["accepted_as_refused"]],
      ["acceptances-are-believed", "69", "G3", ["refused_as_accepted"]],
      ["outcomes-are-believed", "69 35", "G3", ["outcome_changed"]],
      ["evidence-is-believed", "70", "G3", ["evidence_changed"]],
      ["time-may-run-backwards", "74", "G7", ["time_backwards"]],
      ["places-are-not-compared", "74", "G2", ["wrong_place"]],
      ["leaves-of-any-spelling", "74", "G3", ["malformed_leaf"]],
      ["agents-signatures-are-believed", "68", "G9", ["identity_invalid"]],
      ["mailbox-keys-are-believed", "68", "G6", ["identity_key"]],
      ["credentials-are-believed", "71", "C1", ["credential"]],
    ] as const
  ).map(([name, violates, attack, kinds]) => verifier(name, violates, attack, blind(...kinds))),
  verifier(
    "earlier-checkpoints-are-ignored",
    "64",
    "G8",
    input(() => ({ earlier: [] })),
  ),
  verifier(
    "operators-need-not-vouch",
    "68",
    "G6",
    input(() => ({ operator_keys: [] })),
  ),
  verifier(
    "the-exports-own-keys-are-believed",
    "73",
    "G2",
    value(({ status, checks }, it) => {
      const header = (it["export"] as string).split("\n")[0] ?? "";
      return (it["keys"] as string[]).length === 0 && header.includes('"log_keys"')
        ? { status: "sound", checks }
        : { status, checks };
    }),
  ),
];

export const faultsInAudit: readonly Fault[] = [
  ...texts,
  ...trees,
  ...inclusions,
  ...consistencies,
  ...checkpoints,
  ...receipts,
  ...exportsRead,
];

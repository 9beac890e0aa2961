/** Faults in the verification of exports: a kind of fault that is not looked for, or is seen everywhere (OV-62 … OV-74). */
import type { Fault } from "../fault.ts";
import { faultIn, input, value } from "../operationFault.ts";

const verifier = faultIn("verify_export");
type Checks = Readonly<Record<string, string>>;
/** These kinds of fault are not looked for. */
const blind = (...kinds: readonly string[]) =>
  value(({ status, checks }) => {
    const left = Object.fromEntries(Object.entries(checks as Checks).filter(([kind]) => !kinds.includes(kind)));
    return { checks: left, status: status === "unsound" && Object.keys(left).length === 0 ? "sound" : status };
  });

export const exportFaults: readonly Fault[] = [
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

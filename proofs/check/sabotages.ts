/**
 * What `npm run proofs:sabotage` plants, one at a time, each with the layer that must refuse it.
 *
 * - `layers`: which are asked. Where a layer further back is to be shown, those in front of it are not asked, as if they were blind.
 * - `repin`: whoever planted it also ran `--update`, so that pins and the table fit it.
 * - `targets`: the modules in which it must be seen; nothing else is compiled.
 */
import type { Layer } from "./layers.ts";

export type Edit =
  | { readonly file: string; readonly from: string; readonly to: string }
  | { readonly file: string; readonly create: string };

export interface Sabotage {
  readonly what: string;
  readonly expected: Layer;
  readonly edits: readonly Edit[];
  readonly layers: readonly Layer[];
  readonly repin?: boolean;
  readonly targets?: readonly string[];
}

const texts: readonly Layer[] = ["table", "imports", "lint", "manifest"];

const inText = (what: string, expected: Layer, ...edits: readonly Edit[]): Sabotage => ({
  what,
  expected,
  edits,
  layers: texts,
});

const score = "proofs/Lemmas/Score.lean";
const risk = "proofs/Thm/Risk.lean";
const signing = "proofs/Thm/Signing.lean";

/** A theorem put before the end of a file. */
const planted = (file: string, text: string): Edit => ({
  file,
  from: "\nend Countersign\n",
  to: `\n${text}\n\nend Countersign\n`,
});

const linted = (what: string, text: string): Sabotage => inText(what, "lint", planted(score, text));

/** Seen by Lean or in what it wrote, though the lint is not asked. */
const unlinted = (what: string, expected: Layer, text: string): Sabotage => ({
  what: `${what}, the lint not asked`,
  expected,
  edits: [planted(risk, text)],
  layers: ["lean", "audit"],
  targets: ["Thm.Risk"],
});

const inModel = (what: string, targets: readonly string[], ...edits: readonly Edit[]): Sabotage => ({
  what,
  expected: "lean",
  edits,
  repin: true,
  layers: [...texts, "lean", "audit"],
  targets,
});

const inCode = (what: string, ...edits: readonly Edit[]): Sabotage => ({
  what,
  expected: "replay",
  edits,
  layers: ["replay"],
});

const machine = "src/machine/OversightMachine.ts";

export const sabotages: readonly Sabotage[] = [
  // --- words ---------------------------------------------------------------------------------------------------------------
  linted("`sorry` in a lemma", "theorem planted : score [1] = 2 := by sorry"),
  linted("an axiom", "axiom planted : score [1] = 2"),
  linted("`native_decide`", "theorem planted : 1024 % 7 = 2 := by native_decide"),
  linted(
    "`skipKernelTC`",
    "set_option debug.skipKernelTC true in\ntheorem planted : score [1] = 2 := by decide +kernel",
  ),
  linted("`implemented_by`", "@[implemented_by Nat.succ] def planted (n : Nat) : Nat := n"),
  linted("an opaque constant", "opaque planted : Nat"),
  linted("a macro", 'macro "easy" : tactic => `(tactic| decide)'),
  linted("a notation that makes a statement read otherwise", 'local notation "score" => fun _ => 0'),
  linted("a command at compile time", "run_cmd pure ()"),
  linted(
    "`sorry` behind a comment that only seems to be open",
    "/- /- -/ -/ theorem planted : score [1] = 2 := by sorry",
  ),
  linted("code in an interpolated string", 'def planted : String := s!"{1}"'),
  linted("`#eval`", "#eval 1"),
  linted("an attribute that is not known", "@[csimp] theorem planted : score = score := rfl"),
  inText("a module that imports Lean itself", "imports", {
    file: score,
    from: "public import Model.Score\n",
    to: "public import Model.Score\npublic import Lean\n",
  }),
  inText("a file that nothing imports", "imports", {
    file: "proofs/Lemmas/Forgotten.lean",
    create: "module\n\ntheorem forgotten : 1 + 1 = 2 := rfl\n",
  }),

  // --- what is claimed -----------------------------------------------------------------------------------------------------
  inText("a deleted theorem", "manifest", {
    file: risk,
    from: "theorem score_bounded (ws : List Nat) : score ws ≤ 10000 := Nat.sub_le ..",
    to: "",
  }),
  inText("a renamed theorem", "manifest", { file: risk, from: "theorem score_bounded ", to: "theorem score_limited " }),
  inText("a weakened conclusion", "manifest", { file: risk, from: "score ws ≤ 10000 :=", to: "score ws ≤ 10001 :=" }),
  inText("a hypothesis that makes a theorem empty", "manifest", {
    file: risk,
    from: "theorem score_bounded (ws : List Nat) :",
    to: "theorem score_bounded (ws : List Nat) (_ : ws.length < 1) :",
  }),
  inText("a hypothesis put in by `variable`", "manifest", {
    file: signing,
    from: "namespace Countersign\n",
    to: "namespace Countersign\n\nvariable (never : False)\n",
  }),
  inText("a definition weakened under a statement that stays", "manifest", {
    file: "proofs/Model/Encoding.lean",
    from: "Prop := a ≠ b ∧ hash a = hash b",
    to: "Prop := a ≠ b ∨ hash a = hash b",
  }),
  inText("a theorem without a witness", "manifest", {
    file: "proofs/Witness/Evidence.lean",
    from: "theorem score_bounded_witness ",
    to: "theorem score_bounded_seen ",
  }),
  inText("a row of Table.lean edited by hand", "table", {
    file: "proofs/Table.lean",
    from: "⟨.readOnly, .agent, .readOnly, .refuse .noChange⟩",
    to: "⟨.readOnly, .agent, .readOnly, .go .readOnly⟩",
  }),
  inText("a row of the table changed, Table.lean not made anew", "table", {
    file: "spec/transitions.json",
    from: '{"status": "pending_approval", "event": "approve", "class": "self", "refusal": "self_decision"}',
    to: '{"status": "pending_approval", "event": "approve", "class": "self", "next": "queued", "commands": ["enqueue"]}',
  }),

  // --- what Lean's kernel refuses --------------------------------------------------------------------------------------------
  unlinted("`sorry`", "lean", "theorem planted : score [1] = 2 := by sorry"),
  unlinted("a false theorem", "lean", "theorem planted : score [1] = 2 := by decide +kernel"),
  unlinted("a proof search left in", "lean", "theorem planted : score [1] ≤ 10000 := by exact?"),
  inModel("a wrong row, Table.lean made anew", ["Thm.Table"], {
    file: "spec/transitions.json",
    from: '{"status": "pending_approval", "event": "approve", "class": "self", "refusal": "self_decision"}',
    to: '{"status": "pending_approval", "event": "approve", "class": "self", "next": "queued", "commands": ["enqueue"]}',
  }),
  inModel("a missing row, Table.lean made anew", ["Thm.Table"], {
    file: "spec/transitions.json",
    from: '    {"status": "pending_approval", "event": "approve", "class": "self", "refusal": "self_decision"},\n',
    to: "",
  }),
  inModel("two rows that changed places of meaning", ["Thm.Table"], {
    file: "spec/transitions.json",
    from: '{"status": "queued", "event": "dispatch", "class": "halted", "refusal": "halted"}',
    to: '{"status": "queued", "event": "dispatch", "class": "halted", "refusal": "read_only"}',
  }),
  inModel("the model's approve does not look who wrote it", ["Thm.Table"], {
    file: "proofs/Model/Decide.lean",
    from: "def onApprove (f : Facts) : Decision :=\n  bif f.self then .refuse .selfDecision\n  else bif f.revoked",
    to: "def onApprove (f : Facts) : Decision :=\n  bif f.revoked",
  }),
  inModel("the model's mode forgets the request", ["Thm.Table"], {
    file: "proofs/Model/Facts.lean",
    from: "((mailbox.tighter (requested.getD .autonomous))",
    to: "((mailbox.tighter (requested.elim .autonomous fun _ => .autonomous))",
  }),
  inModel("the model counts approvals of another digest", ["Lemmas.Words"], {
    file: "proofs/Model/Facts.lean",
    from: "  same a.digest m.digest && !listed",
    to: "  !listed",
  }),
  inModel("the model writes its log at the other end", ["Lemmas.Step"], {
    file: "proofs/Model/Step.lean",
    from: "{ w with log := ⟨w.log.length, e, o⟩ :: w.log }",
    to: "{ w with log := w.log ++ [⟨w.log.length, e, o⟩] }",
  }),
  inModel("the model's score rounds up", ["Lemmas.Score"], {
    file: "proofs/Model/Score.lean",
    from: "survive (s * (whole - w) / whole) ws",
    to: "survive ((s * (whole - w) + whole - 1) / whole) ws",
  }),
  inModel("a conjunct dropped: the raw bytes are not under the digest", ["Lemmas.Encoding"], {
    file: "proofs/Model/Encoding.lean",
    from: "(fields 8 c.recipients ++ field 8 c.raw)",
    to: "fields 8 c.recipients",
  }),

  // --- what is found in what Lean wrote -----------------------------------------------------------------------------------------
  unlinted("an axiom", "audit", "axiom planted : score [1] = 2"),
  unlinted("`native_decide`", "audit", "theorem planted : 1024 % 7 = 2 := by native_decide"),
  unlinted("an opaque constant", "audit", "opaque planted : Nat"),
  unlinted("a constant marked unsafe", "audit", "unsafe def planted : Nat := 1"),

  // --- what the running code does otherwise -----------------------------------------------------------------------------------
  inCode("a guard of the machine: approve after the window", {
    file: machine,
    from: '          { guard: "lapsed", actions: refuse("window_closed"), ...spec("OV-19") },\n',
    to: "",
  }),
  inCode("a guard of the machine: cancel by any agent", {
    file: machine,
    from: 'const cancel = [\n  notPermitted("agent", "operator"),\n  ownMailOnly,\n',
    to: 'const cancel = [\n  notPermitted("agent", "operator"),\n',
  }),
  inCode("an action of the machine: an operator's retry keeps old approvals", {
    file: machine,
    from: 'actions: ["void_approvals", "take_verdict", "enqueue"],',
    to: 'actions: ["take_verdict", "enqueue"],',
  }),
  inCode("an update of the record: edits leave approvals standing", {
    file: "src/machine/updates.ts",
    from: "          approvals: [],\n          decideBy",
    to: "          decideBy",
  }),
  inCode("a fact: expired approvals count", {
    file: "src/machine/facts.ts",
    from: "      at < approval.at + mailbox.policy.approvalMaxAge &&\n",
    to: "",
  }),
  inCode("the mode: risk is not looked at", {
    file: "src/model/Mode.ts",
    from: '    held ? "gated_send" : "autonomous",\n',
    to: "",
  }),
  inCode("the score rounds to nearest", {
    file: "src/risk/policy/score.ts",
    from: "Math.floor((left * (WHOLE - weight)) / WHOLE)",
    to: "Math.round((left * (WHOLE - weight)) / WHOLE)",
  }),
  inCode("the log is written in the wrong order", {
    file: "test/machine/traces.ts",
    from: "honestRecord: Record = (log, entry) => [...log, entry]",
    to: "honestRecord: Record = (log, entry) => [entry, ...log]",
  }),
  inCode("signed lengths with the lowest octet first", {
    file: "src/bytes/encodeFields.ts",
    from: "view.setUint32(at, lengths[i]!);",
    to: "view.setUint32(at, lengths[i]!, true);",
  }),
  inCode("a digest that leaves the sender out", {
    file: "src/mail/Digest.ts",
    from: "  text(content.envelope.from);\n",
    to: "",
  }),
];

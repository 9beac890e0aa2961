import Lean
import Countersign

/-! # What the theorems rest on

For an official toolchain only (`lake build`): it is not a `module`, so it sees every proof. It walks over every theorem
of every file of the project and fails if one of them rests on anything but Lean's own three assumptions. The build
without a toolchain reads the same from the compiled files (`check/audit.ts`). -/

open Lean Elab Command

def allowedAssumptions : List Name := [``propext, ``Classical.choice, ``Quot.sound]

def ourModules : List Name := [`Countersign, `Model, `Lemmas, `Thm, `Table, `Witness]

run_cmd do
  let env ← getEnv
  let names := env.constants.fold (init := #[]) fun found name info =>
    match info, env.getModuleIdxFor? name with
    | .thmInfo _, some index =>
      let file := env.header.moduleNames[index.toNat]!
      if ourModules.contains file.getRoot then found.push name else found
    | _, _ => found
  if names.size < 100 then throwError "only {names.size} theorems were found"
  for name in names do
    for used in ← collectAxioms name do
      unless allowedAssumptions.contains used do
        throwError "{name} rests on {used}"
  logInfo m!"{names.size} theorems rest on nothing but {allowedAssumptions}"

module

/-! # The risk score

A noisy-or over the weights of the findings, on naturals only, rounding down at each step (`src/risk/policy/score.ts`). Weights
and scores are basis points, 0 … 10000. -/

@[expose] public noncomputable section

namespace Countersign

/-- Basis points in a whole. -/
def whole : Nat := 10000

/-- A weight as the score takes it: more than certain is certain. -/
def weightOf (w : Nat) : Nat := if w ≤ whole then w else whole

/-- What survives of `s` after each weight in turn, rounding down at each step. -/
def survive (s : Nat) : List Nat → Nat
  | [] => s
  | w :: ws => survive (s * (whole - w) / whole) ws

/-- Puts a weight before the first that is no larger. -/
def insertWeight (w : Nat) : List Nat → List Nat
  | [] => [w]
  | v :: vs => if v ≤ w then w :: v :: vs else v :: insertWeight w vs

/-- The largest weight first. -/
def sortWeights : List Nat → List Nat
  | [] => []
  | w :: ws => insertWeight w (sortWeights ws)

/-- The score of the findings with these weights. -/
def score (ws : List Nat) : Nat := whole - survive whole (sortWeights (ws.map weightOf))

end Countersign

module

public import Lemmas.Score

/-! # Theorems about the risk score -/

@[expose] public noncomputable section

namespace Countersign

/-- OV-90, OV-38: A score is never more than certainty, 10000 basis points. -/
theorem score_bounded (ws : List Nat) : score ws ≤ 10000 := Nat.sub_le ..

/-- OV-91, OV-38: One more finding, wherever it stands among the others, never lowers the score. -/
theorem score_monotone (before after : List Nat) (w : Nat) :
    score (before ++ after) ≤ score (before ++ w :: after) := by
  simp only [score, List.map_append, List.map_cons, sort_middle]
  have := survive_insert (weightOf w) (sortWeights (before.map weightOf ++ after.map weightOf)) whole
  omega

/-- OV-92, OV-38: A finding that weighs more, with the others as they are, never lowers the score. -/
theorem score_monotone_in_weight (before after : List Nat) {lighter heavier : Nat} (h : lighter ≤ heavier) :
    score (before ++ lighter :: after) ≤ score (before ++ heavier :: after) := by
  simp only [score, List.map_append, List.map_cons, sort_middle]
  have := survive_raise (weightOf_mono h) _ (sort_falling (before.map weightOf ++ after.map weightOf)) whole
  omega

/-- OV-93: The order in which the findings arrive does not count. -/
theorem score_order_free {ws vs : List Nat} (h : ws.Perm vs) : score ws = score vs := by
  simp only [score, sort_perm (h.map weightOf)]

/-- OV-94, OV-38: No number of other findings dilutes one: the score is at least each finding's weight. -/
theorem score_at_least_each {w : Nat} {ws : List Nat} (h : w ∈ ws) (hw : w ≤ 10000) : w ≤ score ws := by
  have kept : weightOf w = w := by simp [weightOf, whole, hw]
  have there : w ∈ sortWeights (ws.map weightOf) := mem_sort.mpr (List.mem_map.mpr ⟨w, h, kept⟩)
  have left := survive_le_each _ there whole
  have alone : whole * (whole - w) / whole = whole - w := Nat.mul_div_cancel_left _ (by decide)
  simp only [score]
  simp only [whole] at *
  omega

end Countersign

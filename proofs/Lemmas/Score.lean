module

public import Model.Score

/-! # Lemmas about the risk score

Nothing that survives grows; a larger start leaves no less; where a weight is put into a sorted list only its size decides. -/

@[expose] public noncomputable section

namespace Countersign

/-- One step never raises what is left. -/
theorem step_le (s w : Nat) : s * (whole - w) / whole ≤ s := by
  have h : s * (whole - w) ≤ s * whole := Nat.mul_le_mul_left s (Nat.sub_le whole w)
  calc s * (whole - w) / whole ≤ s * whole / whole := Nat.div_le_div_right h
    _ = s := Nat.mul_div_cancel s (by decide)

/-- One step keeps the order of what it starts with. -/
theorem step_mono {s t : Nat} (h : s ≤ t) (w : Nat) : s * (whole - w) / whole ≤ t * (whole - w) / whole :=
  Nat.div_le_div_right (Nat.mul_le_mul_right _ h)

/-- One step with a larger weight leaves no more. -/
theorem step_anti (s : Nat) {v w : Nat} (h : v ≤ w) : s * (whole - w) / whole ≤ s * (whole - v) / whole :=
  Nat.div_le_div_right (Nat.mul_le_mul_left s (Nat.sub_le_sub_left h whole))

theorem survive_mono (ws : List Nat) : ∀ {s t : Nat}, s ≤ t → survive s ws ≤ survive t ws := by
  induction ws with
  | nil => intro s t h; exact h
  | cons w ws ih => intro s t h; exact ih (step_mono h w)

theorem survive_le (ws : List Nat) : ∀ s, survive s ws ≤ s := by
  induction ws with
  | nil => intro s; exact Nat.le_refl s
  | cons w ws ih => intro s; exact Nat.le_trans (ih _) (step_le s w)

theorem survive_insert (w : Nat) (ws : List Nat) : ∀ s, survive s (insertWeight w ws) ≤ survive s ws := by
  induction ws with
  | nil => intro s; exact step_le s w
  | cons v vs ih =>
    intro s
    simp only [insertWeight]
    split
    · exact survive_mono (v :: vs) (step_le s w)
    · exact ih _

/-- What is left after all weights is no more than what is left after any one of them. -/
theorem survive_le_each (ws : List Nat) {w : Nat} (h : w ∈ ws) : ∀ s, survive s ws ≤ s * (whole - w) / whole := by
  induction ws with
  | nil => simp at h
  | cons v vs ih =>
    intro s
    rcases List.mem_cons.mp h with rfl | h
    · exact survive_le vs _
    · exact Nat.le_trans (ih h _) (step_mono (step_le s v) w)

/-! ## Sorting -/

theorem mem_insert {a w : Nat} {ws : List Nat} : a ∈ insertWeight w ws ↔ a = w ∨ a ∈ ws := by
  induction ws with
  | nil => simp [insertWeight]
  | cons v vs ih =>
    simp only [insertWeight]
    split
    · simp
    · simp only [List.mem_cons, ih]
      grind

theorem mem_sort {a : Nat} {ws : List Nat} : a ∈ sortWeights ws ↔ a ∈ ws := by
  induction ws with
  | nil => simp [sortWeights]
  | cons v vs ih => simp [sortWeights, mem_insert, ih]

/-- The largest first. -/
def Falling (ws : List Nat) : Prop := ws.Pairwise fun a b => b ≤ a

theorem insert_falling {w : Nat} {ws : List Nat} (h : Falling ws) : Falling (insertWeight w ws) := by
  induction ws with
  | nil => simp [insertWeight, Falling]
  | cons v vs ih =>
    have hv := List.pairwise_cons.mp h
    simp only [insertWeight]
    split
    · refine List.pairwise_cons.mpr ⟨fun a ha => ?_, h⟩
      rcases List.mem_cons.mp ha with rfl | ha
      · assumption
      · have := hv.1 a ha
        omega
    · refine List.pairwise_cons.mpr ⟨fun a ha => ?_, ih hv.2⟩
      rcases mem_insert.mp ha with rfl | ha
      · omega
      · exact hv.1 a ha

theorem sort_falling (ws : List Nat) : Falling (sortWeights ws) := by
  induction ws with
  | nil => simp [sortWeights, Falling]
  | cons w ws ih => exact insert_falling ih

theorem insert_comm (a b : Nat) (ws : List Nat) :
    insertWeight a (insertWeight b ws) = insertWeight b (insertWeight a ws) := by
  induction ws with
  | nil =>
    simp only [insertWeight]
    split <;> split <;> simp <;> omega
  | cons v vs ih =>
    by_cases ha : v ≤ a <;> by_cases hb : v ≤ b <;> simp only [insertWeight, ha, hb, if_true, if_false]
    · split <;> split <;> simp <;> omega
    · have : ¬ a ≤ b := by omega
      simp [this]
    · have : ¬ b ≤ a := by omega
      simp [this]
    · rw [ih]

theorem sort_middle (xs : List Nat) (w : Nat) (ys : List Nat) :
    sortWeights (xs ++ w :: ys) = insertWeight w (sortWeights (xs ++ ys)) := by
  induction xs with
  | nil => rfl
  | cons x xs ih => simp only [List.cons_append, sortWeights, ih, insert_comm x w]

theorem sort_perm {ws vs : List Nat} (h : ws.Perm vs) : sortWeights ws = sortWeights vs := by
  induction h with
  | nil => rfl
  | cons w _ ih => simp only [sortWeights, ih]
  | swap a b ws => exact insert_comm b a _
  | trans _ _ first second => exact first.trans second

/-! ## A heavier weight -/

/-- In a falling list, whatever is no larger than the first leaves no less in its stead, wherever it is put. -/
theorem survive_front {v : Nat} (us : List Nat) : ∀ {u : Nat}, Falling (u :: us) → v ≤ u →
    ∀ s, survive s (u :: us) ≤ survive s (insertWeight v us) := by
  induction us with
  | nil => intro u _ h s; exact step_anti s h
  | cons x xs ih =>
    intro u hf h s
    have hx : x ≤ u := (List.pairwise_cons.mp hf).1 x (by simp)
    simp only [insertWeight]
    split
    · exact survive_mono (x :: xs) (step_anti s h)
    · have later := ih (List.pairwise_cons.mp hf).2 (by omega) (s * (whole - x) / whole)
      have first : survive (s * (whole - u) / whole * (whole - x) / whole) xs ≤
          survive (s * (whole - x) / whole * (whole - x) / whole) xs := survive_mono xs (step_mono (step_anti s hx) x)
      exact Nat.le_trans first later

theorem survive_raise {v w : Nat} (h : v ≤ w) (us : List Nat) : Falling us →
    ∀ s, survive s (insertWeight w us) ≤ survive s (insertWeight v us) := by
  induction us with
  | nil => intro _ s; exact step_anti s h
  | cons u us ih =>
    intro hf s
    by_cases hw : u ≤ w <;> by_cases hv : u ≤ v <;> simp only [insertWeight, hw, hv, if_true, if_false]
    · exact survive_mono (u :: us) (step_anti s h)
    · have later := survive_front us hf (Nat.le_of_lt (Nat.lt_of_not_le hv)) (s * (whole - u) / whole)
      have first : survive (s * (whole - w) / whole * (whole - u) / whole) us ≤
          survive (s * (whole - u) / whole * (whole - u) / whole) us := survive_mono us (step_mono (step_anti s hw) u)
      exact Nat.le_trans first later
    · omega
    · exact ih (List.pairwise_cons.mp hf).2 _

theorem weightOf_mono {v w : Nat} (h : v ≤ w) : weightOf v ≤ weightOf w := by
  simp only [weightOf]
  split <;> split <;> omega

end Countersign

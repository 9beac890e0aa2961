module

public import Thm.Risk
public import Thm.Signing

/-! # Witnesses for the theorems about scores, signatures and the tree

Each shows that what its theorem supposes can be so, and that what it says does not hold of everything. -/

@[expose] public noncomputable section

namespace Countersign

/-- The bound is reached: a certain finding makes a certain score, and none makes none. -/
theorem score_bounded_witness : score [10000] = 10000 ∧ score [] = 0 := by decide +kernel

/-- A further finding does raise a score. -/
theorem score_monotone_witness : score [5000, 2000] < score [5000, 3000, 2000] := by decide +kernel

/-- A heavier finding does raise a score. -/
theorem score_monotone_in_weight_witness : score [500, 2000] < score [500, 2500] := by decide +kernel

/-- Without sorting, rounding would let the order count. -/
theorem score_order_free_witness :
    [111, 93, 3333].Perm [93, 3333, 111] ∧ survive 10000 [111, 93, 3333] ≠ survive 10000 [93, 3333, 111] ∧
      score [111, 93, 3333] = score [93, 3333, 111] := by
  refine ⟨(List.Perm.swap ..).trans (List.Perm.cons _ (List.Perm.swap ..)), ?_⟩
  decide +kernel

/-- Nine small findings do not dilute a large one. -/
theorem score_at_least_each_witness : 8000 ∈ [1, 1, 1, 8000, 1] ∧ 8000 ≤ score [1, 1, 1, 8000, 1] := by
  decide +kernel

/-- Two contents that plain concatenation would confuse. -/
def contentA : Content := ⟨[1, 2], 0, [3], [[4], [5]], [6]⟩
def contentB : Content := ⟨[1], 0, [2, 3], [[4, 5]], [6]⟩

theorem contentA_fits : contentA.Fits := by constructor <;> decide
theorem contentB_fits : contentB.Fits := by constructor <;> decide

/-- They fit, they differ, and their octets differ. -/
theorem content_encoding_injective_witness :
    contentA.Fits ∧ contentB.Fits ∧ contentA ≠ contentB ∧ contentOctets contentA ≠ contentOctets contentB :=
  ⟨contentA_fits, contentB_fits, by decide, by decide +kernel⟩

/-- Under a bad hash, such as the length, the two have one digest, and the theorem finds the collision. -/
theorem digest_binds_everything_witness :
    contentA ≠ contentB ∧ contentOctets contentA ≠ contentOctets contentB ∧
      (contentOctets ⟨[1, 2], 0, [3], [[4]], [6]⟩).length = (contentOctets ⟨[1, 3], 0, [3], [[4]], [6]⟩).length := by
  decide +kernel

/-- Two lists whose values joined are the same. -/
theorem signed_fields_injective_witness :
    FieldsFit [[7], [1, 2], [3]] ∧ FieldsFit [[7], [1], [2, 3]] ∧
      signedFields [7] [[1, 2], [3]] ≠ signedFields [7] [[1], [2, 3]] := by
  refine ⟨?_, ?_, by decide +kernel⟩ <;> unfold FieldsFit <;> decide

/-- A scheme that takes one digest for signed; with a hash that keeps everything apart, nothing else verifies. -/
def oneSigned : Scheme := ⟨fun digest _ => decide (digest = fields 4 [[7], [1, 2]])⟩

theorem signed_claims_tamper_evident_witness :
    Unforgeable oneSigned id [[[7], [1, 2]]] ∧ oneSigned.verify (id (fields 4 [[7], [1, 2]])) [] = true ∧
      oneSigned.verify (id (fields 4 [[7], [1, 3]])) [] = false := by
  refine ⟨fun digest _ h => ⟨[[7], [1, 2]], by simp, ?_⟩, by decide +kernel, by decide +kernel⟩
  simpa [oneSigned] using h

/-- A domain of one octet will do. -/
theorem purposes_kept_apart_witness :
    (signedFields [7] [[1]]).take 4 = [0, 0, 0, 1] ∧ (contentOctets contentA).take 4 = [0, 0, 0, 0] := by
  decide +kernel

/-- A hash of four octets that is easily fooled: two entries change places, and the head stays. -/
def weakHash (text : Octets) : Octets := bigEndian 4 text.sum

theorem chain_tamper_evident_witness :
    (∀ x, (weakHash x).length = 4) ∧ [[1], [2], [3]] ≠ [[2], [1], [3]] ∧
      treeHead weakHash [[1], [2], [3]] = treeHead weakHash [[2], [1], [3]] ∧
      treeHead weakHash [[1], [2], [3]] ≠ treeHead weakHash [[1], [2], [4]] := by
  refine ⟨fun x => bigEndian_length 4 _, ?_⟩
  decide +kernel

end Countersign

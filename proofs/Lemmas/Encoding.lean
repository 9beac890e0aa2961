module

public import Model.Encoding

/-! # Lemmas about the layouts

Read from the left, each length says where its value ends; so what stands before any rest can be told apart. -/

@[expose] public noncomputable section

namespace Countersign

@[simp] theorem bigEndian_length (width n : Nat) : (bigEndian width n).length = width := by
  induction width with
  | zero => rfl
  | succ width ih => simp [bigEndian, ih]

theorem bigEndian_mod {width m n : Nat} (h : bigEndian width m = bigEndian width n) :
    m % 256 ^ width = n % 256 ^ width := by
  induction width with
  | zero => simp [Nat.mod_one]
  | succ width ih =>
    simp only [bigEndian, List.cons.injEq] at h
    have lower := ih h.2
    have step : ∀ k, k % 256 ^ (width + 1) = k % 256 ^ width + 256 ^ width * (k / 256 ^ width % 256) := by
      intro k
      rw [Nat.pow_succ, Nat.mod_mul]
    rw [step m, step n, lower, h.1]

/-- Below the bound, a number can be read back. -/
theorem bigEndian_eq {width m n : Nat} (hm : m < 256 ^ width) (hn : n < 256 ^ width)
    (h : bigEndian width m = bigEndian width n) : m = n := by
  have := bigEndian_mod h
  rwa [Nat.mod_eq_of_lt hm, Nat.mod_eq_of_lt hn] at this

theorem number_split {width m n : Nat} {r s : Octets} (hm : m < 256 ^ width) (hn : n < 256 ^ width)
    (h : bigEndian width m ++ r = bigEndian width n ++ s) : m = n ∧ r = s := by
  have both := List.append_inj h (by simp)
  exact ⟨bigEndian_eq hm hn both.1, both.2⟩

theorem field_split {width : Nat} {x y r s : Octets} (hx : x.length < 256 ^ width) (hy : y.length < 256 ^ width)
    (h : field width x ++ r = field width y ++ s) : x = y ∧ r = s := by
  simp only [field, List.append_assoc] at h
  have first := number_split hx hy h
  exact List.append_inj first.2 first.1

theorem fields_split {width : Nat} (xs : List Octets) : ∀ {ys : List Octets} {r s : Octets},
    (∀ x ∈ xs, x.length < 256 ^ width) → (∀ y ∈ ys, y.length < 256 ^ width) → xs.length = ys.length →
    fields width xs ++ r = fields width ys ++ s → xs = ys ∧ r = s := by
  induction xs with
  | nil =>
    intro ys r s _ _ hl h
    cases ys with
    | nil => exact ⟨rfl, by simpa [fields] using h⟩
    | cons y ys => simp at hl
  | cons x xs ih =>
    intro ys r s hx hy hl h
    cases ys with
    | nil => simp at hl
    | cons y ys =>
      simp only [fields, List.append_assoc] at h
      have first := field_split (hx x (by simp)) (hy y (by simp)) h
      have rest := ih (fun a ha => hx a (by simp [ha])) (fun a ha => hy a (by simp [ha])) (by simpa using hl) first.2
      exact ⟨by rw [first.1, rest.1], rest.2⟩

/-- Without a rest the number of values need not be known. -/
theorem fields_inj {width : Nat} (hw : 0 < width) (xs : List Octets) : ∀ {ys : List Octets},
    (∀ x ∈ xs, x.length < 256 ^ width) → (∀ y ∈ ys, y.length < 256 ^ width) →
    fields width xs = fields width ys → xs = ys := by
  have longer : ∀ (x : Octets) (rest : Octets), field width x ++ rest ≠ [] := by
    intro x rest h
    have := congrArg List.length h
    simp [field] at this
    omega
  induction xs with
  | nil =>
    intro ys _ _ h
    cases ys with
    | nil => rfl
    | cons y ys => exact absurd h.symm (longer y _)
  | cons x xs ih =>
    intro ys hx hy h
    cases ys with
    | nil => exact absurd h (longer x _)
    | cons y ys =>
      have first := field_split (hx x (by simp)) (hy y (by simp)) h
      rw [first.1, ih (fun a ha => hx a (by simp [ha])) (fun a ha => hy a (by simp [ha])) first.2]

theorem content_inj {c d : Content} (hc : c.Fits) (hd : d.Fits) (h : contentOctets c = contentOctets d) : c = d := by
  obtain ⟨m₁, t₁, f₁, rs₁, raw₁⟩ := c
  obtain ⟨m₂, t₂, f₂, rs₂, raw₂⟩ := d
  simp only [contentOctets] at h
  have tag : contentTag.length < 256 ^ 8 := by decide
  have h0 := field_split tag tag h
  have h1 := field_split hc.mailbox hd.mailbox h0.2
  have h2 := number_split hc.sendAt hd.sendAt h1.2
  have h3 := field_split hc.sender hd.sender h2.2
  have h4 := number_split hc.count hd.count h3.2
  have h5 := fields_split _ hc.recipients hd.recipients h4.1 h4.2
  have h6 := field_split (r := []) (s := []) hc.raw hd.raw (by simpa using h5.2)
  simp only [Content.mk.injEq]
  exact ⟨h1.1, h2.1, h3.1, h5.1, h6.1⟩

/-! ## The tree -/

/-- Two heads of equally many leaves agree only if the leaves do, or two of the texts that were hashed collide. -/
theorem head_collision {hash : Octets → Octets} {size : Nat} (hs : ∀ x, (hash x).length = size) (fuel : Nat) :
    ∀ {xs ys : List Octets}, xs.length ≤ fuel → xs.length = ys.length →
      headWith hash fuel xs = headWith hash fuel ys →
      xs = ys ∨ ∃ a ∈ textsWith hash fuel xs, ∃ b ∈ textsWith hash fuel ys, Collision hash a b := by
  have headSize : ∀ f xs, (headWith hash f xs).length = size := by
    intro f xs
    unfold headWith
    split <;> exact hs _
  induction fuel with
  | zero =>
    intro xs ys hf hl _
    have hx : xs = [] := List.length_eq_zero_iff.mp (by omega)
    have hy : ys = [] := List.length_eq_zero_iff.mp (by omega)
    exact .inl (by rw [hx, hy])
  | succ fuel ih =>
    intro xs ys hf hl h
    match xs, ys with
    | [], [] => exact .inl rfl
    | [x], [y] =>
      simp only [headWith] at h
      by_cases e : 0 :: x = 0 :: y
      · exact .inl (by simpa using e)
      · exact .inr ⟨_, by simp [textsWith], _, by simp [textsWith], e, h⟩
    | a :: b :: rest, a' :: b' :: rest' =>
      have hr : rest.length = rest'.length := by simpa using hl
      have hk : leftSize (a :: b :: rest).length = leftSize (a' :: b' :: rest').length := by simp [hr]
      have small : leftSize (a' :: b' :: rest').length < rest'.length + 2 := by
        have := Nat.log2_self_le (n := rest'.length + 1) (by omega)
        simp only [leftSize, List.length_cons, Nat.add_sub_cancel]
        omega
      have some : 0 < leftSize (a' :: b' :: rest').length := Nat.two_pow_pos _
      have hf' : rest'.length + 2 ≤ fuel + 1 := by simpa [hr] using hf
      simp only [headWith, textsWith, hk] at h ⊢
      generalize leftSize (a' :: b' :: rest').length = k at *
      generalize hxs : a :: b :: rest = xs at *
      generalize hys : a' :: b' :: rest' = ys at *
      have lx : xs.length = rest'.length + 2 := by simp [← hxs, hr]
      have ly : ys.length = rest'.length + 2 := by simp [← hys]
      by_cases e : 1 :: (headWith hash fuel (xs.take k) ++ headWith hash fuel (xs.drop k)) =
          1 :: (headWith hash fuel (ys.take k) ++ headWith hash fuel (ys.drop k))
      · have parts := List.append_inj (List.cons.inj e).2 (by rw [headSize, headSize])
        have left := ih (by rw [List.length_take]; omega) (by simp only [List.length_take, lx, ly]) parts.1
        have right := ih (by rw [List.length_drop]; omega) (by simp only [List.length_drop, lx, ly]) parts.2
        rcases left with left | ⟨c, hc, d, hd, col⟩
        · rcases right with right | ⟨c, hc, d, hd, col⟩
          · exact .inl (by rw [← List.take_append_drop k xs, ← List.take_append_drop k ys, left, right])
          · exact .inr ⟨c, by simp [hc], d, by simp [hd], col⟩
        · exact .inr ⟨c, by simp [hc], d, by simp [hd], col⟩
      · exact .inr ⟨_, by simp, _, by simp, e, h⟩
    | [], _ :: _ => simp at hl
    | _ :: _, [] => simp at hl
    | [_], _ :: _ :: _ => simp at hl
    | _ :: _ :: _, [_] => simp at hl

end Countersign

module

public import Model.TableForm

/-! # From one kernel evaluation to all facts -/

@[expose] public noncomputable section

namespace Countersign

theorem allRoles_sound {n : Bool} {p : Role → Bool} (h : allRoles n p = true) (r : Role) :
    p (bif n then r else .agent) = true := by
  cases n <;> cases r <;> simp_all [allRoles]

theorem allResolutions_sound {n : Bool} {p : Resolution → Bool} (h : allResolutions n p = true) (r : Resolution) :
    p (bif n then r else .none) = true := by
  cases n <;> cases r <;> simp_all [allResolutions]

theorem bothWays_sound {n : Bool} {p : Bool → Bool} (h : bothWays n p = true) (b : Bool) : p (n && b) = true := by
  cases n <;> cases b <;> simp_all [bothWays]

theorem allFacts_sound {n : FactName → Bool} {p : Facts → Bool} (h : allFacts n p = true) (f : Facts) :
    p (mask n f) = true := by
  have h := allRoles_sound h f.role
  have h := allResolutions_sound h f.outcome
  have h := bothWays_sound h f.self
  have h := bothWays_sound h f.otherOwner
  have h := bothWays_sound h f.revoked
  have h := bothWays_sound h f.current
  have h := bothWays_sound h f.lapsed
  have h := bothWays_sound h f.blocked
  have h := bothWays_sound h f.halted
  have h := bothWays_sound h f.readOnly
  have h := bothWays_sound h f.repeated
  have h := bothWays_sound h f.complete
  have h := bothWays_sound h f.clear
  have h := bothWays_sound h f.due
  have h := bothWays_sound h f.copied
  have h := bothWays_sound h f.attempt
  exact bothWays_sound h f.approver

/-- The decision reads no fact but those it is said to look at. -/
theorem decisionOf_mask (s : Status) (k : Kind) (f : Facts) :
    decisionOf s k (mask (looksAt s k) f) = decisionOf s k f := by
  cases k <;> cases s <;> rfl

theorem holds_mask {n : FactName → Bool} {c : Cond} (h : n c.names = true) (f : Facts) :
    c.holds (mask n f) = c.holds f := by
  cases c with
  | role rs => simp_all [Cond.holds, Cond.names, mask]
  | outcome os => simp_all [Cond.holds, Cond.names, mask]
  | flag x v => cases x <;> simp_all [Cond.holds, Cond.names, mask, Facts.flag]

theorem surelyNot_sound {n : FactName → Bool} {f : Facts} : ∀ {cs : List Cond}, surelyNot n (mask n f) cs = true →
    allHold f cs = false := by
  intro cs
  induction cs with
  | nil => intro h; cases h
  | cons c cs ih =>
    intro h
    simp only [surelyNot, Bool.or_eq_true, Bool.and_eq_true, Bool.not_eq_true'] at h
    rcases h with ⟨hn, hc⟩ | h
    · rw [holds_mask hn] at hc; simp [allHold, hc]
    · simp [allHold, ih h]

theorem allKnown_sound {n : FactName → Bool} {f : Facts} : ∀ {cs : List Cond}, allKnown n cs = true →
    surelyNot n (mask n f) cs = false → allHold f cs = true := by
  intro cs
  induction cs with
  | nil => intro _ _; rfl
  | cons c cs ih =>
    intro hk h
    simp only [allKnown, Bool.and_eq_true] at hk
    simp only [surelyNot, hk.1, Bool.true_and, Bool.or_eq_false_iff, Bool.not_eq_false'] at h
    rw [holds_mask hk.1] at h
    simp [allHold, h.1, ih hk.2 h.2]

theorem mem_number {s : Status} {k : Kind} {r : Row} : ∀ {as : List Answer} {n : Nat},
    r ∈ number s k n as ↔ r.status = s ∧ r.kind = k ∧ ∃ i, r.cls = n + i ∧ as[i]? = some r.answer := by
  intro as
  induction as with
  | nil => intro n; simp [number]
  | cons a as ih =>
    intro n
    simp only [number, List.mem_cons, ih]
    constructor
    · rintro (rfl | ⟨hs, hk, i, hc, ha⟩)
      · exact ⟨rfl, rfl, 0, rfl, rfl⟩
      · exact ⟨hs, hk, i + 1, by omega, by simpa using ha⟩
    · rintro ⟨hs, hk, i, hc, ha⟩
      cases i with
      | zero =>
        left
        simp at ha hc
        cases r; simp_all
      | succ i => exact .inr ⟨hs, hk, i, by omega, by simpa using ha⟩

theorem mem_rows {t : Table} {r : Row} :
    r ∈ t.rows ↔ ∃ b ∈ t.blocks, r.status = b.status ∧ r.kind = b.kind ∧ b.answers[r.cls]? = some r.answer := by
  simp [Table.rows, List.mem_flatMap, Block.rows, mem_number]

theorem agrees_sound {a : Answer} {d : Decision} (h : agrees a d = true) : a = d.answer := by
  have status : ∀ s n : Status, same s.code n.code = true → s = n := by
    intro r q; cases r <;> cases q <;> first | (intro _; rfl) | (intro h; cases h)
  have refusal : ∀ r q : Refusal, same r.code q.code = true → r = q := by
    intro r q; cases r <;> cases q <;> first | (intro _; rfl) | (intro h; cases h)
  have command : ∀ c d : Command, same c.code d.code = true → c = d := by
    intro r q; cases r <;> cases q <;> first | (intro _; rfl) | (intro h; cases h)
  have commands : ∀ cs ds : List Command, sameCommands cs ds = true → cs = ds := by
    intro cs
    induction cs with
    | nil => intro ds h; cases ds <;> simp_all [sameCommands]
    | cons c cs ih =>
      intro ds h
      cases ds with
      | nil => simp [sameCommands] at h
      | cons d ds =>
        simp only [sameCommands, Bool.and_eq_true] at h
        rw [command c d h.1, ih ds h.2]
  have reasons : ∀ r q : Option Refusal, sameReason r q = true → r = q := by
    intro r q h
    cases r <;> cases q <;> first | rfl | (cases h; done) | exact congrArg some (refusal _ _ h)
  cases a <;> cases d <;> simp only [agrees, Bool.and_eq_true] at h
  · rw [refusal _ _ h]; rfl
  · cases h
  · cases h
  · rw [status _ _ h.1.1, commands _ _ h.1.2, reasons _ _ h.2]; rfl

theorem firstAgrees_sound {n : FactName → Bool} {f : Facts} {d : Decision} :
    ∀ {cs : List (List Cond)} {as : List Answer}, firstAgrees n (mask n f) d cs as = true →
    ∃ i, firstClass f cs = some i ∧ as[i]? = some d.answer := by
  intro cs
  induction cs with
  | nil => intro as h; simp [firstAgrees] at h
  | cons c cs ih =>
    intro as h
    cases as with
    | nil => simp [firstAgrees] at h
    | cons a as =>
      have below (hc : allHold f c = false) (h : firstAgrees n (mask n f) d cs as = true) :
          ∃ i, firstClass f (c :: cs) = some i ∧ (a :: as)[i]? = some d.answer := by
        obtain ⟨i, hi, ha⟩ := ih h
        exact ⟨i + 1, by simp [firstClass, hc, hi], by simpa using ha⟩
      simp only [firstAgrees] at h
      cases hs : surelyNot n (mask n f) c
      · simp only [hs, cond_false, Bool.and_eq_true, Bool.or_eq_true] at h
        cases hc : allHold f c
        · rcases h.2 with hk | h
          · rw [allKnown_sound hk hs] at hc; cases hc
          · exact below hc h
        · exact ⟨0, by simp [firstClass, hc], by simp [agrees_sound h.1]⟩
      · simp only [hs, cond_true] at h
        exact below (surelyNot_sound hs) h

theorem kinds_all (k : Kind) : k ∈ kinds := by cases k <;> decide

theorem block_sound {t : Table} (h : t.ok = true) {b : Block} (hb : b ∈ t.blocks) (f : Facts) :
    ∃ i, t.classOf b.kind f = some i ∧ b.answers[i]? = some (decisionOf b.status b.kind f).answer := by
  simp only [Table.ok, Bool.and_eq_true, List.all_eq_true] at h
  have hok := h.2 b.kind (kinds_all _)
  simp only [Table.kindOk, List.all_eq_true] at hok
  have hok := hok b hb
  simp only [decide_true, Bool.not_true, Bool.false_or, Block.ok] at hok
  split at hok
  · cases hok
  · rename_i e he
    obtain ⟨i, hi, ha⟩ := firstAgrees_sound (allFacts_sound hok f)
    rw [decisionOf_mask] at ha
    exact ⟨i, by simp [Table.classOf, he, hi], ha⟩

theorem statuses_all (s : Status) : s ∈ statuses := by cases s <;> decide

theorem block_exists {t : Table} (h : t.ok = true) (s : Status) (k : Kind) :
    ∃ b ∈ t.blocks, b.status = s ∧ b.kind = k := by
  simp only [Table.ok, Table.shapeOk, Bool.and_eq_true, decide_eq_true_eq] at h
  have hm : (s, k) ∈ t.blocks.map (fun b => (b.status, b.kind)) := by
    rw [h.1.1.1.2]
    simp [List.mem_flatMap, statuses_all, kinds_all]
  simpa using hm

theorem pairs_nodup : (statuses.flatMap fun s => kinds.map fun k => (s, k)).Nodup := by decide +kernel

theorem eq_of_map_nodup {α β : Type} {g : α → β} : ∀ {l : List α}, (l.map g).Nodup → ∀ {a b : α}, a ∈ l → b ∈ l →
    g a = g b → a = b := by
  intro l
  induction l with
  | nil => intro _ a b ha; cases ha
  | cons x l ih =>
    intro h a b ha hb hg
    simp only [List.map_cons, List.nodup_cons, List.mem_map, not_exists, not_and] at h
    simp only [List.mem_cons] at ha hb
    rcases ha with rfl | ha <;> rcases hb with rfl | hb
    · rfl
    · exact absurd hg.symm (h.1 b hb)
    · exact absurd hg (h.1 a ha)
    · exact ih h.2 ha hb hg

theorem row_unique {t : Table} (h : t.ok = true) {r r' : Row} (hr : r ∈ t.rows) (hr' : r' ∈ t.rows)
    (hs : r.status = r'.status) (hk : r.kind = r'.kind) (hc : r.cls = r'.cls) : r = r' := by
  obtain ⟨b, hb, h1, h2, h3⟩ := mem_rows.1 hr
  obtain ⟨b', hb', h1', h2', h3'⟩ := mem_rows.1 hr'
  simp only [Table.ok, Table.shapeOk, Bool.and_eq_true, decide_eq_true_eq] at h
  have hn := pairs_nodup
  rw [← h.1.1.1.2] at hn
  have : b = b' := eq_of_map_nodup hn hb hb' (by simp [← h1, ← h2, ← h1', ← h2', hs, hk])
  subst this
  rw [← hc, h3] at h3'
  cases r; cases r'; simp_all

/-! ## The two small tables -/

theorem freedom_inj {a b : Mode} (h : a.freedom = b.freedom) : a = b := by
  cases a <;> cases b <;> first | rfl | cases h

theorem freedom_le (a : Mode) : a.freedom ≤ 4 := by cases a <;> decide

theorem role_code_inj {a b : Role} (h : a.code = b.code) : a = b := by
  cases a <;> cases b <;> first | rfl | cases h

theorem role_code_le (a : Role) : a.code ≤ 3 := by cases a <;> decide

theorem asked_inj {a b : Option Mode} (h : a.elim 0 (fun m => m.freedom + 1) = b.elim 0 (fun m => m.freedom + 1)) :
    a = b := by
  cases a <;> cases b
  · rfl
  · cases h
  · cases h
  · rw [freedom_inj (Nat.succ.inj h)]

theorem asked_le (a : Option Mode) : a.elim 0 (fun m => m.freedom + 1) ≤ 5 := by
  cases a with
  | none => decide
  | some m => have := freedom_le m; simp only [Option.elim_some]; omega

theorem toNat_inj {a b : Bool} (h : a.toNat = b.toNat) : a = b := by
  cases a <;> cases b <;> first | rfl | cases h

theorem modes_sound {t : Table} (h : t.modesOk = true) {r : ModeRow} (hr : r ∈ t.modes) :
    effectiveMode r.mailbox r.requested r.held r.halted = r.mode := by
  simp only [Table.modesOk, Bool.and_eq_true, List.all_eq_true] at h
  exact freedom_inj (Nat.eq_of_beq_eq_true (h.1 r hr))

theorem modes_total {t : Table} (h : t.modesOk = true) (b : Mode) (q : Option Mode) (x y : Bool) :
    ∃ r ∈ t.modes, r.mailbox = b ∧ r.requested = q ∧ r.held = x ∧ r.halted = y := by
  simp only [Table.modesOk, Bool.and_eq_true, decide_eq_true_eq] at h
  have hb := freedom_le b
  have hq := asked_le q
  have hx := Bool.toNat_le x
  have hy := Bool.toNat_le y
  have hm : modeCode b q x y ∈ List.range 120 := by
    rw [List.mem_range]; simp only [modeCode]; omega
  rw [← h.2, List.mem_map] at hm
  obtain ⟨r, hr, hc⟩ := hm
  refine ⟨r, hr, ?_⟩
  simp only [modeCode] at hc
  have h1 := freedom_le r.mailbox
  have h2 := asked_le r.requested
  have h3 := Bool.toNat_le r.held
  have h4 := Bool.toNat_le r.halted
  exact ⟨freedom_inj (by omega), asked_inj (by omega), toNat_inj (by omega), toNat_inj (by omega)⟩

theorem set_modes_sound {t : Table} (h : t.setModesOk = true) {r : SetModeRow} (hr : r ∈ t.setModes) :
    modeDecision r.mode r.role r.target = r.answer := by
  simp only [Table.setModesOk, Bool.and_eq_true, List.all_eq_true, decide_eq_true_eq] at h
  exact h.1 r hr

theorem set_modes_total {t : Table} (h : t.setModesOk = true) (m : Mode) (o : Role) (g : Mode) :
    ∃ r ∈ t.setModes, r.mode = m ∧ r.role = o ∧ r.target = g := by
  simp only [Table.setModesOk, Bool.and_eq_true, decide_eq_true_eq] at h
  have hm := freedom_le m
  have ho := role_code_le o
  have hg := freedom_le g
  have hmem : setModeCode m o g ∈ List.range 100 := by
    rw [List.mem_range]; simp only [setModeCode]; omega
  rw [← h.2, List.mem_map] at hmem
  obtain ⟨r, hr, hc⟩ := hmem
  refine ⟨r, hr, ?_⟩
  simp only [setModeCode] at hc
  have h1 := freedom_le r.mode
  have h2 := role_code_le r.role
  have h3 := freedom_le r.target
  exact ⟨freedom_inj (by omega), role_code_inj (by omega), freedom_inj (by omega)⟩

end Countersign

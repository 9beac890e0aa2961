module

public import Lemmas.Log

/-! # What holds of every message, whatever has happened -/

@[expose] public noncomputable section

namespace Countersign

section
variable {t : Tenant} {b : Mailbox} {actor : Actor} {now : Time} {act : Act}

/-! ## What updates leave alone -/

theorem updated_keeps {α : Type} (g : Message → α) (hg : ∀ m u, g (update t b actor now act m u) = g m)
    (hs : ∀ (m : Message) s v, g { m with status := s, version := v } = g m) (m : Message) (next : Status)
    (us : List Update) : g (updated t b actor now act m next us) = g m := by
  have fold : ∀ (us : List Update) (m : Message), g (us.foldl (update t b actor now act) m) = g m := by
    intro us
    induction us with
    | nil => intro m; rfl
    | cons u us ih => intro m; rw [List.foldl_cons, ih, hg]
  simp only [updated, hs, fold]

theorem updated_tenant (m : Message) (next : Status) (us : List Update) :
    (updated t b actor now act m next us).tenant = m.tenant := by
  refine updated_keeps Message.tenant ?_ (fun _ _ _ => rfl) m next us
  intro m u; cases u <;> first | rfl | (cases act <;> rfl)

theorem updated_mailbox (m : Message) (next : Status) (us : List Update) :
    (updated t b actor now act m next us).mailbox = m.mailbox := by
  refine updated_keeps Message.mailbox ?_ (fun _ _ _ => rfl) m next us
  intro m u; cases u <;> first | rfl | (cases act <;> rfl)

theorem updated_author (h : act.isSubmit = false) (m : Message) (next : Status) (us : List Update) :
    (updated t b actor now act m next us).author = m.author := by
  refine updated_keeps Message.author ?_ (fun _ _ _ => rfl) m next us
  intro m u; cases u <;> first | rfl | (cases act <;> first | rfl | cases h)

theorem updated_owner (h : act.isSubmit = false) (m : Message) (next : Status) (us : List Update) :
    (updated t b actor now act m next us).owner = m.owner := by
  refine updated_keeps Message.owner ?_ (fun _ _ _ => rfl) m next us
  intro m u; cases u <;> first | rfl | (cases act <;> first | rfl | cases h)

theorem updated_digest (h : act.fresh = false) (m : Message) (next : Status) (us : List Update) :
    (updated t b actor now act m next us).digest = m.digest := by
  refine updated_keeps Message.digest ?_ (fun _ _ _ => rfl) m next us
  intro m u; cases u <;> first | rfl | (cases act <;> first | rfl | cases h)

@[simp] theorem updated_status (m : Message) (next : Status) (us : List Update) :
    (updated t b actor now act m next us).status = next := rfl

theorem take_digest (h : act.fresh = true) (m : Message) (next : Status) :
    some (updated t b actor now act m next [.takeContent]).digest =
      match act with
      | .submit d _ _ _ _ => some d
      | .revise _ d _ _ _ _ => some d
      | _ => none := by
  cases act <;> first | rfl | cases h

theorem take_approvals (h : act.fresh = true) (m : Message) (next : Status) :
    (updated t b actor now act m next [.takeContent]).approvals = [] := by
  cases act <;> first | rfl | cases h

end

/-! ## What a decision tells -/

section
variable {s next : Status} {f : Facts} {k : Kind} {us : List Update} {cs : List Command}

theorem Goes.not_new (h : Goes s f k next us cs) : next ≠ .new := by
  cases h <;> simp_all [Placed] <;> grind [Status.unsent]

theorem Goes.of_new (h : Goes s f k next us cs) (hs : s = .new) : k = .submit := by
  cases h <;> simp_all [Status.unsent]

theorem Goes.of_submit (h : Goes s f k next us cs) (hk : k = .submit) : s = .new := by
  cases h <;> simp_all

theorem Goes.not_ended (h : Goes s f k next us cs) : s.ended = false := by
  cases h <;> (try subst s) <;> (try rfl) <;> cases s <;> simp_all [Status.ended, Status.unsent]

theorem Goes.fresh (h : Goes s f k next us cs) (hk : k = .submit ∨ k = .revise) : us = [.takeContent] := by
  cases h <;> simp_all

theorem Goes.hands (h : Goes s f k next us cs) (hc : cs.contains .handOver = true) :
    k = .dispatch ∧ s = .queued ∧ next = .dispatching ∧ us = [.takeVerdict, .beginAttempt] ∧ f.role = .system ∧
      f.halted = false ∧ f.readOnly = false ∧ f.blocked = false ∧ f.clear = true ∧
      (f.copied = true ∧ cs = [.handOver, .copy] ∨ f.copied = false ∧ cs = [.handOver]) := by
  cases h <;> simp_all <;> grind [Placed]

theorem Goes.attempt (h : Goes s f k next us cs) (hc : cs.contains .handOver = false) : .beginAttempt ∉ us := by
  cases h <;> simp_all <;> grind

theorem Goes.dispatching (h : Goes s f k next us cs) (hn : next = .dispatching) (hs : s ≠ .dispatching) :
    cs.contains .handOver = true := by
  cases h <;> simp_all <;> grind [Placed]

end

theorem Act.fresh_iff {act : Act} : act.fresh = true ↔ act.kind = .submit ∨ act.kind = .revise := by
  cases act <;> simp [Act.fresh, Act.kind]

theorem Act.isSubmit_iff {act : Act} : act.isSubmit = true ↔ act.kind = .submit := by
  cases act <;> simp [Act.isSubmit, Act.kind]

/-! ## Invariants -/

/-- Nothing in the log touches a message that is not there. -/
theorem absent {w : World} (h : Reachable w) (id : Id) : w.message id = none → ∀ x ∈ w.log, x.touches id = false := by
  refine message_induction id (fun log found => found = none → ∀ x ∈ log, x.touches id = false) ?_ ?_ ?_ h
  · intro _ x hx; cases hx
  · intro log m x hx hp hm y hy
    rcases List.mem_cons.1 hy with rfl | hy
    · exact hx
    · exact hp hm y hy
  · intro log found seq now actor tn bx act t b m next us cs _ _ _ _ _ hn
    cases hn

/-- A stored message is never `new`. -/
theorem stored_not_new {w : World} (h : Reachable w) {id : Id} {m : Message} (hm : w.message id = some m) :
    m.status ≠ .new := by
  revert m
  refine message_induction id (fun _ found => ∀ {m}, found = some m → m.status ≠ .new) ?_ ?_ ?_ h
  · intro m hm; cases hm
  · intro log found x _ hp m hm; exact hp hm
  · intro log found seq now actor tn bx act t b m next us cs _ _ _ hg _ m' hm'
    cases hm'
    exact hg.not_new

/-- The content of the record is the content in the log. -/
theorem content_logged {w : World} (h : Reachable w) {id : Id} {m : Message} (hm : w.message id = some m) :
    contentIn id w.log = some m.digest := by
  revert m
  refine message_induction id (fun log found =>
    (∀ m, found = some m → m.status ≠ .new) ∧ ∀ {m}, found = some m → contentIn id log = some m.digest) ?_ ?_ ?_ h |>.2
  · exact ⟨fun m hm => (by cases hm), fun hm => (by cases hm)⟩
  · intro log found x hx hp
    exact ⟨hp.1, fun hm => by rw [contentIn_skip hx]; exact hp.2 hm⟩
  · intro log found seq now actor tn bx act t b m next us cs hfound _ _ hg hp
    refine ⟨fun m hm => by cases hm; exact hg.not_new, fun hm => ?_⟩
    cases hm
    cases hf : act.fresh
    · rw [updated_digest hf]
      have hb := move_brings (seq := seq) (now := now) (actor := actor) (tn := tn) (bx := bx) (id := id) (act := act)
        (t := t) (b := b) (m := m) (next := next) (cs := cs)
      rw [hf] at hb
      simp only [contentIn, hb, cond_false]
      have hold : contentIn id log = some m.digest := by
        cases hfd : found with
        | none =>
          rw [hfd] at hfound
          have := hg.of_new (by rw [hfound]; rfl)
          rw [Act.fresh_iff.2 (.inl this)] at hf
          cases hf
        | some m0 =>
          rw [hfd] at hfound hp
          simp only [Option.getD_some] at hfound
          rw [hfound]
          exact hp.2 rfl
      split <;> exact hold
    · have hu := hg.fresh (Act.fresh_iff.1 hf)
      subst hu
      rw [take_digest hf]
      cases act <;> first | (cases hf; done) | simp [contentIn, moveEntry, Entry.brings, Entry.did, Act.fresh]

/-- Every submit of a message in the log is by its author, with its owner; and there is one. -/
theorem author_logged {w : World} (h : Reachable w) {id : Id} {m : Message} (hm : w.message id = some m) :
    (∀ x ∈ w.log, ∀ p o, x.submits id p o = true → p = m.author ∧ o = m.owner) ∧
      ∃ x ∈ w.log, x.submits id m.author m.owner = true := by
  revert m
  refine message_induction id (fun log found =>
    (found = none → ∀ x ∈ log, x.touches id = false) ∧
    ((∀ m, found = some m → m.status ≠ .new) ∧ ∀ {m}, found = some m →
      (∀ x ∈ log, ∀ p o, x.submits id p o = true → p = m.author ∧ o = m.owner) ∧
      ∃ x ∈ log, x.submits id m.author m.owner = true)) ?_ ?_ ?_ h |>.2.2
  · exact ⟨fun _ x hx => (by cases hx), fun m hm => (by cases hm), fun hm => (by cases hm)⟩
  · intro log found x hx hp
    refine ⟨fun hn y hy => ?_, hp.2.1, fun hm => ⟨fun y hy p o hs => ?_, ?_⟩⟩
    · rcases List.mem_cons.1 hy with rfl | hy
      · exact hx
      · exact hp.1 hn y hy
    · rcases List.mem_cons.1 hy with rfl | hy
      · rw [Entry.submits, did_of_untouched hx] at hs; cases hs
      · exact (hp.2.2 hm).1 y hy p o hs
    · obtain ⟨y, hy, hs⟩ := (hp.2.2 hm).2
      exact ⟨y, List.mem_cons_of_mem _ hy, hs⟩
  · intro log found seq now actor tn bx act t b m next us cs hfound _ _ hg hp
    refine ⟨fun hn => (by cases hn), fun m hm => by cases hm; exact hg.not_new, fun hm => ?_⟩
    cases hm
    cases hf : act.isSubmit
    · rw [updated_author hf, updated_owner hf]
      cases hfd : found with
      | none =>
        rw [hfd] at hfound
        have := hg.of_new (by rw [hfound]; rfl)
        rw [Act.isSubmit_iff.2 this] at hf
        cases hf
      | some m0 =>
        rw [hfd] at hfound hp
        simp only [Option.getD_some] at hfound
        subst hfound
        obtain ⟨h1, y, hy, hs⟩ := hp.2.2 rfl
        refine ⟨fun x hx p o hs => ?_, y, List.mem_cons_of_mem _ hy, hs⟩
        rcases List.mem_cons.1 hx with rfl | hx
        · cases act <;> first | (cases hf; done) | (simp [Entry.submits] at hs; done)
        · exact h1 x hx p o hs
    · have hnew := hg.of_submit (Act.isSubmit_iff.1 hf)
      have hu := hg.fresh (.inl (Act.isSubmit_iff.1 hf))
      subst hu
      cases hfd : found with
      | some m0 =>
        rw [hfd] at hfound
        simp only [Option.getD_some] at hfound
        subst hfound
        exact absurd hnew (hp.2.1 _ hfd)
      | none =>
        have hno := hp.1 hfd
        cases act <;> first | (cases hf; done) | skip
        refine ⟨fun x hx p o hs => ?_, _, List.mem_cons_self, ?_⟩
        · rcases List.mem_cons.1 hx with rfl | hx
          · simp only [Entry.submits, move_did, decide_eq_true_eq] at hs
            exact ⟨hs.1.symm, hs.2.symm⟩
          · rw [Entry.submits, did_of_untouched (hno x hx)] at hs; cases hs
        · simp [Entry.submits, updated, update, takeContent]

/-- A message's record says which tenant and mailbox it is of, for ever. -/
theorem handOvers_counted {w : World} (h : Reachable w) (id : Id) :
    handOvers id w.log = (w.message id).elim 0 Message.attempt := by
  refine message_induction id (fun log found => handOvers id log = found.elim 0 Message.attempt) rfl ?_ ?_ h
  · intro log found x hx hp; rw [handOvers_skip hx]; exact hp
  · intro log found seq now actor tn bx act t b m next us cs hfound _ _ hg hp
    have hm : found.elim 0 Message.attempt = m.attempt := by rw [hfound]; cases found <;> rfl
    rw [hm] at hp
    cases hc : cs.contains .handOver
    · have hu := hg.attempt hc
      have fold : ∀ (us : List Update) (m : Message), .beginAttempt ∉ us →
          (us.foldl (update t b actor now act) m).attempt = m.attempt := by
        intro us
        induction us with
        | nil => intro m _; rfl
        | cons u us ih =>
          intro m hn
          simp only [List.mem_cons, not_or] at hn
          rw [List.foldl_cons, ih _ hn.2]
          cases u <;> first | rfl | (exact absurd rfl hn.1) | (cases act <;> rfl)
      simp only [Option.elim_some, updated, fold us m hu, handOvers, List.countP_cons, move_handsOver, hc]
      simpa [handOvers] using hp
    · obtain ⟨_, _, _, hu, _⟩ := hg.hands hc
      subst hu
      simp only [Option.elim_some, updated, handOvers, List.countP_cons, move_handsOver, hc, List.foldl, update]
      simpa [handOvers] using hp

end Countersign

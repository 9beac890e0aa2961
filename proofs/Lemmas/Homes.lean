module

public import Lemmas.Accepted

/-! # Every stored message has a tenant and a mailbox; nobody decides on their own mail; persons reopen -/

@[expose] public noncomputable section

namespace Countersign

theorem mailbox_stays {w : World} {e : Event} {bx : Id} {b : Mailbox} (h : w.mailbox bx = some b) :
    ∃ b', (step w e).1.mailbox bx = some b' ∧ b'.tenant = b.tenant := by
  rcases mailbox_step w e bx with h' | ⟨h', _, _⟩ | ⟨b0, b', hold, hnew, ht, _⟩
  · exact ⟨b, by rw [h', h], rfl⟩
  · rw [h] at h'; cases h'
  · rw [h] at hold; cases hold; exact ⟨b', hnew, ht⟩

theorem tenant_stays {w : World} {e : Event} {tn : Id} (h : (w.tenant tn).isSome = true) :
    ((step w e).1.tenant tn).isSome = true := by
  cases e with
  | message now actor tn' bx i act => simp only [World.tenant, message_keeps]; exact h
  | mailbox now actor tn' bx act =>
    rcases onMailbox_change w actor tn' bx act with hc | ⟨b, hc⟩ <;>
      simp only [step_eq, transition, hc, World.write, World.record, World.tenant] <;> exact h
  | tenant now actor tn' act =>
    rcases onTenant_change w actor tn' act with hc | ⟨t, hc⟩
    · simp only [step_eq, transition, hc, World.write, World.record, World.tenant]; exact h
    · simp only [step_eq, transition, hc, World.write, World.record, World.tenant, find_cons]
      split
      · rfl
      · exact h

/-- A stored message has its tenant and its mailbox, and the mailbox is of that tenant. -/
theorem home {w : World} (h : Reachable w) {id : Id} {m : Message} (hm : w.message id = some m) :
    ∃ t b, w.tenant m.tenant = some t ∧ w.mailbox m.mailbox = some b ∧ b.tenant = m.tenant := by
  have key : ∀ {m}, w.message id = some m →
      (w.tenant m.tenant).isSome = true ∧ ∃ b, w.mailbox m.mailbox = some b ∧ b.tenant = m.tenant := by
    refine h.induct (P := fun w => ∀ {m}, w.message id = some m →
      (w.tenant m.tenant).isSome = true ∧ ∃ b, w.mailbox m.mailbox = some b ∧ b.tenant = m.tenant) ?_ ?_
    · intro m hm; cases hm
    · intro w e _ ih m hm
      have stays {tn bx : Id} (ht : (w.tenant tn).isSome = true) (hb : ∃ b, w.mailbox bx = some b ∧ b.tenant = tn) :
          ((step w e).1.tenant tn).isSome = true ∧ ∃ b, (step w e).1.mailbox bx = some b ∧ b.tenant = tn := by
        obtain ⟨b, hb, hbt⟩ := hb
        obtain ⟨b', hb', ht'⟩ := mailbox_stays (e := e) hb
        exact ⟨tenant_stays ht, b', hb', by rw [ht', hbt]⟩
      rcases step_at w e id with ⟨now, actor, tn, bx, act, t, b, m0, next, us, cs, he, hmv, ho, hn⟩ | ⟨hn, _⟩
      · rw [hn] at hm
        cases hm
        rw [updated_tenant, updated_mailbox, hmv.itsTenant, hmv.itsMailbox]
        exact stays (by rw [hmv.tenant]; rfl) ⟨b, hmv.mailbox, hmv.ours⟩
      · rw [hn] at hm
        obtain ⟨ht, hb⟩ := ih hm
        exact stays ht hb
  obtain ⟨ht, b, hb, hbt⟩ := key hm
  obtain ⟨t, ht⟩ := Option.isSome_iff_exists.1 ht
  exact ⟨t, b, ht, hb, hbt⟩

/-- An event on a stored message whose home is known comes before the decision. -/
theorem actOn_stored {w : World} {now : Time} {actor : Actor} {id : Id} {act : Act} {m : Message} {t : Tenant} {b : Mailbox}
    (hm : w.message id = some m) (ht : w.tenant m.tenant = some t) (hb : w.mailbox m.mailbox = some b)
    (hbt : b.tenant = m.tenant) :
    transition w (.message now actor m.tenant m.mailbox id act) = actOn t b m now actor id act := by
  simp only [transition, onMessage, ht, hb, hm, Option.getD_some, hbt, same_refl, Bool.and_self, cond_true]

/-- Whoever is the author of a message is so from its submit on. -/
theorem wrote_iff {w : World} (hr : Reachable w) {id : Id} {m : Message} (hm : w.message id = some m) {p : Id} :
    Wrote w.log id p ↔ m.author = p ∨ m.owner = some p := by
  obtain ⟨hall, x, hx, hs⟩ := author_logged hr hm
  constructor
  · rintro ⟨y, hy, author, owner, hy', hw⟩
    obtain ⟨h1, h2⟩ := hall y hy _ _ hy'
    rw [← h1, ← h2]; exact hw
  · intro h; exact ⟨x, hx, _, _, hs, h⟩

/-- A record that is written over keeps its author and owner. -/
theorem author_kept {w : World} (hr : Reachable w) {e : Event} {id : Id} {m : Message} (hm : w.message id = some m) :
    ∃ m', (step w e).1.message id = some m' ∧ m'.author = m.author ∧ m'.owner = m.owner := by
  rcases step_at w e id with ⟨now, actor, tn, bx, act, t, b, m0, next, us, cs, he, hmv, ho, hn⟩ | ⟨hn, _⟩
  · have h0 := hmv.known hm
    subst h0
    have hsub : act.isSubmit = false := by
      cases hs : act.isSubmit
      · rfl
      · exact absurd (hmv.goes.of_submit (Act.isSubmit_iff.1 hs)) (stored_not_new hr hm)
    exact ⟨_, hn, updated_author hsub .., updated_owner hsub ..⟩
  · exact ⟨m, by rw [hn, hm], rfl, rfl⟩

/-- The author in a part of the log is the author in the whole log. -/
theorem wrote_later {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id p : Id}
    (hl : w.log = newer ++ e :: older) {before : World} (hp : Past w newer e older before) {m : Message}
    (hm : before.message id = some m) (h : Wrote w.log id p) : m.author = p ∨ m.owner = some p := by
  have hx := (author_logged hp.reachable hm).2
  obtain ⟨x, hx, hs⟩ := hx
  have hxw : x ∈ w.log := by rw [hl, List.mem_append, List.mem_cons]; rw [hp.log] at hx; exact .inr (.inr hx)
  cases hfin : w.message id with
  | none =>
    have := absent hr id hfin x hxw
    rw [Entry.submits, did_of_untouched this] at hs
    cases hs
  | some mf =>
    obtain ⟨h1, h2⟩ := (author_logged hr hfin).1 x hxw _ _ hs
    rw [h1, h2]
    exact (wrote_iff hr hfin).1 h

/-! ## Lists -/

theorem shorter_suffix {α : Type} {a b : List α} {x y : α} {c d : List α} (h : a ++ x :: c = b ++ y :: d)
    (hlen : c.length < d.length) : ∃ mid, a = b ++ y :: mid ∧ d = mid ++ x :: c := by
  induction b generalizing a with
  | nil =>
    cases a with
    | nil =>
      simp only [List.nil_append, List.cons.injEq] at h
      rw [h.2] at hlen; omega
    | cons z a =>
      simp only [List.cons_append, List.nil_append, List.cons.injEq] at h
      exact ⟨a, by rw [h.1]; rfl, h.2.symm⟩
  | cons z b ih =>
    cases a with
    | nil =>
      simp only [List.nil_append, List.cons_append, List.cons.injEq] at h
      rw [h.2] at hlen
      simp at hlen
      omega
    | cons u a =>
      simp only [List.cons_append, List.cons.injEq] at h
      obtain ⟨mid, h1, h2⟩ := ih h.2
      exact ⟨mid, by rw [h1, h.1]; rfl, h2⟩

theorem mem_since {id : Id} {h y : Entry} {rest : List Entry} (hh : h.handsOver id = true) : ∀ {between : List Entry},
    y ∈ sinceHandOver id (between ++ h :: rest) → y ∈ between := by
  intro between
  induction between with
  | nil => intro hy; simp only [List.nil_append, sinceHandOver, hh, cond_true] at hy; cases hy
  | cons x between ih =>
    intro hy
    simp only [List.cons_append, sinceHandOver, Bool.cond_eq_ite] at hy
    split at hy
    · cases hy
    · rcases List.mem_cons.1 hy with rfl | hy
      · simp
      · exact List.mem_cons_of_mem _ (ih hy)

end Countersign

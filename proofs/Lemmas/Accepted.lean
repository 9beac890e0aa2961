module

public import Lemmas.Message

/-! # What an accepted event tells of the world it was accepted in -/

@[expose] public noncomputable section

namespace Countersign

theorem moved_of_accepted {w : World} {now : Time} {actor : Actor} {tn bx id : Id} {act : Act}
    (h : (step w (.message now actor tn bx id act)).2.isAccepted = true) :
    ∃ t b m next us cs, Moved w now actor tn bx id act t b m next us cs ∧
      (step w (.message now actor tn bx id act)).2 =
        .accepted (some (.status m.status)) (some (.status next)) cs (some (modeFor t b m act))
          (reason act.kind (factsOf t b m actor now act) next) ∧
      (step w (.message now actor tn bx id act)).1.message id = some (updated t b actor now act m next us) := by
  rcases step_at w (.message now actor tn bx id act) id with
    ⟨now', actor', tn', bx', act', t, b, m, next, us, cs, he, hm, ho, hn⟩ | ⟨_, hx⟩
  · cases he
    exact ⟨t, b, m, next, us, cs, hm, ho, hn⟩
  · obtain ⟨why, was, mode, ho⟩ := untouched_outcome (hx 0) (id := id) rfl
    have ho : (step w (.message now actor tn bx id act)).2 = .refused why was mode := ho
    rw [ho] at h
    cases h

/-- The record that a move was decided on is the stored one, unless the message is new. -/
theorem Moved.stored {w now actor tn bx id act t b m next us cs}
    (h : Moved w now actor tn bx id act t b m next us cs) (hs : act.kind ≠ .submit) : w.message id = some m := by
  have := h.message
  cases hf : w.message id with
  | none =>
    rw [hf] at this
    exact absurd (h.goes.of_new (by rw [this]; rfl)) hs
  | some m0 => rw [hf] at this; rw [this]; rfl

theorem Moved.known {w now actor tn bx id act t b m next us cs} {m0 : Message}
    (h : Moved w now actor tn bx id act t b m next us cs) (hm : w.message id = some m0) : m = m0 := by
  have := h.message
  rw [hm] at this
  exact this

/-- A refused event changes no record. -/
theorem refused_keeps {w : World} {e : Event} (h : (step w e).2.isAccepted = false) :
    (step w e).1.tenants = w.tenants ∧ (step w e).1.mailboxes = w.mailboxes ∧ (step w e).1.messages = w.messages := by
  have nothing (hn : (transition w e).2 = .nothing) : (step w e).1.tenants = w.tenants ∧
      (step w e).1.mailboxes = w.mailboxes ∧ (step w e).1.messages = w.messages := by
    simp only [step_eq, hn, World.write, World.record, and_self]
  have h : (transition w e).1.isAccepted = false := h
  apply nothing
  cases e with
  | message now actor tn bx i act =>
    rcases onMessage_cases w now actor tn bx i act with ⟨t, b, m, next, us, cs, hm, ho⟩ | ⟨why, was, mode, ho⟩
    · simp only [transition, ho, Outcome.isAccepted] at h; cases h
    · simp only [transition, ho]
  | mailbox now actor tn bx act =>
    revert h
    simp only [transition, onMailbox, Bool.cond_eq_ite]
    (repeat' split) <;> simp [Outcome.isAccepted]
  | tenant now actor tn act =>
    revert h
    simp only [transition, onTenant, Bool.cond_eq_ite]
    (repeat' split) <;> simp [Outcome.isAccepted]

/-- Events of tenants and mailboxes touch no message. -/
theorem other_keeps_messages {w : World} {e : Event} (h : e.messageId = none) :
    (step w e).1.messages = w.messages := by
  cases e with
  | message now actor tn bx i act => cases h
  | mailbox now actor tn bx act =>
    rcases onMailbox_change w actor tn bx act with h | ⟨b, h⟩ <;>
      simp only [step_eq, transition, h, World.write, World.record]
  | tenant now actor tn act =>
    rcases onTenant_change w actor tn act with h | ⟨b, h⟩ <;>
      simp only [step_eq, transition, h, World.write, World.record]

/-- And give no command. -/
theorem other_commands {w : World} {e : Event} (h : e.messageId = none) : (step w e).2.commands = [] := by
  cases e with
  | message now actor tn bx i act => cases h
  | mailbox now actor tn bx act =>
    simp only [step_eq, transition, onMailbox, Bool.cond_eq_ite]
    (repeat' split) <;> rfl
  | tenant now actor tn act =>
    simp only [step_eq, transition, onTenant, Bool.cond_eq_ite]
    (repeat' split) <;> rfl

/-- A message event leaves mailboxes and tenants alone. -/
theorem message_keeps {w : World} {now : Time} {actor : Actor} {tn bx id : Id} {act : Act} :
    (step w (.message now actor tn bx id act)).1.mailboxes = w.mailboxes ∧
      (step w (.message now actor tn bx id act)).1.tenants = w.tenants := by
  rcases onMessage_cases w now actor tn bx id act with ⟨t, b, m, next, us, cs, hm, ho⟩ | ⟨why, was, mode, ho⟩ <;>
    simp only [step_eq, transition, ho, World.write, World.record, and_self]

/-- What one event can make of a mailbox: it stays, or is new by the operator's word, or has another policy by the
operator's word, or another mode by `modeDecision`. -/
theorem mailbox_step (w : World) (e : Event) (bx : Id) :
    (step w e).1.mailbox bx = w.mailbox bx ∨
    (w.mailbox bx = none ∧ e.actor.role = .operator ∧ ∃ b, (step w e).1.mailbox bx = some b) ∨
    (∃ b b', w.mailbox bx = some b ∧ (step w e).1.mailbox bx = some b' ∧ b'.tenant = b.tenant ∧
      (e.actor.role = .operator ∧ b'.mode = b.mode ∨ modeDecision b.mode e.actor.role b'.mode = .go b'.mode)) := by
  cases e with
  | message now actor tn bx' i act => left; simp only [World.mailbox, message_keeps]
  | tenant now actor tn act =>
    left
    rcases onTenant_change w actor tn act with h | ⟨t, h⟩ <;>
      simp only [step_eq, transition, h, World.write, World.record, World.mailbox]
  | mailbox now actor tn bx' act =>
    have put {b' : Mailbox} {o : Outcome} (h : onMailbox w actor tn bx' act = (o, .mailbox bx' b')) :
        (step w (.mailbox now actor tn bx' act)).1.mailbox bx = if bx' = bx then some b' else w.mailbox bx := by
      simp only [step_eq, transition, h, World.write, World.record, World.mailbox, find_cons]
    have keep {o : Outcome} (h : onMailbox w actor tn bx' act = (o, .nothing)) :
        (step w (.mailbox now actor tn bx' act)).1.mailbox bx = w.mailbox bx := by
      simp only [step_eq, transition, h, World.write, World.record, World.mailbox]
    by_cases hb : bx' = bx
    · subst hb
      generalize hout : onMailbox w actor tn bx' act = out at put keep
      simp only [onMailbox, Bool.cond_eq_ite] at hout
      (repeat' split at hout) <;> subst hout <;> try exact .inl (keep rfl)
      · rename_i hrole hnone
        refine .inr (.inl ⟨by simpa using hnone, by simpa [Event.actor] using hrole, _, by rw [put rfl, if_pos rfl]⟩)
      · rename_i hb _ hrole
        refine .inr (.inr ⟨_, _, hb, (put rfl).trans (if_pos rfl), rfl, .inl ⟨?_, rfl⟩⟩)
        simpa [Event.actor] using hrole
      · rename_i asked b ht hb hs x next hd
        refine .inr (.inr ⟨_, _, hb, (put rfl).trans (if_pos rfl), rfl, .inr ?_⟩)
        have : asked = next := by
          simp only [modeDecision] at hd
          (repeat' split at hd) <;> first | (cases hd; done) | (cases hd; rfl)
        subst this
        exact hd
    · left
      rcases onMailbox_change w actor tn bx' act with h | ⟨b, h⟩
      · exact keep (Prod.ext rfl h)
      · rw [put (Prod.ext rfl h), if_neg hb]

/-- What a log says was done to a message was a move. -/
theorem did_past {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    {q : Actor → Time → Act → Bool} (hl : w.log = newer ++ e :: older) (hd : e.did id q = true) :
    ∃ before now actor tn bx act t b m next us cs, Past w newer e older before ∧
      e.event = .message now actor tn bx id act ∧ q actor now act = true ∧
      Moved before now actor tn bx id act t b m next us cs ∧
      e.outcome = .accepted (some (.status m.status)) (some (.status next)) cs (some (modeFor t b m act))
        (reason act.kind (factsOf t b m actor now act) next) := by
  obtain ⟨before, hp⟩ := past hr hl
  obtain ⟨seq, ev, out⟩ := e
  cases ev with
  | mailbox => cases hd
  | tenant => cases hd
  | message now actor tn bx i act =>
    cases out with
    | refused => cases hd
    | accepted was now' cs mode why =>
      simp only [Entry.did, Bool.and_eq_true, same_iff] at hd
      obtain ⟨rfl, hq⟩ := hd
      have ho := hp.outcome
      obtain ⟨t, b, m, next, us, cs', hmv, hout, _⟩ := moved_of_accepted (w := before) (now := now) (actor := actor)
        (tn := tn) (bx := bx) (id := i) (act := act) (by rw [ho]; rfl)
      exact ⟨before, now, actor, tn, bx, act, t, b, m, next, us, cs', hp, rfl, hq, hmv, by rw [← ho, hout]⟩

end Countersign

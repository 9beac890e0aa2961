module

public import Lemmas.Goes
public import Model.Log

/-! # What one step can do, seen from one message

Either the event moved this message, and then the decision is one of `Goes`; or the message is as it was and the new
entry does not touch it. `message_induction` turns this into an induction over everything that can happen. -/

@[expose] public noncomputable section

namespace Countersign

@[simp] theorem same_iff {a b : Nat} : same a b = true ↔ a = b := by
  simp [same]

@[simp] theorem same_refl (a : Nat) : same a a = true := by simp

theorem same_false {a b : Nat} : same a b = false ↔ a ≠ b := by
  rw [← Bool.not_eq_true, same_iff]

theorem find_cons {α : Type} (k j : Id) (a : α) (l : List (Id × α)) :
    find k ((j, a) :: l) = if j = k then some a else find k l := by
  simp only [find, Bool.cond_eq_ite, same_iff]

/-! ## Worlds that can be reached -/

theorem run_append (w : World) (a b : List Event) : run w (a ++ b) = run (run w a) b := by
  induction a generalizing w with
  | nil => rfl
  | cons e es ih => exact ih _

theorem reachable_empty : Reachable .empty := ⟨[], rfl⟩

theorem Reachable.step {w : World} (h : Reachable w) (e : Event) : Reachable (step w e).1 := by
  obtain ⟨es, rfl⟩ := h
  exact ⟨es ++ [e], by rw [run_append]; rfl⟩

theorem Reachable.induct {P : World → Prop} (empty : P .empty)
    (next : ∀ w e, Reachable w → P w → P (Countersign.step w e).1) {w : World} (h : Reachable w) : P w := by
  obtain ⟨es, rfl⟩ := h
  suffices ∀ (es : List Event) (w : World), Reachable w → P w → P (run w es) from this es _ reachable_empty empty
  intro es
  induction es with
  | nil => intro w _ h; exact h
  | cons e es ih => intro w hr h; exact ih _ (hr.step e) (next w e hr h)

/-! ## One step -/

theorem step_eq (w : World) (e : Event) :
    step w e = ((w.write (transition w e).2).record e (transition w e).1, (transition w e).1) := rfl

@[simp] theorem step_log (w : World) (e : Event) : (step w e).1.log = ⟨w.log.length, e, (step w e).2⟩ :: w.log := by
  simp only [step_eq, World.record]
  cases (transition w e).2 <;> rfl

/-- The event moved message `id`: everything was found and the decision was not a refusal. -/
structure Moved (w : World) (now : Time) (actor : Actor) (tn bx id : Id) (act : Act)
    (t : Tenant) (b : Mailbox) (m : Message) (next : Status) (us : List Update) (cs : List Command) : Prop where
  tenant : w.tenant tn = some t
  mailbox : w.mailbox bx = some b
  message : m = (w.message id).getD (unborn actor tn bx)
  ours : b.tenant = tn
  itsTenant : m.tenant = tn
  itsMailbox : m.mailbox = bx
  decided : decisionOf m.status act.kind (factsOf t b m actor now act) =
    .go next us cs (reason act.kind (factsOf t b m actor now act) next)

theorem Moved.goes {w now actor tn bx id act t b m next us cs}
    (h : Moved w now actor tn bx id act t b m next us cs) :
    Goes m.status (factsOf t b m actor now act) act.kind next us cs := Countersign.goes h.decided

theorem onMessage_cases (w : World) (now : Time) (actor : Actor) (tn bx id : Id) (act : Act) :
    (∃ t b m next us cs, Moved w now actor tn bx id act t b m next us cs ∧
      onMessage w now actor tn bx id act =
        (.accepted (some (.status m.status)) (some (.status next)) cs (some (modeFor t b m act))
            (reason act.kind (factsOf t b m actor now act) next),
          .message id (updated t b actor now act m next us))) ∨
    (∃ why was mode, onMessage w now actor tn bx id act = (.refused why was mode, .nothing)) := by
  unfold onMessage
  split
  · exact .inr ⟨_, _, _, rfl⟩
  · exact .inr ⟨_, _, _, rfl⟩
  · rename_i t b ht hb
    simp only [Bool.cond_eq_ite]
    split
    · rename_i hs
      simp only [Bool.and_eq_true, same_iff] at hs
      unfold actOn
      split
      · exact .inr ⟨_, _, _, rfl⟩
      · rename_i next us cs why hd
        have hw := decided_reason hd
        subst hw
        exact .inl ⟨t, b, _, next, us, cs, ⟨ht, hb, rfl, hs.1.1, hs.1.2, hs.2, hd⟩, rfl⟩
    · exact .inr ⟨_, _, _, rfl⟩

theorem onMailbox_change (w : World) (actor : Actor) (tn id : Id) (act : MailboxAct) :
    (onMailbox w actor tn id act).2 = .nothing ∨ ∃ b, (onMailbox w actor tn id act).2 = .mailbox id b := by
  simp only [onMailbox, Bool.cond_eq_ite]
  repeat' split
  all_goals simp

theorem onTenant_change (w : World) (actor : Actor) (id : Id) (act : TenantAct) :
    (onTenant w actor id act).2 = .nothing ∨ ∃ t, (onTenant w actor id act).2 = .tenant id t := by
  simp only [onTenant, Bool.cond_eq_ite]
  repeat' split
  all_goals simp

/-- What a step does, seen from message `id`. -/
theorem step_at (w : World) (e : Event) (id : Id) :
    (∃ now actor tn bx act t b m next us cs, e = .message now actor tn bx id act ∧
      Moved w now actor tn bx id act t b m next us cs ∧
      (step w e).2 = .accepted (some (.status m.status)) (some (.status next)) cs (some (modeFor t b m act))
        (reason act.kind (factsOf t b m actor now act) next) ∧
      (step w e).1.message id = some (updated t b actor now act m next us)) ∨
    ((step w e).1.message id = w.message id ∧
      ∀ seq, (⟨seq, e, (step w e).2⟩ : Entry).touches id = false) := by
  cases e with
  | message now actor tn bx i act =>
    rcases onMessage_cases w now actor tn bx i act with ⟨t, b, m, next, us, cs, hm, ho⟩ | ⟨why, was, mode, ho⟩
    · by_cases hi : i = id
      · subst hi
        refine .inl ⟨now, actor, tn, bx, act, t, b, m, next, us, cs, rfl, hm, ?_, ?_⟩
        · simp only [step_eq, transition, ho]
        · simp only [step_eq, transition, ho, World.write, World.record, World.message, find_cons, if_true]
      · refine .inr ⟨?_, fun seq => ?_⟩
        · simp only [step_eq, transition, ho, World.write, World.record, World.message, find_cons, if_neg hi]
        · simp only [step_eq, transition, ho, Entry.touches, Entry.did, Bool.and_true]
          exact same_false.2 hi
    · refine .inr ⟨?_, fun seq => ?_⟩
      · simp only [step_eq, transition, ho, World.write, World.record, World.message]
      · simp only [step_eq, transition, ho, Entry.touches, Entry.did]
  | mailbox now actor tn bx act =>
    refine .inr ⟨?_, fun seq => rfl⟩
    rcases onMailbox_change w actor tn bx act with h | ⟨b, h⟩ <;>
      simp only [step_eq, transition, h, World.write, World.record, World.message]
  | tenant now actor tn act =>
    refine .inr ⟨?_, fun seq => rfl⟩
    rcases onTenant_change w actor tn act with h | ⟨b, h⟩ <;>
      simp only [step_eq, transition, h, World.write, World.record, World.message]

/-- The entry that an accepted message event leaves. -/
def moveEntry (seq : Nat) (now : Time) (actor : Actor) (tn bx id : Id) (act : Act) (t : Tenant) (b : Mailbox)
    (m : Message) (next : Status) (cs : List Command) : Entry :=
  ⟨seq, .message now actor tn bx id act,
    .accepted (some (.status m.status)) (some (.status next)) cs (some (modeFor t b m act))
      (reason act.kind (factsOf t b m actor now act) next)⟩

/-- To show something of a message and the log, look at the moves of that message alone. -/
theorem message_induction (id : Id) (P : List Entry → Option Message → Prop) (empty : P [] none)
    (skip : ∀ log m x, x.touches id = false → P log m → P (x :: log) m)
    (move : ∀ log found seq now actor tn bx act t b m next us cs, m = found.getD (unborn actor tn bx) →
      m.tenant = tn → m.mailbox = bx → Goes m.status (factsOf t b m actor now act) act.kind next us cs → P log found →
      P (moveEntry seq now actor tn bx id act t b m next cs :: log) (some (updated t b actor now act m next us)))
    {w : World} (h : Reachable w) : P w.log (w.message id) := by
  refine h.induct (P := fun w => P w.log (w.message id)) empty ?_
  intro w e _ hw
  rw [step_log]
  rcases step_at w e id with ⟨now, actor, tn, bx, act, t, b, m, next, us, cs, rfl, hm, ho, hn⟩ | ⟨hn, hx⟩
  · rw [hn, ho]
    exact move _ _ _ _ _ _ _ _ _ _ _ _ _ _ hm.message hm.itsTenant hm.itsMailbox hm.goes hw
  · rw [hn]
    exact skip _ _ _ (hx _) hw

/-! ## Positions in the log -/

/-- `Past w newer e older before`: the log of `w` has `e` on top of `older`, and `before` was the world then. -/
structure Past (w : World) (newer : List Entry) (e : Entry) (older : List Entry) (before : World) : Prop where
  reachable : Reachable before
  log : before.log = older
  seq : e.seq = older.length
  outcome : (step before e.event).2 = e.outcome

theorem past {w : World} (h : Reachable w) : ∀ {newer : List Entry} {e : Entry} {older : List Entry},
    w.log = newer ++ e :: older → ∃ before, Past w newer e older before := by
  refine h.induct (P := fun w => ∀ {newer e older}, w.log = newer ++ e :: older → ∃ before, Past w newer e older before)
    ?_ ?_
  · intro newer e older hl; simp [World.empty] at hl
  · intro w ev hr ih newer e older hl
    rw [step_log] at hl
    cases newer with
    | nil =>
      simp only [List.nil_append, List.cons.injEq] at hl
      obtain ⟨rfl, rfl⟩ := hl
      exact ⟨w, hr, rfl, rfl, rfl⟩
    | cons x newer =>
      simp only [List.cons_append, List.cons.injEq] at hl
      obtain ⟨before, hp⟩ := ih hl.2
      exact ⟨before, hp.reachable, hp.log, hp.seq, hp.outcome⟩

/-- The log determines the state: folding it again gives the world it was read from. -/
theorem replay_log {w : World} (h : Reachable w) : replay w.log = w := by
  refine h.induct (P := fun w => replay w.log = w) rfl ?_
  intro w e _ ih
  rw [step_log]
  simp only [replay, ih]

theorem Past.before_eq {w newer e older before} (h : Past w newer e older before) : before = replay older := by
  rw [← h.log, replay_log h.reachable]

end Countersign

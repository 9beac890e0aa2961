module

public import Lemmas.HandOver

/-! # Theorems about `spec/modes.md`

Worlds that are not said to be reachable are any worlds whatever. -/

@[expose] public noncomputable section

namespace Countersign

/-- OV-5: Nothing is handed over in read_only: every hand-over in the log was decided in another effective mode, and the
mailbox it left from was not read_only at that place of the log. -/
theorem read_only_silences {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hh : e.handsOver id = true) :
    e.outcome.mode ≠ some .readOnly ∧
      ∃ now actor tn bx act b, e.event = .message now actor tn bx id act ∧ (replay older).mailbox bx = some b ∧
        b.mode ≠ .readOnly := by
  obtain ⟨before, hp, now, actor, tn, bx, v, t, b, m, h⟩ := handOver_past hr hl hh
  refine ⟨?_, now, actor, tn, bx, _, b, h.event, by rw [← hp.before_eq]; exact h.mailbox, ?_⟩
  · rw [h.mode]; intro he; exact h.notReadOnly (Option.some.inj he)
  · intro hb; exact h.notReadOnly (by rw [hb]; exact effective_readOnly ..)

/-- OV-5: Nothing is taken in by a read_only mailbox: an accepted submit makes a refused message, and a revise or dispatch is
refused and leaves every record as it was. -/
theorem read_only_takes_nothing {w : World} {now : Time} {actor : Actor} {tn bx id : Id} {act : Act} {b : Mailbox}
    (hb : w.mailbox bx = some b) (ho : b.mode = .readOnly) :
    (act.kind = .submit → ∀ m, (step w (.message now actor tn bx id act)).2.isAccepted = true →
      (step w (.message now actor tn bx id act)).1.message id = some m → m.status = .refused) ∧
    (act.kind = .revise ∨ act.kind = .dispatch → (step w (.message now actor tn bx id act)).2.isAccepted = false ∧
      (step w (.message now actor tn bx id act)).1.messages = w.messages) := by
  have facts {t b' m next us cs} (hm : Moved w now actor tn bx id act t b' m next us cs) :
      (factsOf t b' m actor now act).readOnly = true := by
    have : b' = b := by have := hm.mailbox; rw [hb] at this; exact (Option.some.inj this).symm
    subst this
    simp only [factsOf, modeFor, ho, effective_readOnly, decide_true]
  constructor
  · intro hk m ha hm
    obtain ⟨t, b', m', next, us, cs, hmv, _, hn⟩ := moved_of_accepted ha
    have hf := facts hmv
    rw [hn] at hm
    cases hm
    have hg := hmv.goes
    rw [hk] at hg
    cases hg with
    | refused => rfl
    | submitted _ _ _ h => rw [hf] at h; cases h
  · intro hk
    have hno : (step w (.message now actor tn bx id act)).2.isAccepted = false := by
      cases ha : (step w (.message now actor tn bx id act)).2.isAccepted
      · rfl
      · obtain ⟨t, b', m', next, us, cs, hmv, _, _⟩ := moved_of_accepted ha
        have hf := facts hmv
        have hg := hmv.goes
        rcases hk with hk | hk <;> rw [hk] at hg <;> cases hg <;> simp_all
    exact ⟨hno, (refused_keeps hno).2.2⟩

/-- OV-6: Nothing is handed over while the tenant is halted: at the place of every hand-over in the log its tenant was not. -/
theorem halt_silences {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hh : e.handsOver id = true) :
    ∃ now actor tn bx act t, e.event = .message now actor tn bx id act ∧ (replay older).tenant tn = some t ∧
      t.halted = false := by
  obtain ⟨before, hp, now, actor, tn, bx, v, t, b, m, h⟩ := handOver_past hr hl hh
  exact ⟨now, actor, tn, bx, _, t, h.event, by rw [← hp.before_eq]; exact h.tenant, h.running⟩

/-- OV-6: Nothing is taken in from a halted tenant: an accepted submit makes a refused message, and a revise or dispatch is
refused and leaves every record as it was. -/
theorem halt_takes_nothing {w : World} {now : Time} {actor : Actor} {tn bx id : Id} {act : Act} {t : Tenant}
    (ht : w.tenant tn = some t) (ho : t.halted = true) :
    (act.kind = .submit → ∀ m, (step w (.message now actor tn bx id act)).2.isAccepted = true →
      (step w (.message now actor tn bx id act)).1.message id = some m → m.status = .refused) ∧
    (act.kind = .revise ∨ act.kind = .dispatch → (step w (.message now actor tn bx id act)).2.isAccepted = false ∧
      (step w (.message now actor tn bx id act)).1.messages = w.messages) := by
  have facts {t' b m next us cs} (hm : Moved w now actor tn bx id act t' b m next us cs) :
      (factsOf t' b m actor now act).halted = true := by
    have : t' = t := by have := hm.tenant; rw [ht] at this; exact (Option.some.inj this).symm
    subst this
    exact ho
  constructor
  · intro hk m ha hm
    obtain ⟨t, b', m', next, us, cs, hmv, _, hn⟩ := moved_of_accepted ha
    have hf := facts hmv
    rw [hn] at hm
    cases hm
    have hg := hmv.goes
    rw [hk] at hg
    cases hg with
    | refused => rfl
    | submitted _ _ h => rw [hf] at h; cases h
  · intro hk
    have hno : (step w (.message now actor tn bx id act)).2.isAccepted = false := by
      cases ha : (step w (.message now actor tn bx id act)).2.isAccepted
      · rfl
      · obtain ⟨t, b', m', next, us, cs, hmv, _, _⟩ := moved_of_accepted ha
        have hf := facts hmv
        have hg := hmv.goes
        rcases hk with hk | hk <;> rw [hk] at hg <;> cases hg <;> simp_all
    exact ⟨hno, (refused_keeps hno).2.2⟩

/-- OV-3: No event by an agent, a reviewer or the system makes a mailbox's mode looser, and none of them makes a mailbox. -/
theorem agent_never_raises_mode {w : World} {e : Event} {bx : Id} (hrole : e.actor.role ≠ .operator) {b' : Mailbox}
    (hb : (step w e).1.mailbox bx = some b') :
    ∃ b, w.mailbox bx = some b ∧ b'.mode.freedom ≤ b.mode.freedom := by
  rcases mailbox_step w e bx with h | ⟨_, h, _⟩ | ⟨b, b'', hold, hnew, _, h⟩
  · exact ⟨b', by rw [← h]; exact hb, Nat.le_refl _⟩
  · exact absurd h hrole
  · rw [hnew] at hb
    cases hb
    refine ⟨b, hold, ?_⟩
    rcases h with ⟨h, _⟩ | h
    · exact absurd h hrole
    · simp only [modeDecision] at h
      cases hr : e.actor.role <;> rw [hr] at h <;> simp only at h
      · split at h
        · cases h
        · split at h
          · cases h
          · omega
      · cases h
      · exact absurd hr hrole
      · cases h

/-- OV-3: Nor does any sequence of events in which no operator acts, however long and by however many. -/
theorem agents_together_never_raise_mode (es : List Event) {w : World} {bx : Id}
    (hrole : ∀ e ∈ es, e.actor.role ≠ .operator) {b' : Mailbox} (hb : (run w es).mailbox bx = some b') :
    ∃ b, w.mailbox bx = some b ∧ b'.mode.freedom ≤ b.mode.freedom := by
  induction es generalizing w with
  | nil => exact ⟨b', hb, Nat.le_refl _⟩
  | cons e es ih =>
    obtain ⟨b1, h1, hle1⟩ := ih (fun x hx => hrole x (by simp [hx])) hb
    obtain ⟨b, h, hle⟩ := agent_never_raises_mode (hrole e (by simp)) h1
    exact ⟨b, h, by omega⟩

/-- OV-9: The mode that counted for a hand-over is no looser than the mailbox's mode then, whatever the request asked for;
and asking for a mode never gives a looser one than not asking. -/
theorem request_never_loosens {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hh : e.handsOver id = true) {mode : Mode} (hm : e.outcome.mode = some mode) :
    (∃ now actor tn bx act b, e.event = .message now actor tn bx id act ∧ (replay older).mailbox bx = some b ∧
      mode.freedom ≤ b.mode.freedom) ∧
    ∀ (mailbox asked : Mode) (held halted : Bool),
      (effectiveMode mailbox (some asked) held halted).freedom ≤ (effectiveMode mailbox none held halted).freedom := by
  obtain ⟨before, hp, now, actor, tn, bx, v, t, b, m, h⟩ := handOver_past hr hl hh
  have he := h.mode
  rw [hm] at he
  refine ⟨⟨now, actor, tn, bx, _, b, h.event, by rw [← hp.before_eq]; exact h.mailbox, ?_⟩, ?_⟩
  · rw [Option.some.inj he]; exact effective_le_mailbox ..
  · intro mailbox asked held halted
    simp only [effectiveMode, Option.getD_some, Option.getD_none]
    refine tighter_mono_left (tighter_mono_left (tighter_mono ?_))
    cases asked <;> decide

/-- OV-54: An event that is not about a message moves none; so raising a mode, ending a halt, changing a policy or
reinstating a reviewer frees nothing. And a message that waits for a decision gets on its way only by a reviewer's accepted
approve or by an accepted revise. -/
theorem loosening_frees_nothing {w : World} {e : Event} :
    (e.messageId = none → (step w e).1.messages = w.messages ∧ (step w e).2.commands = []) ∧
    ∀ {id : Id} {m m' : Message}, w.message id = some m → m.status = .pendingApproval →
      (step w e).1.message id = some m' →
      m'.status = .scheduled ∨ m'.status = .queued ∨ m'.status = .dispatching →
      ∃ now actor tn bx act, e = .message now actor tn bx id act ∧ (step w e).2.isAccepted = true ∧
        (act.kind = .approve ∧ actor.role = .reviewer ∨ act.kind = .revise) := by
  refine ⟨fun h => ⟨other_keeps_messages h, other_commands h⟩, fun {id m m'} hm hs hm' hs' => ?_⟩
  rcases step_at w e id with ⟨now, actor, tn, bx, act, t, b, m0, next, us, cs, he, hmv, ho, hn⟩ | ⟨hn, _⟩
  · rw [hn] at hm'
    cases hm'
    rw [updated_status] at hs'
    have h0 := hmv.known hm
    subst h0
    refine ⟨now, actor, tn, bx, act, he, by rw [ho]; rfl, ?_⟩
    have hg := hmv.goes
    rw [hs] at hg
    cases act <;> simp only [Act.kind] at hg ⊢ <;> cases hg <;> simp_all [factsOf]
  · rw [hn, hm] at hm'
    cases hm'
    rw [hs] at hs'
    rcases hs' with h | h | h <;> cases h

/-- OV-28: At every hand-over the mode was worked out from the mailbox's mode, the stop switch and the verdict of that very
moment, and from the request; if that is gated, enough people permit it at that moment. Whatever the mode was at submit. -/
theorem tightening_reaches_everything_unsent {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry}
    {id : Id} (hl : w.log = newer ++ e :: older) (hh : e.handsOver id = true) :
    ∃ now actor tn bx v t b m, e.event = .message now actor tn bx id (.dispatch v) ∧
      (replay older).tenant tn = some t ∧ (replay older).mailbox bx = some b ∧ (replay older).message id = some m ∧
      e.outcome.mode = some (effectiveMode b.mode m.requested v.held t.halted) ∧
      t.halted = false ∧ b.mode ≠ .readOnly ∧ v.blocked = false ∧
      (b.mode.gated = true ∨ v.held = true → ∃ voters : List Id, voters.Nodup ∧ b.policy.quorum ≤ voters.length ∧
        ∀ p ∈ voters, Permits older t b id now m.digest p) := by
  obtain ⟨before, hp, now, actor, tn, bx, v, t, b, m, h⟩ := handOver_past hr hl hh
  rw [← hp.before_eq]
  refine ⟨now, actor, tn, bx, v, t, b, m, h.event, h.tenant, h.mailbox, h.message, h.mode, h.running, ?_, h.unblocked, ?_⟩
  · intro hb; exact h.notReadOnly (by rw [hb]; exact effective_readOnly ..)
  · intro hg
    rw [← hp.log]
    refine permits_of_meets hp.reachable h.message (h.approved ?_)
    rcases hg with hg | hg
    · exact gated_of_le (effective_le_mailbox ..) hg
    · rw [hg]; exact effective_held_gated ..

/-- OV-38: A risk verdict only tightens: a held verdict never gives a looser mode than one that is not, and a message that
is clear under any verdict is clear under a clean one. -/
theorem risk_only_tightens :
    (∀ (mailbox : Mode) (asked : Option Mode) (halted : Bool),
      (effectiveMode mailbox asked true halted).freedom ≤ (effectiveMode mailbox asked false halted).freedom) ∧
    ∀ (t : Tenant) (b : Mailbox) (m : Message) (actor : Actor) (now : Time) (v : Verdict) (score : Nat),
      (factsOf t b m actor now (.dispatch v)).clear = true →
      (factsOf t b m actor now (.dispatch ⟨score, false, false⟩)).clear = true := by
  have first : ∀ (mailbox : Mode) (asked : Option Mode) (halted : Bool),
      (effectiveMode mailbox asked true halted).freedom ≤ (effectiveMode mailbox asked false halted).freedom := by
    intro mailbox asked halted
    simp only [effectiveMode, if_true]
    refine tighter_mono_left (tighter_mono ?_)
    decide
  refine ⟨first, ?_⟩
  intro t b m actor now v score h
  have hle : (effectiveMode b.mode m.requested v.held t.halted).freedom ≤
      (effectiveMode b.mode m.requested false t.halted).freedom := by
    cases v.held
    · exact Nat.le_refl _
    · exact first ..
  simp only [factsOf, isClear, modeFor, Act.requestedOr, Act.verdictOr, Act.isResolve, standingFor, Act.fresh,
    Bool.not_false, Bool.true_and, Bool.and_true, Bool.and_eq_true, Bool.or_eq_true, decide_eq_true_eq,
    Bool.not_eq_true', Bool.false_eq_true, if_false] at h ⊢
  refine ⟨fun hro => h.1.1 (readOnly_of_freedom ?_), ?_⟩
  · rw [hro] at hle; exact hle
  · rcases h.2 with hg | hq
    · refine .inl ?_
      cases hgg : (effectiveMode b.mode m.requested false t.halted).gated
      · rfl
      · rw [gated_of_le hle hgg] at hg; cases hg
    · exact .inr hq

/-- OV-10: What is submitted or edited with a held verdict is refused or waits for a person, whatever the mode. -/
theorem high_risk_waits {w : World} {now : Time} {actor : Actor} {tn bx id : Id} {act : Act} {m : Message} {v : Verdict}
    (hact : (∃ d o r s, act = .submit d o r s v) ∨ ∃ base d r s o, act = .revise base d r s v o) (hh : v.held = true)
    (ha : (step w (.message now actor tn bx id act)).2.isAccepted = true)
    (hm : (step w (.message now actor tn bx id act)).1.message id = some m) :
    m.status = .pendingApproval ∨ m.status = .refused := by
  obtain ⟨t, b, m', next, us, cs, hmv, _, hn⟩ := moved_of_accepted ha
  rw [hn] at hm
  cases hm
  rw [updated_status]
  have hk : act.fresh = true := by rcases hact with ⟨_, _, _, _, rfl⟩ | ⟨_, _, _, _, _, rfl⟩ <;> rfl
  have hall : ∀ u, act.verdictOr u = v := by rcases hact with ⟨_, _, _, _, rfl⟩ | ⟨_, _, _, _, _, rfl⟩ <;> intro _ <;> rfl
  have hclear : (factsOf t b m' actor now act).clear = false := by
    have hg : (modeFor t b m' act).gated = true := by
      simp only [modeFor, hall, hh]; exact effective_held_gated ..
    have hq : meets b.policy [] = false := by
      have := b.policy.somebody
      simp [meets, people]; omega
    simp only [factsOf, isClear, standingFor, hk, if_true, hg, hq, Bool.not_true, Bool.and_false, Bool.or_false]
  have hg := hmv.goes
  rcases Act.fresh_iff.1 hk with hk | hk <;> rw [hk] at hg <;> cases hg <;> simp_all [Placed]

/-- OV-12: What a send block matches never leaves: no hand-over in the log was decided with a verdict that matched, and a
submit it matches makes a refused message. -/
theorem blocked_never_leaves {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) :
    (e.handsOver id = true → ∃ now actor tn bx v, e.event = .message now actor tn bx id (.dispatch v) ∧
      v.blocked = false) ∧
    ∀ now actor tn bx d o r s v, e.event = .message now actor tn bx id (.submit d o r s v) → v.blocked = true →
      e.outcome.isAccepted = true → e.leaves id .refused = true := by
  constructor
  · intro hh
    obtain ⟨before, hp, now, actor, tn, bx, v, t, b, m, h⟩ := handOver_past hr hl hh
    exact ⟨now, actor, tn, bx, v, h.event, h.unblocked⟩
  · intro now actor tn bx d o r s v he hb ha
    obtain ⟨before, hp⟩ := past hr hl
    have ho := hp.outcome
    rw [he] at ho
    rw [← ho] at ha
    obtain ⟨t, b, m', next, us, cs, hmv, hout, _⟩ := moved_of_accepted ha
    rw [ho] at hout
    have hg := hmv.goes
    simp only [Act.kind] at hg
    have hf : (factsOf t b m' actor now (.submit d o r s v)).blocked = true := hb
    cases hg with
    | refused => simp [Entry.leaves, he, hout, Event.messageId, Outcome.now]
    | submitted _ _ _ _ h => rw [hf] at h; cases h

/-- OV-7: A hand-over decided in monitored brings the command to copy it, after the hand-over in the same entry; and no entry
in any other mode, or of any other event, brings one. -/
theorem monitored_is_copied {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hid : e.event.messageId = some id) :
    (e.handsOver id = true → e.outcome.mode = some .monitored → e.outcome.commands = [.handOver, .copy]) ∧
    (.copy ∈ e.outcome.commands → e.handsOver id = true ∧ e.outcome.mode = some .monitored) := by
  constructor
  · intro hh hm
    obtain ⟨before, hp, now, actor, tn, bx, v, t, b, m, h⟩ := handOver_past hr hl hh
    have hmode := h.mode
    rw [hm] at hmode
    rcases h.commands with ⟨_, hc⟩ | ⟨hne, _⟩
    · exact hc
    · exact absurd (Option.some.inj hmode).symm hne
  · intro hc
    obtain ⟨before, hp⟩ := past hr hl
    have ho := hp.outcome
    have hh : e.handsOver id = true := by
      simp only [Entry.handsOver, hid, decide_true, Bool.true_and]
      rcases step_at before e.event id with ⟨now, actor, tn, bx, act, t, b, m0, next, us, cs, he, hmv, hout, _⟩ | ⟨_, hx⟩
      · rw [ho] at hout
        rw [hout] at hc ⊢
        have hg := hmv.goes
        have hc : .copy ∈ cs := hc
        show cs.contains .handOver = true
        generalize act.kind = k at hg
        cases hg <;> simp_all [Placed] <;> grind
      · obtain ⟨why, was, mode, hout⟩ := untouched_outcome (hx 0) hid
        have hout : (step before e.event).2 = .refused why was mode := hout
        rw [ho] at hout
        rw [hout] at hc
        cases hc
    refine ⟨hh, ?_⟩
    obtain ⟨before, hp, now, actor, tn, bx, v, t, b, m, h⟩ := handOver_past hr hl hh
    rcases h.commands with ⟨he, _⟩ | ⟨_, hcs⟩
    · rw [h.mode, he]
    · rw [hcs] at hc; simp at hc

end Countersign

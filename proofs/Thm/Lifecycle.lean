module

public import Lemmas.HandOver
public import Lemmas.Homes

/-! # Theorems about `spec/lifecycle.md`

`w.log = newer ++ e :: older` says that entry `e` is in the log, `older` came before it, `newer` after. -/

@[expose] public noncomputable section

namespace Countersign

/-- OV-39: Every hand-over whose effective mode is gated has behind it, earlier in the log, the words of one or more reviewers
for the very content handed over, given after that content came; none of them wrote the message or answers for its author. -/
theorem no_gated_bypass {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hh : e.handsOver id = true) {mode : Mode} (hm : e.outcome.mode = some mode)
    (hg : mode.gated = true) :
    ∃ d, ∃ voters : List Id, contentIn id older = some d ∧ voters ≠ [] ∧
      ∀ p ∈ voters, (∃ time, Stands older id p d time) ∧ ¬Wrote older id p := by
  obtain ⟨now, actor, tn, bx, v, t, b, d, voters, _, _, _, hd, _, hq, hv⟩ := handOver_permitted hr hl hh hm hg
  refine ⟨d, voters, hd, somebody hq, fun p hp => ⟨?_, (hv p hp).another⟩⟩
  obtain ⟨time, hs, _⟩ := (hv p hp).word
  exact ⟨time, hs⟩

/-- OV-39: The same, by the mailbox's own mode: whatever a request or a verdict says, a hand-over from a mailbox that is
gated at that place of the log has such words behind it. -/
theorem no_gated_mailbox_bypass {w : World} (hr : Reachable w) {newer older : List Entry} {now : Time} {actor : Actor}
    {tn bx id : Id} {act : Act} {seq : Nat} {o : Outcome}
    (hl : w.log = newer ++ ⟨seq, .message now actor tn bx id act, o⟩ :: older) (hh : o.commands.contains .handOver = true)
    {b : Mailbox} (hb : (replay older).mailbox bx = some b) (hg : b.mode.gated = true) :
    ∃ d, ∃ voters : List Id, contentIn id older = some d ∧ voters ≠ [] ∧
      ∀ p ∈ voters, (∃ time, Stands older id p d time) ∧ ¬Wrote older id p := by
  have hh' : (⟨seq, .message now actor tn bx id act, o⟩ : Entry).handsOver id = true := by
    simp only [Entry.handsOver, Event.messageId, decide_true, Bool.true_and]; exact hh
  obtain ⟨before, hp, now', actor', tn', bx', v, t, b', m, h⟩ := handOver_past hr hl hh'
  have he := h.event
  cases he
  have hb' := h.mailbox
  rw [hp.before_eq, hb] at hb'
  cases hb'
  exact no_gated_bypass hr hl hh' h.mode (gated_of_le (effective_le_mailbox ..) hg)

/-- OV-52: An entry that records a delivery comes after the entry of a hand-over of the same content; no other hand-over and
no other content came between; and if that hand-over's effective mode was gated, the words that permitted it came before it. -/
theorem approval_recorded_before_delivery {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hd : e.leaves id .delivered = true) :
    ∃ between h before, older = between ++ h :: before ∧ h.handsOver id = true ∧
      (∀ x ∈ between, x.handsOver id = false) ∧ contentIn id older = contentIn id before ∧
      ∀ mode, h.outcome.mode = some mode → mode.gated = true →
        ∃ d, ∃ voters : List Id, contentIn id older = some d ∧ voters ≠ [] ∧
          ∀ p ∈ voters, ∃ x ∈ before, ∃ time, x.approves id p d time = true := by
  obtain ⟨past', hp⟩ := past hr hl
  simp only [Entry.leaves, decide_eq_true_eq] at hd
  have hex : ∃ mid x rest, past'.log = mid ++ x :: rest ∧ x.handsOver id = true ∧ x.brings id = false ∧
      ∀ y ∈ mid, y.brings id = false ∧ y.handsOver id = false := by
    rcases step_at past' e.event id with ⟨now, actor, tn, bx, act, t, b, m, next, us, cs, he, hmv, ho, _⟩ | ⟨_, hx⟩
    · rw [hp.outcome] at ho
      rw [ho] at hd
      have hn : next = .delivered := by simpa [Outcome.now] using hd.2
      subst hn
      have hs : m.status = .dispatching ∨ m.status = .uncertain := by
        have hg := hmv.goes
        generalize act.kind = k at hg
        generalize hnx : Status.delivered = nx at hg
        cases hg <;> simp_all [Placed] <;> grind [Status.unsent]
      have hk : act.kind ≠ .submit := by
        intro hk
        have := hmv.goes.of_submit hk
        rw [this] at hs
        rcases hs with h | h <;> cases h
      exact under_way hp.reachable (hmv.stored hk) hs
    · obtain ⟨why, was, mode, ho⟩ := untouched_outcome (hx 0) hd.1
      have ho : (step past' e.event).2 = .refused why was mode := ho
      rw [hp.outcome] at ho
      rw [ho] at hd
      cases hd.2
  obtain ⟨mid, x, rest, hlog, hx, hb, hn⟩ := hex
  rw [hp.log] at hlog
  have hcont : contentIn id older = contentIn id rest := by
    rw [hlog, content_not_brought_all fun y hy => (hn y hy).1, content_not_brought hb]
  refine ⟨mid, x, rest, hlog, hx, fun y hy => (hn y hy).2, hcont, fun mode hm hg => ?_⟩
  obtain ⟨d, voters, hd, hne, hv⟩ := no_gated_bypass (newer := newer ++ e :: mid) (older := rest) hr
    (by rw [hl, hlog]; simp) hx hm hg
  refine ⟨d, voters, by rw [hcont, hd], hne, fun p hp => ?_⟩
  obtain ⟨⟨time, y, hy, ha⟩, _⟩ := hv p hp
  exact ⟨y, mem_of_standing hy, time, ha⟩

/-- OV-32: The log never says more than once that a message was delivered, and nothing is handed over after it. -/
theorem delivered_at_most_once {w : World} (hr : Reachable w) (id : Id) :
    deliveries id w.log ≤ 1 ∧ ∀ newer older e, w.log = newer ++ e :: older → e.handsOver id = true →
      deliveries id older = 0 := by
  constructor
  · rw [deliveries_counted hr id]; split <;> omega
  · intro newer older e hl hh
    obtain ⟨before, hp, now, actor, tn, bx, v, t, b, m, h⟩ := handOver_past hr hl hh
    have := deliveries_counted hp.reachable id
    rw [hp.log, h.message] at this
    simpa [h.queued] using this

/-- OV-32: A message is handed over again only if, since the last time, the server put it off for a reason known to be
temporary, or a person reopened it. -/
theorem never_again_on_its_own {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hh : e.handsOver id = true) (ha : 0 < handOvers id older) :
    ∃ x ∈ sinceHandOver id older, x.defers id (handOvers id older) = true ∨
      x.retries id = true ∧ (x.event.actor.role = .reviewer ∨ x.event.actor.role = .operator) :=
  handed_over_again hr hl hh ha

/-- OV-32: When the answer to a hand-over was lost, nothing moves the message but a person's resolve. -/
theorem uncertain_waits_for_a_person {w : World} {e : Event} {id : Id} {m m' : Message} (hm : w.message id = some m)
    (hs : m.status = .uncertain) (hm' : (step w e).1.message id = some m') (hn : m'.status ≠ .uncertain) :
    ∃ now actor tn bx act, e = .message now actor tn bx id act ∧ act.kind = .resolve ∧
      (actor.role = .reviewer ∨ actor.role = .operator) := by
  rcases step_at w e id with ⟨now, actor, tn, bx, act, t, b, m0, next, us, cs, he, hmv, ho, hn'⟩ | ⟨hn', _⟩
  · rw [hn'] at hm'
    cases hm'
    rw [updated_status] at hn
    have h0 := hmv.known hm
    subst h0
    refine ⟨now, actor, tn, bx, act, he, ?_⟩
    have hg := hmv.goes
    rw [hs] at hg
    cases act <;> simp only [Act.kind] at hg ⊢ <;> cases hg <;> simp_all [factsOf, Status.unsent]
  · rw [hn', hm] at hm'
    cases hm'
    exact absurd hs hn

/-- OV-17: Nothing changes a message that has ended, nor is it handed over, whatever happens after. -/
theorem terminal_is_final (es : List Event) {w : World} {id : Id} {m : Message} (hm : w.message id = some m)
    (hend : m.status.ended = true) :
    (run w es).message id = some m ∧
      ∀ e, e.messageId = some id → (step (run w es) e).2.isAccepted = false := by
  have one : ∀ (w : World) (e : Event), w.message id = some m → (step w e).1.message id = some m ∧
      (e.messageId = some id → (step w e).2.isAccepted = false) := by
    intro w e hm
    rcases step_at w e id with ⟨now, actor, tn, bx, act, t, b, m0, next, us, cs, he, hmv, ho, hn'⟩ | ⟨hn', hx⟩
    · have h0 := hmv.known hm
      subst h0
      have := hmv.goes.not_ended
      rw [hend] at this
      cases this
    · refine ⟨by rw [hn', hm], fun hid => ?_⟩
      obtain ⟨why, was, mode, ho⟩ := untouched_outcome (hx 0) hid
      have ho : (step w e).2 = .refused why was mode := ho
      rw [ho]; rfl
  have all : ∀ (es : List Event) (w : World), w.message id = some m → (run w es).message id = some m := by
    intro es
    induction es with
    | nil => intro w h; exact h
    | cons e es ih => intro w h; exact ih _ (one w e h).1
  exact ⟨all es w hm, fun e he => (one _ e (all es w hm)).2 he⟩

/-- OV-121: A submit that makes a refused message says why: halted if the tenant is, else read_only if that is the effective
mode, else recipient_blocked, and then a recipient is; and nothing else that is accepted gives a reason. -/
theorem refused_says_why {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hid : e.event.messageId = some id) (ha : e.outcome.isAccepted = true) :
    (e.leaves id .refused = false → e.outcome.why = none) ∧
    (e.leaves id .refused = true → ∃ now actor tn bx d o r s v t b,
      e.event = .message now actor tn bx id (.submit d o r s v) ∧ (replay older).tenant tn = some t ∧
      (replay older).mailbox bx = some b ∧ e.outcome.why = some (
        if t.halted then .halted
        else if effectiveMode b.mode r v.held t.halted = .readOnly then .readOnly
        else .recipientBlocked) ∧
      (t.halted = true ∨ effectiveMode b.mode r v.held t.halted = .readOnly ∨ v.blocked = true)) := by
  obtain ⟨past', hp⟩ := past hr hl
  rcases step_at past' e.event id with ⟨now, actor, tn, bx, act, t, b, m, next, us, cs, he, hmv, ho, _⟩ | ⟨_, hx⟩
  · rw [hp.outcome] at ho
    have hleaves : e.leaves id .refused = decide (next = .refused) := by
      simp [Entry.leaves, he, ho, Event.messageId, Outcome.now]
    have hwhy : e.outcome.why = reason act.kind (factsOf t b m actor now act) next := by rw [ho]; rfl
    rw [hleaves, hwhy]
    refine ⟨fun hn => ?_, fun hn => ?_⟩
    · have hn : next ≠ .refused := of_decide_eq_false hn
      cases act.kind <;> cases next <;> first | rfl | exact absurd rfl hn
    · have hn : next = .refused := of_decide_eq_true hn
      subst hn
      have hg := hmv.goes
      have hk : act.kind = .submit := by
        generalize act.kind = k at hg
        generalize hnx : Status.refused = nx at hg
        cases hg <;> simp_all [Placed] <;> grind [Status.unsent]
      cases act
      case submit d o r s v _ =>
        simp only [Act.kind] at hg
        refine ⟨now, actor, tn, bx, d, o, r, s, v, t, b, he, by rw [← hp.before_eq]; exact hmv.tenant,
          by rw [← hp.before_eq]; exact hmv.mailbox, ?_, ?_⟩
        · have hcl : (factsOf t b m actor now (.submit d o r s v)).halted = t.halted := rfl
          have hro : (factsOf t b m actor now (.submit d o r s v)).readOnly =
            decide (effectiveMode b.mode r v.held t.halted = .readOnly) := rfl
          have hbl : (factsOf t b m actor now (.submit d o r s v)).blocked = v.blocked := rfl
          cases hg with
          | refused _ _ hwhy =>
            simp only [reason, Act.kind, turnsAway, hcl, hro, hbl, Bool.cond_eq_ite] at hwhy ⊢
            split
            · rfl
            · split
              · rename_i h; simp only [decide_eq_true_eq] at h; simp [h]
              · rename_i h1 h2
                simp only [decide_eq_true_eq] at h2
                simp_all
          | submitted _ _ _ _ _ hp => exfalso; simp [Placed] at hp
        · cases hg with
          | refused _ _ hwhy => simpa [factsOf, modeFor, Act.requestedOr, Act.verdictOr] using hwhy
          | submitted _ _ _ _ _ hp => exfalso; simp [Placed] at hp
      all_goals cases hk
  · obtain ⟨why, was, mode, ho⟩ := untouched_outcome (hx 0) hid
    have ho : (step past' e.event).2 = .refused why was mode := ho
    rw [hp.outcome] at ho
    rw [ho] at ha
    cases ha

/-- OV-16: Once a message has been handed over nothing cancels it any more. -/
theorem handed_over_cannot_be_cancelled {w : World} {now : Time} {actor : Actor} {tn bx id : Id} {m : Message}
    (hm : w.message id = some m) (hs : m.status = .dispatching ∨ m.status = .uncertain) :
    (step w (.message now actor tn bx id .cancel)).2.isAccepted = false := by
  cases ha : (step w (.message now actor tn bx id .cancel)).2.isAccepted
  · rfl
  · obtain ⟨t, b, m', next, us, cs, hmv, _, _⟩ := moved_of_accepted ha
    have h0 := hmv.known hm
    subst h0
    have hg := hmv.goes
    simp only [Act.kind] at hg
    cases hg with
    | cancelled hu => rcases hs with h | h <;> rw [h] at hu <;> cases hu

/-- OV-27: A scheduled message is not released before its time. -/
theorem released_when_due {w : World} {now : Time} {actor : Actor} {tn bx id : Id} {m : Message}
    (hm : w.message id = some m) (ha : (step w (.message now actor tn bx id .release)).2.isAccepted = true) :
    m.sendAt ≤ now := by
  obtain ⟨t, b, m', next, us, cs, hmv, _, _⟩ := moved_of_accepted ha
  have h0 := hmv.known hm
  subst h0
  have hg := hmv.goes
  simp only [Act.kind] at hg
  cases hg with
  | released _ _ hd => simpa [factsOf, Act.sendAtOr] using hd

/-- OV-56: Every event, accepted or refused, adds one entry on top of the log, numbered by its place, and changes none below;
a refused event changes nothing else. -/
theorem log_only_grows (w : World) (e : Event) :
    (step w e).1.log = ⟨w.log.length, e, (step w e).2⟩ :: w.log ∧
    (∀ es, ∃ newer, (run w es).log = newer ++ w.log ∧ newer.length = es.length) ∧
    ((step w e).2.isAccepted = false → (step w e).1.tenants = w.tenants ∧ (step w e).1.mailboxes = w.mailboxes ∧
      (step w e).1.messages = w.messages) := by
  refine ⟨step_log w e, fun es => ?_, refused_keeps⟩
  induction es generalizing w with
  | nil => exact ⟨[], rfl, rfl⟩
  | cons x es ih =>
    obtain ⟨newer, hn, hlen⟩ := ih (step w x).1
    refine ⟨newer ++ [⟨w.log.length, x, (step w x).2⟩], ?_, by simp [hlen]⟩
    show (run (step w x).1 es).log = _
    rw [hn, step_log]
    simp

/-- OV-35: Folding the log again from nothing, with its events alone, gives the state, and at every entry the outcome that it
records. So two worlds with one log are one world. -/
theorem log_determines_state {w : World} (hr : Reachable w) :
    replay w.log = w ∧
    (∀ newer e older, w.log = newer ++ e :: older → (step (replay older) e.event).2 = e.outcome ∧ e.seq = older.length) ∧
    ∀ other, Reachable other → other.log = w.log → other = w := by
  refine ⟨replay_log hr, fun newer e older hl => ?_, fun other ho hlog => ?_⟩
  · obtain ⟨before, hp⟩ := past hr hl
    rw [← hp.before_eq]
    exact ⟨hp.outcome, hp.seq⟩
  · rw [← replay_log ho, hlog, replay_log hr]

/-- OV-55: Whatever the mode, the stop switch, the clock and the reviewers, one event ends a message that has not ended: a
cancel by any operator while it is unsent, the system's report while it is under way, a resolve by an operator who neither
wrote it nor is revoked while its fate is unknown. -/
theorem every_message_can_end {w : World} (hr : Reachable w) {id : Id} {m : Message} (hm : w.message id = some m)
    (hs : m.status.ended = false) (now : Time) (operator system : Actor) (ho : operator.role = .operator)
    (hsy : system.role = .system) (hw : ¬Wrote w.log id operator.principal)
    (hrev : ∀ t, w.tenant m.tenant = some t → operator.principal ∉ t.revoked) :
    ∃ act m', ((step w (.message now operator m.tenant m.mailbox id act)).1.message id = some m' ∨
      (step w (.message now system m.tenant m.mailbox id act)).1.message id = some m') ∧ m'.status.ended = true := by
  obtain ⟨t, b, ht, hb, hbt⟩ := home hr hm
  have goes (actor : Actor) (act : Act) (next : Status)
      (hd : ∃ us cs why, decisionOf m.status act.kind (factsOf t b m actor now act) = .go next us cs why) :
      ∃ m', (step w (.message now actor m.tenant m.mailbox id act)).1.message id = some m' ∧ m'.status = next := by
    obtain ⟨us, cs, why, hd⟩ := hd
    refine ⟨updated t b actor now act m next us, ?_, rfl⟩
    simp only [step_eq, actOn_stored hm ht hb hbt, actOn, hd, World.write, World.record, World.message, find_cons, if_true]
  have cancel (hu : m.status = .pendingApproval ∨ m.status = .scheduled ∨ m.status = .queued) :
      ∃ act m', ((step w (.message now operator m.tenant m.mailbox id act)).1.message id = some m' ∨
        (step w (.message now system m.tenant m.mailbox id act)).1.message id = some m') ∧ m'.status.ended = true := by
    obtain ⟨m', h1, h2⟩ := goes operator .cancel .cancelled ⟨[], [], none, by
      have hrole : (factsOf t b m operator now .cancel).role = .operator := ho
      rcases hu with h | h | h <;> rw [h] <;>
        simp [decisionOf, mayCause, foreign, Act.kind, hrole, inPlace]⟩
    exact ⟨.cancel, m', .inl h1, by rw [h2]; rfl⟩
  cases hst : m.status with
  | new => exact absurd hst (stored_not_new hr hm)
  | pendingApproval => exact cancel (.inl hst)
  | scheduled => exact cancel (.inr (.inl hst))
  | queued => exact cancel (.inr (.inr hst))
  | dispatching =>
    obtain ⟨m', h1, h2⟩ := goes system (.failed m.attempt) .failed ⟨[], [], none, by
      have hrole : (factsOf t b m system now (.failed m.attempt)).role = .system := hsy
      have hatt : (factsOf t b m system now (.failed m.attempt)).attempt = true := by simp [factsOf, Act.attemptIs]
      rw [hst]
      simp [decisionOf, mayCause, foreign, Act.kind, hrole, inPlace, onReport, hatt]⟩
    exact ⟨_, m', .inr h1, by rw [h2]; rfl⟩
  | uncertain =>
    have hself : ¬(m.author = operator.principal ∨ m.owner = some operator.principal) := by
      rw [← wrote_iff hr hm]; exact hw
    obtain ⟨m', h1, h2⟩ := goes operator (.resolve .failed m.digest ⟨0, false, false⟩) .failed ⟨[], [], none, by
      have hrole : (factsOf t b m operator now (.resolve .failed m.digest ⟨0, false, false⟩)).role = .operator := ho
      have h1 : (factsOf t b m operator now (.resolve .failed m.digest ⟨0, false, false⟩)).self = false := by
        simp only [factsOf, isSelf, Act.isSubmit, Bool.not_false, Bool.true_and, Bool.or_eq_false_iff, same_false,
          ownerIs_false]
        exact ⟨fun h => hself (.inl h.symm), fun h => hself (.inr h)⟩
      have h2 : (factsOf t b m operator now (.resolve .failed m.digest ⟨0, false, false⟩)).revoked = false := by
        have := hrev t ht
        rw [← listed_iff] at this
        simpa [factsOf] using this
      have h3 : (factsOf t b m operator now (.resolve .failed m.digest ⟨0, false, false⟩)).current = true := by
        simp [factsOf, Act.named]
      have h4 : (factsOf t b m operator now (.resolve .failed m.digest ⟨0, false, false⟩)).outcome = .failed := rfl
      rw [hst]
      simp [decisionOf, mayCause, foreign, Act.kind, hrole, inPlace, onResolve, h1, h2, h3, h4]⟩
    exact ⟨_, m', .inl h1, by rw [h2]; rfl⟩
  | refused => rw [hst] at hs; cases hs
  | rejected => rw [hst] at hs; cases hs
  | cancelled => rw [hst] at hs; cases hs
  | expired => rw [hst] at hs; cases hs
  | delivered => rw [hst] at hs; cases hs
  | failed => rw [hst] at hs; cases hs

end Countersign

module

public import Lemmas.HandOver
public import Lemmas.Homes

/-! # Theorems about `spec/decisions.md` -/

@[expose] public noncomputable section

namespace Countersign

/-- OV-21: No accepted decision in the log, whether approve, reject or resolve, is by somebody who submitted the message or
answers for the credential that did. -/
theorem no_self_approval {w : World} (hr : Reachable w) {e : Entry} (he : e ∈ w.log) {id p : Id}
    (hd : e.decides id p = true) : ¬Wrote w.log id p := by
  intro hw
  obtain ⟨newer, older, hl⟩ := List.append_of_mem he
  obtain ⟨before, now, actor, tn, bx, act, t, b, m, next, us, cs, hp, hev, hq, hmv, _⟩ := did_past hr hl hd
  simp only [Bool.and_eq_true, decide_eq_true_eq] at hq
  have hk : act.kind ≠ .submit := by rcases hq.2 with h | h | h <;> rw [h] <;> simp
  have hself : isSelf m actor act = false := by
    have hg := hmv.goes
    rcases hq.2 with h | h | h <;> rw [h] at hg <;> cases hg <;> simp_all [Sound, factsOf]
  have hsub : act.isSubmit = false := by
    cases hs : act.isSubmit
    · rfl
    · exact absurd (Act.isSubmit_iff.1 hs) hk
  obtain ⟨h1, h2⟩ := not_self hself hsub
  rw [hq.1] at h1 h2
  rcases wrote_later hr hl hp (hmv.stored hk) hw with h | h
  · exact h1 h.symm
  · exact h2 h

/-- OV-53: Every approval on a message's record is the word of a reviewer in the log, for the content the message has, given
since that content came; and a step that puts one there is that reviewer's own accepted event, at its own moment. So nothing
else ever approves: no timeout, mode, score, list, policy or program. -/
theorem only_reviewers_approve {w : World} (hr : Reachable w) {id : Id} {m : Message} (hm : w.message id = some m) :
    (∀ a ∈ m.approvals, Stands w.log id a.reviewer a.digest a.time ∧ contentIn id w.log = some a.digest) ∧
    ∀ e m', (step w e).1.message id = some m' → ∀ a ∈ m'.approvals, a ∉ m.approvals →
      (step w e).2.isAccepted = true ∧ e.actor.role = .reviewer ∧ e.actor.principal = a.reviewer ∧ e.time = a.time := by
  constructor
  · intro a ha
    have hb := approvals_backed hr hm a ha
    exact ⟨hb.stands, by rw [hb.current]; exact content_logged hr hm⟩
  · intro e m' hm' a ha hna
    rcases step_at w e id with ⟨now, actor, tn, bx, act, t, b, m0, next, us, cs, he, hmv, ho, hn⟩ | ⟨hn, _⟩
    · have h0 := hmv.known hm
      subst h0
      rw [hn] at hm'
      cases hm'
      have hg := hmv.goes
      refine ⟨by rw [ho]; rfl, ?_⟩
      rw [he]
      show actor.role = .reviewer ∧ actor.principal = a.reviewer ∧ now = a.time
      have own (hr : actor.role = .reviewer) (ha : a ∈ [ownWord m0 actor now]) :
          actor.role = .reviewer ∧ actor.principal = a.reviewer ∧ now = a.time := by
        rw [List.mem_singleton.1 ha]; exact ⟨hr, rfl, rfl⟩
      have added (hr : actor.role = .reviewer) (ha : a ∈ liveApprovals t b m0 now ++ [ownWord m0 actor now]) :
          actor.role = .reviewer ∧ actor.principal = a.reviewer ∧ now = a.time := by
        rcases List.mem_append.1 ha with ha | ha
        · exact absurd (mem_live.1 ha).1 hna
        · exact own hr ha
      cases act <;> simp only [Act.kind] at hg
      case submit => rw [hg.fresh (.inl rfl), take_approvals rfl] at ha; cases ha
      case revise => rw [hg.fresh (.inr rfl), take_approvals rfl] at ha; cases ha
      case approve =>
        cases hg with
        | counted _ hr => exact added hr ha
        | approvedLater _ hr => exact added hr ha
        | approved _ hr => exact added hr ha
      case resolve =>
        cases hg with
        | foundDelivered => exact absurd ha hna
        | foundFailed => exact absurd ha hna
        | reopenedHeld => cases ha
        | reopened => cases ha
        | retriedShort _ hr => exact own hr ha
        | retried _ hr => exact own hr ha
      case revoke =>
        cases hg with
        | returnedShort => exact absurd (List.mem_filter.1 ha).1 hna
        | dropped => exact absurd (List.mem_filter.1 ha).1 hna
      case dispatch =>
        cases hg with
        | returnedBlocked => cases ha
        | returnedHeld => exact absurd (mem_live.1 ha).1 hna
        | handedOver => exact absurd ha hna
      all_goals
        cases hg
        exact absurd ha hna
    · rw [hn, hm] at hm'
      cases hm'
      exact absurd ha hna

/-- OV-53: Every accepted approve in the log was by a reviewer. -/
theorem only_reviewers_are_heard {w : World} (hr : Reachable w) {e : Entry} (he : e ∈ w.log) {id : Id}
    (hd : (e.did id fun _ _ act => decide (act.kind = .approve)) = true) : e.event.actor.role = .reviewer := by
  obtain ⟨newer, older, hl⟩ := List.append_of_mem he
  obtain ⟨before, now, actor, tn, bx, act, t, b, m, next, us, cs, hp, hev, hq, hmv, _⟩ := did_past hr hl hd
  rw [hev]
  show actor.role = .reviewer
  have hg := hmv.goes
  rw [of_decide_eq_true hq] at hg
  cases hg <;> assumption

/-- OV-22: A decision or an edit that names another digest than the message has is refused, and nothing but the log changes. -/
theorem stale_decision_refused {w : World} {now : Time} {actor : Actor} {tn bx id : Id} {act : Act} {m : Message}
    {d : Digest} (hr : Reachable w) (hm : w.message id = some m) (hd : act.named = some d) (hne : d ≠ m.digest) :
    (step w (.message now actor tn bx id act)).2.isAccepted = false ∧
      (step w (.message now actor tn bx id act)).1.messages = w.messages := by
  have hold := stored_not_new hr hm
  have hno : (step w (.message now actor tn bx id act)).2.isAccepted = false := by
    cases ha : (step w (.message now actor tn bx id act)).2.isAccepted
    · rfl
    · obtain ⟨t, b, m', next, us, cs, hmv, _, _⟩ := moved_of_accepted ha
      have h0 := hmv.known hm
      subst h0
      have hc : (factsOf t b m' actor now act).current = false := by
        simp only [factsOf, hd]; exact same_false.2 hne
      have hg := hmv.goes
      cases act <;> simp only [Act.kind] at hg <;> first | (cases hd; done) | skip
      all_goals cases hg <;> simp_all [Sound]
  exact ⟨hno, (refused_keeps hno).2.2⟩

/-- OV-15: An accepted edit leaves no approval standing, even if it gives back an earlier content; and of the words behind a
gated hand-over each names the digest that is handed over and came after its content did. -/
theorem approval_binds_content {w : World} (hr : Reachable w) :
    (∀ now actor tn bx id base d r s v o m, (step w (.message now actor tn bx id (.revise base d r s v o))).2.isAccepted = true →
      (step w (.message now actor tn bx id (.revise base d r s v o))).1.message id = some m →
      m.approvals = [] ∧ m.digest = d) ∧
    ∀ newer older e id mode, w.log = newer ++ e :: older → e.handsOver id = true → e.outcome.mode = some mode →
      mode.gated = true → ∃ d, contentIn id older = some d ∧ ∃ voters : List Id, voters ≠ [] ∧ ∀ p ∈ voters,
        ∃ since word before time, older = since ++ word :: before ∧ word.approves id p d time = true ∧
          (∀ x ∈ since, x.brings id = false) ∧ contentIn id before = some d := by
  constructor
  · intro now actor tn bx id base d r s v o m ha hm
    obtain ⟨t, b, m', next, us, cs, hmv, _, hn⟩ := moved_of_accepted ha
    rw [hn] at hm
    cases hm
    have hg := hmv.goes
    simp only [Act.kind] at hg
    rw [hg.fresh (.inr rfl)]
    exact ⟨take_approvals rfl .., rfl⟩
  · intro newer older e id mode hl hh hm hg
    obtain ⟨now, actor, tn, bx, v, t, b, d, voters, _, _, _, hd, _, hq, hv⟩ := handOver_permitted hr hl hh hm hg
    refine ⟨d, hd, voters, somebody hq, fun p hp => ?_⟩
    obtain ⟨time, ⟨x, hx, ha⟩, _⟩ := (hv p hp).word
    obtain ⟨since, before, heq, hs, hxb⟩ := standing_place hx
    refine ⟨since, x, before, time, heq, ha, fun y hy => (hs y hy).1, ?_⟩
    rw [heq, content_not_brought_all fun y hy => (hs y hy).1, content_not_brought hxb] at hd
    exact hd

/-- OV-26: A word permits one hand-over and its retries: if a word that stands at a hand-over was given before an earlier
hand-over of the message, then since that one the server put the message off for a reason known to be temporary. -/
theorem approval_single_use {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hh : e.handsOver id = true) {between rest : List Entry} {earlier : Entry}
    (ho : older = between ++ earlier :: rest) (he : earlier.handsOver id = true) {word : Entry}
    (hw : word ∈ standing id older) (hb : word.seq < earlier.seq) :
    ∃ x ∈ between, x.defers id (handOvers id older) = true := by
  obtain ⟨since, before, heq, hs, _⟩ := standing_place hw
  obtain ⟨_, hp1⟩ := past hr (newer := newer ++ e :: since) (e := word) (older := before) (by rw [hl, heq]; simp)
  obtain ⟨_, hp2⟩ := past hr (newer := newer ++ e :: between) (e := earlier) (older := rest) (by rw [hl, ho]; simp)
  have h1 := hp1.seq
  have h2 := hp2.seq
  obtain ⟨mid, hmid, _⟩ := shorter_suffix (a := since) (x := word) (c := before) (b := between) (y := earlier) (d := rest)
    (by rw [← heq, ho]) (by omega)
  have hpos : 0 < handOvers id older := by
    rw [ho, handOvers, List.countP_append, List.countP_cons, if_pos he]; omega
  obtain ⟨x, hx, hd⟩ := handed_over_again hr hl hh hpos
  have hx' : x ∈ between := by rw [ho] at hx; exact mem_since he hx
  refine ⟨x, hx', ?_⟩
  rcases hd with hd | ⟨hd, _⟩
  · exact hd
  · have := (hs x (by rw [hmid]; simp [hx'])).2
    rw [hd] at this; cases this

/-- OV-34: A resolve to retry voids every earlier approval: a reviewer's leaves their own fresh word, an operator's none, and
an operator's sends the message back to wait wherever the mode is gated. -/
theorem retry_needs_a_decision {w : World} {now : Time} {actor : Actor} {tn bx id : Id} {r : Resolution} {d : Digest}
    {v : Verdict} {m m' : Message} (hm : w.message id = some m) (hd : r ≠ .delivered) (hf : r ≠ .failed)
    (ha : (step w (.message now actor tn bx id (.resolve r d v))).2.isAccepted = true)
    (hm' : (step w (.message now actor tn bx id (.resolve r d v))).1.message id = some m') :
    (actor.role = .reviewer ∧ m'.approvals = [⟨actor.principal, m.digest, now, actor.credential⟩] ∧ d = m.digest) ∨
      (actor.role = .operator ∧ m'.approvals = [] ∧
        ∀ mode, (step w (.message now actor tn bx id (.resolve r d v))).2.mode = some mode → mode.gated = true →
          m'.status = .pendingApproval) := by
  obtain ⟨t, b, m0, next, us, cs, hmv, ho, hn⟩ := moved_of_accepted ha
  have h0 := hmv.known hm
  subst h0
  rw [hn] at hm'
  cases hm'
  have digest (hs : Sound (factsOf t b m0 actor now (.resolve r d v))) : d = m0.digest := by
    have := hs.2.2
    simpa [factsOf, Act.named] using this
  have hg := hmv.goes
  simp only [Act.kind] at hg
  cases hg with
  | foundDelivered _ _ _ h => exact absurd h hd
  | foundFailed _ _ _ h => exact absurd h hf
  | reopenedHeld _ hrole => exact .inr ⟨hrole, rfl, fun mode _ _ => rfl⟩
  | reopened _ hrole _ _ _ _ hc =>
    refine .inr ⟨hrole, rfl, fun mode hmode hgated => ?_⟩
    rw [ho] at hmode
    have hmode : modeFor t b m0 (.resolve r d v) = mode := Option.some.inj hmode
    simp [factsOf, isClear, hmode, hgated, Act.isResolve] at hc
  | retriedShort _ hrole hs => exact .inl ⟨hrole, rfl, digest hs⟩
  | retried _ hrole hs => exact .inl ⟨hrole, rfl, digest hs⟩

/-- OV-23: Behind a gated hand-over are at least as many different people as the mailbox's policy asks for at that moment,
however many credentials each of them used. -/
theorem quorum_counts_people {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hh : e.handsOver id = true) {mode : Mode} (hm : e.outcome.mode = some mode)
    (hg : mode.gated = true) :
    ∃ now actor tn bx act b d, e.event = .message now actor tn bx id act ∧ (replay older).mailbox bx = some b ∧
      contentIn id older = some d ∧ ∃ voters : List Id, voters.Nodup ∧ b.policy.quorum ≤ voters.length ∧
        ∀ p ∈ voters, (∃ time, Stands older id p d time) ∧ ¬Wrote older id p := by
  obtain ⟨now, actor, tn, bx, v, t, b, d, voters, he, _, hb, hd, hn, hq, hv⟩ := handOver_permitted hr hl hh hm hg
  refine ⟨now, actor, tn, bx, _, b, d, he, hb, hd, voters, hn, hq, fun p hp => ⟨?_, (hv p hp).another⟩⟩
  obtain ⟨time, hs, _⟩ := (hv p hp).word
  exact ⟨time, hs⟩

/-- OV-23: Whoever has a live approval on a message cannot give another, with whatever credential. -/
theorem nobody_counts_twice {w : World} {now : Time} {actor : Actor} {tn bx id : Id} {d : Digest} {v : Verdict}
    {m : Message} {t : Tenant} {b : Mailbox} (hm : w.message id = some m) (ht : w.tenant tn = some t)
    (hb : w.mailbox bx = some b) {a : Approval} (hl : a ∈ liveApprovals t b m now) (hp : a.reviewer = actor.principal) :
    (step w (.message now actor tn bx id (.approve d v))).2.isAccepted = false := by
  cases ha : (step w (.message now actor tn bx id (.approve d v))).2.isAccepted
  · rfl
  · obtain ⟨t', b', m', next, us, cs, hmv, _, _⟩ := moved_of_accepted ha
    have h0 := hmv.known hm
    subst h0
    have h1 := hmv.tenant
    rw [ht] at h1
    cases h1
    have h2 := hmv.mailbox
    rw [hb] at h2
    cases h2
    have hrep : (factsOf t b m' actor now (.approve d v)).repeated = true := by
      simp only [factsOf, standingFor, Act.fresh, Bool.false_eq_true, if_false, List.any_eq_true, same_iff]
      exact ⟨a, hl, hp⟩
    have hg := hmv.goes
    simp only [Act.kind] at hg
    cases hg <;> simp_all

/-- OV-24: Behind a gated hand-over are enough people who are not revoked at that moment; no decision and no edit by a revoked
reviewer is accepted; and after an accepted revoke of a reviewer the message has no approval of theirs. -/
theorem revoked_reviewer_voids {w : World} (hr : Reachable w) :
    (∀ newer older e id mode, w.log = newer ++ e :: older → e.handsOver id = true → e.outcome.mode = some mode →
      mode.gated = true → ∃ now actor tn bx act t b d, e.event = .message now actor tn bx id act ∧
        (replay older).tenant tn = some t ∧ (replay older).mailbox bx = some b ∧ ∃ voters : List Id, voters.Nodup ∧
        b.policy.quorum ≤ voters.length ∧ ∀ p ∈ voters, p ∉ t.revoked ∧ ∃ time, Stands older id p d time) ∧
    (∀ now actor tn bx id act t, w.tenant tn = some t → actor.principal ∈ t.revoked →
      act.kind = .approve ∨ act.kind = .reject ∨ act.kind = .revise ∨ act.kind = .resolve →
      (step w (.message now actor tn bx id act)).2.isAccepted = false) ∧
    ∀ now actor tn bx id r v m, (step w (.message now actor tn bx id (.revoke r v none))).2.isAccepted = true →
      (step w (.message now actor tn bx id (.revoke r v none))).1.message id = some m → ∀ a ∈ m.approvals, a.reviewer ≠ r := by
  refine ⟨?_, ?_, ?_⟩
  · intro newer older e id mode hl hh hm hg
    obtain ⟨now, actor, tn, bx, v, t, b, d, voters, he, ht, hb, hd, hn, hq, hv⟩ := handOver_permitted hr hl hh hm hg
    refine ⟨now, actor, tn, bx, _, t, b, d, he, ht, hb, voters, hn, hq, fun p hp => ⟨(hv p hp).unrevoked, ?_⟩⟩
    obtain ⟨time, hs, _⟩ := (hv p hp).word
    exact ⟨time, hs⟩
  · intro now actor tn bx id act t ht hrev hk
    cases ha : (step w (.message now actor tn bx id act)).2.isAccepted
    · rfl
    · obtain ⟨t', b, m', next, us, cs, hmv, _, _⟩ := moved_of_accepted ha
      have h1 := hmv.tenant
      rw [ht] at h1
      cases h1
      have hf : (factsOf t b m' actor now act).revoked = true := listed_iff.2 hrev
      have hg := hmv.goes
      rcases hk with h | h | h | h <;> rw [h] at hg <;> cases hg <;> simp_all [Sound]
  · intro now actor tn bx id r v m ha hm a hmem
    obtain ⟨t, b, m', next, us, cs, hmv, _, hn⟩ := moved_of_accepted ha
    rw [hn] at hm
    cases hm
    have hg := hmv.goes
    simp only [Act.kind] at hg
    have gone (h : a ∈ m'.approvals.filter (fun a => !(Act.revoke r v none).revokes a)) : a.reviewer ≠ r := by
      have := (List.mem_filter.1 h).2
      simp only [Act.revokes, decide_true, Bool.true_or, Bool.and_true, Bool.not_eq_true', same_false] at this
      exact fun h => this h.symm
    cases hg with
    | returnedShort => exact gone hmem
    | dropped => exact gone hmem

/-- OV-126: An approval keeps the key that it was given with; an accepted revoke that names a key takes from the message exactly
the reviewer's approvals that were given with it; and what was scheduled or queued waits again, with a new window, unless the
live ones that are left meet the quorum. -/
theorem deleted_key_voids {w : World} {now : Time} {actor : Actor} {tn bx id : Id} {m m' : Message}
    (hm : w.message id = some m) :
    (∀ d v, (step w (.message now actor tn bx id (.approve d v))).2.isAccepted = true →
      (step w (.message now actor tn bx id (.approve d v))).1.message id = some m' →
      ⟨actor.principal, m.digest, now, actor.credential⟩ ∈ m'.approvals) ∧
    ∀ r v key, (step w (.message now actor tn bx id (.revoke r v (some key)))).2.isAccepted = true →
      (step w (.message now actor tn bx id (.revoke r v (some key)))).1.message id = some m' →
      (∀ a, a ∈ m'.approvals ↔ a ∈ m.approvals ∧ ¬(a.reviewer = r ∧ a.credential = some key)) ∧
      (m.status = .scheduled ∨ m.status = .queued → ∀ t b, w.tenant tn = some t → w.mailbox bx = some b →
        meets b.policy (liveApprovals t b m' now) = false →
        m'.status = .pendingApproval ∧ m'.decideBy = now + b.policy.decisionWindow) := by
  constructor
  · intro d v ha hm'
    obtain ⟨t, b, m0, next, us, cs, hmv, _, hn⟩ := moved_of_accepted ha
    have h0 := hmv.known hm
    subst h0
    rw [hn] at hm'
    cases hm'
    have hg := hmv.goes
    simp only [Act.kind] at hg
    cases hg <;> exact List.mem_append.2 (.inr (List.mem_singleton.2 rfl))
  · intro r v key ha hm'
    obtain ⟨t, b, m0, next, us, cs, hmv, _, hn⟩ := moved_of_accepted ha
    have h0 := hmv.known hm
    subst h0
    rw [hn] at hm'
    cases hm'
    have left (a : Approval) : a ∈ m0.approvals.filter (fun a => !(Act.revoke r v (some key)).revokes a) ↔
        a ∈ m0.approvals ∧ ¬(a.reviewer = r ∧ a.credential = some key) := by
      simp only [List.mem_filter, Act.revokes, Bool.not_eq_true', Bool.and_eq_false_iff, same_false, reduceCtorEq,
        decide_false, Bool.false_or, decide_eq_false_iff_not, and_congr_right_iff]
      intro _
      constructor
      · rintro (h | h) ⟨h1, h2⟩
        · exact h h1.symm
        · exact h h2
      · intro h
        by_cases hr : r = a.reviewer
        · exact .inr fun hc => h ⟨hr.symm, hc⟩
        · exact .inl hr
    have hg := hmv.goes
    simp only [Act.kind] at hg
    cases hg with
    | returnedShort =>
      refine ⟨left, fun _ t' b' _ hb' _ => ?_⟩
      have hb := hmv.mailbox
      rw [hb'] at hb
      cases hb
      exact ⟨rfl, rfl⟩
    | dropped _ _ _ hc =>
      refine ⟨left, fun hs t' b' ht' hb' hshort => ?_⟩
      have ht := hmv.tenant
      rw [ht'] at ht
      cases ht
      have hb := hmv.mailbox
      rw [hb'] at hb
      cases hb
      rcases hc with hc | hc
      · have hsame : countedFor m0 actor now (.revoke r v (some key)) (standingFor t b m0 now (.revoke r v (some key))) =
            liveApprovals t b { m0 with
              approvals := m0.approvals.filter (fun a => !(Act.revoke r v (some key)).revokes a) } now := by
          simp only [countedFor, standingFor, Act.fresh, Bool.false_eq_true, if_false, liveApprovals, List.filter_filter]
          congr 1
          funext a
          rw [Bool.and_comm]
          rfl
        have hc : meets b.policy (countedFor m0 actor now (.revoke r v (some key))
          (standingFor t b m0 now (.revoke r v (some key)))) = true := hc
        rw [hsame] at hc
        have hshort : meets b.policy (liveApprovals t b { m0 with
          approvals := m0.approvals.filter (fun a => !(Act.revoke r v (some key)).revokes a) } now) = false := hshort
        rw [hc] at hshort
        cases hshort
      · rcases hs with hs | hs
        · exact absurd hs hc.1
        · exact absurd hs hc.2

/-- OV-19: Behind a gated hand-over are enough people whose words were not past their age at that moment; and once the
decision window is over no approve is accepted, so nothing that time does ever approves. -/
theorem expired_never_sent {w : World} (hr : Reachable w) :
    (∀ newer older e id mode, w.log = newer ++ e :: older → e.handsOver id = true → e.outcome.mode = some mode →
      mode.gated = true → ∃ now actor tn bx act b d, e.event = .message now actor tn bx id act ∧
        (replay older).mailbox bx = some b ∧ ∃ voters : List Id, voters.Nodup ∧ b.policy.quorum ≤ voters.length ∧
        ∀ p ∈ voters, ∃ time, Stands older id p d time ∧ now < time + b.policy.approvalMaxAge) ∧
    ∀ now actor tn bx id d v m, w.message id = some m → m.decideBy ≤ now →
      (step w (.message now actor tn bx id (.approve d v))).2.isAccepted = false := by
  constructor
  · intro newer older e id mode hl hh hm hg
    obtain ⟨now, actor, tn, bx, v, t, b, d, voters, he, ht, hb, hd, hn, hq, hv⟩ := handOver_permitted hr hl hh hm hg
    exact ⟨now, actor, tn, bx, _, b, d, he, hb, voters, hn, hq, fun p hp => (hv p hp).word⟩
  · intro now actor tn bx id d v m hm hdl
    cases ha : (step w (.message now actor tn bx id (.approve d v))).2.isAccepted
    · rfl
    · obtain ⟨t, b, m', next, us, cs, hmv, _, _⟩ := moved_of_accepted ha
      have h0 := hmv.known hm
      subst h0
      have hg := hmv.goes
      simp only [Act.kind] at hg
      have hlap (hs : m'.status = .pendingApproval) : (factsOf t b m' actor now (.approve d v)).lapsed = true := by
        simp only [factsOf, isLapsed, hs, decide_eq_true_eq]
        exact hdl
      cases hg with
      | counted hs _ _ h => rw [hlap hs] at h; cases h
      | approvedLater hs _ _ h => rw [hlap hs] at h; cases h
      | approved hs _ _ h => rw [hlap hs] at h; cases h

/-- OV-123: An agent's edit that names an owner names the one that the message's submit named: in the log there is no other,
and an event that is one is refused and changes no record. -/
theorem edited_under_its_owner {w : World} (hr : Reachable w) {id author : Id} {owner : Option Id} {x : Entry}
    (hx : x ∈ w.log) (hs : x.submits id author owner = true) :
    (∀ e ∈ w.log, ∀ o, e.editsUnder id o = true → o = owner) ∧
    ∀ now actor tn bx base d r s v o, actor.role = .agent → o ≠ owner →
      (step w (.message now actor tn bx id (.revise base d r s v (some o)))).2.isAccepted = false ∧
        (step w (.message now actor tn bx id (.revise base d r s v (some o)))).1.messages = w.messages := by
  have same {w' : World} (hr' : Reachable w') {m : Message} {now actor tn bx base d r s v o}
      (hm : w'.message id = some m) (hrole : actor.role = .agent)
      (ha : (step w' (.message now actor tn bx id (.revise base d r s v (some o)))).2.isAccepted = true) : o = m.owner := by
    obtain ⟨t, b, m', next, us, cs, hmv, _, _⟩ := moved_of_accepted ha
    have h0 := hmv.known hm
    subst h0
    have hst := stored_not_new hr' hm
    have hg := hmv.goes
    simp only [Act.kind] at hg
    cases hg with
    | revised _ _ ho =>
      have ho : otherOwner m' actor (.revise base d r s v (some o)) = false := ho
      simpa [otherOwner, hrole, hst] using ho
  constructor
  · intro e he o hed
    obtain ⟨newer, older, hl⟩ := List.append_of_mem he
    obtain ⟨before, now, actor, tn, bx, act, t, b, m, next, us, cs, hp, hev, hq, hmv, ho⟩ := did_past hr hl hed
    cases act <;> first | (cases hq; done) | skip
    case revise base d r s v under =>
      cases under with
      | none => cases hq
      | some o' =>
        simp only [decide_eq_true_eq] at hq
        obtain ⟨hrole, rfl⟩ := hq
        have hm := hmv.stored (by simp [Act.kind])
        have h1 := same hp.reachable hm hrole (by rw [← hev, hp.outcome, ho]; rfl)
        obtain ⟨y, hy, hsub⟩ := (author_logged hp.reachable hm).2
        rw [hp.log] at hy
        have hin : y ∈ w.log := by rw [hl]; simp [hy]
        cases hw : w.message id with
        | none => rw [Entry.submits, did_of_untouched (absent hr id hw x hx)] at hs; cases hs
        | some mw =>
          have h2 := ((author_logged hr hw).1 y hin _ _ hsub).2
          have h3 := ((author_logged hr hw).1 x hx _ _ hs).2
          rw [h1, h2, h3]
  · intro now actor tn bx base d r s v o hrole hne
    have hno : (step w (.message now actor tn bx id (.revise base d r s v (some o)))).2.isAccepted = false := by
      cases ha : (step w (.message now actor tn bx id (.revise base d r s v (some o)))).2.isAccepted
      · rfl
      · cases hw : w.message id with
        | none => rw [Entry.submits, did_of_untouched (absent hr id hw x hx)] at hs; cases hs
        | some m =>
          have h1 := same hr hw hrole ha
          have h2 := ((author_logged hr hw).1 x hx _ _ hs).2
          exact absurd (h1.trans h2.symm) hne
    exact ⟨hno, (refused_keeps hno).2.2⟩

/-- OV-51: An agent cannot edit or cancel a message that it neither submitted nor answers for. -/
theorem agent_touches_only_its_own {w : World} (hr : Reachable w) {now : Time} {actor : Actor} {tn bx id : Id} {act : Act}
    {m : Message} (hm : w.message id = some m) (ha : actor.role = .agent) (hk : act.kind = .revise ∨ act.kind = .cancel)
    (hw : ¬Wrote w.log id actor.principal) :
    (step w (.message now actor tn bx id act)).2.isAccepted = false := by
  cases hacc : (step w (.message now actor tn bx id act)).2.isAccepted
  · rfl
  · obtain ⟨t, b, m', next, us, cs, hmv, _, _⟩ := moved_of_accepted hacc
    have h0 := hmv.known hm
    subst h0
    rw [wrote_iff hr hm] at hw
    have hself : (factsOf t b m' actor now act).self = false := by
      simp only [factsOf, isSelf, Bool.and_eq_false_iff, Bool.or_eq_false_iff, same_false, ownerIs_false]
      exact .inr ⟨fun h => hw (.inl h.symm), fun h => hw (.inr h)⟩
    have hrole : (factsOf t b m' actor now act).role = .agent := ha
    have hg := hmv.goes
    rcases hk with h | h <;> rw [h] at hg <;> cases hg <;> simp_all

end Countersign

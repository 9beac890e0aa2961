module

public import Model.Decide

/-! # What a decision that is not a refusal can be

`Goes s f k next us cs` lists them all, each with the facts it needs; `goes` says that nothing is missing. -/

@[expose] public noncomputable section

namespace Countersign

/-- Where content that was taken in goes. -/
def Placed (f : Facts) (next : Status) (cs : List Command) : Prop :=
  (f.clear = false ∧ next = .pendingApproval ∧ cs = [.requestReview]) ∨
    (f.clear = true ∧ f.due = false ∧ next = .scheduled ∧ cs = [.wake]) ∨
    (f.clear = true ∧ f.due = true ∧ next = .queued ∧ cs = [.enqueue])

/-- A reviewer's decision that is neither their own business, nor forbidden to them, nor about other content. -/
def Sound (f : Facts) : Prop := f.self = false ∧ f.revoked = false ∧ f.current = true

inductive Goes (s : Status) (f : Facts) : Kind → Status → List Update → List Command → Prop
  | refused : s = .new → f.role = .agent → (f.halted = true ∨ f.readOnly = true ∨ f.blocked = true) →
      Goes s f .submit .refused [.takeContent] []
  | submitted {next cs} : s = .new → f.role = .agent → f.halted = false → f.readOnly = false → f.blocked = false →
      Placed f next cs → Goes s f .submit next [.takeContent] cs
  | revised {next cs} : s.unsent = true → (f.role = .agent ∧ f.self = true ∨ f.role = .reviewer) → f.otherOwner = false →
      f.revoked = false →
      f.current = true → f.halted = false → f.readOnly = false → f.blocked = false → Placed f next cs →
      Goes s f .revise next [.takeContent] cs
  | counted : s = .pendingApproval → f.role = .reviewer → Sound f → f.lapsed = false → f.blocked = false →
      f.repeated = false → f.complete = false → Goes s f .approve .pendingApproval [.addApproval] []
  | approvedLater : s = .pendingApproval → f.role = .reviewer → Sound f → f.lapsed = false → f.blocked = false →
      f.repeated = false → f.complete = true → f.due = false → Goes s f .approve .scheduled [.addApproval] [.wake]
  | approved : s = .pendingApproval → f.role = .reviewer → Sound f → f.lapsed = false → f.blocked = false →
      f.repeated = false → f.complete = true → f.due = true → Goes s f .approve .queued [.addApproval] [.enqueue]
  | rejected : s = .pendingApproval → f.role = .reviewer → Sound f → Goes s f .reject .rejected [] []
  | cancelled : s.unsent = true → (f.role = .agent ∧ f.self = true ∨ f.role = .operator) →
      Goes s f .cancel .cancelled [] []
  | expired : s.unsent = true → f.role = .system → f.lapsed = true → Goes s f .expire .expired [] []
  | released : s = .scheduled → f.role = .system → f.due = true → Goes s f .release .queued [] [.enqueue]
  | returnedBlocked : s = .queued → f.role = .system → f.halted = false → f.readOnly = false → f.blocked = true →
      Goes s f .dispatch .pendingApproval [.voidApprovals, .takeVerdict, .openWindow] [.requestReview]
  | returnedHeld : s = .queued → f.role = .system → f.halted = false → f.readOnly = false → f.blocked = false →
      f.clear = false →
      Goes s f .dispatch .pendingApproval [.keepLiveApprovals, .takeVerdict, .openWindow] [.requestReview]
  | handedOver {cs} : s = .queued → f.role = .system → f.halted = false → f.readOnly = false → f.blocked = false →
      f.clear = true → (f.copied = true ∧ cs = [.handOver, .copy] ∨ f.copied = false ∧ cs = [.handOver]) →
      Goes s f .dispatch .dispatching [.takeVerdict, .beginAttempt] cs
  | delivered : s = .dispatching → f.role = .system → f.attempt = true → Goes s f .delivered .delivered [] []
  | failed : s = .dispatching → f.role = .system → f.attempt = true → Goes s f .failed .failed [] []
  | deferred : s = .dispatching → f.role = .system → f.attempt = true → Goes s f .deferred .queued [] [.retry]
  | lost : s = .dispatching → f.role = .system → f.attempt = true →
      Goes s f .lost .uncertain [] [.requestResolution]
  | foundDelivered : s = .uncertain → (f.role = .reviewer ∨ f.role = .operator) → Sound f → f.outcome = .delivered →
      Goes s f .resolve .delivered [] []
  | foundFailed : s = .uncertain → (f.role = .reviewer ∨ f.role = .operator) → Sound f → f.outcome = .failed →
      Goes s f .resolve .failed [] []
  | reopenedHeld : s = .uncertain → f.role = .operator → Sound f → f.outcome ≠ .delivered → f.outcome ≠ .failed →
      f.blocked = false → f.clear = false →
      Goes s f .resolve .pendingApproval [.voidApprovals, .takeVerdict, .openWindow] [.requestReview]
  | reopened : s = .uncertain → f.role = .operator → Sound f → f.outcome ≠ .delivered → f.outcome ≠ .failed →
      f.blocked = false → f.clear = true → Goes s f .resolve .queued [.voidApprovals, .takeVerdict] [.enqueue]
  | retriedShort : s = .uncertain → f.role = .reviewer → Sound f → f.outcome ≠ .delivered → f.outcome ≠ .failed →
      f.blocked = false → f.complete = false →
      Goes s f .resolve .pendingApproval [.onlyApproval, .takeVerdict, .openWindow] [.requestReview]
  | retried : s = .uncertain → f.role = .reviewer → Sound f → f.outcome ≠ .delivered → f.outcome ≠ .failed →
      f.blocked = false → f.complete = true →
      Goes s f .resolve .queued [.onlyApproval, .takeVerdict] [.enqueue]
  | returnedShort : (s = .scheduled ∨ s = .queued) → f.role = .operator → f.approver = true → f.complete = false →
      Goes s f .revoke .pendingApproval [.dropApproval, .openWindow] [.requestReview]
  | dropped : (s.unsent = true ∨ s = .dispatching ∨ s = .uncertain) → f.role = .operator → f.approver = true →
      (f.complete = true ∨ s ≠ .scheduled ∧ s ≠ .queued) → Goes s f .revoke s [.dropApproval] []

theorem placed {f : Facts} {next : Status} {us : List Update} {cs : List Command}
    {why : Option Refusal} (h : place f = .go next us cs why) :
    us = [.takeContent] ∧ Placed f next cs := by
  simp only [place, Bool.cond_eq_ite] at h
  (repeat' split at h) <;> cases h <;> simp_all [Placed]

theorem turnsAway_some {f : Facts} {why : Refusal} (h : turnsAway f = some why) :
    f.halted = true ∨ f.readOnly = true ∨ f.blocked = true := by
  simp only [turnsAway, Bool.cond_eq_ite] at h
  (repeat' split at h) <;> simp_all

theorem turnsAway_none {f : Facts} (h : turnsAway f = none) :
    f.halted = false ∧ f.readOnly = false ∧ f.blocked = false := by
  simp only [turnsAway, Bool.cond_eq_ite] at h
  (repeat' split at h) <;> simp_all

theorem mayCause_iff {k : Kind} {r : Role} (h : mayCause k r = true) :
    match k with
    | .submit => r = .agent
    | .approve | .reject => r = .reviewer
    | .revise => r = .agent ∨ r = .reviewer
    | .cancel => r = .agent ∨ r = .operator
    | .resolve => r = .reviewer ∨ r = .operator
    | .revoke => r = .operator
    | _ => r = .system := by
  cases k <;> cases r <;> first | cases h; done | simp

theorem goes_approve {f : Facts} {next us cs why} (hr : f.role = .reviewer) (h : onApprove f = .go next us cs why) :
    Goes .pendingApproval f .approve next us cs := by
  simp only [onApprove, Bool.cond_eq_ite] at h
  (repeat' split at h) <;> cases h
  · exact .counted rfl hr (by simp_all [Sound]) (by simp_all) (by simp_all) (by simp_all) (by simp_all)
  · exact .approvedLater rfl hr (by simp_all [Sound]) (by simp_all) (by simp_all) (by simp_all) (by simp_all)
      (by simp_all)
  · exact .approved rfl hr (by simp_all [Sound]) (by simp_all) (by simp_all) (by simp_all) (by simp_all)
      (by simp_all)

theorem goes_revise {s : Status} {f : Facts} {next us cs why} (hs : s.unsent = true)
    (hr : f.role = .agent ∧ f.self = true ∨ f.role = .reviewer) (ho : f.otherOwner = false) (h : onRevise f = .go next us cs why) :
    Goes s f .revise next us cs := by
  simp only [onRevise, Bool.cond_eq_ite] at h
  (repeat' split at h) <;> first | (cases h; done) | skip
  obtain ⟨rfl, hp⟩ := placed h
  exact .revised hs hr ho (by simp_all) (by simp_all) (by simp_all) (by simp_all) (by simp_all) hp

theorem goes_dispatch {f : Facts} {next us cs why} (hr : f.role = .system) (h : onDispatch f = .go next us cs why) :
    Goes .queued f .dispatch next us cs := by
  simp only [onDispatch, Bool.cond_eq_ite] at h
  split at h
  · cases h
  split at h
  · cases h
  split at h
  · cases h; exact .returnedBlocked rfl hr (by simp_all) (by simp_all) (by simp_all)
  split at h
  · cases h; exact .returnedHeld rfl hr (by simp_all) (by simp_all) (by simp_all) (by simp_all)
  · cases h
    refine .handedOver rfl hr (by simp_all) (by simp_all) (by simp_all) (by simp_all) ?_
    cases f.copied <;> simp

theorem goes_resolve {f : Facts} {next us cs why} (hr : f.role = .reviewer ∨ f.role = .operator)
    (h : onResolve f = .go next us cs why) : Goes .uncertain f .resolve next us cs := by
  simp only [onResolve, Bool.cond_eq_ite] at h
  split at h
  · cases h
  split at h
  · cases h
  split at h
  · cases h
  have hs : Sound f := by simp_all [Sound]
  split at h
  · cases h; exact .foundDelivered rfl hr hs (by assumption)
  · cases h; exact .foundFailed rfl hr hs (by assumption)
  · rename_i hd hf
    have hd : f.outcome ≠ .delivered := hd
    have hf : f.outcome ≠ .failed := hf
    split at h
    · cases h
    have hb : f.blocked = false := by simp_all
    split at h
    · rename_i ho
      split at h <;> cases h
      · exact .reopenedHeld rfl ho hs hd hf hb (by simp_all)
      · exact .reopened rfl ho hs hd hf hb (by simp_all)
    · rename_i ho
      have hv : f.role = .reviewer := hr.resolve_right ho
      split at h <;> cases h
      · exact .retriedShort rfl hv hs hd hf hb (by simp_all)
      · exact .retried rfl hv hs hd hf hb (by simp_all)

theorem goes_revoke {s : Status} {f : Facts} {next us cs why} (hp : s.unsent = true ∨ s = .dispatching ∨ s = .uncertain)
    (hr : f.role = .operator) (h : onRevoke s f = .go next us cs why) : Goes s f .revoke next us cs := by
  simp only [onRevoke, Bool.cond_eq_ite] at h
  split at h
  · cases h
  have ha : f.approver = true := by simp_all
  split at h
  · split at h <;> cases h
    · exact .returnedShort (.inl rfl) hr ha (by simp_all)
    · exact .dropped hp hr ha (.inl (by simp_all))
  · split at h <;> cases h
    · exact .returnedShort (.inr rfl) hr ha (by simp_all)
    · exact .dropped hp hr ha (.inl (by simp_all))
  · rename_i h1 h2; cases h; exact .dropped hp hr ha (.inr ⟨h1, h2⟩)

theorem goes_rest {s : Status} {k : Kind} {f : Facts} {next us cs why} (hm : mayCause k f.role = true)
    (hf : foreign k f = false) (h : inPlace s k f = .go next us cs why) : Goes s f k next us cs := by
  have hr := mayCause_iff hm
  have own (hk : k = .revise ∨ k = .cancel) (ha : f.role = .agent) : f.self = true := by
    rcases hk with rfl | rfl <;> simp_all [foreign]
  have under (hk : k = .revise) : f.otherOwner = false := by
    subst hk; simp_all [foreign]
  cases k <;> simp only at hr <;> cases s <;> first | (cases h; done) | skip
  case submit.new =>
    simp only [inPlace, onSubmit] at h
    split at h
    · rename_i hb; cases h; exact .refused rfl hr (turnsAway_some hb)
    · rename_i hb
      obtain ⟨rfl, hp⟩ := placed h
      obtain ⟨h1, h2, h3⟩ := turnsAway_none hb
      exact .submitted rfl hr h1 h2 h3 hp
  case approve.pendingApproval => exact goes_approve hr h
  case reject.pendingApproval =>
    simp only [inPlace, onReject, Bool.cond_eq_ite] at h
    (repeat' split at h) <;> cases h
    exact .rejected rfl hr (by simp_all [Sound])
  case revise.pendingApproval => exact goes_revise rfl (hr.imp_left fun ha => ⟨ha, own (.inl rfl) ha⟩) (under rfl) h
  case revise.scheduled => exact goes_revise rfl (hr.imp_left fun ha => ⟨ha, own (.inl rfl) ha⟩) (under rfl) h
  case revise.queued => exact goes_revise rfl (hr.imp_left fun ha => ⟨ha, own (.inl rfl) ha⟩) (under rfl) h
  case cancel.pendingApproval => cases h; exact .cancelled rfl (hr.imp_left fun ha => ⟨ha, own (.inr rfl) ha⟩)
  case cancel.scheduled => cases h; exact .cancelled rfl (hr.imp_left fun ha => ⟨ha, own (.inr rfl) ha⟩)
  case cancel.queued => cases h; exact .cancelled rfl (hr.imp_left fun ha => ⟨ha, own (.inr rfl) ha⟩)
  case expire.pendingApproval =>
    simp only [inPlace, onExpire, Bool.cond_eq_ite] at h
    split at h <;> cases h; exact .expired rfl hr (by simp_all)
  case expire.scheduled =>
    simp only [inPlace, onExpire, Bool.cond_eq_ite] at h
    split at h <;> cases h; exact .expired rfl hr (by simp_all)
  case expire.queued =>
    simp only [inPlace, onExpire, Bool.cond_eq_ite] at h
    split at h <;> cases h; exact .expired rfl hr (by simp_all)
  case release.scheduled =>
    simp only [inPlace, onRelease, Bool.cond_eq_ite] at h
    split at h <;> cases h; exact .released rfl hr (by simp_all)
  case dispatch.queued => exact goes_dispatch hr h
  case delivered.dispatching =>
    simp only [inPlace, onReport, Bool.cond_eq_ite] at h
    split at h <;> cases h; exact .delivered rfl hr (by simp_all)
  case failed.dispatching =>
    simp only [inPlace, onReport, Bool.cond_eq_ite] at h
    split at h <;> cases h; exact .failed rfl hr (by simp_all)
  case deferred.dispatching =>
    simp only [inPlace, onReport, Bool.cond_eq_ite] at h
    split at h <;> cases h; exact .deferred rfl hr (by simp_all)
  case lost.dispatching =>
    simp only [inPlace, onReport, Bool.cond_eq_ite] at h
    split at h <;> cases h; exact .lost rfl hr (by simp_all)
  case resolve.uncertain => exact goes_resolve hr h
  case revoke.pendingApproval => exact goes_revoke (.inl rfl) hr h
  case revoke.scheduled => exact goes_revoke (.inl rfl) hr h
  case revoke.queued => exact goes_revoke (.inl rfl) hr h
  case revoke.dispatching => exact goes_revoke (.inr (.inl rfl)) hr h
  case revoke.uncertain => exact goes_revoke (.inr (.inr rfl)) hr h

/-- Whatever is not refused is in the list. -/
theorem goes {s : Status} {k : Kind} {f : Facts} {next us cs why} (h : decisionOf s k f = .go next us cs why) :
    Goes s f k next us cs := by
  simp only [decisionOf, Bool.cond_eq_ite] at h
  split at h
  · cases h
  split at h
  · cases h
  · exact goes_rest (by simp_all) (by simp_all) h

/-- Why the message ends as refused, if it does: a submit alone makes such a message, and then it says why. -/
def reason (k : Kind) (f : Facts) (next : Status) : Option Refusal :=
  match k, next with
  | .submit, .refused => turnsAway f
  | _, _ => none

theorem place_reason {f : Facts} {next us cs why} (h : place f = .go next us cs why) : why = none ∧ next ≠ .refused := by
  simp only [place, Bool.cond_eq_ite] at h
  (repeat' split at h) <;> cases h <;> simp

/-- Nothing else gives a reason. -/
theorem decided_reason {s : Status} {k : Kind} {f : Facts} {next us cs why} (h : decisionOf s k f = .go next us cs why) :
    why = reason k f next := by
  simp only [decisionOf, Bool.cond_eq_ite] at h
  split at h
  · cases h
  split at h
  · cases h
  cases k <;> cases s <;> first | (cases h; done) | skip
  case submit.new =>
    simp only [inPlace, onSubmit] at h
    split at h
    · rename_i hb; cases h; exact hb.symm
    · obtain ⟨rfl, hn⟩ := place_reason h
      cases next <;> first | rfl | exact absurd rfl hn
  all_goals
    simp only [inPlace, onApprove, onReject, onRevise, onExpire, onRelease, onDispatch, onReport, onResolve, onRevoke,
      Bool.cond_eq_ite] at h
    (repeat' split at h) <;> first | (cases h; done) | (cases h; rfl) | (obtain ⟨rfl, _⟩ := place_reason h; rfl)

end Countersign

module

public import Lemmas.Message

/-! # Approvals are words in the log -/

@[expose] public noncomputable section

namespace Countersign

theorem ownerIs_false {owner : Option Id} {p : Id} : ownerIs owner p = false ↔ owner ≠ some p := by
  cases owner <;> simp [ownerIs, same_false]

theorem listed_iff {p : Id} {l : List Id} : listed p l = true ↔ p ∈ l := by
  induction l with
  | nil => simp [listed]
  | cons a l ih =>
    simp only [listed, Bool.or_eq_true, same_iff, ih, List.mem_cons]
    constructor
    · rintro (h | h)
      · exact .inl h.symm
      · exact .inr h
    · rintro (h | h)
      · exact .inl h.symm
      · exact .inr h

/-- What a live approval is. -/
structure Alive (t : Tenant) (b : Mailbox) (m : Message) (now : Time) (a : Approval) : Prop where
  current : a.digest = m.digest
  unrevoked : a.reviewer ∉ t.revoked
  young : now < a.time + b.policy.approvalMaxAge
  notAuthor : a.reviewer ≠ m.author
  notOwner : m.owner ≠ some a.reviewer

theorem mem_live {t : Tenant} {b : Mailbox} {m : Message} {now : Time} {a : Approval} :
    a ∈ liveApprovals t b m now ↔ a ∈ m.approvals ∧ Alive t b m now a := by
  simp only [liveApprovals, List.mem_filter, live, Bool.and_eq_true, same_iff, Bool.not_eq_true', decide_eq_true_eq,
    same_false, ownerIs_false]
  constructor
  · rintro ⟨hm, ⟨⟨⟨h1, h2⟩, h3⟩, h4⟩, h5⟩
    exact ⟨hm, h1, by rw [← listed_iff]; simp [h2], h3, h4, h5⟩
  · rintro ⟨hm, h⟩
    refine ⟨hm, ⟨⟨⟨h.current, ?_⟩, h.young⟩, h.notAuthor⟩, h.notOwner⟩
    have := h.unrevoked
    rw [← listed_iff] at this
    simpa using this

theorem people_mem {p : Id} : ∀ {l : List Id}, p ∈ people l ↔ p ∈ l := by
  intro l
  induction l with
  | nil => simp [people]
  | cons a l ih =>
    simp only [people]
    split
    · rename_i h
      rw [listed_iff] at h
      simp only [ih, List.mem_cons]
      constructor
      · exact .inr
      · rintro (rfl | h')
        · exact h
        · exact h'
    · simp [ih]

theorem people_nodup : ∀ {l : List Id}, (people l).Nodup := by
  intro l
  induction l with
  | nil => simp [people]
  | cons a l ih =>
    simp only [people]
    split
    · exact ih
    · rename_i h
      rw [listed_iff] at h
      simp only [List.nodup_cons, people_mem]
      exact ⟨h, ih⟩

/-- When the quorum is met there are that many different people, each with an approval in the list. -/
theorem meets_people {p : Policy} {as : List Approval} (h : meets p as = true) :
    ∃ voters : List Id, voters.Nodup ∧ p.quorum ≤ voters.length ∧
      ∀ v ∈ voters, ∃ a ∈ as, a.reviewer = v := by
  refine ⟨people (as.map Approval.reviewer), people_nodup, by simpa [meets] using h, ?_⟩
  intro v hv
  rw [people_mem] at hv
  simpa using hv

/-- What is true of each approval on a record: it is of the record's content, by neither author nor owner, and it is a
word that stands. -/
structure Backed (id : Id) (log : List Entry) (m : Message) (a : Approval) : Prop where
  current : a.digest = m.digest
  notAuthor : a.reviewer ≠ m.author
  notOwner : m.owner ≠ some a.reviewer
  stands : Stands log id a.reviewer a.digest a.time

theorem not_self {m : Message} {actor : Actor} {act : Act} (h : isSelf m actor act = false) (hs : act.isSubmit = false) :
    actor.principal ≠ m.author ∧ m.owner ≠ some actor.principal := by
  simp only [isSelf, hs, Bool.not_false, Bool.true_and, Bool.or_eq_false_iff, same_false, ownerIs_false] at h
  exact h

section
variable {t : Tenant} {b : Mailbox} {actor : Actor} {now : Time} {act : Act} {m : Message} {seq : Nat} {tn bx id : Id}
  {next : Status} {cs : List Command} {log : List Entry}

/-- Approvals that were there before are backed after, if the event neither brought content nor reopened. -/
theorem backed_later {us : List Update} {a : Approval} (hf : act.fresh = false) (hr : act.reopens = false)
    (h : Backed id log m a) :
    Backed id (moveEntry seq now actor tn bx id act t b m next cs :: log) (updated t b actor now act m next us) a := by
  have hs : act.isSubmit = false := by cases act <;> first | rfl | cases hf
  refine ⟨?_, ?_, ?_, ?_⟩
  · rw [updated_digest hf]; exact h.current
  · rw [updated_author hs]; exact h.notAuthor
  · rw [updated_owner hs]; exact h.notOwner
  · obtain ⟨x, hx, hw⟩ := h.stands
    refine ⟨x, ?_, hw⟩
    simp only [standing, move_brings, hf, move_retries, hr, cond_false]
    exact List.mem_cons_of_mem _ hx

/-- The word that the event itself gives. -/
theorem backed_own {us : List Update} (hk : act.kind = .approve ∨ act.reopens = true) (hr : actor.role = .reviewer)
    (hs : Sound (factsOf t b m actor now act)) :
    Backed id (moveEntry seq now actor tn bx id act t b m next cs :: log) (updated t b actor now act m next us)
      (ownWord m actor now) := by
  have hf : act.fresh = false := by
    cases act <;> first | rfl | (rcases hk with h | h <;> cases h)
  have hsub : act.isSubmit = false := by
    cases act <;> first | rfl | (rcases hk with h | h <;> cases h)
  have hself := not_self hs.1 hsub
  have hnamed : act.named = some m.digest := by
    have := hs.2.2
    simp only [factsOf] at this
    split at this
    · rename_i d hd; rw [same_iff] at this; rw [hd, this]
    · cases this
  refine ⟨?_, ?_, ?_, ?_⟩
  · rw [updated_digest hf]; rfl
  · rw [updated_author hsub]; exact hself.1
  · rw [updated_owner hsub]; exact hself.2
  · refine ⟨moveEntry seq now actor tn bx id act t b m next cs, ?_, ?_⟩
    · simp only [standing, move_brings, move_retries, hf, cond_false]
      cases act.reopens <;> simp
    · simp only [Entry.approves, move_did, ownWord, hr, hnamed]
      rcases hk with h | h <;> simp [h]

end

/-- OV-53: Every approval on a message's record is the word of a reviewer that stands in the log. -/
theorem approvals_backed {w : World} (h : Reachable w) {id : Id} {m : Message} (hm : w.message id = some m) :
    ∀ a ∈ m.approvals, Backed id w.log m a := by
  revert m
  refine message_induction id (fun log found => ∀ {m}, found = some m → ∀ a ∈ m.approvals, Backed id log m a) ?_ ?_ ?_ h
  · intro m hm; cases hm
  · intro log found x hx hp m hm a ha
    have hb := hp hm a ha
    refine ⟨hb.current, hb.notAuthor, hb.notOwner, ?_⟩
    obtain ⟨y, hy, hw⟩ := hb.stands
    exact ⟨y, by rw [standing_skip hx]; exact List.mem_cons_of_mem _ hy, hw⟩
  · intro log found seq now actor tn bx act t b m next us cs hfound _ _ hg hp m' hm' a ha
    cases hm'
    have old : ∀ a ∈ m.approvals, Backed id log m a := by
      cases hfd : found with
      | none => rw [hfound, hfd]; intro a ha; cases ha
      | some m0 => rw [hfd] at hfound; rw [hfound]; exact hp hfd
    cases act <;> simp only [Act.kind] at hg
    case submit => rw [hg.fresh (.inl rfl), take_approvals rfl] at ha; cases ha
    case revise => rw [hg.fresh (.inr rfl), take_approvals rfl] at ha; cases ha
    case approve d v =>
      have add (hr : actor.role = .reviewer) (hs : Sound (factsOf t b m actor now (.approve d v)))
          (hu : us = [.addApproval]) : Backed id (moveEntry seq now actor tn bx id (.approve d v) t b m next cs :: log)
            (updated t b actor now (.approve d v) m next us) a := by
        subst hu
        have ha : a ∈ liveApprovals t b m now ++ [ownWord m actor now] := ha
        rcases List.mem_append.1 ha with ha | ha
        · exact backed_later rfl rfl (old a (mem_live.1 ha).1)
        · rw [List.mem_singleton.1 ha]; exact backed_own (.inl rfl) hr hs
      cases hg with
      | counted _ hr hs => exact add hr hs rfl
      | approvedLater _ hr hs => exact add hr hs rfl
      | approved _ hr hs => exact add hr hs rfl
    case resolve r d v =>
      have only (hr : actor.role = .reviewer) (hs : Sound (factsOf t b m actor now (.resolve r d v)))
          (hd : r ≠ .delivered) (hf : r ≠ .failed) (hu : a ∈ [ownWord m actor now]) :
          Backed id (moveEntry seq now actor tn bx id (.resolve r d v) t b m next cs :: log)
            (updated t b actor now (.resolve r d v) m next us) a := by
        rw [List.mem_singleton.1 hu]
        refine backed_own (.inr ?_) hr hs
        cases r <;> first | rfl | (exact absurd rfl hd) | (exact absurd rfl hf)
      cases hg with
      | foundDelivered _ _ _ ho =>
        have ho : r = .delivered := ho
        subst ho
        exact backed_later rfl rfl (old a ha)
      | foundFailed _ _ _ ho =>
        have ho : r = .failed := ho
        subst ho
        exact backed_later rfl rfl (old a ha)
      | reopenedHeld => cases ha
      | reopened => cases ha
      | retriedShort _ hr hs hd hf => exact only hr hs hd hf ha
      | retried _ hr hs hd hf => exact only hr hs hd hf ha
    case revoke r v key =>
      cases hg with
      | returnedShort => exact backed_later rfl rfl (old a (List.mem_filter.1 ha).1)
      | dropped => exact backed_later rfl rfl (old a (List.mem_filter.1 ha).1)
    case dispatch v =>
      cases hg with
      | returnedBlocked => cases ha
      | returnedHeld => exact backed_later rfl rfl (old a (mem_live.1 ha).1)
      | handedOver => exact backed_later rfl rfl (old a ha)
    all_goals
      cases hg
      exact backed_later rfl rfl (old a ha)

/-! ## Hand-overs, deliveries -/

theorem deliveries_counted {w : World} (h : Reachable w) (id : Id) :
    deliveries id w.log = if (w.message id).elim Status.new Message.status = .delivered then 1 else 0 := by
  refine message_induction id (fun log found =>
    deliveries id log = if found.elim Status.new Message.status = .delivered then 1 else 0) rfl ?_ ?_ h
  · intro log found x hx hp; rw [deliveries_skip hx]; exact hp
  · intro log found seq now actor tn bx act t b m next us cs hfound _ _ hg hp
    have hm : found.elim Status.new Message.status = m.status := by rw [hfound]; cases found <;> rfl
    have hne : m.status ≠ .delivered := by
      intro he; have := hg.not_ended; rw [he] at this; cases this
    rw [hm, if_neg hne] at hp
    have hp : List.countP (fun e => e.leaves id .delivered) log = 0 := hp
    simp only [deliveries, List.countP_cons, move_leaves, hp, Option.elim_some, updated_status]
    by_cases hn : next = .delivered <;> simp [hn]

/-- What waits to leave, and was handed over before, was put off or reopened since. -/
theorem again {w : World} (h : Reachable w) {id : Id} {m : Message} (hm : w.message id = some m)
    (hu : m.status.unsent = true) (ho : 0 < handOvers id w.log) :
    ∃ x ∈ sinceHandOver id w.log, x.retries id = true ∨ x.defers id m.attempt = true := by
  revert m
  have hall : (w.message id = none → ∀ x ∈ w.log, x.touches id = false) ∧
      (∀ m, w.message id = some m → m.status ≠ .new) ∧ ∀ {m}, w.message id = some m → m.status.unsent = true → 0 < handOvers id w.log →
      ∃ x ∈ sinceHandOver id w.log, x.retries id = true ∨ x.defers id m.attempt = true := by
    refine message_induction id (fun log found =>
      (found = none → ∀ x ∈ log, x.touches id = false) ∧ (∀ m, found = some m → m.status ≠ .new) ∧
      ∀ {m}, found = some m → m.status.unsent = true →
        0 < handOvers id log → ∃ x ∈ sinceHandOver id log, x.retries id = true ∨ x.defers id m.attempt = true)
      ?_ ?_ ?_ h
    · exact ⟨fun _ x hx => (by cases hx), fun m hm => (by cases hm), fun hm => (by cases hm)⟩
    · intro log found x hx hp
      refine ⟨fun hn y hy => ?_, hp.2.1, fun hm hu ho => ?_⟩
      · rcases List.mem_cons.1 hy with rfl | hy
        · exact hx
        · exact hp.1 hn y hy
      · rw [handOvers_skip hx] at ho
        obtain ⟨y, hy, hd⟩ := hp.2.2 hm hu ho
        exact ⟨y, by rw [since_skip hx]; exact List.mem_cons_of_mem _ hy, hd⟩
    · intro log found seq now actor tn bx act t b m next us cs hfound _ _ hg hp
      refine ⟨fun hn => (by cases hn), fun m hm => by cases hm; exact hg.not_new, fun hm hu ho => ?_⟩
      cases hm
      rw [updated_status] at hu
      cases hc : cs.contains .handOver
      · have hsince : sinceHandOver id (moveEntry seq now actor tn bx id act t b m next cs :: log) =
            moveEntry seq now actor tn bx id act t b m next cs :: sinceHandOver id log := by
          simp only [sinceHandOver, move_handsOver, hc, cond_false]
        have hold : 0 < handOvers id log := by
          simpa only [handOvers, List.countP_cons, move_handsOver, hc, Bool.false_eq_true, if_false, Nat.add_zero]
            using ho
        rw [hsince]
        have hatt : (updated t b actor now act m next us).attempt = m.attempt := by
          have hb := hg.attempt hc
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
          exact fold us m hb
        rw [hatt]
        have keep (hs : m.status.unsent = true) : ∃ x ∈ moveEntry seq now actor tn bx id act t b m next cs ::
            sinceHandOver id log, x.retries id = true ∨ x.defers id m.attempt = true := by
          cases hfd : found with
          | none => rw [hfound, hfd] at hs; cases hs
          | some m0 =>
            rw [hfd] at hfound
            obtain ⟨y, hy, hd⟩ := hp.2.2 (by rw [hfd, hfound]; rfl) hs hold
            exact ⟨y, List.mem_cons_of_mem _ hy, hd⟩
        cases act <;> simp only [Act.kind] at hg
        case submit =>
          cases hfd : found with
          | none =>
            have hno := hp.1 hfd
            have : handOvers id log = 0 := by
              simp only [handOvers, List.countP_eq_zero]
              intro x hx; rw [untouched_handsOver (hno x hx)]; simp
            omega
          | some m0 =>
            have hnew := hg.of_submit rfl
            rw [hfd] at hfound
            rw [hfound] at hnew
            exact absurd hnew (hp.2.1 m0 hfd)
        case approve => exact keep (by cases hg <;> simp_all [Status.unsent])
        case revise => exact keep (by cases hg; assumption)
        case reject => cases hg; cases hu
        case cancel => cases hg; cases hu
        case expire => cases hg; cases hu
        case release => exact keep (by cases hg; simp_all [Status.unsent])
        case dispatch => exact keep (by cases hg <;> simp_all [Status.unsent])
        case delivered => cases hg; cases hu
        case failed => cases hg; cases hu
        case lost => cases hg; cases hu
        case deferred n =>
          cases hg with
          | deferred _ _ ha =>
            have ha : same n m.attempt = true := ha
            rw [same_iff] at ha
            subst ha
            exact ⟨_, List.mem_cons_self, .inr (by simp [Entry.defers])⟩
        case resolve r d v =>
          cases hg with
          | foundDelivered => cases hu
          | foundFailed => cases hu
          | reopenedHeld _ _ _ hd hf =>
            exact ⟨_, List.mem_cons_self, .inl (by
              rw [move_retries]
              cases r <;> first | rfl | (exact absurd rfl hd) | (exact absurd rfl hf))⟩
          | reopened _ _ _ hd hf =>
            exact ⟨_, List.mem_cons_self, .inl (by
              rw [move_retries]
              cases r <;> first | rfl | (exact absurd rfl hd) | (exact absurd rfl hf))⟩
          | retriedShort _ _ _ hd hf =>
            exact ⟨_, List.mem_cons_self, .inl (by
              rw [move_retries]
              cases r <;> first | rfl | (exact absurd rfl hd) | (exact absurd rfl hf))⟩
          | retried _ _ _ hd hf =>
            exact ⟨_, List.mem_cons_self, .inl (by
              rw [move_retries]
              cases r <;> first | rfl | (exact absurd rfl hd) | (exact absurd rfl hf))⟩
        case revoke =>
          cases hg with
          | returnedShort hs => exact keep (by rcases hs with hs | hs <;> rw [hs] <;> rfl)
          | dropped => exact keep hu
      · have := (hg.hands hc).2.2.1
        subst this
        cases hu
  intro m hm hu; exact hall.2.2 hm hu ho

end Countersign

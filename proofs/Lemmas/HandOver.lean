module

public import Lemmas.Words
public import Lemmas.Accepted

/-! # What a hand-over is, and what went before it -/

@[expose] public noncomputable section

namespace Countersign

/-- The wholly known circumstances of a hand-over: the event, the records it was decided on, what was found. -/
structure HandOver (w : World) (e : Event) (o : Outcome) (id : Id) (now : Time) (actor : Actor) (tn bx : Id)
    (v : Verdict) (t : Tenant) (b : Mailbox) (m : Message) : Prop where
  event : e = .message now actor tn bx id (.dispatch v)
  tenant : w.tenant tn = some t
  mailbox : w.mailbox bx = some b
  message : w.message id = some m
  queued : m.status = .queued
  bySystem : actor.role = .system
  running : t.halted = false
  unblocked : v.blocked = false
  mode : o.mode = some (effectiveMode b.mode m.requested v.held t.halted)
  notReadOnly : effectiveMode b.mode m.requested v.held t.halted ≠ .readOnly
  approved : (effectiveMode b.mode m.requested v.held t.halted).gated = true →
    meets b.policy (liveApprovals t b m now) = true
  commands : effectiveMode b.mode m.requested v.held t.halted = .monitored ∧ o.commands = [.handOver, .copy] ∨
    effectiveMode b.mode m.requested v.held t.halted ≠ .monitored ∧ o.commands = [.handOver]
  itsMailbox : m.mailbox = bx
  itsTenant : m.tenant = tn

theorem handOver_of_step {w : World} {e : Event} {id : Id} (hid : e.messageId = some id)
    (h : (step w e).2.commands.contains .handOver = true) :
    ∃ now actor tn bx v t b m, HandOver w e (step w e).2 id now actor tn bx v t b m := by
  rcases step_at w e id with ⟨now, actor, tn, bx, act, t, b, m, next, us, cs, he, hm, ho, hn⟩ | ⟨_, hx⟩
  · rw [ho] at h ⊢
    have hc : cs.contains .handOver = true := h
    obtain ⟨hk, hs, _, _, hr, hh, hro, hb, hcl, hco⟩ := hm.goes.hands hc
    cases act <;> first | (cases hk; done) | skip
    rename_i v
    have hfound : w.message id = some m := by
      have := hm.message
      cases hf : w.message id with
      | none => rw [hf] at this; rw [this] at hs; cases hs
      | some m0 => rw [hf] at this; rw [this]; rfl
    have hmode : modeFor t b m (.dispatch v) = effectiveMode b.mode m.requested v.held t.halted := rfl
    have hro : effectiveMode b.mode m.requested v.held t.halted ≠ .readOnly := by
      simpa [factsOf, hmode] using hro
    refine ⟨now, actor, tn, bx, v, t, b, m, he, hm.tenant, hm.mailbox, hfound, hs, hr, hh, hb, rfl, hro, ?_, ?_,
      hm.itsMailbox, hm.itsTenant⟩
    · intro hg
      simp only [factsOf, isClear, hmode, hg, Bool.not_true, Bool.false_or, Bool.and_eq_true] at hcl
      exact hcl.2.2
    · simpa [factsOf, hmode] using hco
  · obtain ⟨why, was, mode, ho⟩ := untouched_outcome (hx 0) hid
    have ho : (step w e).2 = .refused why was mode := ho
    rw [ho] at h
    cases h

/-- A hand-over found in a log, with the world in which it was decided. -/
theorem handOver_past {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hh : e.handsOver id = true) :
    ∃ before, Past w newer e older before ∧
      ∃ now actor tn bx v t b m, HandOver before e.event e.outcome id now actor tn bx v t b m := by
  obtain ⟨before, hp⟩ := past hr hl
  simp only [Entry.handsOver, Bool.and_eq_true, decide_eq_true_eq] at hh
  have := handOver_of_step (w := before) (e := e.event) hh.1 (by rw [hp.outcome]; exact hh.2)
  rw [hp.outcome] at this
  exact ⟨before, hp, this⟩

/-! ## Modes -/

theorem tighter_left (a b : Mode) : (a.tighter b).freedom ≤ a.freedom := by
  simp only [Mode.tighter]; split <;> omega

theorem tighter_right (a b : Mode) : (a.tighter b).freedom ≤ b.freedom := by
  simp only [Mode.tighter]; split <;> omega

theorem tighter_mono {a b c : Mode} (h : b.freedom ≤ c.freedom) : (a.tighter b).freedom ≤ (a.tighter c).freedom := by
  simp only [Mode.tighter]; split <;> split <;> omega

theorem tighter_mono_left {a b c : Mode} (h : a.freedom ≤ b.freedom) :
    (a.tighter c).freedom ≤ (b.tighter c).freedom := by
  simp only [Mode.tighter]; split <;> split <;> omega

/-- The effective mode is no looser than the mailbox's. -/
theorem effective_le_mailbox (b : Mode) (r : Option Mode) (held halted : Bool) :
    (effectiveMode b r held halted).freedom ≤ b.freedom := by
  have h1 := tighter_left ((b.tighter (r.getD .autonomous)).tighter (if held then .gatedSend else .autonomous))
    (if halted then .readOnly else .autonomous)
  have h2 := tighter_left (b.tighter (r.getD .autonomous)) (if held then .gatedSend else .autonomous)
  have h3 := tighter_left b (r.getD .autonomous)
  simp only [effectiveMode]
  omega

theorem effective_le_request (b r : Mode) (held halted : Bool) :
    (effectiveMode b (some r) held halted).freedom ≤ r.freedom := by
  have h1 := tighter_left ((b.tighter r).tighter (if held then .gatedSend else .autonomous))
    (if halted then .readOnly else .autonomous)
  have h2 := tighter_left (b.tighter r) (if held then .gatedSend else .autonomous)
  have h3 := tighter_right b r
  simp only [effectiveMode, Option.getD_some]
  omega

/-- A held verdict makes the effective mode gated. -/
theorem effective_held_gated (b : Mode) (r : Option Mode) (halted : Bool) :
    (effectiveMode b r true halted).gated = true := by
  have h1 := tighter_left ((b.tighter (r.getD .autonomous)).tighter .gatedSend)
    (if halted then .readOnly else .autonomous)
  have h2 := tighter_right (b.tighter (r.getD .autonomous)) .gatedSend
  simp only [Mode.gated, effectiveMode, if_true, decide_eq_true_eq]
  have h3 : Mode.gatedSend.freedom = 2 := rfl
  omega

theorem readOnly_of_freedom {m : Mode} (h : m.freedom ≤ 0) : m = .readOnly := by
  cases m <;> first | rfl | (simp [Mode.freedom] at h)

theorem effective_readOnly (r : Option Mode) (held halted : Bool) :
    effectiveMode .readOnly r held halted = .readOnly :=
  readOnly_of_freedom (effective_le_mailbox .readOnly r held halted)

theorem effective_halted (b : Mode) (r : Option Mode) (held : Bool) : effectiveMode b r held true = .readOnly :=
  readOnly_of_freedom (tighter_right _ .readOnly)

theorem gated_of_le {a b : Mode} (h : a.freedom ≤ b.freedom) (hb : b.gated = true) : a.gated = true := by
  simp only [Mode.gated, decide_eq_true_eq] at *
  omega

/-! ## The people behind a hand-over -/

/-- A person whose word permits: not the author, not the owner, not revoked, the word recent enough, given for exactly this
content after it came, not used up. -/
structure Permits (log : List Entry) (t : Tenant) (b : Mailbox) (id : Id) (now : Time) (d : Digest) (p : Id) : Prop where
  word : ∃ time, Stands log id p d time ∧ now < time + b.policy.approvalMaxAge
  unrevoked : p ∉ t.revoked
  another : ¬Wrote log id p

theorem permits_of_meets {w : World} (hr : Reachable w) {id : Id} {t : Tenant} {b : Mailbox} {m : Message} {now : Time}
    (hm : w.message id = some m) (h : meets b.policy (liveApprovals t b m now) = true) :
    ∃ voters : List Id, voters.Nodup ∧ b.policy.quorum ≤ voters.length ∧
      ∀ p ∈ voters, Permits w.log t b id now m.digest p := by
  obtain ⟨voters, hn, hq, hv⟩ := meets_people h
  refine ⟨voters, hn, hq, fun p hp => ?_⟩
  obtain ⟨a, ha, rfl⟩ := hv p hp
  obtain ⟨hmem, halive⟩ := mem_live.1 ha
  have hb := approvals_backed hr hm a hmem
  refine ⟨⟨a.time, ?_, halive.young⟩, halive.unrevoked, ?_⟩
  · have := hb.stands; rw [hb.current] at this; exact this
  · rintro ⟨x, hx, author, owner, hs, hw⟩
    obtain ⟨h1, h2⟩ := (author_logged hr hm).1 x hx _ _ hs
    rcases hw with hw | hw
    · exact halive.notAuthor (by rw [← hw, h1])
    · exact halive.notOwner (by rw [← h2, hw])

/-- All that stands behind a hand-over whose effective mode is gated. -/
theorem handOver_permitted {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hh : e.handsOver id = true) {mode : Mode} (hm : e.outcome.mode = some mode)
    (hg : mode.gated = true) :
    ∃ now actor tn bx v t b d, ∃ voters : List Id, e.event = .message now actor tn bx id (.dispatch v) ∧
      (replay older).tenant tn = some t ∧ (replay older).mailbox bx = some b ∧ contentIn id older = some d ∧
      voters.Nodup ∧ b.policy.quorum ≤ voters.length ∧ ∀ p ∈ voters, Permits older t b id now d p := by
  obtain ⟨before, hp, now, actor, tn, bx, v, t, b, m, h⟩ := handOver_past hr hl hh
  have he : mode = effectiveMode b.mode m.requested v.held t.halted := by
    have := h.mode; rw [hm] at this; exact Option.some.inj this
  rw [he] at hg
  obtain ⟨voters, hn, hq, hv⟩ := permits_of_meets hp.reachable h.message (h.approved hg)
  refine ⟨now, actor, tn, bx, v, t, b, m.digest, voters, h.event, ?_, ?_, ?_, hn, hq, ?_⟩
  · rw [← hp.before_eq]; exact h.tenant
  · rw [← hp.before_eq]; exact h.mailbox
  · rw [← hp.log]; exact content_logged hp.reachable h.message
  · rw [← hp.log]; exact hv

theorem somebody {b : Mailbox} {voters : List Id} (h : b.policy.quorum ≤ voters.length) : voters ≠ [] := by
  intro hn
  have := b.policy.somebody
  rw [hn] at h
  simp at h
  omega

/-! ## What is under way -/

theorem content_not_brought {x : Entry} {id : Id} (h : x.brings id = false) (log : List Entry) :
    contentIn id (x :: log) = contentIn id log := by
  simp only [contentIn, h, cond_false]
  split <;> rfl

theorem content_not_brought_all {id : Id} {older : List Entry} : ∀ {mid : List Entry},
    (∀ x ∈ mid, x.brings id = false) → contentIn id (mid ++ older) = contentIn id older := by
  intro mid
  induction mid with
  | nil => intro _; rfl
  | cons x mid ih =>
    intro h
    rw [List.cons_append, content_not_brought (h x (by simp)), ih fun y hy => h y (by simp [hy])]

/-- Behind a message that is under way, or of which nobody knows, is its last hand-over, and nothing has brought content
since. -/
theorem under_way {w : World} (h : Reachable w) {id : Id} {m : Message} (hm : w.message id = some m)
    (hs : m.status = .dispatching ∨ m.status = .uncertain) :
    ∃ mid x rest, w.log = mid ++ x :: rest ∧ x.handsOver id = true ∧ x.brings id = false ∧
      ∀ y ∈ mid, y.brings id = false ∧ y.handsOver id = false := by
  revert m
  refine message_induction id (fun log found => ∀ {m}, found = some m → (m.status = .dispatching ∨ m.status = .uncertain) →
    ∃ mid x rest, log = mid ++ x :: rest ∧ x.handsOver id = true ∧ x.brings id = false ∧
      ∀ y ∈ mid, y.brings id = false ∧ y.handsOver id = false) ?_ ?_ ?_ h
  · intro m hm; cases hm
  · intro log found x hx hp m hm hs
    obtain ⟨mid, y, rest, rfl, hy, hb, hn⟩ := hp hm hs
    refine ⟨x :: mid, y, rest, rfl, hy, hb, fun z hz => ?_⟩
    rcases List.mem_cons.1 hz with rfl | hz
    · exact ⟨untouched_brings hx, untouched_handsOver hx⟩
    · exact hn z hz
  · intro log found seq now actor tn bx act t b m next us cs hfound _ _ hg hp m' hm' hs
    cases hm'
    rw [updated_status] at hs
    have keep (hold : m.status = .dispatching ∨ m.status = .uncertain) (hf : act.fresh = false)
        (hc : cs.contains .handOver = false) :
        ∃ mid x rest, moveEntry seq now actor tn bx id act t b m next cs :: log = mid ++ x :: rest ∧
          x.handsOver id = true ∧ x.brings id = false ∧ ∀ y ∈ mid, y.brings id = false ∧ y.handsOver id = false := by
      cases hfd : found with
      | none => rw [hfound, hfd] at hold; rcases hold with h | h <;> cases h
      | some m0 =>
        rw [hfd] at hfound
        obtain ⟨mid, y, rest, hl, hy, hb, hn⟩ := hp (by rw [hfd, hfound]; rfl) hold
        refine ⟨_ :: mid, y, rest, by rw [hl]; rfl, hy, hb, fun z hz => ?_⟩
        rcases List.mem_cons.1 hz with rfl | hz
        · rw [move_brings, move_handsOver]; exact ⟨hf, hc⟩
        · exact hn z hz
    cases act <;> simp only [Act.kind] at hg
    case submit => cases hg <;> simp_all [Placed] <;> grind
    case approve => cases hg <;> rcases hs with hs | hs <;> cases hs
    case reject => cases hg; rcases hs with hs | hs <;> cases hs
    case revise => cases hg <;> simp_all [Placed] <;> grind
    case cancel => cases hg; rcases hs with hs | hs <;> cases hs
    case expire => cases hg; rcases hs with hs | hs <;> cases hs
    case release => cases hg; rcases hs with hs | hs <;> cases hs
    case dispatch v =>
      cases hg with
      | returnedBlocked => rcases hs with hs | hs <;> cases hs
      | returnedHeld => rcases hs with hs | hs <;> cases hs
      | handedOver _ _ _ _ _ _ hc =>
        refine ⟨[], _, log, rfl, ?_, by rw [move_brings]; rfl, fun y hy => (by cases hy)⟩
        rw [move_handsOver]
        rcases hc with ⟨_, hc⟩ | ⟨_, hc⟩ <;> rw [hc] <;> rfl
    case delivered => cases hg; rcases hs with hs | hs <;> cases hs
    case failed => cases hg; rcases hs with hs | hs <;> cases hs
    case deferred => cases hg; rcases hs with hs | hs <;> cases hs
    case lost => cases hg with | lost hd => exact keep (.inl hd) rfl rfl
    case resolve => cases hg <;> rcases hs with hs | hs <;> cases hs
    case revoke =>
      cases hg with
      | returnedShort => rcases hs with hs | hs <;> cases hs
      | dropped => exact keep hs rfl rfl

/-- Why a message was handed over again. -/
theorem handed_over_again {w : World} (hr : Reachable w) {newer older : List Entry} {e : Entry} {id : Id}
    (hl : w.log = newer ++ e :: older) (hh : e.handsOver id = true) (ha : 0 < handOvers id older) :
    ∃ x ∈ sinceHandOver id older, x.defers id (handOvers id older) = true ∨
      x.retries id = true ∧ (x.event.actor.role = .reviewer ∨ x.event.actor.role = .operator) := by
  obtain ⟨before, hp, now, actor, tn, bx, v, t, b, m, h⟩ := handOver_past hr hl hh
  have hc := handOvers_counted hp.reachable id
  rw [hp.log, h.message] at hc
  obtain ⟨x, hx, hd⟩ := again hp.reachable h.message (by rw [h.queued]; rfl) (by rw [hp.log]; exact ha)
  rw [hp.log] at hx
  refine ⟨x, hx, ?_⟩
  rcases hd with hd | hd
  · refine .inr ⟨hd, ?_⟩
    have hmem : x ∈ older := by
      clear hl hp hc ha h hd
      induction older with
      | nil => cases hx
      | cons y ys ih =>
        simp only [sinceHandOver, Bool.cond_eq_ite] at hx
        split at hx
        · cases hx
        · rcases List.mem_cons.1 hx with rfl | hx
          · simp
          · exact List.mem_cons_of_mem _ (ih hx)
    obtain ⟨n', o', ho'⟩ := List.append_of_mem hmem
    obtain ⟨bf, nw, ac, tn', bx', act, t', b', m', next, us, cs, _, he, hq, hmv, _⟩ :=
      did_past (w := before) hp.reachable (by rw [hp.log]; exact ho') hd
    rw [he]
    have hk : act.kind = .resolve := by cases act <;> first | rfl | cases hq
    have hg := hmv.goes
    rw [hk] at hg
    show ac.role = .reviewer ∨ ac.role = .operator
    cases hg <;> simp_all [factsOf]
  · rw [hc]; exact .inl hd

end Countersign

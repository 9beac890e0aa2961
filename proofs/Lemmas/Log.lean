module

public import Lemmas.Step

/-! # What entries are, and what they do to the log's readings

An entry that does not touch a message is none of the things that can be said of an entry of that message; an entry that
moved it is exactly what its act and outcome say. -/

@[expose] public noncomputable section

namespace Countersign

/-! ## Entries that do not touch a message -/

theorem did_of_untouched {x : Entry} {id : Id} (h : x.touches id = false) (p : Actor → Time → Act → Bool) :
    x.did id p = false := by
  simp only [Entry.touches, Entry.did] at *
  split at h
  · simp only [Bool.and_true] at h; simp [h]
  · rfl

theorem untouched_brings {x : Entry} {id : Id} (h : x.touches id = false) : x.brings id = false := did_of_untouched h _

theorem untouched_retries {x : Entry} {id : Id} (h : x.touches id = false) : x.retries id = false :=
  did_of_untouched h _

theorem untouched_outcome {x : Entry} {id : Id} (h : x.touches id = false) (hm : x.event.messageId = some id) :
    ∃ why was mode, x.outcome = .refused why was mode := by
  obtain ⟨seq, e, o⟩ := x
  cases e with
  | message now actor tn bx i act =>
    cases o with
    | refused why was mode => exact ⟨why, was, mode, rfl⟩
    | accepted was now cs mode why =>
      simp only [Event.messageId, Option.some.injEq] at hm
      simp only [Entry.touches, Entry.did, Bool.and_true, same_false] at h
      exact absurd hm h
  | mailbox now actor tn bx act => simp [Event.messageId] at hm
  | tenant now actor tn act => simp [Event.messageId] at hm

theorem untouched_handsOver {x : Entry} {id : Id} (h : x.touches id = false) : x.handsOver id = false := by
  simp only [Entry.handsOver, Bool.and_eq_false_iff, decide_eq_false_iff_not]
  by_cases hm : x.event.messageId = some id
  · obtain ⟨why, was, mode, ho⟩ := untouched_outcome h hm
    exact .inr (by simp [ho, Outcome.commands])
  · exact .inl hm

theorem untouched_leaves {x : Entry} {id : Id} (h : x.touches id = false) (s : Status) : x.leaves id s = false := by
  simp only [Entry.leaves, decide_eq_false_iff_not, not_and]
  intro hm
  obtain ⟨why, was, mode, ho⟩ := untouched_outcome h hm
  simp [ho, Outcome.now]

/-! ## Readings of a log with one more entry -/

theorem contentIn_skip {x : Entry} {id : Id} (h : x.touches id = false) (log : List Entry) :
    contentIn id (x :: log) = contentIn id log := by
  simp only [contentIn, untouched_brings h, cond_false]
  split <;> rfl

theorem standing_skip {x : Entry} {id : Id} (h : x.touches id = false) (log : List Entry) :
    standing id (x :: log) = x :: standing id log := by
  simp only [standing, untouched_brings h, untouched_retries h, cond_false]

theorem since_skip {x : Entry} {id : Id} (h : x.touches id = false) (log : List Entry) :
    sinceHandOver id (x :: log) = x :: sinceHandOver id log := by
  simp only [sinceHandOver, untouched_handsOver h, cond_false]

theorem handOvers_skip {x : Entry} {id : Id} (h : x.touches id = false) (log : List Entry) :
    handOvers id (x :: log) = handOvers id log := by
  simp [handOvers, untouched_handsOver h]

theorem deliveries_skip {x : Entry} {id : Id} (h : x.touches id = false) (log : List Entry) :
    deliveries id (x :: log) = deliveries id log := by
  simp [deliveries, untouched_leaves h]

/-- The words that stand are entries of the log. -/
theorem mem_of_standing {id : Id} {x : Entry} : ∀ {log : List Entry}, x ∈ standing id log → x ∈ log := by
  intro log
  induction log with
  | nil => intro h; exact h
  | cons e older ih =>
    intro h
    simp only [standing, Bool.cond_eq_ite] at h
    split at h
    · cases h
    · split at h
      · simp only [List.mem_singleton] at h; simp [h]
      · rcases List.mem_cons.1 h with rfl | h
        · simp
        · simp [ih h]

/-- Where a standing word is in the log: nothing since brought content or reopened the message, and the word itself may
be the reopening. -/
theorem standing_place {id : Id} {x : Entry} : ∀ {log : List Entry}, x ∈ standing id log →
    ∃ newer older, log = newer ++ x :: older ∧ (∀ y ∈ newer, y.brings id = false ∧ y.retries id = false) ∧
      x.brings id = false := by
  intro log
  induction log with
  | nil => intro h; cases h
  | cons e older ih =>
    intro h
    simp only [standing, Bool.cond_eq_ite] at h
    split at h
    · cases h
    · rename_i hb
      split at h
      · simp only [List.mem_singleton] at h
        subst h
        exact ⟨[], older, rfl, by simp, by simpa using hb⟩
      · rename_i hr
        rcases List.mem_cons.1 h with rfl | h
        · exact ⟨[], older, rfl, by simp, by simpa using hb⟩
        · obtain ⟨newer, rest, rfl, hn, hx⟩ := ih h
          refine ⟨e :: newer, rest, rfl, ?_, hx⟩
          intro y hy
          rcases List.mem_cons.1 hy with rfl | hy
          · exact ⟨by simpa using hb, by simpa using hr⟩
          · exact hn y hy

/-! ## The entry of a move -/

section
variable {seq : Nat} {now : Time} {actor : Actor} {tn bx id : Id} {act : Act} {t : Tenant} {b : Mailbox} {m : Message}
  {next : Status} {cs : List Command}

@[simp] theorem move_did (p : Actor → Time → Act → Bool) :
    (moveEntry seq now actor tn bx id act t b m next cs).did id p = p actor now act := by
  simp [moveEntry, Entry.did]

@[simp] theorem move_touches : (moveEntry seq now actor tn bx id act t b m next cs).touches id = true := by
  simp [Entry.touches]

@[simp] theorem move_brings : (moveEntry seq now actor tn bx id act t b m next cs).brings id = act.fresh := by
  simp [Entry.brings]

@[simp] theorem move_retries :
    (moveEntry seq now actor tn bx id act t b m next cs).retries id = act.reopens := by
  simp [Entry.retries]

@[simp] theorem move_handsOver :
    (moveEntry seq now actor tn bx id act t b m next cs).handsOver id = cs.contains .handOver := by
  simp [moveEntry, Entry.handsOver, Event.messageId, Outcome.commands]

@[simp] theorem move_leaves (s : Status) :
    (moveEntry seq now actor tn bx id act t b m next cs).leaves id s = decide (next = s) := by
  simp [moveEntry, Entry.leaves, Event.messageId, Outcome.now]

end

end Countersign

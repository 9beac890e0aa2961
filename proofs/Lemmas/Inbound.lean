module

public import Lemmas.Step
public import Model.Inbound

/-! # Inbound mail: what a log says of a message that is released -/

@[expose] public noncomputable section

namespace Countersign

theorem inbound_log (w : InboundWorld) (e : InboundEvent) :
    (inboundStep w e).1.log = ⟨e, (inboundStep w e).2⟩ :: w.log := by
  cases e <;> simp only [inboundStep] <;> (repeat' split) <;> rfl

theorem inbound_other (w : InboundWorld) (e : InboundEvent) :
    (inboundStep w e).1.world = (match e with | .other ev => (step w.world ev).1 | _ => w.world) := by
  cases e <;> simp only [inboundStep] <;> (repeat' split) <;> rfl

theorem worldAt_cons (x : InboundEntry) (log : List InboundEntry) :
    worldAt (x :: log) = (match x.event with | .other ev => (step (worldAt log) ev).1 | _ => worldAt log) := by
  obtain ⟨e, o⟩ := x
  cases e <;> simp only [worldAt, others]
  rw [List.reverse_cons, run_append]
  rfl

/-- Why a message is the agent's: a reviewer released it, or it came in when its mailbox was not `gatedAll`. -/
def Freed (log : List InboundEntry) (id : Id) : Prop :=
  (∃ x ∈ log, x.releases id = true) ∨
    ∃ newer x older bx b, log = newer ++ x :: older ∧ x.files id bx = true ∧ (worldAt older).mailbox bx = some b ∧
      b.mode ≠ .gatedAll

theorem freed_later {log : List InboundEntry} {id : Id} (x : InboundEntry) (h : Freed log id) : Freed (x :: log) id := by
  rcases h with ⟨y, hy, hr⟩ | ⟨newer, y, older, bx, b, hl, hf, hb, hm⟩
  · exact .inl ⟨y, List.mem_cons_of_mem _ hy, hr⟩
  · exact .inr ⟨x :: newer, y, older, bx, b, by rw [hl]; rfl, hf, hb, hm⟩

structure InboundInv (w : InboundWorld) : Prop where
  world : w.world = worldAt w.log
  freed : ∀ id m, w.message id = some m → m.status = .released → Freed w.log id

theorem inbound_inv_step {w : InboundWorld} (h : InboundInv w) (e : InboundEvent) : InboundInv (inboundStep w e).1 := by
  constructor
  · rw [inbound_log, worldAt_cons, inbound_other w e, h.world]
  · intro id m hm hs
    rw [inbound_log]
    cases e with
    | other ev => exact freed_later _ (h.freed id m hm hs)
    | read actor i route =>
      simp only [inboundStep] at hm
      (repeat' split at hm) <;> exact freed_later _ (h.freed id m hm hs)
    | receive actor bx i =>
      revert hm
      simp only [inboundStep]
      (repeat' split) <;> intro hm <;> try exact freed_later _ (h.freed id m hm hs)
      · simp only [InboundWorld.message, find_cons] at hm
        split at hm
        · cases hm; cases hs
        · exact freed_later _ (h.freed id m hm hs)
      · rename_i b hb _ _ hmode
        simp only [InboundWorld.message, find_cons] at hm
        split at hm
        · rename_i hi
          subst hi
          refine .inr ⟨[], _, w.log, bx, b, rfl, by simp [InboundEntry.files], ?_, hmode⟩
          rw [← h.world]; exact hb
        · exact freed_later _ (h.freed id m hm hs)
    | settle actor i release =>
      revert hm
      simp only [inboundStep]
      (repeat' split) <;> intro hm <;> try exact freed_later _ (h.freed id m hm hs)
      · rename_i hcond hrel
        simp only [InboundWorld.message, find_cons] at hm
        split at hm
        · rename_i hi
          subst hi
          refine .inl ⟨_, List.mem_cons_self, ?_⟩
          subst hrel
          simp [InboundEntry.releases, hcond.1]
        · exact freed_later _ (h.freed id m hm hs)
      · simp only [InboundWorld.message, find_cons] at hm
        split at hm
        · cases hm; cases hs
        · exact freed_later _ (h.freed id m hm hs)

theorem inbound_run_append (w : InboundWorld) (a b : List InboundEvent) :
    inboundRun w (a ++ b) = inboundRun (inboundRun w a) b := by
  induction a generalizing w with
  | nil => rfl
  | cons e es ih => exact ih _

theorem InboundReachable.induct {P : InboundWorld → Prop} (empty : P .empty)
    (next : ∀ w e, P w → P (inboundStep w e).1) {w : InboundWorld} (h : InboundReachable w) : P w := by
  obtain ⟨es, rfl⟩ := h
  suffices ∀ (es : List InboundEvent) (w : InboundWorld), P w → P (inboundRun w es) from this es _ empty
  intro es
  induction es with
  | nil => intro w h; exact h
  | cons e es ih => intro w h; exact ih _ (next w e h)

theorem inbound_inv {w : InboundWorld} (h : InboundReachable w) : InboundInv w := by
  refine h.induct (P := InboundInv) ⟨rfl, fun id m hm => ?_⟩ fun w e hw => inbound_inv_step hw e
  cases hm

/-- A reading in the log was of a message that was released then, unless a reviewer read. -/
theorem shown_past {w : InboundWorld} (h : InboundReachable w) : ∀ {newer older : List InboundEntry} {actor : Actor}
    {id : Id} {route : Route}, w.log = newer ++ ⟨.read actor id route, .shown⟩ :: older → actor.role ≠ .reviewer →
    Freed older id := by
  have hall : InboundInv w ∧ ∀ {newer older : List InboundEntry} {actor : Actor}
      {id : Id} {route : Route}, w.log = newer ++ ⟨.read actor id route, .shown⟩ :: older → actor.role ≠ .reviewer →
      Freed older id := by
    refine h.induct (P := fun w => InboundInv w ∧ ∀ {newer older : List InboundEntry} {actor : Actor}
      {id : Id} {route : Route}, w.log = newer ++ ⟨.read actor id route, .shown⟩ :: older → actor.role ≠ .reviewer →
      Freed older id) ⟨⟨rfl, fun id m hm => by cases hm⟩, ?_⟩ ?_
    · intro newer older actor id route hl; simp [InboundWorld.empty] at hl
    · intro w e ⟨hinv, ih⟩
      refine ⟨inbound_inv_step hinv e, ?_⟩
      intro newer older actor id route hl hrole
      rw [inbound_log] at hl
      cases newer with
      | cons x newer =>
        simp only [List.cons_append, List.cons.injEq] at hl
        exact ih hl.2 hrole
      | nil =>
        simp only [List.nil_append, List.cons.injEq, InboundEntry.mk.injEq] at hl
        obtain ⟨⟨he, ho⟩, rfl⟩ := hl
        subst he
        simp only [inboundStep] at ho
        split at ho
        · rename_i m hm
          split at ho
          · rename_i hmay
            refine hinv.freed id m hm ?_
            cases hs : m.status <;> cases hr : actor.role <;> simp_all [mayRead]
          · cases ho
        · cases ho
  intro newer older actor id route hl hrole
  exact hall.2 hl hrole

end Countersign

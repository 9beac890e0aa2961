module

public import Lemmas.Inbound

/-! # Theorems about inbound mail

`spec/modes.md` has the rule; no code takes in mail yet. -/

@[expose] public noncomputable section

namespace Countersign

/-- OV-59: On no route does anyone but a reviewer come to see an inbound message that waits or was rejected; and
whatever the log says they saw, a reviewer had released before, or it had come in when its mailbox was not gated_all. -/
theorem held_inbound_unreadable {w : InboundWorld} (hr : InboundReachable w) {actor : Actor} {id : Id} {route : Route}
    (ha : actor.role ≠ .reviewer) :
    (∀ m, w.message id = some m → m.status ≠ .released → (inboundStep w (.read actor id route)).2 = .refused) ∧
    ∀ newer older, w.log = newer ++ ⟨.read actor id route, .shown⟩ :: older →
      (∃ x ∈ older, x.releases id = true) ∨
      ∃ between x before bx b, older = between ++ x :: before ∧ x.files id bx = true ∧
        (worldAt before).mailbox bx = some b ∧ b.mode ≠ .gatedAll := by
  refine ⟨fun m hm hs => ?_, fun newer older hl => shown_past hr hl ha⟩
  have hmay : mayRead actor.role m.status = false := by
    cases hst : m.status <;> cases hrole : actor.role <;> simp_all [mayRead]
  simp [inboundStep, hm, hmay]

end Countersign

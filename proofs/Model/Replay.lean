module

public import Model.Step
public import Model.Score
public import Model.Encoding

/-! # What another program wrote, put to the model

Each check is one evaluation by the kernel. The files with what the program wrote are made anew by `npm run proofs` and
are not part of the repository. -/

@[expose] public noncomputable section

namespace Countersign

/-- One event as it was put to the program, and what the program said became of it. -/
structure Told where
  event : Event
  outcome : Outcome

/-- All that the program held to be true in the end. -/
structure Held where
  tenants : List (Id × Tenant)
  mailboxes : List (Id × Mailbox)
  messages : List (Id × Message)

/-- The entries of a log told oldest first, newest first. -/
def entriesFrom (seq : Nat) (newer : List Entry) : List Told → List Entry
  | [] => newer
  | t :: rest => entriesFrom (seq + 1) (⟨seq, t.event, t.outcome⟩ :: newer) rest

/-- Every record that the program held is the model's, and the model has no other. -/
def World.holds (w : World) (held : Held) : Bool :=
  held.tenants.all (fun (id, t) => decide (w.tenant id = some t)) &&
    held.mailboxes.all (fun (id, b) => decide (w.mailbox id = some b)) &&
    held.messages.all (fun (id, m) => decide (w.message id = some m)) &&
    w.tenants.all (fun (id, _) => held.tenants.any (fun (k, _) => same k id)) &&
    w.mailboxes.all (fun (id, _) => held.mailboxes.any (fun (k, _) => same k id)) &&
    w.messages.all (fun (id, _) => held.messages.any (fun (k, _) => same k id))

/-- The world after the events, as long as the model says of each what the program said. -/
def retell (w : World) : List Told → Option World
  | [] => some w
  | t :: rest =>
    match step w t.event with
    | (next, outcome) => bif decide (outcome = t.outcome) then retell next rest else none

/-- The model, given the events, says of each what the program said, and comes to hold what the program held. -/
def retold (told : List Told) (held : Held) : Bool :=
  match retell .empty told with
  | none => false
  | some w => w.holds held

theorem step_entry (w : World) (e : Event) : (step w e).1.log = ⟨w.log.length, e, (step w e).2⟩ :: w.log := by
  simp only [step, World.record]
  cases (transition w e).2 <;> rfl

theorem retell_log (told : List Told) : ∀ {w after : World}, retell w told = some after →
    after = run w (told.map Told.event) ∧ after.log = entriesFrom w.log.length w.log told := by
  induction told with
  | nil =>
    intro w after h
    simp only [retell, Option.some.injEq] at h
    subst h
    exact ⟨rfl, rfl⟩
  | cons t rest ih =>
    intro w after h
    simp only [retell] at h
    by_cases same : (step w t.event).2 = t.outcome
    · simp only [same, decide_true, cond_true] at h
      have done := ih h
      rw [step_entry, same, List.length_cons] at done
      exact done
    · simp [same] at h

/-- What is retold has the log that the program wrote, entry for entry, so that the log need not be compared. -/
theorem retold_log {told : List Told} {held : Held} (h : retold told held = true) :
    (run .empty (told.map Told.event)).log = entriesFrom 0 [] told := by
  simp only [retold] at h
  split at h
  · simp at h
  · rename_i w found
    have done := retell_log told found
    rw [← done.1, done.2]
    rfl

/-- The program's score of some weights is the model's. -/
def scoreAgrees (weights : List Nat) (said : Nat) : Bool := same (score weights) said

/-- The octets that the program signs for some fields are the model's. -/
def fieldsAgree (domain : Octets) (values : List Octets) (said : Octets) : Bool :=
  decide (signedFields domain values = said)

/-- The octets under the program's content digest are the model's. -/
def contentAgrees (content : Content) (said : Octets) : Bool := decide (contentOctets content = said)

end Countersign

module

public import Model.Step

/-! # Reading the log

What the theorems say, they say of the log: of entries, of their order, of what came since. These functions read a log
alone; none of them looks at a message's record. Logs are newest first, so `e :: older` is a log whose last entry is
`e`, and `newer ++ e :: older` is a log in which `e` came after all of `older`. -/

@[expose] public noncomputable section

namespace Countersign

/-- What an accepted event of message `id` was: `p` asks about actor, moment and act. -/
def Entry.did (e : Entry) (id : Id) (p : Actor → Time → Act → Bool) : Bool :=
  match e.event, e.outcome with
  | .message now actor _ _ i act, .accepted .. => same i id && p actor now act
  | _, _ => false

/-- An accepted event of message `id`. -/
def Entry.touches (e : Entry) (id : Id) : Bool := e.did id fun _ _ _ => true

def Outcome.commands : Outcome → List Command
  | .accepted _ _ cs _ _ => cs
  | .refused .. => []

/-- The effective mode that counted for the event. -/
def Outcome.mode : Outcome → Option Mode
  | .accepted _ _ _ m _ => m
  | .refused _ _ m => m

def Outcome.now : Outcome → Option Label
  | .accepted _ now _ _ _ => now
  | .refused .. => none

/-- Why the event was refused, or, accepted, why it makes a refused message. -/
def Outcome.why : Outcome → Option Refusal
  | .accepted _ _ _ _ why => why
  | .refused why _ _ => some why

def Outcome.isAccepted : Outcome → Bool
  | .accepted .. => true
  | .refused .. => false

/-- The message that an event is about. -/
def Event.messageId : Event → Option Id
  | .message _ _ _ _ i _ => some i
  | _ => none

/-- The entry gave the command to hand message `id` to SMTP. -/
def Entry.handsOver (e : Entry) (id : Id) : Bool :=
  decide (e.event.messageId = some id) && e.outcome.commands.contains .handOver

/-- The entry left message `id` in this status. -/
def Entry.leaves (e : Entry) (id : Id) (s : Status) : Bool :=
  decide (e.event.messageId = some id ∧ e.outcome.now = some (.status s))

/-- The entry brought message `id` content: its submit or an edit. -/
def Entry.brings (e : Entry) (id : Id) : Bool := e.did id fun _ _ act => act.fresh

/-- A `resolve` that finds neither that the message was delivered nor that it failed. -/
def Act.reopens : Act → Bool
  | .resolve .delivered _ _ | .resolve .failed _ _ => false
  | .resolve .. => true
  | _ => false

/-- The entry reopened an uncertain message: an accepted `resolve` to retry. -/
def Entry.retries (e : Entry) (id : Id) : Bool := e.did id fun _ _ act => act.reopens

/-- The entry says that the server put the hand-over `n` off, for a reason known to be temporary. -/
def Entry.defers (e : Entry) (id : Id) (n : Nat) : Bool :=
  e.did id fun _ _ act => decide (act = .deferred n)

/-- The entry is the word of reviewer `p` that the content `d` of message `id` may leave, given at `time`. -/
def Entry.approves (e : Entry) (id : Id) (p : Id) (d : Digest) (time : Time) : Bool :=
  e.did id fun actor now act =>
    decide (actor.role = .reviewer ∧ actor.principal = p ∧ now = time ∧ act.named = some d) &&
      (decide (act.kind = .approve) || act.reopens)

/-- The entry took message `id` in, from this author, with this owner answerable. -/
def Entry.submits (e : Entry) (id : Id) (author : Id) (owner : Option Id) : Bool :=
  e.did id fun actor _ act =>
    match act with
    | .submit _ o _ _ _ => decide (actor.principal = author ∧ o = owner)
    | _ => false

/-- An accepted edit of message `id` by an agent, that names this owner. -/
def Entry.editsUnder (e : Entry) (id : Id) (owner : Option Id) : Bool :=
  e.did id fun actor _ act =>
    match act with
    | .revise _ _ _ _ _ (some o) => decide (actor.role = .agent ∧ o = owner)
    | _ => false

/-- An accepted decision on message `id` by person `p`. -/
def Entry.decides (e : Entry) (id : Id) (p : Id) : Bool :=
  e.did id fun actor _ act =>
    decide (actor.principal = p) && decide (act.kind = .approve ∨ act.kind = .reject ∨ act.kind = .resolve)

/-- The content that message `id` has, by its newest submit or edit. -/
def contentIn (id : Id) : List Entry → Option Digest
  | [] => none
  | e :: older =>
    match e.event with
    | .message _ _ _ _ _ (.submit d _ _ _ _) => bif e.brings id then some d else contentIn id older
    | .message _ _ _ _ _ (.revise _ d _ _ _ _) => bif e.brings id then some d else contentIn id older
    | _ => contentIn id older

/-- The entries since the content of message `id` last came and since it was last reopened, the reopening included: the
words among them are given for this content, and have not been used up. -/
def standing (id : Id) : List Entry → List Entry
  | [] => []
  | e :: older =>
    bif e.brings id then []
    else bif e.retries id then [e]
    else e :: standing id older

/-- The entries since message `id` was last handed over, without the hand-over itself. -/
def sinceHandOver (id : Id) : List Entry → List Entry
  | [] => []
  | e :: older => bif e.handsOver id then [] else e :: sinceHandOver id older

/-- How often message `id` was handed over. -/
def handOvers (id : Id) (log : List Entry) : Nat := log.countP fun e => e.handsOver id

/-- How often the log says that message `id` was delivered. -/
def deliveries (id : Id) (log : List Entry) : Nat := log.countP fun e => e.leaves id .delivered

/-- `p` submitted message `id`, or answers for the credential that did. -/
def Wrote (log : List Entry) (id p : Id) : Prop :=
  ∃ x ∈ log, ∃ author owner, x.submits id author owner = true ∧ (author = p ∨ owner = some p)

/-- The word of `p` for content `d` of message `id`, given at `time`, stands: it is in the log, it came after that content
and nothing has used it up since. -/
def Stands (log : List Entry) (id p : Id) (d : Digest) (time : Time) : Prop :=
  ∃ x ∈ standing id log, x.approves id p d time = true

/-- Folds a log again from nothing, with the events alone. -/
def replay : List Entry → World
  | [] => .empty
  | e :: older => (step (replay older) e.event).1

end Countersign

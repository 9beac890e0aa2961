module

public import Model.Basic

/-! # Layer 1: facts

Everything with arithmetic in it: clocks, the quorum, the order of modes. What comes out is a role, what a `resolve`
says, and sixteen yes-or-no facts. Names and meanings are those of `spec/transitions.json`. -/

@[expose] public noncomputable section

namespace Countersign

structure Facts where
  role : Role
  outcome : Resolution
  self : Bool
  otherOwner : Bool
  revoked : Bool
  current : Bool
  lapsed : Bool
  blocked : Bool
  halted : Bool
  readOnly : Bool
  repeated : Bool
  complete : Bool
  clear : Bool
  due : Bool
  copied : Bool
  attempt : Bool
  approver : Bool
  deriving DecidableEq

/-- Two naturals are equal; evaluated by the kernel in one step. -/
def same (a b : Nat) : Bool := Nat.beq a b

/-- OV-2: the strictest of mailbox, request, risk and stop switch. -/
def effectiveMode (mailbox : Mode) (requested : Option Mode) (held halted : Bool) : Mode :=
  ((mailbox.tighter (requested.getD .autonomous)).tighter (if held then .gatedSend else .autonomous)).tighter
    (if halted then .readOnly else .autonomous)

def Act.kind : Act → Kind
  | .submit .. => .submit
  | .approve .. => .approve
  | .reject .. => .reject
  | .revise .. => .revise
  | .cancel => .cancel
  | .expire => .expire
  | .release => .release
  | .dispatch .. => .dispatch
  | .delivered .. => .delivered
  | .failed .. => .failed
  | .deferred .. => .deferred
  | .lost .. => .lost
  | .resolve .. => .resolve
  | .revoke .. => .revoke

/-- The verdict that counts: the event's, or else the one the message was stored with. -/
def Act.verdictOr (stored : Verdict) : Act → Verdict
  | .submit _ _ _ _ v | .approve _ v | .revise _ _ _ _ v _ | .dispatch v | .resolve _ _ v
  | .revoke _ v _ => v
  | _ => stored

def Act.requestedOr (stored : Option Mode) : Act → Option Mode
  | .submit _ _ r _ _ | .revise _ _ r _ _ _ => r
  | _ => stored

def Act.sendAtOr (stored : Time) : Act → Time
  | .submit _ _ _ t _ | .revise _ _ _ t _ _ => t
  | _ => stored

/-- The digest the actor names: what they saw. For `revise` the one they started from. -/
def Act.named : Act → Option Digest
  | .submit d _ _ _ _ | .approve d _ | .reject d | .revise d _ _ _ _ _ | .resolve _ d _ => some d
  | _ => none

def Act.resolution : Act → Resolution
  | .resolve r _ _ => r
  | _ => .none

def Act.attemptIs (attempt : Nat) : Act → Bool
  | .delivered n | .failed n | .deferred n | .lost n => same n attempt
  | _ => false

/-- OV-24, OV-126: `revoke` takes this approval: the reviewer's, and given with the key that it names, if it names one. -/
def Act.revokes (a : Approval) : Act → Bool
  | .revoke r _ key => same r a.reviewer && (decide (key = none) || decide (a.credential = key))
  | _ => false

def Act.isSubmit : Act → Bool
  | .submit .. => true
  | _ => false

/-- A submit or an edit brings content that nobody can have approved. -/
def Act.fresh : Act → Bool
  | .submit .. | .revise .. => true
  | _ => false

def Act.isResolve : Act → Bool
  | .resolve .. => true
  | _ => false

def ownerIs (owner : Option Id) (person : Id) : Bool :=
  match owner with
  | some o => same o person
  | none => false

/-- `person` is in the list. -/
def listed (person : Id) : List Id → Bool
  | [] => false
  | p :: ps => same p person || listed person ps

/-- Each person once. -/
def people : List Id → List Id
  | [] => []
  | p :: ps => if listed p ps then people ps else p :: people ps

/-- OV-23: for this digest, by an unrevoked reviewer, not past its age, by neither author nor owner. -/
def live (t : Tenant) (b : Mailbox) (m : Message) (now : Time) (a : Approval) : Bool :=
  same a.digest m.digest && !listed a.reviewer t.revoked && decide (now < a.time + b.policy.approvalMaxAge) &&
    !same a.reviewer m.author && !ownerIs m.owner a.reviewer

def liveApprovals (t : Tenant) (b : Mailbox) (m : Message) (now : Time) : List Approval :=
  m.approvals.filter (live t b m now)

/-- The quorum counts people, not approvals. -/
def meets (p : Policy) (as : List Approval) : Bool :=
  decide (p.quorum ≤ (people (as.map Approval.reviewer)).length)

/-- The approvals that may count for this event. -/
def standingFor (t : Tenant) (b : Mailbox) (m : Message) (now : Time) (act : Act) : List Approval :=
  if act.fresh then [] else liveApprovals t b m now

/-- The actor's own word on the content as it is. -/
def ownWord (m : Message) (actor : Actor) (now : Time) : Approval :=
  ⟨actor.principal, m.digest, now, actor.credential⟩

/-- The approvals that count once the event is done: with the actor's own, or without the revoked ones. -/
def countedFor (m : Message) (actor : Actor) (now : Time) (act : Act) (alive : List Approval) : List Approval :=
  match act with
  | .revoke .. => alive.filter (fun a => !act.revokes a)
  | .approve .. => if actor.role = .reviewer then alive ++ [ownWord m actor now] else alive
  | .resolve .. => if actor.role = .reviewer then [ownWord m actor now] else alive
  | _ => alive

def modeFor (t : Tenant) (b : Mailbox) (m : Message) (act : Act) : Mode :=
  effectiveMode b.mode (act.requestedOr m.requested) (act.verdictOr m.verdict).held t.halted

def isSelf (m : Message) (actor : Actor) (act : Act) : Bool :=
  !act.isSubmit && (same actor.principal m.author || ownerIs m.owner actor.principal)

/-- OV-123: an agent edits under another owner than the one named at the submit. Who speaks of a message that nobody
submitted counts as its author, and their owner as its owner. -/
def otherOwner (m : Message) (actor : Actor) (act : Act) : Bool :=
  match act with
  | .revise _ _ _ _ _ (some owner) => decide (actor.role = .agent) && decide (m.status ≠ .new) && decide (owner ≠ m.owner)
  | _ => false

/-- The window is over; for what waits to leave: an approval is past its age and without it the quorum is not met. -/
def isLapsed (b : Mailbox) (m : Message) (now : Time) (alive : List Approval) : Bool :=
  match m.status with
  | .pendingApproval => decide (m.decideBy ≤ now)
  | _ => m.approvals.any (fun a => decide (a.time + b.policy.approvalMaxAge ≤ now)) && !meets b.policy alive

/-- OV-11: it may leave as it stands. -/
def isClear (b : Mailbox) (mode : Mode) (blocked : Bool) (act : Act) (alive : List Approval) : Bool :=
  decide (mode ≠ .readOnly) && !blocked && (!mode.gated || (!act.isResolve && meets b.policy alive))

def factsOf (t : Tenant) (b : Mailbox) (m : Message) (actor : Actor) (now : Time) (act : Act) : Facts where
  role := actor.role
  outcome := act.resolution
  self := isSelf m actor act
  otherOwner := otherOwner m actor act
  revoked := listed actor.principal t.revoked
  current := match act.named with
    | some d => same d m.digest
    | none => false
  lapsed := isLapsed b m now (standingFor t b m now act)
  blocked := (act.verdictOr m.verdict).blocked
  halted := t.halted
  readOnly := decide (modeFor t b m act = .readOnly)
  repeated := (standingFor t b m now act).any (fun a => same a.reviewer actor.principal)
  complete := meets b.policy (countedFor m actor now act (standingFor t b m now act))
  clear := isClear b (modeFor t b m act) (act.verdictOr m.verdict).blocked act (standingFor t b m now act)
  due := decide (act.sendAtOr m.sendAt ≤ now)
  copied := decide (modeFor t b m act = .monitored)
  attempt := act.attemptIs m.attempt
  approver := m.approvals.any (fun a => act.revokes a)

end Countersign

module

public import Model.Step

/-! # The form of `spec/transitions.json`

The table as Lean data, and what it means that the model agrees with it. `Table.lean` holds the data and is generated
from the JSON; nothing here depends on what it says. -/

@[expose] public noncomputable section

namespace Countersign

/-- What the table says of one case: a refusal, or the next status, the commands and, of a refused message, the reason. -/
inductive Answer
  | refused (why : Refusal)
  | moved (next : Status) (commands : List Command) (why : Option Refusal)
  deriving DecidableEq

/-- What a decision looks like from outside. -/
def Decision.answer : Decision → Answer
  | .refuse why => .refused why
  | .go next _ commands why => .moved next commands why

inductive FactName
  | role | outcome | self | otherOwner | revoked | current | lapsed | blocked | halted | readOnly | repeated
  | complete | clear | due | copied | attempt | approver
  deriving DecidableEq

def factNames : List FactName :=
  [.role, .outcome, .self, .otherOwner, .revoked, .current, .lapsed, .blocked, .halted, .readOnly, .repeated,
    .complete, .clear, .due, .copied, .attempt, .approver]

/-- A yes-or-no fact by its name; `role` and `outcome` are none. -/
def Facts.flag (f : Facts) : FactName → Bool
  | .role | .outcome => false
  | .self => f.self
  | .otherOwner => f.otherOwner
  | .revoked => f.revoked
  | .current => f.current
  | .lapsed => f.lapsed
  | .blocked => f.blocked
  | .halted => f.halted
  | .readOnly => f.readOnly
  | .repeated => f.repeated
  | .complete => f.complete
  | .clear => f.clear
  | .due => f.due
  | .copied => f.copied
  | .attempt => f.attempt
  | .approver => f.approver

/-- One condition of a class: a `when` of the JSON is a list of them. -/
inductive Cond
  | role (anyOf : List Role)
  | outcome (anyOf : List Resolution)
  | flag (name : FactName) (value : Bool)
  deriving DecidableEq

def Role.code : Role → Nat
  | .agent => 0
  | .reviewer => 1
  | .operator => 2
  | .system => 3

def Resolution.code : Resolution → Nat
  | .delivered => 0
  | .failed => 1
  | .retry => 2
  | .none => 3

/-- Membership of a code, in as few steps of the kernel as can be. -/
def anyCode {α : Type} (code : α → Nat) (n : Nat) : List α → Bool
  | [] => false
  | a :: as => same (code a) n || anyCode code n as

def Cond.holds (f : Facts) : Cond → Bool
  | .role rs => anyCode Role.code f.role.code rs
  | .outcome os => anyCode Resolution.code f.outcome.code os
  | .flag n v => bif v then f.flag n else !f.flag n

def Cond.names : Cond → FactName
  | .role _ => .role
  | .outcome _ => .outcome
  | .flag n _ => n

def allHold (f : Facts) : List Cond → Bool
  | [] => true
  | c :: cs => c.holds f && allHold f cs

/-- The place of the first class that holds. -/
def firstClass (f : Facts) : List (List Cond) → Option Nat
  | [] => none
  | c :: cs => bif allHold f c then some 0 else (firstClass f cs).map (· + 1)

/-- One event of the JSON: the facts it names and its classes, in order. -/
structure EventForm where
  kind : Kind
  facts : List FactName
  classes : List (List Cond)
  deriving DecidableEq

/-- The rows of one status and event, one answer for each class, in the order of the classes. -/
structure Block where
  status : Status
  kind : Kind
  answers : List Answer
  deriving DecidableEq

/-- One row of `effective_mode`. -/
structure ModeRow where
  mailbox : Mode
  requested : Option Mode
  held : Bool
  halted : Bool
  mode : Mode
  deriving DecidableEq

/-- One row of `set_mode`. -/
structure SetModeRow where
  mode : Mode
  role : Role
  target : Mode
  answer : ModeDecision
  deriving DecidableEq

structure Table where
  forms : List EventForm
  blocks : List Block
  modes : List ModeRow
  setModes : List SetModeRow

/-- One row of the JSON: a status, an event, the place of its class, the answer. -/
structure Row where
  status : Status
  kind : Kind
  cls : Nat
  answer : Answer
  deriving DecidableEq

def number (s : Status) (k : Kind) : Nat → List Answer → List Row
  | _, [] => []
  | n, a :: as => ⟨s, k, n, a⟩ :: number s k (n + 1) as

def Block.rows (b : Block) : List Row := number b.status b.kind 0 b.answers

/-- All rows, in the order of the JSON. -/
def Table.rows (t : Table) : List Row := t.blocks.flatMap Block.rows

def formOf (k : Kind) : List EventForm → Option EventForm
  | [] => none
  | e :: es => if e.kind = k then some e else formOf k es

/-- The class of an event under these facts. -/
def Table.classOf (t : Table) (k : Kind) (f : Facts) : Option Nat :=
  match formOf k t.forms with
  | some e => firstClass f e.classes
  | none => none

/-! ## The check that the kernel runs -/

def statuses : List Status :=
  [.new, .pendingApproval, .scheduled, .queued, .dispatching, .uncertain, .refused, .rejected, .cancelled, .expired,
    .delivered, .failed]

def kinds : List Kind :=
  [.submit, .approve, .reject, .revise, .cancel, .expire, .release, .dispatch, .delivered, .failed, .deferred, .lost,
    .resolve, .revoke]

/-- The facts that the model reads for an event. -/
def reads : Kind → List FactName
  | .submit => [.role, .blocked, .halted, .readOnly, .clear, .due]
  | .approve => [.role, .self, .revoked, .current, .lapsed, .blocked, .repeated, .complete, .due]
  | .reject => [.role, .self, .revoked, .current]
  | .revise => [.role, .self, .otherOwner, .revoked, .current, .blocked, .halted, .readOnly, .clear, .due]
  | .cancel => [.role, .self]
  | .expire => [.role, .lapsed]
  | .release => [.role, .due]
  | .dispatch => [.role, .blocked, .halted, .readOnly, .clear, .copied]
  | .delivered | .failed | .deferred | .lost => [.role, .attempt]
  | .resolve => [.role, .outcome, .self, .revoked, .current, .blocked, .complete, .clear]
  | .revoke => [.role, .complete, .approver]

/-- The facts with everything an event does not name set to a fixed value. -/
def mask (n : FactName → Bool) (f : Facts) : Facts where
  role := bif n .role then f.role else .agent
  outcome := bif n .outcome then f.outcome else .none
  self := n .self && f.self
  otherOwner := n .otherOwner && f.otherOwner
  revoked := n .revoked && f.revoked
  current := n .current && f.current
  lapsed := n .lapsed && f.lapsed
  blocked := n .blocked && f.blocked
  halted := n .halted && f.halted
  readOnly := n .readOnly && f.readOnly
  repeated := n .repeated && f.repeated
  complete := n .complete && f.complete
  clear := n .clear && f.clear
  due := n .due && f.due
  copied := n .copied && f.copied
  attempt := n .attempt && f.attempt
  approver := n .approver && f.approver

def bothWays (named : Bool) (p : Bool → Bool) : Bool := p false && (!named || p true)

def allRoles (named : Bool) (p : Role → Bool) : Bool :=
  p .agent && (!named || (p .reviewer && p .operator && p .system))

def allResolutions (named : Bool) (p : Resolution → Bool) : Bool :=
  p .none && (!named || (p .delivered && p .failed && p .retry))

/-- `p` holds of every assignment to the named facts. -/
def allFacts (n : FactName → Bool) (p : Facts → Bool) : Bool :=
  allRoles (n .role) fun a => allResolutions (n .outcome) fun b =>
  bothWays (n .self) fun c => bothWays (n .otherOwner) fun o' => bothWays (n .revoked) fun d =>
  bothWays (n .current) fun e => bothWays (n .lapsed) fun g =>
  bothWays (n .blocked) fun h => bothWays (n .halted) fun i =>
  bothWays (n .readOnly) fun j => bothWays (n .repeated) fun k =>
  bothWays (n .complete) fun l => bothWays (n .clear) fun m =>
  bothWays (n .due) fun o => bothWays (n .copied) fun q =>
  bothWays (n .attempt) fun r => bothWays (n .approver) fun s =>
  p ⟨a, b, c, o', d, e, g, h, i, j, k, l, m, o, q, r, s⟩

def named (k : Kind) (n : FactName) : Bool := (reads k).contains n

/-- An event's form names what the model reads, and its classes speak of nothing else. -/
def EventForm.ok (e : EventForm) : Bool :=
  decide (e.facts = reads e.kind) && e.classes.all (·.all fun c => named e.kind c.names)

def Status.code : Status → Nat
  | .new => 0
  | .pendingApproval => 1
  | .scheduled => 2
  | .queued => 3
  | .dispatching => 4
  | .uncertain => 5
  | .refused => 6
  | .rejected => 7
  | .cancelled => 8
  | .expired => 9
  | .delivered => 10
  | .failed => 11

def Command.code : Command → Nat
  | .requestReview => 0
  | .wake => 1
  | .enqueue => 2
  | .handOver => 3
  | .copy => 4
  | .retry => 5
  | .requestResolution => 6

def Refusal.code : Refusal → Nat
  | .notPermitted => 0
  | .wrongStatus => 1
  | .selfDecision => 2
  | .reviewerRevoked => 3
  | .staleDigest => 4
  | .windowClosed => 5
  | .recipientBlocked => 6
  | .alreadyApproved => 7
  | .readOnly => 8
  | .halted => 9
  | .notDue => 10
  | .staleAttempt => 11
  | .notApprovedBy => 12
  | .modeRaise => 13
  | .noChange => 14
  | .unknownMailbox => 15
  | .unknownTenant => 16
  | .exists => 17

def sameReason : Option Refusal → Option Refusal → Bool
  | none, none => true
  | some a, some b => same a.code b.code
  | _, _ => false

def sameCommands : List Command → List Command → Bool
  | [], [] => true
  | a :: as, b :: bs => same a.code b.code && sameCommands as bs
  | _, _ => false

/-- The row's answer is the model's. -/
def agrees : Answer → Decision → Bool
  | .refused r, .refuse q => same r.code q.code
  | .moved s cs r, .go n _ ds q => same s.code n.code && sameCommands cs ds && sameReason r q
  | _, _ => false

/-- The statuses that take an event. -/
def takes : Status → Kind → Bool
  | .new, .submit => true
  | .pendingApproval, .approve | .pendingApproval, .reject | .pendingApproval, .revise | .pendingApproval, .cancel => true
  | .pendingApproval, .expire | .pendingApproval, .revoke => true
  | .scheduled, .release | .scheduled, .revise | .scheduled, .cancel | .scheduled, .expire | .scheduled, .revoke => true
  | .queued, .dispatch | .queued, .revise | .queued, .cancel | .queued, .expire | .queued, .revoke => true
  | .dispatching, .delivered | .dispatching, .failed | .dispatching, .deferred | .dispatching, .lost => true
  | .dispatching, .revoke | .uncertain, .resolve | .uncertain, .revoke => true
  | _, _ => false

/-- The facts that the decision looks at in a status: only the actor's, where the event is out of place. -/
def looksAt (s : Status) (k : Kind) (n : FactName) : Bool :=
  bif takes s k then named k n
  else match n with
    | .role | .self | .otherOwner => true
    | _ => false

/-- A condition on a fact that was looked at does not hold. -/
def surelyNot (n : FactName → Bool) (f : Facts) : List Cond → Bool
  | [] => false
  | c :: cs => (n c.names && !c.holds f) || surelyNot n f cs

def allKnown (n : FactName → Bool) : List Cond → Bool
  | [] => true
  | c :: cs => n c.names && allKnown n cs

/-- Goes down the classes and the answers together. A class that cannot hold is passed over, one that surely holds decides,
and where the facts looked at leave it open both must do: its answer is the model's, and so on below it. -/
def firstAgrees (n : FactName → Bool) (f : Facts) (d : Decision) : List (List Cond) → List Answer → Bool
  | c :: cs, a :: as =>
    bif surelyNot n f c then firstAgrees n f d cs as
    else agrees a d && (allKnown n c || firstAgrees n f d cs as)
  | _, _ => false

/-- A block's answers are the model's under every assignment to the facts that the decision looks at. -/
def Block.ok (forms : List EventForm) (b : Block) : Bool :=
  match formOf b.kind forms with
  | none => false
  | some e =>
    allFacts (looksAt b.status b.kind) fun f =>
      firstAgrees (looksAt b.status b.kind) f (decisionOf b.status b.kind f) e.classes b.answers

/-- The blocks of one event. -/
def Table.kindOk (t : Table) (k : Kind) : Bool :=
  t.blocks.all fun b => !decide (b.kind = k) || b.ok t.forms

/-- Each event once, each status and event once, everything in its order, and as many answers as classes. -/
def Table.shapeOk (t : Table) : Bool :=
  decide (t.forms.map EventForm.kind = kinds) &&
    decide (t.blocks.map (fun b => (b.status, b.kind)) = statuses.flatMap fun s => kinds.map fun k => (s, k)) &&
    t.forms.all EventForm.ok &&
    t.blocks.all fun b => decide ((formOf b.kind t.forms).map (fun e => e.classes.length) = some b.answers.length)

/-- Everything that the kernel evaluates. -/
def Table.ok (t : Table) : Bool := t.shapeOk && kinds.all t.kindOk

/-- The place of a combination in `effective_mode`. -/
def modeCode (mailbox : Mode) (requested : Option Mode) (held halted : Bool) : Nat :=
  ((mailbox.freedom * 6 + requested.elim 0 (fun m => m.freedom + 1)) * 2 + held.toNat) * 2 + halted.toNat

/-- Every combination once, in order, and each row's mode the model's. -/
def Table.modesOk (t : Table) : Bool :=
  t.modes.all (fun r => same (effectiveMode r.mailbox r.requested r.held r.halted).freedom r.mode.freedom) &&
    decide (t.modes.map (fun r => modeCode r.mailbox r.requested r.held r.halted) = List.range 120)

/-- The place of a combination in `set_mode`. -/
def setModeCode (mode : Mode) (role : Role) (target : Mode) : Nat := (mode.freedom * 4 + role.code) * 5 + target.freedom

/-- Every combination once, in order, and each row's answer the model's. -/
def Table.setModesOk (t : Table) : Bool :=
  t.setModes.all (fun r => decide (modeDecision r.mode r.role r.target = r.answer)) &&
    decide (t.setModes.map (fun r => setModeCode r.mode r.role r.target) = List.range 100)

end Countersign

module

public import Model.Decide

/-! # Layer 3: updates; and the machine: a world, an event, the next world and the outcome

A decision names updates of the message's record; they run in that order, each on the result of the one before.

A world is what is true now and the log, newest entry first. `step` is total: an event that may not be is refused,
changes nothing, and is logged all the same. -/

@[expose] public noncomputable section

namespace Countersign

/-- OV-15: new content comes with no approval on it, and a new window. -/
def takeContent (b : Mailbox) (actor : Actor) (now : Time) (act : Act) (m : Message) : Message :=
  match act with
  | .submit digest owner requested sendAt verdict =>
    { m with
      digest, requested, sendAt, verdict, owner
      author := actor.principal
      revision := m.revision + 1
      approvals := []
      decideBy := now + b.policy.decisionWindow }
  | .revise _ digest requested sendAt verdict _ =>
    { m with
      digest, requested, sendAt, verdict
      revision := m.revision + 1
      approvals := []
      decideBy := now + b.policy.decisionWindow }
  | _ => m

def update (t : Tenant) (b : Mailbox) (actor : Actor) (now : Time) (act : Act) (m : Message) : Update → Message
  | .takeContent => takeContent b actor now act m
  | .takeVerdict => { m with verdict := act.verdictOr m.verdict }
  | .addApproval => { m with approvals := liveApprovals t b m now ++ [ownWord m actor now] }
  | .onlyApproval => { m with approvals := [ownWord m actor now] }
  | .dropApproval => { m with approvals := m.approvals.filter (fun a => !act.revokes a) }
  | .keepLiveApprovals => { m with approvals := liveApprovals t b m now }
  | .voidApprovals => { m with approvals := [] }
  | .openWindow => { m with decideBy := now + b.policy.decisionWindow }
  | .beginAttempt => { m with attempt := m.attempt + 1 }

/-- All updates in turn, then the new status. -/
def updated (t : Tenant) (b : Mailbox) (actor : Actor) (now : Time) (act : Act) (m : Message) (next : Status)
    (updates : List Update) : Message :=
  let m' := updates.foldl (update t b actor now act) m
  { m' with status := next, version := m'.version + 1 }

/-- A finite map as a list of pairs; the first pair for a key counts. -/
def find {α : Type} (k : Id) : List (Id × α) → Option α
  | [] => none
  | (j, a) :: rest => bif same j k then some a else find k rest

structure World where
  tenants : List (Id × Tenant)
  mailboxes : List (Id × Mailbox)
  messages : List (Id × Message)
  /-- Newest first. -/
  log : List Entry
  deriving DecidableEq

/-- Before anything has happened. -/
def World.empty : World := ⟨[], [], [], []⟩

def World.tenant (w : World) (t : Id) : Option Tenant := find t w.tenants
def World.mailbox (w : World) (b : Id) : Option Mailbox := find b w.mailboxes
def World.message (w : World) (m : Id) : Option Message := find m w.messages

/-- The record that an accepted event writes. -/
inductive Change
  | nothing
  | tenant (id : Id) (record : Tenant)
  | mailbox (id : Id) (record : Mailbox)
  | message (id : Id) (record : Message)

/-- A message before its submit. -/
def unborn (actor : Actor) (tenant mailbox : Id) : Message where
  tenant := tenant
  mailbox := mailbox
  status := .new
  version := 0
  author := actor.principal
  owner := none
  digest := 0
  revision := 0
  requested := none
  sendAt := 0
  verdict := ⟨0, false, false⟩
  decideBy := 0
  approvals := []
  attempt := 0

/-- A message event once its tenant, mailbox and message are found. -/
def actOn (t : Tenant) (b : Mailbox) (m : Message) (now : Time) (actor : Actor) (id : Id) (act : Act) :
    Outcome × Change :=
  match decisionOf m.status act.kind (factsOf t b m actor now act) with
  | .refuse why => (.refused why (some (.status m.status)) (some (modeFor t b m act)), .nothing)
  | .go next updates commands why =>
    (.accepted (some (.status m.status)) (some (.status next)) commands (some (modeFor t b m act)) why,
      .message id (updated t b actor now act m next updates))

def onMessage (w : World) (now : Time) (actor : Actor) (tenant mailbox id : Id) (act : Act) : Outcome × Change :=
  match w.tenant tenant, w.mailbox mailbox with
  | none, _ => (.refused .unknownTenant none none, .nothing)
  | some _, none => (.refused .unknownMailbox none none, .nothing)
  | some t, some b =>
    let m := (w.message id).getD (unborn actor tenant mailbox)
    bif same b.tenant tenant && same m.tenant tenant && same m.mailbox mailbox then actOn t b m now actor id act
    else (.refused .unknownMailbox none none, .nothing)

def onMailbox (w : World) (actor : Actor) (tenant id : Id) (act : MailboxAct) : Outcome × Change :=
  match w.tenant tenant, act, w.mailbox id with
  | none, _, _ => (.refused .unknownTenant none none, .nothing)
  | some _, .create mode policy, found =>
    if actor.role ≠ .operator then (.refused .notPermitted none none, .nothing)
    else if found.isSome then (.refused .exists none none, .nothing)
    else (.accepted none (some (.mode mode)) [] none none, .mailbox id ⟨tenant, mode, policy, 1⟩)
  | some _, _, none => (.refused .unknownMailbox none none, .nothing)
  | some _, .setPolicy policy, some b =>
    bif !same b.tenant tenant then (.refused .unknownMailbox none none, .nothing)
    else if actor.role ≠ .operator then (.refused .notPermitted (some (.mode b.mode)) none, .nothing)
    else (.accepted (some (.mode b.mode)) (some (.mode b.mode)) [] none none,
      .mailbox id { b with policy, version := b.version + 1 })
  | some _, .setMode asked, some b =>
    bif !same b.tenant tenant then (.refused .unknownMailbox none none, .nothing)
    else match modeDecision b.mode actor.role asked with
    | .refuse why => (.refused why (some (.mode b.mode)) none, .nothing)
    | .go next => (.accepted (some (.mode b.mode)) (some (.mode next)) [] none none,
        .mailbox id { b with mode := next, version := b.version + 1 })

/-- Sorted insertion, as the record of revoked reviewers is kept. -/
def insert (r : Id) : List Id → List Id
  | [] => [r]
  | p :: ps => if r ≤ p then r :: p :: ps else p :: insert r ps

/-- What an event of the tenant makes of its record: a refusal, nothing to write, or a new record. -/
inductive TenantDecision
  | refuse (why : Refusal)
  | keep
  | write (halted : Bool) (revoked : List Id)

/-- OV-37: whoever writes does not decide. -/
def bothScopes (scopes : List Scope) : Bool := scopes.contains .send && scopes.contains .oversight

def tenantDecision (t : Tenant) : TenantAct → TenantDecision
  | .create => .refuse .exists
  | .halt => bif t.halted then .refuse .noChange else .write true t.revoked
  | .resume => bif t.halted then .write false t.revoked else .refuse .noChange
  | .revokeReviewer r => bif listed r t.revoked then .refuse .noChange else .write t.halted (insert r t.revoked)
  | .reinstateReviewer r =>
    bif listed r t.revoked then .write t.halted (t.revoked.filter (fun p => !same p r)) else .refuse .noChange
  | .createKey _ _ scopes => bif bothScopes scopes then .refuse .notPermitted else .keep
  | .revokeKey _ => .keep

/-- Who may change a tenant: the operator; and the system makes the first key. -/
def runsTenant (actor : Actor) (act : TenantAct) : Bool :=
  match actor.role, act with
  | .operator, _ => true
  | .system, .createKey .. => true
  | _, _ => false

def onTenant (w : World) (actor : Actor) (id : Id) (act : TenantAct) : Outcome × Change :=
  match w.tenant id, act with
  | none, .create =>
    if actor.role = .operator ∨ actor.role = .system then
      (.accepted none none [] none none, .tenant id ⟨false, [], 1⟩)
    else (.refused .notPermitted none none, .nothing)
  | none, _ => (.refused .unknownTenant none none, .nothing)
  | some _, .create => (.refused .exists none none, .nothing)
  | some t, act =>
    bif !runsTenant actor act then (.refused .notPermitted none none, .nothing)
    else match tenantDecision t act with
    | .refuse why => (.refused why none none, .nothing)
    | .keep => (.accepted none none [] none none, .nothing)
    | .write halted revoked => (.accepted none none [] none none, .tenant id ⟨halted, revoked, t.version + 1⟩)

/-- What becomes of an event, and what it writes. -/
def transition (w : World) : Event → Outcome × Change
  | .message now actor tenant mailbox id act => onMessage w now actor tenant mailbox id act
  | .mailbox _ actor tenant id act => onMailbox w actor tenant id act
  | .tenant _ actor id act => onTenant w actor id act

/-- Writes one record. -/
def World.write (w : World) : Change → World
  | .nothing => w
  | .tenant id t => { w with tenants := (id, t) :: w.tenants }
  | .mailbox id b => { w with mailboxes := (id, b) :: w.mailboxes }
  | .message id m => { w with messages := (id, m) :: w.messages }

/-- Every event, accepted or refused, is the next entry (OV-35). -/
def World.record (w : World) (e : Event) (o : Outcome) : World :=
  { w with log := ⟨w.log.length, e, o⟩ :: w.log }

/-- OV-1: the one function that says how the world may change. -/
def step (w : World) (e : Event) : World × Outcome :=
  match transition w e with
  | (outcome, change) => ((w.write change).record e outcome, outcome)

/-- The world after a list of events, oldest first. -/
def run (w : World) : List Event → World
  | [] => w
  | e :: es => run (step w e).1 es

/-- The outcomes of a list of events, oldest first. -/
def outcomes (w : World) : List Event → List Outcome
  | [] => []
  | e :: es => (step w e).2 :: outcomes (step w e).1 es

/-- Some events, by whomever and in whatever order, lead from nothing to `w`. -/
def Reachable (w : World) : Prop := ∃ events, run .empty events = w

end Countersign

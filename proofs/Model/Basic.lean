module

/-! # Words of the model

The same words as `spec/`: modes, roles, statuses, events, refusals, commands. People, mailboxes, messages,
tenants, digests, moments and scores are natural numbers; only equality of ids and digests, and the order of
moments, ever matter. Moments are whole seconds, scores are basis points. -/

@[expose] public noncomputable section

namespace Countersign

/-- An id of a person, an agent, a tenant, a mailbox, a message or a key. -/
abbrev Id := Nat
/-- A content digest (OV-40). Two contents are one content when their digests are equal. -/
abbrev Digest := Nat
/-- Whole seconds since the epoch (OV-18). -/
abbrev Time := Nat

/-- The five modes, least autonomy first. -/
inductive Mode
  | readOnly | gatedAll | gatedSend | monitored | autonomous
  deriving DecidableEq

/-- How much a mode lets the agent do alone: 0 is nothing, 4 is everything. -/
def Mode.freedom : Mode → Nat
  | .readOnly => 0
  | .gatedAll => 1
  | .gatedSend => 2
  | .monitored => 3
  | .autonomous => 4

/-- The modes in which no message leaves without a person's decision. `readOnly` counts as gated, as in the code. -/
def Mode.gated (m : Mode) : Bool := decide (m.freedom ≤ 2)

/-- The stricter of two modes. -/
def Mode.tighter (a b : Mode) : Mode := if b.freedom < a.freedom then b else a

/-- The role that a credential gives its bearer (OV-20). -/
inductive Role
  | agent | reviewer | operator | system
  deriving DecidableEq

/-- Who acts. `principal` is the agent or person behind the credential, `credential` the key that was used. -/
structure Actor where
  role : Role
  principal : Id
  credential : Option Id
  deriving DecidableEq

/-- Where a message is in its life. `new` is before its submit; it is never stored. -/
inductive Status
  | new | pendingApproval | scheduled | queued | dispatching | uncertain
  | refused | rejected | cancelled | expired | delivered | failed
  deriving DecidableEq

/-- Still in the house: nothing of it has been handed over since the last decision. -/
def Status.unsent : Status → Bool
  | .pendingApproval | .scheduled | .queued => true
  | _ => false

/-- The six ends. -/
def Status.ended : Status → Bool
  | .refused | .rejected | .cancelled | .expired | .delivered | .failed => true
  | _ => false

/-- The fourteen events in a message's life, without their particulars. -/
inductive Kind
  | submit | approve | reject | revise | cancel | expire | release | dispatch
  | delivered | failed | deferred | lost | resolve | revoke
  deriving DecidableEq

/-- What a `resolve` says became of the hand-over; `none` for every other event. -/
inductive Resolution
  | delivered | failed | retry | none
  deriving DecidableEq

/-- What is to be done once the entry is durable. -/
inductive Command
  | requestReview | wake | enqueue | handOver | copy | retry | requestResolution
  deriving DecidableEq

/-- Why an event is refused. -/
inductive Refusal
  | notPermitted | wrongStatus | selfDecision | reviewerRevoked | staleDigest | windowClosed
  | recipientBlocked | alreadyApproved | readOnly | halted | notDue | staleAttempt | notApprovedBy
  | modeRaise | noChange | unknownMailbox | unknownTenant | exists
  deriving DecidableEq

/-- What a credential may be made for (OV-37). -/
inductive Scope
  | read | send | oversight | admin
  deriving DecidableEq

/-- What was known about the recipients at the moment of an event. -/
structure Verdict where
  /-- Basis points; recorded, never decided on. -/
  score : Nat
  /-- Over the mailbox's threshold: a person must look. -/
  held : Bool
  /-- A send block matches. -/
  blocked : Bool
  deriving DecidableEq

/-- What an operator decides for a mailbox. A quorum of nobody cannot be written down. -/
structure Policy where
  quorum : Nat
  decisionWindow : Time
  approvalMaxAge : Time
  somebody : 0 < quorum
  deriving DecidableEq

/-- One person's word that one digest may leave. -/
structure Approval where
  reviewer : Id
  digest : Digest
  time : Time
  /-- The key that it was given with (OV-126); none in what 0.1.0 recorded. -/
  credential : Option Id
  deriving DecidableEq

/-- What is true of one message. -/
structure Message where
  tenant : Id
  mailbox : Id
  status : Status
  /-- Counts accepted events. -/
  version : Nat
  author : Id
  owner : Option Id
  digest : Digest
  /-- Counts contents. -/
  revision : Nat
  requested : Option Mode
  sendAt : Time
  verdict : Verdict
  decideBy : Time
  approvals : List Approval
  /-- Counts hand-overs. -/
  attempt : Nat
  deriving DecidableEq

structure Mailbox where
  tenant : Id
  mode : Mode
  policy : Policy
  version : Nat
  deriving DecidableEq

structure Tenant where
  halted : Bool
  revoked : List Id
  version : Nat
  deriving DecidableEq

/-- One event in a message's life, with what was observed then and cannot be observed again. -/
inductive Act
  | submit (digest : Digest) (owner : Option Id) (requested : Option Mode) (sendAt : Time) (verdict : Verdict)
  | approve (digest : Digest) (verdict : Verdict)
  | reject (digest : Digest)
  /-- `owner` is the owner of the credential that edits, if the event says it. -/
  | revise (base digest : Digest) (requested : Option Mode) (sendAt : Time) (verdict : Verdict) (owner : Option (Option Id))
  | cancel
  | expire
  | release
  | dispatch (verdict : Verdict)
  | delivered (attempt : Nat)
  | failed (attempt : Nat)
  | deferred (attempt : Nat)
  | lost (attempt : Nat)
  | resolve (outcome : Resolution) (digest : Digest) (verdict : Verdict)
  /-- `key`: only what was given with it; none takes whatever the reviewer gave. -/
  | revoke (reviewer : Id) (verdict : Verdict) (key : Option Id)
  deriving DecidableEq

inductive MailboxAct
  | create (mode : Mode) (policy : Policy)
  | setMode (mode : Mode)
  | setPolicy (policy : Policy)
  deriving DecidableEq

inductive TenantAct
  | create
  | halt
  | resume
  | revokeReviewer (reviewer : Id)
  | reinstateReviewer (reviewer : Id)
  | createKey (key principal : Id) (scopes : List Scope)
  | revokeKey (key : Id)
  deriving DecidableEq

/-- What one actor did at one moment. -/
inductive Event
  | message (time : Time) (actor : Actor) (tenant mailbox message : Id) (act : Act)
  | mailbox (time : Time) (actor : Actor) (tenant mailbox : Id) (act : MailboxAct)
  | tenant (time : Time) (actor : Actor) (tenant : Id) (act : TenantAct)
  deriving DecidableEq

def Event.actor : Event → Actor
  | .message _ a .. | .mailbox _ a .. | .tenant _ a .. => a

def Event.time : Event → Time
  | .message t .. | .mailbox t .. | .tenant t .. => t

/-- A status of a message or a mode of a mailbox, as an outcome names them. -/
inductive Label
  | status (status : Status)
  | mode (mode : Mode)
  deriving DecidableEq

/-- What became of an event, as the log records it. `mode` is the effective mode that counted; `why` of an accepted event
is the reason for which a submit makes a refused message. -/
inductive Outcome
  | refused (why : Refusal) (was : Option Label) (mode : Option Mode)
  | accepted (was now : Option Label) (commands : List Command) (mode : Option Mode) (why : Option Refusal)
  deriving DecidableEq

/-- One entry of the log: its place, the event, its outcome. -/
structure Entry where
  seq : Nat
  event : Event
  outcome : Outcome
  deriving DecidableEq

end Countersign

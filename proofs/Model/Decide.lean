module

public import Model.Facts

/-! # Layer 2: the finite decision

From a status, a kind of event and the facts to the next status, the updates of the record and the commands, or a
refusal. This is the function that `Table.lean` compares with every row of `spec/transitions.json`. -/

@[expose] public noncomputable section

namespace Countersign

/-- What a decision does to the message's record; `update` says how. -/
inductive Update
  | takeContent | takeVerdict | addApproval | onlyApproval | dropApproval | keepLiveApprovals
  | voidApprovals | openWindow | beginAttempt
  deriving DecidableEq

/-- `why` of a `go` is the reason for which a submit makes a refused message. -/
inductive Decision
  | refuse (why : Refusal)
  | go (next : Status) (updates : List Update) (commands : List Command) (why : Option Refusal)
  deriving DecidableEq

/-- OV-20: which role may cause which event. -/
def mayCause : Kind → Role → Bool
  | .submit, .agent => true
  | .approve, .reviewer | .reject, .reviewer => true
  | .revise, .agent | .revise, .reviewer => true
  | .cancel, .agent | .cancel, .operator => true
  | .resolve, .reviewer | .resolve, .operator => true
  | .revoke, .operator => true
  | .expire, .system | .release, .system | .dispatch, .system => true
  | .delivered, .system | .failed, .system | .deferred, .system | .lost, .system => true
  | _, _ => false

/-- OV-51: an agent touches its own mail only. OV-123: and edits it under its owner only. -/
def foreign (k : Kind) (f : Facts) : Bool :=
  match k with
  | .revise => (decide (f.role = .agent) && !f.self) || f.otherOwner
  | .cancel => decide (f.role = .agent) && !f.self
  | _ => false

/-- Where content that was taken in goes (OV-10, OV-11). -/
def place (f : Facts) : Decision :=
  bif !f.clear then .go .pendingApproval [.takeContent] [.requestReview] none
  else bif !f.due then .go .scheduled [.takeContent] [.wake] none
  else .go .queued [.takeContent] [.enqueue] none

/-- OV-121: why a submit makes a refused message: the first reason that applies. -/
def turnsAway (f : Facts) : Option Refusal :=
  bif f.halted then some .halted
  else bif f.readOnly then some .readOnly
  else bif f.blocked then some .recipientBlocked
  else none

def onSubmit (f : Facts) : Decision :=
  match turnsAway f with
  | some why => .go .refused [.takeContent] [] (some why)
  | none => place f

def onApprove (f : Facts) : Decision :=
  bif f.self then .refuse .selfDecision
  else bif f.revoked then .refuse .reviewerRevoked
  else bif !f.current then .refuse .staleDigest
  else bif f.lapsed then .refuse .windowClosed
  else bif f.blocked then .refuse .recipientBlocked
  else bif f.repeated then .refuse .alreadyApproved
  else bif !f.complete then .go .pendingApproval [.addApproval] [] none
  else bif !f.due then .go .scheduled [.addApproval] [.wake] none
  else .go .queued [.addApproval] [.enqueue] none

def onReject (f : Facts) : Decision :=
  bif f.self then .refuse .selfDecision
  else bif f.revoked then .refuse .reviewerRevoked
  else bif !f.current then .refuse .staleDigest
  else .go .rejected [] [] none

def onRevise (f : Facts) : Decision :=
  bif f.revoked then .refuse .reviewerRevoked
  else bif !f.current then .refuse .staleDigest
  else bif f.halted then .refuse .halted
  else bif f.readOnly then .refuse .readOnly
  else bif f.blocked then .refuse .recipientBlocked
  else place f

def onExpire (f : Facts) : Decision :=
  bif !f.lapsed then .refuse .notDue else .go .expired [] [] none

def onRelease (f : Facts) : Decision :=
  bif !f.due then .refuse .notDue else .go .queued [] [.enqueue] none

/-- OV-28: everything is asked anew at the door. -/
def onDispatch (f : Facts) : Decision :=
  bif f.halted then .refuse .halted
  else bif f.readOnly then .refuse .readOnly
  else bif f.blocked then .go .pendingApproval [.voidApprovals, .takeVerdict, .openWindow] [.requestReview] none
  else bif !f.clear then .go .pendingApproval [.keepLiveApprovals, .takeVerdict, .openWindow] [.requestReview] none
  else .go .dispatching [.takeVerdict, .beginAttempt] (bif f.copied then [.handOver, .copy] else [.handOver]) none

/-- OV-30, OV-31: a report on the attempt under way. -/
def onReport (f : Facts) (next : Status) (commands : List Command) : Decision :=
  bif !f.attempt then .refuse .staleAttempt else .go next [] commands none

/-- OV-33, OV-34. -/
def onResolve (f : Facts) : Decision :=
  bif f.self then .refuse .selfDecision
  else bif f.revoked then .refuse .reviewerRevoked
  else bif !f.current then .refuse .staleDigest
  else match f.outcome with
  | .delivered => .go .delivered [] [] none
  | .failed => .go .failed [] [] none
  | _ =>
    bif f.blocked then .refuse .recipientBlocked
    else match f.role with
    | .operator =>
      bif !f.clear then .go .pendingApproval [.voidApprovals, .takeVerdict, .openWindow] [.requestReview] none
      else .go .queued [.voidApprovals, .takeVerdict] [.enqueue] none
    | _ =>
      bif !f.complete then .go .pendingApproval [.onlyApproval, .takeVerdict, .openWindow] [.requestReview] none
      else .go .queued [.onlyApproval, .takeVerdict] [.enqueue] none

/-- OV-24: what waits to leave goes back when the quorum is no longer met; elsewhere the status stays. -/
def onRevoke (s : Status) (f : Facts) : Decision :=
  bif !f.approver then .refuse .notApprovedBy
  else match s with
  | .scheduled | .queued =>
    bif !f.complete then .go .pendingApproval [.dropApproval, .openWindow] [.requestReview] none
    else .go s [.dropApproval] [] none
  | _ => .go s [.dropApproval] [] none

/-- What the status takes; anything else is out of place. -/
def inPlace (s : Status) (k : Kind) (f : Facts) : Decision :=
  match k, s with
  | .submit, .new => onSubmit f
  | .approve, .pendingApproval => onApprove f
  | .reject, .pendingApproval => onReject f
  | .revise, .pendingApproval | .revise, .scheduled | .revise, .queued => onRevise f
  | .cancel, .pendingApproval | .cancel, .scheduled | .cancel, .queued => .go .cancelled [] [] none
  | .expire, .pendingApproval | .expire, .scheduled | .expire, .queued => onExpire f
  | .release, .scheduled => onRelease f
  | .dispatch, .queued => onDispatch f
  | .delivered, .dispatching => onReport f .delivered []
  | .failed, .dispatching => onReport f .failed []
  | .deferred, .dispatching => onReport f .queued [.retry]
  | .lost, .dispatching => onReport f .uncertain [.requestResolution]
  | .resolve, .uncertain => onResolve f
  | .revoke, .pendingApproval => onRevoke .pendingApproval f
  | .revoke, .scheduled => onRevoke .scheduled f
  | .revoke, .queued => onRevoke .queued f
  | .revoke, .dispatching => onRevoke .dispatching f
  | .revoke, .uncertain => onRevoke .uncertain f
  | _, _ => .refuse .wrongStatus

/-- The whole decision: first the role, then whose mail it is, then the status. -/
def decisionOf (s : Status) (k : Kind) (f : Facts) : Decision :=
  bif !mayCause k f.role then .refuse .notPermitted
  else bif foreign k f then .refuse .notPermitted
  else inPlace s k f

/-- `set_mode`: what becomes of a mailbox's mode (OV-3). -/
inductive ModeDecision
  | refuse (why : Refusal)
  | go (next : Mode)
  deriving DecidableEq

def modeDecision (now : Mode) (role : Role) (asked : Mode) : ModeDecision :=
  match role with
  | .agent =>
    if asked = now then .refuse .noChange
    else if now.freedom < asked.freedom then .refuse .modeRaise
    else .go asked
  | .operator => if asked = now then .refuse .noChange else .go asked
  | _ => .refuse .notPermitted

end Countersign

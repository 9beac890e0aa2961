module

public import Model.Step

/-! # Inbound mail

No code takes in mail yet; this is the rule of OV-59, around the same world. Mail that comes in while its mailbox is
`gatedAll` waits for a reviewer; all other mail is the agent's at once. Every way in which an agent can come to see a
message is one `Route`, and each asks the same question. -/

@[expose] public noncomputable section

namespace Countersign

inductive InboundStatus
  | waiting | released | rejected
  deriving DecidableEq

structure Inbound where
  mailbox : Id
  status : InboundStatus
  deriving DecidableEq

/-- The ways to a message's content, or to the knowledge that it is there. -/
inductive Route
  | list | thread | search | webhook | socket | raw | attachment | reply
  deriving DecidableEq

inductive InboundEvent
  /-- Anything of the rest of the system. -/
  | other (event : Event)
  /-- The intake filed a message. -/
  | receive (actor : Actor) (mailbox message : Id)
  /-- Somebody decides on a message that waits. -/
  | settle (actor : Actor) (message : Id) (release : Bool)
  /-- Somebody reaches for a message. -/
  | read (actor : Actor) (message : Id) (route : Route)
  deriving DecidableEq

inductive InboundOutcome
  | refused
  | done
  /-- The reader saw it. -/
  | shown
  deriving DecidableEq

structure InboundEntry where
  event : InboundEvent
  outcome : InboundOutcome
  deriving DecidableEq

structure InboundWorld where
  world : World
  inbound : List (Id × Inbound)
  /-- Newest first. -/
  log : List InboundEntry

def InboundWorld.empty : InboundWorld := ⟨.empty, [], []⟩

def InboundWorld.message (w : InboundWorld) (id : Id) : Option Inbound := find id w.inbound

/-- What a message may be shown to: reviewers always, others once it is released. -/
def mayRead (role : Role) (status : InboundStatus) : Bool :=
  match role, status with
  | .reviewer, _ => true
  | _, .released => true
  | _, _ => false

def inboundStep (w : InboundWorld) (e : InboundEvent) : InboundWorld × InboundOutcome :=
  let log (w' : InboundWorld) (o : InboundOutcome) : InboundWorld × InboundOutcome :=
    ({ w' with log := ⟨e, o⟩ :: w.log }, o)
  match e with
  | .other event => log { w with world := (step w.world event).1 } .done
  | .receive actor mailbox id =>
    match w.world.mailbox mailbox, w.message id with
    | some b, none =>
      if actor.role = .system then
        let status := if b.mode = .gatedAll then InboundStatus.waiting else .released
        log { w with inbound := (id, ⟨mailbox, status⟩) :: w.inbound } .done
      else log w .refused
    | _, _ => log w .refused
  | .settle actor id release =>
    match w.message id with
    | some m =>
      if actor.role = .reviewer ∧ m.status = .waiting then
        let status := if release then InboundStatus.released else .rejected
        log { w with inbound := (id, { m with status }) :: w.inbound } .done
      else log w .refused
    | none => log w .refused
  | .read actor id _ =>
    match w.message id with
    | some m => if mayRead actor.role m.status then log w .shown else log w .refused
    | none => log w .refused

def inboundRun (w : InboundWorld) : List InboundEvent → InboundWorld
  | [] => w
  | e :: es => inboundRun (inboundStep w e).1 es

def InboundReachable (w : InboundWorld) : Prop := ∃ events, inboundRun .empty events = w

/-- A reviewer released message `id`. -/
def InboundEntry.releases (x : InboundEntry) (id : Id) : Bool :=
  match x.event, x.outcome with
  | .settle actor i true, .done => decide (i = id ∧ actor.role = .reviewer)
  | _, _ => false

/-- Message `id` was filed in this mailbox. -/
def InboundEntry.files (x : InboundEntry) (id mailbox : Id) : Bool :=
  match x.event, x.outcome with
  | .receive _ b i, .done => decide (i = id ∧ b = mailbox)
  | _, _ => false

/-- The events of the rest of the system in a log, newest first. -/
def others : List InboundEntry → List Event
  | [] => []
  | x :: xs =>
    match x.event with
    | .other e => e :: others xs
    | _ => others xs

/-- The rest of the system as it was at a place of the log. -/
def worldAt (log : List InboundEntry) : World := run .empty (others log).reverse

end Countersign

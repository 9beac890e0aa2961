module

public import Table
public import Model.Log
public import Model.Inbound

/-! # Witnesses

A theorem that supposes what can never be says nothing. Each witness is a history from the empty world, evaluated by the
kernel, in which what its theorem supposes is so; where it helps, a second history shows the guarded thing refused. -/

@[expose] public noncomputable section

namespace Countersign

/-! ## The people and the places -/

def oda : Actor := ⟨.operator, 1, some 101⟩
def ada : Actor := ⟨.agent, 2, some 102⟩
def ben : Actor := ⟨.reviewer, 4, some 104⟩
/-- Ben with another of his keys. -/
def benToo : Actor := ⟨.reviewer, 4, some 204⟩
def cat : Actor := ⟨.reviewer, 5, some 105⟩
/-- The person who answers for Ada's key is a reviewer too. -/
def ann : Actor := ⟨.reviewer, 3, some 103⟩
def clock : Actor := ⟨.system, 9, none⟩

def clean : Verdict := ⟨100, false, false⟩
def risky : Verdict := ⟨9000, true, false⟩
def blocked : Verdict := ⟨100, false, true⟩

def one : Policy := ⟨1, 1000, 500, by decide⟩
def two : Policy := ⟨2, 1000, 500, by decide⟩

/-- A tenant and a mailbox. -/
def house (mode : Mode) (policy : Policy) : List Event :=
  [.tenant 1 oda 10 .create, .mailbox 2 oda 10 20 (.create mode policy)]

def about (time : Time) (actor : Actor) (act : Act) : Event := .message time actor 10 20 30 act

def submitted (verdict : Verdict) : Event := about 10 ada (.submit 7 (some 3) none 0 verdict)
def setMode (time : Time) (actor : Actor) (mode : Mode) : Event := .mailbox time actor 10 20 (.setMode mode)
def approve (time : Time) (actor : Actor) (d : Digest) : Event := about time actor (.approve d clean)
def dispatch (time : Time) : Event := about time clock (.dispatch clean)

/-! ## Histories -/

/-- Submitted, approved by one person, handed over, delivered. -/
def ordinary : List Event :=
  house .gatedSend one ++ [submitted clean, approve 20 ben 7, dispatch 30, about 31 clock (.delivered 1)]

/-- Two people, the server puts it off once, and it is tried again on the same words. -/
def putOff : List Event :=
  house .gatedSend two ++ [submitted clean, approve 20 ben 7, approve 21 cat 7, dispatch 30,
    about 31 clock (.deferred 1), dispatch 60]

/-- The answer is lost, and a reviewer has it tried again. -/
def lostOnce : List Event :=
  house .gatedSend one ++ [submitted clean, approve 20 ben 7, dispatch 30, about 31 clock (.lost 1)]

def triedAgain : List Event := lostOnce ++ [about 90 cat (.resolve .retry 7 clean), dispatch 91]

/-- In a monitored mailbox. -/
def watched : List Event := house .monitored one ++ [submitted clean, dispatch 11]

/-- Submitted while autonomous, waiting, and then the mailbox is made gated. -/
def tightened : List Event :=
  house .autonomous one ++ [submitted clean, setMode 11 ada .gatedSend, dispatch 12, approve 20 ben 7, dispatch 21]

/-! ## Reading a history -/

def statusAfter (es : List Event) : Option Status := ((run .empty es).message 30).map Message.status

def lastAccepted (es : List Event) : Bool :=
  match (run .empty es).log with
  | [] => false
  | e :: _ => e.outcome.isAccepted

def lastRefusal (es : List Event) : Option Refusal :=
  match (run .empty es).log with
  | ⟨_, _, .refused why _ _⟩ :: _ => some why
  | _ => none

/-- Why the last event made a refused message. -/
def lastReason (es : List Event) : Option Refusal :=
  match (run .empty es).log with
  | ⟨_, _, .accepted _ _ _ _ why⟩ :: _ => why
  | _ => none

/-- A history with an entry of which `p` is true is a place in the log of a reachable world. -/
theorem reached (es : List Event) (p : Entry → Bool) (h : (run .empty es).log.any p = true) :
    ∃ w newer e older, Reachable w ∧ w.log = newer ++ e :: older ∧ p e = true := by
  obtain ⟨e, he, hp⟩ := List.any_eq_true.1 h
  obtain ⟨newer, older, hl⟩ := List.append_of_mem he
  exact ⟨_, newer, e, older, ⟨es, rfl⟩, hl, hp⟩

def gatedHandOver (e : Entry) : Bool := e.handsOver 30 && decide (e.outcome.mode = some .gatedSend)

/-! ## Table -/

theorem table_sound_witness : table.rows.length = 912 := by decide +kernel

theorem table_total_witness : statuses.length = 12 ∧ kinds.length = 14 ∧ table.blocks.length = 168 := by decide +kernel

theorem table_rows_unique_witness : ∃ row, row ∈ table.rows := ⟨table.rows[0]'(by decide +kernel), List.getElem_mem _⟩

theorem effective_mode_rows_witness : table.modes.length = 120 := by decide +kernel

theorem set_mode_rows_witness : table.setModes.length = 100 := by decide +kernel

/-! ## Modes -/

theorem read_only_silences_witness :
    ∃ w newer e older, Reachable w ∧ w.log = newer ++ e :: older ∧ e.handsOver 30 = true :=
  reached ordinary (fun e => e.handsOver 30) (by decide +kernel)

theorem read_only_takes_nothing_witness :
    statusAfter (house .readOnly one ++ [submitted clean]) = some .refused ∧
      lastRefusal (tightened ++ [about 22 clock (.deferred 1), setMode 23 ada .readOnly, dispatch 24]) = some .readOnly := by
  decide +kernel

theorem halt_silences_witness :
    lastRefusal (house .autonomous one ++ [submitted clean, .tenant 11 oda 10 .halt, dispatch 12]) = some .halted ∧
      lastAccepted (house .autonomous one ++ [submitted clean, .tenant 11 oda 10 .halt, .tenant 12 oda 10 .resume,
        dispatch 13]) = true := by decide +kernel

theorem halt_takes_nothing_witness :
    statusAfter (house .autonomous one ++ [.tenant 3 oda 10 .halt, submitted clean]) = some .refused := by decide +kernel

theorem agent_never_raises_mode_witness :
    lastAccepted (house .gatedSend one ++ [setMode 5 ada .gatedAll]) = true ∧
      lastRefusal (house .gatedSend one ++ [setMode 5 ada .autonomous]) = some .modeRaise ∧
      lastAccepted (house .gatedSend one ++ [setMode 5 oda .autonomous]) = true := by decide +kernel

theorem agents_together_never_raise_mode_witness :
    ((run (run .empty (house .autonomous one)) [setMode 5 ada .gatedAll, setMode 6 ben .readOnly,
      setMode 7 ada .monitored]).mailbox 20).map Mailbox.mode = some .gatedAll := by decide +kernel

/-- Asking for more than the mailbox has gives nothing; asking for less does. -/
theorem request_never_loosens_witness :
    statusAfter (house .gatedSend one ++ [about 10 ada (.submit 7 none (some .autonomous) 0 clean)])
      = some .pendingApproval ∧
    statusAfter (house .autonomous one ++ [about 10 ada (.submit 7 none (some .gatedSend) 0 clean)])
      = some .pendingApproval ∧
    statusAfter (house .autonomous one ++ [about 10 ada (.submit 7 none none 0 clean)]) = some .queued := by
  decide +kernel

/-- A message waits, the mode is raised, and it still waits; a reviewer frees it. -/
theorem loosening_frees_nothing_witness :
    statusAfter (house .gatedSend one ++ [submitted clean, setMode 11 oda .autonomous, dispatch 12])
      = some .pendingApproval ∧
    statusAfter (house .gatedSend one ++ [submitted clean, approve 20 ben 7]) = some .queued := by decide +kernel

/-- What an autonomous mailbox had queued goes back to wait when the mailbox is made gated, and leaves once approved. -/
theorem tightening_reaches_everything_unsent_witness :
    statusAfter (tightened.take 5) = some .pendingApproval ∧
      ∃ w newer e older, Reachable w ∧ w.log = newer ++ e :: older ∧ gatedHandOver e = true :=
  ⟨by decide +kernel, reached tightened gatedHandOver (by decide +kernel)⟩

theorem risk_only_tightens_witness :
    effectiveMode .autonomous none true false = .gatedSend ∧ effectiveMode .autonomous none false false = .autonomous := by
  decide +kernel

theorem high_risk_waits_witness :
    statusAfter (house .autonomous one ++ [submitted risky]) = some .pendingApproval ∧
      statusAfter (house .autonomous one ++ [submitted clean]) = some .queued := by decide +kernel

theorem blocked_never_leaves_witness :
    statusAfter (house .autonomous one ++ [submitted blocked]) = some .refused ∧
      statusAfter (house .autonomous one ++ [submitted clean, about 12 clock (.dispatch blocked)])
        = some .pendingApproval ∧
      statusAfter watched = some .dispatching := by decide +kernel

theorem monitored_is_copied_witness :
    ∃ w newer e older, Reachable w ∧ w.log = newer ++ e :: older ∧
      (e.handsOver 30 && decide (e.outcome.mode = some .monitored)) = true :=
  reached watched _ (by decide +kernel)

/-! ## Lifecycle -/

theorem no_gated_bypass_witness :
    ∃ w newer e older, Reachable w ∧ w.log = newer ++ e :: older ∧ gatedHandOver e = true :=
  reached ordinary gatedHandOver (by decide +kernel)

/-- Without the approval the same dispatch finds nothing to hand over. -/
theorem no_gated_mailbox_bypass_witness :
    lastRefusal (house .gatedSend one ++ [submitted clean, dispatch 30]) = some .wrongStatus ∧
      lastAccepted (house .gatedSend one ++ [submitted clean, approve 20 ben 7, dispatch 30]) = true := by decide +kernel

theorem approval_recorded_before_delivery_witness :
    ∃ w newer e older, Reachable w ∧ w.log = newer ++ e :: older ∧ e.leaves 30 .delivered = true :=
  reached ordinary (fun e => e.leaves 30 .delivered) (by decide +kernel)

theorem delivered_at_most_once_witness :
    deliveries 30 (run .empty ordinary).log = 1 ∧
      lastRefusal (ordinary ++ [about 32 clock (.delivered 1)]) = some .wrongStatus := by decide +kernel

theorem never_again_on_its_own_witness :
    handOvers 30 (run .empty putOff).log = 2 ∧ handOvers 30 (run .empty triedAgain).log = 2 ∧
      lastRefusal (lostOnce ++ [dispatch 60]) = some .wrongStatus := by decide +kernel

theorem uncertain_waits_for_a_person_witness :
    statusAfter lostOnce = some .uncertain ∧ statusAfter (lostOnce ++ [about 9000 clock .expire]) = some .uncertain ∧
      statusAfter (lostOnce ++ [about 40 oda (.resolve .failed 7 clean)]) = some .failed := by decide +kernel

theorem terminal_is_final_witness :
    statusAfter ordinary = some .delivered ∧
      statusAfter (house .gatedSend one ++ [submitted clean, about 20 ben (.reject 7), approve 21 cat 7])
        = some .rejected := by decide +kernel

theorem refused_says_why_witness :
    lastReason (house .autonomous one ++ [.tenant 3 oda 10 .halt, submitted blocked]) = some .halted ∧
      lastReason (house .readOnly one ++ [submitted blocked]) = some .readOnly ∧
      lastReason (house .autonomous one ++ [submitted blocked]) = some .recipientBlocked ∧
      lastReason (house .autonomous one ++ [submitted clean]) = none := by decide +kernel

theorem handed_over_cannot_be_cancelled_witness :
    lastRefusal (lostOnce ++ [about 40 oda .cancel]) = some .wrongStatus ∧
      statusAfter (house .gatedSend one ++ [submitted clean, about 40 oda .cancel]) = some .cancelled := by decide +kernel

theorem released_when_due_witness :
    lastRefusal (house .autonomous one ++ [about 10 ada (.submit 7 none none 100 clean), about 99 clock .release])
      = some .notDue ∧
    statusAfter (house .autonomous one ++ [about 10 ada (.submit 7 none none 100 clean), about 100 clock .release])
      = some .queued := by decide +kernel

theorem log_only_grows_witness :
    ((run .empty (ordinary ++ [dispatch 99])).log.map Entry.seq) = [6, 5, 4, 3, 2, 1, 0] ∧
      (run .empty (ordinary ++ [dispatch 99])).messages = (run .empty ordinary).messages := by decide +kernel

theorem log_determines_state_witness :
    (replay (run .empty triedAgain).log) = run .empty triedAgain ∧ statusAfter triedAgain = some .dispatching := by
  decide +kernel

/-- One message in each of the five statuses that have not ended. -/
theorem every_message_can_end_witness :
    statusAfter (house .gatedSend one ++ [submitted clean]) = some .pendingApproval ∧
    statusAfter (house .autonomous one ++ [about 10 ada (.submit 7 none none 100 clean)]) = some .scheduled ∧
    statusAfter (house .autonomous one ++ [submitted clean]) = some .queued ∧
    statusAfter watched = some .dispatching ∧ statusAfter lostOnce = some .uncertain := by decide +kernel

/-! ## Decisions -/

theorem no_self_approval_witness :
    ((run .empty ordinary).log.any fun e => e.decides 30 4) = true ∧
      lastRefusal (house .gatedSend one ++ [submitted clean, approve 20 ann 7]) = some .selfDecision := by decide +kernel

theorem only_reviewers_approve_witness :
    ((run .empty (putOff.take 5)).message 30).map Message.approvals = some [⟨4, 7, 20, some 104⟩, ⟨5, 7, 21, some 105⟩] := by decide +kernel

theorem only_reviewers_are_heard_witness :
    lastRefusal (house .gatedSend one ++ [submitted clean, approve 20 oda 7]) = some .notPermitted ∧
      lastAccepted (house .gatedSend one ++ [submitted clean, approve 20 ben 7]) = true := by decide +kernel

theorem stale_decision_refused_witness :
    lastRefusal (house .gatedSend one ++ [submitted clean, about 15 ben (.revise 7 8 none 0 clean none), approve 20 cat 7])
      = some .staleDigest := by decide +kernel

/-- An edit there and back leaves the first approval dead: one of two words is missing. -/
theorem approval_binds_content_witness :
    statusAfter (house .gatedSend two ++ [submitted clean, approve 20 ben 7, about 21 ada (.revise 7 8 none 0 clean none),
      about 22 ada (.revise 8 7 none 0 clean none), approve 23 cat 7]) = some .pendingApproval ∧
    statusAfter (house .gatedSend two ++ [submitted clean, approve 20 ben 7, approve 23 cat 7]) = some .queued := by
  decide +kernel

/-- Two hand-overs on the same words, with the server's deferral between; and after a lost answer the old word is spent. -/
theorem approval_single_use_witness :
    ((run .empty putOff).log.any fun e => e.defers 30 1) = true ∧ handOvers 30 (run .empty putOff).log = 2 ∧
      ((run .empty triedAgain).message 30).map Message.approvals = some [⟨5, 7, 90, some 105⟩] := by decide +kernel

theorem retry_needs_a_decision_witness :
    statusAfter (lostOnce ++ [about 90 oda (.resolve .retry 7 clean)]) = some .pendingApproval ∧
      statusAfter (lostOnce ++ [about 90 cat (.resolve .retry 7 clean)]) = some .queued := by decide +kernel

theorem quorum_counts_people_witness :
    (∃ w newer e older, Reachable w ∧ w.log = newer ++ e :: older ∧ gatedHandOver e = true) ∧
      statusAfter (house .gatedSend two ++ [submitted clean, approve 20 ben 7]) = some .pendingApproval :=
  ⟨reached putOff gatedHandOver (by decide +kernel), by decide +kernel⟩

theorem nobody_counts_twice_witness :
    lastRefusal (house .gatedSend two ++ [submitted clean, approve 20 ben 7, approve 21 benToo 7])
      = some .alreadyApproved := by decide +kernel

def revokeBen : Event := .tenant 25 oda 10 (.revokeReviewer 4)

theorem revoked_reviewer_voids_witness :
    statusAfter (house .gatedSend one ++ [submitted clean, approve 20 ben 7, revokeBen, dispatch 30])
      = some .pendingApproval ∧
    lastRefusal (house .gatedSend one ++ [submitted clean, revokeBen, approve 26 ben 7]) = some .reviewerRevoked ∧
    ((run .empty (house .gatedSend one ++ [submitted clean, approve 20 ben 7, revokeBen,
      about 26 oda (.revoke 4 clean none)])).message 30).map Message.approvals = some [] := by decide +kernel

/-- What `revoked_reviewer_voids` does not say, because it is not so of the machine alone: if nobody takes the approval off
the message (`revoke`), it counts again once its giver is reinstated. -/
theorem revoked_reviewer_voids_witness_limit :
    statusAfter (house .gatedSend one ++ [submitted clean, approve 20 ben 7, revokeBen,
      .tenant 26 oda 10 (.reinstateReviewer 4), dispatch 30]) = some .dispatching ∧
    statusAfter (house .gatedSend one ++ [submitted clean, approve 20 ben 7, revokeBen, about 25 oda (.revoke 4 clean none),
      .tenant 26 oda 10 (.reinstateReviewer 4), dispatch 30]) = some .pendingApproval := by decide +kernel

theorem expired_never_sent_witness :
    statusAfter (house .gatedSend one ++ [submitted clean, approve 20 ben 7, dispatch 520]) = some .pendingApproval ∧
      statusAfter (house .gatedSend one ++ [submitted clean, approve 20 ben 7, dispatch 519]) = some .dispatching ∧
      lastRefusal (house .gatedSend one ++ [submitted clean, approve 1010 ben 7]) = some .windowClosed ∧
      statusAfter (house .gatedSend one ++ [submitted clean, about 1010 clock .expire]) = some .expired := by
  decide +kernel

theorem agent_touches_only_its_own_witness :
    lastRefusal (house .gatedSend one ++ [submitted clean, about 11 ⟨.agent, 6, none⟩ .cancel]) = some .notPermitted ∧
      statusAfter (house .gatedSend one ++ [submitted clean, about 11 ada .cancel]) = some .cancelled := by decide +kernel

/-- Ada's other key has another owner, or none; the owner of the one she submitted with is 3. -/
theorem edited_under_its_owner_witness :
    lastRefusal (house .gatedSend one ++ [submitted clean, about 11 ada (.revise 7 8 none 0 clean (some (some 6)))])
      = some .notPermitted ∧
    lastRefusal (house .gatedSend one ++ [submitted clean, about 11 ada (.revise 7 8 none 0 clean (some none))])
      = some .notPermitted ∧
    lastAccepted (house .gatedSend one ++ [submitted clean, about 11 ada (.revise 7 8 none 0 clean (some (some 3)))])
      = true := by decide +kernel

/-- Ben's approval with key 104 goes with that key, and stays when the key that is deleted is another. -/
theorem deleted_key_voids_witness :
    statusAfter (house .gatedSend one ++ [submitted clean, approve 20 ben 7, about 26 oda (.revoke 4 clean (some 104))])
      = some .pendingApproval ∧
    lastRefusal (house .gatedSend one ++ [submitted clean, approve 20 ben 7, about 26 oda (.revoke 4 clean (some 204))])
      = some .notApprovedBy ∧
    statusAfter (house .gatedSend two ++ [submitted clean, approve 20 ben 7, approve 21 cat 7,
      about 26 oda (.revoke 4 clean (some 104)), approve 27 benToo 7]) = some .queued := by decide +kernel

/-! ## Inbound -/

def letter : List InboundEvent :=
  (house .gatedAll one).map .other ++ [.receive clock 20 40]

/-- Held on every route, also after the mode is raised; shown once a reviewer released it. -/
theorem held_inbound_unreadable_witness :
    (inboundStep (inboundRun .empty (letter ++ [.other (setMode 5 oda .autonomous)])) (.read ada 40 .search)).2 = .refused ∧
      (inboundStep (inboundRun .empty (letter ++ [.settle ben 40 true])) (.read ada 40 .search)).2 = .shown := by
  decide +kernel

end Countersign

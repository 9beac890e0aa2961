/**
 * Vectors of spec/decisions.md.
 */
import type { Draft } from "./draft.ts";
import { history, mailbox } from "./history.ts";

const gated = mailbox("gated_send");
const two = mailbox("gated_send", "quorum=2");
const waiting = [...gated, "1000 ada submit D1"];
const owned = [...gated, "1000 ada submit D1 owner=ann"];
const pair = [...two, "1000 ada submit D1"];
const queued = [...waiting, "1010 ben approve D1"];
const lost = [...queued, "1020 sys dispatch", "1030 sys lost 1"];
const pairLost = [...pair, "1010 ben approve D1", "1011 cat approve D1", "1020 sys dispatch", "1030 sys lost 1"];

const who: readonly Draft[] = [
  history("the example of decisions.md", "13 14 17 21 23 24 25 34", "QuorumForged", two, [
    "1000 ada submit D1 owner=ann => pending_approval",
    "1100 ann approve D1 => !self_decision",
    "1200 ben approve D1 => pending_approval",
    "1210 ben approve D1 key=ben-key-2 => !already_approved",
    "1300 oda revoke_reviewer ben => ok",
    "1300 oda revoke ben => pending_approval",
    "1400 cat approve D1 => pending_approval",
    "1400 dan approve D1 => queued",
    "1400 eve reject D1 => !wrong_status",
    "1450 sys dispatch => dispatching",
    "1460 sys lost 1 => uncertain",
    "1500 cat resolve retry D1 => pending_approval",
    "1600 oda reinstate_reviewer ben => ok",
    "1700 ben approve D1 => queued",
  ]),
  history("an agent approves its own mail", "20 53", "WrongRole SelfDecision", waiting, [
    "1010 ada approve D1 => !not_permitted",
  ]),
  history("another agent approves", "20 53", "WrongRole", waiting, ["1010 bob approve D1 => !not_permitted"]),
  history("the operator approves", "20 53 37", "WrongRole", waiting, ["1010 oda approve D1 => !not_permitted"]),
  history("the system approves", "20 53", "AutomaticApproval", waiting, ["1010 sys approve D1 => !not_permitted"]),
  history("an agent rejects", "20", "WrongRole", waiting, ["1010 bob reject D1 => !not_permitted"]),
  history("an agent resolves", "20 53", "WrongRole", lost, ["1040 ada resolve retry D1 => !not_permitted"]),
  history("the author, as a reviewer, approves", "21", "SelfDecision", waiting, [
    "1010 ada approve D1 as=reviewer => !self_decision",
  ]),
  history("the author, as a reviewer with another key, approves", "21 23", "SelfDecision", waiting, [
    "1010 ada approve D1 as=reviewer key=ada-other => !self_decision",
  ]),
  history("the owner of the submitting key approves", "21", "SelfDecision", owned, [
    "1010 ann approve D1 => !self_decision",
  ]),
  history("the owner of the submitting key rejects", "21", "SelfDecision", owned, [
    "1010 ann reject D1 => !self_decision",
  ]),
  history("the author, as a reviewer, rejects", "21", "SelfDecision", waiting, [
    "1010 ada reject D1 as=reviewer => !self_decision",
  ]),
  history(
    "the owner resolves",
    "21 34",
    "SelfDecision",
    [...owned, "1010 ben approve D1", "1020 sys dispatch", "1030 sys lost 1"],
    ["1040 ann resolve retry D1 => !self_decision"],
  ),
  history(
    "the owner resolves as delivered",
    "21 33",
    "SelfDecision",
    [...owned, "1010 ben approve D1", "1020 sys dispatch", "1030 sys lost 1"],
    ["1040 ann resolve delivered D1 => !self_decision"],
  ),
  history("the author, as the operator, resolves", "21", "SelfDecision", lost, [
    "1040 ada resolve retry D1 as=operator => !self_decision",
  ]),
  history("another person than the owner approves", "21", "FalseRefusal", owned, ["1010 ben approve D1 => queued"]),
  history("no owner is named: anyone but the author approves", "21", "FalseRefusal", waiting, [
    "1010 ann approve D1 => queued",
  ]),
  history("a key with send and oversight is refused", "37", "SelfDecision WrongRole", gated, [
    "950 oda create_key k1 zoe send oversight => !not_permitted",
  ]),
  history("a key with send and oversight among others is refused", "37", "SelfDecision WrongRole", gated, [
    "950 oda create_key k1 zoe read oversight admin send => !not_permitted",
  ]),
  history("keys with one of the two are made", "37", "FalseRefusal", gated, [
    "950 oda create_key k1 zoe send read => ok",
    "951 oda create_key k2 zoe oversight read => ok",
    "952 oda create_key k3 zoe admin => ok",
  ]),
  history("an agent makes no key", "37 20", "WrongRole", gated, [
    "950 ada create_key k1 ada oversight => !not_permitted",
  ]),
  history("a reviewer makes no key", "37 20", "WrongRole", gated, [
    "950 ben create_key k1 ben admin => !not_permitted",
  ]),
  history("a reviewer revokes no reviewer", "20", "WrongRole", gated, [
    "950 ben revoke_reviewer cat => !not_permitted",
  ]),
  history("an agent revokes no reviewer", "20", "WrongRole", gated, ["950 ada revoke_reviewer cat => !not_permitted"]),
  history(
    "a reviewer does not reinstate themselves",
    "20 24",
    "WrongRole RevokedReviewer",
    [...gated, "940 oda revoke_reviewer ben"],
    ["950 ben reinstate_reviewer ben => !not_permitted"],
  ),
  history(
    "a tenant is made by an operator or at the first start",
    "20",
    "WrongRole",
    [],
    [
      "900 ada create_tenant => !not_permitted",
      "901 ben create_tenant => !not_permitted",
      "902 sys create_tenant => ok",
      "903 sys create_key k1 oda admin => ok",
    ],
  ),
  history("the system does not halt, resume or revoke", "20", "WrongRole", gated, [
    "950 sys halt => !not_permitted",
    "951 sys revoke_reviewer ben => !not_permitted",
    "952 sys revoke_key k1 => !not_permitted",
  ]),
];

const what: readonly Draft[] = [
  history("an approve of another content", "22", "ContentSwap", waiting, ["1010 ben approve D2 => !stale_digest"]),
  history(
    "an approve of the content before the edit",
    "22",
    "ContentSwap",
    [...waiting, "1005 ada revise D1 D2"],
    ["1010 ben approve D1 => !stale_digest"],
  ),
  history(
    "a rejection of the content before the edit",
    "22",
    "ContentSwap",
    [...waiting, "1005 ada revise D1 D2"],
    ["1010 ben reject D1 => !stale_digest"],
  ),
  history(
    "an edit of the content before the edit",
    "22",
    "LostRace",
    [...waiting, "1005 ben revise D1 D2"],
    ["1010 ada revise D1 D3 => !stale_digest"],
  ),
  history(
    "an approve after the edit, of what is there now",
    "22",
    "FalseRefusal",
    [...waiting, "1005 ada revise D1 D2"],
    ["1010 ben approve D2 => queued"],
  ),
  history(
    "an approve of another message's content",
    "22",
    "ContentSwap",
    [...waiting, "1001 ada submit D2 m=m2"],
    ["1010 ben approve D2 => !stale_digest"],
  ),
  history(
    "the same content in two messages: an approve of one is none of the other",
    "22 26",
    "ContentSwap DoubleSend",
    [...waiting, "1001 ada submit D1 m=m2"],
    ["1010 ben approve D1 => queued", "1011 sys dispatch m=m2 => !wrong_status"],
  ),
  history("two approves at once", "25 17", "LostRace", waiting, [
    "1010 ben approve D1 => queued",
    "1010 cat approve D1 => !wrong_status",
  ]),
  history("an approve and a rejection at once", "25 17", "LostRace", waiting, [
    "1010 ben approve D1 => queued",
    "1010 cat reject D1 => !wrong_status",
  ]),
  history("a rejection and an approve at once", "25 14 17", "LostRace EndUndone", waiting, [
    "1010 ben reject D1 => rejected",
    "1010 cat approve D1 => !wrong_status",
  ]),
  history("a cancel and an approve at once", "25 16 17", "LostRace EndUndone", waiting, [
    "1010 ada cancel => cancelled",
    "1010 ben approve D1 => !wrong_status",
  ]),
  history("an approve and a cancel at once", "25 16", "LostRace", waiting, [
    "1010 ben approve D1 => queued",
    "1010 ada cancel => cancelled",
    "1011 sys dispatch => !wrong_status",
  ]),
  history(
    "an expiry and an approve at once",
    "25 19",
    "LostRace EndUndone",
    [...mailbox("gated_send", "window=10"), "1000 ada submit D1"],
    ["1010 sys expire => expired", "1010 ben approve D1 => !wrong_status"],
  ),
  history("two resolutions at once", "25 33", "LostRace", lost, [
    "1040 cat resolve retry D1 => queued",
    "1040 dan resolve delivered D1 => !wrong_status",
  ]),
  history("an edit and an approve at once", "25 22", "LostRace ContentSwap", waiting, [
    "1010 ada revise D1 D2 => pending_approval",
    "1010 ben approve D1 => !stale_digest",
  ]),
];

const howMany: readonly Draft[] = [
  history("quorum 1: one approve releases", "13", "StuckMessage", waiting, ["1010 ben approve D1 => queued"]),
  history(
    "quorum 1: one approve of a message for later schedules it",
    "13",
    "StuckMessage",
    [...gated, "1000 ada submit D1 at=2000"],
    ["1010 ben approve D1 => scheduled"],
  ),
  history(
    "an approve at the very second of send_at queues",
    "13 27",
    "OffByOne",
    [...gated, "1000 ada submit D1 at=2000"],
    ["2000 ben approve D1 => queued"],
  ),
  history("quorum 2: one approve is not enough", "13 23", "QuorumForged GateBypass", pair, [
    "1010 ben approve D1 => pending_approval",
  ]),
  history("quorum 2: two people release", "13 23", "StuckMessage", pair, [
    "1010 ben approve D1 => pending_approval",
    "1011 cat approve D1 => queued",
    "1012 sys dispatch => dispatching",
  ]),
  history(
    "quorum 3: two are not enough",
    "13 23",
    "QuorumForged",
    [...mailbox("gated_send", "quorum=3"), "1000 ada submit D1"],
    [
      "1010 ben approve D1 => pending_approval",
      "1011 cat approve D1 => pending_approval",
      "1012 dan approve D1 => queued",
    ],
  ),
  history("one person twice is one person", "23", "QuorumForged", pair, [
    "1010 ben approve D1 => pending_approval",
    "1011 ben approve D1 => !already_approved",
  ]),
  history("one person with two keys is one person", "23", "QuorumForged", pair, [
    "1010 ben approve D1 => pending_approval",
    "1011 ben approve D1 key=ben-laptop => !already_approved",
  ]),
  history(
    "one person's approve, past its age, may be given again",
    "23 19",
    "StuckMessage",
    [...mailbox("gated_send", "quorum=2 age=50"), "1000 ada submit D1", "1001 ben approve D1"],
    ["1051 ben approve D1 => pending_approval", "1052 cat approve D1 => queued"],
  ),
  history(
    "quorum raised while it waits",
    "13 23",
    "QuorumForged",
    [...pair, "1010 ben approve D1"],
    [
      "1011 oda set_policy quorum=3 => gated_send",
      "1012 cat approve D1 => pending_approval",
      "1013 dan approve D1 => queued",
    ],
  ),
  history(
    "one rejection ends it, whatever approvals it has",
    "14",
    "GateBypass",
    [...pair, "1010 ben approve D1"],
    ["1011 cat reject D1 => rejected"],
  ),
  history(
    "who approved may still reject",
    "14",
    "StuckMessage",
    [...pair, "1010 ben approve D1"],
    ["1011 ben reject D1 => rejected"],
  ),
  history(
    "a rejected message stays rejected",
    "14 17",
    "EndUndone",
    [...waiting, "1010 ben reject D1"],
    ["1011 cat approve D1 => !wrong_status", "1012 ada revise D1 D2 => !wrong_status"],
  ),
  history(
    "an approve is taken while halted, and the dispatch waits",
    "13 6",
    "KillSwitch",
    [...waiting, "1001 oda halt"],
    ["1010 ben approve D1 => queued", "1011 sys dispatch => !halted"],
  ),
  history(
    "an approve of a held message releases it",
    "13 10",
    "StuckMessage",
    [...mailbox("autonomous"), "1000 ada submit D1 held"],
    ["1010 ben approve D1 held => queued"],
  ),
];

const revoked = [...waiting, "1010 oda revoke_reviewer ben"];

const howLong: readonly Draft[] = [
  history("a revoked reviewer approves", "24", "RevokedReviewer", revoked, [
    "1020 ben approve D1 => !reviewer_revoked",
  ]),
  history("a revoked reviewer rejects", "24", "RevokedReviewer", revoked, ["1020 ben reject D1 => !reviewer_revoked"]),
  history("a revoked reviewer edits", "24", "RevokedReviewer", revoked, ["1020 ben revise D1 D2 => !reviewer_revoked"]),
  history(
    "a revoked reviewer resolves",
    "24",
    "RevokedReviewer",
    [...lost, "1035 oda revoke_reviewer cat"],
    ["1040 cat resolve retry D1 => !reviewer_revoked"],
  ),
  history("another reviewer is not touched by a revocation", "24", "FalseRefusal", revoked, [
    "1020 cat approve D1 => queued",
  ]),
  history("a revoked reviewer's approval does not count at dispatch", "24 28", "RevokedReviewer", queued, [
    "1015 oda revoke_reviewer ben => ok",
    "1020 sys dispatch => pending_approval",
  ]),
  history(
    "a revoked reviewer's approval does not count towards the quorum",
    "24 23",
    "RevokedReviewer QuorumForged",
    [...pair, "1010 ben approve D1"],
    ["1015 oda revoke_reviewer ben => ok", "1020 cat approve D1 => pending_approval"],
  ),
  history(
    "a queued message short of the quorum returns at the revoke, with a new window",
    "24",
    "RevokedReviewer",
    [...mailbox("gated_send", "window=100"), "1000 ada submit D1", "1010 ben approve D1"],
    ["1090 oda revoke_reviewer ben => ok", "1090 oda revoke ben => pending_approval", "1150 cat approve D1 => queued"],
  ),
  history(
    "a scheduled message short of the quorum returns at the revoke",
    "24",
    "RevokedReviewer",
    [...gated, "1000 ada submit D1 at=2000", "1010 ben approve D1"],
    ["1020 oda revoke_reviewer ben => ok", "1020 oda revoke ben => pending_approval"],
  ),
  history(
    "a queued message with approvals to spare stays",
    "24",
    "FalseRefusal",
    [...pair, "1010 ben approve D1", "1011 cat approve D1", "1012 oda set_policy quorum=1"],
    ["1020 oda revoke_reviewer ben => ok", "1020 oda revoke ben => queued", "1021 sys dispatch => dispatching"],
  ),
  history(
    "a reinstated reviewer's old approval stays void",
    "24",
    "RevokedReviewer",
    [...pair, "1010 ben approve D1"],
    [
      "1020 oda revoke_reviewer ben => ok",
      "1020 oda revoke ben => pending_approval",
      "1030 oda reinstate_reviewer ben => ok",
      "1031 cat approve D1 => pending_approval",
      "1032 ben approve D1 => queued",
    ],
  ),
  history("a reinstated reviewer may approve again", "24", "FalseRefusal", revoked, [
    "1020 oda reinstate_reviewer ben => ok",
    "1021 ben approve D1 => queued",
  ]),
  history(
    "reinstating frees nothing",
    "54 24",
    "LoosenedFreesMail",
    [...queued, "1015 oda revoke_reviewer ben", "1015 oda revoke ben"],
    ["1020 oda reinstate_reviewer ben => ok", "1021 sys dispatch => !wrong_status"],
  ),
  history("a revoke that names somebody who did not approve", "24", "WrongOrder", queued, [
    "1020 oda revoke cat => !not_approved_by",
  ]),
  history("a reviewer revoked twice", "24", "WrongOrder", revoked, ["1020 oda revoke_reviewer ben => !no_change"]),
  history("a reviewer reinstated who was not revoked", "24", "WrongOrder", waiting, [
    "1020 oda reinstate_reviewer ben => !no_change",
  ]),
  history(
    "a revoke during the hand-over leaves the status",
    "24",
    "DoubleSend",
    [...queued, "1020 sys dispatch"],
    [
      "1021 oda revoke_reviewer ben => ok",
      "1021 oda revoke ben => dispatching",
      "1030 sys deferred 1 => queued",
      "1031 sys dispatch => pending_approval",
    ],
  ),
  history("a revoke while uncertain leaves the status", "24", "DoubleSend", lost, [
    "1040 oda revoke_reviewer ben => ok",
    "1040 oda revoke ben => uncertain",
  ]),
  history(
    "a revoke in one tenant does not touch another's reviewer of that name",
    "24 1",
    "FalseRefusal TenantWall",
    [
      ...gated,
      "900 oda create_tenant t=t2",
      "900 oda create_mailbox gated_send t=t2 b=b2",
      "950 oda revoke_reviewer ben",
      "1000 ada submit D1 t=t2 b=b2",
    ],
    ["1010 ben approve D1 t=t2 b=b2 => queued"],
  ),
  history("a reviewer's retry releases", "34", "StuckMessage", lost, [
    "1040 cat resolve retry D1 => queued",
    "1041 sys dispatch => dispatching",
  ]),
  history("a reviewer's retry voids what was approved before", "34", "QuorumForged DoubleSend", pairLost, [
    "1040 cat resolve retry D1 => pending_approval",
    "1041 ben approve D1 => queued",
  ]),
  history("a reviewer's retry counts as theirs", "34 23", "QuorumForged", pairLost, [
    "1040 dan resolve retry D1 => pending_approval",
    "1041 dan approve D1 => !already_approved",
    "1042 cat approve D1 => queued",
  ]),
  history("an operator's retry in a gated mode waits for people", "34", "DoubleSend GateBypass", lost, [
    "1040 oda resolve retry D1 => pending_approval",
    "1041 ben approve D1 => queued",
  ]),
  history(
    "an operator's retry in an ungated mode is queued",
    "34",
    "StuckMessage",
    [...mailbox("autonomous"), "1000 ada submit D1", "1020 sys dispatch", "1030 sys lost 1"],
    ["1040 oda resolve retry D1 => queued", "1041 sys dispatch => dispatching"],
  ),
  history(
    "an operator's retry of what is held now waits",
    "34 10",
    "RiskIgnored",
    [...mailbox("autonomous"), "1000 ada submit D1", "1020 sys dispatch", "1030 sys lost 1"],
    ["1040 oda resolve retry D1 held => pending_approval"],
  ),
  history(
    "an operator's retry while halted waits",
    "34 6",
    "KillSwitch",
    [...mailbox("autonomous"), "1000 ada submit D1", "1020 sys dispatch", "1030 sys lost 1", "1035 oda halt"],
    ["1040 oda resolve retry D1 => pending_approval"],
  ),
  history(
    "an operator's retry of an approved message in a mailbox that became autonomous has no approvals",
    "34 26",
    "DoubleSend",
    [...lost, "1035 oda set_mode autonomous"],
    [
      "1040 oda resolve retry D1 => queued",
      "1041 oda set_mode gated_send => gated_send",
      "1042 sys dispatch => pending_approval",
    ],
  ),
  history(
    "a retry opens a new decision window",
    "34 19",
    "StuckMessage",
    [
      ...mailbox("gated_send", "quorum=2 window=100"),
      "1000 ada submit D1",
      "1010 ben approve D1",
      "1011 cat approve D1",
      "1020 sys dispatch",
      "1030 sys lost 1",
    ],
    ["5000 cat resolve retry D1 => pending_approval", "5099 ben approve D1 => queued"],
  ),
  history(
    "a retry does not look at send_at",
    "34 27",
    "StuckMessage",
    [
      ...gated,
      "1000 ada submit D1 at=2000",
      "1010 ben approve D1",
      "2000 sys release",
      "2001 sys dispatch",
      "2002 sys lost 1",
    ],
    ["2010 cat resolve retry D1 => queued"],
  ),
  history("a retry of another content", "22 34", "ContentSwap", lost, ["1040 cat resolve retry D2 => !stale_digest"]),
  history("an approval serves one hand-over and its retries after deferred", "26 30", "DoubleSend", queued, [
    "1020 sys dispatch => dispatching",
    "1021 sys deferred 1 => queued",
    "1022 sys dispatch => dispatching",
    "1023 sys delivered 2 => delivered",
    "1024 sys dispatch => !wrong_status",
  ]),
];

const order: readonly Draft[] = [
  history("order: not_permitted before self_decision", "20 21", "WrongOrder", waiting, [
    "1010 ada approve D2 => !not_permitted",
  ]),
  history(
    "order: self_decision before reviewer_revoked and stale_digest",
    "21 24",
    "WrongOrder",
    [...owned, "1005 oda revoke_reviewer ann"],
    ["1010 ann approve D2 => !self_decision"],
  ),
  history("order: reviewer_revoked before stale_digest", "24 22", "WrongOrder", revoked, [
    "1020 ben approve D2 => !reviewer_revoked",
  ]),
  history(
    "order: stale_digest before window_closed",
    "22 19",
    "WrongOrder",
    [...mailbox("gated_send", "window=10"), "1000 ada submit D1"],
    ["1020 ben approve D2 => !stale_digest"],
  ),
  history(
    "order: window_closed before recipient_blocked",
    "19 12",
    "WrongOrder",
    [...mailbox("gated_send", "window=10"), "1000 ada submit D1"],
    ["1020 ben approve D1 blocked => !window_closed"],
  ),
  history(
    "order: recipient_blocked before already_approved",
    "12 23",
    "WrongOrder",
    [...pair, "1010 ben approve D1"],
    ["1011 ben approve D1 blocked => !recipient_blocked"],
  ),
  history(
    "order: an edit that is stale and halted is stale",
    "22 6",
    "WrongOrder",
    [...waiting, "1005 oda halt"],
    ["1010 ada revise D2 D3 => !stale_digest"],
  ),
  history(
    "order: halted before read_only and recipient_blocked",
    "6 5",
    "WrongOrder",
    [...waiting, "1004 ada set_mode read_only", "1005 oda halt"],
    ["1010 ada revise D1 D2 blocked => !halted"],
  ),
  history(
    "order: read_only before recipient_blocked",
    "5 12",
    "WrongOrder",
    [...waiting, "1004 ada set_mode read_only"],
    ["1010 ada revise D1 D2 blocked => !read_only"],
  ),
  history(
    "order: a blocked dispatch while halted stays",
    "6 12",
    "WrongOrder",
    [...queued, "1015 oda halt"],
    ["1020 sys dispatch blocked => !halted"],
  ),
  history(
    "order: a finding about another content by the owner is self_decision",
    "21 22",
    "WrongOrder",
    [...owned, "1010 ben approve D1", "1020 sys dispatch", "1030 sys lost 1"],
    ["1040 ann resolve delivered D2 => !self_decision"],
  ),
];

export const decisions: readonly Draft[] = [...who, ...what, ...howMany, ...howLong, ...order];

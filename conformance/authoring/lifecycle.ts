/**
 * Vectors of spec/lifecycle.md.
 */
import type { Draft } from "./draft.ts";
import { history, mailbox } from "./history.ts";

const gated = mailbox("gated_send");
const free = mailbox("autonomous");
const waiting = [...gated, "1000 ada submit D1"];
const queued = [...waiting, "1010 ben approve D1"];
const flying = [...queued, "1020 sys dispatch"];
const lost = [...flying, "1030 sys lost 1"];
const scheduled = [...gated, "1000 ada submit D1 at=2000", "1010 ben approve D1"];
const freeScheduled = [...free, "1000 ada submit D1 at=2000"];

/** Each end, and a history that leads to it. */
const ends: Readonly<Record<string, readonly string[]>> = {
  refused: [...free, "1000 ada submit D1 blocked"],
  rejected: [...waiting, "1010 ben reject D1"],
  cancelled: [...waiting, "1010 ada cancel"],
  expired: [...mailbox("gated_send", "window=50"), "1000 ada submit D1", "1050 sys expire"],
  delivered: [...flying, "1030 sys delivered 1"],
  failed: [...flying, "1030 sys failed 1"],
};

/** Every event by somebody who may cause it, and by somebody who may not, in the order of the specification. */
const permitted = [
  "ada submit D1",
  "ben approve D1",
  "ben reject D1",
  "ben revise D1 D2",
  "ada cancel",
  "sys expire",
  "sys release",
  "sys dispatch",
  "sys delivered 1",
  "sys failed 1",
  "sys deferred 1",
  "sys lost 1",
  "cat resolve retry D1",
  "oda revoke ben",
];
const forbidden = [
  "ben submit D1",
  "oda submit D1",
  "sys submit D1",
  "ada approve D1",
  "bob approve D1",
  "oda approve D1",
  "sys approve D1",
  "ada reject D1",
  "oda reject D1",
  "sys reject D1",
  "oda revise D1 D2",
  "sys revise D1 D2",
  "bob revise D1 D2",
  "ben cancel",
  "bob cancel",
  "sys cancel",
  "ada expire",
  "ben expire",
  "oda expire",
  "ada release",
  "ben release",
  "oda release",
  "ada dispatch",
  "ben dispatch",
  "oda dispatch",
  "ada delivered 1",
  "ben delivered 1",
  "oda delivered 1",
  "ada failed 1",
  "ben failed 1",
  "oda failed 1",
  "ada deferred 1",
  "ben deferred 1",
  "oda deferred 1",
  "ada lost 1",
  "ben lost 1",
  "oda lost 1",
  "ada resolve retry D1",
  "ada resolve delivered D1",
  "sys resolve failed D1",
  "ada revoke ben",
  "ben revoke ben",
  "sys revoke ben",
];

/** Permitted events with something else about them; out of place, that they are out of place is what counts. */
const otherwise = [
  "ada submit D2 held",
  "ada submit D2 blocked",
  "ada submit D2 at=99999",
  "ann approve D9",
  "ben approve D9",
  "dan approve D1 blocked",
  "dan approve D1",
  "dan reject D9",
  "ann reject D1",
  "ada revise D9 D2",
  "ada revise D1 D2 blocked",
  "ada revise D1 D2 held",
  "ada revise D1 D2 at=99999",
  "sys dispatch held",
  "sys dispatch blocked",
  "sys delivered 9",
  "sys failed 9",
  "sys deferred 9",
  "sys lost 9",
  "dan resolve delivered D1",
  "dan resolve failed D1",
  "dan resolve retry D1",
  "dan resolve retry D1 blocked",
  "dan resolve delivered D9",
  "oda resolve retry D1",
  "oda resolve retry D1 held",
  "oda resolve failed D1",
  "oda cancel",
  "oda revoke eve",
  "oda revoke ben",
];
/** While the tenant is halted, dan revoked, and the mailbox read_only. */
const stopped = [
  "ada submit D2",
  "dan approve D1",
  "dan reject D1",
  "dan revise D1 D2",
  "ada revise D1 D2",
  "sys dispatch",
  "dan resolve retry D1",
  "oda resolve retry D1",
];

/** What a status does not take of the permitted events, each refused with wrong_status. */
const sweep = (status: string, before: readonly string[], taken: readonly string[]): readonly Draft[] => [
  history(
    `${status}: events it does not take are refused`,
    "17 1",
    status in ends ? "EndUndone" : "WrongOrder",
    before,
    permitted.filter((event) => !taken.includes(event.split(" ")[1]!)).map((event) => `1100 ${event} => !wrong_status`),
  ),
  history(
    `${status}: events by roles that may not cause them are refused`,
    "20 17",
    "WrongRole",
    before,
    forbidden.map((event) => `1100 ${event} => !not_permitted`),
  ),
  history(
    `${status}: events it does not take are refused as such, whatever else is wrong with them`,
    "17 1",
    status in ends ? "EndUndone" : "WrongOrder",
    before,
    otherwise.filter((event) => !taken.includes(event.split(" ")[1]!)).map((event) => `1100 ${event} => !wrong_status`),
  ),
  history(`${status}: the same while everything is stopped`, "17 6", "KillSwitch", before, [
    "1090 oda revoke_reviewer dan => ok",
    "1091 oda set_mode read_only => read_only",
    "1092 oda halt => ok",
    ...stopped
      .filter((event) => !taken.includes(event.split(" ")[1]!))
      .map((event) => `1100 ${event} => !wrong_status`),
    "1101 oda resume => ok",
    ...stopped
      .filter((event) => !taken.includes(event.split(" ")[1]!))
      .map((event) => `1102 ${event} => !wrong_status`),
    "1103 oda resume => !no_change",
  ]),
];

const sweeps: readonly Draft[] = [
  ...sweep("pending_approval", waiting, ["approve", "reject", "revise", "cancel", "expire", "revoke"]),
  ...sweep("scheduled", scheduled, ["release", "revise", "cancel", "expire", "revoke"]),
  ...sweep("queued", queued, ["dispatch", "revise", "cancel", "expire", "revoke"]),
  ...sweep("dispatching", flying, ["delivered", "failed", "deferred", "lost", "revoke"]),
  ...sweep("uncertain", lost, ["resolve", "revoke"]),
  ...Object.entries(ends).flatMap(([status, before]) => sweep(status, before, [])),
  history(
    "new: nothing but a submit makes a message",
    "17 1",
    "WrongOrder",
    gated,
    permitted.filter((event) => !/submit|cancel|revise/.test(event)).map((event) => `1100 ${event} => !wrong_status`),
  ),
  history(
    "new: no role but the agent's makes a message",
    "20",
    "WrongRole",
    gated,
    ["ben", "oda", "sys"].map((who) => `1100 ${who} submit D1 => !not_permitted`),
  ),
  history(
    "new: events by roles that may not cause them are refused as such",
    "20",
    "WrongRole",
    gated,
    forbidden
      .filter((event) => !/ submit |^bob (revise|cancel)/.test(event))
      .map((event) => `1100 ${event} => !not_permitted`),
  ),
];

/** Who speaks of a message that does not exist counts as its author. */
const unknown: readonly Draft[] = [
  history("new: an agent's edit of a message that does not exist is no edit of another's", "17", "WrongOrder", gated, [
    "1100 ada revise D1 D2 => !wrong_status",
    "1101 bob revise D1 D2 held => !wrong_status",
    "1102 ada revise D1 D2 blocked => !wrong_status",
    "1103 bob revise D1 D2 at=99999 => !wrong_status",
  ]),
  history(
    "new: an agent's cancel of a message that does not exist is no cancel of another's",
    "17",
    "WrongOrder",
    gated,
    ["1100 ada cancel => !wrong_status", "1101 bob cancel => !wrong_status", "1102 oda cancel => !wrong_status"],
  ),
  history("new: a reviewer's edit of a message that does not exist is out of order", "17", "WrongOrder", gated, [
    "1100 ben revise D1 D2 => !wrong_status",
    "1101 oda revoke_reviewer ben => ok",
    "1102 ben revise D1 D2 => !wrong_status",
  ]),
  history("new: an edit of a message that does not exist, while everything is stopped", "17 6", "KillSwitch", gated, [
    "1099 oda halt => ok",
    "1100 ada revise D1 D2 => !wrong_status",
    "1101 ada cancel => !wrong_status",
    "1102 ada submit D1 => refused",
  ]),
  history("new: whoever asked for what does not exist is not its author for that", "17 21", "SelfDecision", gated, [
    "1100 bob revise D1 D2 => !wrong_status",
    "1101 ada submit D1 => pending_approval",
    "1102 bob revise D1 D2 => !not_permitted",
    "1103 bob cancel => !not_permitted",
    "1104 ada cancel => cancelled",
  ]),
];

/** The same statuses reached without a person: in monitored, owned by ann, two to decide if anybody must, for later. */
const watched = [...mailbox("monitored", "quorum=2 window=50"), "1000 ada submit D1 owner=ann at=5000"];
const watchedQueued = [...mailbox("monitored", "quorum=2 window=50"), "1000 ada submit D1 owner=ann"];
const watchedFlying = [...watchedQueued, "1001 sys dispatch"];
const unattended: Readonly<Record<string, readonly string[]>> = {
  pending_approval: [...mailbox("monitored", "quorum=2"), "1000 ada submit D1 owner=ann held"],
  scheduled: watched,
  queued: watchedQueued,
  dispatching: watchedFlying,
  uncertain: [...watchedFlying, "1002 sys lost 1"],
  refused: [...mailbox("monitored", "quorum=2"), "1000 ada submit D1 owner=ann blocked"],
  rejected: [...mailbox("monitored", "quorum=2"), "1000 ada submit D1 owner=ann held at=5000", "1001 ben reject D1"],
  cancelled: [...watched, "1001 oda cancel"],
  expired: [...mailbox("monitored", "quorum=2 window=50"), "1000 ada submit D1 owner=ann held", "1050 sys expire"],
  delivered: [...watchedFlying, "1002 sys delivered 1"],
  failed: [...watchedFlying, "1002 sys failed 1"],
};
const takenBy: Readonly<Record<string, string>> = {
  pending_approval: "approve reject revise cancel expire revoke",
  scheduled: "release revise cancel expire revoke",
  queued: "dispatch revise cancel expire revoke",
  dispatching: "delivered failed deferred lost revoke",
  uncertain: "resolve revoke",
};
const unattendedEvents = [
  "ada submit D2",
  "ada submit D2 at=9000",
  "ann approve D1",
  "ben approve D1",
  "ann reject D1",
  "ada revise D1 D2",
  "ada revise D1 D2 at=9000",
  "sys expire",
  "sys release",
  "sys dispatch",
  "sys delivered 1",
  "sys failed 1",
  "sys deferred 1",
  "sys lost 1",
  "ann resolve failed D1",
  "ben resolve retry D1",
  "oda resolve retry D1",
  "oda revoke ben",
];
const unattendedSweeps: readonly Draft[] = Object.entries(unattended).map(([status, before]) =>
  history(
    `${status}, reached without a person: events it does not take are refused`,
    "17 1",
    status in ends ? "EndUndone" : "WrongOrder",
    before,
    unattendedEvents
      .filter((event) => !(takenBy[status] ?? "").split(" ").includes(event.split(" ")[1]!))
      .map((event) => `1100 ${event} => !wrong_status`),
  ),
);

const comingIn: readonly Draft[] = [
  history("the example of lifecycle.md", "1 10 15 22 13 30 32 17 33", "GateBypass", gated, [
    "1000 ada submit D1 => pending_approval",
    "1060 ben revise D1 D2 => pending_approval",
    "1070 cat approve D1 => !stale_digest",
    "1090 cat approve D2 => queued",
    "1091 sys dispatch => dispatching",
    "1092 sys deferred 1 => queued",
    "1400 sys dispatch => dispatching",
    "1401 sys lost 2 => uncertain",
    "1402 sys delivered 2 => !wrong_status",
    "1900 cat resolve failed D2 => failed",
  ]),
  history("gated_send: a submit waits", "10", "GateBypass", gated, ["1000 ada submit D1 => pending_approval"]),
  history("gated_all: a submit waits", "10", "GateBypass", mailbox("gated_all"), [
    "1000 ada submit D1 => pending_approval",
  ]),
  history("gated_send: a submit for later waits for a person first", "10", "GateBypass", gated, [
    "1000 ada submit D1 at=2000 => pending_approval",
  ]),
  history("a request that asks for gated_all waits in autonomous", "10 2", "GateBypass", free, [
    "1000 ada submit D1 asks=gated_all => pending_approval",
  ]),
  history("a request that asks for gated_send waits in monitored", "10 2", "GateBypass", mailbox("monitored"), [
    "1000 ada submit D1 asks=gated_send => pending_approval",
  ]),
  history(
    "an edit that asks for gated_send in autonomous brings the message back",
    "10 15",
    "GateBypass",
    [...free, "1000 ada submit D1"],
    ["1001 ada revise D1 D2 asks=gated_send => pending_approval"],
  ),
  history(
    "an edit that is held in autonomous brings the message back",
    "10 15",
    "RiskIgnored",
    [...free, "1000 ada submit D1"],
    ["1001 ada revise D1 D2 held => pending_approval"],
  ),
  history("autonomous: a submit is queued", "11", "FalseRefusal", free, ["1000 ada submit D1 => queued"]),
  history("monitored: a submit is queued", "11", "FalseRefusal", mailbox("monitored"), [
    "1000 ada submit D1 => queued",
  ]),
  history("autonomous: a submit for later is scheduled", "11", "OffByOne", free, [
    "1000 ada submit D1 at=1001 => scheduled",
  ]),
  history("autonomous: a submit for this very second is queued", "11", "OffByOne", free, [
    "1000 ada submit D1 at=1000 => queued",
  ]),
  history("autonomous: a submit for a time that is past is queued", "11", "OffByOne", free, [
    "1000 ada submit D1 at=999 => queued",
  ]),
  history(
    "autonomous: an edit for later is scheduled",
    "11 15",
    "FalseRefusal",
    [...free, "1000 ada submit D1"],
    ["1001 ada revise D1 D2 at=3000 => scheduled"],
  ),
  history("autonomous: an edit of a scheduled message for at once is queued", "11 15", "FalseRefusal", freeScheduled, [
    "1001 ada revise D1 D2 => queued",
  ]),
  history("a blocked recipient is refused at submit", "12", "RiskIgnored", free, [
    "1000 ada submit D1 blocked => refused",
  ]),
  history("a blocked recipient is refused at submit in a gated mode", "12", "RiskIgnored", gated, [
    "1000 ada submit D1 blocked => refused",
  ]),
  history("an edit to a blocked recipient is refused and changes nothing", "12 15", "RiskIgnored", queued, [
    "1020 ada revise D1 D2 blocked => !recipient_blocked",
  ]),
  history("an approve to a blocked recipient is refused", "12", "RiskIgnored", waiting, [
    "1010 ben approve D1 blocked => !recipient_blocked",
  ]),
  history("a blocked recipient at dispatch brings the message back without approvals", "12 28", "RiskIgnored", queued, [
    "1020 sys dispatch blocked => pending_approval",
  ]),
  history(
    "a blocked recipient at dispatch in autonomous brings the message back",
    "12 28",
    "RiskIgnored",
    [...free, "1000 ada submit D1"],
    ["1020 sys dispatch blocked => pending_approval"],
  ),
  history("a retry to a blocked recipient is refused", "12 34", "RiskIgnored", lost, [
    "1040 cat resolve retry D1 blocked => !recipient_blocked",
  ]),
  history("a blocked recipient does not keep a finding from being recorded", "33", "StuckMessage", lost, [
    "1040 cat resolve delivered D1 blocked => delivered",
  ]),
  history("a rejection does not look at block lists", "14", "StuckMessage", waiting, [
    "1010 ben reject D1 => rejected",
  ]),
  history("one message twice: the second submit is refused", "1 17", "DoubleSend", waiting, [
    "1001 ada submit D2 => !wrong_status",
  ]),
  history("two messages of one mailbox do not touch each other", "1", "GateBypass", gated, [
    "1000 ada submit D1 => pending_approval",
    "1000 ada submit D2 m=m2 => pending_approval",
    "1010 ben approve D1 => queued",
    "1011 sys dispatch m=m2 => !wrong_status",
    "1012 sys dispatch => dispatching",
  ]),
  history("a submit to a mailbox that is not there", "1", "TenantWall", gated, [
    "1000 ada submit D1 b=b9 => !unknown_mailbox",
  ]),
  history("a submit for a tenant that is not there", "1", "TenantWall", gated, [
    "1000 ada submit D1 t=t9 => !unknown_tenant",
  ]),
  history(
    "a submit to another tenant's mailbox",
    "1",
    "TenantWall",
    [...gated, "900 oda create_tenant t=t2"],
    ["1000 ada submit D1 t=t2 => !unknown_mailbox"],
  ),
  history(
    "a decision under another mailbox of the tenant",
    "1",
    "TenantWall",
    [...waiting, "900 oda create_mailbox autonomous b=b2"],
    ["1010 ben approve D1 b=b2 => !unknown_mailbox"],
  ),
  history(
    "a dispatch under another, looser mailbox of the tenant",
    "1",
    "TenantWall",
    [...waiting, "900 oda create_mailbox autonomous b=b2"],
    ["1010 sys dispatch b=b2 => !unknown_mailbox"],
  ),
  history(
    "a decision under another tenant",
    "1",
    "TenantWall",
    [...waiting, "900 oda create_tenant t=t2", "900 oda create_mailbox autonomous t=t2 b=b2"],
    ["1010 ben approve D1 t=t2 b=b2 => !unknown_mailbox"],
  ),
];

const editing: readonly Draft[] = [
  history(
    "an edit voids the approvals there are",
    "15",
    "ContentSwap",
    [...mailbox("gated_send", "quorum=2"), "1000 ada submit D1", "1001 ben approve D1"],
    ["1010 ada revise D1 D2 => pending_approval", "1011 cat approve D2 => pending_approval"],
  ),
  history("an edit back to the old content does not bring approvals back", "15", "ContentSwap", queued, [
    "1020 ada revise D1 D2 => pending_approval",
    "1021 ada revise D2 D1 => pending_approval",
  ]),
  history("an edit to the content that is there voids the approvals", "15", "ContentSwap", queued, [
    "1020 ada revise D1 D1 => pending_approval",
  ]),
  history(
    "an edit opens a new decision window",
    "15 19",
    "StaleApproval",
    [...mailbox("gated_send", "window=100"), "1000 ada submit D1"],
    ["1090 ada revise D1 D2 => pending_approval", "1150 sys expire => !not_due", "1190 sys expire => expired"],
  ),
  history("an approved message that is edited waits again", "15", "ContentSwap", queued, [
    "1020 ada revise D1 D2 => pending_approval",
    "1021 sys dispatch => !wrong_status",
  ]),
  history("an approved, scheduled message that is edited waits again", "15", "ContentSwap", scheduled, [
    "1020 ada revise D1 D2 at=2000 => pending_approval",
  ]),
  history(
    "a reviewer's edit voids all approvals, their own too",
    "15",
    "ContentSwap",
    [...mailbox("gated_send", "quorum=2"), "1000 ada submit D1", "1001 ben approve D1"],
    [
      "1010 ben revise D1 D2 => pending_approval",
      "1011 ben approve D2 => pending_approval",
      "1012 cat approve D2 => queued",
    ],
  ),
  history("a reviewer's edit does not make them the author", "15 21", "FalseRefusal", waiting, [
    "1010 ben revise D1 D2 => pending_approval",
    "1011 ben approve D2 => queued",
  ]),
  history(
    "an edit from another content than the present is refused",
    "22 15",
    "LostRace",
    [...waiting, "1005 ada revise D1 D2"],
    ["1010 ben revise D1 D3 => !stale_digest"],
  ),
  history(
    "an edit takes the request's mode along: a stricter one binds at dispatch",
    "15 10",
    "GateBypass",
    [...free, "1000 ada submit D1 at=5000"],
    ["1001 ada revise D1 D2 at=5000 asks=gated_send => pending_approval"],
  ),
  history("a waiting message edited to a blocked recipient", "12 15", "RiskIgnored", waiting, [
    "1010 ada revise D1 D2 blocked => !recipient_blocked",
  ]),
  history(
    "a message that waited for its risk is edited to what has none, and leaves",
    "11 15",
    "FalseRefusal",
    [...free, "1000 ada submit D1 held"],
    ["1010 ada revise D1 D2 => queued"],
  ),
  history(
    "a message that waited for its risk is edited to what has none, for later",
    "11 15",
    "FalseRefusal",
    [...free, "1000 ada submit D1 held"],
    ["1010 ada revise D1 D2 at=2000 => scheduled"],
  ),
  history(
    "a free message is edited and stays free",
    "11 15",
    "FalseRefusal",
    [...free, "1000 ada submit D1"],
    ["1010 ada revise D1 D2 => queued"],
  ),
  history("a scheduled message is edited for another time", "11 15", "FalseRefusal", freeScheduled, [
    "1010 ada revise D1 D2 at=3000 => scheduled",
    "2999 sys release => !not_due",
    "3000 sys release => queued",
  ]),
  history("a scheduled message edited to a blocked recipient", "12 15", "RiskIgnored", scheduled, [
    "1020 ada revise D1 D2 blocked => !recipient_blocked",
  ]),
  ...(["scheduled", "queued"] as const).flatMap((status) => {
    const before = status === "queued" ? queued : scheduled;
    return [
      history(`${status}: an edit by a revoked reviewer`, "24", "RevokedReviewer", before, [
        "1020 oda revoke_reviewer cat => ok",
        "1021 cat revise D1 D2 => !reviewer_revoked",
      ]),
      history(`${status}: an edit from another content`, "22", "LostRace", before, [
        "1021 ada revise D9 D2 => !stale_digest",
      ]),
      history(`${status}: an edit while halted`, "6", "KillSwitch", before, [
        "1020 oda halt => ok",
        "1021 ada revise D1 D2 => !halted",
      ]),
      history(`${status}: an edit while read_only`, "5", "KillSwitch", before, [
        "1020 ada set_mode read_only => read_only",
        "1021 ada revise D1 D2 => !read_only",
      ]),
    ];
  }),
  history("scheduled: nothing expires while the approvals are good", "19", "OffByOne", scheduled, [
    "1020 sys expire => !not_due",
  ]),
  history("scheduled: a revoke of somebody who did not approve", "24", "WrongOrder", scheduled, [
    "1020 oda revoke cat => !not_approved_by",
  ]),
  history(
    "scheduled: a revoke with approvals to spare",
    "24",
    "FalseRefusal",
    [
      ...mailbox("gated_send", "quorum=2"),
      "1000 ada submit D1 at=2000",
      "1010 ben approve D1",
      "1011 cat approve D1",
      "1012 oda set_policy quorum=1",
    ],
    ["1020 oda revoke_reviewer ben => ok", "1020 oda revoke ben => scheduled"],
  ),
  history(
    "pending: a revoke with approvals to spare",
    "24",
    "FalseRefusal",
    [
      ...mailbox("gated_send", "quorum=3"),
      "1000 ada submit D1",
      "1010 ben approve D1",
      "1011 cat approve D1",
      "1012 oda set_policy quorum=1",
    ],
    ["1020 oda revoke ben => pending_approval", "1021 sys dispatch => !wrong_status"],
  ),
  history("dispatching: a revoke of somebody who did not approve", "24", "WrongOrder", flying, [
    "1030 oda revoke cat => !not_approved_by",
  ]),
  history(
    "dispatching: a revoke with approvals to spare",
    "24",
    "FalseRefusal",
    [
      ...mailbox("gated_send", "quorum=2"),
      "1000 ada submit D1",
      "1010 ben approve D1",
      "1011 cat approve D1",
      "1012 sys dispatch",
      "1013 oda set_policy quorum=1",
    ],
    ["1020 oda revoke ben => dispatching", "1030 sys deferred 1 => queued", "1031 sys dispatch => dispatching"],
  ),
  history("uncertain: a revoke of somebody who did not approve", "24", "WrongOrder", lost, [
    "1040 oda revoke cat => !not_approved_by",
  ]),
  history(
    "uncertain: a revoke with approvals to spare",
    "24",
    "FalseRefusal",
    [
      ...mailbox("gated_send", "quorum=2"),
      "1000 ada submit D1",
      "1010 ben approve D1",
      "1011 cat approve D1",
      "1012 sys dispatch",
      "1013 oda set_policy quorum=1",
      "1014 sys lost 1",
    ],
    ["1020 oda revoke ben => uncertain"],
  ),
  history("an edit of another agent's mail", "51", "ForeignMail", waiting, ["1010 bob revise D1 D2 => !not_permitted"]),
  history("another agent's edit of an approved message", "51 15", "ForeignMail", queued, [
    "1020 bob revise D1 D2 => !not_permitted",
  ]),
  history(
    "an edit by the owner named at submit, as an agent",
    "51",
    "FalseRefusal",
    [...gated, "1000 ada submit D1 owner=ann"],
    ["1010 ann revise D1 D2 as=agent => pending_approval"],
  ),
  history(
    "a cancel by the owner named at submit, as an agent",
    "51 16",
    "FalseRefusal",
    [...gated, "1000 ada submit D1 owner=ann"],
    ["1010 ann cancel as=agent => cancelled"],
  ),
  history("a cancel of another agent's mail", "51", "ForeignMail", waiting, ["1010 bob cancel => !not_permitted"]),
  history(
    "an edit by the agent does not change who owns it",
    "51 21",
    "SelfDecision",
    [...gated, "1000 ada submit D1 owner=ann"],
    ["1010 ada revise D1 D2 => pending_approval", "1020 ann approve D2 => !self_decision"],
  ),
  history("a cancel while it waits", "16 55", "StuckMessage", waiting, ["1010 ada cancel => cancelled"]),
  history("a cancel while it is scheduled", "16 55", "StuckMessage", scheduled, ["1020 ada cancel => cancelled"]),
  history("a cancel while it is queued", "16 55", "StuckMessage", queued, ["1020 ada cancel => cancelled"]),
  history("an operator's cancel while it waits", "16 55", "StuckMessage", waiting, ["1010 oda cancel => cancelled"]),
  history("an operator's cancel while it is scheduled", "16 55", "StuckMessage", scheduled, [
    "1020 oda cancel => cancelled",
  ]),
  history(
    "an operator's cancel of a queued message while halted and read_only",
    "55 16",
    "StuckMessage",
    [...queued, "1011 ada set_mode read_only", "1012 oda halt"],
    ["1020 oda cancel => cancelled"],
  ),
  history("a cancel once it is handed over is refused", "16 17", "DoubleSend", flying, [
    "1030 ada cancel => !wrong_status",
  ]),
  history("an operator's cancel of what is uncertain is refused", "16 17", "DoubleSend", lost, [
    "1040 oda cancel => !wrong_status",
  ]),
  history(
    "a cancelled message is not dispatched",
    "17 16",
    "EndUndone",
    [...queued, "1015 ada cancel"],
    ["1020 sys dispatch => !wrong_status"],
  ),
];

const short = mailbox("gated_send", "window=100 age=50");

const time: readonly Draft[] = [
  history(
    "the second before the window ends, an approve is taken",
    "19",
    "OffByOne",
    [...short, "1000 ada submit D1"],
    ["1099 ben approve D1 => queued"],
  ),
  history(
    "at the end of the window an approve is refused",
    "19",
    "StaleApproval OffByOne",
    [...short, "1000 ada submit D1"],
    ["1100 ben approve D1 => !window_closed"],
  ),
  history(
    "after the window an approve is refused",
    "19",
    "StaleApproval",
    [...short, "1000 ada submit D1"],
    ["5000 ben approve D1 => !window_closed"],
  ),
  history(
    "after the window a rejection still works",
    "19 14",
    "StuckMessage",
    [...short, "1000 ada submit D1"],
    ["5000 ben reject D1 => rejected"],
  ),
  history(
    "the second before the window ends nothing expires",
    "19",
    "OffByOne",
    [...short, "1000 ada submit D1"],
    ["1099 sys expire => !not_due"],
  ),
  history(
    "at the end of the window the message expires",
    "19",
    "OffByOne",
    [...short, "1000 ada submit D1"],
    ["1100 sys expire => expired"],
  ),
  history(
    "an expired message cannot be approved",
    "19 17",
    "EndUndone StaleApproval",
    [...short, "1000 ada submit D1", "1100 sys expire"],
    ["1101 ben approve D1 => !wrong_status"],
  ),
  history(
    "silence never approves",
    "19 53",
    "AutomaticApproval",
    [...short, "1000 ada submit D1"],
    ["2000 sys dispatch => !wrong_status", "2001 sys release => !wrong_status", "2002 sys expire => expired"],
  ),
  history(
    "an approval the second before its age ends still counts at dispatch",
    "19 28",
    "OffByOne",
    [...short, "1000 ada submit D1", "1010 ben approve D1"],
    ["1059 sys dispatch => dispatching"],
  ),
  history(
    "an approval at the end of its age does not count at dispatch",
    "19 28",
    "StaleApproval OffByOne",
    [...short, "1000 ada submit D1", "1010 ben approve D1"],
    ["1060 sys dispatch => pending_approval"],
  ),
  history(
    "a queued message whose approval is past its age expires",
    "19",
    "StaleApproval",
    [...short, "1000 ada submit D1", "1010 ben approve D1"],
    ["1060 sys expire => expired"],
  ),
  history(
    "a queued message whose approval is not past its age does not expire",
    "19",
    "OffByOne",
    [...short, "1000 ada submit D1", "1010 ben approve D1"],
    ["1059 sys expire => !not_due"],
  ),
  history(
    "a scheduled message whose approval is past its age expires",
    "19",
    "StaleApproval",
    [...short, "1000 ada submit D1 at=3000", "1010 ben approve D1"],
    ["1060 sys expire => expired"],
  ),
  history(
    "a queued message that needed no approval does not expire",
    "19 11",
    "StuckMessage",
    [...mailbox("autonomous", "window=100 age=50"), "1000 ada submit D1"],
    ["9000 sys expire => !not_due", "9001 sys dispatch => dispatching"],
  ),
  history(
    "of three approvals for two, one past its age does no harm",
    "19 23",
    "FalseRefusal",
    [...mailbox("gated_send", "quorum=2 age=50"), "1000 ada submit D1", "1001 ben approve D1", "1040 cat approve D1"],
    ["1045 sys expire => !not_due", "1051 sys expire => expired"],
  ),
  history(
    "an approval past its age does not count towards the quorum",
    "19 23",
    "StaleApproval QuorumForged",
    [...mailbox("gated_send", "quorum=2 age=50"), "1000 ada submit D1", "1001 ben approve D1"],
    ["1051 cat approve D1 => pending_approval", "1052 ben approve D1 => queued"],
  ),
  history(
    "a message back from dispatch has a new decision window",
    "28 19",
    "StuckMessage",
    [...short, "1000 ada submit D1", "1010 ben approve D1"],
    ["1200 sys dispatch => pending_approval", "1299 cat approve D1 => queued"],
  ),
  history(
    "an age that an operator shortens counts at the dispatch",
    "19 28",
    "StaleApproval",
    [...mailbox("gated_send", "age=5000"), "1000 ada submit D1", "1010 ben approve D1"],
    ["1020 oda set_policy age=50 => gated_send", "1100 sys dispatch => pending_approval"],
  ),
  history("a release before its time is refused", "27", "OffByOne", scheduled, ["1999 sys release => !not_due"]),
  history("a release at its time", "27", "OffByOne", scheduled, ["2000 sys release => queued"]),
  history("a release of a message that was never gated", "27 11", "StuckMessage", freeScheduled, [
    "1999 sys release => !not_due",
    "2001 sys release => queued",
  ]),
  history("a scheduled message is not dispatched before its release", "27 17", "StaleApproval", scheduled, [
    "1999 sys dispatch => !wrong_status",
  ]),
  history(
    "the time of the event counts, not the time of the one before",
    "18",
    "StaleApproval",
    [...short, "1000 ada submit D1"],
    ["1050 ben reject D9 => !stale_digest", "1100 ben approve D1 => !window_closed"],
  ),
  history(
    "a scheduled message that is due long after its approval's age goes back at dispatch",
    "19 28",
    "StaleApproval",
    [...mailbox("gated_send", "age=50"), "1000 ada submit D1 at=2000", "1010 ben approve D1"],
    ["2000 sys release => queued", "2001 sys dispatch => pending_approval"],
  ),
];

const leaving: readonly Draft[] = [
  history(
    "a mailbox tightened after the submit holds the message at dispatch",
    "28 39",
    "GateBypass",
    [...free, "1000 ada submit D1"],
    ["1010 ada set_mode gated_send => gated_send", "1020 sys dispatch => pending_approval"],
  ),
  history(
    "a mailbox tightened while the message is scheduled holds it at dispatch",
    "28 39",
    "GateBypass",
    freeScheduled,
    ["1010 oda set_mode gated_all => gated_all", "2000 sys release => queued", "2001 sys dispatch => pending_approval"],
  ),
  history(
    "a verdict that became high at dispatch holds the message",
    "28 10",
    "RiskIgnored",
    [...free, "1000 ada submit D1"],
    ["1020 sys dispatch held => pending_approval"],
  ),
  history("a verdict that became high at dispatch does not hold an approved message", "28", "FalseRefusal", queued, [
    "1020 sys dispatch held => dispatching",
  ]),
  history("a raised quorum counts at dispatch, and live approvals are kept", "28 13", "QuorumForged", queued, [
    "1015 oda set_policy quorum=2 => gated_send",
    "1020 sys dispatch => pending_approval",
    "1021 ben approve D1 => !already_approved",
    "1022 cat approve D1 => queued",
  ]),
  history(
    "tightened and loosened again before any dispatch: it leaves",
    "28",
    "FalseRefusal",
    [...free, "1000 ada submit D1"],
    [
      "1010 oda set_mode gated_send => gated_send",
      "1011 oda set_mode autonomous => autonomous",
      "1012 sys dispatch => dispatching",
    ],
  ),
  history(
    "the mode asked for at submit still binds at dispatch",
    "28 2",
    "GateBypass",
    [...gated, "1000 ada submit D1 asks=gated_all", "1010 ben approve D1"],
    [
      "1011 oda set_mode autonomous => autonomous",
      "1015 oda revoke_reviewer ben => ok",
      "1016 sys dispatch => pending_approval",
    ],
  ),
  history("only what is approved leaves a gated mailbox", "39", "GateBypass", queued, [
    "1020 sys dispatch => dispatching",
  ]),
  history("a waiting message cannot be dispatched", "39", "GateBypass", waiting, [
    "1020 sys dispatch => !wrong_status",
  ]),
  history("delivered", "30 52", "StuckMessage", flying, ["1030 sys delivered 1 => delivered"]),
  history("failed", "30 55", "StuckMessage", flying, ["1030 sys failed 1 => failed"]),
  history(
    "failed ends it whatever the mode and the stop switch",
    "55 30",
    "StuckMessage",
    [...flying, "1021 ada set_mode read_only", "1022 oda halt"],
    ["1030 sys failed 1 => failed"],
  ),
  history("deferred keeps the approvals and the attempts count on", "30 26", "StuckMessage", flying, [
    "1030 sys deferred 1 => queued",
    "1040 sys dispatch => dispatching",
    "1050 sys deferred 2 => queued",
    "1060 sys dispatch => dispatching",
    "1070 sys delivered 3 => delivered",
  ]),
  history("deferred, and tightened before the next try", "28 30", "KillSwitch", flying, [
    "1030 sys deferred 1 => queued",
    "1035 oda halt => ok",
    "1040 sys dispatch => !halted",
  ]),
  history(
    "deferred until the approval is past its age",
    "30 19 28",
    "StaleApproval",
    [...mailbox("gated_send", "age=50"), "1000 ada submit D1", "1010 ben approve D1", "1020 sys dispatch"],
    ["1030 sys deferred 1 => queued", "1060 sys dispatch => pending_approval"],
  ),
  history("a second dispatch while one is under way", "32 17", "DoubleSend", flying, [
    "1021 sys dispatch => !wrong_status",
  ]),
  history(
    "a report on an attempt that is over",
    "31",
    "DoubleSend",
    [...flying, "1030 sys deferred 1", "1040 sys dispatch"],
    ["1041 sys delivered 1 => !stale_attempt"],
  ),
  history("a report on an attempt that has not begun", "31", "DoubleSend", flying, [
    "1030 sys deferred 2 => !stale_attempt",
  ]),
  history(
    "a report of failure on an attempt that is over",
    "31",
    "DoubleSend",
    [...flying, "1030 sys deferred 1", "1040 sys dispatch"],
    ["1041 sys failed 1 => !stale_attempt"],
  ),
  history(
    "a report of loss on an attempt that is over",
    "31",
    "DoubleSend",
    [...flying, "1030 sys deferred 1", "1040 sys dispatch"],
    ["1041 sys lost 1 => !stale_attempt"],
  ),
  history("a lost reply is not tried again by itself", "32", "DoubleSend", flying, [
    "1030 sys lost 1 => uncertain",
    "1040 sys dispatch => !wrong_status",
    "1041 sys deferred 1 => !wrong_status",
  ]),
  history(
    "a lost reply in autonomous is not tried again either",
    "32",
    "DoubleSend",
    [...free, "1000 ada submit D1", "1001 sys dispatch"],
    ["1030 sys lost 1 => uncertain", "1040 sys dispatch => !wrong_status"],
  ),
  history("a late report on a lost hand-over", "32 17", "EndUndone", lost, ["1040 sys delivered 1 => !wrong_status"]),
  history("resolved as delivered", "33 55", "StuckMessage", lost, ["1040 cat resolve delivered D1 => delivered"]),
  history("resolved as failed", "33 55", "StuckMessage", lost, ["1040 cat resolve failed D1 => failed"]),
  history("resolved as delivered by the operator", "33", "StuckMessage", lost, [
    "1040 oda resolve delivered D1 => delivered",
  ]),
  history(
    "resolved as failed by the operator, halted and read_only",
    "33 55",
    "StuckMessage",
    [...lost, "1031 ada set_mode read_only", "1032 oda halt"],
    ["1040 oda resolve failed D1 => failed"],
  ),
  history("a resolve of another content", "22 33", "ContentSwap", lost, [
    "1040 cat resolve delivered D2 => !stale_digest",
  ]),
  history("two hand-overs need two resolutions", "32 34", "DoubleSend", lost, [
    "1040 cat resolve retry D1 => queued",
    "1041 sys dispatch => dispatching",
    "1042 sys lost 2 => uncertain",
    "1043 sys dispatch => !wrong_status",
    "1044 cat resolve delivered D1 => delivered",
  ]),
  history("the order of the log is approval, hand-over, delivery", "52 35", "EvidenceOrder", waiting, [
    "1010 sys delivered 1 => !wrong_status",
    "1020 ben approve D1 => queued",
    "1021 sys delivered 1 => !wrong_status",
    "1022 sys dispatch => dispatching",
    "1023 sys delivered 1 => delivered",
  ]),
  history("refused events change nothing", "56 17", "EndUndone", waiting, [
    "1001 bob cancel => !not_permitted",
    "1002 ben approve D2 => !stale_digest",
    "1003 ben reject D2 => !stale_digest",
    "1004 ada revise D2 D3 => !stale_digest",
    "1005 sys expire => !not_due",
    "1006 oda revoke ben => !not_approved_by",
    "1007 sys dispatch => !wrong_status",
  ]),
];

export const lifecycle: readonly Draft[] = [
  ...sweeps,
  ...unknown,
  ...unattendedSweeps,
  ...comingIn,
  ...editing,
  ...time,
  ...leaving,
];

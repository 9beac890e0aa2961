/**
 * Vectors of spec/modes.md.
 */
import type { Json } from "../runner/vectors.ts";
import { stated, type Draft } from "./draft.ts";
import { history, mailbox } from "./history.ts";

const names = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"] as const;

const effective = (
  comment: string,
  requirements: readonly string[],
  flags: readonly string[],
  [box, requested, held, halted]: readonly [Json, Json, boolean, boolean],
  mode: string,
): Draft =>
  stated({
    comment,
    requirements,
    flags,
    op: "effective_mode",
    input: { mailbox: box, requested, held, halted },
    expect: { ok: { mode } },
  });

/** The strictest of all sources, written out by hand once and for all: the rank is the place in `names`. */
const combinations: readonly Draft[] = names.flatMap((box, i) =>
  [null, ...names].flatMap((requested) => {
    const j = requested === null ? 4 : names.indexOf(requested);
    return [false, true].map((held) =>
      effective(
        `mailbox ${box}, asked for ${requested ?? "nothing"}${held ? ", held" : ""}`,
        ["OV-2", "OV-38", ...(j > i ? ["OV-9"] : [])],
        [j > i ? "ModeRaise" : held ? "RiskIgnored" : "GateBypass"],
        [box, requested, held, false],
        names[Math.min(i, j, held ? 2 : 4)]!,
      ),
    );
  }),
);

const halted: readonly Draft[] = names.map((box) =>
  effective(
    `a halted tenant's mailbox in ${box} is read_only`,
    ["OV-2", "OV-6"],
    ["KillSwitch"],
    [box, null, false, true],
    "read_only",
  ),
);

const unreadable: readonly Draft[] = (
  [
    ["missing", null],
    ["the empty string", ""],
    ["in capitals", "AUTONOMOUS"],
    ["with a blank behind", "autonomous "],
    ["a mode of a later version", "supervised"],
    ["a number", 4],
    ["a boolean", true],
    ["a list", ["autonomous"]],
    ["an object", { mode: "autonomous" }],
    ["the name of a property every object has", "constructor"],
  ] as const
).map(([what, value]) =>
  effective(
    `a mailbox's mode that is ${what} is read_only`,
    ["OV-4"],
    ["FailOpen"],
    [value as Json, null, false, false],
    "read_only",
  ),
);

const unreadableRequest: readonly Draft[] = (
  [
    ["a mode of a later version", "supervised"],
    ["the empty string", ""],
    ["a number", 3],
  ] as const
).map(([what, value]) =>
  effective(
    `a request for ${what} is taken for read_only`,
    ["OV-4", "OV-9"],
    ["FailOpen"],
    ["autonomous", value as Json, false, false],
    "read_only",
  ),
);

const operator = "950 oda set_mode";

const raising: readonly Draft[] = names.flatMap((from, i) =>
  names.flatMap((to, j) => {
    const before = mailbox(from);
    if (i === j)
      return i === 2
        ? [
            history(`an operator sets the mode that is there`, "3 8", "WrongOrder", before, [
              `${operator} ${to} => !no_change`,
            ]),
            history(`an agent sets the mode that is there`, "3 8", "WrongOrder", before, [
              `950 ada set_mode ${to} => !no_change`,
            ]),
          ]
        : [];
    const looser = j > i;
    return [
      history(`an agent asks ${from} to become ${to}`, "3 8", looser ? "ModeRaise" : "FalseRefusal", before, [
        `950 ada set_mode ${to} => ${looser ? "!mode_raise" : to}`,
      ]),
      ...(looser
        ? [
            history(`an operator raises ${from} to ${to}`, "3 8", "FalseRefusal", before, [
              `${operator} ${to} => ${to}`,
            ]),
          ]
        : []),
    ];
  }),
);

const gated = mailbox("gated_send");

const others: readonly Draft[] = [
  history("a reviewer raises a mode", "3 20", "ModeRaise WrongRole", gated, [
    "950 ben set_mode autonomous => !not_permitted",
  ]),
  history("a reviewer lowers a mode", "20", "WrongRole", gated, ["950 ben set_mode read_only => !not_permitted"]),
  history("the system raises a mode", "3 20", "ModeRaise WrongRole", gated, [
    "950 sys set_mode autonomous => !not_permitted",
  ]),
  history("an agent lowers, then cannot raise back", "3", "ModeRaise", mailbox("monitored"), [
    "950 ada set_mode gated_all => gated_all",
    "960 ada set_mode monitored => !mode_raise",
  ]),
  history("a mode of a mailbox that is not there", "1", "TenantWall", gated, [
    "950 oda set_mode read_only b=b9 => !unknown_mailbox",
  ]),
  history(
    "a mode of another tenant's mailbox",
    "1",
    "TenantWall",
    [...gated, "900 oda create_tenant t=t2"],
    ["950 oda set_mode autonomous t=t2 => !unknown_mailbox"],
  ),
  history("a mailbox that is there already is not made again", "1", "ModeRaise", gated, [
    "950 oda create_mailbox autonomous => !exists",
  ]),
  history("an agent makes no mailbox", "20", "WrongRole ModeRaise", gated, [
    "950 ada create_mailbox autonomous b=b2 => !not_permitted",
  ]),
  history("an agent sets no policy", "20", "WrongRole", gated, [
    "950 ada set_policy quorum=1 age=9999999 => !not_permitted",
  ]),
  history("a reviewer sets no policy", "20", "WrongRole", mailbox("gated_send", "quorum=2"), [
    "950 ben set_policy quorum=1 => !not_permitted",
  ]),
];

const leaving: readonly Draft[] = [
  history("the example of modes.md", "2 6 10 13 28 54 7", "GateBypass", mailbox("monitored"), [
    "1000 ada submit D1 held => pending_approval",
    "1040 oda halt => ok",
    "1050 ben approve D1 held => queued",
    "1051 sys dispatch held => !halted",
    "1100 oda resume => ok",
    "1101 sys dispatch held => dispatching",
  ]),
  history("read_only: a submit is refused", "5", "KillSwitch", mailbox("read_only"), ["1000 ada submit D1 => refused"]),
  history("a request may ask for read_only, and is refused", "5 2", "KillSwitch", mailbox("autonomous"), [
    "1000 ada submit D1 asks=read_only => refused",
  ]),
  history(
    "read_only: a waiting message is not edited",
    "5",
    "KillSwitch",
    [...gated, "1000 ada submit D1"],
    ["1010 ada set_mode read_only => read_only", "1020 ada revise D1 D2 => !read_only"],
  ),
  history(
    "read_only: an edit that asks for read_only changes nothing",
    "5",
    "KillSwitch",
    [...gated, "1000 ada submit D1"],
    ["1020 ada revise D1 D2 asks=read_only => !read_only"],
  ),
  history(
    "read_only: an approved message is not dispatched",
    "5 28",
    "KillSwitch",
    [...gated, "1000 ada submit D1", "1010 ben approve D1"],
    ["1020 ada set_mode read_only => read_only", "1030 sys dispatch => !read_only"],
  ),
  history(
    "read_only: a free message is not dispatched",
    "5 28",
    "KillSwitch",
    [...mailbox("autonomous"), "1000 ada submit D1"],
    ["1020 oda set_mode read_only => read_only", "1030 sys dispatch => !read_only"],
  ),
  history(
    "read_only is lifted: the approved message leaves",
    "5 28",
    "StuckMessage",
    [...gated, "1000 ada submit D1", "1010 ben approve D1"],
    [
      "1020 oda set_mode read_only => read_only",
      "1030 sys dispatch => !read_only",
      "1040 oda set_mode gated_send => gated_send",
      "1050 sys dispatch => dispatching",
    ],
  ),
  history(
    "read_only: a waiting message can be approved, rejected or cancelled",
    "5",
    "StuckMessage",
    [
      ...gated,
      "1000 ada submit D1",
      "1000 ada submit D2 m=m2",
      "1000 ada submit D3 m=m3",
      "1010 oda set_mode read_only",
    ],
    ["1020 ben approve D1 => queued", "1021 ben reject D2 m=m2 => rejected", "1022 ada cancel m=m3 => cancelled"],
  ),
  history(
    "halted: a submit is refused",
    "6",
    "KillSwitch",
    [...mailbox("autonomous"), "950 oda halt"],
    ["1000 ada submit D1 => refused"],
  ),
  history(
    "halted: an edit is refused",
    "6",
    "KillSwitch",
    [...gated, "1000 ada submit D1", "1005 oda halt"],
    ["1010 ada revise D1 D2 => !halted"],
  ),
  history(
    "halted: a reviewer's edit is refused",
    "6",
    "KillSwitch",
    [...gated, "1000 ada submit D1", "1005 oda halt"],
    ["1010 ben revise D1 D2 => !halted"],
  ),
  history(
    "halted: a free message is not dispatched",
    "6",
    "KillSwitch",
    [...mailbox("autonomous"), "1000 ada submit D1", "1005 oda halt"],
    ["1010 sys dispatch => !halted"],
  ),
  history(
    "halted: an approved message is not dispatched",
    "6",
    "KillSwitch",
    [...gated, "1000 ada submit D1", "1002 ben approve D1", "1005 oda halt"],
    ["1010 sys dispatch => !halted"],
  ),
  history(
    "halted reaches every mailbox of the tenant",
    "6",
    "KillSwitch",
    [...mailbox("autonomous"), "900 oda create_mailbox autonomous b=b2", "950 oda halt"],
    ["1000 ada submit D1 b=b2 => refused"],
  ),
  history(
    "a halt of one tenant does not reach another",
    "6",
    "FalseRefusal TenantWall",
    [
      ...mailbox("autonomous"),
      "900 oda create_tenant t=t2",
      "900 oda create_mailbox autonomous t=t2 b=b2",
      "950 oda halt",
    ],
    ["1000 ada submit D1 t=t2 b=b2 => queued"],
  ),
  history(
    "a halted tenant is not halted again",
    "1 6",
    "WrongOrder",
    [...gated, "950 oda halt"],
    ["960 oda halt => !no_change"],
  ),
  history("a tenant that is not halted does not resume", "1 6", "WrongOrder", gated, ["960 oda resume => !no_change"]),
  history(
    "an agent does not resume",
    "6 20",
    "KillSwitch WrongRole",
    [...gated, "950 oda halt"],
    ["960 ada resume => !not_permitted"],
  ),
  history(
    "a reviewer does not resume",
    "6 20",
    "KillSwitch WrongRole",
    [...gated, "950 oda halt"],
    ["960 ben resume => !not_permitted"],
  ),
  history("an agent does not halt", "20", "WrongRole", gated, ["960 ada halt => !not_permitted"]),
  history("a halt of a tenant that is not there", "1", "TenantWall", gated, ["960 oda halt t=t9 => !unknown_tenant"]),
  history(
    "a tenant that is there already is not made again",
    "1 6",
    "KillSwitch",
    [...gated, "950 oda halt"],
    ["960 oda create_tenant => !exists"],
  ),
  history("monitored: it leaves at once, with a copy", "7 11", "MissingCommand", mailbox("monitored"), [
    "1000 ada submit D1 => queued",
    "1001 sys dispatch => dispatching",
  ]),
  history("asked for monitored in an autonomous mailbox: a copy", "7 2", "MissingCommand", mailbox("autonomous"), [
    "1000 ada submit D1 asks=monitored => queued",
    "1001 sys dispatch => dispatching",
  ]),
  history("autonomous: no copy", "7 11", "MissingCommand", mailbox("autonomous"), [
    "1000 ada submit D1 => queued",
    "1001 sys dispatch => dispatching",
  ]),
  history("gated and approved: no copy", "7 13", "MissingCommand", gated, [
    "1000 ada submit D1 => pending_approval",
    "1001 ben approve D1 => queued",
    "1002 sys dispatch => dispatching",
  ]),
  history(
    "monitored when it was submitted, autonomous when it leaves: no copy",
    "7 28",
    "MissingCommand",
    [...mailbox("monitored"), "1000 ada submit D1"],
    ["1001 oda set_mode autonomous => autonomous", "1002 sys dispatch => dispatching"],
  ),
  history(
    "autonomous when it was submitted, monitored when it leaves: a copy",
    "7 28",
    "MissingCommand",
    [...mailbox("autonomous"), "1000 ada submit D1"],
    ["1001 ada set_mode monitored => monitored", "1002 sys dispatch => dispatching"],
  ),
  history("a request for autonomous does not loosen gated_send", "9", "GateBypass ModeRaise", gated, [
    "1000 ada submit D1 asks=autonomous => pending_approval",
  ]),
  history("a request for monitored does not loosen gated_all", "9", "GateBypass ModeRaise", mailbox("gated_all"), [
    "1000 ada submit D1 asks=monitored => pending_approval",
  ]),
  history("a request for autonomous does not loosen read_only", "9 5", "KillSwitch ModeRaise", mailbox("read_only"), [
    "1000 ada submit D1 asks=autonomous => refused",
  ]),
  history(
    "a request for autonomous does not spare monitored its copy",
    "9 7",
    "ModeRaise MissingCommand",
    mailbox("monitored"),
    ["1000 ada submit D1 asks=autonomous => queued", "1001 sys dispatch => dispatching"],
  ),
  history(
    "an edit that asks for autonomous does not loosen",
    "9",
    "GateBypass ModeRaise",
    [...gated, "1000 ada submit D1"],
    ["1010 ada revise D1 D2 asks=autonomous => pending_approval"],
  ),
  history("a clean score does not release what waits", "38 54", "GateBypass LoosenedFreesMail", gated, [
    "1000 ada submit D1 held => pending_approval",
    "1010 sys dispatch => !wrong_status",
  ]),
  history("a score over the threshold holds in autonomous", "10 38", "RiskIgnored GateBypass", mailbox("autonomous"), [
    "1000 ada submit D1 held => pending_approval",
  ]),
  history("a score over the threshold does not lift read_only", "38 5", "KillSwitch", mailbox("read_only"), [
    "1000 ada submit D1 held => refused",
  ]),
  history("a clean score does not loosen a gated mailbox", "38 10", "GateBypass", gated, [
    "1000 ada submit D1 => pending_approval",
  ]),
  history(
    "a raised mode frees nothing that waits",
    "54",
    "LoosenedFreesMail",
    [...gated, "1000 ada submit D1"],
    ["1010 oda set_mode autonomous => autonomous", "1011 sys dispatch => !wrong_status"],
  ),
  history(
    "a lowered quorum frees nothing that waits",
    "54",
    "LoosenedFreesMail",
    [...mailbox("gated_send", "quorum=2"), "1000 ada submit D1", "1005 ben approve D1"],
    [
      "1010 oda set_policy quorum=1 => gated_send",
      "1011 sys dispatch => !wrong_status",
      "1012 cat approve D1 => queued",
    ],
  ),
  history(
    "an ended halt frees nothing that waits",
    "54",
    "LoosenedFreesMail",
    [...gated, "1000 ada submit D1", "1001 oda halt"],
    ["1010 oda resume => ok", "1011 sys dispatch => !wrong_status"],
  ),
  history(
    "what waits in a mailbox that became autonomous leaves once approved",
    "54 13 7",
    "StuckMessage MissingCommand",
    [...gated, "1000 ada submit D1", "1010 oda set_mode monitored"],
    ["1020 ben approve D1 => queued", "1021 sys dispatch => dispatching"],
  ),
];

export const modes: readonly Draft[] = [
  ...combinations,
  ...halted,
  ...unreadable,
  ...unreadableRequest,
  ...raising,
  ...others,
  ...leaving,
];

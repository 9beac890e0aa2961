/**
 * Every way in × every mode: what leaves, and what does not.
 *
 * A door that the server does not have (404, 405) lets nothing out, which is all that is asked of it.
 */
import { excerpt, hasStatus, isRefused, type Answer } from "../api.ts";
import type { Check } from "../check.ts";
import { expect, same } from "../expect.ts";
import { inSeconds, pause, type House, type World } from "../world.ts";

interface Door {
  readonly number: number;
  readonly name: string;
  /** One the specification names: it must be there. */
  readonly named: boolean;
  readonly enter: (world: World, house: House) => Promise<Answer>;
}

const post =
  (path: (house: House) => string, body: (house: House) => unknown): Door["enter"] =>
  (world, house) =>
    world.call("POST", path(house), house.agent, body(house));

const withoutMailbox = (house: House, change: Record<string, unknown> = {}) => {
  const { mailbox: _, ...letter } = house.letter(change);
  return letter;
};

/** Numbers are part of the checks' ids: add at the end. */
const doors: readonly Door[] = [
  { number: 1, name: "POST /v1/send with the mailbox's id", named: true, enter: (_, house) => house.send() },
  {
    number: 2,
    name: "POST /v1/send with the mailbox's address",
    named: true,
    enter: (_, house) => house.send({ mailbox: house.address }),
  },
  {
    number: 3,
    name: "POST /v1/mailboxes/{id}/send",
    named: true,
    enter: post(
      ({ mailbox }) => `/v1/mailboxes/${mailbox}/send`,
      (house) => withoutMailbox(house),
    ),
  },
  {
    number: 4,
    name: "POST /v1/mailboxes/{address}/send",
    named: true,
    enter: post(
      ({ address }) => `/v1/mailboxes/${address}/send`,
      (house) => withoutMailbox(house),
    ),
  },
  {
    number: 5,
    name: "a send for later",
    named: true,
    enter: (world, house) => house.send({ send_at: inSeconds(world.soon) }),
  },
  {
    number: 6,
    name: "a send with an Idempotency-Key, twice",
    named: true,
    enter: async (world, house) => {
      const [letter, headers] = [house.letter(), { "idempotency-key": "door-6" }];
      const first = await world.call("POST", "/v1/send", house.agent, letter, headers);
      await world.call("POST", "/v1/send", house.agent, letter, headers);
      return first;
    },
  },
  {
    number: 7,
    name: "a send with blind copies, an attachment and HTML",
    named: true,
    enter: (_, house) =>
      house.send({
        bcc: [house.to("erin")],
        html: "<p>Resolved.</p>",
        body: undefined,
        attachments: [{ name: "a.txt", content_type: "text/plain", content_base64: "aGk=" }],
      }),
  },
  {
    number: 8,
    name: "a send that asks for autonomous",
    named: true,
    enter: (_, house) => house.send({ oversight_mode: "autonomous" }),
  },
  {
    number: 9,
    name: "a send that says it is approved",
    named: false,
    enter: (_, house) =>
      house.send({
        approved: true,
        status: "approved",
        skip_approval: true,
        approved_by: house.aliceId,
        decision: "approve",
      }),
  },
  {
    number: 10,
    name: "a send that asks to be scheduled first",
    named: false,
    enter: (_, house) => house.send({ gate_timing: "schedule_first", send_at: inSeconds(1) }),
  },
  {
    number: 11,
    name: "POST /v1/reply",
    named: false,
    enter: post(
      () => "/v1/reply",
      (house) => ({ ...house.letter(), email_id: "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV", in_reply_to: "<a@b.example>" }),
    ),
  },
  {
    number: 12,
    name: "POST /v1/mailboxes/{id}/reply/{email}",
    named: false,
    enter: post(
      ({ mailbox }) => `/v1/mailboxes/${mailbox}/reply/msg_01ARZ3NDEKTSV4RRFFQ69G5FAV`,
      (house) => withoutMailbox(house),
    ),
  },
  {
    number: 13,
    name: "POST /v1/emails/send",
    named: false,
    enter: post(
      () => "/v1/emails/send",
      (house) => house.letter(),
    ),
  },
  {
    number: 14,
    name: "POST /v1/send/bulk",
    named: false,
    enter: post(
      () => "/v1/send/bulk",
      (house) => ({ messages: [house.letter(), house.letter()], mailbox: house.mailbox }),
    ),
  },
  {
    number: 15,
    name: "POST /v1/send with a list",
    named: false,
    enter: post(
      () => "/v1/send",
      (house) => [house.letter(), house.letter()],
    ),
  },
  {
    number: 16,
    name: "a draft, made and sent (/v1)",
    named: false,
    enter: async (world, house) => {
      const draft = await world.call(
        "POST",
        `/v1/mailboxes/${house.mailbox}/drafts`,
        house.agent,
        withoutMailbox(house),
      );
      const id = draft.body?.id ?? draft.body?.draft_id;
      return id === undefined
        ? draft
        : world.call("POST", `/v1/mailboxes/${house.mailbox}/drafts/${id}/send`, house.agent, {});
    },
  },
  {
    number: 17,
    name: "POST /v0/inboxes/{inbox}/messages/send",
    named: false,
    enter: post(
      ({ address }) => `/v0/inboxes/${address}/messages/send`,
      (house) => ({ to: [house.to()], subject: "Hi", text: "Resolved." }),
    ),
  },
  {
    number: 18,
    name: "a draft, made and sent (/v0)",
    named: false,
    enter: async (world, house) => {
      const path = `/v0/inboxes/${house.address}/drafts`;
      const draft = await world.call("POST", path, house.agent, { to: [house.to()], subject: "Hi", text: "Resolved." });
      const id = draft.body?.draft_id;
      return id === undefined ? draft : world.call("POST", `${path}/${id}/send`, house.agent, {});
    },
  },
  {
    number: 19,
    name: "a draft with a moment to be sent at (/v0)",
    named: false,
    enter: post(
      ({ address }) => `/v0/inboxes/${address}/drafts`,
      (house) => ({ to: [house.to()], subject: "Hi", text: "Resolved.", send_at: inSeconds(1) }),
    ),
  },
  {
    number: 20,
    name: "an AgentMail reply, reply-all or forward (/v0)",
    named: false,
    enter: async (world, house) => {
      let last: Answer | null = null;
      for (const verb of ["reply", "reply-all", "forward"]) {
        last = await world.call("POST", `/v0/inboxes/${house.address}/messages/msg_none/${verb}`, house.agent, {
          to: [house.to()],
          text: "Resolved.",
        });
      }
      return last!;
    },
  },
];

const modes = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"] as const;
type Mode = (typeof modes)[number];

const there = (answer: Answer): boolean => answer.status >= 200 && answer.status < 300;

const checked = async (door: Door, mode: Mode, world: World): Promise<void> => {
  const house = await world.house({ oversight_mode: mode });
  const answer = await door.enter(world, house);
  if (!there(answer)) {
    // Whatever is refused, or is not there, lets nothing out.
    isRefused(answer, 400, 403, 404, 405, 409, 415, 422, 501);
    if (mode === "read_only" && door.named) isRefused(answer, 403);
    expect(!door.named || mode === "read_only", `this way in must be there, but ${excerpt(answer)}`);
    return house.nothingLeaves();
  }
  if (mode === "read_only") {
    expect(!door.named, `a submit in read_only is refused, but ${excerpt(answer)}`);
    return house.nothingLeaves();
  }
  if (!door.named) {
    // What it is called and how it answers is the server's own; only what leaves counts.
    if (mode === "gated_all" || mode === "gated_send") await house.nothingLeaves(2500);
    else await pause(300);
    for (const mail of house.mails())
      await house.leaves({ message_id: mail.messageId }, house.mails({ message_id: mail.messageId }).length);
    return;
  }
  hasStatus(answer, 202);
  const message = answer.body;
  for (const member of ["id", "pending_id", "status", "thread_id", "message_id", "digest", "identity_header"]) {
    expect(
      typeof message[member] === "string" && message[member] !== "",
      `the answer has no ${member}: ${answer.text.slice(0, 300)}`,
    );
  }
  expect(
    typeof message.domain_risk_score === "number",
    `the answer has no domain_risk_score: ${answer.text.slice(0, 300)}`,
  );
  if (mode === "gated_all" || mode === "gated_send") {
    same(message.status, "pending_approval", `status in ${mode}`);
    // A scheduled one must not leave when it is due either.
    await (door.number === 5 ? house.nothingLeavesWhenDue(message) : house.nothingLeaves());
    same((await house.show(message)).status, "pending_approval", "status after a while");
    return;
  }
  expect(
    message.status !== "pending_approval" && message.status !== "refused",
    `in ${mode} a clear message leaves, but ${excerpt(answer)}`,
  );
  const copies = mode === "monitored" ? 1 : 0;
  const mails = await house.leaves(message, 1 + copies);
  same((await house.until(message, "delivered")).status, "delivered", "status");
  const watchers = mails.filter(({ recipients }) => recipients.some((to) => to.startsWith("watch-")));
  same(watchers.length, copies, "copies to the oversight address");
};

const consequence = (mode: Mode): Check["flags"] =>
  mode === "read_only"
    ? ["NoStop"]
    : mode === "monitored"
      ? ["NoCopy"]
      : mode === "autonomous"
        ? ["Interoperability"]
        : ["Bypass"];

const clause = (mode: Mode): readonly string[] =>
  mode === "read_only"
    ? ["OV-5"]
    : mode === "monitored"
      ? ["OV-7", "OV-11"]
      : mode === "autonomous"
        ? ["OV-11"]
        : ["OV-39", "OV-10", "OV-2"];

const said: Readonly<Record<Mode, string>> = {
  read_only: "nothing leaves",
  gated_all: "it waits",
  gated_send: "it waits",
  monitored: "it leaves, with a copy to the oversight address",
  autonomous: "it leaves",
};

/** `service-doors-0103`: door 1, mode 3. */
export const doorChecks: readonly Check[] = doors.flatMap((door) =>
  modes.map((mode, i) => ({
    id: `service-doors-${String(door.number).padStart(2, "0")}0${i + 1}`,
    comment: `${mode}: ${door.name}${door.named ? `: ${said[mode]}` : `: whether there or not, ${mode === "monitored" || mode === "autonomous" ? "it is no error" : "nothing leaves"}`}`,
    requirements: clause(mode),
    flags: consequence(mode),
    run: (world: World) => checked(door, mode, world),
  })),
);

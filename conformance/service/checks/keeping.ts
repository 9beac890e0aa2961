/** What is kept, for how long, and what goes: records of the log that move no message. */
import { excerpt, hasStatus, isRefused, type Answer } from "../api.ts";
import type { Check } from "../check.ts";
import { expect, same } from "../expect.ts";
import { unique, type House, type Shown } from "../world.ts";
import { approveAndLeave } from "./waiting.ts";

const erase = (house: House, message: Shown, key = house.operator): Promise<Answer> =>
  house.call("POST", "/v1/erasures", key, { message_id: message.id });

/** A message that was rejected, with words that nobody else uses, and what is shown of it. */
const rejected = async (house: House) => {
  const words = { subject: unique("Subject"), body: unique("Body"), to: house.to(), reason: unique("Reason") };
  const { reason, ...letter } = words;
  const message = await house.sent(letter);
  hasStatus(await house.decide(house.alice, message, "reject", { reason }), 200);
  return { message, words };
};

/** All there is to see of a message. */
const seen = async (house: House, message: Shown): Promise<string> => {
  const paths = [
    `/v1/emails/${message.id}`,
    `/v1/mailboxes/${house.mailbox}/emails/${message.id}/raw`,
    `/v1/audit-log?message_id=${message.id}`,
  ];
  const answers = await Promise.all(paths.map((path) => house.call("GET", path, house.alice)));
  return answers.map(({ text }) => text).join("\n");
};

export const keepingChecks: readonly Check[] = [
  {
    id: "service-log-0027",
    comment:
      "holds, retention and erasure are an operator's: anybody else is refused, the log says so, and nothing moves",
    requirements: ["OV-80"],
    flags: ["Escalation", "LogGap"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      const before = await house.show(message);
      const hold = (key: string) => world.call("POST", "/v1/legal-holds", key, { message_id: message.id });
      for (const key of [house.agent, house.alice]) {
        isRefused(await hold(key), 403);
        isRefused(await world.call("PATCH", "/v1/retention", key, { days: 400 }), 403);
        isRefused(await erase(house, message, key), 403);
      }
      const made = hasStatus(await hold(house.operator), 201).body;
      same(await house.show(message), before, "the message, after a hold on it");
      const holds = (await house.log()).filter(({ type }) => type === "legal_hold");
      const refused = holds.filter(({ outcome }) => outcome === "refused");
      same(holds.length - refused.length, 1, "accepted entries of holds");
      for (const { refusal } of refused) same(refusal, "not_permitted", "why the log says a hold was refused");
      await approveAndLeave(house, message);
      hasStatus(await world.call("DELETE", `/v1/legal-holds/${made.id}`, house.operator), 200);
    },
  },
  {
    id: "service-log-0028",
    comment: "erasing a message takes its content, its people and their words; the log stays as it was, and names it",
    requirements: ["OV-81"],
    flags: ["Leak", "LogGap"],
    run: async (world) => {
      const house = await world.house();
      const { message, words } = await rejected(house);
      const entries = async () => (await house.log()).map(({ leaf_index, leaf }) => [leaf_index, leaf]);
      const before = await entries();
      expect((await seen(house, message)).includes(words.subject), "the message is shown before it is erased");
      const done = hasStatus(await erase(house, message), 200);
      same([done.body.erased, done.body.held, done.body.unfinished], [[message.id], [], []], "what was erased");
      const after = await seen(house, message);
      for (const [name, word] of Object.entries(words))
        expect(!after.includes(word), `the ${name} of an erased message is still shown`);
      same((await house.show(message)).status, "rejected", "status of what was erased");
      same((await entries()).slice(0, before.length), before, "the entries there were before");
      const index = Number(String(done.body.audit_refs?.[0]).split("/").at(-1));
      const page = await world.call("GET", `/v1/audit-log?cursor=${index}&limit=1`, house.operator);
      const entry = hasStatus(page, 200).body.entries[0];
      same([entry?.leaf_index, entry?.type, entry?.outcome], [index, "erase", "accepted"], "the entry of the erasure");
      expect(entry.leaf.includes(message.id), `the entry names what was erased, but ${excerpt(page)}`);
    },
  },
  {
    id: "service-log-0029",
    comment: "retention is 183 days or more, or until somebody asks",
    requirements: ["OV-83"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house();
      const get = async () => hasStatus(await world.call("GET", "/v1/retention", house.operator), 200).body.days;
      const set = (days: unknown) => world.call("PATCH", "/v1/retention", house.operator, { days });
      const before = await get();
      try {
        for (const days of [182, 0, -1]) isRefused(await set(days), 400, 422);
        same(await get(), before, "retention, after what was refused");
        hasStatus(await set(183), 200);
        same(await get(), 183, "retention in days");
      } finally {
        hasStatus(await set(before), 200);
      }
    },
  },
  {
    id: "service-log-0030",
    comment: "what has not ended, and what a hold covers, is not erased: of a message, of a mailbox",
    requirements: ["OV-84"],
    flags: ["LogGap"],
    run: async (world) => {
      const house = await world.house();
      const waiting = await house.sent();
      const open = hasStatus(await erase(house, waiting), 200).body;
      same([open.erased, open.unfinished], [[], [waiting.id]], "what was erased, and what had not ended");
      const { message, words } = await rejected(house);
      for (const scope of [{ message_id: message.id }, { mailbox: house.mailbox }]) {
        const hold = hasStatus(await world.call("POST", "/v1/legal-holds", house.operator, scope), 201).body;
        const tried = hasStatus(await erase(house, message), 200).body;
        same([tried.erased, tried.held], [[], [message.id]], "what was erased, and what a hold covered");
        expect((await seen(house, message)).includes(words.subject), "what a hold covers was erased");
        hasStatus(await world.call("DELETE", `/v1/legal-holds/${hold.id}`, house.operator), 200);
      }
      same(hasStatus(await erase(house, message), 200).body.erased, [message.id], "what was erased after the release");
      await approveAndLeave(house, waiting);
    },
  },
];

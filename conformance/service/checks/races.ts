/** Of any number of decisions at once exactly one takes effect. */
import { excerpt, hasStatus, isRefused, type Answer } from "../api.ts";
import type { Check } from "../check.ts";
import { expect, same } from "../expect.ts";
import { eventually, unique, type World } from "../world.ts";

/** `n` decisions at once; the one that won, the rest checked to be 409. */
const raced = (answers: readonly Answer[]): Answer => {
  const won = answers.filter(({ status }) => status === 200);
  expect(
    won.length === 1,
    `of ${answers.length} decisions at once ${won.length} took effect: ${answers.map(({ status }) => status).join(" ")}`,
  );
  for (const answer of answers) if (answer.status !== 200) isRefused(answer, 409);
  return won[0]!;
};

const race = (id: string, comment: string, n: number, word: (i: number) => "approve" | "reject"): Check => ({
  id,
  comment,
  requirements: ["OV-25", "OV-26", "OV-14"],
  flags: ["Race", "Replay"],
  run: async (world: World) => {
    const house = await world.house();
    const people = await Promise.all(
      Array.from(
        { length: Math.min(n, 4) },
        async () => (await house.issue({ scopes: ["oversight"], id: unique("person") })).key,
      ),
    );
    const message = await house.sent();
    const answers = await Promise.all(
      Array.from({ length: n }, (_, i) =>
        house.decide(people[i % people.length]!, message, word(i), { digest: message.digest }),
      ),
    );
    const won = raced(answers).body;
    if (won.decision === "approve") {
      await house.leaves(message);
      await house.until(message, "delivered");
    } else {
      await house.until(message, "rejected");
      await house.nothingLeaves();
    }
    const lines = (await house.log()).filter(({ type }) => type === "approve" || type === "reject");
    same(lines.length, n, "entries of decisions: every attempt is one");
    same(lines.filter(({ outcome }) => outcome === "accepted").length, 1, "accepted entries of decisions");
  },
});

export const raceChecks: readonly Check[] = [
  {
    id: "service-deciding-0029",
    comment: "the same idempotency key: the same answer for the same request, 409 for another",
    requirements: ["OV-25"],
    flags: ["Replay"],
    run: async (world) => {
      const house = await world.house();
      const letter = house.letter();
      const send = (body: unknown, key = house.agent) =>
        world.call("POST", "/v1/send", key, body, { "idempotency-key": "once" });
      const first = hasStatus(await send(letter), 202).body;
      same(hasStatus(await send(letter), 200, 202).body.id, first.id, "id of the repeat");
      for (const change of [{ subject: "other" }, { to: house.to("eve") }, { bcc: house.to("eve") }])
        isRefused(await send({ ...letter, ...change }), 409, 422);
      // A key belongs to whom it was used by.
      const other = (await house.issue({ scopes: ["send"], id: unique("agent"), kind: "agent" })).key;
      expect(
        hasStatus(await send(letter, other), 202).body.id !== first.id,
        "another agent's idempotency key is another one",
      );
      const list = hasStatus(
        await world.call("GET", `/v1/mailboxes/${house.mailbox}/emails?limit=100`, house.alice),
        200,
      ).body;
      same(list.emails.length, 2, "messages in the mailbox");
    },
  },
  {
    id: "service-deciding-0025",
    comment: "approve, reject, edit and cancel at once: one story, whichever it is",
    requirements: ["OV-25", "OV-39"],
    flags: ["Race", "Swap"],
    run: async (world) => {
      const house = await world.house();
      for (let round = 0; round < 4; round++) {
        const message = await house.sent();
        const answers = await Promise.all([
          house.decide(house.alice, message, "approve", { digest: message.digest }),
          house.decide(house.bob, message, "reject", { digest: message.digest }),
          house.revise(house.agent, message, { body: "Edited.", base_digest: message.digest }),
          house.cancel(house.agent, message),
        ]);
        for (const answer of answers) if (answer.status >= 300) isRefused(answer, 409);
        const [approved, rejected, edited, cancelled] = answers.map(({ status }) => status < 300);
        const end = await house.until(message, "delivered", "rejected", "cancelled", "pending_approval");
        if (end.status === "delivered") {
          expect(
            approved === true && !rejected && !edited && !cancelled,
            "delivered although it was rejected, edited or cancelled too",
          );
          const [mail] = await house.leaves(message);
          expect(!mail!.raw.includes("Edited."), "the edit left under the approval of what was before it");
        }
        if (rejected === true) same(end.status, "rejected", "status after an accepted reject");
      }
      await house.nothingLeaves();
    },
  },
  {
    id: "service-deciding-0026",
    comment: "an approval that races with an edit never releases the edit",
    requirements: ["OV-22", "OV-15"],
    flags: ["Race", "Swap"],
    run: async (world) => {
      const house = await world.house();
      for (let round = 0; round < 5; round++) {
        const message = await house.sent({ body: "As seen." });
        const [edited, approved] = await Promise.all([
          house.revise(house.agent, message, { body: "As not seen." }),
          house.decide(house.alice, message),
        ]);
        hasStatus(edited, 202, 409);
        hasStatus(approved, 200, 409);
        const end = await house.until(message, "delivered", "pending_approval");
        if (end.status === "delivered") {
          const [mail] = await house.leaves(message);
          expect(mail!.raw.includes("As seen."), "an edit left that nobody approved");
        }
      }
      await house.nothingLeaves();
    },
  },
  {
    id: "service-deciding-0027",
    comment: "approve and cancel at once: cancelled and nothing leaves, or approved and it leaves once",
    requirements: ["OV-16", "OV-25"],
    flags: ["Race"],
    run: async (world) => {
      const house = await world.house();
      for (let round = 0; round < 5; round++) {
        const message = await house.sent();
        const [approved, cancelled] = await Promise.all([
          house.decide(house.alice, message),
          house.cancel(house.agent, message),
        ]);
        hasStatus(approved, 200, 409);
        hasStatus(cancelled, 200, 409);
        const end = await house.until(message, "delivered", "cancelled");
        if (cancelled.status === 200) same(end.status, "cancelled", "status after an accepted cancel");
        else await house.leaves(message);
      }
      await house.nothingLeaves();
    },
  },
  {
    id: "service-deciding-0028",
    comment: "16 requests with one idempotency key at once make one message",
    requirements: ["OV-25"],
    flags: ["Replay", "Race"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      const letter = house.letter({ idempotency_key: "at-once" });
      const answers = await Promise.all(
        Array.from({ length: 16 }, () => world.call("POST", "/v1/send", house.agent, letter)),
      );
      for (const answer of answers) hasStatus(answer, 200, 202);
      same(new Set(answers.map(({ body }) => body.id)).size, 1, "messages made");
      await house.leaves(answers[0]!.body);
      await house.nothingLeaves();
    },
  },
  {
    id: "service-deciding-0030",
    comment: "a lost race says who won",
    requirements: ["OV-25"],
    flags: ["Interoperability"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      hasStatus(await house.decide(house.alice, message, "reject"), 200);
      const lost = isRefused(await house.decide(house.bob, message, "approve"), 409);
      expect(
        lost.text.includes(house.aliceId) && lost.text.includes("reject"),
        `the loser learns who won: ${excerpt(lost)}`,
      );
      await eventually(
        () => house.show(message),
        ({ status }) => status === "rejected",
        "rejected",
      );
    },
  },
  race("service-deciding-0102", "2 approvals at once: one wins, one mail", 2, () => "approve"),
  race("service-deciding-0104", "4 approvals at once: one wins, one mail", 4, () => "approve"),
  race("service-deciding-0116", "16 approvals at once: one wins, one mail", 16, () => "approve"),
  race("service-deciding-0202", "approve and reject at once: one wins", 2, (i) => (i % 2 === 0 ? "approve" : "reject")),
  race("service-deciding-0216", "8 approvals and 8 rejections at once: one wins", 16, (i) =>
    i % 2 === 0 ? "approve" : "reject",
  ),
];

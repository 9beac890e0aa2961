/** The stop switch. These run alone: it stops the whole tenant. */
import { hasStatus, isRefused, isRefusedAs } from "../api.ts";
import type { Check } from "../check.ts";
import { expect, same } from "../expect.ts";
import { eventually, inSeconds, pause } from "../world.ts";

export const stopChecks: readonly Check[] = [
  {
    id: "service-stop-0001",
    comment:
      "halt: a submit is refused, an approval releases nothing, what is due stays; resume lets go what was free to go, once",
    requirements: ["OV-6", "OV-54"],
    flags: ["NoStop"],
    alone: true,
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      const scheduled = await house.sent({ send_at: inSeconds(world.soon) });
      const [approved, waiting] = [
        await house.sent({ oversight_mode: "gated_send" }),
        await house.sent({ oversight_mode: "gated_send" }),
      ];
      try {
        hasStatus(await world.call("POST", "/v1/halt", house.operator), 200);
        isRefusedAs(await house.send(), 403, "halted");
        hasStatus(await world.call("POST", "/v1/halt", house.operator), 200);
        hasStatus(await house.decide(house.alice, approved), 200);
        await house.nothingLeavesWhenDue(scheduled);
        isRefused(await world.call("POST", "/v1/resume", house.agent), 403);
        isRefused(await world.call("POST", "/v1/resume", house.alice), 403);
      } finally {
        hasStatus(await world.call("POST", "/v1/resume", house.operator), 200);
      }
      await house.leaves(scheduled);
      await house.leaves(approved);
      await house.nothingLeaves();
      same((await house.show(waiting)).status, "pending_approval", "status of what nobody approved, after the resume");
    },
  },
  {
    id: "service-stop-0002",
    comment: "halt and 12 sends at once: of what was taken in before it, nothing is handed over after it",
    requirements: ["OV-6"],
    flags: ["NoStop", "Race"],
    alone: true,
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      let after = 0;
      try {
        const sends = Array.from({ length: 12 }, () => house.send());
        hasStatus(await world.call("POST", "/v1/halt", house.operator), 200);
        after = Date.now();
        const answers = await Promise.all(sends);
        for (const answer of answers) if (answer.status !== 202) isRefusedAs(answer, 403, "halted");
        // A hand-over under way may end; so much for what SMTP takes.
        await pause(1500);
        const late = house.mails().filter(({ at }) => at > after + 1000);
        expect(late.length === 0, `${late.length} mails left more than a second after the halt was answered`);
      } finally {
        hasStatus(await world.call("POST", "/v1/resume", house.operator), 200);
      }
      const taken = hasStatus(
        await world.call("GET", `/v1/mailboxes/${house.mailbox}/emails?limit=100`, house.alice),
        200,
      ).body.emails;
      for (const message of taken) if (message.status !== "refused") await house.leaves(message);
    },
  },
  {
    id: "service-stop-0003",
    comment: "another tenant does not notice a halt",
    requirements: ["OV-6"],
    flags: ["Leak"],
    alone: true,
    feature: "tenants",
    run: async (world) => {
      const [ours, theirs] = [
        await world.house({ oversight_mode: "autonomous" }),
        await world.house({ oversight_mode: "autonomous" }, world.otherAdmin!),
      ];
      try {
        hasStatus(await world.call("POST", "/v1/halt", ours.operator), 200);
        isRefused(await ours.send(), 403);
        await theirs.leaves(await theirs.sent());
      } finally {
        hasStatus(await world.call("POST", "/v1/resume", ours.operator), 200);
      }
      await eventually(
        () => ours.send(),
        ({ status }) => status === 202,
        "sends again after the resume",
      ).then(({ body }) => ours.leaves(body));
    },
  },
];

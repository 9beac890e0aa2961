/** How many people, which of them count, and for how long. */
import { hasStatus, isRefused, isRefusedAs } from "../api.ts";
import type { Check } from "../check.ts";
import { same } from "../expect.ts";
import { inSeconds, unique } from "../world.ts";
import { approveAndLeave, stillWaits } from "./waiting.ts";

export const quorumChecks: readonly Check[] = [
  {
    id: "service-deciding-0008",
    comment: "an edit after an approval makes it void",
    requirements: ["OV-15"],
    flags: ["Swap"],
    run: async (world) => {
      const house = await world.house({ quorum: 2 });
      const first = await house.sent();
      hasStatus(await house.decide(house.alice, first), 200);
      const edited = hasStatus(await house.revise(house.agent, first, { subject: "Ticket 4822" }), 202).body;
      same((await house.show(first)).approvals, 0, "approvals after the edit");
      hasStatus(await house.decide(house.bob, edited, "approve", { digest: edited.digest }), 200);
      await stillWaits(house, first, 1);
    },
  },
  {
    id: "service-deciding-0011",
    comment: "two people, where two are asked for: one alone lets nothing go",
    requirements: ["OV-23", "OV-13"],
    flags: ["Bypass"],
    run: async (world) => {
      const house = await world.house({ quorum: 2 });
      const message = await house.sent();
      same(
        hasStatus(await house.decide(house.alice, message), 200).body.status,
        "pending_approval",
        "status after the first",
      );
      await stillWaits(house, message, 1);
      await approveAndLeave(house, message, house.bob);
    },
  },
  {
    id: "service-deciding-0012",
    comment: "two keys of one person are one approval, also at once",
    requirements: ["OV-23"],
    flags: ["Bypass", "Race"],
    run: async (world) => {
      const house = await world.house({ quorum: 2 });
      const second = (await house.issue({ scopes: ["read", "oversight"], id: house.aliceId })).key;
      const message = await house.sent();
      hasStatus(await house.decide(house.alice, message), 200);
      isRefusedAs(await house.decide(second, message), 409, "already_approved");
      await stillWaits(house, message, 1);
      const rush = await house.sent();
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => house.decide(i % 2 === 0 ? second : house.alice, rush)),
      );
      same(answers.filter(({ status }) => status === 200).length, 1, "accepted approvals of one person at once");
      await stillWaits(house, rush, 1);
    },
  },
  {
    id: "service-deciding-0013",
    comment: "a quorum is per content: one approval before an edit and one after it are not two",
    requirements: ["OV-15", "OV-23"],
    flags: ["Swap", "Bypass"],
    run: async (world) => {
      const house = await world.house({ quorum: 2 });
      const first = await house.sent();
      hasStatus(await house.decide(house.alice, first), 200);
      const edited = hasStatus(await house.revise(house.agent, first, { body: "Other words." }), 202).body;
      same(hasStatus(await house.decide(house.bob, edited), 200).body.status, "pending_approval", "status");
      await stillWaits(house, first, 1);
      hasStatus(await house.decide(house.alice, edited), 200);
      await house.leaves(first);
    },
  },
  {
    id: "service-deciding-0014",
    comment: "one rejection ends it, whatever approvals there are",
    requirements: ["OV-14"],
    flags: ["NoStop"],
    run: async (world) => {
      const house = await world.house({ quorum: 2 });
      const message = await house.sent();
      hasStatus(await house.decide(house.alice, message), 200);
      same(hasStatus(await house.decide(house.bob, message, "reject"), 200).body.status, "rejected", "status");
      const third = (await house.issue({ scopes: ["oversight"], id: unique("carla") })).key;
      isRefused(await house.decide(third, message), 409);
      await house.nothingLeaves();
      same((await house.show(message)).status, "rejected", "status later");
    },
  },
  {
    id: "service-deciding-0019",
    comment: "revoked between approval and hand-over: the approval counts no more, not even after reinstating",
    requirements: ["OV-24"],
    flags: ["Bypass"],
    run: async (world) => {
      const house = await world.house();
      const [message, kept] = [
        await house.sent({ send_at: inSeconds(world.soon) }),
        await house.sent({ send_at: inSeconds(world.soon) }),
      ];
      same(hasStatus(await house.decide(house.alice, message), 200).body.status, "scheduled", "status");
      same(hasStatus(await house.decide(house.bob, kept), 200).body.status, "scheduled", "status");
      hasStatus(await world.call("POST", `/v1/reviewers/${house.aliceId}/revoke`, house.operator), 200);
      same((await house.show(message)).status, "pending_approval", "status after the revocation");
      isRefusedAs(await house.decide(house.alice, message), 403, "reviewer_revoked");
      hasStatus(await world.call("POST", `/v1/reviewers/${house.aliceId}/reinstate`, house.operator), 200);
      await house.leaves(kept);
      await house.nothingLeavesWhenDue(message);
      same((await house.show(message)).approvals, 0, "approvals after reinstating");
    },
  },
  {
    id: "service-deciding-0020",
    comment: "only an operator revokes and reinstates reviewers",
    requirements: ["OV-20"],
    flags: ["Escalation"],
    run: async (world) => {
      const house = await world.house();
      for (const key of [house.agent, house.alice]) {
        isRefused(await world.call("POST", `/v1/reviewers/${house.bobId}/revoke`, key), 403);
        isRefused(await world.call("POST", `/v1/reviewers/${house.bobId}/reinstate`, key), 403);
      }
      await approveAndLeave(house, await house.sent(), house.bob);
    },
  },
];

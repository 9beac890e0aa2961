/** Decisions: by whom, on which content, how often. */
import { excerpt, hasStatus, isRefused, isRefusedAs } from "../api.ts";
import type { Check } from "../check.ts";
import { expect, same } from "../expect.ts";
import { inSeconds, unique } from "../world.ts";
import { approveAndLeave, stillWaits } from "./waiting.ts";

export const decidingChecks: readonly Check[] = [
  {
    id: "service-deciding-0001",
    comment: "an approval by a reviewer lets the message go, once, and names the entry",
    requirements: ["OV-13", "OV-39", "OV-52"],
    flags: ["Interoperability"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      const answer = hasStatus(await house.decide(house.alice, message, "approve", { digest: message.digest }), 200);
      expect(["queued", "dispatching", "delivered"].includes(answer.body.status), `status: ${excerpt(answer)}`);
      expect(
        typeof answer.body.audit_ref === "string" && typeof answer.body.message_id === "string",
        `audit_ref and message_id: ${excerpt(answer)}`,
      );
      await house.leaves(message);
      await house.until(message, "delivered");
    },
  },
  {
    id: "service-deciding-0002",
    comment: "a rejection ends the message, and nothing leaves",
    requirements: ["OV-14"],
    flags: ["NoStop"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      same(
        hasStatus(await house.decide(house.alice, message, "reject", { reason: "no" }), 200).body.status,
        "rejected",
        "status",
      );
      isRefused(await house.decide(house.bob, message, "approve"), 409);
      await house.nothingLeaves();
      same((await house.show(message)).status, "rejected", "status later");
    },
  },
  {
    id: "service-deciding-0003",
    comment: "the agent's key cannot decide, whomever the body names",
    requirements: ["OV-20", "OV-53", "OV-37"],
    flags: ["SelfApproval", "Escalation"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      for (const claim of [
        {},
        { reviewer_id: house.aliceId },
        { approved_by: house.aliceId, actor: { role: "reviewer", principal: house.aliceId }, principal: house.aliceId },
      ]) {
        isRefused(await house.decide(house.agent, message, "approve", claim), 400, 403);
        isRefused(await house.decide(house.agent, message, "reject", claim), 400, 403);
      }
      await stillWaits(house, message);
    },
  },
  {
    id: "service-deciding-0004",
    comment: "an operator's key without oversight cannot decide",
    requirements: ["OV-37", "OV-53"],
    flags: ["Escalation", "Bypass"],
    run: async (world) => {
      const house = await world.house();
      const admin = await house.issue({ scopes: ["read", "admin"], id: unique("operator") });
      const message = await house.sent();
      for (const word of ["approve", "reject"]) isRefused(await house.decide(admin.key, message, word), 403);
      await stillWaits(house, message);
    },
  },
  {
    id: "service-deciding-0005",
    comment: "a person does not decide on what they wrote, with whichever of their keys",
    requirements: ["OV-21"],
    flags: ["SelfApproval"],
    run: async (world) => {
      const house = await world.house();
      const petra = unique("petra");
      const [pen, stamp] = [
        await house.issue({ scopes: ["read", "send"], id: petra }),
        await house.issue({ scopes: ["read", "oversight"], id: petra }),
      ];
      const message = await house.sent({}, pen.key);
      for (const word of ["approve", "reject"])
        isRefusedAs(await house.decide(stamp.key, message, word), 403, "self_decision");
      await stillWaits(house, message);
      await approveAndLeave(house, message);
    },
  },
  {
    id: "service-deciding-0006",
    comment: "the owner of an agent's key does not decide on what it sends",
    requirements: ["OV-21"],
    flags: ["SelfApproval"],
    run: async (world) => {
      const house = await world.house();
      const owned = await house.issue({
        scopes: ["read", "send"],
        id: unique("owned"),
        kind: "agent",
        owner: house.aliceId,
      });
      const message = await house.sent({}, owned.key);
      for (const word of ["approve", "reject"])
        isRefusedAs(await house.decide(house.alice, message, word), 403, "self_decision");
      await stillWaits(house, message);
      await approveAndLeave(house, message, house.bob);
    },
  },
  {
    id: "service-deciding-0007",
    comment: "a decision on a digest the message no longer has is refused, and nothing changes",
    requirements: ["OV-22"],
    flags: ["Swap"],
    run: async (world) => {
      const house = await world.house();
      const first = await house.sent();
      const edited = hasStatus(await house.revise(house.agent, first, { body: "Something else." }), 202).body;
      expect(edited.digest !== first.digest, "an edit gives another digest");
      for (const names of [
        { pending_id: first.pending_id },
        { pending_id: first.pending_id, digest: first.digest },
        { email_id: first.id, digest: first.digest },
        { pending_id: edited.pending_id, digest: first.digest },
      ]) {
        for (const decision of ["approve", "reject"]) {
          isRefusedAs(
            await world.call("POST", "/v1/oversight/decide", house.alice, { ...names, decision }),
            409,
            "stale_digest",
          );
        }
      }
      await stillWaits(house, first);
      await approveAndLeave(house, edited);
    },
  },
  {
    id: "service-deciding-0009",
    comment: "an edit of what is approved and scheduled sends it back to wait",
    requirements: ["OV-15", "OV-27"],
    flags: ["Swap"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent({ send_at: inSeconds(world.soon) });
      same(
        hasStatus(await house.decide(house.alice, message), 200).body.status,
        "scheduled",
        "status after the approval",
      );
      same(
        hasStatus(await house.revise(house.agent, message, { body: "Not this." }), 202).body.status,
        "pending_approval",
        "status after the edit",
      );
      await house.nothingLeavesWhenDue(message);
      same((await house.show(message)).status, "pending_approval", "status when it would have been due");
    },
  },
  {
    id: "service-deciding-0010",
    comment: "every part that a recipient or the wire would see is in the digest",
    requirements: ["OV-40", "OV-15"],
    flags: ["Swap"],
    run: async (world) => {
      const house = await world.house();
      const file = (fields: Record<string, unknown>) => ({
        attachments: [{ name: "a.txt", content_type: "text/plain", content_base64: "aGk=", ...fields }],
      });
      const changes: readonly Record<string, unknown>[] = [
        { to: house.to("dave") },
        { to: [house.to("dave"), house.to("erin")] },
        { cc: house.to("dave") },
        { bcc: house.to("dave") },
        { reply_to: house.to("dave") },
        { subject: "Ticket 4822" },
        { body: "Hi, we have resolved ticket 4821!" },
        { headers: { "X-Ticket": "4821" } },
        file({}),
        file({ name: "b.txt" }),
        file({ content_base64: "aGo=" }),
        { send_at: inSeconds(600) },
      ];
      const seen = new Set<string>();
      for (const change of changes) {
        const message = await house.sent();
        const edited = hasStatus(await house.revise(house.agent, message, change), 202).body;
        expect(
          edited.digest !== message.digest && !seen.has(edited.digest),
          `${Object.keys(change).join()} is not in the digest`,
        );
        seen.add(edited.digest);
        isRefusedAs(
          await house.decide(house.alice, message, "approve", { digest: message.digest }),
          409,
          "stale_digest",
        );
      }
      await house.nothingLeaves();
    },
  },
  {
    id: "service-deciding-0015",
    comment: "a decision twice: the second is a 409, and the mail leaves once",
    requirements: ["OV-25", "OV-26", "OV-17"],
    flags: ["Replay"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      await approveAndLeave(house, message);
      for (const [key, word] of [
        [house.alice, "approve"],
        [house.bob, "approve"],
        [house.bob, "reject"],
      ] as const) {
        isRefused(await house.decide(key, message, word), 409);
      }
      await house.nothingLeaves(300);
      await house.leaves(message);
    },
  },
  {
    id: "service-deciding-0016",
    comment: "what has ended is not decided, edited, resolved or cancelled again",
    requirements: ["OV-17"],
    flags: ["Replay"],
    run: async (world) => {
      const house = await world.house();
      const [rejected, cancelled, delivered] = [await house.sent(), await house.sent(), await house.sent()];
      hasStatus(await house.decide(house.alice, rejected, "reject"), 200);
      hasStatus(await house.cancel(house.agent, cancelled), 200);
      await approveAndLeave(house, delivered);
      for (const [message, end] of [
        [rejected, "rejected"],
        [cancelled, "cancelled"],
        [delivered, "delivered"],
      ] as const) {
        isRefused(await house.decide(house.bob, message, "approve"), 409);
        isRefused(await house.decide(house.bob, message, "reject"), 409);
        isRefused(await house.revise(house.agent, message, { body: "Again." }), 409);
        isRefused(
          await world.call("POST", `/v1/emails/${message.id}/resolve`, house.bob, {
            outcome: "retry",
            digest: message.digest,
          }),
          409,
        );
        if (end !== "cancelled") isRefused(await house.cancel(house.agent, message), 409);
        same((await house.show(message)).status, end, "status of what has ended");
      }
      await house.nothingLeaves();
    },
  },
  {
    id: "service-deciding-0017",
    comment: "a reviewer's edit waits for another person, or for the digest it has now",
    requirements: ["OV-15", "OV-22"],
    flags: ["Swap"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      const edited = hasStatus(await house.revise(house.alice, message, { body: "Kinder words." }), 202).body;
      same(edited.status, "pending_approval", "status after a reviewer's edit");
      isRefusedAs(await house.decide(house.bob, message), 409, "stale_digest");
      await house.nothingLeaves();
      hasStatus(await house.decide(house.bob, edited), 200);
      const [mail] = await house.leaves(message);
      expect(mail!.raw.includes("Kinder words."), "what leaves is the edited text");
    },
  },
  {
    id: "service-deciding-0018",
    comment: "an edit that names another digest than the message has is refused",
    requirements: ["OV-22"],
    flags: ["Swap"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      const edited = hasStatus(await house.revise(house.alice, message, { body: "Second." }), 202).body;
      isRefusedAs(
        await house.revise(house.agent, message, { body: "Third.", base_digest: message.digest }),
        409,
        "stale_digest",
      );
      same((await house.show(message)).digest, edited.digest, "digest after the refused edit");
    },
  },
  {
    id: "service-deciding-0021",
    comment: "names that are not quite a message's name decide nothing",
    requirements: ["OV-22"],
    flags: ["Swap"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      const name = message.pending_id as string;
      for (const pending_id of [
        `${name} `,
        ` ${name}`,
        name.toLowerCase(),
        `${name}'--`,
        `${name}%`,
        "%",
        "__proto__",
        `${name}\u200b`,
      ]) {
        if (pending_id === name) continue;
        isRefused(await house.decide(house.alice, { pending_id }), 400, 404, 422);
      }
      for (const body of [
        { pending_id: name },
        { decision: "approve" },
        { pending_id: name, decision: "APPROVE" },
        { pending_id: name, decision: ["approve"] },
        { pending_id: name, decision: "approve", action: "reject" },
        { pending_id: [name], decision: "approve" },
      ]) {
        isRefused(await world.call("POST", "/v1/oversight/decide", house.alice, body), 400, 422);
      }
      await stillWaits(house, message);
    },
  },
  {
    id: "service-deciding-0022",
    comment: "the list of what waits shows it with its digest; the agent decides nothing by reading it",
    requirements: ["OV-22"],
    flags: ["Interoperability"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent({ bcc: house.to("erin") });
      const list = hasStatus(
        await world.call("GET", `/v1/oversight/pending?mailbox=${house.mailbox}`, house.alice),
        200,
      ).body;
      const [shown] = list.pending ?? list.emails ?? [];
      same(
        [shown?.pending_id, shown?.digest, shown?.id],
        [message.pending_id, message.digest, message.id],
        "what waits",
      );
      same(shown.bcc?.length, 1, "blind copies shown to the reviewer");
      hasStatus(await house.decide(house.alice, shown, "approve", { digest: shown.digest }), 200);
      await house.leaves(message);
      const after = hasStatus(
        await world.call("GET", `/v1/oversight/pending?mailbox=${house.mailbox}`, house.alice),
        200,
      ).body;
      same((after.pending ?? after.emails).length, 0, "what waits afterwards");
    },
  },
  {
    id: "service-deciding-0023",
    comment: "GET and HEAD decide nothing, whatever is in the query",
    requirements: ["OV-20"],
    flags: ["Bypass"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      const query = `pending_id=${message.pending_id}&decision=approve&digest=${encodeURIComponent(message.digest)}`;
      for (const path of [
        `/v1/oversight/decide?${query}`,
        `/v1/emails/${message.id}/decide?${query}`,
        `/v1/emails/${message.id}/approve`,
      ]) {
        const answer = await world.call("GET", path, house.alice);
        expect(answer.status >= 400, `a GET decided: ${excerpt(answer)}`);
      }
      await stillWaits(house, message);
    },
  },
  {
    id: "service-deciding-0024",
    comment: "an agent neither edits nor cancels another's mail of the same mailbox",
    requirements: ["OV-51"],
    flags: ["Escalation"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      const other = (await house.issue({ scopes: ["read", "send"], id: unique("agent"), kind: "agent" })).key;
      isRefused(await house.revise(other, message, { body: "Mine now." }), 403);
      isRefused(await house.cancel(other, message), 403);
      same(
        [(await house.show(message)).status, (await house.show(message)).digest],
        ["pending_approval", message.digest],
        "the message",
      );
    },
  },
];

/** Modes, the stop switch, lists and time: what they stop, what they never free. */
import { excerpt, hasStatus, isRefused, isRefusedAs } from "../api.ts";
import type { Check } from "../check.ts";
import { expect, same } from "../expect.ts";
import { inSeconds, pause, unique } from "../world.ts";

const modes = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"] as const;

/** Seconds: the shortest window and age that every server takes. */
const shortest = 60;

export const modeChecks: readonly Check[] = [
  ...modes.map((mode, i): Check => ({
    id: `service-modes-000${i + 1}`,
    comment: `${mode}: a request tightens it and never loosens it`,
    requirements: ["OV-2", "OV-9"],
    flags: ["Loosening"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: mode });
      for (const [j, asked] of modes.entries()) {
        const answer = await house.send({ oversight_mode: asked });
        const effective = modes[Math.min(i, j)]!;
        if (effective === "read_only") {
          isRefused(answer, 403);
          continue;
        }
        hasStatus(answer, 202);
        const gated = effective.startsWith("gated");
        expect(
          gated === (answer.body.status === "pending_approval"),
          `${mode}, asked for ${asked}: ${excerpt(answer)}`,
        );
        if (!gated) await house.leaves(answer.body, effective === "monitored" ? 2 : 1);
      }
      await house.nothingLeaves();
    },
  })),
  {
    id: "service-modes-0006",
    comment: "an agent lowers its mailbox's mode at once, and never raises it",
    requirements: ["OV-3", "OV-8"],
    flags: ["Loosening", "Escalation"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      for (const [i, from] of modes.entries()) {
        for (const [j, to] of modes.entries()) {
          if (i === j) continue;
          hasStatus(await house.setMode(from), 200);
          const answer = await house.setMode(to, house.agent);
          if (j > i) isRefusedAs(answer, 403, "mode_raise");
          else hasStatus(answer, 200);
          const now = hasStatus(await world.call("GET", `/v1/mailboxes/${house.mailbox}`, house.agent), 200).body
            .oversight_mode;
          same(now, modes[Math.min(i, j)], `the mode after ${from} to ${to} by the agent`);
        }
      }
      const lines = (await house.log()).filter(({ type }) => type === "set_mode");
      same(lines.filter(({ refusal }) => refusal === "mode_raise").length, 10, "refused raises in the log");
    },
  },
  {
    id: "service-modes-0007",
    comment: "readers and reviewers change no mode",
    requirements: ["OV-3", "OV-20"],
    flags: ["Escalation"],
    run: async (world) => {
      const house = await world.house();
      const reader = (await house.issue({ scopes: ["read"], id: unique("reader") })).key;
      for (const key of [house.alice, reader])
        for (const mode of ["read_only", "autonomous"]) isRefused(await house.setMode(mode, key), 403);
      same(
        hasStatus(await world.call("GET", `/v1/mailboxes/${house.mailbox}`, house.agent), 200).body.oversight_mode,
        "gated_send",
        "the mode",
      );
    },
  },
  {
    id: "service-modes-0008",
    comment: "a loosened mode frees nothing that waits",
    requirements: ["OV-54"],
    flags: ["Loosening", "Bypass"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent();
      hasStatus(await house.setMode("autonomous"), 200);
      await house.nothingLeaves(1800);
      same((await house.show(message)).status, "pending_approval", "status after the mode was raised");
      await house.leaves(await house.sent());
    },
  },
  {
    id: "service-modes-0009",
    comment: "a tightened mode reaches what is scheduled",
    requirements: ["OV-28"],
    flags: ["NoStop"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      const message = await house.sent({ send_at: inSeconds(world.soon) });
      same(message.status, "scheduled", "status");
      hasStatus(await house.setMode("gated_send", house.agent), 200);
      await house.until(message, "pending_approval");
      await house.nothingLeaves(1200);
      hasStatus(await house.decide(house.alice, message), 200);
      await house.leaves(message);
    },
  },
  {
    id: "service-modes-0010",
    comment: "read_only holds what was approved, until it is lifted",
    requirements: ["OV-5"],
    flags: ["NoStop"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent({ send_at: inSeconds(world.soon) });
      same(hasStatus(await house.decide(house.alice, message), 200).body.status, "scheduled", "status");
      hasStatus(await house.setMode("read_only", house.agent), 200);
      await house.nothingLeavesWhenDue(message);
      hasStatus(await house.setMode("gated_send"), 200);
      await house.leaves(message);
    },
  },
  {
    id: "service-modes-0011",
    comment: "what was refused in read_only stays refused, whoever approves and whatever the mode becomes",
    requirements: ["OV-5", "OV-17"],
    flags: ["NoStop", "Bypass"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "read_only" });
      const refused = isRefused(await house.send(), 403);
      expect(
        /rais|upgrade|operator/i.test(refused.body.error),
        `the refusal says the way to a raise: ${excerpt(refused)}`,
      );
      hasStatus(await house.setMode("autonomous"), 200);
      if (typeof refused.body.pending_id === "string") isRefused(await house.decide(house.alice, refused.body), 409);
      await house.nothingLeaves();
    },
  },
  {
    id: "service-modes-0012",
    comment: "an agent cannot make a mailbox, a key, or a tenant's stop",
    requirements: ["OV-20", "OV-3"],
    flags: ["Escalation"],
    run: async (world) => {
      const house = await world.house();
      for (const key of [house.agent, house.alice]) {
        isRefused(
          await world.call("POST", "/v1/mailboxes", key, {
            address: `${unique("mine")}@${world.domain}`,
            agent_id: "x",
            oversight_mode: "autonomous",
          }),
          403,
        );
        isRefused(
          await world.call("POST", "/v1/api-keys", key, {
            name: "x",
            scopes: ["oversight"],
            principal: { kind: "person", id: unique("x") },
          }),
          403,
        );
        isRefused(await world.call("POST", "/v1/halt", key), 403);
        isRefused(await world.call("POST", "/v1/resume", key), 403);
      }
    },
  },
  {
    id: "service-modes-0013",
    comment: "an unknown mode is refused, for a mailbox, a change and a send",
    requirements: ["OV-4"],
    flags: ["Loosening"],
    run: async (world) => {
      const house = await world.house();
      for (const mode of ["trusted", "AUTONOMOUS", "__proto__", "", ["autonomous"], { mode: "autonomous" }, 4]) {
        isRefused(
          await world.call("POST", "/v1/mailboxes", house.operator, {
            address: `${unique("box")}@${world.domain}`,
            agent_id: "a",
            oversight_mode: mode,
          }),
          400,
          422,
        );
        isRefused(
          await world.call("PATCH", `/v1/mailboxes/${house.mailbox}`, house.operator, { oversight_mode: mode }),
          400,
          422,
        );
        isRefused(await house.send({ oversight_mode: mode }), 400, 422);
      }
      same(
        hasStatus(await world.call("GET", `/v1/mailboxes/${house.mailbox}`, house.agent), 200).body.oversight_mode,
        "gated_send",
        "the mode",
      );
    },
  },
  {
    id: "service-modes-0014",
    comment: "monitored without an oversight address is refused, by whatever way it is asked for",
    requirements: ["OV-7"],
    flags: ["NoCopy"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous", oversight_address: null });
      isRefused(await house.send({ oversight_mode: "monitored" }), 400, 422);
      isRefused(await house.setMode("monitored"), 400, 409, 422);
      await house.nothingLeaves();
    },
  },
  {
    id: "service-modes-0015",
    comment: "monitored: the copy has the very octets, and goes to nobody else",
    requirements: ["OV-7", "OV-58"],
    flags: ["NoCopy"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "monitored" });
      const message = await house.sent({ bcc: house.to("erin") });
      const mails = await house.leaves(message, 2);
      const shown = await house.raw(message);
      const [copy, ...others] = mails.filter(({ recipients }) => recipients.some((to) => to.startsWith("watch-")));
      same([others.length, copy?.recipients.length], [0, 1], "copies, and recipients of the copy");
      for (const { raw } of mails)
        expect(raw.subarray(raw.length - shown.length).equals(shown), "a copy has other octets than the message");
    },
  },
  {
    id: "service-modes-0016",
    comment: "a blocked recipient is refused at submit, however it is written",
    requirements: ["OV-12"],
    flags: ["Bypass"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      const domain = `${unique("blocked")}.example`;
      hasStatus(await world.call("POST", "/v1/lists/send/block", house.operator, { entry: domain }), 201);
      for (const change of [
        { to: `eve@${domain}` },
        { to: `eve@sub.${domain}` },
        { to: `eve@${domain.toUpperCase()}` },
        { cc: `eve@${domain}` },
        { bcc: [house.to(), `eve@${domain}`] },
      ]) {
        isRefusedAs(await house.send(change), 403, "recipient_blocked");
      }
      await house.nothingLeaves();
    },
  },
  {
    id: "service-modes-0017",
    comment: "a block entry added after the approval stops what has not left",
    requirements: ["OV-12", "OV-28"],
    flags: ["NoStop"],
    run: async (world) => {
      const house = await world.house();
      const domain = `${unique("blocked")}.example`;
      const scheduled = await house.sent({ to: `eve@${domain}`, send_at: inSeconds(world.soon) });
      hasStatus(await house.decide(house.alice, scheduled), 200);
      const waiting = await house.sent({ to: `mallory@${domain}` });
      hasStatus(await world.call("POST", "/v1/lists/send/block", house.operator, { entry: domain }), 201);
      isRefusedAs(await house.decide(house.alice, waiting), 403, "recipient_blocked");
      await house.until(scheduled, "pending_approval");
      await house.nothingLeaves(1500);
    },
  },
  {
    id: "service-modes-0018",
    comment: "only an operator changes the send lists",
    requirements: ["OV-20"],
    flags: ["Escalation"],
    run: async (world) => {
      const house = await world.house();
      const entry = `${unique("listed")}.example`;
      for (const key of [house.agent, house.alice]) {
        for (const kind of ["block", "allow"])
          isRefused(await world.call("POST", `/v1/lists/send/${kind}`, key, { entry }), 403);
        isRefused(await world.call("DELETE", `/v1/lists/send/block/${entry}`, key), 403);
      }
    },
  },
  {
    id: "service-modes-0019",
    comment: "a throwaway domain waits for a person in every mode that would let it go, wherever it stands",
    requirements: ["OV-10", "OV-38"],
    flags: ["Bypass"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      const eve = `eve@mailinator.com`;
      for (const change of [
        { to: eve },
        { cc: `Eve <${eve.toUpperCase()}>` },
        { bcc: [house.to(), eve] },
        { reply_to: eve },
      ]) {
        const message = await house.sent(change);
        same(
          message.status,
          "pending_approval",
          `status of a message with ${Object.keys(change).join()} at a throwaway domain`,
        );
        expect(
          message.domain_risk_score > 0.7 && message.domain_risk_score <= 1,
          `its domain_risk_score is ${message.domain_risk_score}`,
        );
      }
      await house.nothingLeaves();
    },
  },
  {
    id: "service-modes-0020",
    comment: "what is cancelled stays so, also when it would have been due",
    requirements: ["OV-16"],
    flags: ["NoStop"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      const messages = [
        await house.sent({ send_at: inSeconds(world.soon) }),
        await house.sent({ oversight_mode: "gated_send" }),
      ];
      hasStatus(await house.cancel(house.agent, messages[0]), 200);
      hasStatus(await house.cancel(house.operator, messages[1]), 200);
      await house.nothingLeavesWhenDue(messages[0]);
      for (const message of messages) same((await house.show(message)).status, "cancelled", "status");
    },
  },
  {
    id: "service-modes-0021",
    comment: "a scheduled message leaves when it is due, and not before",
    requirements: ["OV-27"],
    flags: ["Bypass"],
    run: async (world) => {
      const house = await world.house();
      const message = await house.sent({ send_at: inSeconds(world.soon) });
      same(
        hasStatus(await house.decide(house.alice, message), 200).body.status,
        "scheduled",
        "status after the approval",
      );
      const [mail] = await house.leaves(message);
      const due = Date.parse(message.send_at);
      expect(mail!.at >= due, `it was due at ${due} and arrived at ${mail!.at}`);
    },
  },
  {
    id: "service-modes-0022",
    comment: "after the decision window an approval is refused, the message expires, and nothing leaves",
    requirements: ["OV-19"],
    flags: ["Expiry"],
    slow: true,
    run: async (world) => {
      const house = await world.house({ decision_window: shortest }, world.otherAdmin ?? world.admin);
      const message = await house.sent();
      await pause((shortest + 1) * 1000);
      isRefused(await house.decide(house.alice, message), 409);
      await house.until(message, "expired");
      isRefused(await house.decide(house.alice, message), 409);
      await house.nothingLeaves();
    },
  },
  {
    id: "service-modes-0023",
    comment: "an approval past its age lets nothing go",
    requirements: ["OV-19"],
    flags: ["Expiry"],
    slow: true,
    run: async (world) => {
      const house = await world.house({ approval_max_age: shortest }, world.otherAdmin ?? world.admin);
      const message = await house.sent({ send_at: inSeconds(shortest + 3) });
      hasStatus(await house.decide(house.alice, message), 200);
      await pause((shortest + 3) * 1000);
      await house.until(message, "expired", "pending_approval");
      await house.nothingLeaves();
    },
  },
  {
    id: "service-modes-0024",
    comment: "a changed policy frees nothing, and a stricter one reaches what is not yet handed over",
    requirements: ["OV-54", "OV-28"],
    flags: ["Loosening", "Bypass"],
    run: async (world) => {
      const house = await world.house({ quorum: 2 });
      const policy = (quorum: number) =>
        world.call("PATCH", `/v1/mailboxes/${house.mailbox}`, house.operator, {
          policy: { quorum, decision_window: 3600, approval_max_age: 3600 },
        });
      const message = await house.sent();
      hasStatus(await house.decide(house.alice, message), 200);
      hasStatus(await policy(1), 200);
      await house.nothingLeaves(1500);
      same((await house.show(message)).status, "pending_approval", "status after the quorum was lowered");
      const scheduled = await house.sent({ send_at: inSeconds(world.soon) });
      same(hasStatus(await house.decide(house.alice, scheduled), 200).body.status, "scheduled", "status");
      hasStatus(await policy(2), 200);
      await house.nothingLeavesWhenDue(scheduled);
      for (const key of [house.agent, house.alice])
        isRefused(await world.call("PATCH", `/v1/mailboxes/${house.mailbox}`, key, { policy: { quorum: 1 } }), 403);
    },
  },
];

/** Decisions over HTTP: on what was seen, once, by people who may, and of any number at once exactly one wins. */
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { isError } from "../support/answer.ts";
import { postgres, sqlite } from "../support/databases.ts";
import { startDeployment, type Deployment } from "../support/deployment.ts";
import type { Tenant } from "../support/tenant.ts";

for (const store of [sqlite, postgres]) {
  describe.concurrent(`deciding on ${store.name}`, () => {
    let deployment: Deployment;
    beforeAll(async () => {
      deployment = await startDeployment(store);
    });
    afterAll(async () => {
      await deployment?.stop();
    });

    const path = (tenant: Tenant, message: { readonly id: string }) =>
      `/v1/mailboxes/${tenant.mailbox}/emails/${message.id}`;

    it("OV-22 stale-decision-refused: an edit voids what was approved, by digest, by pending_id and by id", async () => {
      const tenant = await deployment.tenant({ quorum: 2 });
      const first = await tenant.sent();
      assert.strictEqual((await tenant.decide(tenant.alice, first)).status, 200);
      const edited = await deployment.call("PATCH", path(tenant, first), tenant.agent, { body: "Something else." });
      assert.strictEqual(edited.status, 202, edited.text);
      assert.notStrictEqual(edited.body.digest, first.digest);
      assert.strictEqual((await tenant.show(first.id)).approvals, 0);
      for (const names of [
        { pending_id: first.pending_id },
        { pending_id: first.pending_id, digest: first.digest },
        { email_id: first.id, digest: first.digest },
        { pending_id: edited.body.pending_id, digest: first.digest },
        // An old name with the new digest: which one was seen?
        { pending_id: first.pending_id, digest: edited.body.digest },
      ]) {
        const answer = await deployment.call("POST", "/v1/oversight/decide", tenant.bob, {
          ...names,
          decision: "approve",
        });
        isError(answer);
        assert.strictEqual(answer.status, 409, `${JSON.stringify(names)}: ${answer.text}`);
        assert.strictEqual(answer.body.code, "stale_digest");
        assert.strictEqual(answer.body.digest, edited.body.digest, "the answer names the content there is now");
      }
      // The bare id of an edited message says too little.
      const vague = await deployment.call("POST", "/v1/oversight/decide", tenant.bob, {
        email_id: first.id,
        decision: "approve",
      });
      isError(vague);
      assert.strictEqual(vague.status, 422, vague.text);
      for (const digest of [
        "",
        "sha256:",
        `sha256:${"0".repeat(63)}`,
        first.digest.toUpperCase(),
        `${first.digest} `,
      ]) {
        const answer = await tenant.decide(tenant.bob, edited.body, "approve", { digest });
        isError(answer);
        assert.oneOf(answer.status, [409, 422], answer.text);
      }
      assert.deepInclude(await tenant.show(first.id), { status: "pending_approval", approvals: 0, revision: 2 });
      assert.lengthOf(deployment.mailsOf(first), 0);
    });

    it("OV-22: names of a content that are not quite its name are no names", async () => {
      const tenant = await deployment.tenant();
      const mail = await tenant.sent();
      const ulid = mail.id.slice("msg_".length) as string;
      await deployment.unchanged([tenant], async () => {
        for (const pending_id of [
          `pend_${ulid}_r1`,
          `pend_${ulid}_r01`,
          `pend_${ulid}_r2\u0020`,
          `pend_${ulid.toLowerCase()}`,
          `PEND_${ulid}`,
          ` pend_${ulid}`,
          `pend_${ulid}\n`,
          `pend_${ulid}'--`,
          // Digits and letters that only look so.
          `pend_${ulid.replace(/0/, "\uff10")}`,
          `pend_${ulid.replace(/0/, "O")}`,
          `pend_${ulid}\u200b`,
          `msg_${ulid.toLowerCase()}`,
          `msg_${ulid}%`,
          "msg_%",
          "pend_",
          "__proto__",
          "constructor",
        ]) {
          const answer = await deployment.call("POST", "/v1/oversight/decide", tenant.alice, {
            pending_id,
            decision: "approve",
          });
          isError(answer);
          assert.oneOf(answer.status, [404, 422], `${pending_id}: ${answer.text}`);
        }
        for (const body of [
          { pending_id: mail.pending_id },
          { decision: "approve" },
          { pending_id: mail.pending_id, decision: "APPROVE" },
          { pending_id: mail.pending_id, decision: ["approve"] },
          { pending_id: mail.pending_id, decision: "approve", action: "reject" },
          { pending_id: mail.pending_id, email_id: "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV", decision: "approve" },
          { pending_id: mail.pending_id, decision: "approve", reason: "r".repeat(2001) },
          { pending_id: mail.pending_id, decision: "approve", reason: "half a pair: \ud83d" },
          { pending_id: [mail.pending_id], decision: "approve" },
          { pending_id: { id: mail.pending_id }, decision: "approve" },
        ]) {
          const answer = await deployment.call("POST", "/v1/oversight/decide", tenant.alice, body);
          isError(answer);
          assert.oneOf(answer.status, [400, 422], `${JSON.stringify(body).slice(0, 100)}: ${answer.text}`);
        }
      });
    });

    it("a decision twice: the second is told who was first", async () => {
      const tenant = await deployment.tenant();
      const mail = await tenant.sent();
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).status, 200);
      for (const [key, decision] of [
        [tenant.alice, "approve"],
        [tenant.bob, "approve"],
        [tenant.bob, "reject"],
      ] as const) {
        const again = await tenant.decide(key, mail, decision);
        isError(again);
        assert.strictEqual(again.status, 409, again.text);
        assert.strictEqual(again.body.code, "already_decided");
        assert.deepInclude(again.body.winner, { decision: "approve", by: "alice" });
      }
      await tenant.until(mail.id, "delivered");
      assert.lengthOf(deployment.mailsOf(mail), 1);
    });

    it("OV-25 one-winner: of 64 decisions at once one wins, and 63 learn which", { timeout: 60_000 }, async () => {
      const tenant = await deployment.tenant();
      const people = await Promise.all(
        Array.from({ length: 8 }, (_, i) => tenant.key({ scopes: ["oversight"], id: `person-${i}` })),
      );
      const mail = await tenant.sent();
      const answers = await Promise.all(
        Array.from({ length: 64 }, (_, i) =>
          tenant.decide(people[i % 8]!, mail, i % 3 === 0 ? "reject" : "approve", { digest: mail.digest }),
        ),
      );
      const winners = answers.filter(({ status }) => status === 200);
      assert.lengthOf(winners, 1, answers.map(({ status }) => status).join());
      const won = winners[0]!.body;
      for (const answer of answers) {
        if (answer.status === 200) continue;
        isError(answer);
        assert.strictEqual(answer.status, 409, answer.text);
        assert.deepInclude(answer.body.winner, { decision: won.decision, by: won.reviewer });
      }
      const end = await tenant.until(mail.id, "delivered", "rejected");
      assert.strictEqual(end.status, won.decision === "approve" ? "delivered" : "rejected");
      assert.lengthOf(deployment.mailsOf(mail), won.decision === "approve" ? 1 : 0);
      const entries = (await tenant.log()).filter(({ type }) => type === "approve" || type === "reject");
      assert.lengthOf(entries, 64, "every attempt is in the log");
      assert.lengthOf(
        entries.filter(({ outcome }) => outcome === "accepted"),
        1,
      );
    });

    it("approve, reject, edit, cancel and a tightened mode at once: one story, whichever it is", async () => {
      const tenant = await deployment.tenant();
      for (let round = 0; round < 8; round++) {
        const mail = await tenant.sent();
        const answers = await Promise.all([
          tenant.decide(tenant.alice, mail, "approve", { digest: mail.digest }),
          tenant.decide(tenant.bob, mail, "reject", { digest: mail.digest }),
          deployment.call("PATCH", path(tenant, mail), tenant.agent, { body: "Edited.", base_digest: mail.digest }),
          deployment.call("POST", `/v1/emails/${mail.id}/cancel`, tenant.agent),
        ]);
        const [approved, rejected, edited, cancelled] = answers.map(({ status }) => status < 300);
        for (const answer of answers) assert.oneOf(answer.status, [200, 202, 409], answer.text);
        const end = await tenant.until(mail.id, "delivered", "rejected", "cancelled", "pending_approval");
        const delivered = deployment.mailsOf(mail);
        if (delivered.length > 0) {
          assert.isTrue(
            approved && !rejected && !cancelled && !edited,
            JSON.stringify(answers.map(({ text }) => text)),
          );
          assert.notInclude(delivered[0]!.raw.toString(), "Edited.");
        }
        assert.strictEqual(end.status === "delivered", delivered.length === 1);
        if (cancelled && !approved) assert.strictEqual(end.status, "cancelled");
      }
    });

    it("an approval that races with an edit never releases the edit", async () => {
      const tenant = await deployment.tenant();
      for (let round = 0; round < 12; round++) {
        const mail = await tenant.sent({ body: "As seen." });
        const [edited, approved] = await Promise.all([
          deployment.call("PATCH", path(tenant, mail), tenant.agent, { body: "As not seen." }),
          // By the pending id alone, as a reviewer's button does.
          tenant.decide(tenant.alice, mail),
        ]);
        const { status, approvals } = await tenant.until(mail.id, "delivered", "pending_approval");
        for (const { raw } of deployment.mailsOf(mail)) assert.include(raw.toString(), "As seen.");
        // An edit still reaches what is approved and not handed over yet: then both were right, and it waits again.
        assert.oneOf(edited.status, [202, 409], edited.text);
        assert.oneOf(approved.status, [200, 409], approved.text);
        assert.strictEqual(status, edited.status === 202 ? "pending_approval" : "delivered");
        assert.strictEqual(approvals, edited.status === 202 ? 0 : 1);
      }
    });

    it("partial edits at the same moment lose nothing: both are in it, or one is told", async () => {
      const tenant = await deployment.tenant();
      for (let round = 0; round < 16; round++) {
        const mail = await tenant.sent({ subject: "before", body: "before" });
        const [subject, body] = await Promise.all([
          deployment.call("PATCH", path(tenant, mail), tenant.agent, { subject: "after" }),
          deployment.call("PATCH", path(tenant, mail), tenant.alice, { body: "after" }),
        ]);
        const now = await tenant.show(mail.id);
        assert.strictEqual(now.subject, subject.status === 202 ? "after" : "before", subject.text);
        assert.strictEqual(now.body, body.status === 202 ? "after" : "before", body.text);
      }
    });

    it("OV-20 actor-from-credential: a name in the body decides nothing", async () => {
      const tenant = await deployment.tenant();
      const mail = await tenant.sent();
      const claim = {
        reviewer_id: "bob",
        approved_by: "bob",
        actor: { role: "reviewer", principal: "bob" },
        principal: "bob",
      };
      const byAgent = await tenant.decide(tenant.agent, mail, "approve", claim);
      isError(byAgent);
      assert.strictEqual(byAgent.status, 403, byAgent.text);
      const byOperator = await tenant.decide(tenant.operator, mail, "approve", claim);
      assert.strictEqual(byOperator.status, 403, byOperator.text);
      const byAlice = await tenant.decide(tenant.alice, mail, "approve", claim);
      assert.strictEqual(byAlice.status, 200, byAlice.text);
      assert.strictEqual(byAlice.body.reviewer, "alice");
      assert.notInclude(JSON.stringify((await tenant.show(mail.id)).decisions), "bob");
    });

    it("OV-21 no-self-approval: neither the author, nor the owner of the key, under any of their keys", async () => {
      const tenant = await deployment.tenant();
      // A person who writes and, with another key, decides.
      const pen = await tenant.key({ scopes: ["read", "send"], id: "petra" });
      const stamp = await tenant.key({ scopes: ["read", "oversight"], id: "petra" });
      const both = await tenant.key({ scopes: ["oversight", "admin"], id: "petra" });
      // An agent that somebody answers for.
      const owned = await tenant.key({ scopes: ["read", "send"], id: "agent-7", kind: "agent", owner: "alice" });
      const byPetra = await tenant.sent({}, pen);
      const byAgent = await tenant.sent({}, owned);
      for (const [key, mail] of [
        [stamp, byPetra],
        [both, byPetra],
        [tenant.alice, byAgent],
      ] as const) {
        for (const decision of ["approve", "reject"]) {
          const answer = await tenant.decide(key, mail, decision);
          isError(answer);
          assert.strictEqual(answer.status, 403, answer.text);
          assert.strictEqual(answer.body.code, "self_decision");
        }
      }
      assert.strictEqual((await tenant.decide(tenant.alice, byPetra)).status, 200);
      assert.strictEqual((await tenant.decide(stamp, byAgent)).status, 200);
    });

    it("OV-51 agent-touches-only-its-own: an agent neither edits nor cancels another's mail, not even of the same mailbox", async () => {
      const tenant = await deployment.tenant();
      const mail = await tenant.sent();
      const other = await tenant.key({ scopes: ["read", "send"], id: "agent-2", kind: "agent" });
      await deployment.unchanged(
        [tenant],
        async () => {
          for (const [method, at, body] of [
            ["PATCH", path(tenant, mail), { body: "Mine now." }],
            ["PATCH", `${path(tenant, mail)}/schedule`, { body: "Mine now." }],
            ["POST", `${path(tenant, mail)}/cancel`, undefined],
            ["POST", `/v1/emails/${mail.id}/cancel`, undefined],
          ] as const) {
            const answer = await deployment.call(method, at, other, body);
            isError(answer);
            assert.strictEqual(answer.status, 403, `${method} ${at}: ${answer.text}`);
          }
        },
        { refusedEntries: 4 },
      );
    });

    it("a decision in words: reasons of several lines and of any script come back as they were, and stay out of the leaf", async () => {
      const tenant = await deployment.tenant();
      const mail = await tenant.sent();
      const reason = 'no\r\n{"type":"approve","outcome":"accepted"}\n\u2028<script>alert(1)</script> 😀 ';
      assert.strictEqual((await tenant.decide(tenant.alice, mail, "reject", { reason })).status, 200);
      assert.strictEqual((await tenant.show(mail.id)).decisions[0].reason, reason);
      const lines = await tenant.log();
      const entry = lines.find(({ type }) => type === "reject")!;
      assert.notInclude(JSON.stringify(lines), "<script>");
      assert.match(JSON.parse(entry.leaf).personal, /^sha256:[0-9a-f]{64}$/);
    });

    it("OV-17 terminal-is-final: what has ended is not decided, edited, cancelled or resolved again", async () => {
      const tenant = await deployment.tenant();
      const ends = await Promise.all(
        ["rejected", "cancelled", "delivered"].map(async (end) => {
          const mail = await tenant.sent();
          if (end === "cancelled") await deployment.call("POST", `/v1/emails/${mail.id}/cancel`, tenant.agent);
          else await tenant.decide(tenant.alice, mail, end === "delivered" ? "approve" : "reject");
          return tenant.until(mail.id, end).then(() => mail);
        }),
      );
      for (const mail of ends) {
        const before = await tenant.show(mail.id);
        for (const [method, at, key, body] of [
          ["POST", "/v1/oversight/decide", tenant.bob, { pending_id: mail.pending_id, decision: "approve" }],
          ["POST", "/v1/oversight/decide", tenant.bob, { pending_id: mail.pending_id, decision: "reject" }],
          ["PATCH", path(tenant, mail), tenant.agent, { body: "Again." }],
          ["POST", `/v1/emails/${mail.id}/resolve`, tenant.bob, { outcome: "retry", digest: mail.digest }],
          ["POST", `/v1/emails/${mail.id}/resolve`, tenant.operator, { outcome: "failed", digest: mail.digest }],
        ] as const) {
          const answer = await deployment.call(method, at, key, body);
          isError(answer);
          assert.strictEqual(answer.status, 409, `${before.status} ${method} ${at}: ${answer.text}`);
        }
        const cancel = await deployment.call("POST", `/v1/emails/${mail.id}/cancel`, tenant.agent);
        assert.strictEqual(cancel.status, before.status === "cancelled" ? 200 : 409, cancel.text);
        assert.deepStrictEqual(await tenant.show(mail.id), before);
      }
      assert.sameMembers(
        deployment.receiver.mails.filter(({ from }) => from === tenant.address).map(({ messageId }) => messageId),
        [ends[2]!.message_id],
      );
    });
  });
}

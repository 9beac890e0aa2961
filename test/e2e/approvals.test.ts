/** What an approval rests on, end to end: people, time, lists, risk and content, and what a change of any of them takes back. */
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { eventually } from "../support/time.ts";
import { letter } from "../support/letter.ts";
import { inSeconds, pause } from "../support/time.ts";
import { isError } from "../support/answer.ts";
import { postgres, sqlite } from "../support/databases.ts";
import { startDeployment, type Deployment } from "../support/deployment.ts";

/** From the shipped list of throwaway domains, like many others there. */
const disposable = "mailinator.com";

for (const store of [sqlite, postgres]) {
  describe.concurrent(`approvals on ${store.name}`, { timeout: 60_000 }, () => {
    let deployment: Deployment;
    beforeAll(async () => {
      deployment = await startDeployment(store);
    });
    afterAll(async () => {
      await deployment?.stop();
    });

    it("OV-23 quorum-counts-people: two keys of one person are one approval", async () => {
      const tenant = await deployment.tenant({ quorum: 2 });
      const second = await tenant.key({ scopes: ["read", "oversight"], id: "alice" });
      const mail = await tenant.sent();
      const first = await tenant.decide(tenant.alice, mail);
      assert.deepInclude(first.body, { status: "pending_approval", approvals: 1, quorum: 2 });
      const again = await tenant.decide(second, mail);
      isError(again);
      assert.strictEqual(again.status, 409, again.text);
      assert.strictEqual(again.body.code, "already_approved");
      await pause(200);
      assert.lengthOf(deployment.mailsOf(mail), 0);
      const other = await tenant.decide(tenant.bob, mail);
      assert.strictEqual(other.status, 200, other.text);
      await tenant.until(mail.id, "delivered");
      assert.deepInclude(await tenant.show(mail.id), { approvals: 2, quorum: 2 });
      // At once, with both keys many times over: still one person.
      const rush = await tenant.sent();
      await Promise.all(Array.from({ length: 12 }, (_, i) => tenant.decide(i % 2 === 0 ? second : tenant.alice, rush)));
      assert.deepInclude(await tenant.show(rush.id), { status: "pending_approval", approvals: 1 });
    });

    it("OV-24 revoked-reviewer-voids: revoked between approval and hand-over, the approval no longer counts", async () => {
      const tenant = await deployment.tenant();
      const [mail, kept] = [await tenant.sent({ send_at: inSeconds(3) }), await tenant.sent({ send_at: inSeconds(3) })];
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).body.status, "scheduled");
      assert.strictEqual((await tenant.decide(tenant.bob, kept)).body.status, "scheduled");
      const revoked = await deployment.call("POST", "/v1/reviewers/alice/revoke", tenant.operator);
      assert.strictEqual(revoked.status, 200, revoked.text);
      assert.deepStrictEqual(revoked.body.messages, [mail.id]);
      assert.strictEqual((await tenant.show(mail.id)).status, "pending_approval");
      const refused = await tenant.decide(tenant.alice, mail);
      isError(refused);
      assert.strictEqual(refused.body.code, "reviewer_revoked");
      // Not even after they are reinstated does what they said before count again.
      assert.strictEqual((await deployment.call("POST", "/v1/reviewers/alice/reinstate", tenant.operator)).status, 200);
      await tenant.until(kept.id, "delivered");
      await pause(1200);
      assert.deepInclude(await tenant.show(mail.id), { status: "pending_approval", approvals: 0 });
      assert.lengthOf(deployment.mailsOf(mail), 0);
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).status, 200);
      await tenant.until(mail.id, "delivered");
    });

    it("OV-27 released-when-due: a scheduled message leaves when it is due, and not a second earlier", async () => {
      const tenant = await deployment.tenant();
      const due = Math.floor(Date.now() / 1000) + 3;
      const mail = await tenant.sent({ send_at: inSeconds(3) });
      assert.strictEqual(mail.status, "pending_approval");
      const approved = await tenant.decide(tenant.alice, mail);
      assert.strictEqual(approved.body.status, "scheduled");
      await tenant.until(mail.id, "delivered");
      const [release] = (await tenant.log()).filter(({ type }) => type === "release");
      assert.isAtLeast(JSON.parse(release!.leaf).at as number, due);
      assert.lengthOf(deployment.mailsOf(mail), 1);
      // The time is part of what was approved: another time is another content.
      const moved = await tenant.sent({ send_at: inSeconds(600) });
      await tenant.decide(tenant.alice, moved);
      const edit = await tenant.patch(moved, tenant.agent, { send_at: inSeconds(700) });
      assert.strictEqual(edit.body.status, "pending_approval", edit.text);
      assert.notStrictEqual(edit.body.digest, moved.digest);
    });

    it("OV-12 blocked-recipient-refused: a deny entry refuses, and one added after the approval stops what has not left", async () => {
      const tenant = await deployment.tenant({ oversight_mode: "autonomous" });
      const block = (entry: string) => deployment.call("POST", "/v1/lists/send/block", tenant.operator, { entry });
      const scheduled = await tenant.sent({
        to: "eve@later.example.net",
        send_at: inSeconds(3),
        oversight_mode: "gated_send",
      });
      assert.strictEqual((await tenant.decide(tenant.alice, scheduled)).body.status, "scheduled");
      const waiting = await tenant.sent({ to: "eve@waits.example.net", oversight_mode: "gated_send" });
      assert.strictEqual((await block("example.net")).status, 201);
      // At once: the operator's word counts from the answer on.
      const approval = await tenant.decide(tenant.alice, waiting);
      isError(approval);
      assert.strictEqual(approval.body.code, "recipient_blocked", approval.text);
      for (const change of [
        { to: "eve@example.net" },
        { to: "eve@sub.example.net" },
        { to: "eve@EXAMPLE.NET" },
        { cc: "eve@example.net" },
        { bcc: ["dave@example.org", "eve@example.net"] },
      ]) {
        const answer = await tenant.send(change);
        isError(answer);
        assert.strictEqual(answer.status, 403, `${JSON.stringify(change)}: ${answer.text}`);
        assert.strictEqual(answer.body.code, "recipient_blocked");
      }
      await tenant.until(scheduled.id, "pending_approval");
      await pause(1500);
      assert.lengthOf(deployment.mailsOf(scheduled), 0);
      assert.lengthOf(deployment.mailsOf(waiting), 0);
      // An allow list admits whom it names, and nobody else.
      assert.strictEqual(
        (await deployment.call("POST", "/v1/lists/send/allow", tenant.operator, { entry: "carol@example.org" })).status,
        201,
      );
      await eventually(
        () => tenant.send({ to: "dave@example.org" }),
        ({ status }) => status === 403,
      );
      await tenant.until((await tenant.sent()).id, "delivered");
    });

    it("OV-10 high-risk-waits: a throwaway domain is held in every mode, wherever it stands among the recipients", async () => {
      const tenant = await deployment.tenant({ oversight_mode: "autonomous" });
      const held = await Promise.all(
        [
          { to: `eve@${disposable}` },
          { to: `eve@sub.${disposable}` },
          { cc: `Eve <eve@${disposable.toUpperCase()}>` },
          { bcc: ["dave@example.org", `eve@${disposable}`] },
          { reply_to: `eve@${disposable}` },
          // It reads like the operator's own domain.
          { to: "carol@acrne.example" },
        ].map((change) => tenant.sent(change)),
      );
      for (const [i, mail] of held.entries()) {
        assert.strictEqual(mail.status, "pending_approval", JSON.stringify(mail));
        assert.isAbove(mail.domain_risk_score, 0.7);
        assert.include(mail.domain_flags, i < 5 ? "disposable" : "lookalike");
        assert.strictEqual(mail.oversight_mode, "gated_send");
      }
      await pause(300);
      for (const mail of held) assert.lengthOf(deployment.mailsOf(mail), 0);
      // A person may let it go all the same.
      assert.strictEqual((await tenant.decide(tenant.alice, held[0])).status, 200);
      await tenant.until(held[0].id, "delivered");
    });

    it("OV-16 cancel-ends: what waits or is scheduled is cancelled and stays so", async () => {
      const tenant = await deployment.tenant({ oversight_mode: "autonomous" });
      const mails = [await tenant.sent({ send_at: inSeconds(2) }), await tenant.sent({ oversight_mode: "gated_send" })];
      for (const [i, mail] of mails.entries()) {
        const answer = await deployment.call(
          "POST",
          `/v1/emails/${mail.id}/cancel`,
          i === 0 ? tenant.agent : tenant.operator,
        );
        assert.strictEqual(answer.status, 200, answer.text);
      }
      await pause(3000);
      for (const mail of mails) {
        assert.strictEqual((await tenant.show(mail.id)).status, "cancelled");
        assert.lengthOf(deployment.mailsOf(mail), 0);
      }
    });

    it("OV-15 approval-binds-content: every part of a message that a recipient or the wire would see is in its digest", async () => {
      const tenant = await deployment.tenant();
      const changes: readonly Record<string, unknown>[] = [
        { to: "dave@example.org" },
        { to: ["carol@example.org", "dave@example.org"] },
        { to: "Caroline <carol@example.org>" },
        { cc: "dave@example.org" },
        { bcc: "dave@example.org" },
        { reply_to: "dave@example.org" },
        { subject: "Ticket #4822" },
        { body: "Hi, we've resolved ticket #4821!" },
        { body: undefined, html: "<p>Hi, we've resolved ticket #4821.</p>" },
        { headers: { "X-Ticket": "4821" } },
        { attachments: [{ name: "a.txt", content_base64: "aGk=" }] },
        { attachments: [{ name: "b.txt", content_base64: "aGk=" }] },
        { attachments: [{ name: "a.txt", content_base64: "aGo=" }] },
        { attachments: [{ name: "a.txt", content_type: "text/html", content_base64: "aGk=" }] },
        { send_at: inSeconds(600) },
      ];
      const digests = new Set<string>();
      for (const change of [{}, ...changes]) {
        const mail = await tenant.sent();
        const answer = await tenant.patch(mail, tenant.agent, { ...letter({ mailbox: undefined }), ...change });
        assert.strictEqual(answer.status, 202, `${JSON.stringify(change)}: ${answer.text}`);
        if (Object.keys(change).length > 0) {
          assert.notStrictEqual(answer.body.digest, mail.digest, JSON.stringify(change));
          const stale = await tenant.decide(tenant.alice, mail);
          assert.strictEqual(stale.status, 409, `${JSON.stringify(change)}: ${stale.text}`);
        }
        digests.add(answer.body.digest);
      }
      assert.strictEqual(digests.size, changes.length + 1);
    });
  });
}

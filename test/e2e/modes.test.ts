/** The five modes end to end: what leaves at once, what waits, who may change it, and what a change reaches. */
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { eventually, letter } from "./server.ts";
import { isError, postgres, sqlite, startWorld, type Tenant, unique, type World } from "./world.ts";

/** RFC 3339, so many whole seconds ahead. */
const inSeconds = (seconds: number): string =>
  new Date((Math.floor(Date.now() / 1000) + seconds) * 1000).toISOString().replace(".000", "");
const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

/** From the shipped list of throwaway domains, like many others there. */
const disposable = "mailinator.com";
const copyTo = "oversight@acme.example";

for (const store of [sqlite, postgres]) {
  describe.concurrent(`modes on ${store.name}`, { timeout: 60_000 }, () => {
    let world: World;
    beforeAll(async () => {
      world = await startWorld(store);
    });
    afterAll(async () => {
      await world?.stop();
    });

    const mailsOf = (message: { readonly message_id: string }, to?: string) =>
      world.receiver.mails.filter(
        ({ messageId, recipients }) =>
          messageId === message.message_id && (to === undefined || recipients.includes(to)),
      );
    const raw = async (tenant: Tenant, message: { readonly id: string }) =>
      (await world.call("GET", `/v1/mailboxes/${tenant.mailbox}/emails/${message.id}/raw`, tenant.alice)).text;
    const patch = (tenant: Tenant, message: { readonly id: string }, key: string, body: unknown) =>
      world.call("PATCH", `/v1/mailboxes/${tenant.mailbox}/emails/${message.id}`, key, body);

    it("OV-5: read_only refuses, says the way to a raise, and delivers nothing", async () => {
      const tenant = await world.tenant({ oversight_mode: "read_only" });
      const answer = await tenant.send();
      isError(answer);
      assert.strictEqual(answer.status, 403);
      assert.strictEqual(answer.body.code, "read_only");
      assert.include(answer.body.error, "raise");
      assert.strictEqual((await tenant.show(answer.body.id)).status, "refused");
      // Nor does a person let out what was refused.
      assert.strictEqual((await tenant.decide(tenant.alice, answer.body)).status, 409);
      assert.strictEqual((await tenant.setMode("autonomous")).status, 200);
      await pause(300);
      assert.strictEqual((await tenant.show(answer.body.id)).status, "refused");
      assert.lengthOf(mailsOf(answer.body), 0);
    });

    it("OV-39 no-gated-bypass: gated_send and gated_all wait for a person, and deliver what the person saw", async () => {
      for (const mode of ["gated_send", "gated_all"]) {
        const tenant = await world.tenant({ oversight_mode: mode });
        const mail = await tenant.sent({ cc: "Dave <dave@example.org>", bcc: "erin@example.net" });
        assert.strictEqual(mail.status, "pending_approval");
        await pause(300);
        assert.lengthOf(mailsOf(mail), 0);
        const seen = await raw(tenant, mail);
        const approved = await tenant.decide(tenant.alice, mail, "approve", { digest: mail.digest });
        assert.strictEqual(approved.status, 200, approved.text);
        assert.strictEqual(approved.body.status, "delivered");
        const [delivered] = mailsOf(mail);
        assert.isTrue(delivered!.raw.toString("latin1").endsWith(seen), "the approved bytes, under the signed headers");
        assert.sameMembers([...delivered!.recipients], ["carol@example.org", "dave@example.org", "erin@example.net"]);
        assert.notInclude(delivered!.raw.toString("latin1"), "erin@", "Bcc is in the envelope alone");
        assert.lengthOf(mailsOf(mail), 1);
        const log = (await tenant.log()).filter(({ message_id }) => message_id === mail.id).map(({ type }) => type);
        assert.deepStrictEqual(log, ["submit", "approve", "dispatch", "delivered"]);
      }
    });

    it("OV-7 monitored-is-copied: monitored leaves at once, and the same bytes go to the oversight address", async () => {
      const tenant = await world.tenant({ oversight_mode: "monitored" });
      const mail = await tenant.sent({ bcc: "erin@example.net" });
      await tenant.until(mail.id, "delivered");
      await eventually(
        async () => mailsOf(mail),
        (mails) => mails.length === 2,
      );
      const [copy] = mailsOf(mail, copyTo);
      const [original] = mailsOf(mail, "carol@example.org");
      assert.deepStrictEqual([...copy!.recipients], [copyTo]);
      assert.notInclude(original!.recipients, copyTo);
      const seen = await raw(tenant, mail);
      for (const one of [copy!, original!]) assert.isTrue(one.raw.toString("latin1").endsWith(seen));
      await pause(300);
      assert.lengthOf(mailsOf(mail), 2);
    });

    it("OV-11 clear-messages-leave: autonomous leaves at once, to its recipients alone", async () => {
      const tenant = await world.tenant({ oversight_mode: "autonomous" });
      const mail = await tenant.sent();
      await tenant.until(mail.id, "delivered");
      await pause(200);
      assert.deepStrictEqual(
        mailsOf(mail).map(({ recipients }) => [...recipients]),
        [["carol@example.org"]],
      );
      const [line] = (await tenant.log()).filter(({ type }) => type === "submit");
      assert.deepInclude(line as object, { decision: "policy", approver_id: null });
    });

    it("OV-2 request-never-loosens: for each mode of the mailbox and each asked for, the stricter one counts", async () => {
      const modes = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"] as const;
      for (const [i, mode] of modes.entries()) {
        const tenant = await world.tenant({ oversight_mode: mode });
        for (const [j, asked] of modes.entries()) {
          const answer = await tenant.send({ oversight_mode: asked });
          const effective = modes[Math.min(i, j)]!;
          assert.strictEqual(answer.body.oversight_mode, effective, `${mode}, asked for ${asked}: ${answer.text}`);
          if (effective === "read_only") assert.strictEqual(answer.status, 403);
          else if (effective.startsWith("gated")) assert.strictEqual(answer.body.status, "pending_approval");
          else {
            assert.oneOf(answer.body.status, ["queued", "dispatching", "delivered"]);
            await tenant.until(answer.body.id, "delivered");
            if (effective === "monitored") {
              await eventually(
                async () => mailsOf(answer.body, copyTo),
                (copies) => copies.length === 1,
              );
            }
          }
        }
      }
    });

    it("OV-7 monitored-is-copied: without an oversight address nothing is monitored, by whatever way it was asked for", async () => {
      const tenant = await world.tenant({ oversight_mode: "autonomous", oversight_address: null });
      const made = await world.call("POST", "/v1/mailboxes", tenant.operator, {
        address: `${unique("blind")}@acme.example`,
        agent_id: "agent-1",
        oversight_mode: "monitored",
      });
      const changed = await tenant.setMode("monitored");
      const sent = await tenant.send({ oversight_mode: "monitored" });
      for (const answer of [made, changed, sent]) {
        isError(answer);
        assert.strictEqual(answer.status, 422, answer.text);
      }
      // An edit is no way around it.
      const mail = await tenant.sent({ send_at: inSeconds(600) });
      const edited = await patch(tenant, mail, tenant.agent, { oversight_mode: "monitored" });
      assert.strictEqual(edited.status, 422, edited.text);
      await pause(200);
      assert.lengthOf(
        world.receiver.mails.filter(({ from }) => from === tenant.address),
        0,
      );
    });

    it("OV-3 agent-never-raises-mode: an agent lowers its mailbox's mode at once and never raises it", async () => {
      const modes = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"] as const;
      const tenant = await world.tenant({ oversight_mode: "autonomous" });
      for (const [i, from] of modes.entries()) {
        for (const [j, to] of modes.entries()) {
          const set = await tenant.setMode(from);
          assert.strictEqual(set.status, 200, set.text);
          const answer = await tenant.setMode(to, tenant.agent);
          assert.strictEqual(answer.status, j > i ? 403 : 200, `${from} to ${to}: ${answer.text}`);
          if (j > i) {
            isError(answer);
            assert.strictEqual(answer.body.code, "mode_raise");
          }
          const now = (await world.call("GET", `/v1/mailboxes/${tenant.mailbox}`, tenant.agent)).body.oversight_mode;
          assert.strictEqual(now, modes[Math.min(i, j)]);
        }
      }
      for (const key of [tenant.alice, await tenant.key({ scopes: ["read"], id: "reader" })]) {
        const answer = await tenant.setMode("read_only", key);
        assert.strictEqual(answer.status, 403, answer.text);
      }
      // Every change and every attempt at one is in the log.
      const changes = (await tenant.log()).filter(({ type }) => type === "set_mode");
      assert.lengthOf(
        changes.filter(({ refusal }) => refusal === "mode_raise"),
        10,
      );
    });

    it("OV-9 loosening-frees-nothing: what waits goes on waiting when the mode is loosened", async () => {
      const tenant = await world.tenant();
      const mail = await tenant.sent();
      assert.strictEqual((await tenant.setMode("autonomous")).status, 200);
      await pause(1500);
      assert.strictEqual((await tenant.show(mail.id)).status, "pending_approval");
      assert.lengthOf(mailsOf(mail), 0);
      // What comes after it leaves.
      const later = await tenant.sent();
      await tenant.until(later.id, "delivered");
    });

    it("OV-28 tightening-reaches-everything-unsent: what was free to go waits again", async () => {
      const tenant = await world.tenant({ oversight_mode: "autonomous" });
      const mail = await tenant.sent({ send_at: inSeconds(2) });
      assert.strictEqual(mail.status, "scheduled");
      assert.strictEqual((await tenant.setMode("gated_send", tenant.agent)).status, 200);
      await tenant.until(mail.id, "pending_approval");
      await pause(1500);
      assert.lengthOf(mailsOf(mail), 0);
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).status, 200);
      await tenant.until(mail.id, "delivered");
      assert.lengthOf(mailsOf(mail), 1);
    });

    it("OV-5: read_only holds what was approved, until it is lifted", async () => {
      const tenant = await world.tenant();
      const mail = await tenant.sent({ send_at: inSeconds(2) });
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).body.status, "scheduled");
      assert.strictEqual((await tenant.setMode("read_only", tenant.agent)).status, 200);
      await pause(3000);
      assert.lengthOf(mailsOf(mail), 0);
      assert.strictEqual((await tenant.show(mail.id)).status, "queued");
      assert.strictEqual((await tenant.setMode("gated_send")).status, 200);
      await tenant.until(mail.id, "delivered");
      assert.lengthOf(mailsOf(mail), 1);
    });

    it("OV-6 halt-silences: a halt stops the new, the approved and the due; a resume lets go what was free to go", async () => {
      const tenant = await world.tenant({ oversight_mode: "autonomous" });
      const [scheduled, waiting] = [
        await tenant.sent({ send_at: inSeconds(2) }),
        await tenant.sent({ oversight_mode: "gated_send" }),
      ];
      assert.strictEqual((await world.call("POST", "/v1/halt", tenant.operator)).body.status, "halted");
      const refused = await tenant.send();
      isError(refused);
      assert.strictEqual(refused.body.code, "halted");
      // Twice is no error: whoever presses twice wants it stopped.
      assert.strictEqual((await world.call("POST", "/v1/halt", tenant.operator)).status, 200);
      const approved = await tenant.decide(tenant.alice, waiting);
      assert.strictEqual(approved.status, 200, approved.text);
      assert.strictEqual(approved.body.status, "queued");
      await pause(3000);
      for (const mail of [scheduled, waiting]) assert.lengthOf(mailsOf(mail), 0);
      // A halted tenant reads as read_only; other tenants do not notice.
      const other = await world.tenant({ oversight_mode: "autonomous" });
      await other.until((await other.sent()).id, "delivered");
      assert.strictEqual((await world.call("POST", "/v1/resume", tenant.operator)).body.status, "running");
      for (const mail of [scheduled, waiting]) {
        await tenant.until(mail.id, "delivered");
        assert.lengthOf(mailsOf(mail), 1);
      }
      assert.strictEqual((await tenant.show(refused.body.id)).status, "refused");
    });

    it("OV-23 quorum-counts-people: two keys of one person are one approval", async () => {
      const tenant = await world.tenant({ quorum: 2 });
      const second = await tenant.key({ scopes: ["read", "oversight"], id: "alice" });
      const mail = await tenant.sent();
      const first = await tenant.decide(tenant.alice, mail);
      assert.deepInclude(first.body, { status: "pending_approval", approvals: 1, quorum: 2 });
      const again = await tenant.decide(second, mail);
      isError(again);
      assert.strictEqual(again.status, 409, again.text);
      assert.strictEqual(again.body.code, "already_approved");
      await pause(200);
      assert.lengthOf(mailsOf(mail), 0);
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
      const tenant = await world.tenant();
      const [mail, kept] = [await tenant.sent({ send_at: inSeconds(3) }), await tenant.sent({ send_at: inSeconds(3) })];
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).body.status, "scheduled");
      assert.strictEqual((await tenant.decide(tenant.bob, kept)).body.status, "scheduled");
      const revoked = await world.call("POST", "/v1/reviewers/alice/revoke", tenant.operator);
      assert.strictEqual(revoked.status, 200, revoked.text);
      assert.deepStrictEqual(revoked.body.messages, [mail.id]);
      assert.strictEqual((await tenant.show(mail.id)).status, "pending_approval");
      const refused = await tenant.decide(tenant.alice, mail);
      isError(refused);
      assert.strictEqual(refused.body.code, "reviewer_revoked");
      // Not even after they are reinstated does what they said before count again.
      assert.strictEqual((await world.call("POST", "/v1/reviewers/alice/reinstate", tenant.operator)).status, 200);
      await tenant.until(kept.id, "delivered");
      await pause(1200);
      assert.deepInclude(await tenant.show(mail.id), { status: "pending_approval", approvals: 0 });
      assert.lengthOf(mailsOf(mail), 0);
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).status, 200);
      await tenant.until(mail.id, "delivered");
    });

    it("OV-27 released-when-due: a scheduled message leaves when it is due, and not a second earlier", async () => {
      const tenant = await world.tenant();
      const due = Math.floor(Date.now() / 1000) + 3;
      const mail = await tenant.sent({ send_at: inSeconds(3) });
      assert.strictEqual(mail.status, "pending_approval");
      const approved = await tenant.decide(tenant.alice, mail);
      assert.strictEqual(approved.body.status, "scheduled");
      await tenant.until(mail.id, "delivered");
      const [release] = (await tenant.log()).filter(({ type }) => type === "release");
      assert.isAtLeast(JSON.parse(release!.leaf).at as number, due);
      assert.lengthOf(mailsOf(mail), 1);
      // The time is part of what was approved: another time is another content.
      const moved = await tenant.sent({ send_at: inSeconds(600) });
      await tenant.decide(tenant.alice, moved);
      const edit = await patch(tenant, moved, tenant.agent, { send_at: inSeconds(700) });
      assert.strictEqual(edit.body.status, "pending_approval", edit.text);
      assert.notStrictEqual(edit.body.digest, moved.digest);
    });

    it("OV-12 blocked-recipient-refused: a deny entry refuses, and one added after the approval stops what has not left", async () => {
      const tenant = await world.tenant({ oversight_mode: "autonomous" });
      const block = (entry: string) => world.call("POST", "/v1/lists/send/block", tenant.operator, { entry });
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
      assert.lengthOf(mailsOf(scheduled), 0);
      assert.lengthOf(mailsOf(waiting), 0);
      // An allow list admits whom it names, and nobody else.
      assert.strictEqual(
        (await world.call("POST", "/v1/lists/send/allow", tenant.operator, { entry: "carol@example.org" })).status,
        201,
      );
      await eventually(
        () => tenant.send({ to: "dave@example.org" }),
        ({ status }) => status === 403,
      );
      await tenant.until((await tenant.sent()).id, "delivered");
    });

    it("OV-10 high-risk-waits: a throwaway domain is held in every mode, wherever it stands among the recipients", async () => {
      const tenant = await world.tenant({ oversight_mode: "autonomous" });
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
      for (const mail of held) assert.lengthOf(mailsOf(mail), 0);
      // A person may let it go all the same.
      assert.strictEqual((await tenant.decide(tenant.alice, held[0])).status, 200);
      await tenant.until(held[0].id, "delivered");
    });

    it("OV-16 cancel-ends: what waits or is scheduled is cancelled and stays so", async () => {
      const tenant = await world.tenant({ oversight_mode: "autonomous" });
      const mails = [await tenant.sent({ send_at: inSeconds(2) }), await tenant.sent({ oversight_mode: "gated_send" })];
      for (const [i, mail] of mails.entries()) {
        const answer = await world.call(
          "POST",
          `/v1/emails/${mail.id}/cancel`,
          i === 0 ? tenant.agent : tenant.operator,
        );
        assert.strictEqual(answer.status, 200, answer.text);
      }
      await pause(3000);
      for (const mail of mails) {
        assert.strictEqual((await tenant.show(mail.id)).status, "cancelled");
        assert.lengthOf(mailsOf(mail), 0);
      }
    });

    it("OV-15 approval-binds-content: every part of a message that a recipient or the wire would see is in its digest", async () => {
      const tenant = await world.tenant();
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
        const answer = await patch(tenant, mail, tenant.agent, { ...letter({ mailbox: undefined }), ...change });
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

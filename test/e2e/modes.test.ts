/** The five modes and the halt, end to end: what leaves at once, what waits, who may change it, and what a change reaches. */
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { eventually } from "../support/time.ts";
import { inSeconds, pause } from "../support/time.ts";
import { isError } from "../support/answer.ts";
import { postgres, sqlite } from "../support/databases.ts";
import { startDeployment, type Deployment } from "../support/deployment.ts";
import { unique } from "../support/tenant.ts";

const copyTo = "oversight@acme.example";

for (const store of [sqlite, postgres]) {
  describe.concurrent(`modes on ${store.name}`, { timeout: 60_000 }, () => {
    let deployment: Deployment;
    beforeAll(async () => {
      deployment = await startDeployment(store);
    });
    afterAll(async () => {
      await deployment?.stop();
    });

    it("OV-5: read_only refuses, says the way to a raise, and delivers nothing", async () => {
      const tenant = await deployment.tenant({ oversight_mode: "read_only" });
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
      assert.lengthOf(deployment.mailsOf(answer.body), 0);
    });

    it("OV-39 no-gated-bypass: gated_send and gated_all wait for a person, and deliver what the person saw", async () => {
      for (const mode of ["gated_send", "gated_all"]) {
        const tenant = await deployment.tenant({ oversight_mode: mode });
        const mail = await tenant.sent({ cc: "Dave <dave@example.org>", bcc: "erin@example.net" });
        assert.strictEqual(mail.status, "pending_approval");
        await pause(300);
        assert.lengthOf(deployment.mailsOf(mail), 0);
        const seen = await tenant.raw(mail);
        const approved = await tenant.decide(tenant.alice, mail, "approve", { digest: mail.digest });
        assert.strictEqual(approved.status, 200, approved.text);
        assert.strictEqual(approved.body.status, "delivered");
        const [delivered] = deployment.mailsOf(mail);
        assert.isTrue(delivered!.raw.toString("latin1").endsWith(seen), "the approved bytes, under the signed headers");
        assert.sameMembers([...delivered!.recipients], ["carol@example.org", "dave@example.org", "erin@example.net"]);
        assert.notInclude(delivered!.raw.toString("latin1"), "erin@", "Bcc is in the envelope alone");
        assert.lengthOf(deployment.mailsOf(mail), 1);
        const log = (await tenant.log()).filter(({ message_id }) => message_id === mail.id).map(({ type }) => type);
        assert.deepStrictEqual(log, ["submit", "approve", "dispatch", "delivered"]);
      }
    });

    it("OV-7 monitored-is-copied: monitored leaves at once, and the same bytes go to the oversight address", async () => {
      const tenant = await deployment.tenant({ oversight_mode: "monitored" });
      const mail = await tenant.sent({ bcc: "erin@example.net" });
      await tenant.until(mail.id, "delivered");
      await eventually(
        async () => deployment.mailsOf(mail),
        (mails) => mails.length === 2,
      );
      const [copy] = deployment.mailsOf(mail, copyTo);
      const [original] = deployment.mailsOf(mail, "carol@example.org");
      assert.deepStrictEqual([...copy!.recipients], [copyTo]);
      assert.notInclude(original!.recipients, copyTo);
      const seen = await tenant.raw(mail);
      for (const one of [copy!, original!]) assert.isTrue(one.raw.toString("latin1").endsWith(seen));
      await pause(300);
      assert.lengthOf(deployment.mailsOf(mail), 2);
    });

    it("OV-11 clear-messages-leave: autonomous leaves at once, to its recipients alone", async () => {
      const tenant = await deployment.tenant({ oversight_mode: "autonomous" });
      const mail = await tenant.sent();
      await tenant.until(mail.id, "delivered");
      await pause(200);
      assert.deepStrictEqual(
        deployment.mailsOf(mail).map(({ recipients }) => [...recipients]),
        [["carol@example.org"]],
      );
      const [line] = (await tenant.log()).filter(({ type }) => type === "submit");
      assert.deepInclude(line as object, { decision: "policy", approver_id: null });
    });

    it("OV-2 request-never-loosens: for each mode of the mailbox and each asked for, the stricter one counts", async () => {
      const modes = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"] as const;
      for (const [i, mode] of modes.entries()) {
        const tenant = await deployment.tenant({ oversight_mode: mode });
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
                async () => deployment.mailsOf(answer.body, copyTo),
                (copies) => copies.length === 1,
              );
            }
          }
        }
      }
    });

    it("OV-7 monitored-is-copied: without an oversight address nothing is monitored, by whatever way it was asked for", async () => {
      const tenant = await deployment.tenant({ oversight_mode: "autonomous", oversight_address: null });
      const made = await deployment.call("POST", "/v1/mailboxes", tenant.operator, {
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
      const edited = await tenant.patch(mail, tenant.agent, { oversight_mode: "monitored" });
      assert.strictEqual(edited.status, 422, edited.text);
      await pause(200);
      assert.lengthOf(
        deployment.receiver.mails.filter(({ from }) => from === tenant.address),
        0,
      );
    });

    it("OV-3 agent-never-raises-mode: an agent lowers its mailbox's mode at once and never raises it", async () => {
      const modes = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"] as const;
      const tenant = await deployment.tenant({ oversight_mode: "autonomous" });
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
          const now = (await deployment.call("GET", `/v1/mailboxes/${tenant.mailbox}`, tenant.agent)).body
            .oversight_mode;
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
      const tenant = await deployment.tenant();
      const mail = await tenant.sent();
      assert.strictEqual((await tenant.setMode("autonomous")).status, 200);
      await pause(1500);
      assert.strictEqual((await tenant.show(mail.id)).status, "pending_approval");
      assert.lengthOf(deployment.mailsOf(mail), 0);
      // What comes after it leaves.
      const later = await tenant.sent();
      await tenant.until(later.id, "delivered");
    });

    it("OV-28 tightening-reaches-everything-unsent: what was free to go waits again", async () => {
      const tenant = await deployment.tenant({ oversight_mode: "autonomous" });
      const mail = await tenant.sent({ send_at: inSeconds(2) });
      assert.strictEqual(mail.status, "scheduled");
      assert.strictEqual((await tenant.setMode("gated_send", tenant.agent)).status, 200);
      await tenant.until(mail.id, "pending_approval");
      await pause(1500);
      assert.lengthOf(deployment.mailsOf(mail), 0);
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).status, 200);
      await tenant.until(mail.id, "delivered");
      assert.lengthOf(deployment.mailsOf(mail), 1);
    });

    it("OV-5: read_only holds what was approved, until it is lifted", async () => {
      const tenant = await deployment.tenant();
      const mail = await tenant.sent({ send_at: inSeconds(2) });
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).body.status, "scheduled");
      assert.strictEqual((await tenant.setMode("read_only", tenant.agent)).status, 200);
      await pause(3000);
      assert.lengthOf(deployment.mailsOf(mail), 0);
      assert.strictEqual((await tenant.show(mail.id)).status, "queued");
      assert.strictEqual((await tenant.setMode("gated_send")).status, 200);
      await tenant.until(mail.id, "delivered");
      assert.lengthOf(deployment.mailsOf(mail), 1);
    });

    it("OV-6 halt-silences: a halt stops the new, the approved and the due; a resume lets go what was free to go", async () => {
      const tenant = await deployment.tenant({ oversight_mode: "autonomous" });
      const [scheduled, waiting] = [
        await tenant.sent({ send_at: inSeconds(2) }),
        await tenant.sent({ oversight_mode: "gated_send" }),
      ];
      assert.strictEqual((await deployment.call("POST", "/v1/halt", tenant.operator)).body.status, "halted");
      const refused = await tenant.send();
      isError(refused);
      assert.strictEqual(refused.body.code, "halted");
      // Twice is no error: whoever presses twice wants it stopped.
      assert.strictEqual((await deployment.call("POST", "/v1/halt", tenant.operator)).status, 200);
      const approved = await tenant.decide(tenant.alice, waiting);
      assert.strictEqual(approved.status, 200, approved.text);
      assert.strictEqual(approved.body.status, "queued");
      await pause(3000);
      for (const mail of [scheduled, waiting]) assert.lengthOf(deployment.mailsOf(mail), 0);
      // A halted tenant reads as read_only; other tenants do not notice.
      const other = await deployment.tenant({ oversight_mode: "autonomous" });
      await other.until((await other.sent()).id, "delivered");
      assert.strictEqual((await deployment.call("POST", "/v1/resume", tenant.operator)).body.status, "running");
      for (const mail of [scheduled, waiting]) {
        await tenant.until(mail.id, "delivered");
        assert.lengthOf(deployment.mailsOf(mail), 1);
      }
      assert.strictEqual((await tenant.show(refused.body.id)).status, "refused");
    });
  });
}

/** What SMTP servers do to mail, and what becomes of it: refusals for good, for now and in part, answers that never come. */
import { afterAll, assert, beforeAll, describe } from "vitest";
import { fileURLToPath } from "node:url";
import { eventually } from "../support/time.ts";
import { inTurn } from "../support/inTurn.ts";
import { isError } from "../support/answer.ts";
import { pause } from "../support/time.ts";
import { postgres, sqlite } from "../support/databases.ts";
import { startDeployment, type Deployment } from "../support/deployment.ts";
import { type Tenant, unique } from "../support/tenant.ts";

const impatient = fileURLToPath(new URL("./impatient.ts", import.meta.url));

for (const store of [sqlite, postgres]) {
  // The stores at once, the tests of each one after another: each tells its one receiver what to do.
  describe.concurrent(`delivery on ${store.name}`, { timeout: 60_000 }, () => {
    let deployment: Deployment;
    let tenant: Tenant;
    beforeAll(async () => {
      deployment = await startDeployment(store, { program: [impatient] });
      tenant = await deployment.tenant({ oversight_mode: "autonomous" });
    });
    afterAll(async () => {
      await deployment?.stop();
    });

    const recipientsOf = (message: { readonly message_id: string }) =>
      deployment.mailsOf(message).flatMap(({ recipients }) => recipients);
    const resolve = (key: string, message: { readonly id: string }, body: Record<string, unknown>) =>
      deployment.call("POST", `/v1/emails/${message.id}/resolve`, key, body);
    const entriesOf = async (message: { readonly id: string }) =>
      (await tenant.log()).filter(({ message_id }) => message_id === message.id);
    const typesOf = async (message: { readonly id: string }) => (await entriesOf(message)).map(({ type }) => type);
    /** A message whose answer was lost. */
    const lost = async (change: Record<string, unknown> = {}, by = tenant.agent) => {
      deployment.receiver.script = { content: "die" };
      try {
        const mail = await tenant.sent(change, by);
        if (mail.status === "pending_approval") {
          assert.strictEqual((await tenant.decide(tenant.alice, mail)).status, 200);
        }
        await tenant.until(mail.id, "uncertain");
        return mail;
      } finally {
        deployment.receiver.script = {};
      }
    };

    inTurn("OV-30: 5yz to the content ends it as failed; it is not tried again", async () => {
      let tries = 0;
      deployment.receiver.script = { content: () => (tries++, "554 5.7.1 spam\r\ninjected") };
      const mail = await tenant.sent();
      await tenant.until(mail.id, "failed");
      await pause(1500);
      assert.strictEqual(tries, 1);
      deployment.receiver.script = {};
      assert.deepStrictEqual(await typesOf(mail), ["submit", "dispatch", "failed"]);
      // The server's words are kept on one line, and out of the leaf.
      const last = (await entriesOf(mail)).at(-1)!;
      assert.notInclude(last.leaf, "spam");
      assert.include(last.leaf, '"554 5.7.1"');
    });

    inTurn("OV-30: 5yz to every recipient ends it as failed", async () => {
      deployment.receiver.script = { rcpt: () => "550 5.1.1 no such user" };
      const mail = await tenant.sent({ to: ["carol@example.org", "dave@example.org"] });
      await tenant.until(mail.id, "failed");
      deployment.receiver.script = {};
      assert.lengthOf(deployment.mailsOf(mail), 0);
    });

    inTurn("OV-30: 4yz is tried again under the same approval and the same Message-ID", async () => {
      let tries = 0;
      deployment.receiver.script = { content: () => (tries++ < 2 ? "451 4.7.1 greylisted" : null) };
      const mail = await tenant.sent({ oversight_mode: "gated_send" });
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).status, 200);
      await tenant.until(mail.id, "delivered");
      deployment.receiver.script = {};
      assert.strictEqual(tries, 3);
      assert.lengthOf(deployment.mailsOf(mail), 1);
      const types = await typesOf(mail);
      assert.deepStrictEqual(types, [
        "submit",
        "approve",
        ...["deferred", "deferred", "delivered"].flatMap((end) => ["dispatch", end]),
      ]);
    });

    inTurn("some refused for good: delivered to the others, and the log says so", async () => {
      deployment.receiver.script = {
        rcpt: (address) => (address === "dave@example.org" ? "550 5.1.1 no such user" : null),
      };
      const mail = await tenant.sent({ to: ["carol@example.org", "dave@example.org"], bcc: "erin@example.org" });
      await tenant.until(mail.id, "delivered");
      deployment.receiver.script = {};
      assert.sameMembers(recipientsOf(mail), ["carol@example.org", "erin@example.org"]);
      assert.deepStrictEqual(await typesOf(mail), ["submit", "dispatch", "delivered"]);
    });

    inTurn("some refused for now: they get it later, and nobody gets it twice", async () => {
      let tries = 0;
      deployment.receiver.script = {
        rcpt: (address) => (address === "dave@example.org" && tries++ < 2 ? "452 4.2.2 full" : null),
      };
      const mail = await tenant.sent({ to: ["carol@example.org", "dave@example.org", "erin@example.org"] });
      await tenant.until(mail.id, "delivered");
      deployment.receiver.script = {};
      assert.deepStrictEqual(recipientsOf(mail).toSorted(), [
        "carol@example.org",
        "dave@example.org",
        "erin@example.org",
      ]);
    });

    inTurn(
      "OV-32 delivered-at-most-once: a halt between two tries does not make the first ones get it again",
      async () => {
        deployment.receiver.script = { rcpt: (address) => (address === "dave@example.org" ? "452 4.2.2 full" : null) };
        const mail = await tenant.sent({ to: ["carol@example.org", "dave@example.org"] });
        await eventually(
          async () => recipientsOf(mail),
          (there) => there.length === 1,
        );
        assert.strictEqual((await deployment.call("POST", "/v1/halt", tenant.operator)).status, 200);
        // It comes due while halted.
        await eventually(
          () => entriesOf(mail),
          (entries) => entries.some(({ refusal }) => refusal === "halted"),
        );
        deployment.receiver.script = {};
        assert.strictEqual((await deployment.call("POST", "/v1/resume", tenant.operator)).status, 200);
        await tenant.until(mail.id, "delivered");
        assert.deepStrictEqual(recipientsOf(mail).toSorted(), ["carol@example.org", "dave@example.org"]);
      },
    );

    inTurn("OV-32 delivered-at-most-once: neither does a mode that was tightened between two tries", async () => {
      deployment.receiver.script = { rcpt: (address) => (address === "dave@example.org" ? "452 4.2.2 full" : null) };
      const mail = await tenant.sent({ to: ["carol@example.org", "dave@example.org"] });
      await eventually(
        async () => recipientsOf(mail),
        (there) => there.length === 1,
      );
      assert.strictEqual((await tenant.setMode("gated_send")).status, 200);
      await tenant.until(mail.id, "pending_approval");
      deployment.receiver.script = {};
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).status, 200);
      await tenant.until(mail.id, "delivered");
      assert.strictEqual((await tenant.setMode("autonomous")).status, 200);
      assert.deepStrictEqual(recipientsOf(mail).toSorted(), ["carol@example.org", "dave@example.org"]);
    });

    inTurn(
      "OV-58 copied-once: one copy of a message, however often it was tried, and a copy that is put off comes",
      async () => {
        const box = await tenant.makeMailbox({
          oversight_mode: "monitored",
          oversight_address: `${unique("watch")}@acme.example`,
        });
        let [tries, copies] = [0, 0];
        deployment.receiver.script = {
          rcpt: (address) =>
            address.startsWith("watch")
              ? copies++ < 1
                ? "451 4.3.0 later"
                : null
              : tries++ < 2
                ? "451 4.3.0 later"
                : null,
        };
        const mail = await tenant.sent({ mailbox: box.id });
        await tenant.until(mail.id, "delivered");
        await eventually(
          async () => recipientsOf(mail),
          (there) => there.some((address) => address.startsWith("watch")),
        );
        await pause(1500);
        deployment.receiver.script = {};
        assert.lengthOf(
          recipientsOf(mail).filter((address) => address.startsWith("watch")),
          1,
        );
        assert.lengthOf(
          recipientsOf(mail).filter((address) => address === "carol@example.org"),
          1,
        );
      },
    );

    inTurn(
      "OV-32 delivered-at-most-once: a reply that never came makes it uncertain, and it is not tried again by itself",
      async () => {
        const mail = await lost();
        await pause(1500);
        assert.lengthOf(deployment.mailsOf(mail), 1);
        const pending = await deployment.call("GET", "/v1/oversight/pending?limit=100", tenant.alice);
        assert.include(pending.text, mail.id, "people are asked");
        for (const [method, path, key, body] of [
          ["POST", `/v1/emails/${mail.id}/cancel`, tenant.agent, undefined],
          ["PATCH", `/v1/mailboxes/${tenant.mailbox}/emails/${mail.id}`, tenant.agent, { body: "Once more" }],
          ["POST", "/v1/oversight/decide", tenant.alice, { pending_id: mail.pending_id, decision: "approve" }],
        ] as const) {
          const answer = await deployment.call(method, path, key, body);
          isError(answer);
          assert.strictEqual(answer.status, 409, `${method} ${path}: ${answer.text}`);
        }
        assert.strictEqual((await resolve(tenant.agent, mail, { outcome: "retry", digest: mail.digest })).status, 403);
        const stale = await resolve(tenant.alice, mail, { outcome: "retry", digest: `sha256:${"0".repeat(64)}` });
        isError(stale);
        assert.strictEqual(stale.body.code, "stale_digest");
        assert.lengthOf(deployment.mailsOf(mail), 1);
        // Many people at once say different things: one of them is believed.
        const answers = await Promise.all(
          Array.from({ length: 12 }, (_, i) =>
            resolve(i % 2 === 0 ? tenant.alice : tenant.bob, mail, {
              outcome: ["delivered", "failed", "retry"][i % 3],
              digest: mail.digest,
            }),
          ),
        );
        const won = answers.filter(({ status }) => status === 200);
        assert.lengthOf(won, 1, answers.map(({ status }) => status).join());
        for (const answer of answers) if (answer.status !== 200) assert.strictEqual(answer.status, 409, answer.text);
        const outcome = won[0]!.body.decision as string;
        await tenant.until(mail.id, outcome === "retry" ? "delivered" : outcome);
        assert.lengthOf(deployment.mailsOf(mail), outcome === "retry" ? 2 : 1);
      },
    );

    inTurn(
      "OV-34 retry-needs-a-decision: a retry is a reviewer's fresh word on the digest; an operator's is none",
      async () => {
        const [first, second] = [
          await lost({ oversight_mode: "gated_send" }),
          await lost({ oversight_mode: "gated_send" }),
        ];
        const byOperator = await resolve(tenant.operator, first, { outcome: "retry", digest: first.digest });
        assert.strictEqual(byOperator.body.status, "pending_approval", byOperator.text);
        assert.strictEqual((await tenant.show(first.id)).approvals, 0);
        const byReviewer = await resolve(tenant.bob, second, { outcome: "retry", digest: second.digest });
        assert.strictEqual(byReviewer.status, 200, byReviewer.text);
        await tenant.until(second.id, "delivered");
        assert.lengthOf(deployment.mailsOf(second), 2);
        await pause(300);
        assert.lengthOf(deployment.mailsOf(first), 1);
        assert.strictEqual((await tenant.decide(tenant.alice, first)).status, 200);
        await tenant.until(first.id, "delivered");
        assert.lengthOf(deployment.mailsOf(first), 2);
        // The author, and the owner of the author's key, say nothing about it either.
        const owned = await tenant.key({ scopes: ["read", "send"], id: "agent-9", kind: "agent", owner: "bob" });
        const third = await lost({}, owned);
        const byOwner = await resolve(tenant.bob, third, { outcome: "delivered", digest: third.digest });
        isError(byOwner);
        assert.strictEqual(byOwner.body.code, "self_decision");
        assert.strictEqual(
          (await resolve(tenant.alice, third, { outcome: "failed", digest: third.digest })).status,
          200,
        );
      },
    );

    inTurn("OV-16: what is being handed over is not cancelled, edited or rejected any more", async () => {
      let open = (_: null) => {};
      const gate = new Promise<null>((done) => (open = done));
      deployment.receiver.script = { content: () => gate };
      const mail = await tenant.sent({ oversight_mode: "gated_send" });
      const approval = tenant.decide(tenant.alice, mail);
      await tenant.until(mail.id, "dispatching");
      for (const [method, path, key, body] of [
        ["POST", `/v1/emails/${mail.id}/cancel`, tenant.agent, undefined],
        ["POST", `/v1/emails/${mail.id}/cancel`, tenant.operator, undefined],
        ["PATCH", `/v1/mailboxes/${tenant.mailbox}/emails/${mail.id}`, tenant.agent, { body: "Wait!" }],
        ["POST", "/v1/oversight/decide", tenant.bob, { pending_id: mail.pending_id, decision: "reject" }],
        ["POST", `/v1/emails/${mail.id}/resolve`, tenant.bob, { outcome: "retry", digest: mail.digest }],
      ] as const) {
        const answer = await deployment.call(method, path, key, body);
        isError(answer);
        assert.strictEqual(answer.status, 409, `${method} ${path}: ${answer.text}`);
      }
      deployment.receiver.script = {};
      open(null);
      assert.strictEqual((await approval).status, 200);
      await tenant.until(mail.id, "delivered");
      assert.lengthOf(deployment.mailsOf(mail), 1);
    });

    inTurn("a message whose signature headers cannot be made is not asked for for ever", async () => {
      // Whatever an operator may have given a mailbox when it was made, its mail leaves or says why not.
      const display_name = 'Büro & "Co" <x>, y';
      const box = await tenant.makeMailbox({ display_name, agent_ref: "r".repeat(125) });
      const mail = await tenant.sent({ mailbox: box.id });
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).body.status, "delivered");
      assert.lengthOf(deployment.mailsOf(mail), 1);
      // One character more, and the operator's line would be over its 980: said when the mailbox is made. @spec OV-165
      const longer = { address: "longer@acme.example", agent_id: "agent-1", display_name, agent_ref: "r".repeat(126) };
      const refused = await deployment.call("POST", "/v1/mailboxes", tenant.operator, longer);
      assert.deepStrictEqual([refused.status, refused.body.field], [422, "agent_ref"], refused.text);
    });
  });
}

/** What arrives: the approved octets with two headers that verify; refused for good, for now, and when nobody knows. */
import { createPublicKey } from "node:crypto";
import { hasStatus, isRefused, isRefusedAs } from "../api.ts";
import type { Check } from "../check.ts";
import { expect, same } from "../expect.ts";
import { digestOf, onTopOf, parse, verifyAgentHeader, verifyOperatorHeader } from "../headers.ts";
import type { Mail } from "../receiver.ts";
import { eventually, unique, type House, type Shown } from "../world.ts";

/** Sends, has it approved, and answers the message and what arrived. */
const delivered = async (
  house: House,
  change: Readonly<Record<string, unknown>> = {},
): Promise<readonly [Shown, Mail, Buffer]> => {
  const message = await house.sent(change);
  const shown = await house.raw(message);
  hasStatus(await house.decide(house.alice, message, "approve", { digest: message.digest }), 200);
  const [mail] = await house.leaves(message);
  await house.until(message, "delivered");
  return [message, mail!, shown];
};

const rich = (house: House): Record<string, unknown> => ({
  to: [`Carol <${house.to("carol")}>`, house.to("dave")],
  cc: house.to("erin"),
  bcc: [house.to("frank"), house.to("grace")],
  subject: "Ticket 4821: Größe & Preis — “gelöst” 😀",
  html: "<p>Gelöst.</p>",
  body: undefined,
  attachments: [
    {
      name: "Rechnung.pdf",
      content_type: "application/pdf",
      content_base64: Buffer.from("%PDF-1.4\r\n.\r\n..\r\n").toString("base64"),
    },
  ],
  headers: { "X-Ticket": "4821" },
});

const resolve = (house: House, key: string, message: Shown, body: unknown) =>
  house.call("POST", `/v1/emails/${message.id}/resolve`, key, body);

/** A message whose reply was lost. */
const lost = async (house: House): Promise<Shown> => {
  const message = await house.sent({ to: house.to("lost") });
  hasStatus(await house.decide(house.alice, message), 200);
  await house.leaves(message);
  await house.until(message, "uncertain");
  return message;
};

export const deliveryChecks: readonly Check[] = [
  {
    id: "service-delivery-0001",
    comment: "what arrives is the octets the reviewer saw, under the two identity headers and nothing else",
    requirements: ["OV-43", "OV-41"],
    flags: ["Swap"],
    run: async (world) => {
      const house = await world.house();
      for (const change of [{}, rich(house)]) {
        const [, mail, shown] = await delivered(house, change);
        onTopOf(mail, shown);
      }
    },
  },
  {
    id: "service-delivery-0002",
    comment: "the envelope is the approved one: every recipient once, blind copies in the envelope alone",
    requirements: ["OV-40", "OV-39"],
    flags: ["Swap"],
    run: async (world) => {
      const house = await world.house();
      const bcc = house.to("frank");
      const [message, mail] = await delivered(house, { cc: house.to("erin"), bcc });
      const shown = await house.show(message);
      same(
        [mail.from, mail.recipients.toSorted()],
        [house.address, [...shown.to, ...shown.cc, ...shown.bcc].toSorted()],
        "the envelope",
      );
      expect(!mail.raw.includes(bcc), "a blind copy's address is in the message");
    },
  },
  {
    id: "service-delivery-0003",
    comment: "the digest that was approved is the digest of what arrived",
    requirements: ["OV-40"],
    flags: ["Swap"],
    run: async (world) => {
      const house = await world.house();
      for (const change of [{}, rich(house)]) {
        const [message, mail, shown] = await delivered(house, change);
        const at = mail.raw.length - shown.length;
        const digest = digestOf({
          mailbox: house.mailbox,
          sendAt: 0,
          from: mail.from,
          recipients: mail.recipients,
          raw: mail.raw.subarray(at),
        });
        same(digest, message.digest, "the digest of what arrived");
      }
    },
  },
  {
    id: "service-delivery-0004",
    comment: "the agent's header verifies: who, and this message",
    requirements: ["OV-44", "OV-45"],
    flags: ["Forgery"],
    run: async (world) => {
      const house = await world.house();
      for (const change of [{}, rich(house)]) {
        const [, mail] = await delivered(house, change);
        const { parameters, document } = await verifyAgentHeader(world.call, mail);
        same(
          [parameters.get("agent"), document.agent, document.mailbox, document.status],
          [house.agentId, house.agentId, house.mailbox, "active"],
          "agent and its key",
        );
      }
    },
  },
  {
    id: "service-delivery-0005",
    comment: "the operator's header verifies, and says mailbox, mode and that a person decided",
    requirements: ["OV-46"],
    flags: ["Forgery"],
    run: async (world) => {
      const house = await world.house();
      for (const change of [{}, rich(house)]) {
        const [, mail] = await delivered(house, change);
        const { claims } = await verifyOperatorHeader(world.call, mail, house);
        same(
          [
            claims.mailbox ?? house.mailbox,
            claims.agent ?? house.agentId,
            claims.oversight_mode,
            claims.decision,
            claims.ai_generated,
          ],
          [house.mailbox, house.agentId, "gated_send", "human", true],
          "the claims",
        );
        expect(typeof claims.jti === "string" && Math.abs(claims.iat - Date.now() / 1000) < 600, "jti and iat");
      }
    },
  },
  {
    id: "service-delivery-0006",
    comment: "where no person decided, the operator's header says policy, and the mode",
    requirements: ["OV-46"],
    flags: ["Forgery"],
    run: async (world) => {
      for (const mode of ["monitored", "autonomous"]) {
        const house = await world.house({ oversight_mode: mode });
        const message = await house.sent();
        const mails = await house.leaves(message, mode === "monitored" ? 2 : 1);
        const mail = mails.find(({ recipients }) => !recipients.some((to) => to.startsWith("watch-")))!;
        const { claims } = await verifyOperatorHeader(world.call, mail, house);
        same([claims.oversight_mode, claims.decision], [mode, "policy"], "mode and decision");
        await verifyAgentHeader(world.call, mail);
      }
    },
  },
  {
    id: "service-delivery-0007",
    comment: "no two messages have a Message-ID, a jti or a digest in common",
    requirements: ["OV-46", "OV-41"],
    flags: ["Replay", "Forgery"],
    run: async (world) => {
      const house = await world.house();
      const same1 = { to: house.to(), subject: "The same", body: "The same." };
      const [first, second] = [await delivered(house, same1), await delivered(house, same1)];
      const jtis = await Promise.all(
        [first, second].map(async ([, mail]) => (await verifyOperatorHeader(world.call, mail, house)).claims.jti),
      );
      expect(
        first[1].messageId !== second[1].messageId && first[0].digest !== second[0].digest && jtis[0] !== jtis[1],
        "two messages have the same id, digest or jti",
      );
    },
  },
  {
    id: "service-delivery-0008",
    comment: "keys are public: by id, as one JWK, and as a set; all the same key",
    requirements: ["OV-48"],
    flags: ["Forgery"],
    run: async (world) => {
      const house = await world.house();
      const [, mail] = await delivered(house);
      const { document } = await verifyOperatorHeader(world.call, mail, house);
      const { keys } = hasStatus(await world.call("GET", "/.well-known/jwks.json", null), 200).body;
      const jwk = keys.find(({ kid }: { readonly kid: string }) => kid === document.kid);
      const pem = createPublicKey({ key: jwk, format: "jwk" })
        .export({ type: "spki", format: "pem" })
        .toString()
        .trim();
      same(pem, document.public_key_pem.trim(), "the key in the set");
      const current = hasStatus(await world.call("GET", "/.well-known/multimail-signing-key", null), 200).body;
      same([current.kty, current.crv, current.kid], ["EC", "P-256", document.kid], "the signing key");
      expect(!("d" in current) && keys.every((key: object) => !("d" in key)), "a private key is published");
      isRefused(await world.call("GET", "/v1/identity/keys/key_none", null), 404);
    },
  },
  {
    id: "service-delivery-0009",
    comment: "the message says that it is automatic and made by AI, and carries no address it must not",
    requirements: ["OV-41", "OV-47"],
    flags: ["Injection"],
    run: async (world) => {
      const house = await world.house();
      const [message, mail] = await delivered(house, { headers: { "X-Ticket": "4821" } });
      const { fields } = parse(mail.raw);
      const count = (name: string) => fields.filter((field) => field.name === name).length;
      for (const name of ["from", "to", "subject", "date", "message-id", "mime-version"])
        same(count(name), 1, `how often ${name} is there`);
      same([count("bcc"), count("x-ticket")], [0, 1], "bcc and the agent's own header");
      same(fields.find(({ name }) => name === "message-id")!.value, message.message_id, "Message-ID");
    },
  },
  {
    id: "service-delivery-0010",
    comment: "refused for good: failed, once, and not tried again",
    requirements: ["OV-30"],
    flags: ["Replay"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      const message = await house.sent({ to: house.to("never") });
      await house.until(message, "failed");
      await house.nothingLeaves();
    },
  },
  {
    id: "service-delivery-0011",
    comment: "some refused for good: the others get it, once",
    requirements: ["OV-30", "OV-32"],
    flags: ["Replay"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      const [carol, erin] = [house.to("carol"), house.to("erin")];
      const message = await house.sent({ to: [carol, house.to("never")], bcc: erin });
      await house.until(message, "delivered");
      const mails = await house.leaves(message);
      same(mails.flatMap(({ recipients }) => recipients).toSorted(), [carol, erin].toSorted(), "who got it");
    },
  },
  {
    id: "service-delivery-0012",
    comment: "put off: it is not called delivered, it can be cancelled, and then does not leave",
    requirements: ["OV-30", "OV-16"],
    flags: ["NoStop"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      const message = await house.sent({ to: house.to("later") });
      await eventually(
        () => house.log(),
        (lines) => lines.some(({ type, message_id }) => type === "deferred" && message_id === message.id),
        "deferred in the log",
      );
      const cancelled = await eventually(
        () => house.cancel(house.agent, message),
        ({ status }) => status === 200,
        "cancelled between two tries",
      );
      same(cancelled.body.status, "cancelled", "status");
      await house.nothingLeaves();
    },
  },
  {
    id: "service-delivery-0013",
    comment: "the reply was lost: uncertain, and not handed over again by itself, nor by the agent",
    requirements: ["OV-32"],
    flags: ["Replay"],
    run: async (world) => {
      const house = await world.house();
      const message = await lost(house);
      isRefused(await resolve(house, house.agent, message, { outcome: "retry", digest: message.digest }), 403);
      isRefused(await house.cancel(house.agent, message), 409);
      isRefused(await house.revise(house.agent, message, { body: "Once more." }), 409);
      isRefused(await house.decide(house.bob, message, "approve"), 409);
      await house.nothingLeaves(1500);
      await house.leaves(message);
      same((await house.show(message)).status, "uncertain", "status");
    },
  },
  {
    id: "service-delivery-0014",
    comment: "after a lost reply a reviewer's retry names the digest, and sends the same message once more",
    requirements: ["OV-34", "OV-33"],
    flags: ["Replay", "Swap"],
    run: async (world) => {
      const house = await world.house();
      const message = await lost(house);
      isRefusedAs(
        await resolve(house, house.alice, message, { outcome: "retry", digest: `sha256:${"0".repeat(64)}` }),
        409,
        "stale_digest",
      );
      hasStatus(await resolve(house, house.bob, message, { outcome: "retry", digest: message.digest }), 200);
      const [first, second] = await house.leaves(message, 2);
      same(second!.messageId, first!.messageId, "Message-ID of the second");
      await house.until(message, "delivered");
    },
  },
  {
    id: "service-delivery-0015",
    comment: "after a lost reply an operator's retry is no approval: it waits for one",
    requirements: ["OV-34"],
    flags: ["Bypass"],
    run: async (world) => {
      const house = await world.house();
      const message = await lost(house);
      const answer = hasStatus(
        await resolve(house, house.operator, message, { outcome: "retry", digest: message.digest }),
        200,
      );
      same(answer.body.status, "pending_approval", "status");
      await house.nothingLeaves();
      await house.leaves(message);
      same((await house.show(message)).approvals, 0, "approvals");
    },
  },
  {
    id: "service-delivery-0016",
    comment: "many say at once what became of it: one is believed",
    requirements: ["OV-25", "OV-33"],
    flags: ["Race", "Replay"],
    run: async (world) => {
      const house = await world.house();
      const message = await lost(house);
      const answers = await Promise.all(
        Array.from({ length: 9 }, (_, i) =>
          resolve(house, i % 2 === 0 ? house.alice : house.bob, message, {
            outcome: ["delivered", "failed", "retry"][i % 3],
            digest: message.digest,
          }),
        ),
      );
      const won = answers.filter(({ status }) => status === 200);
      same(won.length, 1, "answers that were believed");
      for (const answer of answers) if (answer.status !== 200) isRefused(answer, 409);
      const outcome = won[0]!.body.decision as string;
      await house.until(message, outcome === "retry" ? "delivered" : outcome);
      await house.leaves(message, outcome === "retry" ? 2 : 1);
    },
  },
  {
    id: "service-delivery-0017",
    comment: "the owner of the author's key says nothing about what became of it",
    requirements: ["OV-21"],
    flags: ["SelfApproval"],
    run: async (world) => {
      const house = await world.house();
      const owned = await house.issue({
        scopes: ["read", "send"],
        id: unique("owned"),
        kind: "agent",
        owner: house.bobId,
      });
      const message = await house.sent({ to: house.to("lost") }, owned.key);
      hasStatus(await house.decide(house.alice, message), 200);
      await house.leaves(message);
      await house.until(message, "uncertain");
      for (const outcome of ["retry", "delivered", "failed"]) {
        isRefusedAs(
          await resolve(house, house.bob, message, { outcome, digest: message.digest }),
          403,
          "self_decision",
        );
      }
      same((await house.show(message)).status, "uncertain", "status");
    },
  },
];

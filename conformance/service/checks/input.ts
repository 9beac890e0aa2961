/** Bad input: a clear error of the class it belongs to, and nothing of it is stored, logged as accepted, or sent. */
import { excerpt, hasStatus, isRefused } from "../api.ts";
import type { Check } from "../check.ts";
import { expect, same } from "../expect.ts";
import { eventually, unique, type House } from "../world.ts";

/** What must not get into one line of text. */
const breaks: Readonly<Record<string, string>> = {
  "CR LF": "\r\n",
  LF: "\n",
  CR: "\r",
  NUL: "\0",
  NEL: "\u0085",
  "LINE SEPARATOR": "\u2028",
  "RIGHT-TO-LEFT OVERRIDE": "\u202e",
};

type Change = Readonly<Record<string, unknown>>;

const file = (fields: Change): Change => ({
  attachments: [{ name: "a.txt", content_type: "text/plain", content_base64: "aGk=", ...fields }],
});

const broken = (of: (text: string) => Change): Readonly<Record<string, Change>> =>
  Object.fromEntries(Object.entries(breaks).map(([name, text]) => [name, of(text)]));

const named = (names: readonly string[], of: (name: string) => Change): Readonly<Record<string, Change>> =>
  Object.fromEntries(names.map((name) => [name, of(name)]));

/** Every change makes a letter that cannot be sent. */
const tables: readonly {
  readonly id: string;
  readonly comment: string;
  readonly requirements: readonly string[];
  readonly changes: Readonly<Record<string, Change>>;
}[] = [
  {
    id: "service-input-0001",
    comment: "characters that break a line, in an address, are refused",
    requirements: ["OV-40"],
    changes: {
      ...broken((text) => ({ to: `carol@example.org${text}Bcc: eve@example.net` })),
      ...Object.fromEntries(
        Object.entries(broken((text) => ({ cc: [`eve${text}@example.net`] }))).map(([name, change]) => [
          `${name} in cc`,
          change,
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(broken((text) => ({ bcc: `eve@example${text}.net` }))).map(([name, change]) => [
          `${name} in bcc`,
          change,
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(broken((text) => ({ reply_to: `a@example.org${text}X-A: b` }))).map(([name, change]) => [
          `${name} in reply_to`,
          change,
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(broken((text) => ({ to: `Carol${text}Bcc: eve@example.net <carol@example.org>` }))).map(
          ([name, change]) => [`${name} in a name`, change],
        ),
      ),
    },
  },
  {
    id: "service-input-0002",
    comment: "characters that break a line, in a header, the subject or a file's name, are refused",
    requirements: ["OV-47", "OV-41"],
    changes: {
      ...broken((text) => ({ subject: `Hi${text}Bcc: eve@example.net` })),
      ...Object.fromEntries(
        Object.entries(broken((text) => ({ headers: { [`X-A${text}Bcc`]: "eve" } }))).map(([name, change]) => [
          `${name} in a header's name`,
          change,
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(broken((text) => ({ headers: { "X-A": `b${text}Bcc: eve@example.net` } }))).map(
          ([name, change]) => [`${name} in a header's value`, change],
        ),
      ),
      ...Object.fromEntries(
        Object.entries(broken((text) => file({ name: `a${text}.txt` }))).map(([name, change]) => [
          `${name} in a file's name`,
          change,
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(broken((text) => file({ content_type: `text/plain${text}X-A: b` }))).map(([name, change]) => [
          `${name} in a file's type`,
          change,
        ]),
      ),
    },
  },
  {
    id: "service-input-0003",
    comment: "what is not one address is refused as a recipient",
    requirements: ["OV-40"],
    changes: named(
      [
        "carol@example.org, eve@example.net",
        "carol@example.org; eve@example.net",
        "team: carol@example.org, eve@example.net;",
        "undisclosed-recipients:;",
        "@evil.example:carol@example.org",
        "carol@example.org@example.net",
        "<carol@example.org><eve@example.net>",
        "carol",
        "",
        " ",
        `${"a".repeat(65)}@example.org`,
        `${"a".repeat(100_000)}@example.org`,
      ],
      (to) => ({ to }),
    ),
  },
  {
    id: "service-input-0004",
    comment: "reserved header fields are refused, in any case and with blanks",
    requirements: ["OV-47"],
    changes: named(
      "X-MultiMail-Agent-Identity x-multimail-identity X-AI-Generated DKIM-Signature ARC-Seal Received Return-Path Authentication-Results Bcc bCC Sender From To Cc Subject Message-ID Date Reply-To Resent-To Auto-Submitted List-Unsubscribe Content-Type MIME-Version In-Reply-To X-Countersign-Any"
        .split(" ")
        .concat("Bcc ", " bcc"),
      (name) => ({ headers: { [name]: "x" } }),
    ),
  },
  {
    id: "service-input-0005",
    comment: "header names that are none, and one header twice, are refused",
    requirements: ["OV-47"],
    changes: {
      "a colon": { headers: { "X-A: b": "c" } },
      "a letter beyond ASCII": { headers: { "X-Ä": "c" } },
      empty: { headers: { "": "c" } },
      twice: { headers: { "X-A": "b", "x-a": "c" } },
      "no text": { headers: { "X-A": ["b"] } },
    },
  },
  {
    id: "service-input-0006",
    comment: "no recipient, too many, and wrong types are refused",
    requirements: ["OV-40"],
    changes: {
      none: { to: [] },
      absent: { to: undefined },
      null: { to: null },
      number: { to: 7 },
      object: { to: { address: "carol@example.org" } },
      "51": { to: Array.from({ length: 51 }, (_, i) => `r${i}@example.org`) },
      "51 over three fields": {
        to: Array.from({ length: 17 }, (_, i) => `t${i}@example.org`),
        cc: Array.from({ length: 17 }, (_, i) => `c${i}@example.org`),
        bcc: Array.from({ length: 17 }, (_, i) => `b${i}@example.org`),
      },
    },
  },
  {
    id: "service-input-0007",
    comment: "a moment that is past, far, no moment or not in UTC is refused, and does not mean at once",
    requirements: ["OV-27"],
    changes: named(
      [
        "2020-01-01T00:00:00Z",
        "2999-01-01T00:00:00Z",
        "2027-02-30T00:00:00Z",
        "2027-02-03T00:00:00",
        "tomorrow",
        "",
        "1900000000",
      ],
      (send_at) => ({ send_at }),
    ),
  },
  {
    id: "service-input-0008",
    comment: "no body, an empty one, two that differ, no subject, and wrong types are refused",
    requirements: ["OV-41"],
    changes: {
      "no body": { body: undefined },
      "an empty body": { body: "" },
      "two bodies": { text: "something else" },
      "no subject": { subject: undefined },
      "a number as subject": { subject: 7 },
      "a subject of 999": { subject: "s".repeat(999) },
      "NUL in the body": { body: "a\0b" },
      "half a surrogate pair": { subject: "\udc00" },
    },
  },
  {
    id: "service-input-0009",
    comment: "attachments come as base64 alone: nothing is read from a path or a URL",
    requirements: ["OV-41"],
    changes: {
      path: file({ path: "/etc/passwd" }),
      href: file({ href: "http://127.0.0.1:1/" }),
      url: file({ url: "file:///etc/passwd" }),
      "an object": file({ content_base64: { path: "/etc/passwd" } }),
      "no base64": file({ content_base64: "not base64!" }),
      "no bytes": file({ content_base64: undefined }),
      "no name": file({ name: null }),
      "a folder": file({ name: "../a.txt" }),
      "no list": { attachments: "a.txt" },
    },
  },
  {
    id: "service-input-0010",
    comment: "an idempotency key that is none is refused, and does not make a message without one",
    requirements: ["OV-25"],
    changes: named(["", "a b", "k".repeat(256), "ä"], (idempotency_key) => ({ idempotency_key })),
  },
];

const emails = async (house: House): Promise<number> =>
  hasStatus(await house.call("GET", `/v1/mailboxes/${house.mailbox}/emails?limit=100`, house.alice), 200).body.emails
    .length;

/** Nothing of it is there: no message, no accepted entry, no mail. */
const nothingOfIt = async (house: House): Promise<void> => {
  same(await emails(house), 0, "messages in the mailbox");
  const accepted = (await house.log()).filter(({ type, outcome }) => type === "submit" && outcome === "accepted");
  same(accepted.length, 0, "accepted submits in the log");
  await house.nothingLeaves(400);
};

export const inputChecks: readonly Check[] = [
  ...tables.map(({ id, comment, requirements, changes }): Check => ({
    id,
    comment,
    requirements,
    flags: ["Injection"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      for (const [name, change] of Object.entries(changes)) {
        const answer = await house.send(change);
        expect([400, 413, 422].includes(answer.status), `${JSON.stringify(name).slice(0, 60)}: ${excerpt(answer)}`);
        isRefused(answer, 400, 413, 422);
      }
      await nothingOfIt(house);
      // The same letter without any of it is taken.
      await house.leaves(await house.sent());
    },
  })),
  {
    id: "service-input-0011",
    comment: "a body that is not one JSON object is a 400, or a 415 when it does not say that it is JSON",
    requirements: ["OV-41"],
    flags: ["Interoperability"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      for (const body of [
        "{",
        "[]",
        '"send"',
        "null",
        "{}{}",
        '{"subject":"a",}',
        "{'subject':'a'}",
        '{"subject":"a\nb"}',
        `{"subject":${"[".repeat(5000)}${"]".repeat(5000)}}`,
      ]) {
        isRefused(await world.call("POST", "/v1/send", house.agent, body), 400, 422);
      }
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/xml"]) {
        isRefused(
          await world.call("POST", "/v1/send", house.agent, JSON.stringify(house.letter()), { "content-type": type }),
          400,
          415,
        );
      }
      await nothingOfIt(house);
    },
  },
  {
    id: "service-input-0012",
    comment: "problem+json where the client accepts it, with type, title, status and detail; the other members stay",
    requirements: ["OV-20"],
    flags: ["Interoperability"],
    run: async (world) => {
      const house = await world.house();
      for (const [key, status, body] of [
        [house.agent, 422, house.letter({ to: "nobody" })],
        [null, 401, house.letter()],
        [house.alice, 403, house.letter()],
        [house.agent, 404, house.letter({ mailbox: `nobody@${world.domain}` })],
      ] as const) {
        const answer = isRefused(
          await world.call("POST", "/v1/send", key, body, { accept: "application/problem+json" }),
          status,
        );
        expect(
          (answer.headers.get("content-type") ?? "").startsWith("application/problem+json"),
          `its type: ${excerpt(answer)}`,
        );
        const { type, title, status: member, detail } = answer.body;
        expect(
          typeof type === "string" && typeof title === "string" && typeof detail === "string" && member === status,
          `RFC 9457 members: ${excerpt(answer)}`,
        );
      }
    },
  },
  {
    id: "service-input-0013",
    comment: "unknown paths and methods are errors of the same shape; a 405 says what is allowed",
    requirements: ["OV-20"],
    flags: ["Interoperability"],
    run: async (world) => {
      const house = await world.house();
      for (const path of ["/v1/nothing", "/v1", "/v1/mailboxes/..%2f..%2fetc%2fpasswd"]) {
        isRefused(await world.call("GET", path, house.operator), 404);
      }
      for (const [method, path] of [
        ["GET", "/v1/send"],
        ["DELETE", "/v1/send"],
        ["GET", "/v1/oversight/decide"],
        ["GET", "/v1/halt"],
      ] as const) {
        const answer = isRefused(await world.call(method, path, house.operator), 404, 405);
        if (answer.status === 405)
          expect(answer.headers.get("allow") !== null, `a 405 without Allow: ${excerpt(answer)}`);
      }
    },
  },
  {
    id: "service-input-0014",
    comment: "what operators type is looked at as well: names, ids, policies, addresses",
    requirements: ["OV-4", "OV-37"],
    flags: ["Injection"],
    run: async (world) => {
      const house = await world.house();
      const box = (fields: Change) =>
        world.call("POST", "/v1/mailboxes", house.operator, {
          address: `${unique("new")}@${world.domain}`,
          agent_id: "agent-1",
          ...fields,
        });
      const key = (fields: Change) =>
        world.call("POST", "/v1/api-keys", house.operator, {
          name: "new",
          scopes: ["read"],
          principal: { kind: "person", id: unique("new") },
          ...fields,
        });
      for (const fields of [
        { address: house.address },
        { address: house.address.toUpperCase() },
        { address: "a@acme.example, b@acme.example" },
        { agent_id: "a b" },
        { agent_id: "a; kid=key_x" },
        { quorum: 0 },
        { quorum: 1.5 },
        { quorum: "two" },
        { decision_window: 0 },
        { oversight_address: "a@acme.example,b@acme.example" },
      ]) {
        isRefused(await box(fields), 400, 409, 422);
      }
      for (const text of Object.values(breaks)) {
        isRefused(await box({ display_name: `Support${text}Bcc: eve@example.net` }), 400, 422);
        isRefused(await box({ agent_id: `agent${text}` }), 400, 422);
        isRefused(await box({ oversight_address: `o@acme.example${text}` }), 400, 422);
        isRefused(await key({ name: `a${text}b` }), 400, 422);
        isRefused(await key({ principal: { kind: "person", id: `a${text}` } }), 400, 422);
      }
    },
  },
  {
    id: "service-input-0015",
    comment: "more than a server takes is a 413, and it stays up",
    requirements: ["OV-41"],
    flags: ["Interoperability"],
    run: async (world) => {
      const house = await world.house({ oversight_mode: "autonomous" });
      const answer = await house.send({ body: "x".repeat(32 * 1024 * 1024) });
      isRefused(answer, 400, 413, 422);
      await nothingOfIt(house);
      await eventually(
        () => house.send(),
        ({ status }) => status === 202,
        "takes the next one",
      ).then(({ body }) => house.leaves(body));
    },
  },
];

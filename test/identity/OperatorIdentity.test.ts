import { createHash, createPublicKey, verify } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Result } from "effect";
import { importJWK, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { identityError, type IdentityErrorReason } from "../../src/identity/IdentityError.ts";
import { contentOf } from "../../src/identity/MessageContent.ts";
import {
  checkOperatorLine,
  foldableClaims,
  operatorIdentity,
  operatorIdentityField,
  recipientsCommitment,
  type OperatorStatement,
} from "../../src/identity/OperatorIdentity.ts";
import { parseOperatorIdentity } from "../../src/identity/OperatorIdentityReader.ts";
import { jwkOf, parsePublicKeyPem } from "../../src/identity/PublicKey.ts";
import { prependFields } from "../../src/mail/read/Fields.ts";
import { fieldLayout } from "./fieldLayout.ts";
import {
  AGENT,
  AT,
  message,
  must,
  OPERATOR_KID,
  operatorKey,
  payloadOf,
  reasonOf,
  statement,
  type Draft,
} from "./signedMessage.ts";

const key = operatorKey();
const publicKey = createPublicKey(key.record.public_key_pem);
const jwk = jwkOf(must(parsePublicKeyPem(key.record.public_key_pem)), OPERATOR_KID);

const signed = async (changes: Partial<OperatorStatement> = {}, draft: Draft = {}): Promise<string> =>
  must(await operatorIdentity(key.signer, statement(changes), must(contentOf(message(draft)))));

const refusal = (reason: IdentityErrorReason, text: string, hint: string) =>
  Result.fail(identityError(reason, text, hint));
const tooLong = refusal(
  "too_long",
  "X-MultiMail-Identity does not fit in one line of 980 characters.",
  "Use a shorter operator domain, log origin or agent_ref.",
);

/** The header of a message whose every value is as long as it may be, but for the log's name. */
const longest = async (operator: string, agentRef: string | undefined, origin: number) =>
  operatorIdentity(
    { ...key.signer, kid: `key_7${"Z".repeat(25)}` },
    {
      operator,
      agentRef,
      mailbox: "m".repeat(255),
      agent: "a".repeat(128),
      oversightMode: "gated_send",
      decision: "policy",
      aiGenerated: false,
      iat: 99_999_999_999,
      jti: "j".repeat(40),
      log: { origin: "o".repeat(origin), index: Number.MAX_SAFE_INTEGER, leaf: "f".repeat(64) },
    },
    must(contentOf(message({ subject: "s".repeat(900), mid: `<${"i".repeat(880)}@x.example>` }))),
  );

describe("OV-46 operator-claims: X-MultiMail-Identity", () => {
  it("the seed's jose snippet accepts it unchanged", async () => {
    const server = createServer((request, response) => {
      const known = request.url === "/.well-known/multimail-signing-key";
      response
        .writeHead(known ? 200 : 404, { "content-type": "application/json" })
        .end(JSON.stringify(known ? jwk : {}));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      // The snippet's host is the real product's; ours answers for it here.
      const fetch = (url: string) => globalThis.fetch(url.replace("https://multimail.dev", `http://127.0.0.1:${port}`));
      const emailHeaders = {
        "x-multimail-identity": await signed({ agentRef: "7d3c1f0a-5b0e-4c39-9d55-0b8a1f3f9b77" }),
      };
      const printed: unknown[] = [];
      const console = { log: (...words: unknown[]) => printed.push(words) };

      const jwkDocument = await (async () => {
        // prettier-ignore
        const jwk = await fetch("https://multimail.dev/.well-known/multimail-signing-key")
          .then(r => r.json()) as Parameters<typeof importJWK>[0];
        const key = await importJWK(jwk, "ES256");

        const { payload } = await jwtVerify(emailHeaders["x-multimail-identity"], key);
        console.log("agent operator:", payload.operator);
        console.log("oversight mode:", payload.oversight_mode);
        console.log("entra agent id:", payload.agent_ref);
        return jwk;
      })();
      expect(printed).toEqual([
        ["agent operator:", "acme.example"],
        ["oversight mode:", "gated_send"],
        ["entra agent id:", "7d3c1f0a-5b0e-4c39-9d55-0b8a1f3f9b77"],
      ]);
      expect(jwkDocument).not.toHaveProperty("d");
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("holds the claims of the format, no exp, and its own type", async () => {
    const short = {
      operator: "a.io",
      jti: "jti00001",
      log: { origin: "a.io", index: 0, leaf: "AA" },
      mailbox: "m",
      agent: "a",
    };
    const jws = await signed(short, { from: "Me <Me@A.io>", mid: "<m@a.io>" });
    const { protectedHeader, payload } = await jwtVerify(jws, publicKey);
    expect(protectedHeader).toEqual({ alg: "ES256", kid: OPERATOR_KID, typ: "agent-mail+jwt" });
    expect(payload).toEqual({
      iss: "a.io",
      operator: "a.io",
      mailbox: "m",
      agent: "a",
      oversight_mode: "gated_send",
      decision: "human",
      ai_generated: true,
      iat: AT + 60,
      jti: "jti00001",
      mid: "m@a.io",
      from: "me@a.io",
      rcpt: recipientsCommitment("jti00001", ["ann@customer.example", "bob@customer.example"]),
      subject_hash: createHash("sha256").update("Your ticket 4821 is resolved").digest("base64url"),
      body_hash: must(contentOf(message())).bodyHash,
      log: { origin: "a.io", index: 0, leaf: "AA" },
    });
    const [header, body, signature] = jws.split(".") as [string, string, string];
    const raw = Buffer.from(signature, "base64url");
    expect(verify("sha256", Buffer.from(`${header}.${body}`), { key: publicKey, dsaEncoding: "ieee-p1363" }, raw)).toBe(
      true,
    );
  });

  it("rcpt: any order, lower case by the caller, salted by jti, never longer with more recipients", () => {
    const many = Array.from({ length: 50 }, (_, i) => `p${i}@x.example`);
    expect(recipientsCommitment("jti00001", many)).toBe(recipientsCommitment("jti00001", [...many].reverse()));
    expect(recipientsCommitment("jti00001", many)).not.toBe(recipientsCommitment("jti00002", many));
    expect(recipientsCommitment("jti00001", many)).not.toBe(recipientsCommitment("jti00001", many.slice(1)));
    expect(recipientsCommitment("jti00001", many)).toHaveLength(46);
  });

  it("rcpt, subject_hash and folded are the hashes that the docstring describes", async () => {
    const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
    const addresses = Array.from({ length: 20 }, (_, i) => `p${i}@x.example`);
    const hashes = addresses.map((address) => hash(fieldLayout("countersign/rcpt/v1", "jti00001", address)));
    const list = hash(fieldLayout("countersign/rcpt-list/v1", ...hashes.toSorted(Buffer.compare)));
    const rcpt = `20.${list.toString("base64url")}`;
    expect(recipientsCommitment("jti00001", addresses)).toBe(rcpt);
    const jws = await signed(
      { jti: "jti00001", mailbox: "m".repeat(255), agent: "a".repeat(128) },
      { to: addresses.join(",\r\n "), subject: "Café" },
    );
    const names: readonly string[] = foldableClaims.filter((name) => !(name in payloadOf(jws)));
    expect(names.length).toBeGreaterThan(1);
    const values: Readonly<Record<string, string>> = {
      subject_hash: hash(Buffer.from("Café")).toString("base64url"),
      rcpt,
      mid: "01J0MSG@acme.example",
      from: "crm@acme.example",
      mailbox: "m".repeat(255),
      agent: "a".repeat(128),
    };
    const parts = names.flatMap((name) => [name, values[name]!]);
    expect(payloadOf(jws)["folded"]).toBe(
      hash(fieldLayout("countersign/folded-claims/v1", ...parts)).toString("base64url"),
    );
  });

  it("OV-165 operator-line-length: at most 980 characters: 50 recipients, long names, long domains; folded claims are the fewest", async () => {
    const to = Array.from({ length: 50 }, (_, i) => `p${i}@${"x".repeat(40)}.example`).join(",\r\n ");
    let most = 0;
    for (const length of [1, 8, 16, 24, 32, 40, 48]) {
      for (const agent of ["a", AGENT, "a".repeat(128)]) {
        for (const agentRef of [undefined, "7d3c1f0a-5b0e-4c39-9d55-0b8a1f3f9b77"]) {
          const operator = `${"d".repeat(length)}.example`;
          const origin = length > 40 ? "log" : `${operator}/log`;
          if (reasonOf(checkOperatorLine({ operator, origin, agentRef })) === "too_long") continue;
          const mid = `<${"0".repeat(26)}@${operator}>`;
          const jws = await signed(
            {
              operator,
              agent,
              agentRef,
              log: { ...statement().log, origin },
              jti: "7d3c1f0a-5b0e-4c39-9d55-0b8a1f3f9b77",
            },
            { to, mid, from: `"A" <some.body@${operator}>`, subject: "s".repeat(900) },
          );
          const field = operatorIdentityField(jws);
          expect(field).toMatch(/^X-MultiMail-Identity: [A-Za-z0-9._-]+\r\n$/);
          expect(field.length - 2).toBeLessThanOrEqual(980);
          most = Math.max(most, field.length - 2);
          const claims = payloadOf(jws);
          const absent = foldableClaims.filter((name) => !(name in claims));
          expect(absent).toEqual(foldableClaims.slice(0, absent.length));
          expect("folded" in claims).toBe(absent.length > 0);
          expect(must(parseOperatorIdentity(jws)).kid).toBe(OPERATOR_KID);
          prependFields(message(), [field]);
        }
      }
    }
    expect(most).toBeGreaterThan(950);
  });

  it("says beforehand when a mailbox's messages would not fit", async () => {
    const ordinary = { operator: "agents.example-company.com", origin: "agents.example-company.com/log" };
    expect(reasonOf(checkOperatorLine({ ...ordinary, agentRef: "7d3c1f0a-5b0e-4c39-9d55-0b8a1f3f9b77" }))).toBe(
      "accepted",
    );
    const operator = `${"d".repeat(63)}.${"e".repeat(63)}.${"f".repeat(63)}.example`;
    expect(reasonOf(checkOperatorLine({ operator, origin: operator }))).toBe("too_long");
    const long = statement({ operator, log: { ...statement().log, origin: operator } });
    expect(reasonOf(await operatorIdentity(key.signer, long, must(contentOf(message()))))).toBe("too_long");
  });

  it("what fits is known beforehand to the octet, whatever the message is", async () => {
    for (const [operator, agentRef] of [
      ["acme.example", undefined],
      ["agents.example-company.com", "7d3c1f0a-5b0e-4c39-9d55-0b8a1f3f9b77"],
    ] as const) {
      const fits = (length: number) => reasonOf(checkOperatorLine({ operator, agentRef, origin: "o".repeat(length) }));
      let most = 1;
      while (fits(most + 1) === "accepted") most++;
      expect(reasonOf(await longest(operator, agentRef, most))).toBe("accepted");
      expect(await longest(operator, agentRef, most + 1)).toEqual(tooLong);
      expect(checkOperatorLine({ operator, agentRef, origin: "o".repeat(most + 1) })).toEqual(tooLong);
    }
  });

  const refusals: readonly (readonly [string, Partial<OperatorStatement>])[] = [
    ["operator", { operator: `${"a".repeat(246)}.example` }],
    ["operator", { operator: "acme.example/" }],
    ["operator", { operator: " acme.example" }],
    ["operator", { operator: "acme..example" }],
    ["mailbox", { mailbox: "x".repeat(256) }],
    ["mailbox", { mailbox: "x " }],
    ["agent", { agent: "" }],
    ["agentRef", { agentRef: "" }],
    ["iat", { iat: -1 }],
    ["iat", { iat: 2 ** 53 }],
    ["jti", { jti: "j".repeat(7) }],
    ["jti", { jti: "j".repeat(41) }],
    ["jti", { jti: ` ${"j".repeat(8)}` }],
    ["jti", { jti: `${"j".repeat(8)};` }],
    ["log.origin", { log: { origin: "", index: 1, leaf: "AA" } }],
    ["log.index", { log: { origin: "o", index: 0.5, leaf: "AA" } }],
    ["log.leaf", { log: { origin: "o", index: 1, leaf: "A".repeat(65) } }],
    ["log.leaf", { log: { origin: "o", index: 1, leaf: " A" } }],
    ["log.leaf", { log: { origin: "o", index: 1, leaf: "A;" } }],
  ];
  it.each(refusals)("says which value cannot be claimed: %s", async (name, changes) => {
    expect(await operatorIdentity(key.signer, statement(changes), must(contentOf(message())))).toEqual(
      refusal("bad_value", `The value of ${name} cannot be claimed.`, "OperatorStatement says what each value may be."),
    );
  });

  it("takes each value up to its bounds", async () => {
    const bounds: readonly Partial<OperatorStatement>[] = [
      { iat: 0 },
      { jti: "j".repeat(8) },
      { jti: "j".repeat(40) },
      { mailbox: "x".repeat(255), agent: "a".repeat(128) },
      { agentRef: "x" },
      { log: { origin: "o", index: 0, leaf: "A" } },
      { log: { origin: "o", index: Number.MAX_SAFE_INTEGER, leaf: "A".repeat(64) } },
    ];
    for (const changes of bounds) {
      const made = await operatorIdentity(key.signer, statement(changes), must(contentOf(message())));
      expect([changes, reasonOf(made)]).toEqual([changes, "accepted"]);
    }
    // As long as a domain may be; that it does not fit in the line is another matter.
    const operator = `${"a".repeat(245)}.example`;
    expect(await operatorIdentity(key.signer, statement({ operator }), must(contentOf(message())))).toEqual(tooLong);
  });

  it("claims nothing under another name than a key's", async () => {
    const content = must(contentOf(message()));
    for (const kid of ["", "key_1", `x${OPERATOR_KID}`, `${OPERATOR_KID}x`]) {
      expect(await operatorIdentity({ ...key.signer, kid }, statement(), content)).toEqual(
        refusal("bad_value", "The value of kid cannot be claimed.", "OperatorStatement says what each value may be."),
      );
    }
  });

  it.each([
    ["operator", { operator: "Acme.example" }],
    ["operator", { operator: "acme" }],
    ["agent", { agent: "a b" }],
    ["mailbox", { mailbox: "" }],
    ["agentRef", { agentRef: "x\r\ny" }],
    ["iat", { iat: 1.5 }],
    ["jti", { jti: "short" }],
    ["log.index", { log: { origin: "o", index: -1, leaf: "AA" } }],
    ["log.leaf", { log: { origin: "o", index: 1, leaf: "" } }],
    ["log.origin", { log: { origin: " o", index: 1, leaf: "AA" } }],
  ] as const)("refuses to claim an odd %s", async (_, changes) => {
    expect(reasonOf(await operatorIdentity(key.signer, statement(changes), must(contentOf(message()))))).toBe(
      "bad_value",
    );
  });

  it("refuses a message it cannot describe, and says when signing failed", async () => {
    for (const line of ["From: x@evil.example", "Subject: two", "To: two@x.example", "Message-ID: <two@x.example>"]) {
      const content = must(contentOf(prependFields(message(), [line])));
      expect(await operatorIdentity(key.signer, statement(), content)).toEqual(
        refusal(
          "unsignable_message",
          "The message's From, To, Cc, Subject or Message-ID is missing, doubled or unreadable.",
          "Compose it again: one From with one address, one Message-ID, at most one of the others.",
        ),
      );
    }
    const broken = { kid: OPERATOR_KID, sign: () => Promise.reject(new Error("unplugged")) };
    expect(await operatorIdentity(broken, statement(), must(contentOf(message())))).toEqual(
      refusal("signing_failed", "The operator's key did not sign.", "Look at the key ring, then try again."),
    );
    const babbling = { kid: OPERATOR_KID, sign: async () => new Uint8Array(70) };
    expect(reasonOf(await operatorIdentity(babbling, statement(), must(contentOf(message()))))).toBe(
      "malformed_signature",
    );
  });
});

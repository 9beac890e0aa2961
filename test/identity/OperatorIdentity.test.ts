import { createHash, createPublicKey, verify } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { importJWK, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { encodeBase64Url } from "../../src/identity/base64.ts";
import { derToP1363 } from "../../src/identity/EcdsaSignature.ts";
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
import { prependFields } from "../../src/mail/Fields.ts";
import {
  AGENT,
  AT,
  message,
  must,
  OPERATOR_KID,
  operatorKey,
  reasonOf,
  statement,
  type Draft,
} from "./signedMessage.ts";

const key = operatorKey();
const publicKey = createPublicKey(key.record.public_key_pem);
const jwk = jwkOf(must(parsePublicKeyPem(key.record.public_key_pem)), OPERATOR_KID);

const signed = async (changes: Partial<OperatorStatement> = {}, draft: Draft = {}): Promise<string> =>
  must(await operatorIdentity(key.signer, statement(changes), must(contentOf(message(draft)))));

/** A JWS with any header and payload, rightly signed by the operator's key. */
const forge = async (header: object, payload: unknown): Promise<string> => {
  const part = (value: unknown) => encodeBase64Url(Buffer.from(JSON.stringify(value)));
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${encodeBase64Url(must(derToP1363(await key.signer.sign(Buffer.from(input)))))}`;
};
const payloadOf = (jws: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(jws.split(".")[1]!, "base64url").toString()) as Record<string, unknown>;

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

  it("is one line of at most 998 characters: 50 recipients, long names, long domains; folded claims are the fewest", async () => {
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
          expect(field.length - 2).toBeLessThanOrEqual(998);
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
      expect(reasonOf(await operatorIdentity(key.signer, statement(), content))).toBe("unsignable_message");
    }
    const broken = { kid: OPERATOR_KID, sign: () => Promise.reject(new Error("unplugged")) };
    expect(reasonOf(await operatorIdentity(broken, statement(), must(contentOf(message()))))).toBe("signing_failed");
  });
});

describe("parseOperatorIdentity", () => {
  const head = { alg: "ES256", kid: OPERATOR_KID, typ: "agent-mail+jwt" };

  it("takes what a signer of this format may write, with claims it does not know", async () => {
    const claims = payloadOf(await signed());
    expect(must(parseOperatorIdentity(await forge(head, { ...claims, reputation: 1 }))).claims.operator).toBe(
      "acme.example",
    );
  });

  it.each([
    ["alg none", { ...head, alg: "none" }],
    ["alg HS256", { ...head, alg: "HS256" }],
    ["a key of its own", { ...head, jwk: { kty: "EC" } }],
    ["a key address of its own", { ...head, jku: "https://evil.example" }],
    ["crit", { ...head, crit: ["b64"] }],
    ["another type", { ...head, typ: "JWT" }],
    ["no type", { alg: "ES256", kid: OPERATOR_KID }],
    ["an odd kid", { ...head, kid: "../x" }],
  ])("refuses a protected header with %s", async (_, header) => {
    expect(reasonOf(parseOperatorIdentity(await forge(header, payloadOf(await signed()))))).toBe("malformed_header");
  });

  it("refuses missing, mistyped and ending claims, and claims missing without being folded", async () => {
    const claims = payloadOf(await signed({ jti: "jti00001" }, { mid: "<m@a.io>" }));
    const odd: unknown[] = [
      null,
      [],
      "x",
      {},
      { ...claims, exp: AT + 9e6 },
      { ...claims, nbf: 1 },
      { ...claims, iat: "1" },
    ];
    odd.push(
      { ...claims, oversight_mode: "yolo" },
      { ...claims, decision: "auto" },
      { ...claims, log: {} },
      { ...claims, iat: 1.5 },
    );
    for (const name of ["iss", "operator", "body_hash", "jti", "ai_generated"])
      odd.push({ ...claims, [name]: undefined });
    const plain = { ...claims, ...Object.fromEntries(foldableClaims.map((name) => [name, "x"])) };
    odd.push({ ...plain, folded: undefined, mid: undefined }, { ...plain, folded: "x" });
    for (const payload of odd)
      expect(reasonOf(parseOperatorIdentity(await forge(head, payload)))).toBe("malformed_header");
    expect(reasonOf(parseOperatorIdentity(await forge(head, { ...plain, folded: undefined })))).toBe("accepted");
  });

  it("refuses text that is no compact JWS in its only spelling", async () => {
    const jws = await signed();
    const [header, payload, signature] = jws.split(".") as [string, string, string];
    const texts = [
      "",
      ".",
      "..",
      `${jws}.`,
      `${jws} `,
      `${header}.${payload}`,
      `${header}.${payload}.${signature}==`,
      jws.replace(".", ". "),
    ];
    texts.push(`${header}.${payload}.${signature.slice(0, -2)}`, `${header}.${payload}.${signature.slice(0, -1)}_`);
    for (const text of texts) expect(reasonOf(parseOperatorIdentity(text))).toBe("malformed_header");
  });
});

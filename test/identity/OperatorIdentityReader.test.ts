import { Result } from "effect";
import { describe, expect, it } from "vitest";
import { encodeBase64Url } from "../../src/bytes/base64.ts";
import { identityError } from "../../src/identity/IdentityError.ts";
import { contentOf } from "../../src/identity/MessageContent.ts";
import { foldableClaims, operatorIdentity, type OperatorStatement } from "../../src/identity/OperatorIdentity.ts";
import { parseOperatorIdentity } from "../../src/identity/OperatorIdentityReader.ts";
import {
  AT,
  type Draft,
  forge,
  message,
  must,
  OPERATOR_KID,
  operatorKey,
  payloadOf,
  reasonOf,
  statement,
} from "./signedMessage.ts";

const key = operatorKey();
const signed = async (changes: Partial<OperatorStatement> = {}, draft: Draft = {}): Promise<string> =>
  must(await operatorIdentity(key.signer, statement(changes), must(contentOf(message(draft)))));

describe("parseOperatorIdentity", () => {
  const head = { alg: "ES256", kid: OPERATOR_KID, typ: "agent-mail+jwt" };

  it("takes what a signer of this format may write, with claims it does not know", async () => {
    const claims = payloadOf(await signed());
    expect(must(parseOperatorIdentity(await forge(key, head, { ...claims, reputation: 1 }))).claims.operator).toBe(
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
    expect(reasonOf(parseOperatorIdentity(await forge(key, header, payloadOf(await signed()))))).toBe(
      "malformed_header",
    );
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
      expect(reasonOf(parseOperatorIdentity(await forge(key, head, payload)))).toBe("malformed_header");
    expect(reasonOf(parseOperatorIdentity(await forge(key, head, { ...plain, folded: undefined })))).toBe("accepted");
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

  it("says what is wrong with it", async () => {
    const jws = await signed({ jti: "jti00001" });
    const claims = payloadOf(jws);
    const [header, payload, signature] = jws.split(".") as [string, string, string];
    const part = (bytes: Uint8Array | string) => encodeBase64Url(Buffer.from(bytes));
    const text = JSON.stringify(claims);
    const told = {
      shape: "it is no compact JWS",
      header: "its protected header is not exactly alg ES256, kid and typ",
      claims: "a claim is missing or has the wrong type",
      end: "it has exp or nbf",
      folded: "claims are absent, and folded does not stand for them",
      signature: "its signature is not 64 bytes in base64url",
    };
    const odd: readonly (readonly [keyof typeof told, string])[] = [
      ["shape", `${header}.${payload}`],
      ["shape", `${jws}.${signature}`],
      ["header", `${header}=.${payload}.${signature}`],
      ["header", `${part("{")}.${payload}.${signature}`],
      ["header", `${part(JSON.stringify({ ...head, kid: `${OPERATOR_KID}x` }))}.${payload}.${signature}`],
      ["header", `${part(JSON.stringify({ ...head, kid: `x${OPERATOR_KID}` }))}.${payload}.${signature}`],
      ["header", `${part(JSON.stringify({ ...head, x: 1 }))}.${payload}.${signature}`],
      ["claims", `${header}.${payload}=.${signature}`],
      ["claims", `${header}..${signature}`],
      ["claims", `${header}.${part("{")}.${signature}`],
      ["claims", `${header}.${part(`\ufeff${text}`)}.${signature}`],
      ["claims", `${header}.${part(Buffer.from(text.replace("acme", "acm\xe9"), "latin1"))}.${signature}`],
      ["claims", `${header}.${part(JSON.stringify({ ...claims, iat: -1 }))}.${signature}`],
      ["end", await forge(key, head, { ...claims, exp: 1 })],
      ["end", await forge(key, head, { ...claims, nbf: 1 })],
      ["folded", await forge(key, head, { ...claims, from: undefined, folded: undefined })],
      ["signature", `${header}.${payload}.${signature}AA`],
      ["signature", `${header}.${payload}.${signature.slice(2)}`],
      ["signature", `${header}.${payload}.${signature}=`],
    ];
    for (const [what, value] of odd) {
      expect([what, value, parseOperatorIdentity(value)]).toEqual([
        what,
        value,
        Result.fail(
          identityError(
            "malformed_header",
            `X-MultiMail-Identity: ${told[what]}.`,
            "Do not trust it; ask the sender to send again.",
          ),
        ),
      ]);
    }
    expect(reasonOf(parseOperatorIdentity(await forge(key, head, { ...claims, iat: 0 })))).toBe("accepted");
  });
});

/**
 * Makes signed messages for vectors, from spec/signing.md alone: nothing here comes from the implementation under `src/`.
 *
 * **Gotchas**: signatures are made deterministically (RFC 6979), so that the same authoring gives the same vectors. The private keys
 * are the SHA-256 of a name and worth nothing.
 */
import { createHash } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import type { JsonObject } from "../../runner/vectors.ts";

export const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
export const sha256 = (octets: Uint8Array): Buffer => createHash("sha256").update(octets).digest();
export const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");
const base64url = (octets: Uint8Array): string => Buffer.from(octets).toString("base64url");

/** `fields(domain, v1, …)` of the specification. */
export const fields = (domain: string, ...values: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(
    [domain, ...values].flatMap((value) => {
      const octets = Buffer.from(value as string);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(octets.length);
      return [length, octets];
    }),
  );

/** A key named so that two authors get the same one. */
export const keyNamed = (name: string): Buffer => sha256(Buffer.from(`countersign conformance key ${name}`));

export const pemOf = (key: Buffer): string => {
  const prefix = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");
  const spki = base64(Buffer.concat([prefix, p256.getPublicKey(key, false)]));
  return `-----BEGIN PUBLIC KEY-----\n${spki.replace(/.{1,64}/g, "$&\n")}-----END PUBLIC KEY-----\n`;
};

/** The signature as `r‖s`; `high` gives the other s that is as valid. */
export const rawSignature = (key: Buffer, octets: Uint8Array, high = false): Buffer => {
  const raw = Buffer.from(p256.sign(octets, key, { prehash: true, lowS: true, format: "compact" }));
  if (!high) return raw;
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = n - BigInt(`0x${raw.subarray(32).toString("hex")}`);
  return Buffer.concat([raw.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
};

export const integer = (octets: Uint8Array): Buffer => {
  let body = Buffer.from(octets);
  while (body.length > 1 && body[0] === 0) body = body.subarray(1);
  if (body[0]! >= 0x80) body = Buffer.concat([Buffer.of(0), body]);
  return Buffer.concat([Buffer.of(2, body.length), body]);
};
export const sequence = (...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
};
export const der = (raw: Buffer): Buffer => sequence(integer(raw.subarray(0, 32)), integer(raw.subarray(32)));

/** Header fields in order, and the body; both binary strings. */
export interface Letter {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export const octetsOf = ({ fields: head, body }: Letter): Buffer =>
  latin1(`${head.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`);

const relaxed = (value: string): string =>
  value
    .replaceAll("\r\n", "")
    .replaceAll(/[ \t]+/g, " ")
    .replace(/^ /, "")
    .replace(/ $/, "");

const valuesOf = (letter: Letter, name: string): readonly string[] =>
  letter.fields.filter(([own]) => own.toLowerCase() === name).map(([, value]) => relaxed(value));

export const bodyHash = (body: string): string => base64(sha256(latin1(`${body.replace(/(\r\n)+$/, "")}\r\n`)));

export const midOf = (letter: Letter): string => valuesOf(letter, "message-id")[0]!.slice(1, -1);

export const signedFields: readonly string[] =
  "from:sender:reply-to:to:cc:subject:date:message-id:mime-version:content-type:content-transfer-encoding:in-reply-to:references:auto-submitted:x-ai-generated".split(
    ":",
  );

interface Statement {
  readonly kid: string;
  readonly agent: string;
  readonly ts: number;
  readonly sig: string;
}

export const bindingOctets = (letter: Letter, { kid, agent, ts, sig }: Statement, h: readonly string[]): Buffer =>
  fields(
    "countersign/agent-identity/v1",
    "1",
    kid,
    agent,
    String(ts),
    sig,
    midOf(letter),
    bodyHash(letter.body),
    h.join(":"),
    ...h.flatMap((name) => {
      const values = valuesOf(letter, name);
      return [name, String(values.length), ...values.map(latin1)];
    }),
  );

export const statementOctets = (agent: string, ts: number): Buffer => Buffer.from(`${agent}:${ts}`);

/** The value of the first header, on one line. */
export const agentValue = (
  letter: Letter,
  key: Buffer,
  who: { readonly kid: string; readonly agent: string; readonly ts: number },
  h: readonly string[] = signedFields,
): string => {
  const sig = base64(der(rawSignature(key, statementOctets(who.agent, who.ts))));
  const b2 = base64(der(rawSignature(key, bindingOctets(letter, { ...who, sig }, h))));
  const { kid, agent, ts } = who;
  return `v=1; kid=${kid}; agent=${agent}; ts=${ts}; sig=${sig}; mid=${midOf(letter)}; bh=${bodyHash(letter.body)}; h=${h.join(":")}; b2=${b2}`;
};

/** `rcpt` over addresses as they stand in the claims: lower case, each once. */
export const recipients = (jti: string, addresses: readonly string[]): string => {
  const unique = [...new Set(addresses.map((one) => one.toLowerCase()))];
  const hashes = unique.map((address) => sha256(fields("countersign/rcpt/v1", jti, address))).sort(Buffer.compare);
  return `${unique.length}.${base64url(sha256(fields("countersign/rcpt-list/v1", ...hashes)))}`;
};

export interface Claimed {
  readonly operator: string;
  readonly mailbox: string;
  readonly agent: string;
  readonly agentRef?: string;
  readonly oversightMode: string;
  readonly decision: string;
  readonly aiGenerated: boolean;
  readonly iat: number;
  readonly jti: string;
  readonly log: { readonly origin: string; readonly index: number; readonly leaf: string };
}

const foldable = ["subject_hash", "rcpt", "mid", "from", "mailbox", "agent"] as const;

/** The claims as an object, `count` of the foldable ones folded. */
export const claimsOf = (
  letter: Letter,
  it: Claimed,
  { from, to }: { readonly from: string; readonly to: readonly string[] },
  count = 0,
): JsonObject => {
  const values: Readonly<Record<string, string>> = {
    subject_hash: base64url(sha256(latin1(valuesOf(letter, "subject")[0] ?? ""))),
    rcpt: recipients(it.jti, to),
    mid: midOf(letter),
    from: from.toLowerCase(),
    mailbox: it.mailbox,
    agent: it.agent,
  };
  const gone = foldable.slice(0, count);
  const plain = (name: (typeof foldable)[number]) => (gone.includes(name) ? {} : { [name]: values[name]! });
  return {
    iss: it.operator,
    operator: it.operator,
    ...plain("mailbox"),
    ...plain("agent"),
    ...(it.agentRef === undefined ? {} : { agent_ref: it.agentRef }),
    oversight_mode: it.oversightMode,
    decision: it.decision,
    ai_generated: it.aiGenerated,
    iat: it.iat,
    jti: it.jti,
    ...plain("mid"),
    ...plain("from"),
    ...plain("rcpt"),
    ...plain("subject_hash"),
    body_hash: bodyHash(letter.body),
    ...(count === 0
      ? {}
      : {
          folded: base64url(
            sha256(fields("countersign/folded-claims/v1", ...gone.flatMap((name) => [name, values[name]!]))),
          ),
        }),
    log: it.log,
  };
};

/** A compact JWS over any header and claims. */
export const jws = (key: Buffer, header: JsonObject, claims: JsonObject, high = false): string => {
  const input = `${base64url(Buffer.from(JSON.stringify(header)))}.${base64url(Buffer.from(JSON.stringify(claims)))}`;
  return `${input}.${base64url(rawSignature(key, Buffer.from(input), high))}`;
};

/**
 * Verifies what arrived, by spec/signing.md alone, with `node:crypto`: the two identity headers, the digest, the approved octets.
 * Everything throws `Unmet` with what is wrong.
 */
import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { hasStatus, type Call } from "./api.ts";
import { expect, same } from "./expect.ts";
import type { Mail } from "./receiver.ts";

export interface Field {
  readonly name: string;
  /** Unfolded, runs of blanks made one, none at the ends. */
  readonly value: string;
  /** With its folds. */
  readonly raw: string;
}

export interface Parsed {
  readonly fields: readonly Field[];
  readonly body: Buffer;
}

const unfold = (text: string): string => text.replace(/[ \t\r\n]+/g, " ").trim();

/** RFC 5322 section 2.2, no more. */
export const parse = (raw: Buffer): Parsed => {
  const split = raw.indexOf("\r\n\r\n");
  expect(split >= 0, "the message has no end of its header");
  const lines =
    raw
      .subarray(0, split + 2)
      .toString("utf8")
      .match(/[^\r\n][^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*/g) ?? [];
  const fields = lines.map((line) => {
    const colon = line.indexOf(":");
    expect(colon > 0, `a header field without a colon: ${line.slice(0, 60)}`);
    return { name: line.slice(0, colon).toLowerCase(), value: unfold(line.slice(colon + 1)), raw: line };
  });
  return { fields, body: raw.subarray(split + 4) };
};

const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const u32 = (n: number): Buffer => {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(n);
  return octets;
};

const u64 = (n: number): Buffer => {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64BE(BigInt(n));
  return octets;
};

/** `fields(domain, v1, v2, …)` of spec/signing.md. */
export const encoded = (...values: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(
    values.flatMap((value) => {
      const octets = typeof value === "string" ? Buffer.from(value, "utf8") : Buffer.from(value);
      return [u32(octets.length), octets];
    }),
  );

/** Base64 of the SHA-256 of the body in DKIM's simple form (RFC 6376 section 3.4.3). */
export const bodyHash = (body: Buffer): string => {
  const text = body.toString("latin1").replace(/(\r\n)*$/, "");
  return sha256(Buffer.from(`${text}\r\n`, "latin1")).toString("base64");
};

/** OV-40. */
export const digestOf = (content: {
  readonly mailbox: string;
  /** Seconds; 0 = at once. */
  readonly sendAt: number;
  readonly from: string;
  readonly recipients: readonly string[];
  readonly raw: Buffer;
}): string => {
  const octets = (value: string | Buffer) => {
    const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
    return Buffer.concat([u64(bytes.length), bytes]);
  };
  const { mailbox, sendAt, from, recipients, raw } = content;
  const items = [octets("countersign/content/v1"), octets(mailbox), u64(sendAt), octets(from), u64(recipients.length)];
  return `sha256:${sha256(...items, ...recipients.map(octets), octets(raw)).toString("hex")}`;
};

export interface KeyDocument {
  readonly kid: string;
  readonly public_key_pem: string;
  readonly operator: string;
  readonly agent: string | null;
  readonly mailbox: string | null;
  readonly status: string;
  readonly valid_from: number;
  readonly valid_to: number | null;
}

export const keyOf = async (
  call: Call,
  kid: string,
): Promise<{ readonly document: KeyDocument; readonly key: KeyObject }> => {
  // Without credentials: a receiver has none.
  const document = hasStatus(await call("GET", `/v1/identity/keys/${kid}`, null), 200).body as KeyDocument;
  same(document.kid, kid, "the kid of the key that was asked for");
  return { document, key: createPublicKey(document.public_key_pem) };
};

/** What arrived is two signed headers (and a DKIM-Signature, if any) on top of exactly these octets. */
export const onTopOf = (mail: Mail, approved: Buffer): void => {
  const at = mail.raw.length - approved.length;
  expect(
    at > 0 && mail.raw.subarray(at).equals(approved),
    "what arrived does not end with the very octets that were shown to the reviewer",
  );
  const { fields } = parse(Buffer.concat([mail.raw.subarray(0, at), Buffer.from("\r\n")]));
  const names = fields.map(({ name }) => name).filter((name) => name !== "dkim-signature");
  same(names.toSorted(), ["x-multimail-agent-identity", "x-multimail-identity"], "the header fields put on top");
  // A second one further down would be what the agent wrote.
  for (const name of names) {
    const all = parse(mail.raw).fields.filter((field) => field.name === name);
    same(all.length, 1, `how often ${name} is there`);
  }
};

const oneOf = (message: Parsed, name: string): Field => {
  const found = message.fields.filter((field) => field.name === name);
  same(found.length, 1, `how often ${name} is there`);
  return found[0]!;
};

export interface AgentStatement {
  readonly parameters: ReadonlyMap<string, string>;
  readonly document: KeyDocument;
}

/** A line may break inside these values, and what a fold leaves of that is a blank (OV-166). */
const foldable = new Set(["sig", "mid", "bh", "h", "b2"]);

/** OV-44, OV-45 and OV-166. */
export const verifyAgentHeader = async (call: Call, mail: Mail): Promise<AgentStatement> => {
  const message = parse(mail.raw);
  const { value, raw } = oneOf(message, "x-multimail-agent-identity");
  for (const line of raw.split("\r\n"))
    expect(
      line.length <= 78 || /^ agent=\S+$/.test(line),
      `a line of the agent's header has ${line.length} characters`,
    );
  expect(!value.endsWith(";"), "the agent's header ends with a semicolon");
  const parameters = new Map(
    value.split(/;\s*/).map((part) => {
      const equals = part.indexOf("=");
      const [name, own] = [part.slice(0, equals), part.slice(equals + 1)];
      return [name, foldable.has(name) ? own.replaceAll(" ", "") : own] as const;
    }),
  );
  const get = (name: string): string => {
    const found = parameters.get(name);
    expect(found !== undefined && found !== "", `the agent's header has no ${name}`);
    return found;
  };
  same(get("v"), "1", "v of the agent's header");
  expect(/^[A-Za-z0-9._-]{1,128}$/.test(get("agent")), `agent=${get("agent")} is not a name of an agent`);
  const { document, key } = await keyOf(call, get("kid"));
  const statement = Buffer.from(`${get("agent")}:${get("ts")}`, "utf8");
  expect(
    verify("sha256", statement, key, Buffer.from(get("sig"), "base64")),
    "sig of the agent's header does not verify",
  );
  const signed = get("h").split(":");
  for (const name of "from sender reply-to to cc subject date message-id mime-version content-type content-transfer-encoding".split(
    " ",
  )) {
    expect(signed.includes(name), `h of the agent's header leaves out ${name}`);
  }
  const bound = signed.flatMap((name) => {
    const values = message.fields.filter((field) => field.name === name).map((field) => field.value);
    return [name, String(values.length), ...values];
  });
  const binding = encoded(
    "countersign/agent-identity/v1",
    ...["v", "kid", "agent", "ts", "sig", "mid", "bh", "h"].map(get),
    ...bound,
  );
  expect(
    verify("sha256", binding, key, Buffer.from(get("b2"), "base64")),
    "b2 of the agent's header does not verify over this message",
  );
  same(get("bh"), bodyHash(message.body), "bh of the agent's header");
  same(`<${get("mid")}>`, mail.messageId, "mid of the agent's header");
  return { parameters, document };
};

export interface OperatorClaims {
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly claims: any;
  readonly document: KeyDocument;
}

const addressesIn = (message: Parsed): readonly string[] => [
  ...new Set(
    message.fields
      .filter(({ name }) => name === "to" || name === "cc")
      // A group without members (OV-168) names nobody.
      .flatMap(({ value }) => (/^[A-Za-z0-9 -]+: ?;$/.test(value) ? [] : value.split(",")))
      .map((one) => (/<([^>]+)>/.exec(one)?.[1] ?? one).trim().toLowerCase()),
  ),
];

/** OV-46 and OV-165. */
export const verifyOperatorHeader = async (
  call: Call,
  mail: Mail,
  who: { readonly mailbox: string; readonly agentId: string },
): Promise<OperatorClaims> => {
  const message = parse(mail.raw);
  const field = oneOf(message, "x-multimail-identity");
  expect(!/\r\n[ \t]/.test(field.raw), "the operator's header is folded");
  expect(field.raw.length <= 982, "the operator's header is longer than a line of 980 characters");
  const [head, payload, signature] = field.value.split(".");
  expect(
    signature !== undefined && payload !== undefined && head !== undefined,
    "the operator's header is no compact JWS",
  );
  const protectedHeader = JSON.parse(Buffer.from(head, "base64url").toString("utf8")) as Record<string, unknown>;
  same(Object.keys(protectedHeader).toSorted(), ["alg", "kid", "typ"], "members of the JWS header");
  same([protectedHeader["alg"], protectedHeader["typ"]], ["ES256", "agent-mail+jwt"], "alg and typ of the JWS");
  const { document, key } = await keyOf(call, String(protectedHeader["kid"]));
  expect(
    verify(
      "sha256",
      Buffer.from(`${head}.${payload}`),
      { key, dsaEncoding: "ieee-p1363" },
      Buffer.from(signature, "base64url"),
    ),
    "the signature of the operator's header does not verify",
  );
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  expect(!("exp" in claims), "the operator's header has an exp: old mail would stop verifying");
  expect(document.mailbox === null, "the operator's header is signed by a mailbox's key");
  same(claims.iss, document.operator, "iss and the key's operator");
  const from = oneOf(message, "from").value;
  const people = addressesIn(message);
  const hashes = people
    .map((address) => sha256(encoded("countersign/rcpt/v1", claims.jti, address)))
    .toSorted((a, b) => Buffer.compare(a, b));
  // In the order in which they are left out of a line that would be too long.
  const values: readonly (readonly [string, string])[] = [
    ["subject_hash", sha256(oneOf(message, "subject").value).toString("base64url")],
    ["rcpt", `${people.length}.${sha256(encoded("countersign/rcpt-list/v1", ...hashes)).toString("base64url")}`],
    ["mid", mail.messageId.slice(1, -1)],
    ["from", (/<([^>]+)>/.exec(from)?.[1] ?? from).toLowerCase()],
    ["mailbox", who.mailbox],
    ["agent", who.agentId],
  ];
  const left = values.filter(([name]) => claims[name] === undefined);
  for (const [name, value] of values)
    if (claims[name] !== undefined) same(claims[name], value, `${name} of the operator's header`);
  if (left.length > 0) {
    same(left, values.slice(0, left.length), "which claims are folded");
    same(
      claims.folded,
      sha256(encoded("countersign/folded-claims/v1", ...left.flat())).toString("base64url"),
      "folded of the operator's header",
    );
  }
  same(claims.body_hash, bodyHash(message.body), "body_hash of the operator's header");
  return { claims, document };
};

/** SHA-256 of 0x00 and the leaf (RFC 6962), hexadecimal. */
export const leafHash = (leaf: string): string => sha256(Buffer.from([0]), leaf).toString("hex");

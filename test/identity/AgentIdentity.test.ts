import { execFileSync } from "node:child_process";
import { createHash, createPublicKey, verify } from "node:crypto";
import { Result } from "effect";
import PostalMime from "postal-mime";
import { describe, expect, it } from "vitest";
import {
  agentIdentityField,
  agentStatement,
  bindAgentIdentity,
  bindingBytes,
  defaultSignedFields,
  formatAgentIdentity,
  formatAgentStatement,
  parseAgentIdentity,
  requiredSignedFields,
} from "../../src/identity/AgentIdentity.ts";
import { contentOf } from "../../src/identity/MessageContent.ts";
import { fieldValues, prependFields, splitMessage } from "../../src/mail/read/Fields.ts";
import { fieldLayout } from "./fieldLayout.ts";
import { AGENT, AT, KID, mailboxKey, message, must, operatorKey, reasonOf } from "./signedMessage.ts";

const key = mailboxKey();
const publicKey = createPublicKey(key.record.public_key_pem);
const raw = message();
const content = must(contentOf(raw));
const stated = must(await agentStatement(key.signer, { agent: AGENT, ts: AT }));
const identity = must(await bindAgentIdentity(key.signer, stated, content));
const value = formatAgentIdentity(identity);

describe("OV-44 agent-statement, OV-45 agent-binding: X-MultiMail-Agent-Identity", () => {
  it("the seed's parser reads it, bound and unbound, and its check accepts the signature", () => {
    // These four lines are the seed's own; only the fetch before them and the print after them are not here.
    const program = [
      "import base64, json, sys",
      "identity_header = sys.argv[1]",
      'fields = dict(f.strip().split("=", 1) for f in identity_header.split(";"))',
      'sig_bytes = base64.b64decode(fields["sig"])',
      "message = f\"{fields['agent']}:{fields['ts']}\".encode()",
      'print(json.dumps({"fields": fields, "sig": sig_bytes.hex(), "message": message.hex()}))',
    ].join("\n");
    for (const header of [value, formatAgentStatement(stated)]) {
      const out = JSON.parse(
        execFileSync("python3", ["-c", program, header], { encoding: "utf8", timeout: 20_000 }),
      ) as {
        fields: Record<string, string>;
        sig: string;
        message: string;
      };
      const data = Buffer.from(out.message, "hex");
      expect(data.toString()).toBe(`${AGENT}:${AT}`);
      // OpenSSL, DER: what `ec.ECDSA(hashes.SHA256())` stands for.
      expect(verify("sha256", data, publicKey, Buffer.from(out.sig, "hex"))).toBe(true);
      expect(verify("sha256", Buffer.from(`${AGENT}x:${AT}`), publicKey, Buffer.from(out.sig, "hex"))).toBe(false);
      expect(out.fields).toMatchObject({ v: "1", kid: KID, agent: AGENT, ts: String(AT) });
    }
  });

  it("b2 is over the bytes the docstring describes", () => {
    const { binding } = identity;
    const fields = must(splitMessage(raw)).fields;
    const expected = fieldLayout(
      "countersign/agent-identity/v1",
      "1",
      KID,
      AGENT,
      String(AT),
      stated.sig,
      "01J0MSG@acme.example",
      content.bodyHash,
      binding!.h.join(":"),
      ...binding!.h.flatMap((name) => {
        const values = fields.filter((field) => field.name.toLowerCase() === name).map((field) => field.value);
        return [name, String(values.length), ...values];
      }),
    );
    expect(Buffer.from(bindingBytes(stated, binding!, content.fields))).toEqual(expected);
    expect(verify("sha256", expected, publicKey, Buffer.from(binding!.b2, "base64"))).toBe(true);
    const simple = createHash("sha256").update("Hi,\r\nwe have resolved ticket 4821.\r\n").digest("base64");
    expect(binding!.bh).toBe(simple);
  });

  it("OV-166 agent-lines-fit: lines of at most 78, and what they hold is the same", async () => {
    for (const agent of ["a", AGENT, "a".repeat(70), "a".repeat(71), "a".repeat(128)]) {
      for (const mid of ["i@a.example", `${"i".repeat(70)}@a.example`, `${"i".repeat(800)}@a.example`]) {
        const mine = must(contentOf(message({ mid: `<${mid}>` })));
        const who = must(await agentStatement(key.signer, { agent, ts: AT }));
        const names = [...defaultSignedFields, "y".repeat(76)];
        for (const h of [defaultSignedFields, names, names.toReversed()]) {
          const made = must(await bindAgentIdentity(key.signer, who, mine, h));
          const field = agentIdentityField(made);
          const lines = field.split("\r\n");
          expect(lines.pop()).toBe("");
          // The name stays whole: the header's first readers compare it as it stands.
          for (const line of lines) if (line.length > 78) expect(line).toBe(` agent=${agent};`);
          expect(lines.every((line) => line.length <= 78)).toBe(agent.length < 71);
          const [unfolded] = fieldValues(
            must(splitMessage(prependFields(raw, [field]))).fields,
            "x-multimail-agent-identity",
          );
          expect(must(parseAgentIdentity(unfolded!))).toEqual(made);
        }
      }
    }
    const seen = await PostalMime.parse(prependFields(raw, [agentIdentityField(identity)]));
    const shown = seen.headers.find((header) => header.key === "x-multimail-agent-identity")?.value ?? "";
    expect(must(parseAgentIdentity(shown))).toEqual(identity);
  });

  it("OV-166: blanks inside what is folded count for nothing, inside a name they are no name", () => {
    const spread = value.replace(/(?<=(?:sig|mid|bh|h|b2)=[^;]*)(?=[^;])/g, " \t ");
    expect(spread.length).toBeGreaterThan(2 * value.length);
    expect(must(parseAgentIdentity(spread))).toEqual(identity);
    for (const from of ["v=", "kid=key", `agent=${AGENT.slice(0, 3)}`, "ts=17"]) {
      expect(reasonOf(parseAgentIdentity(value.replace(from, `${from} `)))).toBe("malformed_header");
    }
  });

  it("reads back what it writes", () => {
    expect(must(parseAgentIdentity(value))).toEqual(identity);
    expect(must(parseAgentIdentity(formatAgentStatement(stated)))).toEqual({ ...stated, binding: null });
    expect(formatAgentIdentity({ ...stated, binding: null })).toBe(formatAgentStatement(stated));
  });

  it("covers absence: a field listed in h and added later, or doubled, changes the bytes", () => {
    const before = bindingBytes(stated, identity.binding!, content.fields);
    for (const line of [
      "Reply-To: evil@evil.example",
      "Cc: x@evil.example",
      "From: ceo@evil.example",
      "Sender: s@evil.example",
    ]) {
      const more = must(contentOf(prependFields(raw, [line]))).fields;
      expect(bindingBytes(stated, identity.binding!, more)).not.toEqual(before);
    }
    // Two values cannot be moved into one, nor from one name to the next.
    const two = must(contentOf(prependFields(raw, ["Cc: a@x.example", "Cc: b@x.example"]))).fields;
    const one = must(contentOf(prependFields(raw, ["Cc: a@x.example b@x.example"]))).fields;
    expect(bindingBytes(stated, identity.binding!, two)).not.toEqual(bindingBytes(stated, identity.binding!, one));
    // A field nobody signed does not matter, and neither does where a relay folds.
    const trace = must(contentOf(prependFields(raw, ["Received: from x"]))).fields;
    expect(bindingBytes(stated, identity.binding!, trace)).toEqual(before);
    const folded = Buffer.from(raw).toString().replace("ticket 4821 is", "ticket\r\n\t4821 is");
    expect(bindingBytes(stated, identity.binding!, must(contentOf(Buffer.from(folded))).fields)).toEqual(before);
  });

  it("covers the fields that decide whom and what a reader sees", () => {
    expect(defaultSignedFields).toEqual(
      expect.arrayContaining(["from", "to", "cc", "subject", "date", "message-id", "reply-to"]),
    );
    expect(requiredSignedFields.every((name) => defaultSignedFields.includes(name))).toBe(true);
  });

  it.each(["", "a b", "a;b", "a:b", "a=b", "a\r\nBcc: x", "é", "a".repeat(129)])(
    "refuses to sign the agent %j",
    async (agent) => {
      expect(reasonOf(await agentStatement(key.signer, { agent, ts: AT }))).toBe("bad_value");
    },
  );

  it("refuses to sign odd times and odd key ids", async () => {
    for (const ts of [-1, 1.5, NaN, Infinity, 1e15]) {
      expect(reasonOf(await agentStatement(key.signer, { agent: AGENT, ts }))).toBe("bad_value");
    }
    expect(reasonOf(await agentStatement({ ...key.signer, kid: "key_1; x" }, { agent: AGENT, ts: AT }))).toBe(
      "bad_value",
    );
  });

  it.each([
    "<a;b@x.example>",
    "<a b@x.example>",
    "a@x.example",
    "<a@x.example> <b@x.example>",
    "<>",
    "<a>",
    '<"a"@x.example>',
    `<${"@".repeat(2000)}>`,
  ])("refuses to bind the Message-ID %s", async (mid) => {
    const odd = must(contentOf(message({ mid })));
    expect(reasonOf(await bindAgentIdentity(key.signer, stated, odd))).toBe("unsignable_message");
  });

  it("refuses to bind with another key, a doubled Message-ID, or too few fields, and says when signing failed", async () => {
    const doubled = must(contentOf(prependFields(raw, ["Message-ID: <other@acme.example>"])));
    expect(reasonOf(await bindAgentIdentity(key.signer, stated, doubled))).toBe("unsignable_message");
    expect(reasonOf(await bindAgentIdentity(operatorKey().signer, stated, content))).toBe("wrong_key");
    for (const h of [
      [],
      ["from"],
      [...requiredSignedFields, "from"],
      [...requiredSignedFields, "a b"],
      [...requiredSignedFields, "a;b"],
    ]) {
      expect(reasonOf(await bindAgentIdentity(key.signer, stated, content, h))).toBe("bad_value");
    }
    const broken = { kid: KID, sign: () => Promise.reject(new Error("unplugged")) };
    expect(reasonOf(await agentStatement(broken, { agent: AGENT, ts: AT }))).toBe("signing_failed");
    expect(reasonOf(await bindAgentIdentity(broken, stated, content))).toBe("signing_failed");
  });

  it.each([
    ["a trailing ;", `${value};`],
    ["nothing", ""],
    ["another version", value.replace("v=1", "v=2")],
    ["a missing field", value.replace(/ bh=[^;]+;/, "")],
    ["an unknown field", `${value}; x=1`],
    ["a field twice", value.replace("; ts=", `; agent=${AGENT}; ts=`)],
    ["a field under another name", value.replace("; mid=", "; mix=")],
    ["another order", value.replace(/(kid=[^;]+); (agent=[^;]+)/, "$2; $1")],
    ["a bad kid", value.replace("kid=key_", "kid=yek_")],
    ["a bad agent", value.replace("agent=agent", "agent=age nt")],
    ["a padded time", value.replace("ts=1", "ts=01")],
    ["a negative time", value.replace("ts=1", "ts=-1")],
    ["base64url in sig", value.replace(/sig=..../, "sig=ME-_")],
    ["sig that is no DER", value.replace(/sig=[^;]+/, "sig=AAAA")],
    ["a short bh", value.replace(/bh=./, "bh=")],
    ["an odd mid", value.replace("mid=", "mid=<")],
    ["h without from", value.replace("h=from:", "h=")],
    ["h naming a field twice", value.replace("h=from", "h=from:from")],
    ["h in capitals", value.replace("h=from", "h=From")],
    ["b2 that is no DER", value.replace(/b2=.*/, "b2=AAAA")],
    ["b2 that is no base64", value.replace(/b2=.*/, "b2=~")],
    ["a mid that ends oddly", value.replace(/mid=([^;]+)/, "mid=$1>")],
    ["a bh of 35 octets", value.replace("bh=", "bh=AAAA")],
    ["a bh with bits left over", value.replace(/bh=[^;]+/, `bh=${"A".repeat(42)}B=`)],
    ["h with a name in capitals beside the needed ones", value.replace("h=from", "h=X-A:from")],
    ["half a binding", value.replace(/; bh=.*/, "")],
  ])("does not read a header with %s", (_, text) => {
    expect(text).not.toBe(value);
    expect(reasonOf(parseAgentIdentity(text))).toBe("malformed_header");
  });

  it("says which fields it takes", () => {
    const read = parseAgentIdentity("v=1");
    expect(Result.isFailure(read) && read.failure.message).toContain("v, kid, agent, ts, sig, mid, bh, h, b2");
  });

  it("ends, within a test's time, whatever it holds", () => {
    for (const junk of [";".repeat(200_000), "v=1; ".repeat(50_000), `v=1; kid=${"A".repeat(500_000)}`]) {
      expect(Result.isFailure(parseAgentIdentity(junk))).toBe(true);
    }
  });
});

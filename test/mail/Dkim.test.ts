import { createHash, generateKeyPairSync, verify, type KeyObject } from "node:crypto";
import { Result } from "effect";
import fc from "fast-check";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { describe, expect, it } from "vitest";
import { signDkim, signedFields, type DkimAlgorithm } from "../../src/mail/Dkim.ts";
import { prependFields } from "../../src/mail/Fields.ts";
import { composed, draft, plainDraft, address, refusalOf, textOf, type Refusal } from "./drafts.ts";
import { told } from "../told.ts";

const keys: Record<DkimAlgorithm, { privateKey: KeyObject; publicKey: KeyObject }> = {
  "rsa-sha256": generateKeyPairSync("rsa", { modulusLength: 2048 }),
  "ed25519-sha256": generateKeyPairSync("ed25519"),
};
const algorithms = Object.keys(keys) as DkimAlgorithm[];

/** What a receiver would find in DNS; Ed25519 keys are published as their 32 raw octets (RFC 8463 4). */
const resolver = (name: string): Promise<string[][]> => {
  const algorithm = algorithms.find((a) => name === `${a.slice(0, 3)}._domainkey.agents.example`);
  if (algorithm === undefined) return Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }));
  const der = keys[algorithm].publicKey.export({ type: "spki", format: "der" });
  const [k, p] = algorithm === "rsa-sha256" ? ["rsa", der] : ["ed25519", der.subarray(-32)];
  return Promise.resolve([[`v=DKIM1; k=${k}; p=${p.toString("base64")}`]]);
};

const options = (algorithm: DkimAlgorithm, domain = "agents.example") => ({
  domain,
  selector: algorithm.slice(0, 3),
  algorithm,
  privateKey: keys[algorithm].privateKey,
  timestamp: 1_794_830_400,
});
const signed = (raw: Uint8Array, algorithm: DkimAlgorithm, headers?: readonly string[]): Uint8Array =>
  prependFields(raw, [Result.getOrThrow(signDkim(raw, { ...options(algorithm), ...(headers ? { headers } : {}) }))]);

const verdicts = async (raw: Uint8Array | string): Promise<readonly string[]> => {
  const { results } = await dkimVerify(Buffer.from(raw as Uint8Array), { resolver });
  return results.map((r) => r.status.result as string);
};

const full = {
  ...plainDraft,
  cc: [address("Cora <cora@recipient.example>")],
  replyTo: address("desk@agents.example"),
  inReplyTo: "<p@r.example>",
  references: ["<o@r.example>", "<p@r.example>"],
  headers: { "X-Ticket": "17" },
};
const withIdentity = prependFields(composed(full).raw, [
  "X-MultiMail-Agent-Identity: v=1; kid=key_1; agent=sales; ts=1; sig=AAAA",
  "X-MultiMail-Identity: aaaa.bbbb.cccc",
]);

describe.each(algorithms)("DKIM with %s", (algorithm) => {
  it("verifies, whatever the message", async () => {
    await fc.assert(
      fc.asyncProperty(draft, async (d) => {
        expect(await verdicts(signed(composed(d).raw, algorithm))).toEqual(["pass"]);
      }),
      { numRuns: algorithm === "rsa-sha256" ? 25 : 40 },
    );
  });

  it("is folded, names its key and time, and has no length tag", () => {
    const line = Result.getOrThrow(signDkim(withIdentity, options(algorithm)));
    expect(line.endsWith("\r\n")).toBe(true);
    for (const part of line.split("\r\n")) expect(part.length).toBeLessThanOrEqual(78);
    const flat = line.replaceAll("\r\n ", "");
    expect(flat).toMatch(
      new RegExp(
        `^DKIM-Signature: v=1; a=${algorithm}; c=relaxed/relaxed; t=1794830400;d=agents.example;s=${algorithm.slice(0, 3)};h=`,
      ),
    );
    expect(flat).not.toMatch(/[; ]l=/);
    const listed = /h=([^;]*);/.exec(flat)![1]!.split(":");
    for (const name of [
      "From",
      "To",
      "Subject",
      "Date",
      "Message-ID",
      "Reply-To",
      "Content-Type",
      "MIME-Version",
      "X-MultiMail-Agent-Identity",
      "X-MultiMail-Identity",
    ]) {
      expect([name, listed.filter((one) => one === name).length]).toEqual([name, 2]);
    }
    for (const name of ["Cc", "In-Reply-To", "References", "Content-Transfer-Encoding", "X-AI-Generated"]) {
      expect([name, listed.filter((one) => one === name).length]).toEqual([name, 1]);
    }
    const bare = Result.getOrThrow(signDkim(composed(plainDraft).raw, options(algorithm))).replaceAll("\r\n ", "");
    // Absent, so listed once: nobody can add one.
    expect(
      /h=([^;]*);/
        .exec(bare)![1]!
        .split(":")
        .filter((one) => /identity|reply-to/i.test(one)),
    ).toEqual(["Reply-To", "X-MultiMail-Agent-Identity", "X-MultiMail-Identity"]);
  });

  it("survives what relays may do: more fields on top, refolding, blank lines at the end", async () => {
    const wire = textOf(signed(withIdentity, algorithm));
    for (const changed of [
      `Received: from a by b; now\r\n${wire}`,
      wire.replace("Subject: Quarterly numbers", "SUBJECT:  Quarterly\r\n\tnumbers  "),
      `${wire}\r\n\r\n`,
    ]) {
      expect(await verdicts(changed)).toEqual(["pass"]);
    }
  });

  it("fails when any signed field is changed or removed", async () => {
    const wire = textOf(signed(withIdentity, algorithm));
    expect(await verdicts(wire)).toEqual(["pass"]);
    for (const name of signedFields) {
      const line = new RegExp(`^${name}: .*(?:\\r\\n[ \\t].*)*\\r\\n`, "m");
      const [original] = line.exec(wire)!;
      expect([name, await verdicts(wire.replace(original, original.replace(/\r\n$/, "x\r\n")))]).toEqual([
        name,
        ["fail"],
      ]);
      const removed = await verdicts(wire.replace(original, ""));
      expect([name, removed.includes("pass")]).toEqual([name, false]);
    }
  });

  it("fails when the body is changed, cut or continued", async () => {
    const wire = textOf(signed(withIdentity, algorithm));
    for (const changed of [
      wire.replace("here they are.", "here they are!"),
      wire.replace("here they are.\r\n", ""),
      `${wire}more\r\n`,
    ]) {
      expect(changed).not.toBe(wire);
      expect((await verdicts(changed)).includes("pass")).toBe(false);
    }
  });

  it.each([
    "From: ceo@evil.example",
    "Subject: Urgent: pay now",
    "To: x@evil.example",
    "Reply-To: x@evil.example",
    "Date: Mon, 16 Nov 2026 12:00:01 +0000",
    "Message-ID: <other@evil.example>",
    "Content-Type: text/html",
    "MIME-Version: 1.0",
    "X-MultiMail-Agent-Identity: v=1; kid=key_2; agent=ceo; ts=2; sig=BBBB",
    "X-MultiMail-Identity: dddd.eeee.ffff",
  ])("fails when a second field is put on top or below: %s", async (line) => {
    const wire = textOf(signed(withIdentity, algorithm));
    expect(await verdicts(`${line}\r\n${wire}`)).toEqual(["fail"]);
    expect(await verdicts(wire.replace("\r\n\r\n", `\r\n${line}\r\n\r\n`))).toEqual(["fail"]);
  });

  it.each(["X-MultiMail-Identity: dddd.eeee.ffff", "Reply-To: x@evil.example"])(
    "fails when a first one is added: %s",
    async (line) => {
      expect(await verdicts(`${line}\r\n${textOf(signed(composed(plainDraft).raw, algorithm))}`)).toEqual(["fail"]);
    },
  );

  it("covers the further fields it is told to", async () => {
    const change = (raw: Uint8Array): string => textOf(raw).replace("X-Ticket: 17", "X-Ticket: 18");
    expect(await verdicts(change(signed(withIdentity, algorithm)))).toEqual(["pass"]);
    expect(await verdicts(change(signed(withIdentity, algorithm, ["x-ticket"])))).toEqual(["fail"]);
  });
});

/** What is signed, written out here: each header line as relaxed canonicalisation has it (RFC 6376 3.4.2). */
const holds = (line: string, canonical: readonly string[]): boolean => {
  const [whole, unsigned, signature] = /^DKIM-Signature:(.*\r\n b=)(.*)\r\n$/s.exec(line)!;
  const own = `dkim-signature:${unsigned!.replaceAll("\r\n", "").trim()}`;
  const data = Buffer.from(`${canonical.map((one) => `${one}\r\n`).join("")}${own}`, "latin1");
  expect(whole).toBe(line);
  const hash = createHash("sha256").update(data).digest();
  return verify(
    null,
    hash,
    keys["ed25519-sha256"].publicKey,
    Buffer.from(signature!.replaceAll("\r\n ", ""), "base64"),
  );
};
const bh = (body: string): string => createHash("sha256").update(body, "latin1").digest("base64");

describe("the DKIM-Signature field", () => {
  const sign = (message: string, headers?: readonly string[]): string =>
    Result.getOrThrow(
      signDkim(Buffer.from(message, "latin1"), { ...options("ed25519-sha256"), ...(headers ? { headers } : {}) }),
    );

  it("is these lines, and signs the fields from the bottom up, each once", () => {
    const line = sign(
      "DKIM-Signature: x\r\nX-B: 1\r\nFROM:  a@agents.example \r\nx-b:\t 2\t3 \r\nTo:\r\n \r\nSUBJECT:x\r\n  y\t\r\n\r\nbody\r\n",
      ["X-B", "from", "Dkim-Signature", "x-b", "X-None"],
    );
    const head =
      "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; t=1794830400;\r\n" +
      " d=agents.example;\r\n s=ed2;\r\n" +
      " h=From:From:To:To:Subject:Subject:Date:Message-ID:MIME-Version:\r\n" +
      " Content-Type:Reply-To:X-MultiMail-Agent-Identity:X-MultiMail-Identity:X-B:\r\n X-B;\r\n" +
      ` bh=${bh("body\r\n")};\r\n b=`;
    expect(line.slice(0, head.length)).toBe(head);
    expect(line.slice(head.length)).toMatch(/^[A-Za-z0-9+/]{72}\r\n [A-Za-z0-9+/]{14}==\r\n$/);
    expect(holds(line, ["from:a@agents.example", "to:", "subject:x y", "x-b:2 3", "x-b:1"])).toBe(true);
    expect(holds(line, ["from:a@agents.example", "to:", "subject:x y", "x-b:1", "x-b:2 3"])).toBe(false);
  });

  it.each([
    ["", ""],
    ["\r\n\r\n", ""],
    [" \t\r\n", ""],
    ["a", "a\r\n"],
    ["a \t b\t\r\n  c\r\n \r\n\r\n", "a b\r\n c\r\n"],
    ["\r\n\r\na\r\n", "\r\n\r\na\r\n"],
    ["a \r\n\r\nb", "a\r\n\r\nb\r\n"],
    ["a ", "a\r\n"],
  ])("hashes the body %j as %j", (body, canonical) => {
    expect(sign(`From: a@agents.example\r\n\r\n${body}`)).toContain(`\r\n bh=${bh(canonical)};\r\n`);
  });

  it("folds the list of fields before column 77", () => {
    const begin = " Reply-To:X-MultiMail-Agent-Identity:X-MultiMail-Identity:";
    const listed = (...lengths: readonly number[]): readonly string[] => {
      const extra = lengths.map((length) => "X".repeat(length));
      const line = sign(
        `From: a@agents.example\r\nCc: b@agents.example\r\n${extra.map((name) => `${name}: x\r\n`).join("")}`,
        extra,
      );
      return /h=[^;]*;/.exec(line)![0].split("\r\n").slice(1);
    };
    expect(listed(76 - begin.length)).toEqual([`${begin}${"X".repeat(76 - begin.length)};`]);
    expect(listed(77 - begin.length)).toEqual([begin, ` ${"X".repeat(77 - begin.length)};`]);
    expect(listed(75 - begin.length, 3)).toEqual([`${begin}${"X".repeat(75 - begin.length)}:`, " XXX;"]);
    expect(listed(76 - begin.length, 3)).toEqual([begin, ` ${"X".repeat(76 - begin.length)}:XXX;`]);
  });

  const selector = [
    "bad_key",
    "selector",
    "The selector is not a DNS name.",
    "Use letters, digits and hyphens, at most 63.",
  ] as const;
  const time = ["bad_date", "timestamp", "The timestamp is not a time.", "Give whole seconds since 1970."] as const;
  const name = [
    "bad_header",
    "headers",
    "A field to sign has no valid name.",
    "Use header names such as X-Ticket-Id.",
  ] as const;
  const kind = [
    "bad_key",
    "privateKey",
    "The key is not a private ed25519 key.",
    "Give a key made for ed25519-sha256.",
  ] as const;
  const rsa = [
    "bad_key",
    "privateKey",
    "The key is not a private rsa key.",
    "Give a key made for rsa-sha256.",
  ] as const;
  const weak = ["weak_key", "privateKey", "The RSA key is too short.", "Make one of at least 2048 bits."] as const;
  it.each<[string, Record<string, unknown>, Refusal]>([
    ["no selector", { selector: "" }, selector],
    ["64 characters of selector", { selector: "a".repeat(64) }, selector],
    ["a selector that begins with a dot", { selector: ".a" }, selector],
    ["a selector that ends in a hyphen", { selector: "a-" }, selector],
    ["a selector with a tag in it", { selector: "a;l=0" }, selector],
    ["a time before 1970", { timestamp: -1 }, time],
    ["half a second", { timestamp: 0.5 }, time],
    ["a field name with a blank, behind a good one", { headers: ["X-A", "X B"] }, name],
    ["a field name with a tag in it", { headers: ["X;l=0", "X-A"] }, name],
    ["a public key", { privateKey: keys["ed25519-sha256"].publicKey }, kind],
    ["a key of the other kind", { privateKey: keys["rsa-sha256"].privateKey }, kind],
    ["a public RSA key", { algorithm: "rsa-sha256", privateKey: keys["rsa-sha256"].publicKey }, rsa],
    [
      "a short RSA key",
      { algorithm: "rsa-sha256", privateKey: generateKeyPairSync("rsa", { modulusLength: 2040 }).privateKey },
      weak,
    ],
    [
      "an RSA key that does not tell its length",
      { algorithm: "rsa-sha256", privateKey: { type: "private", asymmetricKeyType: "rsa" } },
      weak,
    ],
    [
      "a bad domain",
      { domain: "localhost" },
      ["bad_domain", "domain", "The domain has no dot.", "Give the full domain name, such as example.com."],
    ],
  ])("is refused for %s", (_, change, wanted) => {
    expect(refusalOf(signDkim(withIdentity, { ...options("ed25519-sha256"), ...change }))).toEqual(wanted);
  });
  it("is refused for a message without exactly one sender", () => {
    for (const text of ["From: a@b.example\r\nfrom: c@d.example\r\n\r\nx", "To: a@b.example\r\n\r\nx"])
      expect(refusalOf(signDkim(Buffer.from(text), options("ed25519-sha256")))).toEqual([
        "bad_field",
        "raw",
        "The message does not have exactly one From.",
        "Compose it with one sender.",
      ]);
  });
  it.each([
    { selector: "a" },
    { selector: "a1.b-C" },
    { selector: "a".repeat(63) },
    { timestamp: 0 },
    { headers: [] },
    { headers: ["X-A"] },
  ])("takes %j", (change) => {
    expect(refusalOf(signDkim(withIdentity, { ...options("ed25519-sha256"), ...change }))).toBeNull();
  });
});

describe("DKIM", () => {
  it("carries both algorithms on one message", async () => {
    const lines = algorithms.map((a) => Result.getOrThrow(signDkim(withIdentity, options(a))));
    expect(await verdicts(prependFields(withIdentity, lines))).toEqual(["pass", "pass"]);
  });

  it("canonicalises bodies of others: blanks, empty, no last line break", async () => {
    const head = "From: a@agents.example\r\nSubject: \t x  y \t\r\n\r\n";
    for (const body of ["", "\r\n", " \t\r\n\r\n", "a \t b\t\r\n  c\r\n \r\n\r\n", "no end", "\xe4\xff \xa0\r\n"]) {
      for (const a of algorithms)
        expect([body, await verdicts(signed(Buffer.from(head + body, "latin1"), a))]).toEqual([body, ["pass"]]);
    }
  });

  it.each([
    ["a short RSA key", { privateKey: generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey }, "weak_key"],
    ["a key of the other kind", { privateKey: keys["ed25519-sha256"].privateKey }, "bad_key"],
    ["a public key", { privateKey: keys["rsa-sha256"].publicKey }, "bad_key"],
    ["a domain with a tag in it", { domain: "agents.example; l=0" }, "bad_domain"],
    ["a selector with a line break", { selector: "a\r\nX: y" }, "bad_key"],
    ["half a second", { timestamp: 0.5 }, "bad_date"],
    ["a field name with a tag in it", { headers: ["X;l=0"] }, "bad_header"],
  ])("refuses %s", (_, change, wanted) => {
    const made = signDkim(withIdentity, { ...options("rsa-sha256"), ...change });
    expect(Result.isFailure(made) && told(made.failure).reason).toBe(wanted);
  });

  it("refuses a message with two senders, none, or bare line endings", () => {
    const reason = (text: string) => {
      const made = signDkim(Buffer.from(text), options("ed25519-sha256"));
      return Result.isFailure(made) && told(made.failure).reason;
    };
    expect(reason("From: a@b.example\r\nFrom: c@d.example\r\n\r\nx")).toBe("bad_field");
    expect(reason("To: a@b.example\r\n\r\nx")).toBe("bad_field");
    expect(reason("From: a@b.example\n\nx")).toBe("bare_line_ending");
  });
});

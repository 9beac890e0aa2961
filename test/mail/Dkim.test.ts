import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { Result } from "effect";
import fc from "fast-check";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { describe, expect, it } from "vitest";
import { signDkim, signedFields, type DkimAlgorithm } from "../../src/mail/Dkim.ts";
import { prependFields } from "../../src/mail/read/Fields.ts";
import { composed, draft, plainDraft, address, refusalOf, textOf, type Refusal } from "./drafts.ts";
import { explained } from "../support/explained.ts";

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
    ["a key of the other kind", { privateKey: keys["ed25519-sha256"].privateKey }, "bad_key"],
    ["a public key", { privateKey: keys["rsa-sha256"].publicKey }, "bad_key"],
    ["a domain with a tag in it", { domain: "agents.example; l=0" }, "bad_domain"],
    ["a selector with a line break", { selector: "a\r\nX: y" }, "bad_key"],
    ["half a second", { timestamp: 0.5 }, "bad_date"],
    ["a field name with a tag in it", { headers: ["X;l=0"] }, "bad_header"],
  ])("refuses %s", (_, change, wanted) => {
    const made = signDkim(withIdentity, { ...options("rsa-sha256"), ...change });
    expect(Result.isFailure(made) && explained(made.failure).reason).toBe(wanted);
  });

  const short = generateKeyPairSync("rsa", { modulusLength: 2040 }).privateKey;
  const rsa = [
    "bad_key",
    "privateKey",
    "The key is not a private rsa key.",
    "Give a key made for rsa-sha256.",
  ] as const;
  const weak = ["weak_key", "privateKey", "The RSA key is too short.", "Make one of at least 2048 bits."] as const;
  it.each<[string, Record<string, unknown>, Refusal]>([
    ["a public RSA key", { algorithm: "rsa-sha256", privateKey: keys["rsa-sha256"].publicKey }, rsa],
    ["a short RSA key", { algorithm: "rsa-sha256", privateKey: short }, weak],
    [
      "an RSA key that does not tell its length",
      { algorithm: "rsa-sha256", privateKey: { type: "private", asymmetricKeyType: "rsa" } },
      weak,
    ],
  ])("refuses %s in these words", (_, change, wanted) => {
    expect(refusalOf(signDkim(withIdentity, { ...options("rsa-sha256"), ...change }))).toEqual(wanted);
  });

  it("refuses a message with two senders, none, or bare line endings", () => {
    const reason = (text: string) => {
      const made = signDkim(Buffer.from(text), options("ed25519-sha256"));
      return Result.isFailure(made) && explained(made.failure).reason;
    };
    expect(reason("From: a@b.example\r\nFrom: c@d.example\r\n\r\nx")).toBe("bad_field");
    expect(reason("To: a@b.example\r\n\r\nx")).toBe("bad_field");
    expect(reason("From: a@b.example\n\nx")).toBe("bare_line_ending");
  });
});

/** `countersign verify`: its verdicts, its exit statuses, and where it takes messages and keys from. */
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import type { VerificationReport } from "../../src/identity/VerificationReport.ts";
import { attach, edit, headersFor, mailboxKey, message, operatorKey } from "../identity/signedMessage.ts";
import { countersign, countersignHere, scratch } from "./run.ts";

const folder = scratch();
const mailbox = mailboxKey();
const operator = operatorKey();
const others = mailboxKey();

const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return name;
};
/** Names of files are of those in the folder. */
const verify = (args: readonly string[]) =>
  countersignHere(["verify", ...args.map((arg) => (/\.(eml|json)$|^\.$/.test(arg) ? join(folder, arg) : arg))]);

let signed: Uint8Array;
let server: Server;
let base: string;

beforeAll(async () => {
  signed = attach(message(), await headersFor(message(), mailbox, operator));
  put("signed.eml", signed);
  put("keys.json", JSON.stringify([mailbox.record, operator.record]));
  put("mailbox.json", JSON.stringify(mailbox.record));
  put("operator.json", JSON.stringify(operator.record));
  server = createServer((request, response) => {
    const kid = /^\/v1\/identity\/keys\/(\w+)$/.exec(request.url ?? "")?.[1];
    const key = [mailbox, operator].find(({ record }) => record.kid === kid)?.record;
    response.writeHead(key === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(key ?? { error: "no such key" }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("0", () => {
  it("a genuine message, with a list of keys, says who, how and which entry of which log", async () => {
    const { status, stdout, stderr } = await verify(["signed.eml", "--key", "keys.json"]);
    assert.strictEqual(status, 0, stdout);
    assert.match(stdout, /^verdict: verified$/m);
    assert.include(stdout, "mode gated_send, decided by human");
    assert.include(stdout, "acme.example/log/41");
    assert.strictEqual(stderr, "");
  });

  it("from standard input, with one file for each key, as JSON for a program", async () => {
    const { status, stdout } = await countersign(
      ["verify", "-", "--key", "mailbox.json", "--key", "operator.json", "--json"],
      { cwd: folder, input: signed },
    );
    assert.strictEqual(status, 0, stdout);
    const report = JSON.parse(stdout) as VerificationReport;
    assert.strictEqual(report.verdict, "verified");
    assert.strictEqual(report.operator.claims?.decision, "human");
  });

  it("with the keys a server publishes", async () => {
    const { status, stdout } = await verify(["signed.eml", "--server", base]);
    assert.strictEqual(status, 0, stdout);
  });

  it("saved with LF line endings, it is checked with CRLF, and standard error says so", async () => {
    const saved = put("saved.eml", Buffer.from(signed).toString("latin1").replaceAll("\r\n", "\n"));
    const { status, stdout, stderr } = await verify([saved, "--key", "keys.json", "--json"]);
    assert.strictEqual(status, 0, stdout);
    assert.match(stderr, /saved with LF line endings: checked with CRLF/);
    // A program that reads the report is not disturbed.
    assert.strictEqual((JSON.parse(stdout) as VerificationReport).verdict, "verified");
  });
});

describe("OV-172 saved-files-are-read: as mail programs save a message", () => {
  const text = () => Buffer.from(signed).toString("latin1");
  const lf = () => text().replaceAll("\r\n", "\n");
  const line = "From crm@acme.example Fri Apr 19 16:01:00 2024";
  const saved: readonly (readonly [how: string, file: () => string, says: RegExp])[] = [
    ["as it is, without its last line end", () => text().trimEnd(), /^$/],
    ["with empty lines behind it", () => `${text()}\r\n\r\n`, /^$/],
    ["with LF behind a message of CRLF", () => `${text()}\n\n`, /^$/],
    ["in LF, with empty lines behind it", () => `${lf()}\n\n`, /LF line endings/],
    ["in LF, with CRLF behind it", () => `${lf()}\r\n`, /LF line endings/],
    ["in LF, without its last line end", () => lf().trimEnd(), /LF line endings/],
    ["an mbox line on top, all LF", () => `${line}\n${lf()}\n`, /saved as an mbox[^]*LF line endings/],
    ["an mbox line on top, all CRLF", () => `${line}\r\n${text()}\r\n`, /^The message was saved as an mbox[^\n]*\n$/],
    ["an mbox line in LF above a message of CRLF", () => `${line}\n${text()}\n`, /saved as an mbox/],
    ["a quoted mbox line on top", () => `>${line}\n${lf()}`, /saved as an mbox/],
    ["a byte order mark on top", () => `\xef\xbb\xbf${text()}`, /byte order mark/],
  ];
  for (const [how, file, says] of saved) {
    it(how, async () => {
      const name = put("as-saved.eml", Buffer.from(file(), "latin1"));
      const { status, stdout, stderr } = await verify([name, "--key", "keys.json"]);
      assert.strictEqual(status, 0, stdout + stderr);
      assert.match(stderr, says);
    });
  }

  it("what was undone hides no change", async () => {
    for (const change of [
      (all: string) => all.replace("have resolved", "have deleted"),
      (all: string) => all.replace("\r\n\r\nHi", "\r\n\r\n\r\nHi"),
      (all: string) => all.replace("Subject: Your", "Subject: My"),
    ]) {
      assert.notStrictEqual(change(text()), text());
      const name = put("as-saved.eml", Buffer.from(`\xef\xbb\xbf${line}\n${change(text())}\n\n`, "latin1"));
      assert.strictEqual((await verify([name, "--key", "keys.json"])).status, 1);
    }
  });

  const unread: readonly (readonly [what: string, file: () => string | Uint8Array, says: RegExp])[] = [
    ["an empty file", () => "", /it is empty/],
    ["empty lines", () => "\r\n\n", /it is empty/],
    ["UTF-16 with its mark", () => Buffer.from(`\ufeff${text()}`, "utf16le"), /UTF-16/],
    ["UTF-16 without", () => Buffer.from(text(), "utf16le"), /UTF-16/],
    ["gzip", () => gzipSync(signed), /compressed with gzip[^]*gunzip/],
    ["a ZIP archive", () => "PK\x03\x04\x14\0", /ZIP/],
    ["Outlook's own form", () => Buffer.from("d0cf11e0a1b11ae1", "hex"), /\.msg[^]*\.eml/],
    ["a page", () => "<!DOCTYPE html>\n<html>", /web page/],
    ["what an API answered", () => '{"raw": "…"}', /JSON/],
    [
      "a banner in front",
      () => `CAUTION - this came from outside\r\n\r\n${text()}`,
      /no header field: "CAUTION - this[^]*Take away/,
    ],
    ["an empty line in front", () => `\r\n${text()}`, /no header field: it is empty/],
    ["a mailbox of two", () => `${line}\n${lf()}\n${line}\n${lf()}\n`, /several messages/],
    ["CR alone", () => text().replaceAll("\r\n", "\r"), /CR alone/],
  ];
  for (const [what, file, says] of unread) {
    it(`2 and what to do: ${what}`, async () => {
      const name = put("no-message.eml", file());
      const { status, stdout, stderr } = await verify([name, "--key", "keys.json"]);
      assert.strictEqual(status, 2, stdout);
      assert.strictEqual(stdout, "");
      assert.match(stderr, says);
      assert.match(stderr, /no-message\.eml cannot be read as a message: /);
    });
  }
});

describe("1", () => {
  it("a word of the body was changed", async () => {
    put("changed.eml", edit(signed, "have resolved", "have deleted"));
    const { status, stdout } = await countersign(["verify", "changed.eml", "--key", "keys.json"], { cwd: folder });
    assert.strictEqual(status, 1);
    assert.match(stdout, /^verdict: content_modified$/m);
    assert.match(stdout, /body NO/);
  });

  it("the agent header was made with another key than it names", async () => {
    const forged = put("forged.eml", attach(message(), await headersFor(message(), others, operator)));
    const { status, stdout } = await verify([forged, "--key", "keys.json", "--json"]);
    assert.strictEqual(status, 1);
    const report = JSON.parse(stdout) as VerificationReport;
    assert.strictEqual(report.verdict, "invalid");
    assert.strictEqual(report.agent.statementSignature, "fail");
  });

  it("the forgery is seen although the other key is not to be had", async () => {
    const forged = put("half.eml", attach(message(), await headersFor(message(), others, operator)));
    const { status } = await verify([forged, "--key", "mailbox.json"]);
    assert.strictEqual(status, 1);
  });

  it("a key was revoked", async () => {
    const revoked = put("revoked.json", JSON.stringify([{ ...mailbox.record, status: "revoked" }, operator.record]));
    const { status, stdout } = await verify(["signed.eml", "--key", revoked]);
    assert.strictEqual(status, 1);
    assert.match(stdout, /was revoked/);
  });

  it("line endings are mixed, in which two programs may see two messages", async () => {
    const mixed = put("mixed.eml", edit(signed, "Hi,\r\n", "Hi,\n"));
    const { status, stderr } = await verify([mixed, "--key", "keys.json"]);
    assert.strictEqual(status, 1);
    assert.match(stderr, /mixed: checked as it is/);
  });
});

describe("2", () => {
  it("nobody signed it", async () => {
    put("plain.eml", message());
    const { status, stdout } = await countersign(["verify", "plain.eml", "--key", "keys.json"], { cwd: folder });
    assert.strictEqual(status, 2);
    assert.match(stdout, /^verdict: unsigned$/m);
  });

  it("a key is not among those given", async () => {
    const { status, stdout } = await verify(["signed.eml", "--key", "mailbox.json"]);
    assert.strictEqual(status, 2);
    assert.match(stdout, /key_01J000000000000000000PER00 .*is not known/);
  });

  it("the server cannot be asked", async () => {
    const { status, stdout } = await verify(["signed.eml", "--server", "http://127.0.0.1:9"]);
    assert.strictEqual(status, 2);
    assert.match(stdout, /could not be looked up/);
  });

  it("neither keys nor a server are given", async () => {
    const { status, stdout, stderr } = await verify(["signed.eml"]);
    assert.strictEqual(status, 2);
    assert.strictEqual(stdout, "");
    assert.match(stderr, /--key FILE, or --server URL/);
  });

  const unusable: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
    [
      "the message is not there",
      ["none.eml", "--key", "keys.json"],
      /none\.eml cannot be read: no such file \(ENOENT\)$/m,
    ],
    ["the message is a folder", [".", "--key", "keys.json"], /cannot be read: this is a folder \(EISDIR\)/],
    ["the key file is not there", ["signed.eml", "--key", "none.json"], /key file .*none\.json .*ENOENT/],
    ["the key file is no key", ["signed.eml", "--key", "signed.eml"], /key file .*signed\.eml cannot be used/],
    [
      "the server's URL is none",
      ["signed.eml", "--server", "mail.example.com"],
      /--server mail\.example\.com is no http/,
    ],
  ];
  for (const [what, args, says] of unusable) {
    it(what, async () => {
      const { status, stdout, stderr } = await verify(args);
      assert.strictEqual(status, 2);
      assert.strictEqual(stdout, "");
      assert.match(stderr, says);
    });
  }
});

/**
 * Signed messages through mail programs: `headers.sh` unpacks the programs and runs this with their folder.
 *
 * Each program hands each message to a receiver on 127.0.0.1. A line says for each what the verifier says of both header fields, and how
 * long the operator's line was.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { verifyNode } from "../../src/identity/NodeVerify.ts";
import { verifyMessage } from "../../src/identity/verifyMessage.ts";
import { attach, headersFor, mailboxKey, operatorKey, resolver } from "../identity/signedMessage.ts";
import { address, composed, plainDraft } from "../mail/drafts.ts";
import type { Draft } from "../../src/mail/compose/Compose.ts";
import { startReceiver } from "../support/receiver.ts";

const [folder, libraries] = process.argv.slice(2);
if (folder === undefined || libraries === undefined) throw new Error("Run test/interop/headers.sh.");
const root = join(folder, "root");
const receiver = await startReceiver({ features: [] });

const operatorName = `${"d".repeat(40)}.example`;
const mailbox = mailboxKey({ operator: operatorName });
const operator = operatorKey({ operator: operatorName });
const sender = `ann@${operatorName}`;

const kinds: Readonly<Record<string, Partial<Draft>>> = {
  plain: {},
  "blind copies alone": { to: [], bcc: [address("bob@recipient.example")] },
  "cc alone": { to: [], cc: [address("bob@recipient.example")] },
  "encoded subject": { subject: "é is an escape at the beginning, and then a text that is long enough for two words" },
  "html and a file": {
    html: `<p>${"long ".repeat(300)}</p>`,
    attachments: [{ name: "ä.pdf", contentType: "application/pdf", content: new Uint8Array(5000) }],
  },
  "50 recipients": {
    to: Array.from({ length: 50 }, (_, i) => address(`Person Number ${i} <p${i}@recipient.example>`)),
  },
};

interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const config = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
mkdirSync(join(folder, "queue"), { recursive: true });

/** As Debian configures it, with this port. */
const sendmailCf = config(
  "sendmail-here.cf",
  readFileSync(join(folder, "sendmail.cf"), "utf8").replaceAll("A=TCP $h", `A=TCP $h ${receiver.port}`),
);

const python = (policy: string, send: string): Program => ({
  name: `python3 ${policy}, ${send.split("(")[0]}`,
  command: "python3",
  args: [
    "-c",
    [
      "import sys, smtplib, email, email.policy as policy",
      "raw = sys.stdin.buffer.read()",
      `message = email.message_from_bytes(raw, policy=policy.${policy})`,
      `with smtplib.SMTP("127.0.0.1", ${receiver.port}) as smtp:`,
      `    smtp.${send}`,
    ].join("\n"),
  ],
});
const to = "bob@recipient.example";
const programs: readonly Program[] = [
  python("SMTP", `sendmail("${sender}", ["${to}"], raw)`),
  python("SMTP", `send_message(message, "${sender}", ["${to}"])`),
  python("default", `send_message(message, "${sender}", ["${to}"])`),
  python("compat32", `send_message(message, "${sender}", ["${to}"])`),
  {
    name: "msmtp",
    command: join(root, "usr/bin/msmtp"),
    args: ["--host=127.0.0.1", `--port=${receiver.port}`, `--from=${sender}`, "--tls=off", "--", to],
  },
  {
    name: "esmtp",
    command: join(root, "usr/bin/esmtp"),
    args: ["-f", sender, "-C", config("esmtprc", `hostname=127.0.0.1:${receiver.port}\nstarttls=disabled\n`), to],
  },
  // Writes the message that it would queue.
  { name: "nullmailer-inject", command: join(root, "usr/bin/nullmailer-inject"), args: ["-n", "-f", sender, to] },
  {
    name: "sendmail",
    // It waits a minute for a name with a dot where the machine has none.
    command: "unshare",
    args: [
      "--uts",
      "sh",
      "-c",
      'hostname relay.example.org; exec "$0" "$@"',
      join(root, "usr/libexec/sendmail/sendmail"),
      `-C${sendmailCf}`,
      "-i",
      "-f",
      sender,
      to,
    ],
  },
];

/** What a program hands over, with CRLF; `null` with its words where it hands over nothing. */
const through = async (program: Program, raw: Uint8Array): Promise<Uint8Array | string> => {
  const before = receiver.mails.length;
  const child = spawn(program.command, program.args, {
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, LD_LIBRARY_PATH: libraries },
    timeout: 60_000,
  });
  const out: Buffer[] = [];
  let words = "";
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
  child.on("error", (error) => (words += error.message));
  child.stdin.on("error", () => {});
  // Programs at a terminal are given LF.
  child.stdin.end(program.command === "python3" ? raw : Buffer.from(raw).toString("latin1").replaceAll("\r\n", "\n"));
  await once(child, "close");
  const taken = receiver.mails[before];
  if (taken !== undefined) return new Uint8Array(taken.raw);
  const written = Buffer.concat(out).toString("latin1");
  return written === "" ? words : new Uint8Array(Buffer.from(written.replaceAll(/\r?\n/g, "\r\n"), "latin1"));
};

let failed = 0;
for (const program of programs) {
  for (const [kind, change] of Object.entries(kinds)) {
    const { raw } = composed({
      ...plainDraft,
      from: address(`Ann Agent <${sender}>`),
      messageId: `<01J8ZK@${operatorName}>`,
      ...change,
    });
    const headers = await headersFor(raw, mailbox, operator, {
      operator: operatorName,
      // Fills the line to its last character but a few.
      agentRef: "r".repeat(62),
    });
    const got = await through(program, attach(raw, headers));
    if (typeof got === "string") {
      console.log(`${program.name.padEnd(32)} ${kind.padEnd(20)} handed nothing over: ${got.trim().slice(0, 160)}`);
      failed++;
      continue;
    }
    const {
      verdict,
      agent,
      operator: own,
      reasons,
    } = await verifyMessage(got, resolver(mailbox, operator), { verify: verifyNode });
    if (verdict !== "verified") failed++;
    const lengths = `${headers.operator.length - 2}, agent's at most ${Math.max(...headers.agent.split("\r\n").map((line) => line.length))}`;
    console.log(
      `${program.name.padEnd(32)} ${kind.padEnd(20)} ${verdict} (agent ${agent.bindingSignature}, operator ${own.signature}; line ${lengths}) ${reasons.join(" ")}`,
    );
  }
}
await receiver.stop();
console.log(failed === 0 ? "All verify." : `${failed} do not verify.`);
process.exitCode = failed === 0 ? 0 : 1;

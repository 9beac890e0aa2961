/**
 * The demo: one gated email from an agent to a recipient, played against a real server over REST and SMTP on this machine.
 * Every step prints what was done and what came of it; the first thing that is not as it should be ends it with a reason.
 */
import type { Readable } from "node:stream";
import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Result } from "effect";
import { splitMessage } from "../../mail/read/Fields.ts";
import { verifyMessage } from "../../identity/verifyMessage.ts";
import { startReceiver } from "./Receiver.ts";

export interface Screen {
  readonly line: (text: string) => void;
  readonly colour: boolean;
  /** Where to leave the delivered message, the public keys and the log for others to check; `null` leaves nothing. */
  readonly keep: string | null;
  /** Whether what stands there already is written over; otherwise the story ends at the first such file. */
  readonly overwrite: boolean;
}

/** What `keep` leaves, by name. */
export const keptFiles = [
  "log.vkey",
  "operator.json",
  "log.jsonl",
  "approval.tlog-proof",
  "message.eml",
  "keys.json",
] as const;

/** Why the story went wrong. */
export class StoryError extends Error {}

const expect = (condition: boolean, otherwise: string): void => {
  if (!condition) throw new StoryError(otherwise);
};

interface Answer {
  readonly status: number;
  readonly body: Record<string, any>;
  readonly text: string;
}

const main = join(dirname(fileURLToPath(import.meta.url)), "..", `main${extname(fileURLToPath(import.meta.url))}`);

/** Waits for the line that says where the server listens. */
const listening = (out: Readable, complaints: () => string): Promise<string> =>
  new Promise((resolve, reject) => {
    let seen = "";
    const timer = setTimeout(() => reject(new StoryError(`the server did not start in 20 s\n${complaints()}`)), 20_000);
    const settle = (done: () => void) => {
      clearTimeout(timer);
      done();
    };
    out.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(seen);
      if (found !== null) settle(() => resolve(found[0]));
    });
    out.on("end", () => settle(() => reject(new StoryError(`the server ended before it listened\n${complaints()}`))));
  });

/** This program again, as an auditor would run it elsewhere. */
const countersign = (
  ...args: readonly string[]
): Promise<{ readonly status: number; readonly lines: readonly string[] }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { timeout: 20_000 }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? 2, lines: `${stdout}${stderr}`.trimEnd().split("\n") }),
    );
  });

/** The environment without the operator's own settings: a quorum of two would leave the story without its end. */
const unset = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("COUNTERSIGN_")));

export const playStory = async (screen: Screen): Promise<void> => {
  const paint = (code: number, text: string) => (screen.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  let steps = 0;
  const step = (text: string) => screen.line(`\n${paint(1, `${String(++steps).padStart(2)}. ${text}`)}`);
  const detail = (name: string, value: unknown) =>
    screen.line(`    ${paint(2, name.padEnd(18))} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  const good = (text: string) => screen.line(`    ${paint(32, "✓")} ${text}`);

  const folder = await mkdtemp(join(tmpdir(), "countersign-demo-"));
  const receiver = await startReceiver();
  const operatorKey = `mm_live_${crypto.randomUUID().replaceAll("-", "")}`;
  screen.line(paint(1, "Countersign: an email from an agent, and the person who lets it go"));
  screen.line("Everything below happens on this machine, over REST and SMTP. Nothing leaves it.");

  const server = spawn(process.execPath, [main, "serve"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...unset(process.env),
      HOST: "127.0.0.1",
      PORT: "0",
      DATABASE_URL: join(folder, "demo.db"),
      SMTP_URL: receiver.url,
      COUNTERSIGN_OPERATOR_KEY: operatorKey,
      COUNTERSIGN_OPERATOR_DOMAIN: "acme.example",
      COUNTERSIGN_KEY_FILE: join(folder, "demo.key"),
      // The demo asks nobody, not even DNS.
      COUNTERSIGN_DNS: "off",
    },
  });
  let complaints = "";
  server.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = new Promise<void>((resolve) => server.on("exit", () => resolve()));

  try {
    step("The server starts: SQLite, a log with no entry that can be changed, and an SMTP receiver to watch");
    const base = await listening(server.stdout, () => complaints);
    detail("REST API", base);
    detail("SMTP receiver", receiver.url);

    const call = async (method: string, path: string, key: string | null, body?: unknown): Promise<Answer> => {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(10_000),
      });
      const text = await response.text();
      let json: Record<string, any> = {};
      try {
        json = JSON.parse(text) as Record<string, any>;
      } catch {
        // JSON Lines and raw mail are read as text.
      }
      return { status: response.status, body: json, text };
    };

    step("The operator makes a mailbox for an agent, in mode gated_send: every message waits for a person");
    const mailbox = await call("POST", "/v1/mailboxes", operatorKey, {
      address: "support@acme.example",
      agent_id: "agent-crm-support-v2",
      display_name: "CRM Support Agent",
      oversight_mode: "gated_send",
    });
    expect(mailbox.status === 201, `the mailbox was not made: ${mailbox.text}`);
    detail("mailbox", `${mailbox.body["address"]} (${mailbox.body["id"]})`);
    detail("identity key", mailbox.body["agent_identity_key_id"]);

    const emails = `/v1/mailboxes/${mailbox.body["id"]}/emails`;

    step("… and two credentials: the agent may send, Alice may decide. No key may do both");
    const agent = await call("POST", "/v1/api-keys", operatorKey, {
      name: "support agent",
      scopes: ["read", "send"],
      principal: { kind: "agent", id: "agent-crm-support-v2" },
    });
    const alice = await call("POST", "/v1/api-keys", operatorKey, {
      name: "Alice",
      scopes: ["read", "oversight"],
      principal: { kind: "person", id: "alice" },
    });
    const both = await call("POST", "/v1/api-keys", operatorKey, {
      name: "both",
      scopes: ["send", "oversight"],
      principal: { kind: "person", id: "mallory" },
    });
    expect(agent.status === 201 && alice.status === 201, `a key was not made: ${agent.text} ${alice.text}`);
    expect(both.status >= 400, "a key with send and oversight was made");
    const [agentKey, aliceKey] = [agent.body["key"] as string, alice.body["key"] as string];
    good(`a key with both scopes is refused (${both.status}): ${both.body["error"]}`);

    step("The agent sends. The answer says what is known about the recipient, and that it waits");
    const draft = {
      mailbox: "support@acme.example",
      to: "carol@example.org",
      subject: "Your support ticket has been resolved",
      body: "Hi, we've resolved ticket #4821. Let us know if you have questions.",
    };
    const sent = await call("POST", "/v1/send", agentKey, draft);
    expect(sent.status === 202 && sent.body["status"] === "pending_approval", `unexpected: ${sent.text}`);
    for (const name of ["status", "pending_id", "domain_risk_score", "domain_flags", "identity_header", "message"]) {
      detail(name, sent.body[name]);
    }

    step("The agent tries to approve its own mail");
    const self = await call("POST", "/v1/oversight/decide", agentKey, {
      pending_id: sent.body["pending_id"],
      decision: "approve",
      reviewer_id: "alice",
    });
    expect(self.status === 403, `the agent's decision was answered ${self.status}: ${self.text}`);
    good(`${self.status} ${self.body["error"]}`);

    step("Alice looks at what waits");
    const pending = await call("GET", "/v1/oversight/pending", aliceKey);
    const shown = (pending.body["pending"] as Record<string, any>[])[0];
    expect(shown !== undefined, `nothing is pending: ${pending.text}`);
    detail("to", shown!["to"]);
    detail("subject", shown!["subject"]);
    detail("digest", shown!["digest"]);

    step("Before she decides, the agent edits the message. What she saw is no longer what would be sent");
    const revised = await call("PATCH", `${emails}/${sent.body["id"]}`, agentKey, {
      ...draft,
      body: "Hi, we've resolved ticket #4821. Reply to this message if you have questions.",
    });
    expect(revised.status < 300, `the edit was refused: ${revised.text}`);
    const stale = await call("POST", "/v1/oversight/decide", aliceKey, {
      pending_id: shown!["pending_id"],
      decision: "approve",
      digest: shown!["digest"],
    });
    expect(stale.status === 409, `the stale approval was answered ${stale.status}: ${stale.text}`);
    good(`her approval of the old content: ${stale.status} ${stale.body["error"]}`);

    step("Alice reads the new content and approves exactly that");
    const again = await call("GET", "/v1/oversight/pending", aliceKey);
    const fresh = (again.body["pending"] as Record<string, any>[])[0];
    expect(fresh !== undefined, "the edited message is not pending");
    const approvedBytes = await call("GET", `${emails}/${sent.body["id"]}/raw`, aliceKey);
    const approved = await call("POST", "/v1/oversight/decide", aliceKey, {
      pending_id: fresh!["pending_id"],
      decision: "approve",
      digest: fresh!["digest"],
      reason: "Answers the customer; nothing sensitive.",
    });
    expect(approved.status === 200, `the approval was answered ${approved.status}: ${approved.text}`);
    detail("status", approved.body["status"]);
    detail("audit_ref", approved.body["audit_ref"]);

    step("The receiver has it: the approved bytes, and two signature headers on top");
    const received = await receiver.next(10_000);
    const delivered = Buffer.from(received.raw).toString("latin1");
    detail("envelope", `${received.from} → ${received.recipients.join(", ")}`);
    expect(delivered.endsWith(approvedBytes.text), "the delivered bytes are not the approved ones");
    good(`the last ${approvedBytes.text.length} bytes are exactly what Alice approved`);
    const parts = splitMessage(received.raw);
    if (Result.isFailure(parts)) throw new StoryError("the delivered message does not parse");
    const identity = parts.success.fields.filter((field) => /^x-multimail-/i.test(field.name));
    for (const field of identity) detail(field.name.slice(12), `${field.value.slice(0, 88)}…`);

    step("Anyone can verify it with the published keys, without an account");
    const report = await verifyMessage(received.raw, async (kid) => {
      const key = await call("GET", `/v1/identity/keys/${kid}`, null);
      return key.status === 200 ? (key.body as never) : null;
    });
    detail("verdict", report.verdict);
    expect(report.verdict === "verified", `the delivered message does not verify: ${JSON.stringify(report)}`);
    const forged = Buffer.from(delivered.replace("ticket #4821", "ticket #6666"), "latin1");
    const tampered = await verifyMessage(forged, async (kid) => {
      const key = await call("GET", `/v1/identity/keys/${kid}`, null);
      return key.status === 200 ? (key.body as never) : null;
    });
    expect(tampered.verdict !== "verified", "a changed message verifies");
    good(`with one word changed: ${tampered.verdict}`);

    step("The log has it all, refused attempts too, in the order in which it happened");
    const log = await call("GET", "/v1/audit-log/export?format=jsonl", operatorKey);
    expect(log.status === 200, `the export was answered ${log.status}`);
    for (const line of log.text.trim().split("\n")) {
      const entry = JSON.parse(line) as Record<string, any>;
      if (entry["leaf_index"] === undefined) continue;
      const leaf = typeof entry["leaf"] === "string" ? JSON.parse(entry["leaf"]) : entry["leaf"];
      const who = `${leaf.actor.role} ${leaf.actor.principal}`;
      const outcome = leaf.outcome === "accepted" ? (leaf.to ?? "done") : paint(31, `refused: ${leaf.refusal}`);
      screen.line(
        `    ${String(entry["leaf_index"]).padStart(3)}  ${leaf.type.padEnd(16)} ${who.padEnd(30)} ${outcome}`,
      );
    }
    screen.line(`\n${paint(2, "The last line of the export, as it is:")}`);
    screen.line(`    ${log.text.trim().split("\n").at(-1)}`);

    step("An auditor checks the export elsewhere, with the log's public key and the operator's, and nothing else");
    const evidence = screen.keep ?? join(folder, "evidence");
    await mkdir(evidence, { recursive: true });
    const keep = async (name: (typeof keptFiles)[number], content: string | Uint8Array) => {
      await writeFile(join(evidence, name), content, { flag: screen.overwrite ? "w" : "wx" });
      return join(evidence, name);
    };
    const logKeys = (await call("GET", "/v1/log/keys", null)).body["keys"] as { readonly vkey: string }[];
    const vkeys = await keep("log.vkey", logKeys.map(({ vkey }) => `${vkey}\n`).join(""));
    const operator = await keep("operator.json", (await call("GET", "/.well-known/jwks.json", null)).text);
    const exported = await keep("log.jsonl", log.text);
    const audit = (file: string) =>
      countersign("audit", "verify", file, "--key", vkeys, "--operator-key", operator, "--complete");
    const sound = await audit(exported);
    expect(sound.status === 0, `the export is not sound: ${sound.lines.join("\n")}`);
    for (const line of sound.lines) screen.line(`    ${line}`);
    const rewritten = join(folder, "rewritten.jsonl");
    await writeFile(rewritten, log.text.replaceAll("alice", "boris"));
    const unsound = await audit(rewritten);
    expect(unsound.status === 1, `a rewritten export was answered ${unsound.status}: ${unsound.lines.join("\n")}`);
    good(
      `with another person in Alice's place: ${(unsound.lines.find((line) => line.includes("entry")) ?? "").trim()}`,
    );

    step("One decision can be proved alone: its receipt");
    const receipt = await call(
      "GET",
      `/v1/audit-log/${encodeURIComponent(approved.body["audit_ref"])}/receipt`,
      aliceKey,
    );
    expect(receipt.status === 200, `the receipt was answered ${receipt.status}: ${receipt.text}`);
    const proof = await keep("approval.tlog-proof", receipt.text);
    const shownReceipt = await countersign("audit", "receipt", proof, "--key", vkeys);
    expect(shownReceipt.status === 0, `the receipt does not verify: ${shownReceipt.lines.join("\n")}`);
    for (const line of shownReceipt.lines) screen.line(`    ${line}`);

    if (screen.keep !== null) {
      const kids = [report.agent.key.kid, report.operator.key.kid];
      const keys = await Promise.all(
        kids.map(async (kid) => (await call("GET", `/v1/identity/keys/${kid}`, null)).body),
      );
      await keep("message.eml", received.raw);
      await keep("keys.json", `${JSON.stringify(keys, null, 2)}\n`);
      screen.line(`\nIn ${screen.keep}: message.eml as it arrived and keys.json, the public keys it verifies with;`);
      screen.line("log.jsonl, approval.tlog-proof, and the keys they verify with: log.vkey, operator.json.");
    }
    screen.line(
      "\nMail verifies for whoever asks the operator's own domain for its keys, and only from mailboxes of that domain:",
    );
    screen.line(
      "here it is acme.example, an example. Yours is set by COUNTERSIGN_OPERATOR_DOMAIN, before the first mailbox is made.",
    );
    screen.line(`\n${paint(32, "All as it should be.")} ${steps} steps; the server and the receiver end now.`);
  } finally {
    server.kill("SIGTERM");
    const killer = setTimeout(() => server.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(killer);
    await receiver.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

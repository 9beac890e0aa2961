/** `countersign demo`, as somebody sees it who has never seen it; and the SMTP server for trials. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { assert, describe, it } from "vitest";
import { keptFiles } from "../../src/cli/demo/audit.ts";
import { countersign, countersignHere, environment, main, scratch } from "./run.ts";

const steps = [
  /The server starts/,
  /The operator makes a mailbox .* gated_send/,
  /two credentials/,
  /The agent sends/,
  /The agent tries to approve its own mail/,
  /Alice looks at what waits/,
  /the agent edits the message/,
  /Alice reads the new content and approves exactly that/,
  /The receiver has it/,
  /Anyone can verify it/,
  /The log has it all/,
  /An auditor checks the export elsewhere/,
  /One decision can be proved alone/,
];

const says = [
  /a key with both scopes is refused \(4\d\d\)/,
  /status +pending_approval/,
  /domain_risk_score +[01]/,
  /identity_header +v=1; kid=key_/,
  /✓ 403 /,
  /her approval of the old content: 409 /,
  /status +delivered/,
  /bytes are exactly what Alice approved/,
  /verdict +verified/,
  /with one word changed: content_modified/,
  /approve +agent agent-crm-support-v2 +refused: not_permitted/,
  /approve +reviewer alice +refused: stale_digest/,
  /verdict: sound\n +log +acme\.example\/log, 12 entries/,
  /with another person in Alice's place: entry \d+ \(line \d+\): edited/,
  /verdict: sound\n +entry 9 is in acme\.example\/log/,
  /All as it should be\. 13 steps/,
];

describe("countersign demo", { timeout: 120_000 }, () => {
  it("plays its steps, checks them, ends with 0, and leaves what it was asked to leave", async () => {
    const folder = scratch();
    const { status, stdout, stderr } = await countersign(["demo", "--keep", "evidence"], {
      cwd: folder,
      // None of an operator's own settings may change the story.
      env: { COUNTERSIGN_QUORUM: "2", COUNTERSIGN_KEY: "not a key", COUNTERSIGN_DKIM_DOMAIN: "acme.example" },
    });
    assert.strictEqual(status, 0, stdout + stderr);
    assert.strictEqual(stderr, "");
    let from = 0;
    for (const [i, step] of steps.entries()) {
      const line = new RegExp(`^ ?${i + 1}\\. .*${step.source}`, "m").exec(stdout.slice(from));
      assert.isNotNull(line, `step ${i + 1} is not there:\n${stdout}`);
      from += line!.index;
    }
    for (const line of says) assert.match(stdout, line);
    // Colours are for terminals.
    assert.notInclude(stdout, "\u001b[");

    assert.deepEqual(readdirSync(folder), ["evidence"]);
    const evidence = (name: string) => readFileSync(join(folder, "evidence", name), "utf8");
    assert.match(evidence("message.eml"), /^X-MultiMail-Agent-Identity: /);
    assert.lengthOf(JSON.parse(evidence("keys.json")), 2);
    // A header and twelve entries.
    assert.lengthOf(evidence("log.jsonl").trim().split("\n"), 13);
    assert.match(evidence("approval.tlog-proof"), /^c2sp\.org\/tlog-proof@v1\n/);
    assert.lengthOf(evidence("log.vkey").trim().split("\n"), 2);
    const verified = await countersign(["verify", "evidence/message.eml", "--key", "evidence/keys.json"], {
      cwd: folder,
    });
    assert.strictEqual(verified.status, 0, verified.stdout + verified.stderr);

    // All that is there is known to the check that refuses to write over it.
    assert.deepEqual(readdirSync(join(folder, "evidence")).sort(), [...keptFiles].sort());
    const again = await countersign(["demo", "--keep", "evidence"], { cwd: folder });
    assert.deepEqual([again.status, again.stdout], [2, ""]);
    assert.include(again.stderr, `In evidence there is already ${keptFiles.join(", ")}; nothing was written.`);
    assert.include(again.stderr, "--overwrite");
  });

  it("keeps nothing over somebody else's file, unless it is told to", async () => {
    const folder = scratch();
    const mine = join(folder, "message.eml");
    writeFileSync(mine, "mine");
    for (const [keep, words] of [
      [folder, `there is already message.eml; nothing was written`],
      [mine, "message.eml is a file"],
    ] as const) {
      const { status, stdout, stderr } = await countersignHere(["demo", "--keep", keep]);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.include(stderr, words);
    }
    assert.deepEqual(readdirSync(folder), ["message.eml"]);
    assert.strictEqual(readFileSync(mine, "utf8"), "mine");
    const { status, stdout, stderr } = await countersign(["demo", "--keep", folder, "--overwrite"]);
    assert.strictEqual(status, 0, stdout + stderr);
    assert.match(readFileSync(mine, "utf8"), /^X-MultiMail-Agent-Identity: /);
  });
});

describe("countersign demo receiver", () => {
  it("writes each message to a file as it came, says so, and ends with 0", async () => {
    const folder = scratch();
    const child = spawn(process.execPath, [main, "demo", "receiver", "--port", "0", "mail"], {
      cwd: folder,
      env: environment,
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    try {
      while (!/listens on/.test(said)) await once(child.stdout, "data");
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(said)![1]);
      const client = createTransport({ host: "127.0.0.1", port, secure: false, ignoreTLS: true });
      const raw = "Subject: one\r\n\r\nand only\r\n";
      await client.sendMail({ envelope: { from: "a@acme.example", to: ["b@example.org"] }, raw });
      client.close();
      assert.strictEqual(readFileSync(join(folder, "mail", "1.eml"), "utf8"), raw);
      assert.include(said, "1.eml: a@acme.example → b@example.org");
      assert.isFalse(existsSync(join(folder, "mail", "2.eml")));

      const second = await countersign(["demo", "receiver", "--port", String(port), "mail"], { cwd: folder });
      assert.strictEqual(second.status, 2);
      assert.match(second.stderr, /cannot start: .*EADDRINUSE/);
    } finally {
      child.kill("SIGTERM");
    }
    const [status] = (await once(child, "close")) as [number | null];
    assert.strictEqual(status, 0);
  });
});

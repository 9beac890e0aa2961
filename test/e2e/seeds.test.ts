/**
 * What the pages of the service we are compatible with tell people to do, done to a delivered message: their own snippets for
 * checking the two headers, their clients' requests, and the fields they read from the answers.
 *
 * - `seeds/*.txt` are the snippets as the pages show them. Run here, they differ in the placeholders alone (the header's value, the
 *   key's id), and the names of the service lead to the server under test.
 * - The Python packages the first one imports have stand-ins in `seeds/standins`, so that Python alone is enough; where
 *   `cryptography` is installed, it is asked as well.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { eventually } from "../support/time.ts";
import { postgres, sqlite } from "../support/databases.ts";
import { startDeployment, type Deployment } from "../support/deployment.ts";
import { type Tenant, unique } from "../support/tenant.ts";

const run = promisify(execFile);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const root = here("../..");
const python = readFileSync(here("./seeds/000-verify-header.py.txt"), "utf8");
const javascript = readFileSync(here("./seeds/001-verify-header.js.txt"), "utf8");

/** Name (lower case) → value, unfolded. */
const headersOf = (raw: Buffer): Readonly<Record<string, string>> => {
  const text = raw.toString("latin1");
  const lines = text
    .slice(0, text.indexOf("\r\n\r\n"))
    .replace(/\r\n(?=[\t ])/g, "")
    .split("\r\n");
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
};

/** Replaces a placeholder, which must be there. */
const put = (text: string, placeholder: string, value: string): string => {
  assert.include(text, placeholder);
  return text.replace(placeholder, () => value);
};

const verifyInPython = async (base: string, header: string, packages: "standins" | "installed"): Promise<string> => {
  const kid = /kid=([^;]*)/.exec(header)?.[1] ?? "";
  const placeholder = /identity_header = "(.*)"/.exec(python)![1]!;
  const program = put(put(python, placeholder, header), "identity/keys/key_01J...", `identity/keys/${kid}`);
  const only =
    packages === "standins"
      ? ""
      : "import sys; sys.path.pop(0)\nimport cryptography.hazmat.primitives.asymmetric.ec\nsys.path.insert(0, STANDINS)\n";
  const { stdout } = await run(
    "python3",
    ["-c", only.replace("STANDINS", JSON.stringify(here("./seeds/standins"))) + program],
    {
      timeout: 30_000,
      env: {
        ...process.env,
        PYTHONPATH: here("./seeds/standins"),
        PYTHONIOENCODING: "utf-8",
        SERVER_UNDER_TEST: base,
        NODE: process.execPath,
      },
    },
  );
  return stdout.trim();
};

/** Is the real package there, without our stand-in? */
const hasCryptography = (): Promise<boolean> =>
  run("python3", ["-I", "-c", "import cryptography.hazmat.primitives.asymmetric.ec"], { timeout: 20_000 }).then(
    () => true,
    () => false,
  );

const verifyInJavaScript = async (base: string, headers: Readonly<Record<string, string>>): Promise<string> => {
  const prelude =
    `const emailHeaders = ${JSON.stringify(headers)};\n` +
    `const realFetch = globalThis.fetch;\n` +
    `globalThis.fetch = (url) => realFetch(url.replace("https://multimail.dev", ${JSON.stringify(base)}));\n`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", prelude + javascript], {
    cwd: root,
    timeout: 30_000,
  });
  return stdout.trim();
};

for (const store of [sqlite, postgres]) {
  describe.concurrent(`the pages' own words on ${store.name}`, { timeout: 60_000 }, () => {
    let deployment: Deployment;
    let tenant: Tenant;
    let headers: Readonly<Record<string, string>>;
    beforeAll(async () => {
      deployment = await startDeployment(store);
      tenant = await deployment.tenant({
        agent_id: "agent-crm-support-v2",
        agent_ref: "00000000-1111-2222-3333-444444444444",
      });
      const mail = await tenant.sent();
      assert.strictEqual((await tenant.decide(tenant.alice, mail)).body.status, "delivered");
      headers = headersOf(deployment.receiver.mails.find(({ messageId }) => messageId === mail.message_id)!.raw);
    });
    afterAll(async () => {
      await deployment?.stop();
    });

    it("Python accepts the delivered agent header as it stands, and no other", async () => {
      const { base } = deployment.server;
      const header = headers["x-multimail-agent-identity"]!;
      const packages = ["standins" as const, ...((await hasCryptography()) ? ["installed" as const] : [])];
      for (const which of packages) {
        assert.strictEqual(
          await verifyInPython(base, header, which),
          "Identity verified — message authentically from agent-crm-support-v2",
        );
        for (const forged of [
          header.replace("agent=agent-crm-support-v2", "agent=agent-crm-support-v3"),
          header.replace(/ts=(\d+)/, (_, ts: string) => `ts=${Number(ts) + 1}`),
          header.replace(/sig=(.)/, (_, first: string) => `sig=${first === "M" ? "N" : "M"}`),
        ]) {
          assert.notStrictEqual(forged, header);
          assert.strictEqual(await verifyInPython(base, forged, which), "Signature invalid — reject message");
        }
      }
    });

    it("jose accepts the delivered operator header as it stands, and no other", async () => {
      const { base } = deployment.server;
      assert.strictEqual(
        await verifyInJavaScript(base, headers),
        "agent operator: acme.example\noversight mode: gated_send\nentra agent id: 00000000-1111-2222-3333-444444444444",
      );
      const token = headers["x-multimail-identity"]!;
      assert.isAtMost(`X-MultiMail-Identity: ${token}`.length, 980);
      const [protectedHeader, payload, signature] = token.split(".") as [string, string, string];
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
      assert.notProperty(claims, "exp", "old mail keeps verifying");
      const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const other = encoded({ ...claims, oversight_mode: "autonomous" });
      for (const forged of [
        `${protectedHeader}.${other}.${signature}`,
        `${encoded({ alg: "none" })}.${payload}.`,
        `${encoded({ alg: "HS256" })}.${payload}.${signature}`,
        `${protectedHeader}.${payload}.${signature.slice(0, -4)}AAAA`,
      ]) {
        const refused = await verifyInJavaScript(base, { "x-multimail-identity": forged }).then(
          () => null,
          (error: unknown) => error,
        );
        assert.match(String((refused as { stderr?: string })?.stderr), /JWS|JOSE|alg/, forged.slice(0, 60));
      }
    });

    it("a client: mailbox, send, pending, decide, export; every field the pages read is there", async () => {
      const made = await deployment.call("POST", "/v1/mailboxes", tenant.operator, {
        address: `${unique("support")}@acme.example`,
        agent_id: "agent-crm-support-v2",
        oversight_mode: "gated_send",
        display_name: "CRM Support Agent",
      });
      assert.strictEqual(made.status, 201, made.text);
      assert.match(made.body.agent_identity_key_id, /^key_01/);
      const { address } = made.body;

      const sent = await deployment.call("POST", "/v1/send", tenant.agent, {
        mailbox: address,
        to: "carol@example.org",
        subject: "Your support ticket has been resolved",
        body: "Hi, we've resolved ticket #4821. Let us know if you have questions.",
        oversight_mode: "gated_send",
      });
      assert.strictEqual(sent.status, 202, sent.text);
      assert.deepInclude(sent.body, {
        status: "pending_approval",
        domain_flags: [],
        message: "Message queued for human approval before delivery.",
      });
      assert.match(sent.body.pending_id, /^pend_01/);
      assert.isBelow(sent.body.domain_risk_score, 0.7);
      assert.match(
        sent.body.identity_header,
        /^v=1; kid=key_01[^;]+; agent=agent-crm-support-v2; ts=\d+; sig=ME[^;]+$/,
      );

      const pending = await deployment.call(
        "GET",
        `/v1/oversight/pending?mailbox=${encodeURIComponent(address)}`,
        tenant.alice,
      );
      assert.lengthOf(pending.body.messages, 1);
      assert.deepInclude(pending.body.messages[0], {
        pending_id: sent.body.pending_id,
        to: ["carol@example.org"],
        subject: "Your support ticket has been resolved",
        agent_id: "agent-crm-support-v2",
        identity_signature_valid: true,
        domain_risk_score: sent.body.domain_risk_score,
      });

      const approval = await deployment.call("POST", "/v1/oversight/decide", tenant.alice, {
        pending_id: sent.body.pending_id,
        decision: "approve",
        reviewer_id: "human-ops-alice",
      });
      assert.strictEqual(approval.status, 200, approval.text);
      assert.strictEqual(approval.body.status, "delivered");
      assert.match(approval.body.audit_ref, /^acme\.example\/log\/\d+$/);

      // As `str(datetime.now() - timedelta(days=90))` and `True` reach the wire, and as ISO 8601 does.
      const ago = new Date(Date.now() - 90 * 86_400_000).toISOString();
      for (const since of [`${ago.slice(0, 23)}456`, ago, ago.slice(0, 10), `${ago.slice(0, 19)}+00:00`]) {
        const query = new URLSearchParams({ mailbox: address, since, format: "jsonl", include_proofs: "True" });
        const audit = await deployment.call("GET", `/v1/audit-log/export?${query}`, tenant.alice);
        assert.strictEqual(audit.status, 200, `${since}: ${audit.text}`);
        const lines = audit.text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line));
        const ofMessage = lines.filter(({ message_id }) => message_id === sent.body.id);
        assert.deepStrictEqual(
          ofMessage.map(({ type }) => type),
          ["submit", "approve", "dispatch", "delivered"],
        );
        const signature = /sig=(\S+)$/.exec(sent.body.identity_header)![1];
        for (const line of ofMessage) {
          assert.containsAllKeys(line, [
            "message_id",
            "agent_id",
            "identity_signature",
            "oversight_mode",
            "approver_id",
            "decision",
            "domain_risk_score",
            "lean4_proof_ref",
            "timestamp",
          ]);
          assert.deepInclude(line, {
            agent_id: "agent-crm-support-v2",
            identity_signature: signature,
            oversight_mode: "gated_send",
          });
          assert.isFalse(Number.isNaN(Date.parse(line.timestamp)));
        }
        assert.isNull(ofMessage[0].approver_id);
        assert.deepInclude(ofMessage[1], {
          approver_id: "alice",
          decision: "approve",
          domain_risk_score: sent.body.domain_risk_score,
        });
        assert.notInclude(audit.text, "human-ops-alice");
      }
      const none = await deployment.call(
        "GET",
        `/v1/audit-log/export?mailbox=${encodeURIComponent(address)}&until=${ago}`,
        tenant.alice,
      );
      assert.lengthOf(none.text.trim().split("\n"), 1, "the header alone");
    });

    it("another client: mailbox_id, to as a text, the inbox", async () => {
      const sent = await deployment.call("POST", "/v1/send", tenant.agent, {
        mailbox_id: tenant.mailbox,
        to: "carol@example.org",
        subject: "Research summary",
        body: "All of it.",
      });
      assert.strictEqual(sent.status, 202, sent.text);
      const inbox = await deployment.call("GET", `/v1/mailboxes/${tenant.mailbox}/inbox?limit=10`, tenant.agent);
      assert.strictEqual(inbox.status, 200, inbox.text);
      assert.include(
        inbox.body.emails.map(({ id }: { id: string }) => id),
        sent.body.id,
      );
      await eventually(
        async () => sent.body.status as string,
        (status) => status === "pending_approval",
      );
    });
  });
}

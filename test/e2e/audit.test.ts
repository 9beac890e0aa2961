/** The whole way of the log: a server at work, exports that an auditor verifies alone, erasure, restarts, a restored backup. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Result, Schema } from "effect";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { ProofManifest } from "../../src/audit/leaf/proofReferences.ts";
import { parseReceipt, verifyReceipt } from "../../src/audit/tree/Receipt.ts";
import { parseVerifierKey, type NoteKey } from "../../src/audit/tree/SignedNote.ts";
import type { Verdict } from "../../src/audit/verify/ExportVerdict.ts";
import { verifyExport, type VerifyOptions } from "../../src/audit/verify/verifyExport.ts";
import { transition } from "../../src/machine/transition.ts";
import { countersign } from "../cli/run.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { eventually } from "../support/time.ts";
import { furnish } from "../support/people.ts";
import { letter } from "../support/letter.ts";
import { operatorKey } from "../support/credentials.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { postgres, sqlite } from "../support/databases.ts";

const manifest = Schema.decodeUnknownSync(Schema.fromJsonString(ProofManifest))(
  readFileSync(new URL("../../proofs/theorems.json", import.meta.url), "utf8"),
);

const pieces = async function* (text: string) {
  // Cut where no line ends.
  for (let at = 0; at < text.length; at += 7919) yield text.slice(at, at + 7919);
};

const verify = (text: string, keys: readonly NoteKey[], more: Partial<VerifyOptions> = {}): Promise<Verdict> =>
  verifyExport(pieces(text), { keys, transition, manifest, ...more });

const faults = ({ faults: found, unchecked }: Verdict): string => JSON.stringify({ found, unchecked });

const headerOf = (text: string) => JSON.parse(text.slice(0, text.indexOf("\n")));

for (const store of [sqlite, postgres]) {
  describe(`the log on ${store.name}`, () => {
    let receiver: Receiver;
    let folder: string;
    let opened: Awaited<ReturnType<typeof store.open>>;
    let server: RunningServer;
    let people: Awaited<ReturnType<typeof furnish>>;
    let keys: readonly NoteKey[];
    let env: Record<string, string>;
    const decisions: string[] = [];

    const start = async () => {
      server = await startServer({ env });
    };

    /** Sends, decides, and waits for the end; the message's id. */
    const handled = async (decision: "approve" | "reject", to = "carol@example.org"): Promise<string> => {
      const sent = (await server.call("POST", "/v1/send", people.agent, letter({ to }))).body;
      const decided = await server.call("POST", "/v1/oversight/decide", people.alice, {
        pending_id: sent.pending_id,
        decision,
        reason: "A reason that names carol@example.org",
      });
      assert.strictEqual(decided.status, 200, decided.text);
      decisions.push(decided.body.audit_ref);
      const end = decision === "approve" ? "delivered" : "rejected";
      await eventually(
        () => server.call("GET", `/v1/emails/${sent.id}`, people.alice),
        ({ body }) => body.status === end,
      );
      return sent.id;
    };

    const exported = async (query = ""): Promise<string> => {
      const answer = await server.call("GET", `/v1/audit-log/export?${query}`, operatorKey);
      assert.strictEqual(answer.status, 200, answer.text);
      return answer.text;
    };

    beforeAll(async () => {
      receiver = await startReceiver();
      opened = await store.open();
      folder = mkdtempSync(join(tmpdir(), "countersign-audit-"));
      env = {
        DATABASE_URL: opened.database,
        SMTP_URL: receiver.url,
        COUNTERSIGN_CLAIM_SECONDS: "0.1",
        COUNTERSIGN_CHECKPOINT_FILE: join(folder, "log.checkpoint"),
      };
      await start();
      people = await furnish(server);
      const published = (await server.call("GET", "/v1/log/keys", null)).body.keys as readonly { vkey: string }[];
      keys = published.map(({ vkey }) => Result.getOrThrow(parseVerifierKey(vkey)));
      for (const decision of ["approve", "reject", "approve"] as const) await handled(decision);
    });
    afterAll(async () => {
      await server?.stop();
      await receiver?.stop();
      await opened?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("is exported, and the export is sound", async () => {
      const text = await exported();
      const verdict = await verify(text, keys);
      assert.strictEqual(verdict.status, "sound", faults(verdict));
      assert.deepInclude(verdict, { origin: "acme.example/log", handOvers: 2, withheld: 0, from: 0 });
      assert.strictEqual(verdict.entries, text.trim().split("\n").length - 1);
      assert.notInclude(text, "carol@");
      // The verifier can say no: one letter of one leaf.
      const changed = await verify(text.replace('\\"to\\":\\"delivered\\"', '\\"to\\":\\"failed\\"'), keys);
      assert.strictEqual(changed.status, "unsound");
      assert.notStrictEqual((await verify(text, [])).status, "sound", "without keys");
    });

    it("OV-78 receipt-verifies-alone: every decision's audit_ref gives a receipt", async () => {
      for (const ref of decisions) {
        const answer = await server.call("GET", `/v1/audit-log/${encodeURIComponent(ref)}/receipt`, people.alice);
        const verified = await verifyReceipt(Result.getOrThrow(parseReceipt(answer.text)), keys);
        assert.isTrue(Result.isSuccess(verified), answer.text);
        assert.include(ref, `/${Result.getOrThrow(verified).index}`);
      }
    });

    it("continues what was exported before, also in parts, with proofs, and for one mailbox", async () => {
      const first = await exported();
      await handled("approve");
      const second = await exported("include_proofs=true");
      const earlier = [{ source: "last year", note: headerOf(first).last_checkpoint as string }];
      const whole = await verify(second, keys, { earlier });
      assert.strictEqual(whole.status, "sound", faults(whole));
      assert.isNotEmpty(whole.continues);
      const rest = await exported(`from=${headerOf(first).to}`);
      const continued = await verify(rest, keys, { earlier });
      assert.notStrictEqual(continued.status, "unsound", faults(continued));
      assert.strictEqual(continued.from, headerOf(first).to);
      const again = await exported(`from=${headerOf(first).to - 3}&to=${headerOf(first).to}`);
      assert.deepEqual(again.trim().split("\n").slice(1), first.trim().split("\n").slice(-3));
      const box = await exported(`mailbox=${people.mailbox.id}`);
      const filtered = await verify(box, keys);
      assert.notStrictEqual(filtered.status, "unsound", faults(filtered));
      assert.isAbove(filtered.entries, 4);
    });

    it("shows each tenant its own, and the place of the rest", async () => {
      const tenant = (await server.call("POST", "/v1/tenants", operatorKey, { name: "Other" })).body;
      const theirs = (await server.call("GET", "/v1/audit-log/export", tenant.key)).text;
      assert.notInclude(theirs, people.mailbox.id);
      const verdict = await verify(theirs, keys);
      assert.notStrictEqual(verdict.status, "unsound", faults(verdict));
      assert.isAbove(verdict.withheld, 10);
      const ours = await verify(await exported(), keys);
      assert.notStrictEqual(ours.status, "unsound", faults(ours));
    });

    it("OV-81 erasure-keeps-the-tree: is as sound after personal data were erased, and a server starts on it", async () => {
      const before = await exported();
      const gone = await handled("reject", "dora@example.org");
      const erased = await server.call("POST", "/v1/erasures", operatorKey, { person: "dora@example.org" });
      assert.deepEqual(erased.body.erased, [gone]);
      const held = await server.call("POST", "/v1/legal-holds", operatorKey, { mailbox: people.mailbox.id });
      assert.strictEqual(held.status, 201, held.text);
      const kept = await server.call("POST", "/v1/erasures", operatorKey, { person: "carol@example.org" });
      assert.deepEqual(kept.body.erased, []);
      assert.isAbove(kept.body.held.length, 2);
      const earlier = [{ source: "before", note: headerOf(before).last_checkpoint as string }];
      const verdict = await verify(await exported(), keys, { earlier });
      assert.notStrictEqual(verdict.status, "unsound", faults(verdict));
      assert.isNotEmpty(verdict.continues);
      await server.stop();
      await start();
      assert.match(server.output(), /log checked/);
      const shown = await server.call("GET", `/v1/emails/${gone}`, people.alice);
      assert.notInclude(shown.text, "dora@");
    });

    it("is exported from the store by the command line, whole, and verifies", async () => {
      await server.stop();
      const common = {
        DATABASE_URL: env["DATABASE_URL"]!,
        COUNTERSIGN_CHECKPOINT_FILE: env["COUNTERSIGN_CHECKPOINT_FILE"]!,
        COUNTERSIGN_OPERATOR_DOMAIN: "acme.example",
        COUNTERSIGN_KEY: Buffer.alloc(32, 7).toString("base64"),
      };
      const pinned = await countersign(["keys", "log"], { env: common });
      assert.deepEqual(
        pinned.stdout
          .trim()
          .split("\n")
          .map((vkey) => Result.getOrThrow(parseVerifierKey(vkey))),
        [...keys],
        pinned.stderr,
      );
      const out = join(folder, "all.jsonl");
      const done = await countersign(["export", "--out", out], { env: common });
      assert.strictEqual(done.status, 0, done.stderr);
      const verdict = await verify(readFileSync(out, "utf8"), keys);
      assert.strictEqual(verdict.status, "sound", faults(verdict));
      assert.deepInclude(verdict, { tenant: null, withheld: 0 });
      await start();
      const over = await countersign(["export", "--out", join(folder, "http.jsonl"), "--url", server.base], {
        env: { COUNTERSIGN_API_KEY: operatorKey },
      });
      assert.strictEqual(over.status, 0, over.stderr);
      const refused = await countersign(["export", "--url", server.base, "--api-key", people.agent], {});
      assert.strictEqual(refused.status, 1, refused.stderr);
      assert.match(refused.stderr, /403/);
    });

    if (store.name === "SQLite") {
      it("OV-77 rollback-refused: no server starts on a backup that lacks what was signed", async () => {
        await server.stop();
        const file = opened.database.replace(/^sqlite:/, "");
        copyFileSync(file, join(folder, "backup.db"));
        await start();
        await handled("approve");
        await exported();
        await server.stop();
        copyFileSync(file, join(folder, "newest.db"));
        copyFileSync(join(folder, "backup.db"), file);
        const said = await startServer({ env }).then(
          async (started) => {
            await started.stop();
            return "it started";
          },
          (error: unknown) => String(error),
        );
        assert.match(said, /ended with 2/);
        assert.match(said, /does not agree with the checkpoint it signed/);
        assert.match(said, /COUNTERSIGN_LOG_ORIGIN/);
        copyFileSync(join(folder, "newest.db"), file);
        await start();
        const verdict = await verify(await exported(), keys);
        assert.notStrictEqual(verdict.status, "unsound", faults(verdict));
      });
    }
  });
}

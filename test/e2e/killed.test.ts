/**
 * Killed anywhere: the server is ended with SIGKILL at every step between an agent's request and the recorded outcome,
 * started again on the same store, and held to three promises: nothing was delivered without a durable approval that comes
 * before it, nothing was lost, and nothing was delivered twice unless a person said "retry". @spec OV-36 OV-32
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { startPostgres, type Postgres } from "../support/postgres.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { startReceiver } from "../support/receiver.ts";
import { eventually } from "../support/time.ts";
import { furnish } from "../support/people.ts";
import { letter } from "../support/letter.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const crashing = fileURLToPath(new URL("./crashing.ts", import.meta.url));

/** Where the process ends. `by` = the process itself at a step, or the receiver at a step of the SMTP dialogue. */
const steps: readonly {
  readonly name: string;
  readonly crash?: string;
  readonly step?: "rcpt" | "content" | "replied";
}[] = [
  { name: "before the submit is committed", crash: "commit-before:submit" },
  { name: "after the submit is committed", crash: "commit-after:submit" },
  { name: "before the approval is committed", crash: "commit-before:approve" },
  { name: "after the approval is committed", crash: "commit-after:approve" },
  { name: "before the dispatch is committed", crash: "commit-before:dispatch" },
  { name: "after the dispatch is committed", crash: "commit-after:dispatch" },
  { name: "with the permit in hand, before SMTP", crash: "send-before" },
  { name: "before DATA", step: "rcpt" },
  { name: "after DATA, before the reply", step: "content" },
  { name: "after the reply reached nobody knows whom", step: "replied" },
  { name: "after the reply, before the outcome is committed", crash: "send-after" },
  { name: "in the transaction of the outcome", crash: "commit-before:delivered" },
  { name: "after the outcome is committed", crash: "commit-after:delivered" },
];

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.stop();
});

const stores: readonly { readonly name: string; readonly database: () => Promise<string> }[] = [
  { name: "SQLite", database: async () => join(temporaryFolder(), "killed.db") },
  { name: "PostgreSQL", database: () => postgres.freshDatabase() },
];

/** A request to a server that may be dead before it can answer. */
const attempt = <A>(request: Promise<A>): Promise<A | null> => request.catch(() => null);

const sendOnce = (server: RunningServer, key: string) =>
  server.call("POST", "/v1/send", key, letter(), { "idempotency-key": "the-one-letter" });

interface Entry {
  readonly type: string;
  readonly outcome: string;
  readonly leaf_index: number;
  readonly leaf: string;
}

for (const { name: storeName, database } of stores) {
  describe.concurrent(`killed on ${storeName}`, () => {
    for (const { name, crash, step } of steps) {
      it(
        `OV-32 delivered-at-most-once, OV-36 durable-before-acting, OV-52 approval-recorded-before-delivery: ${name}`,
        { timeout: 60_000 },
        async () => {
          const receiver = await startReceiver();
          const env = {
            DATABASE_URL: await database(),
            SMTP_URL: receiver.url,
            COUNTERSIGN_LEASE_SECONDS: "1",
            COUNTERSIGN_CLAIM_SECONDS: "0.2",
          };
          let server = await startServer({ env, program: [crashing] });
          const people = await furnish(server);
          await server.stop();

          // The run that ends badly.
          server = await startServer({
            env: { ...env, ...(crash === undefined ? {} : { CRASH_AT: crash }) },
            program: [crashing],
          });
          const doomed = server;
          const kill = () => (doomed.child.kill("SIGKILL"), null);
          if (step !== undefined) receiver.script = { [step]: kill };
          const sent = await attempt(sendOnce(server, people.agent));
          if (sent !== null) {
            assert.strictEqual(sent.status, 202, sent.text);
            await attempt(
              server.call("POST", "/v1/oversight/decide", people.alice, {
                pending_id: sent.body.pending_id,
                decision: "approve",
                digest: sent.body.digest,
              }),
            );
          }
          await server.ended;
          assert.strictEqual(server.child.signalCode, "SIGKILL", server.output());
          receiver.script = {};
          const before = receiver.mails.length;

          // The run after it, on the same store, with nothing in its way. It replays its log before it listens.
          server = await startServer({ env, program: [crashing] });
          try {
            const again = await sendOnce(server, people.agent);
            assert.oneOf(again.status, [200, 202], again.text);
            const path = `/v1/mailboxes/${people.mailbox.id}/emails/${again.body.id}`;
            const status = async () => (await server.call("GET", path, people.alice)).body;
            const approve = () =>
              server.call("POST", "/v1/oversight/decide", people.alice, {
                pending_id: again.body.pending_id,
                decision: "approve",
                digest: again.body.digest,
              });
            if ((await status()).status === "pending_approval") assert.strictEqual((await approve()).status, 200);
            const settled = await eventually(status, (it) => ["delivered", "uncertain"].includes(it.status));

            // Never a second time on its own; an unknown outcome waits for a person.
            assert.isAtMost(receiver.mails.length, 1);
            if (before === 1) assert.lengthOf(receiver.mails, 1);
            if (settled.status === "uncertain") {
              const pending = await server.call("GET", "/v1/oversight/pending", people.alice);
              assert.include(
                JSON.stringify(pending.body),
                again.body.id,
                "an uncertain message is put before the reviewers",
              );
              const outcome = receiver.mails.length === 1 ? "delivered" : "retry";
              const resolved = await server.call("POST", `/v1/emails/${again.body.id}/resolve`, people.alice, {
                outcome,
                digest: settled.digest,
              });
              assert.strictEqual(resolved.status, 200, resolved.text);
              await eventually(status, (it) => it.status === "delivered");
            } else if (crash !== undefined && /^send-|:dispatch$/.test(crash) && crash.startsWith("commit-after")) {
              assert.fail(`after ${crash} nobody can know, yet it is ${settled.status}`);
            }
            assert.lengthOf(receiver.mails, 1, "delivered exactly once");

            // The log: one approval of that digest, then the dispatch, then the outcome.
            const log = await server.call("GET", "/v1/audit-log/export?format=jsonl", people.alice);
            const entries = log.text
              .trim()
              .split("\n")
              .map((line) => JSON.parse(line) as Entry)
              .filter((entry) => entry.outcome === "accepted");
            const first = (type: string) => entries.find((entry) => entry.type === type);
            const approval = first("approve");
            const dispatch = first("dispatch");
            assert.isDefined(approval);
            assert.isDefined(dispatch);
            assert.isBelow(approval!.leaf_index, dispatch!.leaf_index);
            assert.strictEqual(JSON.parse(approval!.leaf).event.digest, again.body.digest);
            assert.lengthOf(
              entries.filter((entry) => entry.type === "submit"),
              1,
              "one submit, however often it was asked for",
            );
          } catch (error) {
            throw new Error(`${String(error)}\nThe server said:\n${server.output()}`, { cause: error });
          } finally {
            await server.stop();
            await receiver.stop();
          }
        },
      );
    }
  });
}

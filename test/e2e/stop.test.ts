/**
 * Stop means stop, end to end: a relay hangs, sixty messages are approved, somebody stops them, and after the answer no further hand-over
 * begins, not even when the relay is well again. @spec OV-141
 */
import { assert, describe, it } from "vitest";
import { postgres, sqlite } from "../support/databases.ts";
import { startDeployment } from "../support/deployment.ts";
import type { Tenant } from "../support/tenant.ts";
import { eventually, pause, until } from "../support/time.ts";

const approved = 60;
/** Hand-overs at a time, by default. */
const connections = 10;

const stops: readonly (readonly [string, (tenant: Tenant) => Promise<{ readonly status: number }>, string])[] = [
  ["the stop switch", ({ call, operator }) => call("POST", "/v1/halt", operator), "queued"],
  ["read_only", ({ setMode }) => setMode("read_only"), "queued"],
  [
    "a reviewer's revocation",
    ({ call, operator }) => call("POST", "/v1/reviewers/alice/revoke", operator),
    "pending_approval",
  ],
];

for (const store of [sqlite, postgres]) {
  describe(`a stop on ${store.name}`, { timeout: 60_000 }, () => {
    for (const [what, stop, status] of stops) {
      it(`OV-141 stop-means-stop: after ${what} is answered, no hand-over begins`, async () => {
        const deployment = await startDeployment(store);
        try {
          const { receiver } = deployment;
          const hung: (() => void)[] = [];
          receiver.script = { mail: () => new Promise((resolve) => hung.push(() => resolve(null))) };
          const tenant = await deployment.tenant();
          const mails = await Promise.all(Array.from({ length: approved }, () => tenant.sent()));
          // The answer waits a while for the hand-over, so each is asked for at once.
          const decided = await Promise.all(mails.map((mail) => tenant.decide(tenant.alice, mail)));
          for (const { status: answer } of decided) assert.strictEqual(answer, 200);
          await until(() => hung.length >= connections);
          assert.strictEqual((await stop(tenant)).status, 200);
          const begun = () =>
            receiver.commands.filter((line) => line.startsWith(`MAIL FROM:<${tenant.address}>`)).length;
          const atTheStop = begun();
          assert.strictEqual(atTheStop, connections);

          receiver.script = {};
          for (const release of hung) release();
          const statuses = async () =>
            (await Promise.all(mails.map(({ id }) => tenant.show(id)))).map((mail) => mail.status);
          const countOf = (all: readonly string[], wanted: string) => all.filter((one) => one === wanted).length;
          // What had begun ends as it would have; what had not is where its stop leaves it.
          await eventually(
            statuses,
            (all) => countOf(all, "delivered") === atTheStop && countOf(all, status) === approved - atTheStop,
          );
          await pause(1500);
          assert.strictEqual(begun(), atTheStop, "a hand-over began after the stop was answered");
        } finally {
          await deployment.stop();
        }
      });
    }
  });
}

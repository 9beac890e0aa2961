/** Domains for which mail does not verify, and a log that must keep its name: what is answered, and what a start says. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, assert, describe, it } from "vitest";
import { operatorKey } from "../support/credentials.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-domains-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const started = (database: string, env: Record<string, string> = {}) =>
  startServer({ env: { DATABASE_URL: join(folder, database), SMTP_URL: "smtp://127.0.0.1:9", ...env } });

const during = async <A>(server: RunningServer, run: () => Promise<A>): Promise<A> => {
  try {
    return await run();
  } finally {
    await server.stop();
  }
};

const make = (server: RunningServer, address: string) =>
  server.call("POST", "/v1/mailboxes", operatorKey, { address, agent_id: "agent-1" });

const failure = (starting: Promise<RunningServer>): Promise<string> =>
  starting.then(
    async (server) => {
      await server.stop();
      return "it started";
    },
    (error: Error) => error.message,
  );

describe("a domain that will not verify", () => {
  it("OV-174 unverifiable-is-said: a mailbox outside the operator's domain, in the answer and at each start", async () => {
    const server = await started("outside.db");
    assert.notInclude(server.output(), "warning");
    await during(server, async () => {
      for (const fine of ["a@acme.example", "b@mail.acme.example"]) {
        const made = await make(server, fine);
        assert.strictEqual(made.status, 201, made.text);
        assert.deepEqual(made.body.warnings, []);
      }
      for (const outside of [
        "c@other.example",
        "d@notacme.example",
        "e@acme.example.net",
        "f@x.example",
        "g@y.example",
      ]) {
        const made = await make(server, outside);
        assert.strictEqual(made.status, 201, made.text);
        assert.match(
          made.body.warnings.join(),
          /^Mail from \S+ will not verify: its domain is not acme\.example or below it/,
        );
      }
    });
    const again = await started("outside.db");
    await during(again, async () => {
      const warnings = again.output().match(/^warning: .*/gm) ?? [];
      assert.lengthOf(warnings, 4);
      assert.match(warnings[0]!, /Mail from c@other\.example will not verify/);
      assert.match(warnings[3]!, /2 more mailboxes/);
    });
  });

  it("OV-174 unverifiable-is-said: the default domain, which is each reader's own machine", async () => {
    const server = await started("local.db", { COUNTERSIGN_OPERATOR_DOMAIN: "countersign.localhost" });
    await during(server, async () => {
      assert.match(
        server.output(),
        /^warning: The operator's domain is countersign\.localhost.*COUNTERSIGN_OPERATOR_DOMAIN sets it/m,
      );
      const made = await make(server, "a@countersign.localhost");
      assert.match(made.body.warnings.join(), /no recipient can look up its keys/);
    });
  });
});

describe("OV-173 log-keeps-its-name", () => {
  it("a changed domain does not rename the log; the start says how to go on, and either way goes", async () => {
    await (await started("named.db")).stop();
    const changed = { COUNTERSIGN_OPERATOR_DOMAIN: "beta.example" };
    const said = await failure(started("named.db", changed));
    assert.include(
      said,
      "The log in this database is named acme.example/log, and the operator's domain would name it beta.example/log.",
    );
    assert.match(
      said,
      /Name it acme\.example\/log to go on.*Name it beta\.example\/log to begin.*COUNTERSIGN_LOG_ORIGIN/s,
    );
    // What refused has made nothing.
    assert.include(await failure(started("named.db", changed)), "is named acme.example/log");

    const kept = await started("named.db", { ...changed, COUNTERSIGN_LOG_ORIGIN: "acme.example/log" });
    await during(kept, async () => {
      assert.strictEqual((await kept.call("GET", "/v1/log/keys", null)).body.origin, "acme.example/log");
    });
    const renamed = await started("named.db", { ...changed, COUNTERSIGN_LOG_ORIGIN: "beta.example/log" });
    await during(renamed, async () => {
      assert.strictEqual((await renamed.call("GET", "/v1/log/keys", null)).body.origin, "beta.example/log");
    });
    await (await started("named.db", changed)).stop();
  });
});

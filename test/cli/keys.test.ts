/** `countersign keys` on the store of a real server: SQLite while it is stopped, PostgreSQL while it runs. */
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, beforeAll, describe, it } from "vitest";
import type { ResolvedKey } from "../../src/identity/KeyRecord.ts";
import { startReceiver } from "../support/receiver.ts";
import { eventually } from "../support/time.ts";
import { furnish } from "../support/people.ts";
import { letter } from "../support/letter.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { startPostgres } from "../support/postgres.ts";
import { countersign, countersignHere, type Ended, environment, scratch } from "./run.ts";

const sealing = Buffer.alloc(32, 7).toString("base64");

interface House {
  readonly env: Record<string, string>;
  readonly keys: (...args: readonly string[]) => Promise<Ended>;
  readonly listed: () => Promise<readonly ResolvedKey[]>;
}

const house = (DATABASE_URL: string): House => {
  const env = { COUNTERSIGN_KEY: sealing, COUNTERSIGN_OPERATOR_DOMAIN: "acme.example", DATABASE_URL };
  const keys: House["keys"] = (...args) => countersignHere(["keys", ...args], env);
  return {
    env,
    keys,
    listed: async () => {
      const { status, stdout, stderr } = await keys("list", "--json");
      assert.strictEqual(status, 0, stderr);
      return JSON.parse(stdout) as readonly ResolvedKey[];
    },
  };
};

/** Submits and answers the kid in the statement. */
const kidOfNewMail = async (server: RunningServer, agent: string): Promise<string> => {
  const sent = await server.call("POST", "/v1/send", agent, letter());
  assert.strictEqual(sent.status, 202, sent.text);
  return /kid=(key_\w+)/.exec(sent.body.identity_header as string)![1]!;
};

describe("on SQLite", () => {
  const folder = scratch();
  const { env, keys, listed } = house(join(folder, "house.db"));
  let first: string;
  let agent: string;

  beforeAll(async () => {
    const server = await startServer({ env: { ...environment, ...env, SMTP_URL: "smtp://127.0.0.1:9" } });
    try {
      ({ agent } = await furnish(server));
      first = await kidOfNewMail(server, agent);
      const locked = await keys("rotate", first);
      assert.strictEqual(locked.status, 2);
      assert.match(locked.stderr, /Another server has this database open/);
      assert.match(locked.stderr, /stop it, run this again, start it/);
      assert.match(locked.stderr, /On PostgreSQL this command works while servers run/);
    } finally {
      await server.stop();
    }
  });

  it("lists keys for people and, as JSON, for verifiers, and never anything private", async () => {
    const people = await keys("list");
    assert.strictEqual(people.status, 0, people.stderr);
    assert.match(people.stdout, new RegExp(`^${first}  mailbox  active   \\d{4}-\\d\\d-\\d\\d to -  +agent-1$`, "m"));
    const { stdout } = await keys("list", "--json");
    for (const text of [people.stdout, stdout]) assert.notMatch(text, /seal|PRIVATE|"d"/i);
    const fields = ["agent", "kid", "mailbox", "operator", "public_key_pem", "status", "valid_from", "valid_to"];
    for (const key of JSON.parse(stdout)) assert.deepEqual(Object.keys(key).sort(), fields);
  });

  it("refuses an id that is no key, and says where to look", async () => {
    for (const word of ["rotate", "revoke"]) {
      const { status, stdout, stderr } = await keys(word, "key_01ARZ3NDEKTSV4RRFFQ69G5FAV");
      assert.strictEqual(status, 1);
      assert.strictEqual(stdout, "");
      assert.match(stderr, /There is no key key_01ARZ3NDEKTSV4RRFFQ69G5FAV in this store/);
      assert.include(stderr, "countersign keys list");
    }
  });

  it("makes nothing in a folder without a database or without the sealing key", async () => {
    const empty = scratch();
    const lost = await countersign(["keys", "list"], { cwd: empty });
    assert.strictEqual(lost.status, 2);
    assert.match(lost.stderr, /There is no database countersign\.db/);
    const unsealed = await countersignHere(["keys", "rotate", first], {
      DATABASE_URL: env["DATABASE_URL"]!,
      COUNTERSIGN_KEY: "",
      COUNTERSIGN_KEY_FILE: join(empty, "none.key"),
    });
    assert.strictEqual(unsealed.status, 2);
    assert.match(unsealed.stderr, /There is no sealing key in .*none\.key/);
    assert.deepEqual(readdirSync(empty), []);
  });

  it("refuses to rotate with another sealing key than the server's, changing nothing", async () => {
    const before = await listed();
    const { status, stderr } = await countersignHere(["keys", "rotate", first], {
      ...env,
      COUNTERSIGN_KEY: Buffer.alloc(32, 8).toString("base64"),
    });
    assert.strictEqual(status, 2);
    assert.match(stderr, /sealed with another sealing key/);
    assert.deepEqual(await listed(), before);
  });

  it("rotates: the mailbox signs with the successor, and the old key stays readable", async () => {
    const { status, stdout, stderr } = await countersign(["keys", "rotate", first], { env });
    assert.strictEqual(status, 0, stderr);
    const second = /support@acme\.example signs with (key_\w+) from now on/.exec(stdout)?.[1];
    assert.isDefined(second, stdout);

    const again = await keys("rotate", first);
    assert.strictEqual(again.status, 1);
    assert.include(again.stderr, `support@acme.example signs with ${second}: rotate that one`);

    // A stolen key goes at once, and the mailbox is not left without one.
    const revoked = await keys("revoke", second!);
    assert.strictEqual(revoked.status, 0, revoked.stderr);
    assert.include(revoked.stdout, `${second} is revoked`);
    const third = /signs with (key_\w+) from now on/.exec(revoked.stdout)?.[1];
    assert.isDefined(third, revoked.stdout);

    const server = await startServer({ env: { ...environment, ...env, SMTP_URL: "smtp://127.0.0.1:9" } });
    try {
      assert.strictEqual(await kidOfNewMail(server, agent), third);
      const status = async (kid: string) => (await server.call("GET", `/v1/identity/keys/${kid}`, null)).body.status;
      assert.strictEqual(await status(first), "retired");
      assert.strictEqual(await status(second!), "revoked");
      assert.strictEqual(await status(third!), "active");
    } finally {
      await server.stop();
    }
    assert.strictEqual(statSync(env["DATABASE_URL"]!).mode & 0o077, 0);
  });
});

describe("on PostgreSQL", () => {
  const folder = scratch();

  it("rotates the mailbox's and the operator's key under a running server, whose mail keeps verifying", async () => {
    const postgres = await startPostgres();
    const receiver = await startReceiver();
    const { env, keys } = house(await postgres.freshDatabase());
    const server = await startServer({ env: { ...environment, ...env, SMTP_URL: receiver.url } });
    try {
      const { agent } = await furnish(server, { oversight_mode: "autonomous" });
      const first = await kidOfNewMail(server, agent);
      await eventually(
        async () => receiver.mails.length,
        (count) => count === 1,
      );
      const rotated = await keys("rotate", first);
      assert.strictEqual(rotated.status, 0, rotated.stderr);
      assert.include(rotated.stdout, "Servers that run notice within a minute");
      const successor = /signs with (key_\w+) from now on/.exec(rotated.stdout)![1]!;
      // Servers remember a mailbox for a moment.
      await eventually(
        () => kidOfNewMail(server, agent),
        (kid) => kid === successor,
      );

      const { keys: operators } = (await server.call("GET", "/.well-known/jwks.json", null)).body;
      const operator = await keys("rotate", operators[0].kid);
      assert.strictEqual(operator.status, 0, operator.stderr);
      assert.match(operator.stdout, /key_\w+ takes its place/);

      for (const kid of [first, successor]) {
        const mail = await eventually(
          async () => receiver.mails.find(({ raw }) => raw.includes(`kid=${kid}`)),
          (found) => found !== undefined,
        );
        const file = join(folder, `${kid}.eml`);
        writeFileSync(file, mail!.raw);
        const { status, stdout } = await countersignHere(["verify", file, "--server", server.base]);
        assert.strictEqual(status, 0, stdout);
      }
    } finally {
      await server.stop();
      await receiver.stop();
      await postgres.stop();
    }
  });
});

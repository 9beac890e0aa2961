/** `countersign serve` at its edges: how it starts, why it does not, and how it ends. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { operatorKey } from "../support/credentials.ts";
import { startServer } from "../support/server.ts";
import { countersign, countersignHere, environment, scratch } from "./run.ts";

const nobody = "smtp://127.0.0.1:9";

describe("a configuration that cannot be used", () => {
  const folder = scratch();

  it("is refused with every problem at once, status 2, and nothing made", async () => {
    const { status, stdout, stderr } = await countersign(["serve"], {
      cwd: folder,
      env: {
        SMTP_URL: "mail.example.com",
        DATABASE_URL: "mysql://db/countersign",
        PORT: "eighty",
        COUNTERSIGN_OPERATOR_KEY: "secret-but-wrong",
        COUNTERSIGN_QUORUM: "0",
        COUNTERSIGN_QOURUM: "2",
        COUNTERSIGN_DISCLOSURE: "on",
        COUNTERSIGN_DKIM_DOMAIN: "acme.example",
        COUNTERSIGN_DKIM_KEY_FILE: join(folder, "none.pem"),
      },
    });
    assert.strictEqual(status, 2);
    assert.strictEqual(stdout, "");
    for (const name of [
      "SMTP_URL",
      "DATABASE_URL",
      "PORT",
      "COUNTERSIGN_OPERATOR_KEY",
      "COUNTERSIGN_QUORUM",
      "none.pem",
    ]) {
      assert.match(stderr, new RegExp(`^  .*${name}`, "m"));
    }
    assert.include(stderr, "COUNTERSIGN_QOURUM is no setting of this version: did you mean COUNTERSIGN_QUORUM?");
    assert.notInclude(stderr, "COUNTERSIGN_DISCLOSURE");
    assert.notInclude(stderr, "secret-but-wrong");
    assert.include(stderr, "countersign serve --help");
    assert.isFalse(existsSync(join(folder, "countersign.db")) || existsSync(join(folder, "countersign.key")));
  });

  it.each([
    ["COUNTERSIGN_DISCLOSURE", "false", "write off for none"],
    ["COUNTERSIGN_KNOWN_DOMAINS", "/etc/known.txt", "no domain"],
    ["COUNTERSIGN_DKIM_SELECTOR", "my_key", "not a DNS name"],
    ["COUNTERSIGN_SMTP_URL", nobody, "did you mean SMTP_URL?"],
  ])(
    "is refused for %s=%s alone, before anything listens, by commands that send nothing as well",
    async (name, value, says) => {
      const env = { SMTP_URL: nobody, PORT: "0", DATABASE_URL: join(folder, "house.db"), [name]: value };
      for (const command of ["serve", "keys list", "risk example.com"]) {
        const { status, stdout, stderr } = await countersignHere(command.split(" "), env);
        assert.deepEqual([status, stdout], [2, ""], command);
        assert.match(stderr, new RegExp(`^ *${name}\\b.*${says.replace("?", "\\?")}`, "m"));
      }
      assert.deepEqual(readdirSync(folder), []);
    },
  );

  it("takes every operator's key that a request may show", async () => {
    for (const tail of ["a".repeat(200), "abc!defgh"]) {
      const key = `mm_live_${tail}`;
      const server = await startServer({
        env: { SMTP_URL: nobody, DATABASE_URL: join(scratch(), "house.db"), COUNTERSIGN_OPERATOR_KEY: key },
      });
      try {
        assert.strictEqual((await server.call("GET", "/v1/mailboxes", key)).status, 200);
      } finally {
        await server.stop();
      }
    }
  });

  it("is refused without SMTP_URL, with an example", async () => {
    const { status, stderr } = await countersignHere(["serve"]);
    assert.strictEqual(status, 2);
    assert.match(stderr, /SMTP_URL is not set.*SMTP_URL=smtp:/);
  });

  it("is refused with a sealing key that is none, before anything listens", async () => {
    const { status, stdout, stderr } = await countersignHere(["serve"], {
      SMTP_URL: nobody,
      PORT: "0",
      DATABASE_URL: join(scratch(), "house.db"),
      COUNTERSIGN_KEY: "too short",
    });
    assert.strictEqual(status, 2);
    assert.include(stderr, "openssl rand -base64 32");
    assert.notInclude(stdout, "listens");
  });
});

describe("a store that cannot be used", () => {
  it("is told from another sealing key than the one its keys are under, before anything listens", async () => {
    const database = join(scratch(), "house.db");
    const env = { SMTP_URL: nobody, DATABASE_URL: database };
    const first = await startServer({ env });
    const made = await first.call("POST", "/v1/mailboxes", operatorKey, {
      address: "support@acme.example",
      agent_id: "crm",
    });
    assert.strictEqual(made.status, 201, made.text);
    await first.stop();
    const { status, stdout, stderr } = await countersignHere(["serve"], {
      ...env,
      PORT: "0",
      COUNTERSIGN_OPERATOR_DOMAIN: "acme.example",
      COUNTERSIGN_KEY: Buffer.alloc(32, 8).toString("base64"),
    });
    assert.strictEqual(status, 2, stderr);
    assert.match(stderr, /another sealing key/);
    assert.notInclude(stdout, "listens");
    await (await startServer({ env })).stop();
  });

  it("may be a folder by mistake, which is left as it is", async () => {
    const folder = scratch();
    const before = statSync(folder).mode;
    const { status, stderr } = await countersignHere(["serve"], { SMTP_URL: nobody, PORT: "0", DATABASE_URL: folder });
    assert.strictEqual(status, 2);
    assert.match(stderr, /name a file/);
    assert.strictEqual(statSync(folder).mode, before);
  });
});

describe("what is taken by another", () => {
  let other: Server;
  beforeAll(async () => {
    other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
  });
  afterAll(() => void other.close());

  it("is named when it is the port, before a key is shown or anything is made", async () => {
    const port = String((other.address() as AddressInfo).port);
    const folder = scratch();
    const { status, stdout, stderr } = await countersign(["serve"], {
      cwd: folder,
      env: { SMTP_URL: nobody, PORT: port },
    });
    assert.strictEqual(status, 2);
    assert.include(stderr, `port ${port} of 127.0.0.1 is taken`);
    assert.include(stderr, "PORT=0");
    assert.strictEqual(stdout, "");
    assert.deepEqual(readdirSync(folder), []);
  });

  it("is named when it is no address of this machine", async () => {
    const folder = scratch();
    const { status, stdout, stderr } = await countersignHere(["serve"], {
      SMTP_URL: nobody,
      PORT: "0",
      HOST: "203.0.113.1",
      DATABASE_URL: join(folder, "house.db"),
    });
    assert.strictEqual(status, 2);
    assert.match(stderr, /203\.0\.113\.1 is no address of this machine/);
    assert.strictEqual(stdout, "");
    assert.deepEqual(readdirSync(folder), []);
  });
});

describe("one server after another, and beside another", () => {
  it("prints the operator key once, keeps the database to itself, and ends with 0 within seconds of SIGTERM", async () => {
    const folder = scratch();
    const DATABASE_URL = join(folder, "house.db");
    const env = { ...environment, SMTP_URL: nobody, DATABASE_URL, COUNTERSIGN_OPERATOR_KEY: "" };
    const first = await startServer({ env });
    const key = /operator key \(shown this once\): (mm_live_[A-Za-z0-9_-]{43})\n/.exec(first.output())?.[1];
    assert.isDefined(key, first.output());
    assert.strictEqual((await first.call("GET", "/v1/mailboxes", key!)).status, 200);

    const second = await countersign(["serve"], { cwd: folder, env: { ...env, PORT: "0" } });
    assert.strictEqual(second.status, 2);
    assert.match(second.stderr, /Another server has this database open: .*house\.db/);
    assert.include(second.stderr, "PostgreSQL");

    // fetch keeps its connection open; that must not hold up the end.
    const begun = Date.now();
    first.child.kill("SIGTERM");
    await first.ended;
    assert.strictEqual(first.child.exitCode, 0, first.output());
    assert.isBelow(Date.now() - begun, 5000);

    const third = await startServer({ env });
    assert.notInclude(third.output(), "mm_live_");
    assert.match(third.output(), /log checked: 2 entries, tree head [0-9a-f]{16}/);
    assert.strictEqual((await third.call("GET", "/v1/mailboxes", key!)).status, 200);
    third.child.kill("SIGINT");
    await third.ended;
    assert.strictEqual(third.child.exitCode, 0, third.output());
  });
});

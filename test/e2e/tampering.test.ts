/**
 * Somebody with the database file in hands: what was changed, added or removed while the server was down keeps it from starting,
 * and the message says where; what the start cannot see never leaves.
 */
import { generateKeyPairSync } from "node:crypto";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { Effect, Layer } from "effect";
import { leafHash } from "../../src/audit/tree/Tree.ts";
import { layerDoor } from "../../src/server/Installation.ts";
import { Oversight } from "../../src/contracts/Oversight.ts";
import { layerFromUrl } from "../../src/store/Store.ts";
import { configFor } from "../support/installation.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { operatorKey } from "../support/credentials.ts";
import { startServer } from "../support/server.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { sqlite } from "../support/databases.ts";
import { startDeployment } from "../support/deployment.ts";
import { type Tenant, unique } from "../support/tenant.ts";

interface Waiting {
  readonly id: string;
  readonly pending_id: string;
}

/** What the statements below are about. */
interface Scene {
  readonly tenant: Tenant;
  readonly delivered: string;
  readonly waiting: readonly [Waiting, Waiting, Waiting];
  readonly rejected: { readonly id: string };
  /** Index of the entry of the approval. */
  readonly approval: number;
  readonly last: number;
}

type Change = (database: DatabaseSync, scene: Scene) => void;

const stateOf = (database: DatabaseSync, table: string, id: string): Record<string, unknown> =>
  JSON.parse((database.prepare(`SELECT state FROM ${table} WHERE id = ?`).get(id) as { state: string }).state);
const putState = (database: DatabaseSync, table: string, id: string, state: object): void => {
  assert.strictEqual(
    database.prepare(`UPDATE ${table} SET state = ? WHERE id = ?`).run(JSON.stringify(state), id).changes,
    1,
  );
};
const leafOf = (database: DatabaseSync, index: number): string =>
  (database.prepare("SELECT leaf FROM entries WHERE idx = ?").get(index) as { leaf: string }).leaf;
const putLeaf = (database: DatabaseSync, index: number, leaf: string, hash: boolean): void => {
  assert.notStrictEqual(leaf, leafOf(database, index));
  database.prepare("UPDATE entries SET leaf = ? WHERE idx = ?").run(leaf, index);
  if (hash) database.prepare("UPDATE entries SET leaf_hash = ? WHERE idx = ?").run(leafHash(Buffer.from(leaf)), index);
};
const run =
  (sql: (scene: Scene) => string): Change =>
  (database, scene) => {
    assert.isAbove(Number(database.prepare(sql(scene)).run().changes), 0, "the statement changed nothing");
  };

/** Each must keep the server from starting; `says` is where the fault is. */
const changes: readonly (readonly [name: string, change: Change, says: (scene: Scene) => string])[] = [
  // The log.
  [
    "a word of a leaf",
    (db, { approval }) => putLeaf(db, approval, leafOf(db, approval).replace('"alice"', '"mallory"'), false),
    (s) => `Entry ${s.approval}`,
  ],
  [
    "a word of a leaf, and its hash",
    (db, { approval }) => putLeaf(db, approval, leafOf(db, approval).replace('"alice"', '"mallory"'), true),
    // What rested on it says who had approved.
    () => "the approvals it names",
  ],
  [
    "an entry's outcome, and its hash",
    (db, { approval }) => putLeaf(db, approval, leafOf(db, approval).replace('"accepted"', '"refused"'), true),
    (s) => `Entry ${s.approval}`,
  ],
  ["an entry taken out", run((s) => `DELETE FROM entries WHERE idx = ${s.approval}`), (s) => `Entry ${s.approval + 1}`],
  ["the last entry taken off", run((s) => `DELETE FROM entries WHERE idx = ${s.last}`), (s) => `${s.last + 1} entries`],
  [
    "the last entry taken off, and the count",
    (db, s) => {
      db.exec(`DELETE FROM entries WHERE idx = ${s.last}`);
      db.exec(`UPDATE log_head SET size = ${s.last}`);
    },
    () => "tree head",
  ],
  [
    "an entry twice",
    run(
      (s) =>
        `INSERT INTO entries SELECT ${s.last + 1}, tenant, mailbox, message, type, at, leaf, leaf_hash, personal FROM entries WHERE idx = ${s.approval}; `,
    ),
    () => "entries",
  ],
  [
    "two entries in each other's place",
    (db, s) => {
      db.exec(
        `UPDATE entries SET idx = -1 WHERE idx = ${s.approval}; UPDATE entries SET idx = ${s.approval} WHERE idx = ${s.approval + 1}; UPDATE entries SET idx = ${s.approval + 1} WHERE idx = -1`,
      );
    },
    (s) => `Entry ${s.approval}`,
  ],
  [
    "what an entry is filed under",
    run((s) => `UPDATE entries SET type = 'reject', at = at - 60 WHERE idx = ${s.approval}`),
    (s) => `Entry ${s.approval}`,
  ],
  [
    "whose message an entry is about",
    run((s) => `UPDATE entries SET message = '${s.waiting[0].id}' WHERE idx = ${s.approval}`),
    (s) => `Entry ${s.approval}`,
  ],
  [
    "a reviewer's reason",
    run(
      () =>
        `UPDATE entries SET personal = replace(personal, 'not today', 'fine by me') WHERE personal LIKE '%not today%'`,
    ),
    () => "Entry",
  ],
  ["the tree head", run(() => "UPDATE log_head SET root = zeroblob(32)"), () => "tree head"],
  // What is true now.
  [
    "a message made approved",
    (db, { waiting: [waiting] }) => {
      const state = stateOf(db, "messages", waiting.id);
      putState(db, "messages", waiting.id, {
        ...state,
        approvals: [{ reviewer: "alice", digest: state["digest"], at: 1 }],
      });
    },
    (s) => s.waiting[0].id,
  ],
  [
    "a rejected message made to wait",
    (db, { rejected }) =>
      putState(db, "messages", rejected.id, { ...stateOf(db, "messages", rejected.id), status: "queued" }),
    (s) => s.rejected.id,
  ],
  [
    "a message's author",
    (db, { waiting: [{ id }] }) => putState(db, "messages", id, { ...stateOf(db, "messages", id), author: "nobody" }),
    (s) => s.waiting[0].id,
  ],
  [
    "a mailbox's mode",
    (db, { tenant }) =>
      putState(db, "mailboxes", tenant.mailbox, { ...stateOf(db, "mailboxes", tenant.mailbox), mode: "autonomous" }),
    (s) => s.tenant.mailbox,
  ],
  [
    "a mailbox's quorum",
    (db, { tenant }) => {
      const state = stateOf(db, "mailboxes", tenant.mailbox);
      putState(db, "mailboxes", tenant.mailbox, { ...state, policy: { ...(state["policy"] as object), quorum: 1 } });
    },
    (s) => s.tenant.mailbox,
  ],
  [
    "a revoked reviewer",
    (db) => {
      const [{ id }] = db.prepare("SELECT id FROM tenants WHERE state LIKE '%carla%'").all() as [{ id: string }];
      putState(db, "tenants", id, { ...stateOf(db, "tenants", id), revoked: [] });
    },
    () => "tenant tnt_",
  ],
  [
    "a message that is gone",
    (db, { rejected }) => {
      for (const table of ["decisions", "contents"]) db.exec(`DELETE FROM ${table} WHERE message = '${rejected.id}'`);
      db.exec(`DELETE FROM messages WHERE id = '${rejected.id}'`);
    },
    () => "message",
  ],
  [
    "a tenant nobody made",
    run(
      () =>
        "INSERT INTO tenants SELECT 'tnt_x', name, created_at, version, replace(state, id, 'tnt_x') FROM tenants LIMIT 1",
    ),
    () => "tnt_x",
  ],
  // Who may do what. The log knows each key's principal and scopes, and when it was revoked.
  [
    "an agent's key made a reviewer's",
    run(
      (s) =>
        `UPDATE api_keys SET scopes = '["read","oversight"]', principal_kind = 'person', principal = 'ghost' WHERE principal = 'agent-1' AND mailboxes IS NULL AND tenant = '${stateTenant(s)}'`,
    ),
    () => "ak_",
  ],
  [
    "a key nobody issued",
    run(
      () =>
        "INSERT INTO api_keys SELECT 'ak_01ARZ3NDEKTSV4RRFFQ69G5FAV', tenant, name, 'x' || hash, prefix, scopes, principal_kind, principal, owner, mailboxes, created_at, NULL FROM api_keys LIMIT 1",
    ),
    () => "ak_01ARZ3NDEKTSV4RRFFQ69G5FAV",
  ],
  [
    "a revoked key made good again",
    run(() => "UPDATE api_keys SET revoked_at = NULL WHERE revoked_at IS NOT NULL"),
    () => "ak_",
  ],
];

const otherPem = (): string =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "pem", type: "spki" }).toString();
const ofMailboxes = "kind = 'mailbox' AND mailbox = (SELECT mailbox FROM entries WHERE type = 'submit' LIMIT 1)";

/** What anyone may ask for by a key's id. */
const published: typeof changes = [
  [
    "the key that verifies an agent's mail",
    run(() => `UPDATE identity_keys SET public_key_pem = '${otherPem()}' WHERE ${ofMailboxes}`),
    () => "the public key is another",
  ],
  [
    "the key that verifies the operator's word",
    run(() => `UPDATE identity_keys SET public_key_pem = '${otherPem()}' WHERE kind = 'operator'`),
    () => "it does not vouch for key_",
  ],
  [
    "the agent it is published as of",
    run(() => `UPDATE identity_keys SET agent = 'ceo' WHERE ${ofMailboxes}`),
    () => "it is published as of ceo, and is of agent-1",
  ],
  [
    "the mailbox it is published as of",
    run(() => `UPDATE identity_keys SET mailbox = 'mbx_x' WHERE ${ofMailboxes}`),
    (s) => `it is published as of mailbox mbx_x, and is of ${s.tenant.mailbox}`,
  ],
  [
    "whether it is a mailbox's",
    run(() => `UPDATE identity_keys SET kind = 'operator', status = 'retired' WHERE ${ofMailboxes}`),
    () => "it is no mailbox's",
  ],
  ["that there is one", run(() => `DELETE FROM identity_keys WHERE ${ofMailboxes}`), () => "it is gone"],
];

let tenantId = "";
const stateTenant = (_scene: Scene): string => tenantId;

describe.concurrent("tampering with the SQLite file", { timeout: 60_000 }, () => {
  const folder = temporaryFolder();
  const original = join(folder, "original.db");
  let receiver: Receiver;
  let scene: Scene;

  beforeAll(async () => {
    receiver = await startReceiver();
    const deployment = await startDeployment(sqlite);
    const tenant = await deployment.tenant({ quorum: 2 });
    const both = async (message: { pending_id: string }) => {
      await tenant.decide(tenant.alice, message);
      await tenant.decide(tenant.bob, message);
    };
    const delivered = await tenant.sent();
    await both(delivered);
    await tenant.until(delivered.id, "delivered");
    const rejected = await tenant.sent();
    await tenant.decide(tenant.alice, rejected, "reject", { reason: "not today" });
    const waiting = [await tenant.sent(), await tenant.sent(), await tenant.sent()] as const;
    const gone = await tenant.issue({ scopes: ["read", "oversight"], id: "carla" });
    await deployment.call("DELETE", `/v1/api-keys/${gone.id}`, tenant.operator);
    await deployment.call("POST", "/v1/reviewers/carla/revoke", tenant.operator);
    const log = await tenant.log();
    tenantId = (await deployment.call("GET", `/v1/mailboxes/${tenant.mailbox}`, tenant.operator)).body.tenant_id;
    scene = {
      tenant,
      delivered: delivered.id,
      waiting,
      rejected,
      approval: log.find(({ type }) => type === "approve")!.leaf_index,
      last: log.at(-1)!.leaf_index,
    };
    await deployment.stop();
    copyFileSync(deployment.database, original);
  });
  afterAll(async () => {
    await receiver?.stop();
  });

  /** A copy with something changed, by whoever can also take the triggers off. */
  const changed = (change: Change): string => {
    const copy = join(folder, `${unique("copy")}.db`);
    copyFileSync(original, copy);
    const database = new DatabaseSync(copy);
    for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all()) {
      database.exec(`DROP TRIGGER ${String(name)}`);
    }
    database.exec("PRAGMA foreign_keys = OFF");
    change(database, scene);
    database.close();
    return copy;
  };
  const start = (database: string) => startServer({ env: { DATABASE_URL: database, SMTP_URL: receiver.url } });

  it("unchanged, it starts, with the same key and the same log", async () => {
    const server = await start(changed(() => {}));
    assert.include(server.output(), `log checked: ${scene.last + 1} entries`);
    assert.strictEqual((await server.call("GET", "/v1/mailboxes", operatorKey)).status, 200);
    await server.stop();
  });

  it("OV-35 log-determines-state: with a word of a leaf changed it does not start, and says which entry", async () => {
    const [, change, says] = changes[0]!;
    const started = await start(changed(change)).then(
      async (server) => {
        await server.stop();
        return "it started";
      },
      (error: unknown) => String(error),
    );
    assert.match(started, /the server ended with [1-9]/);
    assert.include(started, says(scene));
    assert.notMatch(started, /at Object\.|node:internal|\.ts:\d/, "a sentence, not a stack");
  });

  // The very check of the start, without the rest of a server around it.
  const found = async (change: Change): Promise<string> => {
    const config = configFor(changed(change));
    return await Effect.gen(function* () {
      const oversight = yield* Oversight;
      return yield* oversight.verifyLog;
    }).pipe(
      Effect.provide(layerDoor(config).pipe(Layer.provideMerge(layerFromUrl(config.database)))),
      Effect.match({
        onSuccess: ({ entries }) => `nothing in ${entries} entries`,
        onFailure: (error) => error.message,
      }),
      Effect.runPromise,
    );
  };
  it.each(changes)("OV-35 log-determines-state: the check of the start finds %s", async (_, change, says) => {
    assert.include(await found(change), says(scene));
  });
  it.each(published)("OV-170 published-keys-are-logged: the check of the start finds %s", async (_, change, says) => {
    assert.include(await found(change), says(scene));
  });

  it("OV-42 digest-is-taken-again, OV-29 permit-before-hand-over: other bytes under an approved digest are not handed over", async () => {
    const { waiting, tenant } = scene;
    const [first, second, third] = waiting;
    const mails = () => receiver.mails.filter(({ from }) => from === tenant.address).length;
    const before = mails();
    const server = await start(
      changed((database) => {
        for (const sql of [
          `UPDATE contents SET raw = CAST(replace(CAST(raw AS TEXT), 'resolved', 'deleted') AS BLOB) WHERE message = '${first.id}'`,
          `UPDATE contents SET recipients = '["eve@example.net"]' WHERE message = '${second.id}'`,
          `UPDATE contents SET sender = 'ceo@acme.example' WHERE message = '${third.id}'`,
        ]) {
          run(() => sql)(database, scene);
        }
      }),
    );
    for (const { id, pending_id } of waiting) {
      for (const key of [tenant.alice, tenant.bob]) {
        await server.call("POST", "/v1/oversight/decide", key, { pending_id, decision: "approve" });
      }
      assert.notStrictEqual((await server.call("GET", `/v1/emails/${id}`, tenant.alice)).body.status, "delivered");
    }
    assert.strictEqual(mails(), before);
    await server.stop();
  });

  it("OV-29: a row in the outbox is not leave to send", async () => {
    const { waiting, delivered, rejected } = scene;
    const rows = [
      [waiting[0].id, "message"],
      [waiting[0].id, "copy"],
      [rejected.id, "message"],
      [rejected.id, "copy"],
      [delivered, "message"],
    ] as const;
    const server = await start(
      changed((database) => {
        for (const [id, kind] of rows) {
          database.prepare("INSERT INTO outbox VALUES (?, ?, 0, NULL, 0, 0, NULL)").run(id, kind);
        }
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.deepStrictEqual(
      receiver.mails.map(({ recipients }) => recipients),
      [],
    );
    await server.stop();
  });
});

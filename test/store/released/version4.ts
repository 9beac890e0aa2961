/** A row of every table that version 4 has, written through the store's services and read back: what an old database is compared by. */
import { Effect } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { Journal } from "../../../src/store/Journal.ts";
import { LogRecords } from "../../../src/store/LogRecords.ts";
import { Records } from "../../../src/store/Records.ts";
import { commit, contentRow, digest, messageId, messageState, outboxRow, settle, submitted } from "../stores.ts";

const [waiting, queued, returned, settled, erased] = [1, 2, 3, 4, 5].map(messageId) as [
  string,
  string,
  string,
  string,
  string,
];
const origin = "log.example/1";
const raw = Uint8Array.from({ length: 256 }, (_, i) => i);

const message = (id: string, changes: Parameters<typeof messageState>[1] = {}) => ({
  ...submitted(id, changes),
  contents: [contentRow(id, { raw })],
});

const key = {
  id: "ak_1",
  tenant: "default",
  name: "Ada's",
  hash: "hash-1",
  prefix: "cs_ab",
  scopes: ["read", "send"],
  principalKind: "agent",
  principal: "writer",
  owner: null,
  mailboxes: ["mbx_1"],
  createdAt: 120,
  revokedAt: null,
} as const;

const hold = {
  tenant: "default",
  mailbox: null,
  message: waiting,
  reason: "a case",
  placedBy: "olga",
  placedAt: 400,
  index: 12,
  releasedAt: null,
};

/** A leaf with what the triggers and the queries look for. */
const leaf = (fields: Readonly<Record<string, string>>): string => JSON.stringify({ ...fields, outcome: "accepted" });

export const write = Effect.gen(function* () {
  const [records, log] = [yield* Records, yield* LogRecords];
  yield* settle;
  yield* commit({ apiKeys: [key, { ...key, id: "ak_2", hash: "hash-2", mailboxes: null, owner: "ada" }] });
  yield* commit({ revokedKeys: [{ id: "ak_2", at: 130 }] });
  yield* commit({
    ...message(waiting),
    idempotency: [{ tenant: "default", key: "writer k", requestHash: "h", message: waiting, createdAt: 150 }],
  });
  yield* commit({ ...message(queued, { status: "queued" }), outboxPuts: [outboxRow(queued, { dueAt: 2 ** 47 })] });
  yield* commit({
    ...message(returned),
    outboxPuts: [outboxRow(returned, { kind: "copy", remaining: ["a@b.example"] })],
  });
  yield* commit({
    entries: [
      {
        type: "dispatch",
        message: returned,
        mailbox: "mbx_1",
        at: 160,
        leaf: leaf({ to: "pending_approval" }),
        personal: JSON.stringify({ salt: "s", digest, risk: { score: 9 }, risen: null }),
      },
    ],
  });
  yield* commit({ ...message(settled, { status: "queued" }) });
  yield* commit(
    {
      entries: [
        {
          type: "delivered",
          message: settled,
          mailbox: "mbx_1",
          at: 7200,
          leaf: leaf({ reply: "250 2.0.0" }),
          personal: JSON.stringify({ salt: "s", rejected: ["bob@example.org"] }),
        },
      ],
      messages: [messageState(settled, { status: "delivered", version: 2 })],
      decisions: [
        { message: settled, revision: 1, decision: "approve", by: "bob", at: 170, index: 7, reason: 'Why "not"? 🎉' },
      ],
    },
    { messages: [settled] },
  );
  yield* commit(message(erased, { status: "rejected" }));
  yield* commit({ entries: [{ type: "erase" }], erasures: [{ message: erased, tenant: "default", at: 900 }] });
  yield* commit({
    entries: [
      { type: "legal_hold", at: 400 },
      { type: "legal_hold", at: 401 },
    ],
    holds: [
      { ...hold, id: "hold_1" },
      { ...hold, id: "hold_2", message: null, reason: null, index: 13 },
    ],
  });
  yield* commit({
    entries: [{ type: "release_hold" }],
    releasedHolds: [{ id: "hold_2", tenant: "default", at: 450 }],
  });
  yield* commit({ entries: [{ type: "set_retention" }], retention: [{ tenant: "default", days: 200 }] });
  yield* commit({
    entries: [{ type: "set_risk_policy" }],
    riskPolicies: ["", "mbx_1"].map((mailbox) => ({
      tenant: "default",
      mailbox,
      version: 1,
      policy: '{"holdAbove":50}',
      changedBy: "olga",
      changedAt: 500,
    })),
  });
  yield* commit({ entries: Array.from({ length: 256 }, () => ({ type: "resume" })) });
  yield* records.insertKey({
    kid: "key_1",
    kind: "operator",
    tenant: null,
    mailbox: null,
    agent: null,
    operator: "example.com",
    publicKeyPem: "-----BEGIN PUBLIC KEY-----\n…",
    sealedPrivateKey: "v1.abc",
    status: "active",
    validFrom: 10,
    validTo: null,
  });
  yield* records.addListEntry("default", {
    direction: "send",
    kind: "block",
    entry: "example.net",
    reason: "spam",
    createdAt: 5,
  });
  yield* log.addLogKeyIfNone({
    kid: "log_1",
    origin,
    algorithm: "ed25519",
    publicKey: "pub",
    sealedPrivateKey: "v1.def",
    createdAt: 20,
  });
  yield* log.addCheckpoint({ origin, size: 9, root: new Uint8Array(32).fill(9), note: "note\n9\n", at: 210 });
  yield* log.addCosignatures([{ origin, size: 9, witness: "w.example", line: "— w.example x\n", at: 211 }]);
});

/** Everything there is, through every kind of read. */
export const read = Effect.gen(function* () {
  const [journal, records, log, sql] = [yield* Journal, yield* Records, yield* LogRecords, yield* SqlClient];
  const loaded = yield* commit(
    {},
    {
      tenants: ["default"],
      mailboxes: ["mbx_1"],
      messages: [waiting, queued, returned, settled, erased],
      idempotency: ["default writer k"],
    },
  );
  return {
    loaded,
    entries: yield* journal.entries({ from: 0, limit: 1000 }),
    tenant: yield* records.tenant("default"),
    mailboxes: yield* records.mailboxes("default"),
    apiKeys: yield* records.apiKeys("default"),
    lists: yield* records.lists("default"),
    messages: yield* records.messages({ tenant: "default", limit: 100 }),
    contents: (yield* records.contentsOf([waiting, queued, returned, settled, erased])).toSorted((a, b) =>
      a.row.id < b.row.id ? -1 : 1,
    ),
    content: yield* records.contentWith(waiting, digest),
    repeated: yield* records.repeated("default", "writer k"),
    lastEntry: yield* records.lastEntry(settled, "delivered"),
    treeHead: yield* records.treeHead(3),
    claimed: yield* records.claim({ owner: "w", now: 1000, leaseUntil: 1060, limit: 10 }),
    outbox: yield* records.outboxCounts,
    keys: yield* records.listKeys(),
    nodes: yield* log.hashes({ level: 8, from: 0, to: 10 }),
    logKeys: yield* log.logKeys(origin),
    checkpoint: yield* log.lastCheckpoint(origin),
    cosignatures: yield* log.cosignatures({ origin, size: 9 }),
    retentions: yield* log.retentions,
    holds: yield* log.holds("default"),
    candidates: yield* log.candidates("default", [waiting, settled, erased]),
    policies: yield* sql`SELECT * FROM risk_policies ORDER BY mailbox`,
    hours: yield* sql`SELECT * FROM risk_hours ORDER BY domain`,
    domains: yield* sql`SELECT * FROM risk_domains ORDER BY domain`,
    bounces: yield* sql`SELECT * FROM risk_bounces ORDER BY recipient`,
  };
});

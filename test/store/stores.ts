/** Both stores, so that every test of one is a test of the other; and rows to put into them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Context, Effect, Layer } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { afterAll, beforeAll } from "vitest";
import type { MailboxState, MessageState, TenantState } from "../../src/model/State.ts";
import {
  type ContentRow,
  type EntryRow,
  Journal,
  type Loaded,
  type MailboxRow,
  type MessageRow,
  type Needs,
  type OutboxRow,
  type StoreError,
  type Writes,
} from "../../src/store/Journal.ts";
import { Records } from "../../src/store/Records.ts";
import { layerFromUrl } from "../../src/store/Store.ts";
import { startPostgres, type Postgres } from "../postgres.ts";

export interface TestStore {
  readonly name: "SQLite" | "PostgreSQL";
  /** The URL of a new, empty database. */
  readonly fresh: () => Promise<string>;
}

/** Call once at the top of a test file: starts what the stores need, and ends it. */
export const bothStores = (): readonly TestStore[] => {
  let postgres: Postgres;
  let directory: string;
  let files = 0;
  beforeAll(async () => {
    postgres = await startPostgres();
    directory = mkdtempSync(join(tmpdir(), "countersign-store-"));
  }, 60_000);
  afterAll(async () => {
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return [
    { name: "SQLite", fresh: async () => `sqlite:${join(directory, `${++files}.db`)}` },
    { name: "PostgreSQL", fresh: () => postgres.freshDatabase() },
  ];
};

type Services = Journal | Records | SqlClient;

/** Runs `body` on the database at `url`, and closes it. */
export const on = <A, E>(url: string, body: Effect.Effect<A, E, Services>): Effect.Effect<A, E | StoreError> =>
  Effect.scoped(Effect.provide(body, layerFromUrl(url), { local: true }));

/** Runs `body` on a new database. */
export const onFresh = <A, E>(
  store: TestStore,
  body: Effect.Effect<A, E, Services>,
): Effect.Effect<A, E | StoreError> => Effect.flatMap(Effect.promise(store.fresh), (url) => on(url, body));

/** The services of another, independent client of the database at `url`, for as long as the scope lives. */
export const client = (url: string) =>
  Effect.map(Layer.build(Layer.fresh(layerFromUrl(url))), (context) => ({
    journal: Context.get(context, Journal),
    records: Context.get(context, Records),
    sql: Context.get(context, SqlClient),
  }));

// --- rows --------------------------------------------------------------------------------------------------------

export const digest = `sha256:${"0".repeat(64)}`;
const policy = { quorum: 1, decisionWindow: 3600, approvalMaxAge: 3600 };

export const tenantState: TenantState = { id: "default", halted: false, revoked: [], version: 1 };
export const mailboxState = (id = "mbx_1"): MailboxState => ({
  id,
  tenant: "default",
  mode: "gated_send",
  policy,
  version: 1,
});
export const mailboxRow = (id = "mbx_1", address = `${id}@agents.example`): MailboxRow => ({
  id,
  tenant: "default",
  address,
  agent: "writer",
  agentRef: null,
  displayName: "Ünï ✉",
  oversightAddress: null,
  kid: "key_1",
  createdAt: 100,
});

export const messageState = (id: string, changes: Partial<MessageState> = {}): MessageState => ({
  id,
  tenant: "default",
  mailbox: "mbx_1",
  status: "pending_approval",
  version: 1,
  author: "writer",
  owner: null,
  digest,
  revision: 1,
  requestedMode: null,
  sendAt: 0,
  verdict: { score: 0, held: false, blocked: false },
  decideBy: 3700,
  approvals: [],
  attempt: 0,
  ...changes,
});
export const messageRow = (id: string): MessageRow => ({
  id,
  tenant: "default",
  mailbox: "mbx_1",
  thread: `thr_${id}`,
  agent: "writer",
  messageId: `<${id}@agents.example>`,
  credential: "ak_1",
  createdAt: 100,
});

/** Every byte there is, so that a store that reads text for bytes is found out. */
export const allBytes = Uint8Array.from({ length: 4096 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

export const contentRow = (message: string, changes: Partial<ContentRow> = {}): ContentRow => ({
  message,
  revision: 1,
  digest,
  raw: allBytes,
  from: "mbx_1@agents.example",
  recipients: ["ada@example.com", "bob@example.org"],
  summary: {
    subject: "Zoë says \u0000 'hello' \"there\" \\ 🎉",
    from: "mbx_1@agents.example",
    to: ["ada@example.com"],
    cc: [],
    bcc: ["bob@example.org"],
    replyTo: null,
    text: "Line\r\nline\u2028end",
    attachments: [{ name: "a.pdf", contentType: "application/pdf", size: 3 }],
    risk: { score: 12, flags: ["unknown"] },
    identityHeader: "v=1; kid=key_1; agent=writer; ts=1; sig=x",
    note: null,
  },
  ...changes,
});

export const outboxRow = (message: string, changes: Partial<OutboxRow> = {}): OutboxRow => ({
  message,
  kind: "message",
  dueAt: 100,
  leaseOwner: null,
  leaseUntil: 0,
  tries: 0,
  remaining: null,
  ...changes,
});

export const noNeeds: Needs = { tenants: [], mailboxes: [], messages: [], idempotency: [] };

type Growth = Partial<Omit<Writes, "head" | "entries">> & {
  readonly entries?: readonly Partial<EntryRow>[];
};

/** What a batch writes when it adds these entries and rows to a log of which `loaded` is the end. */
export const growth = ({ head }: Loaded, { entries = [], ...rows }: Growth): Writes => ({
  head: {
    size: head.size + entries.length,
    frontier: [new Uint8Array(32).fill(head.size + entries.length)],
    root: new Uint8Array(32).fill(255 - head.size - entries.length),
  },
  entries: entries.map((entry, i) => ({
    index: head.size + i,
    tenant: "default",
    mailbox: null,
    message: null,
    type: "submit",
    at: 100,
    leaf: `{"n":${head.size + i}}`,
    leafHash: new Uint8Array(32).fill(head.size + i),
    personal: null,
    ...entry,
  })),
  tenants: [],
  mailboxes: [],
  messages: [],
  tenantRows: [],
  mailboxRows: [],
  messageRows: [],
  contents: [],
  decisions: [],
  outboxPuts: [],
  outboxDeletes: [],
  wakes: [],
  apiKeys: [],
  revokedKeys: [],
  idempotency: [],
  ...rows,
});

/** One batch of these rows. */
export const commit = (rows: Growth, needs: Partial<Needs> = {}) =>
  Effect.flatMap(Journal, (journal) =>
    journal.transact({ ...noNeeds, ...needs }, (loaded) => ({ writes: growth(loaded, rows), result: loaded })),
  );

/** The tenant `default` with the mailbox `mbx_1`. */
export const settle = commit({
  entries: [{ type: "create_tenant" }, { type: "create_mailbox", mailbox: "mbx_1" }],
  tenants: [tenantState],
  tenantRows: [{ id: "default", name: "Default", createdAt: 100 }],
  mailboxes: [mailboxState()],
  mailboxRows: [mailboxRow()],
});

/** A submitted message, to be spread into a batch. */
export const submitted = (id: string, changes: Partial<MessageState> = {}) => ({
  entries: [{ message: id, mailbox: "mbx_1", at: 150 }],
  messages: [messageState(id, changes)],
  messageRows: [messageRow(id)],
  contents: [contentRow(id)],
});

/** Ids in order. */
export const messageId = (n: number): string => `msg_${String(n).padStart(26, "0")}`;

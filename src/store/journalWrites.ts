/**
 * The statements of one batch: every row that a `Writes` names, and nothing read.
 *
 * **Gotchas**
 * - A record is inserted when the batch did not find it, else updated where its version is still the one the batch found.
 * - An outbox row that is both put and deleted is put: a hand-over too many is refused at dispatch, one too few is never made.
 */
import type { MailboxState, MessageState, TenantState } from "../model/State.ts";
import type { ContentRow, Loaded, MailboxRow, MessageRow, OutboxRow, TenantRow, Writes } from "./Journal.ts";
import { type Columns, insert, type Value, write, type Write } from "./Write.ts";

/** Where the `Committer` puts hand-overs that wait for an event, not for a moment (`Journal.ts`, `wakes`). */
const parked = 2 ** 47;

interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** A record's new state, with its row when it is new and the version that must be there when it is not. */
interface Change<State, Row> {
  readonly state: State;
  readonly row: Row | null;
  readonly was: number;
}

const changesOf = <State extends Versioned, Row extends { readonly id: string }>(
  states: readonly State[],
  rows: readonly Row[],
  loaded: ReadonlyMap<string, State>,
): readonly Change<State, Row>[] => {
  const last = new Map(states.map((state) => [state.id, state]));
  const newRows = new Map(rows.map((row) => [row.id, row]));
  return [...last.values()].map((state) => ({
    state,
    row: newRows.get(state.id) ?? null,
    was: loaded.get(state.id)?.version ?? state.version - 1,
  }));
};

const fixed = <Row>(type: "text" | "integer", of: (row: Row) => Value) =>
  [type, (change: Change<unknown, Row>) => of(change.row!)] as const;

type StateColumns<State> = Columns<Change<State, unknown>>;

const stateColumns: StateColumns<Versioned> = {
  version: ["integer", ({ state }) => state.version],
  state: ["text", ({ state }) => JSON.stringify(state)],
};

const messageStateColumns = (updatedAt: (id: string) => number): StateColumns<MessageState> => ({
  ...stateColumns,
  updated_at: ["integer", ({ state }) => updatedAt(state.id)],
  status: ["text", ({ state }) => state.status],
  revision: ["integer", ({ state }) => state.revision],
  digest: ["text", ({ state }) => state.digest],
  send_at: ["integer", ({ state }) => state.sendAt],
  decide_by: ["integer", ({ state }) => state.decideBy],
  approvals: ["integer", ({ state }) => state.approvals.length],
});

const tenantColumns: Columns<Change<TenantState, TenantRow>> = {
  id: ["text", ({ state }) => state.id],
  name: fixed("text", (row) => row.name),
  created_at: fixed("integer", (row) => row.createdAt),
};

const mailboxColumns: Columns<Change<MailboxState, MailboxRow>> = {
  id: ["text", ({ state }) => state.id],
  tenant: fixed("text", (row) => row.tenant),
  address: fixed("text", (row) => row.address),
  agent: fixed("text", (row) => row.agent),
  agent_ref: fixed("text", (row) => row.agentRef),
  display_name: fixed("text", (row) => row.displayName),
  oversight_address: fixed("text", (row) => row.oversightAddress),
  kid: fixed("text", (row) => row.kid),
  created_at: fixed("integer", (row) => row.createdAt),
};

const messageColumns: Columns<Change<MessageState, MessageRow>> = {
  id: ["text", ({ state }) => state.id],
  tenant: fixed("text", (row) => row.tenant),
  mailbox: fixed("text", (row) => row.mailbox),
  thread: fixed("text", (row) => row.thread),
  agent: fixed("text", (row) => row.agent),
  message_id: fixed("text", (row) => row.messageId),
  credential: fixed("text", (row) => row.credential),
  created_at: fixed("integer", (row) => row.createdAt),
};

const contentColumns: Columns<ContentRow> = {
  message: ["text", (row) => row.message],
  revision: ["integer", (row) => row.revision],
  digest: ["text", (row) => row.digest],
  sender: ["text", (row) => row.from],
  recipients: ["text", (row) => JSON.stringify(row.recipients)],
  summary: ["text", (row) => JSON.stringify(row.summary)],
  raw: ["bytes", (row) => row.raw],
};

const outboxColumns: Columns<OutboxRow> = {
  message: ["text", (row) => row.message],
  kind: ["text", (row) => row.kind],
  due_at: ["integer", (row) => row.dueAt],
  lease_owner: ["text", (row) => row.leaseOwner],
  lease_until: ["integer", (row) => row.leaseUntil],
  tries: ["integer", (row) => row.tries],
  remaining: ["text", (row) => (row.remaining === null ? null : JSON.stringify(row.remaining))],
};
const outboxReplace = `ON CONFLICT (message, kind) DO UPDATE SET due_at = excluded.due_at, lease_owner = excluded.lease_owner,
  lease_until = excluded.lease_until, tries = excluded.tries, remaining = excluded.remaining`;

const keyOf = (row: { readonly message: string; readonly kind: string }): string => `${row.message} ${row.kind}`;

/** Rows of new records, then states of known ones: the second is to be checked. */
const recordWrites = <State extends Versioned, Row>(
  table: string,
  fixedColumns: Columns<Change<State, Row>>,
  states: StateColumns<State>,
  changes: readonly Change<State, Row>[],
): readonly [inserts: Write, updates: Write] => {
  const sets = Object.keys(states).map((column) => `${column} = n.${column}`);
  return [
    insert(
      table,
      { ...fixedColumns, ...states },
      changes.filter(({ row }) => row !== null),
    ),
    write(
      { id: ["text", ({ state }: Change<State, Row>) => state.id], was: ["integer", ({ was }) => was], ...states },
      changes.filter(({ row }) => row === null),
      (input) => `UPDATE ${table} AS t SET ${sets.join(", ")} FROM ${input} WHERE t.id = n.id AND t.version = n.was`,
    ),
  ];
};

/** All of a batch but its `wakes`. Of the statements in `checked`, each row must have found what it wanted to change. */
export const batchOf = (
  loaded: Loaded,
  writes: Writes,
): { readonly writes: readonly Write[]; readonly checked: ReadonlySet<Write> } => {
  // Messages carry the time of their last entry.
  const lastEntry = new Map(writes.entries.map((entry) => [entry.message, entry.at]));
  const createdAt = new Map(writes.messageRows.map((row) => [row.id, row.createdAt]));
  const updatedAt = (id: string): number => lastEntry.get(id) ?? createdAt.get(id) ?? 0;

  const tenants = recordWrites(
    "tenants",
    tenantColumns,
    stateColumns,
    changesOf(writes.tenants, writes.tenantRows, loaded.tenants),
  );
  const mailboxes = recordWrites(
    "mailboxes",
    mailboxColumns,
    stateColumns,
    changesOf(writes.mailboxes, writes.mailboxRows, loaded.mailboxes),
  );
  const messages = recordWrites(
    "messages",
    messageColumns,
    messageStateColumns(updatedAt),
    changesOf(writes.messages, writes.messageRows, loaded.messages),
  );

  const puts = new Map(writes.outboxPuts.map((row) => [keyOf(row), row]));
  const drops = new Map(writes.outboxDeletes.filter((row) => !puts.has(keyOf(row))).map((row) => [keyOf(row), row]));

  // A key that is made and revoked in one batch is stored revoked: the statements do not see each other's rows.
  const revoked = new Map(writes.revokedKeys.map((key) => [key.id, key.at]));
  const newKeys = new Set(writes.apiKeys.map((key) => key.id));

  const grows = writes.entries.length > 0 ? [writes.head] : [];
  const now = writes.entries.at(-1)?.at ?? 0;
  const head = write<Writes["head"]>(
    {
      size: ["integer", (row) => row.size],
      frontier: ["bytes", (row) => Buffer.concat(row.frontier)],
      root: ["bytes", (row) => row.root],
      was: ["integer", () => loaded.head.size],
    },
    grows,
    (input) =>
      `UPDATE log_head AS t SET size = n.size, frontier = n.frontier, root = n.root FROM ${input} WHERE t.id = 1 AND t.size = n.was`,
  );

  return {
    writes: [
      // What others refer to comes first: SQLite checks a reference as soon as it is written.
      ...tenants,
      ...mailboxes,
      ...messages,
      insert<ContentRow>("contents", contentColumns, writes.contents),
      insert<Writes["decisions"][number]>(
        "decisions",
        {
          idx: ["integer", (row) => row.index],
          message: ["text", (row) => row.message],
          revision: ["integer", (row) => row.revision],
          decision: ["text", (row) => row.decision],
          decided_by: ["text", (row) => row.by],
          decided_at: ["integer", (row) => row.at],
          reason: ["text", (row) => row.reason],
        },
        writes.decisions,
      ),
      write<Writes["outboxDeletes"][number]>(
        { message: ["text", (row) => row.message], kind: ["text", (row) => row.kind] },
        [...drops.values()],
        (input) => `DELETE FROM outbox WHERE (message, kind) IN (SELECT n.message, n.kind FROM ${input})`,
      ),
      insert<OutboxRow>("outbox", outboxColumns, [...puts.values()], outboxReplace),
      insert<Writes["apiKeys"][number]>(
        "api_keys",
        {
          id: ["text", (row) => row.id],
          tenant: ["text", (row) => row.tenant],
          name: ["text", (row) => row.name],
          hash: ["text", (row) => row.hash],
          prefix: ["text", (row) => row.prefix],
          scopes: ["text", (row) => JSON.stringify(row.scopes)],
          principal_kind: ["text", (row) => row.principalKind],
          principal: ["text", (row) => row.principal],
          owner: ["text", (row) => row.owner],
          mailboxes: ["text", (row) => (row.mailboxes === null ? null : JSON.stringify(row.mailboxes))],
          created_at: ["integer", (row) => row.createdAt],
          revoked_at: ["integer", (row) => row.revokedAt ?? revoked.get(row.id) ?? null],
        },
        writes.apiKeys,
      ),
      write<Writes["revokedKeys"][number]>(
        { id: ["text", (row) => row.id], at: ["integer", (row) => row.at] },
        writes.revokedKeys.filter((key) => !newKeys.has(key.id)),
        (input) =>
          `UPDATE api_keys AS t SET revoked_at = n.at FROM ${input} WHERE t.id = n.id AND t.revoked_at IS NULL`,
      ),
      insert<Writes["idempotency"][number]>(
        "idempotency",
        {
          tenant: ["text", (row) => row.tenant],
          key: ["text", (row) => row.key],
          request_hash: ["text", (row) => row.requestHash],
          message: ["text", (row) => row.message],
          created_at: ["integer", (row) => row.createdAt],
        },
        writes.idempotency,
      ),
      insert<Writes["entries"][number]>(
        "entries",
        {
          idx: ["integer", (row) => row.index],
          tenant: ["text", (row) => row.tenant],
          mailbox: ["text", (row) => row.mailbox],
          message: ["text", (row) => row.message],
          type: ["text", (row) => row.type],
          at: ["integer", (row) => row.at],
          leaf: ["text", (row) => row.leaf],
          leaf_hash: ["bytes", (row) => row.leafHash],
          personal: ["text", (row) => row.personal],
        },
        writes.entries,
      ),
      insert<Writes["head"]>(
        "tree_heads",
        { size: ["integer", (row) => row.size], root: ["bytes", (row) => row.root], at: ["integer", () => now] },
        grows,
      ),
      head,
    ],
    checked: new Set([tenants[1], mailboxes[1], messages[1], head]),
  };
};

/** Puts what was parked in a mailbox, or in a whole tenant, back to work. */
export const wakesOf = ({ wakes }: Writes): readonly Write[] => [
  write<Writes["wakes"][number]>(
    {
      tenant: ["text", (row) => row.tenant],
      mailbox: ["text", (row) => row.mailbox],
      at: ["integer", (row) => row.at],
    },
    wakes,
    (input) => `UPDATE outbox AS t SET due_at = n.at FROM ${input}, messages AS m
      WHERE t.due_at = ${parked} AND m.id = t.message AND m.tenant = n.tenant
        AND (n.mailbox IS NULL OR m.mailbox = n.mailbox)`,
  ),
];

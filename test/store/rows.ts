/** Rows to put into a store. */
import type { MailboxState, MessageState, TenantState } from "../../src/model/State.ts";
import type { Loaded, Needs, Writes } from "../../src/store/Journal.ts";
import type { MailboxRow } from "../../src/model/records/account.ts";
import type { EntryRow } from "../../src/model/records/log.ts";
import type { ContentRow, MessageRow, OutboxRow } from "../../src/model/records/message.ts";

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

/** Rows of a batch. */
export type Growth = Partial<Omit<Writes, "head" | "entries">> & {
  readonly entries?: readonly Partial<EntryRow>[];
};

/** As many nodes as the entries complete, of no true hash. */
const nodesBetween = (from: number, to: number): Writes["nodes"] => {
  const nodes: Writes["nodes"][number][] = [];
  for (let level = 8; 2 ** level <= to; level += 8) {
    for (let index = Math.floor(from / 2 ** level); index < Math.floor(to / 2 ** level); index++) {
      nodes.push({ level, index, hash: new Uint8Array(32).fill(index) });
    }
  }
  return nodes;
};

/** What a batch writes when it adds these entries and rows to a log of which `loaded` is the end. */
export const growth = ({ head }: Loaded, { entries = [], ...rows }: Growth): Writes => ({
  head: {
    size: head.size + entries.length,
    frontier: [new Uint8Array(32).fill(head.size + entries.length)],
    at: entries.at(-1)?.at ?? head.at,
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
  nodes: nodesBetween(head.size, head.size + entries.length),
  tenants: [],
  mailboxes: [],
  messages: [],
  tenantRows: [],
  mailboxRows: [],
  messageRows: [],
  contents: [],
  decisions: [],
  deliveries: [],
  outboxPuts: [],
  outboxDeletes: [],
  wakes: [],
  apiKeys: [],
  revokedKeys: [],
  idempotency: [],
  retention: [],
  holds: [],
  releasedHolds: [],
  riskPolicies: [],
  erasures: [],
  ...rows,
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

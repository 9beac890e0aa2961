/**
 * A server, a receiver and the people around them, and a way to say "and nothing else changed": what the tests of this folder
 * have in common.
 *
 * - `startWorld` starts one of each on a fresh store. `tenant()` makes a tenant with its own mailbox and people, so that tests on
 *   one server do not see each other.
 * - `unchanged` runs a request and compares the log, the messages and the receiver before and after it.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { assert, it } from "vitest";
import { temporaryFolder } from "../oversight/house.ts";
import { startPostgres } from "../postgres.ts";
import { type Mail, startReceiver, type TestReceiver } from "./receiver.ts";
import { type Answer, eventually, letter, operatorKey, type RunningServer, startServer } from "./server.ts";

export interface StoreUnderTest {
  readonly name: string;
  readonly open: () => Promise<{ readonly database: string; readonly close: () => Promise<void> }>;
}

export const sqlite: StoreUnderTest = {
  name: "SQLite",
  open: async () => ({ database: join(temporaryFolder(), "test.db"), close: async () => {} }),
};

export const postgres: StoreUnderTest = {
  name: "PostgreSQL",
  open: async () => {
    const server = await startPostgres();
    return { database: await server.freshDatabase(), close: server.stop };
  },
};

export type Scope = "read" | "send" | "oversight" | "admin";

export interface NewKey {
  readonly scopes: readonly Scope[];
  /** The principal's id. */
  readonly id: string;
  readonly kind?: "agent" | "person";
  readonly owner?: string;
  readonly mailboxes?: readonly string[];
}

/** One entry of the log, as the audit log shows it. */
export interface Entry {
  readonly leaf_index: number;
  readonly type: string;
  readonly outcome: string;
  readonly refusal: string | null;
  readonly message_id: string | null;
  readonly mailbox_id: string | null;
  readonly leaf: string;
}

/** A tenant with one mailbox and the usual people. */
export interface Tenant {
  /** The operator's key. */
  readonly operator: string;
  readonly address: string;
  readonly mailbox: string;
  readonly agent: string;
  readonly alice: string;
  readonly bob: string;
  readonly call: RunningServer["call"];
  /** Makes a key; answers the key itself. */
  readonly key: (wanted: NewKey) => Promise<string>;
  /** The same with its id. */
  readonly issue: (wanted: NewKey) => Promise<{ readonly id: string; readonly key: string }>;
  readonly makeMailbox: (
    fields?: Record<string, unknown>,
  ) => Promise<{ readonly id: string; readonly address: string }>;
  /** Sends from the tenant's mailbox as its agent. */
  readonly send: (change?: Record<string, unknown>, key?: string) => Promise<Answer>;
  /** Sends and expects 202. Its body. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly sent: (change?: Record<string, unknown>, key?: string) => Promise<any>;
  readonly decide: (
    key: string,
    message: { readonly pending_id: string; readonly digest?: string },
    decision?: string,
    more?: Record<string, unknown>,
  ) => Promise<Answer>;
  /** The message as an operator sees it. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly show: (id: string) => Promise<any>;
  /** The message as its reviewers see it, without the headers that are signed when it leaves. */
  readonly raw: (message: { readonly id: string }) => Promise<string>;
  readonly patch: (message: { readonly id: string }, key: string, body: unknown) => Promise<Answer>;
  /** Waits until the message has one of these statuses. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly until: (id: string, ...statuses: readonly string[]) => Promise<any>;
  /** All entries of the tenant's log, oldest first. */
  readonly log: (filter?: string) => Promise<readonly Entry[]>;
  readonly setMode: (mode: string, key?: string, mailbox?: string) => Promise<Answer>;
}

export interface World {
  readonly server: RunningServer;
  readonly receiver: TestReceiver;
  readonly database: string;
  readonly call: RunningServer["call"];
  /** What the receiver took of a message; of the hand-over to one address, if named. */
  readonly mailsOf: (message: { readonly message_id: string }, to?: string) => readonly Mail[];
  readonly tenant: (mailbox?: Record<string, unknown>) => Promise<Tenant>;
  /** Runs `request` and fails if a message, an entry or a mail came of it. `refused` entries may be allowed. */
  readonly unchanged: <A>(
    tenants: readonly Tenant[],
    request: () => Promise<A>,
    allow?: { readonly refusedEntries?: number },
  ) => Promise<A>;
  readonly stop: () => Promise<void>;
}

const made = (what: string, answer: Answer): Answer["body"] => {
  if (answer.status !== 201) throw new Error(`${what} was answered ${answer.status}: ${answer.text}`);
  return answer.body;
};

/** What a server asks nobody for, so that ids of different tests never meet. */
export const unique = (start: string): string => `${start}-${randomBytes(4).toString("hex")}`;

const openTenant = async (
  call: RunningServer["call"],
  operator: string,
  fields: Record<string, unknown>,
): Promise<Tenant> => {
  const makeMailbox: Tenant["makeMailbox"] = async (more = {}) =>
    made(
      "POST /v1/mailboxes",
      await call("POST", "/v1/mailboxes", operator, {
        address: `${unique("box")}@acme.example`,
        agent_id: "agent-1",
        oversight_address: "oversight@acme.example",
        ...more,
      }),
    );
  const issue: Tenant["issue"] = async ({ scopes, id, kind = "person", ...more }) =>
    made(
      "POST /v1/api-keys",
      await call("POST", "/v1/api-keys", operator, { name: id, scopes, principal: { kind, id }, ...more }),
    );
  const key: Tenant["key"] = async (wanted) => (await issue(wanted)).key;
  const box = await makeMailbox(fields);
  const agent = await key({ scopes: ["read", "send"], id: "agent-1", kind: "agent" });
  const alice = await key({ scopes: ["read", "oversight"], id: "alice" });
  const send: Tenant["send"] = (change = {}, by = agent) =>
    call("POST", "/v1/send", by, letter({ mailbox: box.id, ...change }));
  const show: Tenant["show"] = async (id) => (await call("GET", `/v1/emails/${id}`, operator)).body;
  return {
    operator,
    address: box.address,
    mailbox: box.id,
    agent,
    alice,
    bob: await key({ scopes: ["read", "oversight"], id: "bob" }),
    call,
    key,
    issue,
    makeMailbox,
    send,
    sent: async (change, by) => {
      const answer = await send(change, by);
      assert.strictEqual(answer.status, 202, answer.text);
      return answer.body;
    },
    decide: (by, message, decision = "approve", more = {}) =>
      call("POST", "/v1/oversight/decide", by, { pending_id: message.pending_id, decision, ...more }),
    show,
    raw: async ({ id }) => (await call("GET", `/v1/mailboxes/${box.id}/emails/${id}/raw`, alice)).text,
    patch: ({ id }, by, body) => call("PATCH", `/v1/mailboxes/${box.id}/emails/${id}`, by, body),
    until: (id, ...statuses) =>
      eventually(
        () => show(id),
        ({ status }) => statuses.includes(status),
      ),
    log: async (filter = "") => {
      const answer = await call("GET", `/v1/audit-log/export?format=jsonl${filter}`, operator);
      assert.strictEqual(answer.status, 200, answer.text);
      return answer.text
        .split("\n")
        .filter((line) => line !== "")
        .slice(1)
        .map((line) => JSON.parse(line) as Entry);
    },
    setMode: (mode, by = operator, mailbox = box.id) =>
      call("PATCH", `/v1/mailboxes/${mailbox}`, by, { oversight_mode: mode }),
  };
};

/** What there is of a tenant that a request could change, as text that can be compared. */
const snapshot = async ({ call, operator }: Tenant) => {
  const { mailboxes } = (await call("GET", "/v1/mailboxes", operator)).body;
  const messages: string[] = [];
  for (const { id } of mailboxes) {
    messages.push((await call("GET", `/v1/mailboxes/${id}/emails?limit=100`, operator)).text);
  }
  const lists = await Promise.all(
    ["allow", "block"].map(async (kind) => (await call("GET", `/v1/lists/send/${kind}`, operator)).text),
  );
  const keys = (await call("GET", "/v1/api-keys", operator)).text;
  // The header says how far it goes, and goes further with every look.
  const exported = (await call("GET", "/v1/audit-log/export", operator)).text;
  const log = exported
    .split("\n")
    .filter((line) => line !== "" && !line.includes('"withheld":true'))
    .slice(1);
  return { mailboxes: JSON.stringify(mailboxes), messages, lists, keys, log };
};

export const startWorld = async (
  store: StoreUnderTest,
  options: { readonly env?: Record<string, string>; readonly program?: readonly string[] } = {},
): Promise<World> => {
  const receiver = await startReceiver();
  const { database, close } = await store.open();
  const server = await startServer({
    env: {
      DATABASE_URL: database,
      SMTP_URL: receiver.url,
      COUNTERSIGN_CLAIM_SECONDS: "0.1",
      ...options.env,
    },
    ...(options.program === undefined ? {} : { program: options.program }),
  });
  const { call } = server;
  return {
    server,
    receiver,
    database,
    call,
    mailsOf: ({ message_id }, to) =>
      receiver.mails.filter(
        ({ messageId, recipients }) => messageId === message_id && (to === undefined || recipients.includes(to)),
      ),
    tenant: async (mailbox = {}) => {
      const { key } = made(
        "POST /v1/tenants",
        await call("POST", "/v1/tenants", operatorKey, { name: unique("tenant") }),
      );
      return openTenant(call, key, mailbox);
    },
    unchanged: async (tenants, request, { refusedEntries = 0 } = {}) => {
      const before = await Promise.all(tenants.map(snapshot));
      // Other tenants may be sending meanwhile.
      const senders = before.flatMap(({ mailboxes }) =>
        (JSON.parse(mailboxes) as { address: string }[]).map(({ address }) => address),
      );
      const mails = () => receiver.mails.filter(({ from }) => senders.includes(from)).length;
      const mailsBefore = mails();
      const answer = await request();
      const after = await Promise.all(tenants.map(snapshot));
      for (const [i, { log, ...rest }] of before.entries()) {
        const { log: logAfter, ...restAfter } = after[i]!;
        assert.deepStrictEqual(restAfter, rest, "something was stored");
        assert.deepStrictEqual(logAfter.slice(0, log.length), log, "an entry changed");
        const added = logAfter.slice(log.length).map((line) => JSON.parse(line) as Entry);
        assert.isAtMost(added.length, refusedEntries, `entries: ${JSON.stringify(added)}`);
        for (const entry of added) assert.strictEqual(entry.outcome, "refused", entry.leaf);
      }
      assert.strictEqual(mails(), mailsBefore, "mail left");
      return answer;
    },
    stop: async () => {
      await server.stop();
      await receiver.stop();
      await close();
    },
  };
};

/** Every error has these members, whatever else it has, and nothing of the inside. */
export const isError = ({ status, body, text, headers }: Answer): void => {
  assert.isAtLeast(status, 400, text);
  assert.match(headers.get("content-type") ?? "", /^application\/(problem\+)?json/, text);
  assert.isString(body?.error, text);
  assert.match(body.code, /^[a-z_0-9]+$/, text);
  assert.isAbove(body.error.length, 5, text);
  assert.isString(body.hint, `no hint: ${text}`);
  assert.notMatch(
    text,
    /node_modules|\.ts:\d|SELECT |INSERT |sqlite|postgres|at Object\.|_tag/i,
    "it speaks of the inside",
  );
};

/** RFC 3339, so many whole seconds ahead. */
export const inSeconds = (seconds: number): string =>
  new Date((Math.floor(Date.now() / 1000) + seconds) * 1000).toISOString().replace(".000", "");

export const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

/** A test that waits for the one before it, in a suite whose stores are tested side by side. */
export const inTurn = (name: string, test: () => void | Promise<void>): void => it(name, { concurrent: false }, test);

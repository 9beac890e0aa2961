/**
 * A server process with its database and a receiver, and a way to say "and nothing else changed".
 *
 * - `startDeployment` starts one of each on a fresh store. `tenant()` makes a tenant with its own mailbox and people.
 * - `unchanged` runs a request and compares the log, the messages and the receiver before and after it.
 */
import { assert } from "vitest";
import type { TestDatabase } from "./databases.ts";
import { type Mail, type Receiver, startReceiver } from "./receiver.ts";
import { type RunningServer, startServer } from "./server.ts";
import { type Entry, openTenant, type Tenant, unique } from "./tenant.ts";

export interface Deployment {
  readonly server: RunningServer;
  readonly receiver: Receiver;
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

export const startDeployment = async (
  store: TestDatabase,
  options: { readonly env?: Record<string, string>; readonly program?: readonly string[] } = {},
): Promise<Deployment> => {
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
      const { key } = await server.create("/v1/tenants", { name: unique("tenant") });
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

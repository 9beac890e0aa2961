/** A tenant of a running server, with a mailbox and people of its own, so that tests on one server do not see each other. */
import { randomBytes } from "node:crypto";
import { assert } from "vitest";
import type { Answer } from "./answer.ts";
import { letter } from "./letter.ts";
import type { RunningServer } from "./server.ts";
import { eventually } from "./time.ts";

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

const made = (what: string, answer: Answer): Answer["body"] => {
  if (answer.status !== 201) throw new Error(`${what} was answered ${answer.status}: ${answer.text}`);
  return answer.body;
};

/** A name that no other test has. */
export const unique = (start: string): string => `${start}-${randomBytes(4).toString("hex")}`;

export const openTenant = async (
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

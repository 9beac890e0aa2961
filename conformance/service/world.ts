/**
 * The server under test as the checks see it: an address, keys, the suite's receiver; and `house()`, a fresh mailbox with its own agent and
 * people, so that checks running side by side do not meet.
 */
import { randomBytes } from "node:crypto";
import { callerOf, excerpt, hasStatus, type Answer, type Call } from "./api.ts";
import { expect, Unmet } from "./expect.ts";
import type { Mail, Receiver } from "./receiver.ts";

export type Scope = "read" | "send" | "oversight" | "admin";

export interface NewKey {
  readonly scopes: readonly Scope[];
  /** The principal's id. */
  readonly id: string;
  readonly kind?: "agent" | "person";
  readonly owner?: string;
  readonly mailboxes?: readonly string[];
}

/** A line of the log's export; the members every line has. */
export interface Line {
  readonly leaf_index: number;
  readonly leaf_hash: string;
  readonly leaf: string;
  readonly type: string;
  readonly outcome: string;
  readonly refusal: string | null;
  readonly timestamp: string;
  readonly mailbox_id: string | null;
  readonly message_id: string | null;
  readonly agent_id: string | null;
  readonly identity_signature: string | null;
  readonly oversight_mode: string | null;
  readonly approver_id: string | null;
  readonly approvers: readonly string[];
  readonly decision: string | null;
  readonly domain_risk_score: number | null;
  readonly content_hash: string | null;
  readonly lean4_proof_ref: string | null;
}

/** A message as the API shows it. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Shown = any;

export interface House {
  readonly call: Call;
  /** The operator's key. */
  readonly operator: string;
  /** The mailbox's id. */
  readonly mailbox: string;
  readonly address: string;
  readonly agentId: string;
  /** read, send. */
  readonly agent: string;
  /** Two people with read and oversight, and their principals' ids. */
  readonly alice: string;
  readonly bob: string;
  readonly aliceId: string;
  readonly bobId: string;
  /** An address of this check alone. */
  readonly to: (name?: string) => string;
  readonly letter: (change?: Readonly<Record<string, unknown>>) => Record<string, unknown>;
  readonly issue: (wanted: NewKey) => Promise<{ readonly id: string; readonly key: string }>;
  readonly send: (change?: Readonly<Record<string, unknown>>, key?: string) => Promise<Answer>;
  /** Sends and expects 202; its body. */
  readonly sent: (change?: Readonly<Record<string, unknown>>, key?: string) => Promise<Shown>;
  readonly decide: (
    key: string,
    message: { readonly pending_id: string },
    decision?: string,
    more?: Readonly<Record<string, unknown>>,
  ) => Promise<Answer>;
  readonly revise: (key: string, message: { readonly id: string }, change: unknown) => Promise<Answer>;
  readonly cancel: (key: string, message: { readonly id: string }) => Promise<Answer>;
  readonly setMode: (mode: string, key?: string) => Promise<Answer>;
  /** The message as a reviewer sees it. */
  readonly show: (message: { readonly id: string }) => Promise<Shown>;
  /** The canonical octets, as a reviewer downloads them. */
  readonly raw: (message: { readonly id: string }) => Promise<Buffer>;
  /** Waits until the message has one of these statuses. */
  readonly until: (message: { readonly id: string }, ...statuses: readonly string[]) => Promise<Shown>;
  /** The mailbox's lines of the log, oldest first. */
  readonly log: () => Promise<readonly Line[]>;
  /** What arrived from the mailbox; of one message, or all. */
  readonly mails: (message?: { readonly message_id: string }) => readonly Mail[];
  /** Waits until so many mails of the message arrived, and a little longer for one too many. Answers them. */
  readonly leaves: (message: { readonly message_id: string }, count?: number) => Promise<readonly Mail[]>;
  /** Waits for a while; fails if more mails of the mailbox are there than `leaves` has been told of. */
  readonly nothingLeaves: (millis?: number) => Promise<void>;
  /** The same until well after the message would have been due. */
  readonly nothingLeavesWhenDue: (message: { readonly send_at: string }) => Promise<void>;
}

export interface World {
  /** Far enough ahead for a decision before it; seconds. More where the server is slow. */
  readonly soon: number;
  readonly call: Call;
  readonly receiver: Receiver;
  /** The operator's domain: mailboxes are made in it. */
  readonly domain: string;
  /** A domain no risk source holds against a message. */
  readonly elsewhere: string;
  readonly admin: string;
  /** An operator's key of another tenant; `null` when there is none. */
  readonly otherAdmin: string | null;
  readonly house: (mailbox?: Readonly<Record<string, unknown>>, admin?: string) => Promise<House>;
  /** Mails that arrived and that no check let go, in words. */
  readonly strays: (addresses: ReadonlySet<string>) => readonly string[];
  /** A view of the world that also notes which mailboxes were made through it. */
  readonly noting: (addresses: Set<string>) => World;
}

export const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

/** For principals, mailboxes and recipients that no other check has. */
export const unique = (start: string): string => `${start}-${randomBytes(5).toString("hex")}`;

/** RFC 3339, this many whole seconds ahead. */
export const inSeconds = (seconds: number): string =>
  new Date((Math.floor(Date.now() / 1000) + seconds) * 1000).toISOString().replace(".000", "");

/** Asks again until the answer pleases, ever less often: the server has others to answer meanwhile. */
export const eventually = async <A>(
  ask: () => Promise<A> | A,
  pleases: (answer: A) => boolean,
  what: string,
  millis = 40_000,
): Promise<A> => {
  const deadline = Date.now() + millis;
  for (let wait = 40; ; wait = Math.min(wait * 1.5, 500)) {
    const answer = await ask();
    if (pleases(answer)) return answer;
    if (Date.now() > deadline) throw new Unmet(`${what}; it did not come to that in ${millis / 1000} s`);
    await pause(wait);
  }
};

/** How long nothing must arrive where nothing may. Late ones are found at the end of the run. */
const quiet = 900;

const made = (answer: Answer): Shown => hasStatus(answer, 201).body;

export interface Options {
  readonly base: string;
  readonly admin: string;
  readonly otherAdmin: string | null;
  readonly receiver: Receiver;
  readonly domain: string | null;
  readonly elsewhere: string;
}

/** The operator's domain, as the key of a mailbox says it. */
const domainOf = async (call: Call, admin: string): Promise<string> => {
  const address = `${unique("probe")}@conformance.example`;
  const box = made(await call("POST", "/v1/mailboxes", admin, { address, agent_id: unique("probe") }));
  const key = hasStatus(await call("GET", `/v1/identity/keys/${box?.agent_identity_key_id}`, null), 200).body;
  expect(typeof key?.operator === "string", "a mailbox's key names no operator; give --domain");
  return key.operator as string;
};

export const openWorld = async (options: Options): Promise<World> => {
  const call = callerOf(options.base);
  const { receiver, admin } = options;
  const domain = options.domain ?? (await domainOf(call, admin));
  /** How many mails of a message may have arrived, by sender and Message-ID. */
  const allowed = new Map<string, number>();
  const known = (mail: Mail) => `${mail.from} ${mail.messageId}`;

  const house = async (fields: Readonly<Record<string, unknown>>, operator: string): Promise<House> => {
    const agentId = unique("agent");
    const address = `${unique("box")}@${domain}`;
    const issue: House["issue"] = async ({ scopes, id, kind = "person", ...more }) =>
      made(await call("POST", "/v1/api-keys", operator, { name: id, scopes, principal: { kind, id }, ...more }));
    const [aliceId, bobId] = [unique("alice"), unique("bob")];
    const box = made(
      await call("POST", "/v1/mailboxes", operator, {
        address,
        agent_id: agentId,
        oversight_address: `${unique("watch")}@${options.elsewhere}`,
        oversight_mode: "gated_send",
        ...fields,
      }),
    );
    const agent = (await issue({ scopes: ["read", "send"], id: agentId, kind: "agent" })).key;
    const alice = (await issue({ scopes: ["read", "oversight"], id: aliceId })).key;
    const bob = (await issue({ scopes: ["read", "oversight"], id: bobId })).key;
    const to: House["to"] = (name = "carol") => `${unique(name)}@${options.elsewhere}`;
    const letter: House["letter"] = (change = {}) => ({
      mailbox: box.id,
      to: to(),
      subject: "Ticket 4821",
      body: "Hi, we have resolved ticket 4821.",
      ...change,
    });
    const send: House["send"] = (change = {}, key = agent) => call("POST", "/v1/send", key, letter(change));
    const show: House["show"] = async ({ id }) => hasStatus(await call("GET", `/v1/emails/${id}`, alice), 200).body;
    const mails: House["mails"] = (message) =>
      receiver.mails.filter(
        (mail) => mail.from === address && (message === undefined || mail.messageId === message.message_id),
      );
    const one = (message: { readonly id: string }) => `/v1/mailboxes/${box.id}/emails/${message.id}`;
    const nothingLeaves: House["nothingLeaves"] = async (millis = quiet) => {
      await pause(millis);
      const strays = mails().filter((mail) => !allowed.has(known(mail)));
      expect(
        strays.length === 0,
        `nothing was to leave ${address}, and ${strays.length} mail(s) did, to ${strays.flatMap((mail) => mail.recipients).join(", ")}`,
      );
    };
    return {
      call,
      operator,
      mailbox: box.id,
      address,
      agentId,
      agent,
      alice,
      bob,
      aliceId,
      bobId,
      to,
      letter,
      issue,
      send,
      sent: async (change, key) => hasStatus(await send(change, key), 202).body,
      decide: (key, message, decision = "approve", more = {}) =>
        call("POST", "/v1/oversight/decide", key, { pending_id: message.pending_id, decision, ...more }),
      revise: (key, message, change) => call("PATCH", one(message), key, change),
      cancel: (key, message) => call("POST", `/v1/emails/${message.id}/cancel`, key),
      setMode: (mode, key = operator) => call("PATCH", `/v1/mailboxes/${box.id}`, key, { oversight_mode: mode }),
      show,
      raw: async (message) => {
        const response = hasStatus(await call("GET", `${one(message)}/raw`, alice), 200);
        return Buffer.from(response.text, "utf8");
      },
      until: (message, ...statuses) =>
        eventually(
          () => show(message),
          ({ status }) => statuses.includes(status),
          `message ${message.id} was to become ${statuses.join(" or ")}`,
        ),
      log: async () => {
        const answer = hasStatus(
          await call("GET", `/v1/audit-log/export?format=jsonl&mailbox=${box.id}`, operator),
          200,
        );
        try {
          return (
            answer.text
              .split("\n")
              .filter((line) => line !== "")
              .map((line) => JSON.parse(line) as Line)
              // A line without a leaf is about the export, not an entry.
              .filter(({ leaf }) => typeof leaf === "string")
          );
        } catch {
          throw new Unmet(`the export is one JSON object a line, but ${excerpt(answer)}`);
        }
      },
      mails,
      leaves: async (message, count = 1) => {
        allowed.set(`${address} ${message.message_id}`, count);
        await eventually(
          () => mails(message).length,
          (length) => length >= count,
          `${count} mail(s) ${message.message_id} were to leave ${address}, and ${mails(message).length} did`,
        );
        await pause(120);
        const arrived = mails(message);
        expect(
          arrived.length === count,
          `${count} mail(s) ${message.message_id} were to leave, and ${arrived.length} did`,
        );
        return arrived;
      },
      nothingLeaves,
      nothingLeavesWhenDue: async ({ send_at }) => {
        const due = Date.parse(send_at);
        expect(Number.isFinite(due), `a message for later shows its send_at, but it is ${String(send_at)}`);
        await nothingLeaves(Math.max(due - Date.now(), 0) + 1200);
      },
    };
  };

  const world: World = {
    call,
    soon: 6,
    receiver,
    domain,
    elsewhere: options.elsewhere,
    admin,
    otherAdmin: options.otherAdmin ?? (await anotherTenant(call, admin)),
    house: (mailbox = {}, by = admin) => house(mailbox, by),
    strays: (addresses) => {
      const count = new Map<string, number>();
      for (const mail of receiver.mails) {
        if (addresses.has(mail.from)) count.set(known(mail), (count.get(known(mail)) ?? 0) + 1);
      }
      return [...count].filter(([name, n]) => n > (allowed.get(name) ?? 0)).map(([name, n]) => `${name} ×${n}`);
    },
    noting: (addresses) => ({
      ...world,
      house: async (mailbox, by) => {
        const opened = await world.house(mailbox, by);
        addresses.add(opened.address);
        return opened;
      },
    }),
  };
  return world;
};

/** Where the server can make tenants, one more; else `null`. */
const anotherTenant = async (call: Call, admin: string): Promise<string | null> => {
  const answer = await call("POST", "/v1/tenants", admin, { name: unique("conformance") });
  const key = answer.status === 201 ? (answer.body?.key ?? answer.body?.api_key) : null;
  return typeof key === "string" ? key : null;
};

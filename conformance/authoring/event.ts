/**
 * One event in one line:
 *
 *     1070 cat approve D1
 *     1000 ada submit D1 owner=ann asks=gated_all at=2000 held m=m2
 *
 * that is: when, who, what, with what. The cast: ada and bob are agents; ann, ben, cat, dan and eve people with `oversight`; oda the
 * operator; sys the system. `as=agent` gives somebody another role for one event, `key=k2` another credential; the tenant is `t=t1`, the
 * mailbox `b=b1` and the message `m=m1` where nothing else is named. `with=k2` is the key that a `revoke` names.
 */
import type { JsonObject } from "../runner/vectors.ts";

const roles: Readonly<Record<string, string>> = {
  ada: "agent",
  bob: "agent",
  ann: "reviewer",
  ben: "reviewer",
  cat: "reviewer",
  dan: "reviewer",
  eve: "reviewer",
  oda: "operator",
  sys: "system",
};

/** For each event: how many words stand behind its name, at least and at most, and the options it takes beside `as`, `key` and `t`. */
const shapes: Readonly<Record<string, readonly [least: number, most: number, options: string]>> = {
  create_tenant: [0, 0, ""],
  halt: [0, 0, ""],
  resume: [0, 0, ""],
  revoke_reviewer: [1, 1, ""],
  reinstate_reviewer: [1, 1, ""],
  create_key: [3, 9, ""],
  revoke_key: [1, 1, ""],
  create_mailbox: [1, 1, "b quorum window age"],
  set_mode: [1, 1, "b"],
  set_policy: [0, 0, "b quorum window age"],
  submit: [1, 1, "b m owner asks at held blocked"],
  revise: [2, 2, "b m owner asks at held blocked"],
  approve: [1, 1, "b m held blocked"],
  reject: [1, 1, "b m"],
  cancel: [0, 0, "b m"],
  expire: [0, 0, "b m"],
  release: [0, 0, "b m"],
  dispatch: [0, 0, "b m held blocked"],
  delivered: [1, 1, "b m"],
  failed: [1, 1, "b m"],
  deferred: [1, 1, "b m"],
  lost: [1, 1, "b m"],
  resolve: [2, 2, "b m held blocked"],
  revoke: [1, 1, "b m with held blocked"],
};

/** `D1` and so on: stand-ins for digests, well-formed. */
const digestNamed = (name: string): string => {
  const match = /^D([0-9a-f])$/.exec(name);
  if (match === null) throw new TypeError(`${name} is no digest; write D and one hexadecimal digit`);
  return `sha256:${match[1]!.repeat(64)}`;
};

interface Words {
  readonly when: number;
  readonly who: string;
  readonly role: string;
  readonly type: string;
  readonly args: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

/** Throws a `TypeError` that says which word of the line cannot be read. */
const wordsOf = (text: string): Words => {
  const plain: string[] = [];
  const options = new Map<string, string>();
  for (const word of text.split(" ")) {
    const [name, value] = word.split("=") as [string, string | undefined];
    if (value !== undefined) options.set(name, value);
    else if (word === "held" || word === "blocked") options.set(word, "");
    else plain.push(word);
  }
  const [when = "", who = "", type = "", ...args] = plain;
  if (!/^\d+$/.test(when)) throw new TypeError(`an event begins with its second, not with ${when || "nothing"}`);
  const role = options.get("as") ?? roles[who];
  if (role === undefined) throw new TypeError(`${who || "nobody"} is not of the cast; give as=agent or another role`);
  const shape = shapes[type];
  if (shape === undefined) throw new TypeError(`there is no event ${type}`);
  const [least, most, known] = shape;
  if (args.length < least || args.length > most)
    throw new TypeError(
      `${type} has ${args.length} words behind it, not ${least === most ? least : `${least} or more`}`,
    );
  for (const name of options.keys())
    if (!["as", "key", "t", ...known.split(" ")].includes(name)) throw new TypeError(`${type} has no option ${name}`);
  return { when: Number(when), who, role, type, args, options };
};

const policyIn = (options: ReadonlyMap<string, string>): JsonObject => ({
  quorum: Number(options.get("quorum") ?? 1),
  decisionWindow: Number(options.get("window") ?? 86_400),
  approvalMaxAge: Number(options.get("age") ?? 3_600),
});

/** The event that a line states. Throws a `TypeError` for a line that states none. */
export const eventIn = (text: string): JsonObject => {
  const { when, who, role, type, args, options } = wordsOf(text);
  const actor = {
    role,
    principal: who === "sys" ? "system" : who,
    credential: who === "sys" ? null : (options.get("key") ?? `${who}-key`),
  };
  const stamp = { type, at: when, actor, tenant: options.get("t") ?? "t1" };
  const mailbox = { ...stamp, mailbox: options.get("b") ?? "b1" };
  const message = { ...mailbox, message: options.get("m") ?? "m1" };
  const held = options.has("held");
  const verdict = { score: held ? 7_400 : 1_200, held, blocked: options.has("blocked") };
  const wishes = { requestedMode: options.get("asks") ?? null, sendAt: Number(options.get("at") ?? 0), verdict };
  switch (type) {
    case "revoke_reviewer":
    case "reinstate_reviewer":
      return { ...stamp, reviewer: args[0]! };
    case "create_key":
      return { ...stamp, key: args[0]!, principal: args[1]!, scopes: args.slice(2) };
    case "revoke_key":
      return { ...stamp, key: args[0]! };
    case "create_mailbox":
      return { ...mailbox, mode: args[0]!, policy: policyIn(options) };
    case "set_mode":
      return { ...mailbox, mode: args[0]! };
    case "set_policy":
      return { ...mailbox, policy: policyIn(options) };
    case "submit":
      return { ...message, digest: digestNamed(args[0]!), owner: options.get("owner") ?? null, ...wishes };
    case "revise":
      return {
        ...message,
        base: digestNamed(args[0]!),
        digest: digestNamed(args[1]!),
        // An edit of 0.1.0 says nothing of an owner; `none` says that there is none.
        ...(options.has("owner") ? { owner: options.get("owner") === "none" ? null : options.get("owner")! } : {}),
        ...wishes,
      };
    case "approve":
      return { ...message, digest: digestNamed(args[0]!), verdict };
    case "reject":
      return { ...message, digest: digestNamed(args[0]!) };
    case "cancel":
    case "expire":
    case "release":
      return message;
    case "dispatch":
      return { ...message, verdict };
    case "delivered":
    case "failed":
    case "deferred":
    case "lost":
      return { ...message, attempt: Number(args[0]!), reply: type === "lost" ? "" : "250 2.0.0" };
    case "resolve":
      return { ...message, outcome: args[0]!, digest: digestNamed(args[1]!), verdict };
    case "revoke":
      return { ...message, reviewer: args[0]!, ...(options.has("with") ? { key: options.get("with")! } : {}), verdict };
    default:
      return stamp;
  }
};

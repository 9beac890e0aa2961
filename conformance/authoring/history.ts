/**
 * Histories in one line an event:
 *
 *     1070 cat approve D1 => !stale_digest
 *     1000 ada submit D1 owner=ann asks=gated_all at=2000 held m=m2 => pending_approval
 *
 * that is: when, who, what, with what, and what must come of it. The cast: ada and bob are agents; ann, ben, cat, dan and eve people
 * with `oversight`; oda the operator; sys the system. `as=agent` gives somebody another role for one event, `key=k2` another credential.
 */
import type { JsonObject } from "../runner/vectors.ts";
import type { Draft } from "./draft.ts";

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

/** `D1` and so on: stand-ins for digests, well-formed. */
export const digestNamed = (name: string): string => {
  const match = /^D([0-9a-f])$/.exec(name);
  if (match === null) throw new TypeError(`${name} is no digest; write D and one hexadecimal digit`);
  return `sha256:${match[1]!.repeat(64)}`;
};

interface Words {
  readonly plain: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

const wordsOf = (text: string): Words => {
  const plain: string[] = [];
  const options = new Map<string, string>();
  for (const word of text.split(" ")) {
    const [name, value] = word.split("=") as [string, string | undefined];
    if (value !== undefined) options.set(name, value);
    else if (word === "held" || word === "blocked") options.set(word, "");
    else plain.push(word);
  }
  return { plain, options };
};

const policyIn = (options: ReadonlyMap<string, string>): JsonObject => ({
  quorum: Number(options.get("quorum") ?? 1),
  decisionWindow: Number(options.get("window") ?? 86_400),
  approvalMaxAge: Number(options.get("age") ?? 3_600),
});

/** The event a line states, without what must come of it. */
export const eventIn = (text: string): JsonObject => {
  const { plain, options } = wordsOf(text);
  const [when, who, type, ...args] = plain as [string, string, string, ...string[]];
  const role = options.get("as") ?? roles[who];
  if (role === undefined || !/^\d+$/.test(when)) throw new TypeError(`cannot read: ${text}`);
  const actor = {
    role,
    principal: who === "sys" ? "system" : who,
    credential: who === "sys" ? null : (options.get("key") ?? `${who}-key`),
  };
  const stamp = { type, at: Number(when), actor, tenant: options.get("t") ?? "t1" };
  const mailbox = { ...stamp, mailbox: options.get("b") ?? "b1" };
  const message = { ...mailbox, message: options.get("m") ?? "m1" };
  const held = options.has("held");
  const verdict = { score: held ? 7_400 : 1_200, held, blocked: options.has("blocked") };
  const wishes = { requestedMode: options.get("asks") ?? null, sendAt: Number(options.get("at") ?? 0), verdict };
  switch (type) {
    case "create_tenant":
    case "halt":
    case "resume":
      return stamp;
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
      return { ...message, base: digestNamed(args[0]!), digest: digestNamed(args[1]!), ...wishes };
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
      return { ...message, reviewer: args[0]!, verdict };
    default:
      throw new TypeError(`there is no event ${type}`);
  }
};

/** A tenant and one mailbox; `options` as in a line: `quorum=2 window=100 age=50`. */
export const mailbox = (mode: string, options = ""): readonly string[] => [
  "900 oda create_tenant",
  `900 oda create_mailbox ${mode}${options === "" ? "" : ` ${options}`}`,
];

/** One history. `before` is taken as given, so nothing is said of it but through the final state; each line of `events` says its end. */
export const history = (
  comment: string,
  requirements: string,
  flags: string,
  before: readonly string[],
  events: readonly string[],
): Draft => {
  const parts = events.map((line) => {
    const [text, said, ...rest] = line.split(" => ");
    if (text === undefined || said === undefined || rest.length > 0) throw new TypeError(`no single => in: ${line}`);
    return { event: eventIn(text), said };
  });
  return {
    comment,
    requirements: requirements.split(" ").map((one) => `OV-${one}`),
    flags: flags === "" ? [] : flags.split(" "),
    op: "run",
    given: { before: before.map(eventIn) },
    input: { events: parts.map(({ event }) => event) },
    result: parts.at(-1)!.said.startsWith("!") ? "invalid" : "valid",
    says: { kind: "history", steps: parts.map(({ said }) => said) },
  };
};

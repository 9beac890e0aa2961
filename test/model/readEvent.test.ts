/** Whatever is no event is refused before anything is decided on it, and the member to blame is named: of every type, and every member. */
import { Result } from "effect";
import { assert, describe, it } from "vitest";
import { MalformedEvent, transition, type Event } from "../../src/index.ts";
import { nearest } from "../../src/model/nearest.ts";
import { eventTypes, readEvent } from "../../src/model/readEvent.ts";

const stamp = { at: 10, actor: { role: "agent", principal: "ada", credential: "ak_1" }, tenant: "t" };
const onMailbox = { ...stamp, mailbox: "b" };
const onMessage = { ...onMailbox, message: "m" };
const digest = `sha256:${"a".repeat(64)}`;
const verdict = { score: 0, held: false, blocked: false };
const policy = { quorum: 1, decisionWindow: 60, approvalMaxAge: 60 };
const report = { ...onMessage, attempt: 1, reply: "250 2.0.0" };

/** One of each type, with every member that may stand in it. */
const samples = [
  { type: "submit", ...onMessage, digest, owner: "ann", requestedMode: "monitored", sendAt: 0, verdict },
  { type: "approve", ...onMessage, digest, verdict },
  { type: "reject", ...onMessage, digest },
  { type: "revise", ...onMessage, base: digest, digest, owner: "ann", requestedMode: "monitored", sendAt: 0, verdict },
  { type: "cancel", ...onMessage },
  { type: "expire", ...onMessage },
  { type: "release", ...onMessage },
  { type: "dispatch", ...onMessage, verdict },
  { type: "delivered", ...report },
  { type: "failed", ...report },
  { type: "deferred", ...report },
  { type: "lost", ...report },
  { type: "resolve", ...onMessage, outcome: "retry", digest, verdict },
  { type: "revoke", ...onMessage, reviewer: "ben", key: "ak_1", verdict },
  { type: "create_mailbox", ...onMailbox, mode: "gated_send", policy },
  { type: "set_mode", ...onMailbox, mode: "gated_send" },
  { type: "set_policy", ...onMailbox, policy },
  { type: "create_tenant", ...stamp },
  { type: "halt", ...stamp },
  { type: "resume", ...stamp },
  { type: "revoke_reviewer", ...stamp, reviewer: "ben" },
  { type: "reinstate_reviewer", ...stamp, reviewer: "ben" },
  { type: "create_key", ...stamp, key: "ak_2", principal: "ada", scopes: ["send"] },
  { type: "revoke_key", ...stamp, key: "ak_2" },
] as const;

/** Members that may be left out. */
const optional = new Set(["revise owner", "revoke key"]);

type Node = { readonly [name: string]: unknown };
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && !Array.isArray(value);

/** The way to every member, outermost first. */
const membersOf = (value: Node, above: readonly string[] = []): readonly (readonly string[])[] =>
  Object.entries(value).flatMap(([name, inner]) => [
    [...above, name],
    ...(isNode(inner) ? membersOf(inner, [...above, name]) : []),
  ]);

/** The same value with another one at a place; `undefined` takes the member away. */
const changed = (value: Node, [name, ...rest]: readonly string[], put: unknown): Node => {
  const { [name!]: inner, ...others } = value;
  if (rest.length > 0) return { ...others, [name!]: changed(inner as Node, rest, put) };
  return put === undefined ? others : { ...others, [name!]: put };
};

const faultOf = (value: unknown): MalformedEvent => {
  const read = readEvent(value);
  return Result.isFailure(read) ? read.failure : assert.fail(`it is taken for an event: ${JSON.stringify(value)}`);
};

const nothing = { tenant: null, mailbox: null, message: null };
/** What `transition` throws is what `readEvent` answers, and it throws before it looks at anything. */
const thrownBy = (value: unknown): unknown => {
  const watched = new Proxy(nothing, { get: () => assert.fail("the surroundings were looked at") });
  try {
    transition(watched, value as Event);
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
};

const isRefused = (value: unknown, field: string | null, words: RegExp): void => {
  const fault = faultOf(value);
  assert.instanceOf(fault, MalformedEvent);
  assert.strictEqual(fault.field, field);
  assert.match(fault.message, words);
  assert.notStrictEqual(fault.hint, "");
  assert.deepEqual(thrownBy(value), fault);
};

describe("readEvent", () => {
  it("knows every type there is, each by one sample", () => {
    assert.deepEqual(
      samples.map(({ type }) => type),
      eventTypes,
    );
  });

  it.each(samples)("$type: reads it as it is, and the rules decide on it", (event) => {
    assert.deepEqual(Result.getOrThrow(readEvent(event)), event as unknown as Event);
    assert.isBoolean(transition(nothing, event as unknown as Event).accepted);
  });

  it.each(samples)("$type: names each member that is missing, wrong, or not its own", (event) => {
    for (const path of membersOf(event)) {
      const field = path.join(".");
      if (optional.has(`${event.type} ${field}`)) Result.getOrThrow(readEvent(changed(event, path, undefined)));
      else isRefused(changed(event, path, undefined), field, field === "type" ? /no type/ : /is missing/);
      for (const wrong of [["neither"], { nor: 1 }, -1, 0.5, true, "", "sha256:A"]) {
        // Ids are any text, an attempt any whole number, a flag either of two.
        const value = path.reduce((inner, name) => (inner as Node)[name], event as unknown);
        if (typeof wrong === "boolean" && typeof value === "boolean") continue;
        if (wrong === -1 && path.at(-1) === "attempt") continue;
        if (typeof wrong === "string" && typeof value === "string" && isFreeText(path.at(-1)!)) continue;
        if (isNode(value) && isNode(wrong)) continue;
        if (Array.isArray(value) && Array.isArray(wrong)) continue;
        isRefused(changed(event, path, wrong), field, field === "type" ? /no event of type|no type/ : /is not usable/);
      }
    }
    for (const path of [
      [],
      ...membersOf(event).filter((path) => isNode(path.reduce((it: Node, name) => it[name] as Node, event))),
    ]) {
      const field = [...path, "besides"].join(".");
      isRefused(changed(event, [...path, "besides"], 1), field, /has no member/);
    }
  });

  it.each([null, undefined, 3, "submit", [], [samples[0]]])("%j is no event at all", (value) => {
    isRefused(value, null, /is an object/);
  });

  it("names what was probably meant", () => {
    assert.match(faultOf({ type: "rejct" }).hint, /Did you mean reject\?$/);
    assert.match(faultOf({ ...samples[0], ownr: "ann" }).hint, /Did you mean owner\?$/);
    assert.notMatch(faultOf({ type: "frobnicate" }).hint, /mean/);
    assert.isBelow(faultOf({ type: "x".repeat(100_000) }).message.length, 100);
    assert.isBelow(faultOf({ ...samples[0], ["x".repeat(100_000)]: 1 }).message.length, 100);
  });

  it("has no member of an object's prototype for a type or a member", () => {
    for (const name of ["constructor", "toString", "__proto__"]) {
      isRefused({ ...samples[0], type: name }, "type", /no event of type/);
      isRefused(
        JSON.parse(
          `{"type":"halt","at":10,"actor":{"role":"operator","principal":"p","credential":null},"tenant":"t","${name}":1}`,
        ),
        name,
        /has no member/,
      );
    }
  });
});

const isFreeText = (name: string): boolean =>
  ["tenant", "mailbox", "message", "principal", "credential", "owner", "reviewer", "key", "reply"].includes(name);

describe("nearest", () => {
  it.each([
    ["rejct", "reject"],
    ["raeject", "reject"],
    ["REJECT", "reject"],
    ["rejetc", "reject"],
    ["sumbit", "submit"],
    ["revoke_reviewr", "revoke_reviewer"],
  ])("%s is %s", (word, meant) => {
    assert.deepEqual(nearest(word, eventTypes), [meant]);
  });

  it("answers the closest first, each once, and none when none is close", () => {
    assert.deepEqual(nearest("ben", ["bob", "beth", "ben2", "ben2", "anna"], 2), ["ben2"]);
    assert.deepEqual(nearest("benny", ["bennie", "jenny", "penny", "kenny"], 3), ["jenny", "kenny", "penny"]);
    assert.deepEqual(nearest("x", ["y", "yz"], 9), ["y"]);
    assert.deepEqual(nearest("", ["a", "ab"]), ["a"]);
    assert.deepEqual(nearest("x".repeat(129), ["x".repeat(129)]), []);
    assert.deepEqual(nearest("approve", []), []);
  });
});

/**
 * What directed histories are made of: a small cast, three verdicts, contents by letter, and every word that one of the cast can say of the
 * message at a moment.
 */
import { system, type Actor, type Role } from "../../src/model/Actor.ts";
import type { MessageEvent, Policy, Verdict } from "../../src/model/Event.ts";
import type { State } from "../../src/model/State.ts";

const person = (role: Role, principal: string): Actor =>
  role === "system" ? system : { role, principal, credential: `${principal}-${role}` };
export const operator = person("operator", "oda");
export const agent = person("agent", "ada");
export const policy: Policy = { quorum: 2, decisionWindow: 10, approvalMaxAge: 20 };
export const clear: Verdict = { score: 100, held: false, blocked: false };
const calm: Verdict = { score: 300, held: false, blocked: false };
export const held: Verdict = { score: 9_000, held: true, blocked: false };
const blocked: Verdict = { score: 200, held: false, blocked: true };
export const content = (name: string): string => `sha256:${name.padEnd(64, "0")}`;
export const place = { tenant: "t1", mailbox: "b1" } as const;
export const start = 1_000;

/** `ada` wrote it and has an oversight credential too; `cat` answers for her. */
export const everybody: readonly Actor[] = [
  agent,
  person("agent", "bob"),
  person("reviewer", "ann"),
  person("reviewer", "ben"),
  person("reviewer", "ada"),
  person("reviewer", "cat"),
  operator,
  system,
];

/** Whose word each is. What anybody else says is refused whatever it says, so of that one will do. */
const fits: { readonly [type in MessageEvent["type"]]?: readonly Role[] } = {
  submit: ["agent"],
  approve: ["reviewer"],
  reject: ["reviewer"],
  revise: ["agent", "reviewer"],
  cancel: ["agent", "operator"],
  resolve: ["reviewer", "operator"],
  revoke: ["operator"],
};

export const unlessUnfit = (all: readonly MessageEvent[], role: Role): readonly MessageEvent[] => {
  const said = new Set<string>();
  return all.filter(({ type }) => (fits[type] ?? ["system"]).includes(role) || (!said.has(type) && said.add(type)));
};

/** What can be told of the message by this actor at this moment. */
export const words = (state: State, at: number, actor: Actor): readonly MessageEvent[] => {
  const message = state.messages.get("m");
  const stamp = { at, actor, ...place, message: "m" } as const;
  const now = message?.digest ?? content("a");
  const next = now === content("a") ? content("b") : content("a");
  const verdicts = [clear, held, blocked];
  const known = [now, content("c")];
  const contents = verdicts.flatMap((verdict) => [
    { digest: next, requestedMode: null, sendAt: 0, verdict },
    { digest: next, requestedMode: null, sendAt: at + 5, verdict },
  ]);
  const asked = { digest: next, requestedMode: "gated_send", sendAt: 0, verdict: clear } as const;
  const attempt = message?.attempt ?? 0;
  return [
    ...[...contents, asked].map((one) => ({ type: "submit" as const, ...stamp, ...one, owner: "cat" })),
    ...known.flatMap((digest) => [
      ...verdicts.map((verdict) => ({ type: "approve" as const, ...stamp, digest, verdict })),
      { type: "reject" as const, ...stamp, digest },
      ...[...contents, asked].map((one) => ({ type: "revise" as const, ...stamp, ...one, base: digest })),
      ...(["delivered", "failed", "retry"] as const).flatMap((outcome) =>
        [...verdicts, calm].map((verdict) => ({ type: "resolve" as const, ...stamp, digest, verdict, outcome })),
      ),
    ]),
    // Under the owner that the submit named, and under another.
    ...["cat", "zoe"].map((owner) => ({ type: "revise" as const, ...stamp, ...contents[0]!, base: now, owner })),
    ...(["cancel", "expire", "release"] as const).map((type) => ({ type, ...stamp })),
    ...[...verdicts, calm].map((verdict) => ({ type: "dispatch" as const, ...stamp, verdict })),
    ...(["delivered", "failed", "deferred", "lost"] as const).flatMap((type) =>
      [attempt, attempt - 1].map((one) => ({ type, ...stamp, attempt: Math.max(0, one), reply: "" })),
    ),
    ...["ann", "ben"].map((reviewer) => ({ type: "revoke" as const, ...stamp, reviewer, verdict: clear })),
    ...["ann-reviewer", "another"].map((key) => ({
      type: "revoke" as const,
      ...stamp,
      reviewer: "ann",
      key,
      verdict: clear,
    })),
  ];
};

/** One log with something of everything in it, for the tests that tamper: which entry is which is looked up by what it says. */
import type { Event, Verdict } from "../../src/model/Event.ts";
import { actor, Log, startTenant } from "./log.ts";

export const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const clean: Verdict = { score: 120, held: false, blocked: false };
const policy = { quorum: 1, decisionWindow: 86_400, approvalMaxAge: 86_400 };

export const agent = actor("t1", "agent", "bot");
export const ann = actor("t1", "reviewer", "ann");
export const ben = actor("t1", "reviewer", "ben");
export const oda = actor("t1", "operator", "oda");
const system = { role: "system", principal: "system", credential: null } as const;

const at = (n: number): number => 1_790_000_000 + n;
const on = (mailbox: string, message: string, n: number) => ({ at: at(n), tenant: "t1", mailbox, message });

export const submitted = (mailbox: string, message: string, n: number, content: string): Event => ({
  type: "submit",
  ...on(mailbox, message, n),
  actor: agent,
  digest: content,
  owner: null,
  requestedMode: null,
  sendAt: 0,
  verdict: clean,
});

const approved = (by: Event["actor"], message: string, n: number, content: string): Event => ({
  type: "approve",
  ...on("b1", message, n),
  actor: by,
  digest: content,
  verdict: clean,
});

const dispatched = (mailbox: string, message: string, n: number): Event => ({
  type: "dispatch",
  ...on(mailbox, message, n),
  actor: system,
  verdict: clean,
});

const reported = (type: "delivered" | "lost", mailbox: string, message: string, n: number, attempt = 1): Event => ({
  type,
  ...on(mailbox, message, n),
  actor: system,
  attempt,
  reply: "250 2.0.0",
});

/** Two tenants: `t1` with everything, `t2` with an entry now and then, so that an export of one withholds some of the other. */
export const sampleLog = (): Log => {
  const book = new Log();
  startTenant(book, "t1", at(0), [
    ["bot", "send"],
    ["ann", "oversight"],
    ["ben", "oversight"],
    ["oda", "admin"],
  ]);
  startTenant(book, "t2", at(0), [["zoe", "admin"]], oda);
  const zoe = actor("t2", "operator", "zoe");
  const box = { at: at(1), actor: oda, tenant: "t1", policy } as const;
  book.add({ type: "create_mailbox", ...box, mailbox: "b1", mode: "gated_send" });
  book.add({ type: "create_mailbox", ...box, mailbox: "b2", mode: "monitored" });
  book.add({ type: "create_mailbox", ...box, mailbox: "b3", mode: "gated_send", policy: { ...policy, quorum: 2 } });
  // Approved, handed over, delivered.
  book.add(submitted("b1", "m1", 10, digest("a")));
  book.add(approved(ann, "m1", 20, digest("a")));
  book.add(dispatched("b1", "m1", 21));
  book.add(reported("delivered", "b1", "m1", 22));
  book.add({ type: "halt", at: at(23), actor: zoe, tenant: "t2" });
  // Monitored: leaves at once, with a copy.
  book.add(submitted("b2", "m2", 30, digest("b")));
  book.add(dispatched("b2", "m2", 31));
  book.add(reported("delivered", "b2", "m2", 32));
  // Refused for the wrong content, by somebody who may not decide, and rejected in the end.
  book.add(submitted("b1", "m3", 40, digest("c")));
  book.add(approved(ann, "m3", 41, digest("d")));
  book.add({ type: "reject", ...on("b1", "m3", 42), actor: agent, digest: digest("c") });
  book.add({ type: "reject", ...on("b1", "m3", 43), actor: ben, digest: digest("c") });
  // A mode that an agent may not raise; a stop that stops nothing here.
  book.add({ type: "set_mode", at: at(50), actor: agent, tenant: "t1", mailbox: "b1", mode: "autonomous" });
  book.add({ type: "halt", at: at(51), actor: oda, tenant: "t1" });
  book.add({ type: "resume", at: at(52), actor: oda, tenant: "t1" });
  // Two must approve.
  book.add({ ...submitted("b3", "m4", 60, digest("e")) });
  book.add({ ...approved(ann, "m4", 61, digest("e")), mailbox: "b3" } as Event);
  book.add({ ...approved(ben, "m4", 62, digest("e")), mailbox: "b3" } as Event);
  book.add(dispatched("b3", "m4", 63));
  book.add(reported("lost", "b3", "m4", 64));
  book.add({
    type: "resolve",
    ...on("b3", "m4", 65),
    actor: ann,
    outcome: "delivered",
    digest: digest("e"),
    verdict: clean,
  });
  book.add({ type: "resume", at: at(66), actor: zoe, tenant: "t2" });
  // The last is a record that changes nothing.
  book.add({ type: "set_retention", at: at(70), actor: oda, tenant: "t1", days: 365 });
  return book;
};

/** Where the entry of this type is; `nth` of those about this message. */
export const find = (leaves: readonly string[], type: string, message: string | null = null, nth = 0): number => {
  const found = leaves.flatMap((leaf, index) => {
    const said = JSON.parse(leaf) as { type: string; message: string | null };
    return said.type === type && said.message === message ? [index] : [];
  });
  const index = found[nth];
  if (index === undefined) throw new Error(`no ${type} of ${message}`);
  return index;
};

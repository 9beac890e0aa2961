/** The directed histories take every transition of the machine, do every update and see every row of the modes: nothing of it by chance. */
import { assert, describe, it } from "vitest";
import { directed, unborn } from "../../proofs/check/directed.ts";
import { contradicted, said } from "../../proofs/check/history.ts";
import { factsOf } from "../../src/machine/facts.ts";
import { ModeMachine } from "../../src/machine/ModeMachine.ts";
import { OversightMachine, type MachineEvent } from "../../src/machine/OversightMachine.ts";
import { isUpdate, updates } from "../../src/machine/updates.ts";
import { table } from "../machine/table.ts";
import type { Entry } from "../machine/traces.ts";

interface Definition {
  readonly actions?: readonly (string | { readonly type: string })[];
}

const histories = directed();
const entries = histories.flatMap(({ log }) => log);

/** The definition the machine takes for an entry about a message, and the situation it takes it in. */
const takenBy = ({ event, before }: Entry) => {
  if (!("message" in event)) return undefined;
  const [tenant, mailbox] = [before.tenants.get(event.tenant), before.mailboxes.get(event.mailbox)];
  const message = before.messages.get(event.message) ?? unborn(event);
  if (tenant === undefined || mailbox === undefined) return undefined;
  const situation = { tenant, mailbox, message };
  const snapshot = OversightMachine.resolveState({ value: message.status });
  const told = { type: event.type, facts: factsOf(situation, event) } as MachineEvent;
  return { situation, event, definition: OversightMachine.getTransitionData(snapshot, told)?.[0] as unknown };
};
const taken = entries.map(takenBy).filter((one) => one !== undefined);

describe("the directed histories", () => {
  it("take every transition of the machine", () => {
    const seen = new Set(taken.map(({ definition }) => definition));
    const missed: string[] = [];
    for (const [status, { transitions }] of Object.entries(OversightMachine.states)) {
      for (const [event, list] of transitions)
        for (const [i, one] of list.entries()) if (!seen.has(one)) missed.push(`${status} ${event} ${i}`);
    }
    for (const [event, list] of OversightMachine.root.transitions)
      for (const [i, one] of list.entries()) if (!seen.has(one)) missed.push(`any ${event} ${i}`);
    assert.deepEqual(missed, []);
  });

  it("do every update where it changes the record", () => {
    const changing = new Set<string>();
    for (const { situation, event, definition } of taken) {
      for (const action of (definition as Definition).actions ?? []) {
        const type = typeof action === "string" ? action : action.type;
        if (!isUpdate(type)) continue;
        const { message } = situation;
        const fields = Object.entries(updates[type](situation, event));
        if (fields.some(([name, now]) => JSON.stringify(now) !== JSON.stringify(message[name as keyof typeof message])))
          changing.add(type);
      }
    }
    assert.deepEqual(
      Object.keys(updates).filter((name) => !changing.has(name)),
      [],
    );
  });

  it("have every row of the modes", () => {
    const moves = new Set<string>();
    const effective = new Set<string>();
    for (const { event, outcome, before } of entries) {
      const mailbox = "mailbox" in event ? before.mailboxes.get(event.mailbox) : undefined;
      if (mailbox === undefined) continue;
      if (event.type === "set_mode") moves.add(`${mailbox.mode} ${event.actor.role} ${event.mode}`);
      if (event.type === "submit" && outcome.mode !== null) {
        const halted = before.tenants.get(event.tenant)!.halted;
        effective.add(`${mailbox.mode} ${event.requestedMode} ${event.verdict.held} ${halted}`);
      }
    }
    for (const { mode, role, target } of table.set_mode) assert.isTrue(moves.has(`${mode} ${role} ${target}`));
    for (const { mailbox, requested, held, halted } of table.effective_mode)
      assert.isTrue(effective.has(`${mailbox} ${requested} ${held} ${halted}`));
    assert.equal(Object.keys(ModeMachine.states).length, table.modes.length);
  });

  it("stand at the second a time is up, and the one before", () => {
    const differences = new Set<number>();
    for (const { situation, event } of taken)
      if (event.type === "approve" && situation.message.status === "pending_approval")
        differences.add(event.at - situation.message.decideBy);
    assert.isTrue(differences.has(0) && differences.has(-1));
  });
});

describe("what a history says", () => {
  it("is not contradicted by the code that said it, and is by any other", () => {
    for (const trace of histories) assert.isFalse(contradicted(said(trace)));
    const trace = histories.at(-1)!;
    const { events, answers } = said(trace);
    for (const i of [0, answers.length - 2, answers.length - 1])
      assert.isTrue(contradicted({ events, answers: answers.with(i, ["exists", null, "read_only"]) }), String(i));
  });
});

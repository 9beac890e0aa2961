/**
 * The machine is the table: every row of `spec/transitions.json` against `OversightMachine` and `ModeMachine`, both ways.
 *
 * - All assignments of the facts an event's classes name are enumerated; the facts they do not name are tried all false,
 *   all true and mixed.
 * - That the others cannot matter is shown apart, by watching which facts the machine reads.
 */
import { describe, expect, it } from "vitest";
import { type Facts } from "../../src/machine/facts.ts";
import { ModeMachine } from "../../src/machine/ModeMachine.ts";
import { OversightMachine, type MachineEvent } from "../../src/machine/OversightMachine.ts";
import { stepMessage, transition } from "../../src/machine/transition.ts";
import { Role, system, type Actor } from "../../src/model/Actor.ts";
import { commands } from "../../src/model/Command.ts";
import { MessageEvent, type MessageEventType } from "../../src/model/Event.ts";
import { modeOrStrictest, modes, type Mode, effectiveMode } from "../../src/model/Mode.ts";
import { refusals } from "../../src/model/Refusal.ts";
import { statuses, type Status } from "../../src/model/State.ts";
import { classify, document, eventTypes, factNames, rowKey, rows, table, vectorsOf, type Row } from "./table.ts";
import type { Situation } from "../../src/model/approvals.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const agent: Actor = { role: "agent", principal: "agent", credential: "key" };

const situationAt = (status: Status): Situation => ({
  tenant: { id: "t", halted: false, revoked: [], version: 1 },
  mailbox: {
    id: "b",
    tenant: "t",
    mode: "gated_send",
    policy: { quorum: 1, decisionWindow: 100, approvalMaxAge: 100 },
    version: 1,
  },
  message: {
    id: "m",
    tenant: "t",
    mailbox: "b",
    status,
    version: 7,
    author: "agent",
    owner: null,
    digest: digest("a"),
    revision: 1,
    requestedMode: null,
    sendAt: 0,
    verdict: { score: 0, held: false, blocked: false },
    decideBy: 200,
    approvals: [{ reviewer: "anna", digest: digest("a"), at: 90 }],
    attempt: 1,
  },
});

/** One event of each type, with every field any type has: the machine must decide by the facts alone. */
const sample = (type: MessageEventType): MessageEvent =>
  ({
    type,
    at: 100,
    actor: type === "submit" ? agent : system,
    tenant: "t",
    mailbox: "b",
    message: "m",
    digest: digest("b"),
    base: digest("a"),
    owner: null,
    requestedMode: null,
    sendAt: 0,
    verdict: { score: 0, held: false, blocked: false },
    attempt: 1,
    reply: "",
    outcome: "retry",
    reviewer: "anna",
  }) as unknown as MessageEvent;

const answerOf = (status: Status, type: MessageEventType, facts: Facts) => {
  const result = stepMessage(situationAt(status), sample(type), facts);
  if (!result.accepted) return { refusal: result.refusal };
  const moved = { next: result.message.status, commands: result.commands };
  return result.refusal === null ? moved : { ...moved, refusal: result.refusal };
};

const answerIn = ({ next, commands, refusal }: Row) =>
  next === undefined ? { refusal } : refusal === undefined ? { next, commands } : { next, commands, refusal };

/** Rows' answers as text, by row. */
const written = new Map([...rows].map(([key, row]) => [key, JSON.stringify(answerIn(row))]));

interface Definition {
  readonly target?: unknown;
  readonly guard?: unknown;
  readonly meta?: { readonly spec?: readonly string[] };
}

const snapshots = new Map(statuses.map((status) => [status, OversightMachine.resolveState({ value: status })]));

/** The one transition the machine takes, found without taking it. */
const chosenBy = (status: Status, type: MessageEventType, facts: Facts): Definition => {
  const chosen = OversightMachine.getTransitionData(snapshots.get(status)!, { type, facts } as MachineEvent);
  if (chosen?.length !== 1) throw new Error(`${chosen?.length ?? 0} transitions for ${type} in ${status}`);
  return chosen[0] as unknown as Definition;
};

/** What the facts hold that an event's classes do not name. The last one repeats itself, but not with any period of two. */
const rests: readonly ((name: string) => string | boolean)[] = [
  (name) => (name === "role" ? "system" : name === "outcome" ? "none" : false),
  (name) => (name === "role" ? "reviewer" : name === "outcome" ? "retry" : true),
  (() => {
    let state = 20_260_101;
    const next = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 16;
    return (name: string) =>
      name === "role"
        ? table.roles[next() % 4]!
        : name === "outcome"
          ? (["delivered", "failed", "retry", "none"] as const)[next() % 4]!
          : next() % 2 === 1;
  })(),
];

describe("OV-1 one-door: the table", () => {
  it("OV-1 one-door: speaks of the same statuses, events, facts, commands, refusals, roles and modes as the model", () => {
    expect(table.statuses).toEqual(statuses);
    expect(table.commands).toEqual(commands);
    expect(table.refusals).toEqual(refusals);
    expect(table.modes).toEqual(modes);
    expect(table.roles).toEqual(Role.literals);
    expect(eventTypes).toEqual(MessageEvent.members.map((member) => member.fields.type.literal));
    expect(eventTypes).toHaveLength(14);
  });

  it("OV-1 one-door: has exactly one row for every status, event and class, and no other", () => {
    const wanted = table.statuses.flatMap((status) =>
      eventTypes.flatMap((event) => table.events[event].classes.map(({ class: name }) => rowKey(status, event, name))),
    );
    const present = table.rows.map((row) => rowKey(row.status, row.event, row.class));
    expect(present).toEqual(wanted);
    expect(new Set(present).size).toBe(present.length);
    for (const row of table.rows) {
      // OV-121: a row has what comes next or a refusal; both where a submit makes a refused message, and only there.
      const both = row.next === "refused";
      expect((row.refusal === undefined) !== (row.next === undefined), JSON.stringify(row)).toBe(!both);
      expect(row.refusal !== undefined || row.next !== undefined, JSON.stringify(row)).toBe(true);
      expect((row.next === undefined) === (row.commands === undefined), JSON.stringify(row)).toBe(true);
      if (row.next !== undefined) expect(table.statuses).toContain(row.next);
      for (const command of row.commands ?? []) expect(table.commands).toContain(command);
      if (row.refusal !== undefined) expect(table.refusals).toContain(row.refusal);
    }
  });

  it("OV-1 one-door: classes name only declared facts, end in one that always holds, and each of them can be met", () => {
    for (const event of eventTypes) {
      const { facts, classes } = table.events[event];
      expect(new Set(classes.map((one) => one.class)).size).toBe(classes.length);
      expect(classes.at(-1)?.when).toEqual({});
      const named = new Set(classes.flatMap((one) => Object.keys(one.when)));
      expect([...named].sort()).toEqual([...facts].sort());
      const met = new Set<string>();
      for (const vector of vectorsOf(event, rests[0]!)) met.add(classify(event, vector));
      expect([...met].sort()).toEqual(classes.map((one) => one.class).sort());
    }
  });
});

describe("OV-1 one-door: the machine is the table", () => {
  let compared = 0;
  for (const event of eventTypes) {
    it(`OV-1 one-door: ${event} in every status under every assignment of its facts`, () => {
      for (const rest of rests) {
        for (const facts of vectorsOf(event, rest)) {
          const name = classify(event, facts);
          for (const status of table.statuses) {
            const said = JSON.stringify(answerOf(status, event, facts));
            const wanted = written.get(rowKey(status, event, name));
            if (said !== wanted)
              expect.fail(`${status} ${event} ${name} ${JSON.stringify(facts)}: ${said}, not ${wanted}`);
            compared += 1;
          }
        }
      }
    });
  }

  it("OV-1 one-door: the comparison covered all vectors", () => {
    const perEvent = eventTypes.map((event) =>
      table.events[event].facts.reduce((n, f) => n * table.facts[f].values.length, 1),
    );
    const wanted = perEvent.reduce((sum, n) => sum + n, 0) * table.statuses.length * rests.length;
    expect(compared).toBe(wanted);
    console.info(`${table.rows.length} rows, ${compared} fact vectors compared`);
  });

  it("OV-1 one-door: the machine reads no fact that the table does not name for the event", () => {
    for (const event of eventTypes) {
      const read = new Set<string>();
      for (const facts of vectorsOf(event, rests[1]!)) {
        const watched = new Proxy(facts, {
          get: (target, name) => {
            read.add(String(name));
            return target[name as keyof Facts];
          },
        });
        for (const status of table.statuses) chosenBy(status, event, watched);
      }
      expect([...read].filter((name) => (factNames as readonly string[]).includes(name)).sort()).toEqual(
        [...table.events[event].facts].sort(),
      );
    }
  });
});

const transitionsOf = (on: object): readonly (readonly [string, Definition])[] =>
  Object.entries(on as Record<string, readonly Definition[]>).flatMap(([event, list]) =>
    list.map((definition) => [event, definition] as const),
  );

const definedIn = (place: string, on: object) =>
  transitionsOf(on).map(([event, definition], index) => ({ name: `${place}/${event}#${index}`, event, definition }));

const oversightTransitions = [
  ...definedIn("root", OversightMachine.root.on),
  ...Object.entries(OversightMachine.states).flatMap(([status, node]) => definedIn(status, node.on)),
];
const modeTransitions = Object.entries(ModeMachine.states).flatMap(([mode, node]) => definedIn(mode, node.on));

describe("OV-1 one-door: the table is the machine", () => {
  it("OV-1 one-door: every transition of the machine is taken by at least one row", () => {
    const taken = new Map<Definition, Set<string>>();
    for (const event of eventTypes) {
      for (const facts of vectorsOf(event, rests[0]!)) {
        const name = classify(event, facts);
        for (const status of table.statuses) {
          const definition = chosenBy(status, event, facts);
          taken.set(definition, (taken.get(definition) ?? new Set()).add(rowKey(status, event, name)));
        }
      }
    }
    const idle = oversightTransitions.filter(({ definition }) => !taken.has(definition)).map(({ name }) => name);
    expect(idle).toEqual([]);
    expect(oversightTransitions.length).toBeGreaterThan(100);
    expect(taken.size).toBe(oversightTransitions.length);
    // In the places where the machine decides, one transition answers for one class and no two classes share one.
    for (const { definition, name } of oversightTransitions) {
      if (name.startsWith("root/")) continue;
      expect([...taken.get(definition)!].length, name).toBeLessThanOrEqual(name.includes("/revoke") ? 2 : 1);
    }
  });

  it("OV-1 one-door: every transition cites clauses that exist", () => {
    const text = ["modes.md", "lifecycle.md", "decisions.md", "signing.md"].map(document).join("\n");
    const clauses = new Set([...text.matchAll(/^### (OV-\d+) · [a-z0-9-]+$/gm)].map((match) => match[1]!));
    expect(clauses.size).toBeGreaterThanOrEqual(37);
    for (const { name, definition } of [...oversightTransitions, ...modeTransitions]) {
      const cited = definition.meta?.spec ?? [];
      expect(cited.length, name).toBeGreaterThan(0);
      for (const clause of cited) expect(clauses, name).toContain(clause);
    }
  });
});

describe("modes", () => {
  it("OV-2 effective-mode-is-strictest, OV-9, OV-38: effective_mode has every combination once, and the code agrees", () => {
    const seen = new Set<string>();
    for (const { mailbox, requested, held, halted, mode } of table.effective_mode) {
      seen.add(JSON.stringify([mailbox, requested, held, halted]));
      expect(effectiveMode(mailbox, requested, held, halted)).toBe(mode);
    }
    expect(seen.size).toBe(5 * 6 * 2 * 2);
    expect(table.effective_mode).toHaveLength(seen.size);
  });

  it("OV-3 agent-never-raises-mode: set_mode has every combination once, and ModeMachine agrees", () => {
    const seen = new Set<string>();
    const { tenant, mailbox } = situationAt("new");
    for (const { mode, role, target, ...answer } of table.set_mode) {
      seen.add(JSON.stringify([mode, role, target]));
      const actor = { role, principal: "someone", credential: null };
      const outcome = transition(
        { tenant, mailbox: { ...mailbox, mode }, message: null },
        { type: "set_mode", at: 100, actor, tenant: "t", mailbox: "b", mode: target },
      );
      expect(outcome.accepted ? { next: outcome.mailbox?.mode } : { refusal: outcome.refusal }).toEqual(answer);
    }
    expect(seen.size).toBe(5 * 4 * 5);
    expect(table.set_mode).toHaveLength(seen.size);
  });

  it("OV-4 unknown-mode-closes: whatever is not one of the five modes is read_only", () => {
    for (const value of ["", "GATED_SEND", "autonomous ", "none", null, undefined, 4, {}, ["autonomous"], NaN]) {
      expect(modeOrStrictest(value)).toBe("read_only");
      for (const [mailbox, requested] of [
        [value, null],
        [value, "autonomous"],
      ] as const) {
        expect(effectiveMode(mailbox as Mode, requested, false, false)).toBe("read_only");
      }
    }
    expect(effectiveMode("autonomous", "nonsense" as Mode, false, false)).toBe("read_only");
    for (const mode of modes) expect(modeOrStrictest(mode)).toBe(mode);
  });
});

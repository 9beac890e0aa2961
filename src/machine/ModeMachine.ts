/**
 * The five oversight modes of a mailbox, as an XState machine: lowering is open to the agent and the operator, raising to
 * the operator alone. It freezes and frees no message by itself: each message asks for the effective mode when it moves.
 */
import { setup } from "xstate";
import type { Role } from "../model/Actor.ts";
import { isLooser, modes, type Mode } from "../model/Mode.ts";
import type { Refusal } from "../model/Refusal.ts";

type SetModeEvent = { readonly type: "set_mode"; readonly role: Role; readonly mode: Mode };

const machine = setup({
  types: { events: {} as SetModeEvent },
  guards: {
    unless_role: ({ event }, params: { readonly roles: readonly Role[] }) => !params.roles.includes(event.role),
    asks: ({ event }, params: { readonly mode: Mode }) => event.mode === params.mode,
    agent_asks: ({ event }, params: { readonly mode: Mode }) => event.role === "agent" && event.mode === params.mode,
  },
  actions: { refuse: (_: unknown, _refusal: { readonly refusal: Refusal }) => {} },
});

const refuse = (refusal: Refusal) => ({ type: "refuse", params: { refusal } }) as const;

/** From one mode: the same mode changes nothing, a looser one is the operator's to give, a stricter one is open. */
const leaving = (from: Mode) => ({
  on: {
    set_mode: [
      {
        guard: { type: "unless_role" as const, params: { roles: ["agent", "operator"] as const } },
        actions: refuse("not_permitted"),
        meta: { spec: ["OV-20"] },
      },
      {
        guard: { type: "asks" as const, params: { mode: from } },
        actions: refuse("no_change"),
        meta: { spec: ["OV-3"] },
      },
      ...modes
        .filter((to) => isLooser(to, from))
        .map((to) => ({
          guard: { type: "agent_asks" as const, params: { mode: to } },
          actions: refuse("mode_raise"),
          meta: { spec: ["OV-3"] },
        })),
      ...modes
        .filter((to) => to !== from)
        .map((to) => ({
          guard: { type: "asks" as const, params: { mode: to } },
          target: to,
          meta: { spec: ["OV-3", "OV-8"] },
        })),
    ],
  },
});

export const ModeMachine = machine.createMachine({
  id: "mode",
  initial: "gated_send",
  states: {
    read_only: leaving("read_only"),
    gated_all: leaving("gated_all"),
    gated_send: leaving("gated_send"),
    monitored: leaving("monitored"),
    autonomous: leaving("autonomous"),
  },
});

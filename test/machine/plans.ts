/** Plans of random traces: small numbers, which `moves.ts` reads against the world as it is. */
import fc from "fast-check";
import type { Policy } from "../../src/model/Event.ts";
import type { Mode } from "../../src/model/Mode.ts";

const weights = {
  submit: 4,
  approve: 8,
  reject: 1,
  revise: 4,
  cancel: 1,
  expire: 3,
  release: 2,
  dispatch: 8,
  delivered: 1,
  failed: 1,
  deferred: 2,
  lost: 4,
  resolve: 4,
  revoke_reviewer: 2,
  reinstate_reviewer: 3,
  revoke_key: 2,
  stop: 3,
  set_mode: 4,
  set_policy: 2,
  race: 3,
  other: 1,
} as const;
export type Kind = keyof typeof weights;

/** What is to be tried, and a number from which everything else about it is drawn. */
export interface Move {
  readonly kind: Kind;
  readonly seed: number;
}

export interface Plan {
  readonly modes: readonly Mode[];
  readonly policies: readonly Policy[];
  readonly moves: readonly Move[];
}

const policy: fc.Arbitrary<Policy> = fc.record({
  quorum: fc.constantFrom(1, 1, 2, 2, 3),
  decisionWindow: fc.constantFrom(60, 120, 400, 2_000),
  approvalMaxAge: fc.constantFrom(40, 80, 300, 2_000),
});
export const someModes = [
  "gated_send",
  "monitored",
  "autonomous",
  "gated_send",
  "autonomous",
  "gated_all",
  "read_only",
] as const;

export const plans: fc.Arbitrary<Plan> = fc.record({
  modes: fc.array(fc.constantFrom(...someModes), { minLength: 3, maxLength: 3 }),
  policies: fc.array(policy, { minLength: 3, maxLength: 3 }),
  moves: fc.array(
    fc.record({
      kind: fc.constantFrom(
        ...Object.entries(weights).flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind as Kind)),
      ),
      seed: fc.noBias(fc.nat({ max: 0x7fff_ffff })),
    }),
    { minLength: 36, maxLength: 56, size: "max" },
  ),
});

/** Numbers drawn from a move, one after another, each below its bound. */
export type Draw = (bound: number) => number;
export const drawing = (seed: number): Draw => {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * bound);
  };
};

export const pick = <A>(list: readonly A[], draw: Draw): A => list[draw(list.length)]!;

/** How much of the running code every run replays at least, whatever its seed. Apart from what makes the traces, which needs packages. */
export const least = { traces: 300, events: 3_000 } as const;
/** The running code was seen to differ from the model before Lean was even asked. */
export class Disagreement extends Error {}

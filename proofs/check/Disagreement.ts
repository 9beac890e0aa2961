/** The running code was seen to differ from the model before Lean was even asked. */
export class Disagreement extends Error {}

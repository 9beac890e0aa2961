import { it } from "vitest";

/** A test that waits for the one before it, in a suite whose stores are tested side by side. */
export const inTurn = (name: string, test: () => void | Promise<void>): void => it(name, { concurrent: false }, test);

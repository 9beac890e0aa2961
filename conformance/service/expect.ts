/** How a check says that something is not as it must be. */

/** What the server did is not what the specification says. Its message is what the report shows. */
export class Unmet extends Error {
  override readonly name = "Unmet";
}

/** Throws `Unmet` with the message unless it holds. */
export function expect(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Unmet(message);
}

/** Both as JSON. */
export const same = (actual: unknown, wanted: unknown, what: string): void => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(wanted)];
  expect(a === b, `${what}: ${b} was expected, and it is ${a}`);
};

/** How the demo tells its steps: numbered, with what was done and what came of it. */

/** Where the demo is seen, and what of it is kept. */
export interface Screen {
  readonly line: (text: string) => void;
  readonly colour: boolean;
  /** Where to leave the delivered message, the public keys and the log for others to check; `null` leaves nothing. */
  readonly keep: string | null;
  /** Whether what stands there already is written over; otherwise the story ends at the first such file. */
  readonly overwrite: boolean;
}

export const narratorOf = (screen: Screen) => {
  const paint = (code: number, text: string) => (screen.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  let steps = 0;
  const step = (text: string) => screen.line(`\n${paint(1, `${String(++steps).padStart(2)}. ${text}`)}`);
  const detail = (name: string, value: unknown) =>
    screen.line(`    ${paint(2, name.padEnd(18))} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  const good = (text: string) => screen.line(`    ${paint(32, "✓")} ${text}`);
  return { paint, step, detail, good, steps: (): number => steps };
};

export type Narrator = ReturnType<typeof narratorOf>;

/** The logs of `logs.txt`: their entries as lines (see `../event.ts`) and as leaves. */
import { beginningsIn, begun } from "../histories.ts";
import { leavesOf, type Leaf } from "./logbook.ts";

export const logs = beginningsIn("audit/logs.txt");

export const leavesOfLog = (name: string): readonly Leaf[] => leavesOf(begun(name, logs));

/** The place of the one entry whose event ends so. Throws a `TypeError` where it is not one. */
export const placeIn = (lines: readonly string[], end: string): number => {
  const places = lines.flatMap((line, i) => (line.endsWith(` ${end}`) ? [i] : []));
  if (places.length !== 1) throw new TypeError(`${places.length} entries, not one, are of an event ${end}`);
  return places[0]!;
};
export const placeOf = (name: string, end: string): number => placeIn(begun(name, logs), end);

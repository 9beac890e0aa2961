/**
 * Runs every broken client against every vector of the operations it breaks.
 *
 *     node conformance/tools/faults.ts             each is caught by exactly the vectors that caught.json names; status 1 if not
 *     node conformance/tools/faults.ts --update    writes caught.json
 *
 * A fault changes only the operations it names, so the vectors of the others are the reference's to answer, and are not run again.
 */
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { broken, faults, type Fault } from "../clients/broken/faults.ts";
import { mismatch } from "../runner/compare.ts";
import { readVectors, type Vector } from "../runner/vectors.ts";

const file = new URL("../clients/broken/caught.json", import.meta.url);

/** Fault names and the ids of the vectors that catch them. */
export type Caught = Readonly<Record<string, readonly string[]>>;

/** The vectors that this client fails, in the order of the suites. */
export const failedBy = async (fault: Fault, vectors: readonly Vector[]): Promise<readonly string[]> => {
  const answer = broken(fault);
  const failed: string[] = [];
  for (const vector of vectors) {
    if (fault.operations[vector.op] === undefined) continue;
    let wrong: string | null;
    try {
      wrong = mismatch(vector.expect, (await answer(vector)) as never);
    } catch (cause) {
      throw new Error(`${fault.name} broke down at ${vector.id}: it must answer, wrongly`, { cause });
    }
    if (wrong !== null) failed.push(vector.id);
  }
  return failed;
};

export const caughtNow = async (): Promise<Caught> => {
  const { vectors } = readVectors();
  const caught: Record<string, readonly string[]> = {};
  for (const fault of faults) caught[fault.name] = await failedBy(fault, vectors);
  return caught;
};

export const caughtAsNamed = (): Caught => (existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Caught) : {});

/** What is wrong with a set of catches: a fault nobody catches, or whose own clauses' vectors do not. */
export const objections = (caught: Caught): readonly string[] => {
  const requirements = new Map(readVectors().vectors.map(({ id, requirements: own }) => [id, own]));
  return faults.flatMap(({ name, violates }) => {
    const ids = caught[name] ?? [];
    if (ids.length === 0) return [`${name} is caught by nothing`];
    return violates
      .filter((clause) => !ids.some((id) => requirements.get(id)?.includes(clause)))
      .map((clause) => `${name} violates ${clause}, and no vector of ${clause} catches it`);
  });
};

const different = (named: Caught, now: Caught): readonly string[] =>
  [...new Set([...Object.keys(named), ...Object.keys(now)])].flatMap((name) => {
    const [a, b] = [named[name], now[name]];
    if (a === undefined || b === undefined)
      return [`${name} is ${a === undefined ? "not in caught.json" : "no fault"}`];
    const more = b.filter((id) => !a.includes(id));
    const less = a.filter((id) => !b.includes(id));
    return more.length + less.length === 0
      ? []
      : [`${name}: caught also by [${more.join(", ")}], not by [${less.join(", ")}]`];
  });

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const now = await caughtNow();
  if (process.argv.includes("--update")) {
    const lines = Object.entries(now).map(([name, ids]) => `  ${JSON.stringify(name)}: ${JSON.stringify(ids)}`);
    writeFileSync(file, `{\n${lines.join(",\n")}\n}\n`);
  }
  const wrong = [...different(caughtAsNamed(), now), ...objections(now)];
  for (const line of wrong) console.error(line);
  console.log(
    `${faults.length} broken clients, ${faults.length - wrong.length} caught by exactly the vectors they name`,
  );
  process.exitCode = wrong.length > 0 ? 1 : 0;
}

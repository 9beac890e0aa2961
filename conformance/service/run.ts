/** Runs the checks against a server, side by side where they may, and says of each what it showed. */
import type { ClientInfo, Note, VectorResult } from "../runner/report.ts";
import { notes, type Check } from "./check.ts";
import { Unmet } from "./expect.ts";
import { allChecks } from "./checks.ts";
import { startReceiver } from "./receiver.ts";
import { openWorld, pause, type Options, type World } from "./world.ts";

export interface ServiceOptions extends Omit<Options, "receiver"> {
  /** Where the suite's SMTP server listens; the server under test must hand its mail over there. */
  readonly smtp: { readonly host: string; readonly port: number };
  /** Only these ids; the report then says nothing about conformance. */
  readonly only?: ReadonlySet<string>;
  /** How many checks at once. Default 16. */
  readonly parallel?: number;
  readonly progress?: (done: number, total: number, failed: number) => void;
}

export interface ServiceRun {
  readonly client: ClientInfo;
  readonly results: readonly VectorResult[];
  /** Why the checks could not be run; not the same as not conforming. */
  readonly fault: string | null;
  readonly notes: Readonly<Record<string, Note>>;
}

/** The longest one check may take, milliseconds. */
const patience = 100_000;

/** Found at the end of a run: what arrived late, after the check had looked. */
export const strayCheck = {
  id: "service-doors-9999",
  comment: "at the end of the run, nothing has arrived that no check let go",
  requirements: ["OV-39", "OV-5", "OV-32"],
  flags: ["Bypass", "Replay"],
} as const;

/** How long the last mail that must not be there is waited for. */
const aftermath = 1500;

const resultOf = (check: Omit<Check, "run">, status: VectorResult["status"], context: string | null): VectorResult => ({
  id: check.id,
  level: "service",
  comment: check.comment,
  requirements: check.requirements,
  flags: check.flags,
  status,
  counted: true,
  context,
});

const tried = async (check: Check, world: World): Promise<VectorResult> => {
  if (check.feature === "tenants" && world.otherAdmin === null) {
    return resultOf(check, "unsupported", "there is no second tenant: give --other-admin-key");
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unmet(`it did not end in ${patience / 1000} s`)), patience);
  });
  try {
    await Promise.race([check.run(world), late]);
    return resultOf(check, "pass", null);
  } catch (error) {
    // What is not `Unmet` is an answer of a shape that the check did not foresee, and so a failure too.
    const words = error instanceof Unmet ? error.message : `an answer could not be read: ${String(error)}`;
    return resultOf(check, "fail", words);
  } finally {
    clearTimeout(timer);
  }
};

/** Runs the level. Rejects only when the suite itself breaks. */
export const runService = async (options: ServiceOptions): Promise<ServiceRun> => {
  const checks = allChecks.filter(({ id }) => options.only?.has(id) ?? true);
  const results = new Map<string, VectorResult>();
  const client: ClientInfo = { name: options.base, version: "", features: [] };
  const receiver = await startReceiver(options.smtp.host, options.smtp.port);
  try {
    let world: World;
    try {
      world = await openWorld({ ...options, receiver });
      const began = Date.now();
      const house = await world.house({ oversight_mode: "autonomous" });
      await house.leaves(await house.sent());
      // With many checks at once the same takes several times as long.
      const seconds = (Date.now() - began) / 1000;
      world = { ...world, soon: Math.min(Math.max(6, Math.ceil(seconds * 4)), 30) };
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      const fault = `the server cannot be tested: ${words}. It must be reachable at ${options.base}, take the admin key, and hand its mail over to ${receiver.url}.`;
      return { client, results: [], fault, notes };
    }
    let failed = 0;
    const done = (result: VectorResult): void => {
      results.set(result.id, result);
      if (result.status !== "pass" && result.status !== "unsupported") failed += 1;
      options.progress?.(results.size, checks.length, failed);
    };
    // Only a mailbox whose check passed says something about what came after.
    const mailboxes = new Map<string, Set<string>>();
    const work = async (waiting: IterableIterator<Check>): Promise<void> => {
      for (const check of waiting) {
        const addresses = new Set<string>();
        mailboxes.set(check.id, addresses);
        done(await tried(check, { ...world.noting(addresses), soon: world.soon }));
      }
    };
    const slow = Promise.all(checks.filter((check) => check.slow === true).map((check) => work([check].values())));
    const together = checks.filter(({ alone, slow }) => alone !== true && slow !== true).values();
    await Promise.all(Array.from({ length: options.parallel ?? 16 }, () => work(together)));
    // What stops a whole tenant does not stop the other one, in which the slow ones wait.
    if (world.otherAdmin === null) await slow;
    await work(checks.filter(({ alone }) => alone === true).values());
    await slow;
    await pause(aftermath);
    const settled = new Set(
      [...mailboxes].flatMap(([id, addresses]) => (results.get(id)?.status === "pass" ? [...addresses] : [])),
    );
    const strays = world.strays(settled);
    const stray = resultOf(
      strayCheck,
      strays.length === 0 ? "pass" : "fail",
      strays.length === 0 ? null : `arrived: ${strays.join(", ")}`,
    );
    const features = world.otherAdmin === null ? [] : ["tenants"];
    return {
      client: { ...client, features },
      results: [...checks.map(({ id }) => results.get(id)!), stray],
      fault: null,
      notes,
    };
  } finally {
    await receiver.stop();
  }
};

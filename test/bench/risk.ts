/**
 * `npm run bench:risk [domains] [rounds]`: verdicts a second on domains nobody has asked about (cold) and on the same ones again (warm),
 * against the resolver alone in the same run and interleaved, over a name server in a process of its own on this machine; and how long one
 * warm verdict takes, by the clock and by the CPU (on a busy
 * machine only the second is ours).
 *
 * - The assessor asks DNS for the mail exchanger, SPF and DMARC of each domain; "resolver, same questions" asks the very same three of
 *   a bare `node:dns` resolver, "resolver, MX alone" the first. All keep 64 domains under way. Before a number counts, every verdict must be
 *   known, not late.
 * - One recipient a message. Lists and lookalikes are in every verdict; registries, feeds and block lists are not.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, loadavg } from "node:os";
import { Resolver } from "node:dns/promises";
import { Effect, Exit, Layer, Scope, Context } from "effect";
import { layerAssessor, layerIdleFeeds } from "../../src/risk/layers.ts";
import { RiskAssessor } from "../../src/risk/RiskAssessor.ts";
import { RISK_OFF } from "../../src/risk/RiskSettings.ts";
import { layerFetch } from "../../src/server/layerFetch.ts";

const domains = Number(process.argv[2] ?? 2_000);
const rounds = Number(process.argv[3] ?? 5);
const atOnce = 64;
const samples = 20_000;
const window = 1_000;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const lists = { deny: [], allow: [] };
const none: readonly string[] = [];

/** Works through the names, so many at a time. Answers names a second. */
const through = async (names: readonly string[], work: (name: string) => Promise<unknown>): Promise<number> => {
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < names.length) await work(names[next++]!);
    }),
  );
  return names.length / ((performance.now() - start) / 1_000);
};

const child = fork(new URL("./nameServer.ts", import.meta.url), { stdio: "inherit" });
const [{ address }] = (await once(child, "message")) as [{ address: string }];
const scope = Scope.makeUnsafe();
try {
  const settings = { ...RISK_OFF, dns: true, dnsServers: [address], budgetMillis: 10_000 };
  const context = await Effect.runPromise(
    Layer.buildWithScope(
      layerAssessor(settings, { ownDomains: ["acme.example"] }).pipe(
        Layer.provide(Layer.orDie(layerIdleFeeds(settings))),
        Layer.provide(layerFetch),
      ),
      scope,
    ),
  );
  const assessor = Context.get(context, RiskAssessor);
  const verdict = (domain: string) =>
    Effect.runPromise(
      assessor.assess({
        recipients: [{ addrSpec: `x@${domain}`, domain }],
        replyTo: null,
        ownDomains: none,
        knownDomains: none,
        lists,
      }),
    );
  const known = async (domain: string): Promise<void> => {
    const { unknown, signals } = await verdict(domain);
    if (unknown) throw new Error(`${domain} is unknown: ${JSON.stringify(signals)}`);
  };
  const resolver = new Resolver();
  resolver.setServers([address]);

  const results = { cold: [] as number[], warm: [] as number[], mx: [] as number[], same: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    const names = Array.from({ length: domains }, (_, i) => `name${i}.round${round + 1}-${i}.com`);
    const of = {
      mx: await through(names, (name) => resolver.resolveMx(name)),
      cold: await through(names, known),
      same: await through(names, (name) =>
        Promise.all([resolver.resolveMx(name), resolver.resolveTxt(name), resolver.resolveTxt(`_dmarc.${name}`)]),
      ),
      warm: await through(names, known),
    };
    // The first is for the compiler.
    if (round >= 0) for (const kind of ["cold", "warm", "mx", "same"] as const) results[kind].push(of[kind]);
  }

  const names = Array.from({ length: 500 }, (_, i) => `name${i}.round${rounds}-${i}.com`);
  const times: number[] = [];
  const before = process.threadCpuUsage();
  for (let i = 0; i < samples; i++) {
    const start = performance.now();
    await verdict(names[i % names.length]!);
    times.push(performance.now() - start);
  }
  const { user, system } = process.threadCpuUsage(before);
  const at = (values: readonly number[], share: number): number =>
    values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;
  // On a machine that others use too, the slowest hundredth is theirs: so also by windows, of which some are undisturbed.
  const windows = Array.from({ length: samples / window }, (_, i) =>
    at(times.slice(i * window, (i + 1) * window), 0.99),
  );
  const ms = (value: number): string => `${value.toFixed(3)} ms`;

  const show = (name: string, values: readonly number[]): string =>
    `${name.padEnd(30)} ${Math.round(median(values)).toLocaleString("en").padStart(8)}/s  (${Math.round(Math.min(...values)).toLocaleString("en")} to ${Math.round(Math.max(...values)).toLocaleString("en")})`;
  console.log(`${domains} domains, ${rounds} rounds, ${atOnce} at once; medians, least and most`);
  console.log(show("verdicts, cold", results.cold));
  console.log(show("verdicts, warm", results.warm));
  console.log(show("resolver, MX alone", results.mx));
  console.log(show("resolver, same questions", results.same));
  const ratio = (of: readonly number[], to: readonly number[]) =>
    median(of.map((value, i) => value / to[i]!)).toFixed(2);
  console.log(`cold verdicts ÷ resolver with the same questions: ${ratio(results.cold, results.same)}`);
  console.log(`warm verdicts ÷ resolver with MX alone: ${ratio(results.warm, results.mx)}`);
  console.log(
    `one warm verdict, ${samples.toLocaleString("en")} times: median ${ms(at(times, 0.5))}, p99 ${ms(at(times, 0.99))}; ` +
      `p99 of windows of ${window}: median ${ms(median(windows))}, least ${ms(Math.min(...windows))}; CPU ${ms((user + system) / 1_000 / samples)} each`,
  );
  console.log(
    `load of the machine over the last minute: ${loadavg()[0]!.toFixed(1)} on ${availableParallelism()} cores`,
  );
} finally {
  await Effect.runPromise(Scope.close(scope, Exit.void));
  child.disconnect();
}

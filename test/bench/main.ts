/**
 * Governed messages a second ÷ bare nodemailer messages a second, on SQLite and on PostgreSQL, interleaved in one run on one
 * receiver, with CPU µs a message. `npm run bench -- [messages] [rounds] [contenders]`, contenders being any of `sqlite,postgres`.
 *
 * - Governed = submit (MIME, risk, digest, signature, durable) + approve (durable) + dispatch (durable, two signatures) + SMTP +
 *   outcome (durable), through the real door, dispatcher and transport; 256 messages in flight. No HTTP, no TLS, no DNS.
 * - Bare = the same drafts given to a nodemailer pool of 10 connections.
 * - Before a number counts, the store must say that every message is delivered, and the receiver that it got as many.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bare, body, governed, inFlight } from "./contenders.ts";
import { startPostgres } from "../support/postgres.ts";

const messages = Number(process.argv[2] ?? 2000);
const rounds = Number(process.argv[3] ?? 7);
const wanted = (process.argv[4] ?? "sqlite,postgres").split(",");

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const countOf = async (receiver: ChildProcess): Promise<number> => {
  receiver.send("count");
  const [answer] = (await once(receiver, "message")) as [{ count: number }];
  return answer.count;
};

const folder = mkdtempSync(join(tmpdir(), "countersign-bench-"));
const receiver = fork(new URL("./receiver.ts", import.meta.url), { stdio: "inherit" });
const [{ port }] = (await once(receiver, "message")) as [{ port: number }];
const postgres = wanted.includes("postgres") ? await startPostgres({ fsync: true }) : null;
try {
  const contenders = [
    bare(port),
    ...(wanted.includes("sqlite") ? [await governed("governed, SQLite", join(folder, "bench.db"), port)] : []),
    ...(postgres === null ? [] : [await governed("governed, PostgreSQL", await postgres.freshDatabase(), port)]),
  ];
  console.log(`${messages} messages × ${rounds} rounds, interleaved, ${inFlight} in flight, ${body.length} B of text`);
  for (const contender of contenders) await contender.run(Math.min(messages, 300));
  const results = contenders.map(() => [] as { readonly rate: number; readonly cpu: number }[]);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      // Another order each round, so that none always runs after the same one.
      const which = (turn + round) % contenders.length;
      const before = await countOf(receiver);
      const cpu = process.cpuUsage();
      const started = performance.now();
      await contenders[which]!.run(messages);
      const seconds = (performance.now() - started) / 1000;
      const used = process.cpuUsage(cpu);
      const got = (await countOf(receiver)) - before;
      if (got !== messages) throw new Error(`${contenders[which]!.name}: the receiver got ${got} of ${messages}`);
      results[which]!.push({ rate: messages / seconds, cpu: (used.user + used.system) / messages });
    }
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  console.log("| contender | messages/s, median (min - max) | CPU µs/message | ÷ bare, median (min - max) |");
  console.log("|---|---|---|---|");
  for (const [which, contender] of contenders.entries()) {
    const rates = results[which]!.map(({ rate }) => rate);
    const ratios = rates.map((rate, round) => rate / results[0]![round]!.rate);
    const range = (values: readonly number[], digits: number) =>
      `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} - ${Math.max(...values).toFixed(digits)})`;
    console.log(
      `| ${contender.name} | ${range(rates, 0)} | ${median(results[which]!.map(({ cpu }) => cpu)).toFixed(0)} | ${range(ratios, 2)} |`,
    );
  }
  for (const contender of contenders) await contender.stop();
} finally {
  await postgres?.stop();
  receiver.disconnect();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

/**
 * The SMTP client alone: messages a second and CPU µs a message of this process, beside nodemailer's pool over the same receiver, in one
 * interleaved run. `node test/bench/smtp.ts [messages] [rounds]`
 *
 * - 10 connections each, no TLS, finished messages of 2.4 KB, 64 asked for at once. The receiver is a process of its own.
 * - Ours is the product's transport: reserve, permit, pipelined transaction, outcome.
 * - Before a number counts, the receiver must say that it got as many.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { Effect, FiberSet, ManagedRuntime } from "effect";
import { createTransport } from "nodemailer";
import { layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { Transport } from "../../src/delivery/Transport.ts";
import { permitOf, text } from "../delivery/permit.ts";
import { body } from "./contenders.ts";

const messages = Number(process.argv[2] ?? 5000);
const rounds = Number(process.argv[3] ?? 7);
const atOnce = 64;
const raw = text(body.replaceAll("\n", "\r\n"));

interface Contender {
  readonly name: string;
  readonly run: (count: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const nodemailer = (port: number): Contender => {
  const pool = createTransport({
    host: "127.0.0.1",
    port,
    pool: true,
    maxConnections: 10,
    maxMessages: Infinity,
    ignoreTLS: true,
  });
  const envelope = { from: "agent@sender.test", to: ["ann@there.test"] };
  return {
    name: "nodemailer's pool",
    run: async (count) => {
      let next = 0;
      const lane = async () => {
        while (next < count) {
          next += 1;
          await pool.sendMail({ envelope, raw: Buffer.from(raw) });
        }
      };
      await Promise.all(Array.from({ length: atOnce }, lane));
    },
    stop: async () => pool.close(),
  };
};

const ours = (port: number): Contender => {
  const runtime = ManagedRuntime.make(layerSmtp({ url: `smtp://127.0.0.1:${port}` }));
  const yes = Effect.succeed(true);
  return {
    name: "our client",
    run: (count) =>
      runtime.runPromise(
        Effect.gen(function* () {
          const transport = yield* Transport;
          const hands = yield* FiberSet.make();
          for (let sent = 0; sent < count;) {
            const slots = yield* transport.reserve(Math.min(atOnce, count - sent));
            for (const slot of slots) {
              const sending = Effect.map(slot.send(permitOf({ raw }), yes), (handOver) => {
                if (handOver.type !== "delivered") throw new Error(JSON.stringify(handOver));
              });
              yield* FiberSet.run(hands, sending);
            }
            sent += slots.length;
          }
          yield* FiberSet.awaitEmpty(hands);
        }).pipe(Effect.scoped),
      ),
    stop: () => runtime.dispose(),
  };
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const receiver = fork(new URL("./receiver.ts", import.meta.url), { stdio: "inherit" });
const [{ port }] = (await once(receiver, "message")) as [{ port: number }];
const received = async (): Promise<number> => {
  receiver.send("count");
  const [{ count }] = (await once(receiver, "message")) as [{ count: number }];
  return count;
};

const contenders = [nodemailer(port), ours(port)];
const results = contenders.map(() => [] as { readonly rate: number; readonly cpu: number }[]);
for (const contender of contenders) await contender.run(1000);
for (let round = 0; round < rounds; round += 1) {
  for (let turn = 0; turn < contenders.length; turn += 1) {
    const which = (turn + round) % contenders.length;
    const before = await received();
    const cpu = process.cpuUsage();
    const started = performance.now();
    await contenders[which]!.run(messages);
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const got = (await received()) - before;
    if (got !== messages) throw new Error(`${contenders[which]!.name}: the receiver got ${got} of ${messages}`);
    results[which]!.push({ rate: messages / seconds, cpu: (user + system) / messages });
  }
}
console.log(`${messages} messages of ${raw.length} B × ${rounds} rounds, interleaved`);
console.log("| client | messages/s, median | CPU µs/message, median (min - max) | ÷ nodemailer, messages/s |");
console.log("|---|---|---|---|");
for (const [which, { name }] of contenders.entries()) {
  const cpu = results[which]!.map((one) => one.cpu);
  const ratios = results[which]!.map(({ rate }, round) => rate / results[0]![round]!.rate);
  console.log(
    `| ${name} | ${median(results[which]!.map(({ rate }) => rate)).toFixed(0)} | ${median(cpu).toFixed(0)} ` +
      `(${Math.min(...cpu).toFixed(0)} - ${Math.max(...cpu).toFixed(0)}) | ${median(ratios).toFixed(2)} |`,
  );
}
for (const contender of contenders) await contender.stop();
receiver.disconnect();

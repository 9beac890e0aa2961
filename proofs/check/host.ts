/**
 * A process that compiles Lean once and then runs it on one file after another: a third of what a small file takes is the compiling,
 * and what V8 has made of Lean's busiest functions serves all files after the first.
 *
 * Started with the paths of Lean's JavaScript and of its WebAssembly. Each line of its input is an `Asked`; each is run in a thread
 * of its own with a memory of its own, so that nothing of one run is there for the next but machine code. What Lean writes goes
 * through as it is; after it, on both outputs, a line of its own: `end`, the status, the processor time in ms and the peak of memory
 * so far in KB.
 */
import { readFileSync, writeSync } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";

export interface Asked {
  /** Lean's command line. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Something that cannot be in what Lean writes. */
  readonly end: string;
}

// Node has it; its types have it only beside a browser's.
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => object };

/** MB. Node's own 4 are too little for the deeper proofs. */
export const stackMegabytes = 64;

const serve = async (program: string, wasm: string): Promise<void> => {
  const compiled = new WebAssembly.Module(readFileSync(wasm));
  let before = 0;
  const run = ({ words, env, end }: Asked): Promise<void> =>
    new Promise((resolve) => {
      const worker = new Worker(program, {
        argv: [...words],
        env,
        workerData: { compiled },
        resourceLimits: { stackSizeMb: stackMegabytes },
        // Lean writes to the outputs itself and takes a full one for an error. They block as long as `process.stdout` is not touched.
        stdout: true,
        stderr: true,
      });
      const say = (output: 1 | 2, text: Uint8Array): void => {
        for (let at = 0; at < text.length;) at += writeSync(output, text, at);
      };
      const told = [worker.stdout.on("data", (text) => say(1, text)), worker.stderr.on("data", (text) => say(2, text))];
      const ended = Promise.all(told.map((stream) => once(stream, "end")));
      worker.on("error", (cause: unknown) => {
        say(2, Buffer.from(`${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`));
      });
      worker.on("exit", (status) => {
        const { user, system } = process.cpuUsage();
        const spent = Math.round((user + system) / 1000);
        const line = `\n${end} ${status} ${spent - before} ${process.resourceUsage().maxRSS}]\n`;
        before = spent;
        // What the thread wrote by way of this one comes first.
        void ended.then(() => {
          say(1, Buffer.from(line));
          say(2, Buffer.from(line));
          resolve();
        });
      });
    });
  for await (const line of createInterface({ input: process.stdin })) await run(JSON.parse(line) as Asked);
};

if (import.meta.main) await serve(process.argv[2]!, process.argv[3]!);

/**
 * Prints a digest of each trace of a seed, and one of all samples, as the running code writes them: for `sabotage.ts`, which puts before
 * the kernel only what a sabotage changed.
 *
 *     node proofs/check/traceDigests.ts <seed> <count>
 */
import { createHash } from "node:crypto";
import { samplesOf } from "./samples.ts";
import { traceFiles, tracesOf } from "./traces.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const [seed, count] = process.argv.slice(2).map(Number) as [number, number];
const traces = tracesOf(seed, count).map((trace) => sha256([...traceFiles([trace], [], seed, 1).values()].join("\n")));
process.stdout.write(JSON.stringify({ traces, samples: sha256(JSON.stringify(samplesOf(seed))) }));

/**
 * An adapter that is bad as a program, in the way its argument names. Up to that point all its answers are right: it knows the
 * expectations of the scoring vectors by heart, and starts at once.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

interface Request {
  readonly id: string;
  readonly op: string;
}
interface Suite {
  readonly groups: readonly { readonly tests: readonly { readonly id: string; readonly expect: object }[] }[];
}

const suite = JSON.parse(
  readFileSync(new URL("../../../conformance/vectors/scoring.json", import.meta.url), "utf8"),
) as Suite;
const expected = new Map(suite.groups.flatMap(({ tests }) => tests.map(({ id, expect }) => [id, expect] as const)));
const answer = ({ id, op }: Request): object =>
  op === "hello" ? { ok: { protocol: 1, name: "bad", version: "1", features: [] } } : expected.get(id)!;

const how = process.argv[2];
if (how === "exit-at-once") process.exit(0);
if (how === "crash-at-once") throw new Error("no such thing as a configuration");

let asked = 0;
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  asked += 1;
  if (asked === 20) {
    if (how === "crash") throw new Error("out of order");
    if (how === "exit-early") process.exit(0);
    if (how === "hang") continue;
    if (how === "garbage") process.stdout.write("Starting up…\n");
    if (how === "huge-line") process.stdout.write("x".repeat(3_000_000));
    if (how === "huge-answer") say({ id: request.id, ok: { text: "x".repeat(3_000_000) } });
    if (how === "wrong-id") say({ id: `${request.id}-1`, ok: {} });
    if (how === "answer-twice") say({ id: "hello", ok: {} });
    if (how === "no-shape") say({ id: request.id, ok: {}, error: "both" });
    if (how === "a-list") say([request.id]);
  }
  if (how === "no-hello" && request.op === "hello") say({ id: request.id, error: "unknown_operation" });
  else if (how === "other-protocol" && request.op === "hello")
    say({ id: request.id, ok: { protocol: 2, name: "x", version: "1", features: [] } });
  else if (how === "always-unsupported" && request.op !== "hello") say({ id: request.id, unsupported: "conformance" });
  else say({ id: request.id, ...answer(request) });
}
if (how === "status-at-the-end") process.exit(3);
if (how === "half-a-line-at-the-end") process.stdout.write('{"id":');
if (how === "stays") setInterval(() => {}, 1_000);

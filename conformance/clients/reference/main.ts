/**
 * The reference client: Countersign's own core behind the adapter protocol. Requests as lines on stdin, answers as lines on stdout.
 */
import { createInterface } from "node:readline";
import { answer } from "./answer.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Parameters<typeof answer>[0];
  process.stdout.write(`${JSON.stringify({ id: request.id, ...(await answer(request)) })}\n`);
}

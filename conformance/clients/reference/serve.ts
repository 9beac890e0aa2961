/**
 * Requests as lines on standard input, answers as lines on standard output.
 *
 * **Gotchas**: lines end at LF alone. `node:readline` also ends them at U+2028, which may stand inside a string.
 */
import type { Answer, Request } from "./answer.ts";

export const serve = async (answer: (request: Request) => Answer | Promise<Answer>): Promise<void> => {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of process.stdin) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const request = JSON.parse(line) as Request;
      process.stdout.write(`${JSON.stringify({ id: request.id, ...(await answer(request)) })}\n`);
    }
  }
};

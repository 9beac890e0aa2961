/** Requests to the server under test, and what must be so of every answer. */
import { expect, Unmet } from "./expect.ts";

export interface Answer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as it came. */
  readonly octets: Buffer;
  /** The JSON of it; `null` when it is none. Members are looked at by the checks, so they are not typed. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export type Call = (
  method: string,
  path: string,
  key: string | null,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** The longest a server may take for one answer, milliseconds. */
const patience = 30_000;

/** `base` without a slash at its end. A text as body is sent as it is; anything else as JSON. */
export const callerOf =
  (base: string): Call =>
  async (method, path, key, body, headers = {}) => {
    let response: Response;
    let octets: Buffer;
    try {
      response = await fetch(`${base}${path}`, {
        method,
        redirect: "manual",
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
        signal: AbortSignal.timeout(patience),
      });
      octets = Buffer.from(await response.arrayBuffer());
    } catch (error) {
      throw new Unmet(`${method} ${path} was not answered: ${String((error as Error).cause ?? error)}`, {
        cause: error,
      });
    }
    const text = octets.toString("utf8");
    let json: unknown = null;
    try {
      json = JSON.parse(text);
    } catch {
      // Mail and JSON lines are looked at as text.
    }
    return { method, path, status: response.status, headers: response.headers, text, octets, body: json };
  };

export const excerpt = (answer: Answer): string =>
  `${answer.method} ${answer.path} was answered ${answer.status} ${answer.text.slice(0, 300)}`;

/** The answer has one of these statuses. */
export const hasStatus = (answer: Answer, ...statuses: readonly number[]): Answer => {
  expect(statuses.includes(answer.status), `${statuses.join(" or ")} was expected, but ${excerpt(answer)}`);
  return answer;
};

/** An error of one of these statuses, in the shape every error has: JSON with `error` for people and `code` for programs. */
export const isRefused = (answer: Answer, ...statuses: readonly number[]): Answer => {
  hasStatus(answer, ...statuses);
  const type = answer.headers.get("content-type") ?? "";
  expect(/^application\/(problem\+)?json\b/.test(type), `an error is JSON, but ${excerpt(answer)} as ${type}`);
  const { error, code } = answer.body ?? {};
  expect(typeof error === "string" && error.length > 5, `an error has \`error\`, a sentence, but ${excerpt(answer)}`);
  expect(
    typeof code === "string" && /^[a-z][a-z0-9_]*$/.test(code),
    `an error has \`code\`, a word, but ${excerpt(answer)}`,
  );
  return answer;
};

/** The same, with this `code`. */
export const isRefusedAs = (answer: Answer, status: number, ...codes: readonly string[]): Answer => {
  isRefused(answer, status);
  expect(codes.includes(answer.body.code), `code ${codes.join(" or ")} was expected, but ${excerpt(answer)}`);
  return answer;
};

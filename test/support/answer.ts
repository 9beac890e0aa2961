/** What a server answered over HTTP, and what every error answer must look like. */
import { assert } from "vitest";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Shapes are what the tests are about.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** Every error has these members, whatever else it has, and nothing of the inside. */
export const isError = ({ status, body, text, headers }: Answer): void => {
  assert.isAtLeast(status, 400, text);
  assert.match(headers.get("content-type") ?? "", /^application\/(problem\+)?json/, text);
  assert.isString(body?.error, text);
  assert.match(body.code, /^[a-z_0-9]+$/, text);
  assert.isAbove(body.error.length, 5, text);
  assert.isString(body.hint, `no hint: ${text}`);
  assert.notMatch(
    text,
    /node_modules|\.ts:\d|SELECT |INSERT |sqlite|postgres|at Object\.|_tag/i,
    "it speaks of the inside",
  );
};

/** The sentences of REST: each names routes that exist, and commands that do. */
import { assert, describe, it } from "vitest";
import { advices } from "../../src/model/Advice.ts";
import { sentences } from "../../src/rest/advice.ts";
import { declaredRoutes } from "../../src/rest/Api.ts";

/** `{id}` in a sentence stands where the API has a parameter. */
const exists = (method: string, path: string): boolean =>
  declaredRoutes.some(
    (route) =>
      route.method === method &&
      new RegExp(`^${route.path.replace(/:[A-Za-z]+/g, "(?:\\{[a-z]+\\}|[^/]+)").replace(/\*$/, ".+")}$`).test(path),
  );

const routesIn = (sentence: string): readonly (readonly [string, string])[] =>
  [...sentence.matchAll(/(GET|POST|PATCH|PUT|DELETE) (\/v1[^\s,;:.]*)/g)].map(([, method, path]) => [method!, path!]);

describe("the sentences of REST for advice words", () => {
  it("are there for each word, and name routes that exist", () => {
    assert.sameMembers(Object.keys(sentences), [...advices]);
    const named = Object.values(sentences).flatMap(routesIn);
    assert.isAbove(named.length, 6);
    for (const [method, path] of named) assert.isTrue(exists(method, path), `${method} ${path}`);
    assert.isFalse(exists("POST", "/v1/mailboxes/{id}/upgrade-request"));
  });
});

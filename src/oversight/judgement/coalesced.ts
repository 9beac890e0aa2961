/**
 * Reads that come together are one: callers that ask for the same key before its read starts share its result. A read never starts
 * before the callers it answers have asked, so no caller gets what was true before its question.
 *
 * - The read runs on its own: a caller that is interrupted does not take it from the others, and where every caller is gone before it
 *   starts, there is no read. A failure is every caller's.
 */
import { Effect, Exit, Request, RequestResolver } from "effect";

/** `read`, coalesced by key. Keys are compared by what they say (`Equal`). */
export const coalesced = <K, A, E>(read: (key: K) => Effect.Effect<A, E>): ((key: K) => Effect.Effect<A, E>) => {
  class Read extends Request.Class<{ readonly key: K }, A, E> {}
  const resolver = RequestResolver.makeGrouped<Read, K>({
    key: ({ request }) => request.key,
    // What fails here fails every entry.
    resolver: (entries, key) =>
      Effect.map(read(key), (value) => {
        for (const entry of entries) entry.completeUnsafe(Exit.succeed(value));
      }),
  });
  return (key) => Effect.request(new Read({ key }), resolver);
};

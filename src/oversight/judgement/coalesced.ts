/**
 * Reads that come together are one: callers that ask the same before its read starts share its result. A read never starts before the
 * callers it answers have asked, so no caller gets what was true before its question.
 *
 * - The read runs on its own: a caller that is interrupted does not take it from the others, and where every caller is gone before it
 *   starts, there is no read. A failure is every caller's.
 */
import { Effect, Exit, Request, RequestResolver } from "effect";

/** `read`, coalesced. Two questions are the same when `keyOf` gives the same text for them. */
export const coalesced = <Question, A, E>(
  keyOf: (question: Question) => string,
  read: (question: Question) => Effect.Effect<A, E>,
): ((question: Question) => Effect.Effect<A, E>) => {
  class Read extends Request.Class<{ readonly question: Question }, A, E> {}
  const resolver = RequestResolver.makeWith<Read>({
    batchKey: ({ request }) => keyOf(request.question),
    delay: Effect.yieldNow,
    collectWhile: () => true,
    // What fails here fails every entry.
    runAll: (entries) =>
      Effect.map(read(entries[0].request.question), (value) => {
        for (const entry of entries) entry.completeUnsafe(Exit.succeed(value));
      }),
  });
  return (question) => Effect.request(new Read({ question }), resolver);
};

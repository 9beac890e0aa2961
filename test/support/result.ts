/** What a test reads of a `Result`: its value, or why there is none. */
import { Result } from "effect";

/** The value; throws the failure when there is none. */
export const must = <A, E>(result: Result.Result<A, E>): A => {
  if (Result.isFailure(result)) throw new Error(`a failure: ${JSON.stringify(result.failure)}`);
  return result.success;
};

/** The reason of the failure, or `none`. */
export const reason = (result: Result.Result<unknown, { readonly reason: string }>): string =>
  Result.isFailure(result) ? result.failure.reason : "none";

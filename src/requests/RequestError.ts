/** Why a request's words make no draft: which field, what is wrong with it, what to write instead. Faces have the status for it. */
import { Data, Effect } from "effect";

export class RequestError extends Data.TaggedError("RequestError")<{
  /** As it is called on the wire: `attachments[0].name`. */
  readonly field: string;
  readonly message: string;
  readonly hint: string;
  /** `unusable`: the words cannot be read at all; `incomplete_edit`: an edit leaves out what cannot be taken over. */
  readonly code: "invalid" | "unusable" | "incomplete_edit";
}> {}

export const refuse = (field: string, message: string, hint: string, code: RequestError["code"] = "invalid") =>
  new RequestError({ field, message, hint, code });

/** What a client may give, give as `null`, or leave out: the last two mean the same. */
export type Given<A> = A | null | undefined;

/** The one value two names were given; fails when they differ. */
export const oneOf = (
  ...named: readonly (readonly [name: string, value: Given<string>])[]
): Effect.Effect<string | null, RequestError> => {
  const given = named.filter((pair): pair is readonly [string, string] => pair[1] !== undefined && pair[1] !== null);
  const [first, ...rest] = given;
  if (first === undefined) return Effect.succeed(null);
  const other = rest.find(([, value]) => value !== first[1]);
  return other === undefined
    ? Effect.succeed(first[1])
    : Effect.fail(refuse(other[0], `${first[0]} and ${other[0]} say different things.`, `Give only one of them.`));
};

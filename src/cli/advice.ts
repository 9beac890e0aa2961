/** What the command line adds to a service's hint: the setting or the command. `test/cli/advice.test.ts` holds that each of them exists. */
import type { ServiceError } from "../contracts/errors.ts";
import type { Advice } from "../model/Advice.ts";

export const sentences: Readonly<Partial<Record<Advice, string>>> = {
  rename_log: "The log's name is set by COUNTERSIGN_LOG_ORIGIN.",
  rotate_identity_key: "A new key: countersign keys rotate.",
};

/** The hint of a failure, as a person at a terminal can follow it. */
export const hintAt = (failure: { readonly hint: string } & Partial<Pick<ServiceError, "advice">>): string => {
  const more = failure.advice === undefined || failure.advice === null ? undefined : sentences[failure.advice];
  return more === undefined ? failure.hint : `${failure.hint} ${more}`;
};

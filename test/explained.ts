/** Whoever meets a failure is told what is wrong and what to do next: both are sentences, and no part of them is missing. */
export const told = <E extends { readonly message: string; readonly hint: string }>(failure: E): E => {
  for (const words of [failure.message, failure.hint]) {
    if (!/^\S.*\S$/su.test(words) || words.length < 12 || /\s{2}|: \.|\bundefined\b/.test(words)) {
      throw new Error(`a failure that tells nobody what to do: ${JSON.stringify(words)}`);
    }
  }
  return failure;
};

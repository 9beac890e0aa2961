/** The failure, if it tells what is wrong and what to do next: both are sentences, and no part of them is missing. Throws otherwise. */
export const explained = <E extends { readonly message: string; readonly hint: string }>(failure: E): E => {
  for (const words of [failure.message, failure.hint]) {
    if (!/^\S.*\S$/su.test(words) || words.length < 12 || /\s{2}|: \.|\bundefined\b/.test(words)) {
      throw new Error(`a failure without a cause or a way out: ${JSON.stringify(words)}`);
    }
  }
  return failure;
};

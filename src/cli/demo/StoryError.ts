/** Why the story went wrong: the first thing that was not as it should be. */
export class StoryError extends Error {}

export const expect = (condition: boolean, otherwise: string): void => {
  if (!condition) throw new StoryError(otherwise);
};

/** Waiting, and moments ahead. */

/** RFC 3339, so many whole seconds ahead. */
export const inSeconds = (seconds: number): string =>
  new Date((Math.floor(Date.now() / 1000) + seconds) * 1000).toISOString().replace(".000", "");

export const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

/** Waits until it holds, and fails after 15 s. */
export const until = async (holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 15_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not in time: ${holds}`);
    await pause(5);
  }
};

/** Asks again until the answer pleases, at most `millis`. */
export const eventually = async <A>(
  ask: () => Promise<A>,
  pleases: (answer: A) => boolean,
  millis = 15_000,
): Promise<A> => {
  const deadline = Date.now() + millis;
  for (;;) {
    const answer = await ask();
    if (pleases(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not in time; last: ${JSON.stringify(answer)?.slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

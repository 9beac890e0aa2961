/**
 * The period a report is about: from a moment on, up to another that is no longer in it, in UTC; and its division into equal
 * steps for what is shown over time.
 */

/** Seconds since the epoch: `from` ≤ at < `to`. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

const written = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Reads `2026-10-01` (its beginning, UTC) or RFC 3339 with a zone; `null` when it is neither, or no day there is. */
export const momentOf = (text: string): number | null => {
  if (!written.test(text)) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at) || at < 0) return null;
  // 31 February is read as a day in March by some readers of dates; here it is an error.
  const day = new Date(Date.parse(`${text.slice(0, 10)}T00:00:00Z`)).toISOString().slice(0, 10);
  return day === text.slice(0, 10) ? Math.floor(at / 1000) : null;
};

/** `2026-10-01 09:30:00Z`. */
export const instantText = (at: number): string =>
  `${new Date(at * 1000).toISOString().slice(0, 19).replace("T", " ")}Z`;

/** `2026-10-01`. */
export const dayText = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10);

const hour = 3600;
const day = 86_400;
const widths: readonly (readonly [seconds: number, word: string])[] = [
  [hour, "hour"],
  [6 * hour, "6 hours"],
  [day, "day"],
  [7 * day, "7 days"],
  [30 * day, "30 days"],
  [91 * day, "91 days"],
  [366 * day, "366 days"],
];

/** The most steps a period is divided into. */
export const stepsAtMost = 62;

/** The steps of a period. */
export interface Steps {
  readonly from: number;
  /** Seconds of a step; the last one may be shorter. */
  readonly width: number;
  readonly count: number;
  /** `day`, `7 days`, … */
  readonly word: string;
}

export const stepsOf = ({ from, to }: Period): Steps => {
  const length = Math.max(1, to - from);
  const fitting = widths.find(([seconds]) => Math.ceil(length / seconds) <= stepsAtMost);
  const [width, word] = fitting ?? [Math.ceil(length / stepsAtMost), "step"];
  return { from, width, count: Math.ceil(length / width), word };
};

/** Which step a moment of the period is in. */
export const stepAt = (steps: Steps, at: number): number =>
  Math.min(steps.count - 1, Math.max(0, Math.floor((at - steps.from) / steps.width)));

/** How a step is called: by its beginning. */
export const stepText = (steps: Steps, step: number): string => {
  const at = steps.from + step * steps.width;
  return steps.width < day ? new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ") : dayText(at);
};

/** `3 d 4 h`, `12 min 5 s`: the two largest units. */
export const durationText = (seconds: number): string => {
  const units: readonly (readonly [number, string])[] = [
    [day, "d"],
    [hour, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const first = units.findIndex(([size]) => seconds >= size);
  if (first === -1) return "0 s";
  const [size, word] = units[first]!;
  const next = units[first + 1];
  const rest = next === undefined ? 0 : Math.floor((seconds % size) / next[0]);
  return `${Math.floor(seconds / size)} ${word}${rest === 0 ? "" : ` ${rest} ${next![1]}`}`;
};

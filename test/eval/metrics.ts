/**
 * How well scores tell two classes apart: precision, recall and false positive rate at a threshold, the ROC curve and the area under it.
 * Pure.
 */
export interface Scored {
  readonly domain: string;
  /** Basis points. */
  readonly score: number;
  /** By its label. */
  readonly isBad: boolean;
}

export interface AtThreshold {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly positives: number;
  readonly negatives: number;
  /** `null` when nothing was held. */
  readonly precision: number | null;
  readonly recall: number;
  readonly falsePositiveRate: number;
}

/** Held: a score over the threshold. */
export const at = (threshold: number, scored: readonly Scored[]): AtThreshold => {
  const positives = scored.filter(({ isBad }) => isBad);
  const negatives = scored.filter(({ isBad }) => !isBad);
  const held = (all: readonly Scored[]) => all.filter(({ score }) => score > threshold).length;
  const [truePositives, falsePositives] = [held(positives), held(negatives)];
  return {
    truePositives,
    falsePositives,
    positives: positives.length,
    negatives: negatives.length,
    precision: truePositives + falsePositives === 0 ? null : truePositives / (truePositives + falsePositives),
    recall: truePositives / positives.length,
    falsePositiveRate: falsePositives / negatives.length,
  };
};

/** From (0, 0) to (1, 1), one point for each score there is, highest first. */
export const roc = (scored: readonly Scored[]): readonly (readonly [falsePositiveRate: number, recall: number])[] => {
  const positives = scored.filter(({ isBad }) => isBad).length;
  const negatives = scored.length - positives;
  const scores = [...new Set(scored.map(({ score }) => score))].sort((a, b) => b - a);
  const points: (readonly [number, number])[] = [[0, 0]];
  for (const score of scores) {
    const above = scored.filter((one) => one.score >= score);
    const bad = above.filter(({ isBad }) => isBad).length;
    points.push([(above.length - bad) / negatives, bad / positives]);
  }
  return points;
};

/** The chance that a bad one scores higher than a good one, a tie counting half. */
export const auc = (scored: readonly Scored[]): number => {
  const points = roc(scored);
  let area = 0;
  for (let i = 1; i < points.length; i++) {
    const [x0, y0] = points[i - 1]!;
    const [x1, y1] = points[i]!;
    area += ((x1 - x0) * (y0 + y1)) / 2;
  }
  return area;
};

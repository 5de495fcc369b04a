import type { SeriesPoints, Trend } from '../contracts/trend.ts';

const mostBatches = 16;

export interface RobustSlope {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Sen's slope (P. K. Sen 1968) over at most 16 batch medians, its interval from Kendall's variance
 * (M. G. Kendall 1955) at z standard errors. Null below 4 points. Not a judgement: it neither knows a warm-up nor a step.
 */
export function robustSlope({ cycles, values }: SeriesPoints, z: number): RobustSlope | null {
  const m = Math.min(mostBatches, values.length);
  if (m < 4) return null;
  const centres: number[] = [];
  const levels: number[] = [];
  for (let batch = 0; batch < m; batch += 1) {
    const from = Math.floor((batch * values.length) / m);
    const to = Math.floor(((batch + 1) * values.length) / m);
    centres.push(middleOfSorted(cycles.slice(from, to)));
    levels.push(middle(values.slice(from, to)));
  }
  const slopes: number[] = [];
  for (let i = 0; i < m; i += 1) {
    for (let j = i + 1; j < m; j += 1) {
      slopes.push(((levels[j] ?? 0) - (levels[i] ?? 0)) / ((centres[j] ?? 0) - (centres[i] ?? 0)));
    }
  }
  slopes.sort((a, b) => a - b);
  const deviation = Math.sqrt((m * (m - 1) * (2 * m + 5)) / 18);
  const at = (rank: number): number =>
    slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))] ?? 0;
  return {
    slope: middle(slopes),
    low: at((slopes.length - z * deviation) / 2 - 1),
    high: at((slopes.length + z * deviation) / 2),
  };
}

/** A slope to look at, for metrics that are never judged: `undecided` here means that nobody asked. */
export function plainTrend(series: SeriesPoints): Trend {
  const from = series.cycles[0] ?? 0;
  const to = series.cycles.at(-1) ?? 0;
  const fit = robustSlope(series, 1.96);
  return {
    shape: 'undecided',
    slopePerCycle: fit?.slope ?? 0,
    intervalLow: fit?.low ?? -Number.MAX_VALUE,
    intervalHigh: fit?.high ?? Number.MAX_VALUE,
    minimumDetectableSlope: null,
    cyclesToDecide: null,
    window: { from, to },
    endSlopePerCycle: fit?.slope ?? 0,
    noise: 0,
    cyclesSeen: series.cycles.length === 0 ? 0 : to - from + 1,
    pGrowing: 1,
    reason: 'For information: this metric is not judged.',
  };
}

/** Median; of an even number the mean of the middle two. Typed arrays sort by value, and several times faster. */
export function middle(values: readonly number[]): number {
  return middleOfSorted(Float64Array.from(values).sort());
}

function middleOfSorted(sorted: ArrayLike<number>): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}

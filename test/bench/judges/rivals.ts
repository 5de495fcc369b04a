import { readBatches } from '../../../harness/analyze/judge/batch-rule.ts';
import { judgeSeries, limitOf } from '../../../harness/analyze/judge/judge-series.ts';
import { normalTail } from '../../../harness/analyze/judge/numbers.ts';

/** A judge as the bench sees it: does it call the series growing, and does it call it steady (when it can say that)? */
export interface Rival {
  readonly id: string;
  readonly judge: (series: RivalInput) => RivalAnswer;
}

export interface RivalInput {
  readonly values: Float64Array;
  readonly budget: number;
  readonly kind: 'bytes' | 'count';
}

export type RivalAnswer = 'growing' | 'steady' | 'other';

const yes = (grows: boolean): RivalAnswer => (grows ? 'growing' : 'other');

function mean(values: ArrayLike<number>, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i += 1) sum += values[i] ?? 0;
  return sum / (to - from);
}

/** "Last 10 % minus first 10 % over 1 MB" (values are KB; counts: over 10). */
const lastMinusFirst: Rival = {
  id: 'last - first',
  judge: ({ values, kind }) => {
    const n = values.length;
    const edge = Math.max(1, Math.round(n / 10));
    const rise = mean(values, n - edge, n) - mean(values, 0, edge);
    return yes(rise > (kind === 'count' ? 10 : 1000));
  },
};

/** Ordinary least squares on cycle number, white residuals assumed, p < 0.01 for a positive slope. */
const leastSquaresLine: Rival = {
  id: 'least squares',
  judge: ({ values }) => {
    const n = values.length;
    const centre = (n - 1) / 2;
    const level = mean(values, 0, n);
    let xx = 0;
    let xy = 0;
    let yy = 0;
    for (let i = 0; i < n; i += 1) {
      const x = i - centre;
      const y = (values[i] ?? 0) - level;
      xx += x * x;
      xy += x * y;
      yy += y * y;
    }
    const slope = xy / xx;
    const error = Math.sqrt(Math.max(0, yy - slope * xy) / (n - 2) / xx);
    return yes(slope > 2.4 * error && slope > 0);
  },
};

/** M. G. Kendall's S against cycle number, no correction for ties or correlation, p < 0.01. */
const mannKendall: Rival = {
  id: 'Mann-Kendall',
  judge: ({ values }) => {
    const n = values.length;
    let s = 0;
    for (let i = 0; i < n; i += 1) {
      for (let j = i + 1; j < n; j += 1) s += Math.sign((values[j] ?? 0) - (values[i] ?? 0));
    }
    const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
    return yes(normalTail((s - 1) / deviation) < 0.01);
  },
};

/** memwatch and its kin: the heap was higher after five collections in a row. */
const fiveInARow: Rival = {
  id: 'five in a row',
  judge: ({ values }) => {
    let run = 0;
    for (let i = 1; i < values.length; i += 1) {
      run = (values[i] ?? 0) > (values[i - 1] ?? 0) ? run + 1 : 0;
      if (run >= 5) return 'growing';
    }
    return 'other';
  },
};

/**
 * After psleak: the growth per call is taken over ever longer batches of calls, up to five; a leak when every batch
 * grew. A single run is cut into five stretches of lengths 1:2:3:4:5, and the median step stands for growth per call.
 */
const growingBatches: Rival = {
  id: 'median growth, 5 repetitions',
  judge: ({ values }) => {
    const n = values.length - 1;
    let from = 0;
    for (let part = 1; part <= 5; part += 1) {
      const to = Math.round((n * (part * (part + 1))) / 30);
      const steps = Array.from(
        { length: to - from },
        (_, i) => (values[from + i + 1] ?? 0) - (values[from + i] ?? 0),
      );
      steps.sort((a, b) => a - b);
      const rise = (values[to] ?? 0) - (values[from] ?? 0);
      if (!((steps[steps.length >> 1] ?? 0) > 0 && rise > 0)) return 'other';
      from = to;
    }
    return 'growing';
  },
};

/**
 * A gap between before and after: the lowest of the last third is above the highest of the first. Our reading of the
 * rule named after next-leak; its source was not at hand.
 */
const gap: Rival = {
  id: 'gap',
  judge: ({ values }) => {
    const third = Math.floor(values.length / 3);
    const before = Math.max(...values.subarray(0, third));
    const after = Math.min(...values.subarray(values.length - third));
    return yes(after > before);
  },
};

/** "Grew in every diff": snapshots at start, a third, two thirds and the end, each larger than the one before. */
const everyDiff: Rival = {
  id: 'grew in every diff',
  judge: ({ values }) => {
    const last = values.length - 1;
    const at = [0, 1, 2, 3].map((part) => values[Math.round((part * last) / 3)] ?? 0);
    return yes(at.every((value, i) => i === 0 || value > (at[i - 1] ?? 0)));
  },
};

/** The batch rule alone: the baseline of the judging notes. */
export const batchRule: Rival = {
  id: 'batch rule',
  judge: ({ values, budget, kind }) => {
    const limit = limitOf({ budgetPerCycle: budget, kind });
    const cycles = values.map((_, i) => i + 1);
    const { outcome } = readBatches({ cycles, values, limit, alpha: 0.01, steadyAlpha: 0.05 });
    return outcome === 'growing' || outcome === 'steady' ? outcome : 'other';
  },
};

export const tidemark: Rival = {
  id: 'tidemark',
  judge: ({ values, budget, kind }) => {
    const points = { cycles: Array.from(values, (_, i) => i + 1), values: Array.from(values) };
    const { shape, intervalHigh } = judgeSeries(points, { budgetPerCycle: budget, kind });
    if (shape === 'growing') return 'growing';
    const quiet = shape === 'steady' || shape === 'warm-up' || shape === 'stepped';
    return quiet && intervalHigh <= limitOf({ budgetPerCycle: budget, kind }) ? 'steady' : 'other';
  },
};

export const rivals: readonly Rival[] = [
  lastMinusFirst,
  leastSquaresLine,
  mannKendall,
  fiveInARow,
  growingBatches,
  gap,
  everyDiff,
  batchRule,
  tidemark,
];

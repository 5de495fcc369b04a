import {
  lagOne,
  leastSquares,
  median,
  medianInPlace,
  middleOf,
  normalQuantile,
  normalTail,
  reusable,
  studentQuantile,
} from './numbers.ts';

/**
 * The batch rule: batches of medians, a bending test, Sen's slope with an interval from Kendall's variance, and a
 * logarithm test. It is bold where growth is plain and never takes one step for a slope; it sees little through
 * saw-teeth and warm-ups, which is what `slope-profile.ts` is for.
 */
export interface BatchReading {
  readonly outcome: 'growing' | 'steady' | 'concave' | 'open';
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** Index of the first point used. */
  readonly start: number;
  /** Slopes of the fitted parabola at both ends, per cycle. */
  readonly startSlope: number;
  readonly endSlope: number;
  /** One-sided p-value of "slope is at or under the budget" from the same ranks. */
  readonly p: number;
  /** An earlier window was rejected as concave. */
  readonly afterConcave: boolean;
}

export interface BatchInput {
  readonly cycles: Float64Array;
  readonly values: Float64Array;
  readonly limit: number;
  readonly alpha: number;
  readonly steadyAlpha: number;
}

const windowStarts = [0.1, 0.25, 0.5] as const;
const mostBatches = 16;
const concaveT = -2;
const concaveRatio = 0.6;
const linearShare = 0.4;

export function readBatches(input: BatchInput): BatchReading {
  let afterConcave = false;
  let reading: BatchReading | null = null;
  for (const share of windowStarts) {
    const start = Math.round(share * input.values.length);
    const next = readWindow(input, start, afterConcave);
    if (next === null) break;
    // Undecided everywhere: the longest window that is not bent says most.
    if (reading === null || reading.outcome === 'concave') reading = next;
    if (next.outcome === 'growing' || next.outcome === 'steady') return next;
    if (next.outcome === 'concave') afterConcave = true;
  }
  return reading ?? openReading;
}

const openReading: BatchReading = {
  outcome: 'open',
  slope: 0,
  low: -Infinity,
  high: Infinity,
  start: 0,
  startSlope: 0,
  endSlope: 0,
  p: 1,
  afterConcave: false,
};

function readWindow(input: BatchInput, start: number, afterConcave: boolean): BatchReading | null {
  const batches = batchMedians(input, start);
  const m = batches.values.length;
  if (m < 6) return null;
  const range = (batches.centres[m - 1] ?? 0) - (batches.centres[0] ?? 0);
  const middle = ((batches.centres[m - 1] ?? 0) + (batches.centres[0] ?? 0)) / 2;
  const u = batches.centres.map((k) => (k - middle) / range);
  const bend = bending(batches.values, u);
  const sen = senSlope(batches);
  const low = sen.quantile(-normalQuantile(1 - input.alpha));
  const high = sen.quantile(normalQuantile(1 - input.steadyAlpha));
  const common = {
    slope: sen.slope,
    low: sen.quantile(-normalQuantile(0.975)),
    high: sen.quantile(normalQuantile(0.975)),
    start,
    startSlope: bend.startSlope / range,
    endSlope: bend.endSlope / range,
    p: sen.pOver(input.limit),
    afterConcave,
  };
  if (bend.concave) return { ...common, outcome: 'concave' };
  if (high <= input.limit) return { ...common, outcome: 'steady' };
  const grows = low > input.limit && !onlyLogarithm(batches, u, sen.slope * range);
  return { ...common, outcome: grows ? 'growing' : 'open' };
}

/** Plain arrays: so short that a typed one costs more than what is done with it. */
interface Batches {
  readonly centres: readonly number[];
  readonly values: readonly number[];
}

const scratchFor = reusable();

function batchMedians(input: BatchInput, start: number): Batches {
  const n = input.values.length - start;
  const m = Math.min(mostBatches, n);
  const centres: number[] = [];
  const values: number[] = [];
  const scratch = scratchFor(n);
  for (let i = 0; i < n; i += 1) scratch[i] = input.values[start + i] as number;
  for (let j = 0; j < m; j += 1) {
    const from = Math.floor((j * n) / m);
    const to = Math.floor(((j + 1) * n) / m);
    values.push(medianInPlace(scratch, from, to));
    let sum = 0;
    for (let i = start + from; i < start + to; i += 1) sum += input.cycles[i] as number;
    centres.push(sum / (to - from));
  }
  return { centres, values };
}

/** sqrt((1+r)/(1-r)): how much positive AR(1) residuals widen a standard error (Bayley and Hammersley 1946). */
function inflation(residuals: ArrayLike<number>): number {
  const r = Math.min(0.6, Math.max(0, lagOne(residuals) + 2 / residuals.length));
  return Math.sqrt((1 + r) / (1 - r));
}

interface Bending {
  readonly concave: boolean;
  readonly startSlope: number;
  readonly endSlope: number;
}

function bending(z: readonly number[], u: readonly number[]): Bending {
  const ones = z.map(() => 1);
  const fit = leastSquares([ones, u, u.map((x) => x * x)], z);
  if (fit === null) return { concave: false, startSlope: 0, endSlope: 0 };
  const [, linear = 0, square = 0] = fit.coefficients;
  const startSlope = linear - square;
  const endSlope = linear + square;
  const error = (fit.errors[2] ?? 0) * inflation(fit.residuals);
  const significant = square < 0 && square <= concaveT * error;
  const concave = significant && startSlope > 0 && endSlope < concaveRatio * startSlope;
  return { concave, startSlope, endSlope };
}

interface Sen {
  readonly slope: number;
  /** The slope at z standard errors of Kendall's statistic from the middle of the sorted pair slopes. */
  readonly quantile: (z: number) => number;
  readonly pOver: (limit: number) => number;
}

/** P. K. Sen 1968; variance of Kendall's S from M. G. Kendall 1955, widened for AR(1) residuals. */
function senSlope({ centres, values }: Batches): Sen {
  const m = values.length;
  const slopes = new Float64Array((m * (m - 1)) / 2);
  let at = 0;
  for (let i = 0; i < m; i += 1) {
    for (let j = i + 1; j < m; j += 1) {
      slopes[at] = ((values[j] ?? 0) - (values[i] ?? 0)) / ((centres[j] ?? 0) - (centres[i] ?? 0));
      at += 1;
    }
  }
  slopes.sort();
  const slope = middleOf(slopes);
  const line = values.map((z, j) => z - slope * (centres[j] ?? 0));
  const level = median(line);
  const spread = inflation(line.map((z) => z - level));
  const deviation = Math.sqrt((m * (m - 1) * (2 * m + 5)) / 18) * spread;
  const count = slopes.length;
  const quantile = (z: number): number => {
    const rank = (count + z * deviation) / 2;
    const index = z < 0 ? Math.floor(rank) - 1 : Math.ceil(rank);
    return slopes[Math.min(count - 1, Math.max(0, index))] ?? slope;
  };
  return { slope, quantile, pOver: (limit) => rankP(slopes, limit, deviation) };
}

function rankP(slopes: Float64Array, limit: number, deviation: number): number {
  let s = 0;
  for (const slope of slopes) s += Math.sign(slope - limit);
  return normalTail(s / deviation);
}

/** Growth that ln k explains is not growth without bound: the linear part must be significant and material. */
function onlyLogarithm(batches: Batches, u: readonly number[], rise: number): boolean {
  const first = batches.centres[0] ?? 1;
  const shift = first < 1 ? 1 - first : 0;
  const ones = u.map(() => 1);
  const logs = batches.centres.map((k) => Math.log(k + shift));
  const fit = leastSquares([ones, u, logs], batches.values);
  if (fit === null) return true;
  const linear = fit.coefficients[1] ?? 0;
  const error = (fit.errors[1] ?? 0) * inflation(fit.residuals);
  const critical = studentQuantile(0.99, u.length - 3);
  return !(linear > critical * error && linear > linearShare * rise);
}

import type { MetricRate, RegressionAnswer } from '../../contracts/gate.ts';
import { studentAtFew } from '../between-runs.ts';

export interface RateDifference {
  /** What is now less what was before, per cycle. */
  readonly difference: number;
  /** Two-sided 95 %. */
  readonly low: number;
  readonly high: number;
  /** The smallest difference that `worse` would have been said of nine times in ten. */
  readonly couldSee: number;
  readonly answer: RegressionAnswer;
}

/** A slope rests on at most 16 batches, less the two that a line takes. */
const fitDegrees = 14;

interface Variance {
  /** Of the mean slope of all repeats. */
  readonly variance: number;
  readonly degrees: number;
}

/**
 * The difference of two mean slopes of independent runs, by B. L. Welch 1947: variances add, each side keeps its own,
 * and F. E. Satterthwaite's degrees of freedom (1946) say how well their sum is known. What one process does exactly
 * another may do differently: where a side has repeats their spread is its variance (the noise of each is in it, and
 * the few degrees of freedom stand for their agreeing by chance); a side that ran once borrows that of the other. The
 * noise of one series is all there is where both ran once.
 *
 * `worse` and `same` are told apart by the allowed difference, not by 0 (a test of non-inferiority): two processes
 * never grow to the byte alike, and a gate that fails on any significant difference fails sooner or later on none.
 */
export function rateDifference(
  before: MetricRate,
  now: MetricRate,
  allowed: number,
): RateDifference {
  const difference = now.slopePerCycle - before.slopePerCycle;
  const [a, b] = [varianceOf(before, now), varianceOf(now, before)];
  const error = Math.sqrt(a.variance + b.variance);
  const degrees = degreesOf(a, b, (before.spread === null) !== (now.spread === null));
  const reach = error === 0 ? 0 : studentAtFew(0.975, degrees) * error;
  const power = error === 0 ? 0 : studentAtFew(0.9, degrees) * error;
  const [low, high] = [difference - reach, difference + reach];
  return {
    difference,
    low,
    high,
    couldSee: allowed + reach + power,
    answer: answerOf({ difference, low, high }, allowed),
  };
}

function answerOf(
  { difference, low, high }: Pick<RateDifference, 'difference' | 'low' | 'high'>,
  allowed: number,
): RegressionAnswer {
  if (low > allowed) return 'worse';
  if (high > allowed) return 'undecided';
  return high < 0 && difference <= -allowed ? 'better' : 'same';
}

function varianceOf(own: MetricRate, other: MetricRate): Variance {
  const lender = own.spread === null ? other : own;
  return lender.spread === null
    ? { variance: own.standardError ** 2, degrees: fitDegrees }
    : { variance: lender.spread ** 2 / own.repeats, degrees: lender.repeats - 1 };
}

function degreesOf(a: Variance, b: Variance, isLent: boolean): number {
  const sum = (a.variance + b.variance) ** 2;
  const parts = a.variance ** 2 / a.degrees + b.variance ** 2 / b.degrees;
  const least = Math.min(a.degrees, b.degrees);
  // One spread used twice is known no better for it.
  if (isLent || parts === 0) return least;
  return Math.max(least, Math.floor(sum / parts));
}

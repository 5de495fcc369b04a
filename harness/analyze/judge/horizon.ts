import type { Story } from './stories.ts';

/**
 * Standard error of a story's slope: innovation variance over its whitened, level-free sum of squares. The last factor
 * stands for rho being estimated too (measured on the bench: without it 95 % intervals held 90 % at 50 points).
 */
export function slopeError(story: Story): number {
  const n = Math.max(1, story.degrees);
  const { rss, information } = story.peak;
  return Math.sqrt(rss / n / information) * (1 + 8 / n);
}

/** Stationary standard deviation of one value around the story: that of AR(1) with its innovations. */
export function noiseOf({ peak }: Story): number {
  return Math.sqrt(peak.variance / (1 - peak.rho * peak.rho));
}

/**
 * How many standard errors over the limit a steady growth must be for nine in ten to be called. Far more than the 3.6
 * of a plain test, since a bounded curve over the same cycles must be ruled out too; measured on the bench
 * (`test/bench/judges`), and falling as the run grows longer than any curve.
 */
const shortRun = 40;

export function errorsNeeded(points: number): number {
  return points < shortRun ? 13 + 560 / points : 10 + 400 / points;
}

/** Standard error of the slope of a straight line through white noise of that size. */
export function errorOfNoise(noise: number, cycles: Float64Array): number {
  const middle = cycles.reduce((sum, k) => sum + k, 0) / cycles.length;
  return noise / Math.sqrt(cycles.reduce((sum, k) => sum + (k - middle) ** 2, 0));
}

export function detectableSlope(flat: Story, limit: number, points: number): number {
  return limit + errorsNeeded(points) * slopeError(flat);
}

/** Cycles from one point to the next: runs leave some out, and other people number by tens. */
export function gapOf(cycles: Float64Array): number {
  const n = cycles.length;
  return n < 2 ? 1 : ((cycles[n - 1] as number) - (cycles[0] as number)) / (n - 1);
}

const farthest = 50;
/** Errors under the limit at which a series is called steady nine times in ten. */
const errorsUnder = 4;

/**
 * The error of a slope falls with the cycles to the power 3/2 (the sum of squares of 1..n is about n^3 / 12), so the
 * cycles that would decide follow from how far the slope is from the limit now. Null when no run worth making would.
 */
export function cyclesThatDecide(flat: Story, limit: number, points: number): number | null {
  const gap = Math.abs(flat.peak.slope - limit);
  const error = slopeError(flat);
  if (!(gap > 0) || !Number.isFinite(error)) return null;
  for (let factor = 1.2; factor <= farthest; factor *= 1.1) {
    const more = points * factor;
    const needed = flat.peak.slope > limit ? errorsNeeded(more) : errorsUnder;
    if (needed * error * factor ** -1.5 <= gap) return Math.ceil(more);
  }
  return null;
}

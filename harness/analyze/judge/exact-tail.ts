import type { Jumps } from './jumps.ts';
import { leastSquares } from './numbers.ts';

/** The slope of a stretch up to the end of the run that is a straight line but for rounding. */
export interface ExactTail {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** Index of its first point. */
  readonly start: number;
}

const starts = [0, 0.1, 0.3, 0.5, 0.65] as const;
const fewestPoints = 8;
const mostLateSteps = 2;
/** Of the whole range. */
const largestFall = 1e-3;
/** A move this many times the mean one is a step: growth by quanta is flat between them. */
const stepOverUsual = 2.5;
/** Noise against the rise of the stretch: under this it is rounding. */
const exactness = 2e-3;
/** Several times of what could still pass: such a series need not be fitted. */
const plainNoise = 1e-2;
/** How much the slope may change along the stretch: a root's would change by more. */
const straightness = 0.08;

/**
 * Heap walks and counts have no noise. Then no formula fits the warm-up to the last byte and the stories say nothing, but
 * the stretch after it needs no statistics: it is a line. Saw-teeth are lines too, so any drop rules this branch out.
 */
export function exactTail(cycles: Float64Array, jumps: Jumps, limit: number): ExactTail | null {
  const n = cycles.length;
  const values = jumps.clipped;
  const allowed = limit * ((cycles[n - 1] ?? 0) - (cycles[0] ?? 0));
  if (!mayBeLine(jumps, allowed)) return null;
  for (const share of starts) {
    const start = Math.floor(share * n);
    if (n - start < fewestPoints) return null;
    const tail = lineFrom(cycles.subarray(start), values.subarray(start), limit);
    if (tail !== null) return { ...tail, start };
  }
  return null;
}

/** Not where it falls anywhere, nor where it goes on moving in steps after its first quarter. */
function mayBeLine({ clipped: values, scale }: Jumps, allowed: number): boolean {
  const n = values.length;
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (scale > plainNoise * (high - low + allowed)) return false;
  const usual = (high - low) / n;
  let steps = 0;
  for (let i = 1; i < n; i += 1) {
    const move = (values[i] as number) - (values[i - 1] as number);
    if (move < -largestFall * (high - low)) return false;
    if (i > n / 4 && move > stepOverUsual * usual) steps += 1;
  }
  return steps <= mostLateSteps;
}

function lineFrom(
  cycles: Float64Array,
  values: Float64Array,
  limit: number,
): Omit<ExactTail, 'start'> | null {
  const n = cycles.length;
  const middle = ((cycles[0] ?? 0) + (cycles[n - 1] ?? 0)) / 2;
  const reach = ((cycles[n - 1] ?? 0) - (cycles[0] ?? 0)) / 2;
  const level = values[0] ?? 0;
  const u = cycles.map((k) => (k - middle) / reach);
  const ones = new Float64Array(n).fill(1);
  const fit = leastSquares(
    [ones, u, u.map((x) => x * x)],
    values.map((v) => v - level),
  );
  if (fit === null) return null;
  const [, linear = 0, square = 0] = fit.coefficients;
  const scale = Math.abs(linear) + limit * reach;
  const noise = Math.sqrt(fit.residuals.reduce((sum, r) => sum + r * r, 0) / (n - 3));
  if (!(noise < exactness * scale) || !(4 * Math.abs(square) < straightness * scale)) return null;
  const slope = linear / reach;
  const error = (4 * (fit.errors[1] ?? 0) + 2 * Math.abs(square)) / reach;
  return { slope, low: slope - error, high: slope + error };
}

import { isKnown } from '../lib/format.ts';
import { studentQuantile } from './judge/numbers.ts';

/** Slopes of the same metric in repeats of one cell, as one sample of what the program does. */
export interface BetweenRuns {
  readonly slopes: readonly number[];
  readonly mean: number;
  readonly standardError: number;
}

/** Null below two slopes: one run knows nothing of the next. */
export function betweenRuns(all: readonly number[]): BetweenRuns | null {
  const slopes = all.filter(isKnown);
  const n = slopes.length;
  if (n < 2) return null;
  const mean = slopes.reduce((sum, slope) => sum + slope, 0) / n;
  const squares = slopes.reduce((sum, slope) => sum + (slope - mean) ** 2, 0);
  return { slopes, mean, standardError: Math.sqrt(squares / (n - 1) / n) };
}

/** How far from the mean of the repeats the program's slope may be, one-sided at p ("Student" 1908, n - 1 degrees). */
export function reach({ slopes, standardError }: BetweenRuns, p: number): number {
  return studentAtFew(p, slopes.length - 1) * standardError;
}

/** Closed forms for 1 and 2 degrees (the series used beyond is too rough there): half of all people repeat twice. */
export function studentAtFew(p: number, degrees: number): number {
  if (degrees === 1) return Math.tan(Math.PI * (p - 0.5));
  if (degrees === 2) return (2 * p - 1) / Math.sqrt(2 * p * (1 - p));
  return studentQuantile(p, degrees);
}

import type { Jumps } from './jumps.ts';
import { median } from './numbers.ts';

/** Fewer jumps upward say nothing of a period. */
const fewestRises = 3;
/** Cycles; a shorter tread cannot be told from a line. */
const shortestTread = 4;
/** Treads a run must hold: a few steps up can be any warm-up, evenly spaced by luck. */
const fewestTreads = 4;
/** Offsets tried around the fitted one: as shares of a cycle, and of what the tread's length leaves open. */
const shifts = [-0.5, -0.25, 0, 0.25, 0.5] as const;
const stretches = [-0.5, 0, 0.5] as const;

interface Treads {
  /** Cycles from one step to the next. */
  readonly length: number;
  /** Index at which a step lies; need not be whole. */
  readonly first: number;
}

/**
 * An allocator takes memory by quanta, so a steady leak shows as a staircase: steps of one size at one distance. This is
 * the staircase that follows the jumps best, as a column whose coefficient is a slope per cycle; null when they show no
 * period. (Jumps told each as a level of its own would hide the growth, and told as noise drown it.)
 */
export function staircaseOf(cycles: Float64Array, jumps: Jumps): Float64Array | null {
  const n = cycles.length;
  const rises = jumps.at.filter((_, j) => (jumps.sizes[j] ?? 0) > 0);
  if (rises.length < fewestRises) return null;
  const least = shortestTread;
  const most = n / fewestTreads;
  let best: { column: Float64Array; told: number } | null = null;
  for (const { length, first } of treadsOf(rises)) {
    const steps = n / length;
    for (const stretch of stretches) {
      const long = length * (1 + stretch / steps);
      if (!(long >= least && long <= most)) continue;
      for (const shift of shifts) {
        const column = stairs(cycles, { length: long, first: first + shift });
        const told = toldBy(column, jumps.clipped);
        if (told > (best?.told ?? 0)) best = { column, told };
      }
    }
  }
  return best?.column ?? null;
}

/** Each distance between neighbours, and half of it, taken for the tread; then fitted to all rises. */
function treadsOf(rises: readonly number[]): Treads[] {
  const gaps = rises.slice(1).map((at, j) => at - (rises[j] as number));
  const guesses = new Set([...gaps, ...gaps.map((gap) => gap / 2), median(gaps)]);
  return [...guesses].filter((gap) => gap >= shortestTread).map((gap) => fitTreads(rises, gap));
}

/** Least squares of the places on the number of the step each must be. */
function fitTreads(rises: readonly number[], gap: number): Treads {
  const numbers = rises.map((at) => Math.round((at - (rises[0] as number)) / gap));
  const count = rises.length;
  const middle = numbers.reduce((a, b) => a + b, 0) / count;
  const place = rises.reduce((a, b) => a + b, 0) / count;
  let across = 0;
  let square = 0;
  rises.forEach((at, j) => {
    const number = (numbers[j] as number) - middle;
    across += number * (at - place);
    square += number * number;
  });
  const length = square > 0 ? across / square : gap;
  return { length, first: place - middle * length };
}

function stairs(cycles: Float64Array, { length, first }: Treads): Float64Array {
  const column = cycles.map((_, i) => length * Math.floor((i - first) / length));
  const middle = column.reduce((a, b) => a + b, 0) / column.length;
  return column.map((x) => x - middle);
}

/** Sum of squares that a multiple of the column takes off; 0 when it would have to fall. */
function toldBy(column: Float64Array, values: Float64Array): number {
  const level = values[0] as number;
  let across = 0;
  let square = 0;
  for (let i = 0; i < column.length; i += 1) {
    const x = column[i] as number;
    across += x * ((values[i] as number) - level);
    square += x * x;
  }
  return across > 0 && square > 0 ? (across * across) / square : 0;
}

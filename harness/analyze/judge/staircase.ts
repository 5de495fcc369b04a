/** Fewer jumps upward say nothing of a period. */
const fewestRises = 3;
/** Cycles; a shorter tread cannot be told from a line. */
const shortestTread = 4;
/** Treads a run must hold: a few steps up can be any warm-up, evenly spaced by luck. */
const fewestTreads = 4;
/** Offsets tried around the fitted treads: in cycles, and as shares of what the places leave open of the length. */
const shifts = [-0.5, -0.25, 0, 0.25, 0.5] as const;
const stretches = [-0.5, 0, 0.5] as const;
const emptyStep = 0.02;

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
export function staircaseOf(values: Float64Array, rises: readonly number[]): Float64Array | null {
  const n = values.length;
  if (rises.length < fewestRises) return null;
  const treads = likeliestTreads(rises, n / fewestTreads);
  if (treads === null) return null;
  const { length, first } = treads;
  const best = { told: 0, length, first };
  for (const stretch of stretches) {
    const long = length * (1 + (stretch * length) / n);
    for (const shift of shifts) {
      const told = toldBy(values, long, first + shift);
      if (told > best.told) Object.assign(best, { told, length: long, first: first + shift });
    }
  }
  return best.told > 0 ? stairs(n, best) : null;
}

/** Each distance between neighbours, and half of it, taken for the tread; the one whose steps meet most rises. */
function likeliestTreads(rises: readonly number[], longest: number): Treads | null {
  const gaps = rises.slice(1).map((at, j) => at - (rises[j] as number));
  const guesses = new Set([...gaps, ...gaps.map((gap) => gap / 2)]);
  let best: Treads | null = null;
  let least = Infinity;
  for (const gap of guesses) {
    if (gap < shortestTread || gap > longest) continue;
    const treads = fitTreads(rises, gap);
    const missed = missedBy(treads, rises);
    if (missed < least) [best, least] = [treads, missed];
  }
  return best;
}

/** Mean square by which rises miss the steps, in treads (a third of one is chance), and a little for each empty step. */
function missedBy({ length, first }: Treads, rises: readonly number[]): number {
  let sum = 0;
  for (const at of rises) {
    const steps = (at - first) / length;
    sum += (steps - Math.round(steps)) ** 2;
  }
  const last = rises[rises.length - 1] as number;
  const steps = 1 + (last - (rises[0] as number)) / length;
  return sum / rises.length + emptyStep * Math.max(0, steps / rises.length - 1);
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

/** The column, centred. */
function stairs(n: number, { length, first }: Treads): Float64Array {
  const column = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < n; i += 1) {
    column[i] = length * Math.floor((i - first) / length);
    sum += column[i] as number;
  }
  for (let i = 0; i < n; i += 1) column[i] = (column[i] as number) - sum / n;
  return column;
}

/** Sum of squares that a multiple of the staircase takes off; 0 when it would have to fall. */
function toldBy(values: Float64Array, length: number, first: number): number {
  const n = values.length;
  const level = values[0] as number;
  let [sum, rise, across, square] = [0, 0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    const x = Math.floor((i - first) / length);
    const y = (values[i] as number) - level;
    sum += x;
    rise += y;
    across += x * y;
    square += x * x;
  }
  const covered = across - (sum * rise) / n;
  const spread = square - (sum * sum) / n;
  return covered > 0 && spread > 0 ? (covered * covered) / spread : 0;
}

import { median } from './numbers.ts';

/**
 * What is found in the cycle-to-cycle differences before any slope is fitted: isolated upward spikes (clipped), level
 * jumps (each starts a new segment with its own level), and resets of a saw-tooth.
 */
export interface Jumps {
  /** The series with isolated upward spikes taken down to their neighbours. */
  readonly clipped: Float64Array;
  /** Indices i where the level moves between point i-1 and point i. */
  readonly at: readonly number[];
  /** Size of each of those moves beyond the local slope. */
  readonly sizes: readonly number[];
  /** Robust standard deviation of one difference. */
  readonly scale: number;
}

const spikeScales = 3.5;
const jumpScales = 4.5;
/** Allocators grow by quanta: once two jumps are sure, others of about their size are looked for closer to the noise. */
const quantumScales = 3;
const quantumShare = 0.62;
const neighbours = 4;
/** Exact series are rounded somewhere: a difference this small against the whole range is no jump. */
const roundingShare = 1e-5;

export function findJumps(values: Float64Array): Jumps {
  const rough = excess(values);
  const clipped = clipSpikes(values, spikeScales * rough.scale + rough.slope);
  const { moves, scale } = excess(clipped);
  const large = over(moves, jumpScales * scale);
  if (large.length < 2) return { clipped, at: large, sizes: sizesAt(moves, large), scale };
  const usual = median(sizesAt(moves, large).map(Math.abs));
  const at = over(
    moves,
    Math.min(jumpScales, Math.max(quantumScales, (quantumShare * usual) / scale)) * scale,
  );
  return { clipped, at, sizes: sizesAt(moves, at), scale };
}

function over(moves: Float64Array, height: number): number[] {
  const at: number[] = [];
  for (let i = 1; i < moves.length; i += 1) if (Math.abs(moves[i] ?? 0) > height) at.push(i);
  return at;
}

function sizesAt(moves: Float64Array, at: readonly number[]): number[] {
  return at.map((i) => moves[i] ?? 0);
}

/**
 * Opening with a flat element of two points (J. Serra 1982): a peak one cycle wide is not level. Only peaks higher than
 * `height` are touched, since an opening of plain noise would pull the whole series down.
 */
function clipSpikes(values: Float64Array, height: number): Float64Array {
  const last = values.length - 1;
  return values.map((value, i) => {
    const before = i > 0 ? Math.min(value, values[i - 1] ?? value) : -Infinity;
    const after = i < last ? Math.min(value, values[i + 1] ?? value) : -Infinity;
    const opened = Math.max(before, after);
    return value - opened > height ? opened : value;
  });
}

interface Excess {
  /** Each difference minus the median of its neighbours: a steady slope or a smooth bend is no jump. */
  readonly moves: Float64Array;
  readonly scale: number;
  /** Median size of a difference: the top of a ramp stands that high over its neighbours without being a spike. */
  readonly slope: number;
}

function excess(values: Float64Array): Excess {
  const n = values.length;
  const moves = new Float64Array(n);
  const window = new Float64Array(2 * neighbours);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 1; i < n; i += 1) {
    const from = Math.max(1, Math.min(i - neighbours, n - 1 - 2 * neighbours));
    let count = 0;
    for (let j = from; j < n && count < 2 * neighbours; j += 1) {
      if (j === i) continue;
      window[count] = (values[j] ?? 0) - (values[j - 1] ?? 0);
      count += 1;
    }
    moves[i] = (values[i] ?? 0) - (values[i - 1] ?? 0) - middle(window, count);
    low = Math.min(low, values[i] ?? 0);
    high = Math.max(high, values[i] ?? 0);
  }
  const sizes = moves.subarray(1).map((move) => Math.abs(move));
  sizes.sort();
  const scale = 1.4826 * (sizes[Math.floor((n - 1) / 2)] ?? 0);
  const steps = moves.subarray(1).map((_, i) => Math.abs((values[i + 1] ?? 0) - (values[i] ?? 0)));
  return { moves, scale: Math.max(scale, roundingShare * (high - low)), slope: median(steps) };
}

/** Median of the first `count` entries; sorts them in place (few, so by insertion). */
function middle(window: Float64Array, count: number): number {
  for (let i = 1; i < count; i += 1) {
    const value = window[i] ?? 0;
    let j = i - 1;
    while (j >= 0 && (window[j] ?? 0) > value) {
      window[j + 1] = window[j] ?? 0;
      j -= 1;
    }
    window[j + 1] = value;
  }
  const half = count >> 1;
  return count % 2 === 1
    ? (window[half] ?? 0)
    : ((window[half - 1] ?? 0) + (window[half] ?? 0)) / 2;
}

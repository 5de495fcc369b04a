import { median, medianInPlace, reusable, selectInPlace } from './numbers.ts';

/**
 * What is found in the cycle-to-cycle differences before any slope is fitted: short upward spikes (clipped), and level
 * jumps (each starts a new segment with its own level, or resets a saw-tooth).
 */
export interface Jumps {
  /** The series with upward spikes of one or two cycles taken down to their neighbours. */
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
/** A jump stays: over this many points on each side its level must have moved by half of it. */
const stretch = 5;
const persistence = 0.5;
const longestBlip = 2;

export function findJumps(values: Float64Array): Jumps {
  const rough = excess(values);
  const height = spikeScales * rough.scale;
  const narrow = clipSpikes(values, 1, height + rough.slope);
  const wide = clipSpikes(narrow, 2, height + 2 * rough.slope);
  const before = wide === values ? rough : excess(wide);
  const clipped = flattenBlips(wide, before);
  const fine = clipped === wide ? before : excess(clipped);
  const { moves, scale } = fine;
  const large = lasting(clipped, fine, over(moves, jumpScales * scale));
  if (large.length < 2) return { clipped, at: large, sizes: sizesAt(moves, large), scale };
  const usual = median(sizesAt(moves, large).map(Math.abs));
  const scales = Math.min(jumpScales, Math.max(quantumScales, (quantumShare * usual) / scale));
  const at = lasting(clipped, fine, over(moves, scales * scale));
  return { clipped, at, sizes: sizesAt(moves, at), scale };
}

function over(moves: Float64Array, height: number): number[] {
  const at: number[] = [];
  for (let i = 1; i < moves.length; i += 1) if (Math.abs(moves[i] as number) > height) at.push(i);
  return at;
}

function sizesAt(moves: Float64Array, at: readonly number[]): number[] {
  return at.map((i) => moves[i] ?? 0);
}

/** Drops moves that are undone at once, and those that the points on both sides, up to the next move, do not bear out. */
function lasting(
  values: Float64Array,
  { moves, slopes }: Excess,
  found: readonly number[],
): number[] {
  const blips = findBlips(moves, found);
  const at = found.filter((i) => !blips.some(([from, to]) => i === from || i === to));
  return at.filter((i, j) => {
    const from = Math.max(at[j - 1] ?? 0, i - stretch);
    const to = Math.min(at[j + 1] ?? values.length, i + stretch);
    const before = medianInPlace(values.slice(from, i));
    const after = medianInPlace(values.slice(i, to));
    const moved = after - before - ((slopes[i] as number) * (to - from)) / 2;
    const size = moves[i] as number;
    return moved * Math.sign(size) > persistence * Math.abs(size);
  });
}

/** A move and the one that undoes it within two cycles: up or down, that is no level. */
function findBlips(
  moves: Float64Array,
  at: readonly number[],
): readonly (readonly [number, number])[] {
  const blips: (readonly [number, number])[] = [];
  for (let j = 0; j + 1 < at.length; j += 1) {
    const from = at[j] as number;
    const to = at[j + 1] as number;
    if (to - from > longestBlip || !undoes(moves[from] ?? 0, moves[to] ?? 0)) continue;
    blips.push([from, to]);
    j += 1;
  }
  return blips;
}

/** Large ones are put back on their level, as spikes are: left in, they would be all the noise an exact series has. */
function flattenBlips(values: Float64Array, { moves, slopes, scale }: Excess): Float64Array {
  const blips = findBlips(moves, over(moves, jumpScales * scale));
  if (blips.length === 0) return values;
  const flat = values.slice();
  for (const [from, to] of blips) {
    for (let i = from; i < to; i += 1) flat[i] = (flat[i - 1] ?? 0) + (slopes[i] ?? 0);
  }
  return flat;
}

function undoes(move: number, next: number): boolean {
  return Math.abs(move + next) < persistence * Math.max(Math.abs(move), Math.abs(next));
}

/**
 * Opening with a flat element one point wider than the spike (J. Serra 1982). Only peaks higher than `height` are
 * touched, since an opening of plain noise would pull the whole series down. Elements that stick out at an end count with
 * the points they have: nobody saw the other flank, so an end is never a spike.
 */
function clipSpikes(values: Float64Array, width: number, height: number): Float64Array {
  const n = values.length;
  let clipped = values;
  for (let i = 0; i < n; i += 1) {
    const value = values[i] as number;
    const before = i > 0 ? (values[i - 1] as number) : value;
    const after = i + 1 < n ? (values[i + 1] as number) : value;
    if (value - before <= height && value - after <= height) continue;
    let opened = -Infinity;
    for (let from = i - width; from <= i; from += 1) {
      let low = value;
      const to = Math.min(n - 1, from + width);
      for (let j = Math.max(0, from); j <= to; j += 1) low = Math.min(low, values[j] as number);
      opened = Math.max(opened, low);
    }
    if (value - opened <= height) continue;
    if (clipped === values) clipped = values.slice();
    clipped[i] = opened;
  }
  return clipped;
}

interface Excess {
  /** Each difference minus the median of its neighbours: a steady slope or a smooth bend is no jump. */
  readonly moves: Float64Array;
  /** That median. */
  readonly slopes: Float64Array;
  readonly scale: number;
  /** Median size of a difference: the top of a ramp stands that high over its neighbours without being a spike. */
  readonly slope: number;
}

const stepsFor = reusable();
const sizesFor = reusable();

function excess(values: Float64Array): Excess {
  const n = values.length;
  const steps = stepsFor(n - 1).subarray(0, n - 1);
  let low = values[0] as number;
  let high = low;
  for (let i = 1; i < n; i += 1) {
    const value = values[i] as number;
    steps[i - 1] = value - (values[i - 1] as number);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const slopes = mediansBeside(steps);
  const moves = new Float64Array(n);
  const sizes = sizesFor(n - 1).subarray(0, n - 1);
  for (let i = 1; i < n; i += 1) {
    const step = steps[i - 1] as number;
    const move = step - (slopes[i] as number);
    moves[i] = move;
    sizes[i - 1] = Math.abs(move);
    steps[i - 1] = Math.abs(step);
  }
  const scale = Math.max(scaleOf(sizes), roundingShare * (high - low));
  return { moves, slopes, scale, slope: medianInPlace(steps) };
}

/** For each point the median of the steps around its own: a window in order that slides, its own step passed over. */
function mediansBeside(steps: Float64Array): Float64Array {
  const count = steps.length;
  const width = Math.min(count, 2 * neighbours + 1);
  const sorted = Array.from(steps.subarray(0, width)).sort((a, b) => a - b);
  const slopes = new Float64Array(count + 1);
  let from = 0;
  for (let i = 0; i < count; i += 1) {
    if (from < Math.min(i - neighbours, count - width)) {
      replaceSorted(sorted, steps[from] as number, steps[from + width] as number);
      from += 1;
    }
    slopes[i + 1] = middleWithout(sorted, steps[i] as number);
  }
  return slopes;
}

function replaceSorted(sorted: number[], old: number, value: number): void {
  const last = sorted.length - 1;
  let at = 0;
  while ((sorted[at] as number) < old) at += 1;
  for (; at < last && (sorted[at + 1] as number) < value; at += 1) {
    sorted[at] = sorted[at + 1] as number;
  }
  for (; at > 0 && (sorted[at - 1] as number) > value; at -= 1) {
    sorted[at] = sorted[at - 1] as number;
  }
  sorted[at] = value;
}

function middleWithout(sorted: readonly number[], value: number): number {
  const count = sorted.length - 1;
  const half = count >> 1;
  const passed = (rank: number): number =>
    sorted[rank + ((sorted[rank] as number) >= value ? 1 : 0)] as number;
  return count % 2 === 1 ? passed(half) : (passed(half - 1) + passed(half)) / 2;
}

/** Moves this many scales high are no noise: 1 in 370 of a normal one's are. */
const noNoise = 3;
/** Among fewer moves the share of large ones is luck, or the steep part of a warm-up. */
const enoughMoves = 30;

/**
 * Median size over that of a normal one's; jumps are counted out of the ranks once, since with one move in five a jump
 * it is a quarter too large and hides the others.
 */
function scaleOf(sizes: Float64Array): number {
  const first = 1.4826 * medianInPlace(sizes);
  if (sizes.length < enoughMoves) return first;
  let large = 0;
  for (const size of sizes) if (size > noNoise * first) large += 1;
  if (large === 0) return first;
  const rank = Math.floor((sizes.length - large) / 2);
  return Math.min(first, 1.4826 * selectInPlace(sizes, rank));
}

import { type Ages, type Curve, cyclesColumn } from './curves.ts';
import type { Jumps } from './jumps.ts';
import { type Column, columnOf, type Moments, momentsOf } from './slope-moments.ts';
import { profileSlope, type Ridge } from './slope-profile.ts';

/** The ways of telling a series that `stories.ts` weighs against each other. */
export interface StoryInput {
  readonly cycles: Float64Array;
  readonly jumps: Jumps;
  readonly ages: Ages;
  readonly centre: Centre;
  readonly limit: number;
  /** Its jumps told as steady quanta, if they show a period. */
  readonly staircase?: Float64Array | null;
}

/** One way of telling the series: its columns fitted, before a side of the limit is chosen. */
export interface Telling {
  readonly kind: LevelKind | 'saw-tooth' | 'staircase';
  readonly ridge: Ridge;
  readonly curve: Curve | null;
  readonly charge: number;
  readonly degrees: number;
}

/** With two resets any slope and ramp fit; an envelope that falls half as fast as the ramps rise is no saw-tooth. */
const steepestFall = 0.5;
/** Relative to the range: a fit better than this is rounding. */
const floorShare = 1e-7;

/** More levels change only what is told in levels; and without any, that is the smooth telling. */
export function lastingOf(tellings: readonly Telling[], { jumps }: StoryInput): readonly Telling[] {
  if (jumps.at.length > 0) return tellings.filter(({ kind }) => kind !== 'levels');
  return tellings.map((telling) => ({ ...telling, kind: 'smooth' }));
}

export interface Centre {
  readonly k: Column;
  readonly y: Column;
  readonly floor: number;
}

export type LevelKind = 'levels' | 'smooth';

export interface LevelSpec {
  readonly input: StoryInput;
  readonly curves: readonly Curve[];
  /** Jumps as new levels, and as mere noise around one line: small steady jumps are growth. */
  readonly kinds: readonly LevelKind[];
  /** AR coefficients of the stories these curves refine: theirs will be about the same. */
  readonly rhos?: readonly number[];
}

export function levelTellings({ input, curves, kinds, rhos }: LevelSpec): Telling[] {
  const moments = momentsFor(input.centre, curves);
  return kinds.flatMap((kind) => tellLevels({ input, moments, curves, kind, rhos }));
}

function momentsFor({ k, y }: Centre, curves: readonly Curve[]): Moments {
  const columns = curves.map(({ column }) => column);
  return momentsOf(k, y, columns);
}

interface TellSpec {
  readonly input: StoryInput;
  readonly moments: Moments;
  readonly curves: readonly Curve[];
  readonly kind: LevelKind;
  readonly rhos?: readonly number[] | undefined;
}

function tellLevels({ input, moments, curves, kind, rhos }: TellSpec): Telling[] {
  const n = input.cycles.length;
  const starts = kind === 'levels' ? [0, ...input.jumps.at] : [0];
  const ridges = profileSlope(
    { moments, starts, floor: input.centre.floor, near: rhos },
    input.limit,
  );
  const charge = (starts.length - 1) * (2 + Math.log(n));
  return ridges.map((ridge) => {
    const curve = curves[ridge.free.curve] ?? null;
    return { kind, ridge, curve, charge, degrees: n - starts.length - (curve === null ? 1 : 2) };
  });
}

/** Resets are not new levels here: cycles since the last reset is one more column, and up-jumps stay levels. */
export function sawToothTellings({ cycles, jumps, limit, centre }: StoryInput): Telling[] {
  const n = cycles.length;
  const resets = jumps.at.filter((_, i) => (jumps.sizes[i] ?? 0) < 0);
  const rises = jumps.at.filter((_, i) => (jumps.sizes[i] ?? 0) > 0);
  const first = resets[0];
  // Ups and downs alike are levels or leftovers of spikes.
  if (first === undefined || 2 * rises.length > resets.length + 1) return [];
  const starts = [...new Set([0, first, ...rises])].sort((a, b) => a - b);
  const { k, y, floor } = centre;
  const moments = momentsOf(k, y, [columnOf(rampOf(cycles, resets), k.values)]);
  // A reset costs its place, but no level: it falls back to the common line.
  const charge = (starts.length - 1) * (2 + Math.log(n)) + (resets.length - 1) * Math.log(n);
  return profileSlope({ moments, starts, floor, areRamps: true }, limit)
    .filter(({ free }) => free.curve === 0 && free.slope > -steepestFall * free.size)
    .map((ridge) => ({
      kind: 'saw-tooth',
      ridge,
      curve: null,
      charge,
      degrees: n - starts.length - 2,
    }));
}

/** No segments: the staircase is the jumps, and its coefficient the slope. */
export function staircaseTellings({ cycles, limit, staircase, centre }: StoryInput): Telling[] {
  const values = staircase ?? null;
  if (values === null) return [];
  const { y, floor } = centre;
  const n = cycles.length;
  const moments = momentsOf(columnOf(values, values), columnOf(y.values, values), []);
  // Tread and place of its steps.
  const charge = 2 * Math.log(n);
  return profileSlope({ moments, starts: [0], floor }, limit).map((ridge) => ({
    kind: 'staircase',
    ridge,
    curve: null,
    charge,
    degrees: n - 4,
  }));
}

/** Cycles since the last reset. */
function rampOf(cycles: Float64Array, resets: readonly number[]): Float64Array {
  let last = 0;
  let next = 0;
  return cycles.map((cycle, i) => {
    if (i === resets[next]) {
      last = i;
      next += 1;
    }
    return cycle - (cycles[last] ?? 0);
  });
}

/** The series about its middle value, and its cycles. */
export function centreOf(values: Float64Array, ages: Ages): Centre {
  const n = values.length;
  const k = cyclesColumn(ages);
  const level = values[n >> 1] ?? 0;
  const y = new Float64Array(n);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < n; i += 1) {
    const value = values[i] as number;
    y[i] = value - level;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const floor = (floorShare * (high - low)) ** 2 || Number.MIN_VALUE;
  return { k, y: columnOf(y, k.values), floor };
}

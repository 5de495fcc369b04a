import { type Ages, boundedCurves, type Curve, curvesNear, cyclesColumn } from './curves.ts';
import type { Jumps } from './jumps.ts';
import { type Column, columnOf, type Moments, momentsOf } from './slope-moments.ts';
import { likelihoodAt, type Peak, profileSlope, type Ridge } from './slope-profile.ts';

/**
 * Compares the best story in which the series grows over its limit with the best in which it does not. A story is a
 * level, a slope, at most one curve and AR(1) noise, told with every jump starting a new level, with jumps as mere
 * noise, or as one saw-tooth (all ramps equally steep, every reset back to the same line).
 */
export interface StoryInput {
  readonly cycles: Float64Array;
  readonly jumps: Jumps;
  readonly ages: Ages;
  readonly centre: Centre;
  readonly limit: number;
  /** Its jumps told as steady quanta, if they show a period. */
  readonly staircase?: Float64Array | null;
}

export interface Story {
  readonly kind: 'levels' | 'smooth' | 'saw-tooth' | 'staircase';
  readonly peak: Peak;
  /** The slope of this story: the peak's own, or the limit where the peak lies on the other side. */
  readonly slope: number;
  /** 2 x log-likelihood at that slope, less what its levels and its curve cost. */
  readonly score: number;
  readonly curve: Curve | null;
  /** Points less the levels and columns spent. */
  readonly degrees: number;
}

export interface Weighing {
  /** 2 x log-likelihood by which growing beats not growing; negative when it loses. */
  readonly evidence: number;
  /** The same with the charges exchanged: what "steady" is held to, so that neither answer has it easy. */
  readonly doubt: number;
  readonly growing: Story;
  readonly bounded: Story;
  /** Best story without a curve, whichever side. */
  readonly flat: Story;
  readonly lasting: readonly Telling[];
}

/** One way of telling the series: its columns fitted, before a side of the limit is chosen. */
export interface Telling {
  readonly kind: Story['kind'];
  readonly ridge: Ridge;
  readonly curve: Curve | null;
  readonly charge: number;
  readonly degrees: number;
}

/** A warm-up is common, so a bounded story gets its curve cheaply; a growing one must show the bend. */
const boundedCharge = 3;
const growingCharge = 8;
/** With two resets any slope and ramp fit; an envelope that falls half as fast as the ramps rise is no saw-tooth. */
const steepestFall = 0.5;
/** Evidence above which the bounded curves are fitted more finely. */
const worthRefining = 3;
/** Evidence for a straight line that no finer curve and no hidden step takes away. */
export const plainEvidence = 40;
/** No warm-up follows a formula better than this: growth must not rest on how exactly one does. */
const curveError = 0.0003;
/** Noise under this share of a curve's rise is rounding. */
const exactShare = 1e-4;
/** Relative to the range: a fit better than this is rounding. */
const floorShare = 1e-7;

/** `lasting`: the tellings of an earlier weighing that new levels do not change. */
export function weighStories(
  input: StoryInput,
  lasting: readonly Telling[] | null = null,
): Weighing | null {
  const curves = boundedCurves(input.ages);
  const kinds: readonly LevelKind[] =
    lasting === null && input.jumps.at.length > 0 ? ['levels', 'smooth'] : ['levels'];
  const others = lasting ?? [...sawToothTellings(input), ...staircaseTellings(input)];
  const tellings = [...levelTellings({ input, curves, kinds }), ...others];
  let weighing = weigh(tellings, input);
  for (const fine of [false, true, true]) {
    if (weighing === null || weighing.evidence < worthRefining) break;
    const { growing, bounded } = weighing;
    if (growing.curve === null && weighing.evidence > plainEvidence) break;
    const near = [growing, bounded].flatMap(({ curve }) => (curve === null ? [] : [curve]));
    if (near.length === 0) break;
    const finer = near.flatMap((curve) => curvesNear(curve, input.ages, fine));
    tellings.push(...levelTellings({ input, curves: finer, kinds, near: [growing, bounded] }));
    weighing = weigh(tellings, input);
  }
  return weighing;
}

/** More levels change only what is told in levels; and without any, that is the smooth telling. */
function lastingOf(tellings: readonly Telling[], { jumps }: StoryInput): readonly Telling[] {
  if (jumps.at.length > 0) return tellings.filter(({ kind }) => kind !== 'levels');
  return tellings.map((telling) => ({ ...telling, kind: 'smooth' }));
}

/** Evidence of the envelope alone: growth between resets that give it back is not told. */
export function weighSawTooth(input: StoryInput): number {
  return weigh(sawToothTellings(input), input)?.evidence ?? 0;
}

/** A straight line through the levels: what the noise and the certainty of a slope are read from. Cheap. */
export function flatStory(input: StoryInput): Story | null {
  const moments = momentsFor(input.centre, []);
  const [telling] = tellLevels({ input, moments, curves: [], kind: 'levels' });
  if (telling === undefined) return null;
  return storyOf(
    telling,
    telling.ridge.free,
    telling.ridge.free.slope,
    telling.ridge.free.likelihood,
  );
}

function weigh(tellings: readonly Telling[], input: StoryInput): Weighing | null {
  let growing: Story | null = null;
  let flat: Story | null = null;
  for (const telling of tellings) {
    const { curve, ridge, charge } = telling;
    const score = ridge.free.likelihood - charge;
    if (curve === null && score > (flat?.score ?? -Infinity)) {
      flat = storyOf(telling, ridge.free, ridge.free.slope, score);
    }
    if (curve?.slow !== true) growing = better(growing, telling, input, true);
  }
  let bounded: Story | null = null;
  for (const telling of tellings) {
    if (telling.curve?.slow === true && growing?.curve === null) continue;
    bounded = better(bounded, telling, input, false);
  }
  if (growing === null || bounded === null || flat === null) return null;
  const share = Math.max(1, growing.degrees) / input.cycles.length;
  const evidence = (growing.score - bounded.score) * share;
  const doubt = doubtOf(tellings, input) * share;
  return { evidence, doubt, growing, bounded, flat, lasting: lastingOf(tellings, input) };
}

function doubtOf(tellings: readonly Telling[], input: StoryInput): number {
  let growing = -Infinity;
  let bounded = -Infinity;
  for (const telling of tellings) {
    growing = Math.max(growing, scoreOf(telling, input, true) - chargeOf(telling, input, false));
    bounded = Math.max(bounded, scoreOf(telling, input, false) - chargeOf(telling, input, true));
  }
  return growing - bounded;
}

/** The better of a story and a telling held on one side of the limit, its curve charged. */
function better(best: Story | null, telling: Telling, input: StoryInput, over: boolean): Story {
  const score = scoreOf(telling, input, over) - chargeOf(telling, input, over);
  if (best !== null && best.score >= score) return best;
  const peak = over ? telling.ridge.over : telling.ridge.under;
  const own = peak.slope > input.limit === over;
  return storyOf(telling, peak, own ? peak.slope : input.limit, score);
}

function scoreOf({ ridge, charge }: Telling, { limit, cycles }: StoryInput, over: boolean): number {
  const peak = over ? ridge.over : ridge.under;
  const own = peak.slope > limit === over;
  return (own ? peak.likelihood : likelihoodAt(peak, limit, cycles.length)) - charge;
}

function chargeOf({ curve, ridge }: Telling, { cycles }: StoryInput, full: boolean): number {
  if (curve === null) return 0;
  if (!full) return boundedCharge;
  return growingCharge + misfit(ridge.free, curve, cycles.length);
}

function storyOf(
  { kind, curve, degrees }: Telling,
  peak: Peak,
  slope: number,
  score: number,
): Story {
  return { kind, peak, slope, score, curve, degrees };
}

/** 2 x log-likelihood a growing story loses when its curve is only known to `curveError`. */
function misfit(peak: Peak, { values }: Curve, n: number): number {
  const rise = peak.size * ((values[n - 1] ?? 0) - (values[0] ?? 0));
  return n * Math.log(1 + (n * (curveError * rise) ** 2) / peak.rss);
}

/** Noise so small against the warm-up that no formula fits it: then only the time after the warm-up can be read. */
export function isExact({ curve, peak }: Story, share = exactShare): boolean {
  const values = curve?.values;
  const rise =
    values === undefined ? 0 : peak.size * ((values[values.length - 1] ?? 0) - (values[0] ?? 0));
  return peak.variance < (share * rise) ** 2;
}

export interface Centre {
  readonly k: Column;
  readonly y: Column;
  readonly floor: number;
}

type LevelKind = 'levels' | 'smooth';

interface LevelSpec {
  readonly input: StoryInput;
  readonly curves: readonly Curve[];
  /** Jumps as new levels, and as mere noise around one line: small steady jumps are growth. */
  readonly kinds: readonly LevelKind[];
  /** The stories the curves are finer versions of: their noise will be about the same. */
  readonly near?: readonly Story[];
}

function levelTellings({ input, curves, kinds, near }: LevelSpec): Telling[] {
  const moments = momentsFor(input.centre, curves);
  const rhos = near?.map(({ peak }) => peak.rho);
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
  const ridges = profileSlope({ moments, starts, floor: input.centre.floor, near: rhos }, input.limit);
  const charge = (starts.length - 1) * (2 + Math.log(n));
  return ridges.map((ridge) => {
    const curve = curves[ridge.free.curve] ?? null;
    return { kind, ridge, curve, charge, degrees: n - starts.length - (curve === null ? 1 : 2) };
  });
}

/** Resets are not new levels here: cycles since the last reset is one more column, and up-jumps stay levels. */
function sawToothTellings({ cycles, jumps, limit, centre }: StoryInput): Telling[] {
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
  return profileSlope({ moments, starts, floor }, limit)
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
function staircaseTellings({ cycles, limit, staircase, centre }: StoryInput): Telling[] {
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

import type { Curve } from './curves.ts';
import type { Jumps } from './jumps.ts';
import { likelihoodAt, type Peak, profileSlope } from './slope-profile.ts';

/**
 * Compares the best story in which the series grows over its limit with the best in which it does not. A story is a
 * level, a slope, at most one curve and AR(1) noise, told either with every jump starting a new level or as one
 * saw-tooth (all ramps equally steep, every reset back to the same line).
 */
export interface StoryInput {
  readonly cycles: Float64Array;
  readonly jumps: Jumps;
  readonly curves: readonly Curve[];
  readonly limit: number;
}

export interface Story {
  readonly kind: 'jumps' | 'saw-tooth';
  readonly peak: Peak;
  /** The slope of this story: the peak's own, or the limit where the peak lies on the other side. */
  readonly slope: number;
  /** Charged 2 x log-likelihood at that slope. */
  readonly score: number;
  readonly curve: Curve | null;
  /** Points less the levels and columns spent. */
  readonly degrees: number;
}

export interface Weighing {
  /** 2 x log-likelihood by which growing beats not growing; negative when it loses. */
  readonly evidence: number;
  readonly growing: Story;
  readonly bounded: Story;
  /** Best story without a curve, whichever side. */
  readonly flat: Story;
  readonly all: readonly Story[];
}

const curveCharge = 3;
/** Relative to the range: a fit better than this is rounding. */
const floorShare = 1e-7;

export function weighStories(input: StoryInput): Weighing | null {
  const stories = [...jumpStories(input), ...sawToothStories(input)];
  let growing: Story | null = null;
  let flat: Story | null = null;
  for (const story of stories) {
    const up = held(story, input, true);
    if (story.curve?.slow !== true && up.score > (growing?.score ?? -Infinity)) growing = up;
    if (story.curve === null && story.score > (flat?.score ?? -Infinity)) flat = story;
  }
  let bounded: Story | null = null;
  for (const story of stories) {
    if (story.curve?.slow === true && growing?.curve === null) continue;
    const down = held(story, input, false);
    if (down.score > (bounded?.score ?? -Infinity)) bounded = down;
  }
  if (growing === null || bounded === null || flat === null) return null;
  const share = Math.max(1, growing.degrees) / input.cycles.length;
  return { evidence: (growing.score - bounded.score) * share, growing, bounded, flat, all: stories };
}

/** The same story with its slope moved to the wanted side of the limit. */
function held(story: Story, input: StoryInput, over: boolean): Story {
  if (story.peak.slope > input.limit === over) return story;
  const n = input.cycles.length;
  const loss = story.peak.likelihood - likelihoodAt(story.peak, input.limit, n);
  return { ...story, slope: input.limit, score: story.score - loss };
}

function jumpStories({ cycles, jumps, curves }: StoryInput): Story[] {
  const n = cycles.length;
  const starts = [0, ...jumps.at];
  const peaks = profileSlope({
    ...centred(cycles, jumps.clipped),
    starts,
    curves: curves.map((curve) => curve.values),
  });
  const charge = jumps.at.length * (2 + Math.log(n));
  return peaks.map((peak) => {
    const curve = curves[peak.curve] ?? null;
    const degrees = n - starts.length - (curve === null ? 1 : 2);
    const score = peak.likelihood - charge - (curve === null ? 0 : curveCharge);
    return { kind: 'jumps', peak, slope: peak.slope, score, curve, degrees };
  });
}

/** Resets are not new levels here: cycles since the last reset is one more column, and up-jumps stay levels. */
function sawToothStories({ cycles, jumps }: StoryInput): Story[] {
  const n = cycles.length;
  const resets = jumps.at.filter((_, i) => (jumps.sizes[i] ?? 0) < 0);
  const rises = jumps.at.filter((_, i) => (jumps.sizes[i] ?? 0) > 0);
  const first = resets[0];
  if (first === undefined) return [];
  const ramp = new Float64Array(n);
  let last = 0;
  let next = 0;
  for (let i = 0; i < n; i += 1) {
    if (i === resets[next]) {
      last = i;
      next += 1;
    }
    ramp[i] = (cycles[i] ?? 0) - (cycles[last] ?? 0);
  }
  const starts = [...new Set([0, first, ...rises])].sort((a, b) => a - b);
  const peaks = profileSlope({ ...centred(cycles, jumps.clipped), starts, curves: [ramp] });
  const charge = (starts.length - 1) * (2 + Math.log(n)) + curveCharge - 4;
  return peaks
    .filter((peak) => peak.curve === 0)
    .map((peak) => ({
      kind: 'saw-tooth',
      peak,
      slope: peak.slope,
      score: peak.likelihood - charge,
      curve: null,
      degrees: n - starts.length - 2,
    }));
}

function centred(cycles: Float64Array, values: Float64Array): { k: Float64Array; y: Float64Array; floor: number } {
  const middle = ((cycles[0] ?? 0) + (cycles[cycles.length - 1] ?? 0)) / 2;
  const level = values[values.length >> 1] ?? 0;
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return {
    k: cycles.map((c) => c - middle),
    y: values.map((value) => value - level),
    floor: (floorShare * (high - low)) ** 2 || Number.MIN_VALUE,
  };
}

import { type Ages, boundedCurves, type Curve, curvesNear } from './curves.ts';
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
  readonly ages: Ages;
  readonly limit: number;
}

export interface Story {
  readonly kind: 'jumps' | 'saw-tooth';
  readonly peak: Peak;
  /** The slope of this story: the peak's own, or the limit where the peak lies on the other side. */
  readonly slope: number;
  /** 2 x log-likelihood at that slope, less what its levels cost. */
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
}

/** A warm-up is common, so a bounded story gets its curve cheaply; a growing one must show the bend. */
const boundedCharge = 3;
const growingCharge = 8;
/** No warm-up follows a formula better than this: growth must not rest on how exactly one does. */
const curveError = 0.0003;
/** Relative to the range: a fit better than this is rounding. */
const floorShare = 1e-7;
/** With two resets any slope and ramp fit; an envelope that falls half as fast as the ramps rise is no saw-tooth. */
const steepestFall = 0.5;
/** Evidence above which the bounded curves are fitted more finely. */
const worthRefining = 3;

export function weighStories(input: StoryInput, only?: Story['kind']): Weighing | null {
  const stories = [
    ...(only === 'saw-tooth' ? [] : levelStories(input)),
    ...(only === 'jumps' ? [] : sawToothStories(input)),
  ];
  let weighing = weigh(stories, input);
  for (const fine of [false, true, true]) {
    if (weighing === null || weighing.evidence < worthRefining) break;
    const { growing, bounded } = weighing;
    const near = [growing, bounded].flatMap(({ curve }) => (curve === null ? [] : [curve]));
    if (near.length === 0) break;
    const curves = near.flatMap((curve) => curvesNear(curve, input.ages, fine));
    stories.push(...jumpStories(input, curves));
    weighing = weigh(stories, input);
  }
  return weighing;
}

/** Jumps as new levels, and jumps as mere noise around one line: small steady jumps are growth. */
function levelStories(input: StoryInput): Story[] {
  const curves = boundedCurves(input.ages);
  const levels = jumpStories(input, curves);
  if (input.jumps.at.length === 0) return levels;
  const smooth = { ...input, jumps: { ...input.jumps, at: [], sizes: [] } };
  return [...levels, ...jumpStories(smooth, curves)];
}

/** A straight line through the levels: what the noise and the certainty of a slope are read from. Cheap. */
export function flatStory(input: StoryInput): Story | null {
  return jumpStories(input, []).reduce<Story | null>(
    (best, story) => (best === null || story.score > best.score ? story : best),
    null,
  );
}

function weigh(stories: readonly Story[], input: StoryInput): Weighing | null {
  let growing: Story | null = null;
  let flat: Story | null = null;
  for (const story of stories) {
    if (story.curve === null && story.score > (flat?.score ?? -Infinity)) flat = story;
    if (story.curve?.slow === true) continue;
    const up = held(story, input, true);
    if (up.score > (growing?.score ?? -Infinity)) growing = up;
  }
  let bounded: Story | null = null;
  for (const story of stories) {
    if (story.curve?.slow === true && growing?.curve === null) continue;
    const down = held(story, input, false);
    if (down.score > (bounded?.score ?? -Infinity)) bounded = down;
  }
  if (growing === null || bounded === null || flat === null) return null;
  const share = Math.max(1, growing.degrees) / input.cycles.length;
  return { evidence: (growing.score - bounded.score) * share, growing, bounded, flat };
}

/** The same story with its slope moved to the wanted side of the limit, and its curve charged. */
function held(story: Story, input: StoryInput, over: boolean): Story {
  const charge =
    story.curve === null
      ? 0
      : over
        ? growingCharge + misfit(story, story.curve, input)
        : boundedCharge;
  if (story.peak.slope > input.limit === over) return { ...story, score: story.score - charge };
  const n = input.cycles.length;
  const loss = story.peak.likelihood - likelihoodAt(story.peak, input.limit, n);
  return { ...story, slope: input.limit, score: story.score - loss - charge };
}

/** 2 x log-likelihood a growing story loses when its curve is only known to `curveError`. */
function misfit({ peak }: Story, { values }: Curve, { cycles }: StoryInput): number {
  const n = cycles.length;
  const rise = peak.size * ((values[n - 1] ?? 0) - (values[0] ?? 0));
  return n * Math.log(1 + (n * (curveError * rise) ** 2) / peak.rss);
}

function jumpStories({ cycles, jumps }: StoryInput, curves: readonly Curve[]): Story[] {
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
    return {
      kind: 'jumps',
      peak,
      slope: peak.slope,
      score: peak.likelihood - charge,
      curve,
      degrees,
    };
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
  const charge = (starts.length - 1) * (2 + Math.log(n)) - 1;
  return peaks
    .filter((peak) => peak.curve === 0 && peak.slope > -steepestFall * peak.size)
    .map((peak) => ({
      kind: 'saw-tooth',
      peak,
      slope: peak.slope,
      score: peak.likelihood - charge,
      curve: null,
      degrees: n - starts.length - 2,
    }));
}

function centred(
  cycles: Float64Array,
  values: Float64Array,
): { k: Float64Array; y: Float64Array; floor: number } {
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

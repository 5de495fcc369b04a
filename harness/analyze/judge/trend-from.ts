import type { JudgeOptions, Trend } from '../../contracts/trend.ts';
import type { BatchReading } from './batch-rule.ts';
import type { ExactTail } from './exact-tail.ts';
import type { GrowthReading } from './find-growth.ts';
import {
  cyclesThatDecide,
  detectableSlope,
  errorOfNoise,
  errorsNeeded,
  gapOf,
  noiseOf,
  slopeError,
} from './horizon.ts';
import type { Jumps } from './jumps.ts';
import { studentQuantile } from './numbers.ts';
import type { Readable } from './read-points.ts';
import { reasonFor } from './reason-for.ts';
import { endSlopeOf, type ShapeReading, shapeOf } from './shape-of.ts';
import type { Story } from './stories.ts';

/** A line without noise cannot be chance; not 0, so that a correction for many metrics still has a number to sort. */
const exactP = 1e-9;

export interface Evidence extends Readable {
  readonly limit: number;
  readonly steadyAlpha: number;
  readonly jumps: Jumps;
  readonly batches: BatchReading;
  readonly growth: GrowthReading | null;
  readonly exact: ExactTail | null;
  readonly flat: Story | null;
  readonly options: JudgeOptions;
}

export function trendFrom(evidence: Evidence): Trend {
  const { cycles, limit, batches, growth, flat, options } = evidence;
  const n = cycles.length;
  const noise = flat === null ? 0 : noiseOf(flat);
  const reading = shapeOf({
    batches,
    growth,
    limit,
    noise,
    exact: evidence.exact,
    steadyAlpha: evidence.steadyAlpha,
  });
  const { shape } = reading;
  const { slope, low, high } = gate(reading, atItsEnd(evidence, reading), limit);
  const from = cycles[firstUsed(evidence, reading)] ?? 0;
  const to = cycles[n - 1] ?? 0;
  const detectable = detectableOf(evidence, reading, noise);
  const partial = {
    shape,
    slopePerCycle: slope,
    intervalLow: low,
    intervalHigh: high,
    minimumDetectableSlope: Math.max(detectable, resolution(options, to - (cycles[0] ?? 0))),
    cyclesToDecide: decidesAfter(evidence, reading),
    window: { from, to },
    endSlopePerCycle: endSlope(evidence, reading, slope),
    ...(flat === null ? {} : { straight: straightOf(evidence, flat) }),
    noise,
    cyclesSeen: Math.round(to - from + 1),
    pGrowing: pOf(evidence, reading),
  };
  return {
    ...partial,
    reason: reasonFor(partial, {
      limit,
      options,
      growth,
      exact: evidence.exact,
      jumps: evidence.jumps,
    }),
  };
}

/** What would have shown: by the noise of this run, or by that of an idle program on this machine where that is more. */
function detectableOf(evidence: Evidence, { from }: ShapeReading, noise: number): number {
  const { flat, exact, limit, cycles, options } = evidence;
  const n = cycles.length;
  const idle = options.idleNoise ?? 0;
  const least = idle > noise ? limit + errorsNeeded(n) * errorOfNoise(idle, cycles) : limit;
  if (flat === null) return least;
  const isExact = from === 'exact' && exact !== null;
  if (isExact) return Math.max(limit + exact.high - exact.low, least);
  // An idle program's noise is as correlated as this one's, for all that is known.
  const louder = noise > 0 ? Math.max(1, idle / noise) : 1;
  return Math.max(limit + louder * (detectableSlope(flat, limit, n) - limit), least);
}

function straightOf(evidence: Evidence, flat: Story): NonNullable<Trend['straight']> {
  const error = spreadOf(flat, clippedShare(evidence)) * slopeError(flat);
  return { slope: flat.peak.slope, error };
}

function firstUsed({ batches, exact }: Evidence, { from }: ShapeReading): number {
  if (from === 'exact') return exact?.start ?? 0;
  return from === 'batches' ? batches.start : 0;
}

function pOf({ growth, batches }: Evidence, { shape, from }: ShapeReading): number {
  const p = growth?.p ?? Math.max(batches.p, 0.5);
  if (from !== 'exact') return p;
  return shape === 'growing' ? Math.min(p, exactP) : Math.max(p, 0.5);
}

/** The slope that counts at the end: a curve's last one, and what steps that may go on come to. */
function atItsEnd(evidence: Evidence, reading: ShapeReading): Estimate {
  const told = estimate(evidence, reading);
  const { growth } = evidence;
  const { shape, within } = reading;
  if (shape === 'decelerating') return movedTo(endSlope(evidence, reading, told.slope), told);
  if (growth === null) return told;
  if (shape === 'stepped' && !within) {
    return { ...told, high: Math.max(told.high, growth.pattern.goingOn) };
  }
  const { growing } = growth.weighing;
  const speedsUp = growing.curve !== null && growing.peak.size < 0;
  const isStory = shape === 'growing' && reading.from === 'stories';
  return isStory && speedsUp ? movedTo(endSlopeOf(growing), told) : told;
}

function movedTo(slope: number, told: Estimate): Estimate {
  const by = slope - told.slope;
  return { slope, low: told.low + by, high: told.high + by };
}

interface Estimate {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
}

function estimate(evidence: Evidence, { shape, from }: ShapeReading): Estimate {
  const { batches, growth, exact } = evidence;
  if (from === 'exact' && exact !== null) return exact;
  if (growth === null) return batches;
  const { weighing } = growth;
  if (from === 'batches') return shape === 'growing' ? growth.batches : batches;
  const grows = shape === 'growing' || (shape === 'undecided' && growth.evidence > 0);
  const story = grows ? weighing.growing : likelier(weighing.bounded, weighing.flat);
  const spread = spreadOf(story, clippedShare(evidence));
  const reach = spread * studentQuantile(0.975, story.degrees) * slopeError(story);
  const slope = grows ? story.slope : story.peak.slope;
  return { slope, low: slope - reach, high: slope + reach };
}

/**
 * What the likelihood does not know of: clipped spikes leave shoulders, and taking them down hides some correlation.
 * Both factors are measured (`coverage` in `test/bench/judges`): without them 95 % intervals missed 11 to 15 % at 200
 * points with correlated noise and spikes.
 */
const perRho = 0.4;
const perClipped = 2.5;

function spreadOf({ peak }: Story, clipped: number): number {
  return 1 + perRho * Math.max(0, peak.rho) + perClipped * clipped;
}

function clippedShare({ values, jumps }: Evidence): number {
  let count = 0;
  for (let i = 0; i < values.length; i += 1) if (values[i] !== jumps.clipped[i]) count += 1;
  return count / Math.max(1, values.length);
}

/** The bounded story at its own best slope, unless a straight one does as well. */
function likelier(bounded: Story, flat: Story): Story {
  return bounded.curve === null || bounded.score > flat.score ? bounded : flat;
}

/**
 * The interval is the one that gates, so it cannot contradict the shape: the judge's tests are sharper than the
 * interval of any one story (a profile excludes the limit where one story's interval may touch it), and an undecided
 * series keeps the limit inside however sure one story alone would be.
 */
function gate(
  { shape, within }: ShapeReading,
  { slope, low, high }: Estimate,
  limit: number,
): Estimate {
  if (shape === 'growing') {
    const above = limit + 1e-6 * Math.abs(slope - limit);
    return { slope, low: Math.min(slope, Math.max(low, above)), high: Math.max(high, slope) };
  }
  if (within) {
    return {
      slope: Math.min(slope, limit),
      low: Math.min(low, limit),
      high: Math.min(high, limit),
    };
  }
  if (shape === 'undecided')
    return { slope, low: Math.min(low, limit), high: Math.max(high, limit) };
  return { slope, low, high };
}

function endSlope(
  { batches, growth }: Evidence,
  { shape, within }: ShapeReading,
  slope: number,
): number {
  if (shape === 'stepped' && !within) return Math.max(slope, growth?.pattern.goingOn ?? 0);
  if (shape !== 'decelerating') return slope;
  const told = growth?.weighing.bounded;
  return told === undefined || told.curve === null ? batches.endSlope : endSlopeOf(told);
}

/** A count moves by whole ones: five of them make a slope (`jump-pattern.ts`). */
function resolution({ kind }: JudgeOptions, span: number): number {
  return kind === 'count' ? 5 / Math.max(1, span) : 0;
}

function decidesAfter(
  { flat, limit, cycles, growth }: Evidence,
  { shape, within }: ShapeReading,
): number | null {
  if (shape === 'stepped' && !within) return cycleAt(cycles, openSteps(growth, limit));
  if (shape !== 'undecided' || flat === null) return null;
  return cycleAt(cycles, cyclesThatDecide(flat, limit, cycles.length));
}

/** Steps that come to less than the limit need not end. */
function openSteps(growth: GrowthReading | null, limit: number): number | null {
  const { goingOn = 0, endsAfter = null } = growth?.pattern ?? {};
  return goingOn > limit ? endsAfter : null;
}

function cycleAt(cycles: Float64Array, points: number | null): number | null {
  return points === null ? null : Math.ceil((cycles[0] ?? 1) + (points - 1) * gapOf(cycles));
}

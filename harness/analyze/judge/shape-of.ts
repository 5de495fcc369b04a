import type { Shape } from '../../contracts/trend.ts';
import type { BatchReading } from './batch-rule.ts';
import type { ExactTail } from './exact-tail.ts';
import type { GrowthReading } from './find-growth.ts';
import { slopeError } from './horizon.ts';
import { normalQuantile } from './numbers.ts';
import { isExact, type Story, type Weighing } from './stories.ts';

/** 2 x log-likelihood over that of the normal quantile by which not growing must win: the charges favour it by this. */
const steadyMargin = 0.6;
/** And by which a curve must beat every straight story before a bend is named. */
const bendEvidence = 6;
/** A step or warm-up is named when it lifted the level by this many noise sd. */
const materialRise = 4;

/** Three steps up and none down, still coming late in the run, may be growth by quanta: flat stretches prove nothing. */
const mostDrift = 1.6;
const leastLateShare = 0.15;

/** A fit better than this share of the warm-up it rests on is a coincidence of formulas, not a finding. */
const formulaShare = 2e-3;

export interface ShapeInput {
  readonly batches: BatchReading;
  readonly growth: GrowthReading | null;
  readonly limit: number;
  readonly noise: number;
  readonly steadyAlpha: number;
  readonly exact: ExactTail | null;
}

export interface ShapeReading {
  readonly shape: Shape;
  /** Which reading carries the slope and its interval. */
  readonly from: 'batches' | 'stories' | 'exact';
  /** Surely within the budget at the end, however it got there. */
  readonly within: boolean;
}

export function shapeOf(input: ShapeInput): ShapeReading {
  const reading = readShape(input);
  const isOpen = reading.within && mayStepOn(input);
  return isOpen ? { shape: 'stepped', from: 'stories', within: false } : reading;
}

/** Flat between steps is within no budget while the steps may go on. */
function mayStepOn({ growth, limit, noise }: ShapeInput): boolean {
  if (growth === null) return false;
  return growth.pattern.goingOn > limit && growth.pattern.net > materialRise * noise;
}

function readShape(input: ShapeInput): ShapeReading {
  const { batches, growth, exact } = input;
  if (exact !== null) return shapeOfExact(exact, input);
  if (growth?.grows === true) {
    const from = growth.by === 'stories' ? 'stories' : 'batches';
    return { shape: 'growing', from, within: false };
  }
  if (batches.outcome === 'steady') {
    const quiet = batches.afterConcave ? 'warm-up' : 'steady';
    return { shape: isStepped(input) ? 'stepped' : quiet, from: 'batches', within: true };
  }
  if (growth === null) return { shape: 'undecided', from: 'batches', within: false };
  if (isSteady(growth, input)) {
    return { shape: quietShape(input, materialRise * input.noise), from: 'stories', within: true };
  }
  const open = { from: 'stories', within: false } as const;
  if (batches.outcome === 'concave' || bends(growth.weighing, input.limit)) {
    return { shape: 'decelerating', ...open };
  }
  const flatBetween = isStepped(input) && growth.weighing.flat.slope <= input.limit;
  return { shape: flatBetween ? 'stepped' : 'undecided', ...open };
}

function quietShape(input: ShapeInput, material: number): Shape {
  if (isStepped(input)) return 'stepped';
  if (input.growth === null) return 'steady';
  const rose = roseBy(input.growth.weighing.bounded) + input.growth.pattern.net;
  return rose > material ? 'warm-up' : 'steady';
}

/** After the warm-up nothing is left to chance: over, within, or exactly at the budget. */
function shapeOfExact(exact: ExactTail, input: ShapeInput): ShapeReading {
  if (exact.low > input.limit) return { shape: 'growing', from: 'exact', within: false };
  if (exact.high > input.limit) return { shape: 'undecided', from: 'exact', within: false };
  return { shape: quietShape(input, materialRise * input.noise), from: 'exact', within: true };
}

/** The bounded story must win and must itself be under the limit at the end, its curve included. */
function isSteady(growth: GrowthReading, { limit, steadyAlpha }: ShapeInput): boolean {
  const { weighing, givenBack, pattern } = growth;
  const { bounded } = weighing;
  const needed = normalQuantile(1 - steadyAlpha) ** 2 + steadyMargin;
  if (
    Math.max(growth.evidence, givenBack ? -Infinity : weighing.doubt) > -needed ||
    endSlopeOf(bounded) > limit
  )
    return false;
  if (isExact(bounded, formulaShare) || bendsBack(bounded)) return false;
  if (givenBack && bounded.kind !== 'saw-tooth') return false;
  return pattern.drift < mostDrift || pattern.lateShare < leastLateShare;
}

export function endSlopeOf({ slope, curve, peak }: Story): number {
  return slope + (curve === null ? 0 : peak.size * curve.endSlope);
}

function roseBy({ curve, peak }: Story): number {
  if (curve === null) return 0;
  return peak.size * ((curve.values[curve.values.length - 1] ?? 0) - (curve.values[0] ?? 0));
}

function bends({ bounded, flat }: Weighing, limit: number): boolean {
  if (bounded.curve === null || bounded.peak.size <= 0) return false;
  return bounded.score > flat.score + bendEvidence && endSlopeOf(bounded) > limit;
}

function isStepped({ growth, noise }: ShapeInput): boolean {
  if (growth === null) return false;
  const { pattern, jumps } = growth;
  const ups = jumps.at.filter((_, j) => (jumps.sizes[j] ?? 0) > 0);
  const points = jumps.clipped.length;
  // Several moves that all come early are the steep part of a warm-up.
  if (ups.length === 0 || (ups.length > 1 && (ups[ups.length - 1] ?? 0) < points / 4)) return false;
  return pattern.drift > 0.9 && pattern.net > materialRise * noise;
}

/** A warm-up whose line surely falls is a curve of the wrong form held up by its line: it says nothing of the end. */
function bendsBack(story: Story): boolean {
  const { curve, peak, slope } = story;
  return curve !== null && peak.size > 0 && slope < -2 * slopeError(story);
}

import type { Trend } from '../../contracts/trend.ts';

/**
 * Two series of one cell, alike but for the allocator: a leak grows by the same slope under both, what only grows under
 * one is that allocator's doing. Gated by the series judge: two curves that both saturate have the same slope too.
 */
export type SlopeComparison = 'same' | 'allocator' | 'different' | 'undecided';

export interface SlopeDifference {
  /** Slope of the first minus slope of the second, per cycle. */
  readonly difference: number;
  readonly error: number;
  /** Two-sided 95 %. */
  readonly low: number;
  readonly high: number;
}

export interface ComparedSlopes extends SlopeDifference {
  readonly result: SlopeComparison;
  /** Second slope over the first; null when the first is 0. */
  readonly ratio: number | null;
  readonly reason: string;
}

const sameErrors = 2.33;
const mostRatio = 2;
/** A line this many errors above 0, or a difference of that many, is no noise. */
const surelyErrors = 3;
/** Two processes never leak to the byte alike: a difference this small is none, however surely it was measured. */
const sameShare = 0.1;

export function compareSlopes(first: Trend, second: Trend): ComparedSlopes {
  const between = slopeDifference(first, second);
  const ratio = first.slopePerCycle === 0 ? null : second.slopePerCycle / first.slopePerCycle;
  const result = resultOf({ first, second, between, ratio });
  return { ...between, ratio, result, reason: reasons[result](first, second) };
}

/** The two runs are separate processes, so their errors are independent and add in squares. */
export function slopeDifference(first: Trend, second: Trend): SlopeDifference {
  const difference = first.slopePerCycle - second.slopePerCycle;
  const error = Math.hypot(errorOf(first), errorOf(second));
  return { difference, error, low: difference - 1.96 * error, high: difference + 1.96 * error };
}

/** The interval may be cut or stretched to the budget (it gates): for what rises the upper side is the honest one. */
function errorOf({ shape, slopePerCycle, intervalLow, intervalHigh }: Trend): number {
  const above = intervalHigh - slopePerCycle;
  const rises = shape === 'growing' || (shape === 'undecided' && above > 0);
  return (rises ? above : Math.max(above, slopePerCycle - intervalLow)) / 1.96;
}

const jointAlpha = 0.01;
/** A series that says nothing lends nothing: its own p must not be what chance gives once in five times. */
const mostP = 0.2;

/**
 * Two processes are independent witnesses of one program, so growth that each shows a little is shown by both
 * (R. A. Fisher 1932: with two p-values the product x has the tail x (1 - ln x)). A curve that bends lends nothing.
 */
function growTogether({ first, second }: Pair): boolean {
  const may = ({ shape, pGrowing }: Trend): boolean =>
    shape === 'growing' || (shape === 'undecided' && pGrowing <= mostP);
  const product = first.pGrowing * second.pGrowing;
  return may(first) && may(second) && product * (1 - Math.log(product)) <= jointAlpha;
}

interface Pair {
  readonly first: Trend;
  readonly second: Trend;
  readonly between: SlopeDifference;
  readonly ratio: number | null;
}

function resultOf(pair: Pair): SlopeComparison {
  const { first, second, between, ratio } = pair;
  const bothGrow = first.shape === 'growing' && second.shape === 'growing';
  if (bothGrow || growTogether(pair)) {
    const larger = Math.max(first.slopePerCycle, second.slopePerCycle);
    const alike =
      Math.abs(between.difference) <= Math.max(sameErrors * between.error, sameShare * larger);
    const near = ratio !== null && ratio <= mostRatio && ratio >= 1 / mostRatio;
    if (near && alike) return 'same';
    const apart = Math.abs(between.difference) > surelyErrors * between.error;
    if (bothGrow) return apart && !alike ? 'different' : 'undecided';
  }
  if (first.shape === 'growing') return besideGrowing(second, first);
  if (second.shape === 'growing') return besideGrowing(first, second);
  return 'undecided';
}

/**
 * What an undecided series is beside one that surely grows. It lends its straight line when nothing in it bends or steps:
 * the doubt whether that line is the start of a curve is settled by the sibling.
 */
function besideGrowing(other: Trend, growing: Trend): SlopeComparison {
  if (isFarBelow(other, growing)) return 'allocator';
  const { straight } = other;
  if (other.shape !== 'undecided' || straight === undefined) return 'undecided';
  const ratio = straight.slope / growing.slopePerCycle;
  const error = Math.hypot(straight.error, errorOf(growing));
  const alike = Math.abs(straight.slope - growing.slopePerCycle) <= sameErrors * error;
  const rises = straight.slope > surelyErrors * straight.error;
  return rises && alike && ratio <= mostRatio && ratio >= 1 / mostRatio ? 'same' : 'undecided';
}

/** Surely under half of the growing one's slope, to its end. */
function isFarBelow(quiet: Trend, growing: Trend): boolean {
  const most = Math.max(quiet.intervalHigh, quiet.endSlopePerCycle);
  return most < growing.slopePerCycle / mostRatio;
}

const reasons: Readonly<Record<SlopeComparison, (first: Trend, second: Trend) => string>> = {
  same: (first, second) =>
    first.shape === 'growing' && second.shape === 'growing'
      ? 'Both grow, and by the same slope: what grows is not the allocator.'
      : 'Both rise by the same slope, and together they surely grow: what grows is not the allocator.',
  allocator: () =>
    'One grows and the other surely by less than half of that: the allocator makes the difference.',
  different: () =>
    'Both grow, but by different slopes: a leak is in both, and the allocator adds to one.',
  undecided: (first, second) =>
    first.shape === 'growing' && second.shape === 'growing'
      ? 'Both grow; whether by the same slope cannot be told.'
      : first.shape === 'growing' || second.shape === 'growing'
        ? 'One grows, and the other can be told neither from it nor from standing still.'
        : 'Neither was found to grow, so there is no growth to compare.',
};

import type { CellComparison } from '../contracts/result.ts';
import type { Trend } from '../contracts/trend.ts';

/** One-sided 99 % for a difference of two slopes. */
const standardErrors = 2.33;
/** Slopes this near are the same even where both are so exact that any difference is certain. */
const nearlySame = 0.25;

/**
 * The allocator swap, gated by the series judge: ungated, two curves that both saturate read as a leak every time.
 * `same`: both grow or neither does; `allocator`: one grows and the other does less than half of it.
 */
export function compareTrends(a: Trend, b: Trend, limit: number): CellComparison['answer'] {
  const aGrows = a.shape === 'growing';
  const bGrows = b.shape === 'growing';
  if (aGrows && bGrows) return compareGrowing(a, b);
  if (aGrows) return restsBelow(b, a.slopePerCycle / 2) ? 'allocator' : 'undecided';
  if (bGrows) return restsBelow(a, b.slopePerCycle / 2) ? 'allocator' : 'undecided';
  return restsBelow(a, limit) && restsBelow(b, limit) ? 'same' : 'undecided';
}

function compareGrowing(a: Trend, b: Trend): CellComparison['answer'] {
  const difference = Math.abs(a.slopePerCycle - b.slopePerCycle);
  const larger = Math.max(a.slopePerCycle, b.slopePerCycle);
  const smaller = Math.min(a.slopePerCycle, b.slopePerCycle);
  if (smaller < larger / 2) return 'different';
  const error = Math.hypot(standardError(a), standardError(b));
  const same = difference <= standardErrors * error || difference <= nearlySame * larger;
  return same ? 'same' : 'different';
}

const standardError = (trend: Trend): number => (trend.intervalHigh - trend.intervalLow) / 3.92;

function restsBelow(trend: Trend, slope: number): boolean {
  return trend.shape !== 'undecided' && trend.shape !== 'growing'
    ? Math.min(trend.intervalHigh, Math.max(trend.endSlopePerCycle, trend.slopePerCycle)) <= slope
    : trend.intervalHigh <= slope;
}

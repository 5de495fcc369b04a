import type { CellComparison } from '../contracts/result.ts';
import { mostAtEnd, type Trend } from '../contracts/trend.ts';
import { compareSlopes } from './judge/compare-slopes.ts';

/** Slopes this near are the same even where both are so exact that any difference is certain. */
const nearlySame = 0.25;

/**
 * What changing one axis does to growth: the judge's comparison of two slopes, and what it leaves to its caller. Two
 * that both rest are the same; two allocators round sizes differently, so exact slopes of one leak differ a little.
 */
export function compareTrends(a: Trend, b: Trend, limit: number): CellComparison['answer'] {
  if (a.shape !== 'growing' && b.shape !== 'growing') {
    return restsBelow(a, limit) && restsBelow(b, limit) ? 'same' : 'undecided';
  }
  const { result, difference } = compareSlopes(a, b);
  const largest = Math.max(a.slopePerCycle, b.slopePerCycle);
  return result === 'different' && Math.abs(difference) <= nearlySame * largest ? 'same' : result;
}

function restsBelow(trend: Trend, slope: number): boolean {
  return trend.shape === 'undecided' || trend.shape === 'decelerating'
    ? mostAtEnd(trend) <= slope
    : Math.min(trend.intervalHigh, Math.max(trend.endSlopePerCycle, trend.slopePerCycle)) <= slope;
}

import type { SeriesPoints, Trend } from '../contracts/trend.ts';

const fewest = 15;

/**
 * What is left behind does not go away: a count that in its last quarter is as low as in its first has lost nothing,
 * however it flickers by late teardown in between; nor has one that is as low again at the end of the idle tail.
 * Settles counts that a slope alone cannot tell.
 */
export function settleAtBase(
  { values }: SeriesPoints,
  trend: Trend,
  afterIdle: number | null = null,
): Trend {
  if (values.length < fewest || trend.shape === 'steady' || trend.shape === 'warm-up') return trend;
  const quarter = Math.floor(values.length / 4);
  const base = Math.min(...values.slice(0, quarter));
  const isBack = Math.min(...values.slice(-quarter)) <= base;
  if (!isBack && (afterIdle === null || afterIdle > base)) return trend;
  return {
    ...trend,
    shape: 'steady',
    cyclesToDecide: null,
    pGrowing: 1,
    reason: `Is back at ${base} ${isBack ? 'in its last quarter' : 'after the last cycle'}: what is left behind does not go away.`,
  };
}

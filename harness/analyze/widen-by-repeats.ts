import type { MetricAnalysis } from '../contracts/result.ts';
import type { Trend } from '../contracts/trend.ts';
import { plural } from '../lib/format.ts';
import { groupBy } from '../lib/group-by.ts';
import { type BetweenRuns, betweenRuns, reach } from './between-runs.ts';
import { checkOf, limitFor } from './judge-metrics.ts';
import { type CellView, cellOf, isGrowing } from './scene.ts';

/** Steady is a one-sided 95 % statement, an interval a two-sided one. */
const oneSided = 0.95;
const twoSided = 0.975;

/**
 * What one process does exactly the next may do differently: with repeats the interval that gates reaches as far as the
 * spread between them says. Growth stays growth where every repeat grows, and where the classifier will call it
 * disputed; a count that is back at its base is not made doubtful by how it wobbled on the way.
 */
export function widenByRepeats(views: readonly CellView[]): CellView[] {
  const families = groupBy(views, ({ cell }) => cellOf(cell));
  return views.map((view) => {
    const family = families.get(cellOf(view.cell)) ?? [];
    if (family.length < 2) return view;
    return { ...view, metrics: view.metrics.map((metric) => widen(metric, view, family)) };
  });
}

function widen(
  metric: MetricAnalysis,
  { readsLive }: CellView,
  family: readonly CellView[],
): MetricAnalysis {
  if (metric.budget === null || metric.unit === 'ms') return metric;
  const same = family.flatMap(({ metrics }) => metrics.filter(({ id }) => id === metric.id));
  const spread = betweenRuns(same.filter(isFitted).map(({ trend }) => trend.slopePerCycle));
  if (spread === null || spread.standardError === 0 || isDisputed(same)) return metric;
  const trend = widenedTrend(metric, spread, same);
  if (trend === metric.trend) return metric;
  const widened = { ...metric, trend };
  const opened = trend.shape === 'undecided' && metric.trend.shape !== 'undecided';
  return {
    ...widened,
    ...(opened ? { openedBySpread: true as const } : {}),
    ownInterval: [metric.trend.intervalLow, metric.trend.intervalHigh],
    check: metric.check === 'off' ? 'off' : checkOf(widened, readsLive),
  };
}

const isFitted = ({ trend }: MetricAnalysis): boolean =>
  trend.intervalHigh < Number.MAX_VALUE && trend.intervalLow > -Number.MAX_VALUE;

function widenedTrend(
  metric: MetricAnalysis,
  spread: BetweenRuns,
  same: readonly MetricAnalysis[],
): Trend {
  const { trend } = metric;
  const limit = limitFor(metric);
  switch (trend.shape) {
    case 'growing': {
      if (same.every(isGrowing)) return trend;
      const wide = hull(trend, spread, twoSided);
      return wide.intervalLow > limit ? wide : opened(wide, spread);
    }
    case 'steady':
    case 'warm-up': {
      if (metric.unit === 'count') return trend;
      const bound = spread.mean + reach(spread, oneSided);
      if (bound > limit) return opened(hull(trend, spread, twoSided), spread);
      return { ...trend, intervalHigh: Math.max(trend.intervalHigh, bound) };
    }
    default:
      return hull(trend, spread, twoSided);
  }
}

/** Grows in one and surely does less than half of that in another: `growth-disputed` has the better sentence for it. */
function isDisputed(same: readonly MetricAnalysis[]): boolean {
  const settled = same.filter(({ trend }) => trend.shape === 'steady' || trend.shape === 'warm-up');
  return same
    .filter(isGrowing)
    .some((one) => settled.some(({ trend }) => trend.intervalHigh < one.trend.intervalLow / 2));
}

function hull(trend: Trend, spread: BetweenRuns, p: number): Trend {
  const half = reach(spread, p);
  return {
    ...trend,
    intervalLow: Math.min(trend.intervalLow, spread.mean - half),
    intervalHigh: Math.max(trend.intervalHigh, spread.mean + half),
  };
}

function opened(trend: Trend, { slopes }: BetweenRuns): Trend {
  return {
    ...trend,
    shape: 'undecided',
    cyclesToDecide: null,
    reason: `Decided in this run, but ${plural(slopes.length, 'repeat')} differ so much that the budget lies between them.`,
  };
}

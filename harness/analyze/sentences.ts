import type { MetricAnalysis } from '../contracts/result.ts';
import { formatAmount, formatSeconds, formatSlope, isKnown, plural } from '../lib/format.ts';
import { limitFor } from './judge-metrics.ts';
import { lateSlope } from './scene.ts';

/** `0.402 MiB per cycle [0.401, 0.403]` */
export function rate(metric: MetricAnalysis): string {
  const { trend, unit } = metric;
  const { slopePerCycle: value, intervalLow: low, intervalHigh: high } = trend;
  const { amount, interval } = formatSlope({ value, low, high }, unit);
  return `${amount} ${perOf(metric)} ${interval}`;
}

/** What growth is said against: cycles, or the minutes of a call that is held. */
export const perOf = ({ cyclesPerMinute }: MetricAnalysis): string =>
  cyclesPerMinute === undefined ? 'per cycle' : 'per minute';

/** Growth with its horizon: no verdict says more than the cycles it was seen over. */
export function growth(metric: MetricAnalysis): string {
  return `${metric.title} grows by ${rateSoFar(metric)}, ${budgetOf(metric)}`;
}

/** `0.402 MiB per cycle [0.401, 0.403] over 60 cycles`, or over so much of a held call. */
export function rateSoFar(metric: MetricAnalysis): string {
  const { trend, cyclesPerMinute } = metric;
  const span =
    cyclesPerMinute === undefined
      ? plural(trend.cyclesSeen, 'cycle')
      : formatSeconds(Math.round((60 * trend.cyclesSeen) / cyclesPerMinute));
  return `${rate(metric)} over ${span}`;
}

function budgetOf(metric: MetricAnalysis): string {
  return `its budget is ${formatAmount(metric.budget?.maxPerCycle ?? 0, metric.unit)}`;
}

/** What a settled metric is said to do, and what it could have hidden. */
export function calm(metric: MetricAnalysis): string {
  const { trend, unit, title } = metric;
  if (trend.intervalLow > 0 && trend.slopePerCycle > 0) {
    return `${title} creeps by ${rate(metric)}, ${budgetOf(metric)}`;
  }
  const seen = trend.minimumDetectableSlope;
  if (seen === null || !isKnown(seen)) return `${title} is steady`;
  const [shown, limit] = [seen, limitFor(metric)].map((value) => formatAmount(value, unit));
  const most = formatAmount(Math.max(0, trend.intervalHigh), unit);
  // The bound that gates, where the run could have called no growth near the budget.
  return unit === 'count' || shown === limit || !isKnown(trend.intervalHigh)
    ? `${title} is steady, could have shown ${shown} ${perOf(metric)}`
    : `${title} is steady, at most ${most} ${perOf(metric)}, sure to show ${shown}`;
}

export function bend(metric: MetricAnalysis): string {
  const { trend, unit, title } = metric;
  if (trend.shape === 'warm-up' && metric.role === 'live' && trend.intervalLow > 0) {
    return `${title} rose at first and creeps by ${rate(metric)} ${since(metric)}, ${budgetOf(metric)}`;
  }
  if (trend.shape === 'warm-up') {
    return `${title} rose at first and is steady ${since(metric)}`;
  }
  const late = formatAmount(lateSlope(trend), unit);
  if (trend.shape === 'decelerating' && lateSlope(trend) <= 0) {
    return `${title} rose at first and rises no longer`;
  }
  if (trend.shape === 'stepped' && trend.cyclesToDecide !== null) {
    return `${title} moves in steps that may go on, so far by ${late} ${perOf(metric)}`;
  }
  return trend.shape === 'stepped'
    ? `${title} moves in steps and does ${late} ${perOf(metric)} beside them`
    : `${title} rises ever more slowly, at the end by ${late} ${perOf(metric)}`;
}

/** Where the warm-up is part of the fit there is no cycle to name. */
const since = ({ trend, series }: MetricAnalysis): string =>
  trend.window.from > (series.cycles[0] ?? 0) ? `from cycle ${trend.window.from} on` : 'since';

export function open(metric: MetricAnalysis): string {
  return isKnown(metric.trend.intervalHigh)
    ? `${metric.title} does ${rate(metric)}, which cannot be told from its budget of ${formatAmount(limitFor(metric), metric.unit)} yet`
    : `${metric.title}: ${asClause(metric.trend.reason)}`;
}

/** What keeps all of them open is said once: a run that is too short would say it of every series. */
export function openTogether(metrics: readonly MetricAnalysis[]): string {
  const reasons = metrics.flatMap(({ trend }) =>
    isKnown(trend.intervalHigh) ? [] : [trend.reason],
  );
  const [shortest] = reasons.toSorted((a, b) => a.length - b.length);
  return shortest === undefined || reasons.length < metrics.length || metrics.length === 1
    ? list(metrics.map(open))
    : asClause(shortest);
}

/** The judge's sentence after a colon. */
const asClause = (reason: string): string =>
  `${reason.charAt(0).toLowerCase()}${reason.slice(1)}`.replace(/\.$/, '');

/** The most cycles that any of them needs, or more repeats; null when no number can be given. */
export function cyclesThatDecide(metrics: readonly MetricAnalysis[]): string | null {
  if (metrics.some(({ openedBySpread }) => openedBySpread)) {
    return 'more repeats of this cell (--repeats): those there are differ too much';
  }
  const needs = metrics.flatMap(({ trend }) => trend.cyclesToDecide ?? []);
  return needs.length === 0 ? null : `about ${Math.max(...needs)} cycles in all`;
}

export function list(sentences: readonly string[], most = 3): string {
  const rest = sentences.length - most;
  const shown = sentences.slice(0, most).join('; ');
  return rest > 0 ? `${shown}; and ${rest} more` : shown;
}

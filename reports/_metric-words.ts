import type { CellAnalysis, MetricAnalysis, SizeClassGrowth } from '../harness/contracts/result.ts';
import {
  formatAmount,
  formatRate,
  formatSeconds,
  formatSlope,
  grouped,
  isKnown,
  type Per,
} from '../harness/lib/format.ts';
import { oneLine } from '../harness/lib/format-safe.ts';

/** What a metric's slope is per: a call that is held is judged by its minutes. */
export const perOf = ({ cyclesPerMinute }: MetricAnalysis): Per =>
  cyclesPerMinute === undefined ? 'cycle' : 'minute';

/** `+0.402 MiB/cycle [0.401, 0.403]`, or `steady` where a figure would only be noise around 0. */
export function figure(metric: MetricAnalysis): string {
  const { trend } = metric;
  if (metric.series.values.length === 0) return 'not read';
  if (!isKnown(trend.intervalHigh)) return 'unknown';
  return isCalm(metric) ? standing(metric) : slopeText(metric);
}

/** The figure whatever the shape, for tables that have a column for it. */
export function slopeText(metric: MetricAnalysis): string {
  const { trend, unit } = metric;
  const { slopePerCycle: value, intervalLow: low, intervalHigh: high } = trend;
  const { amount, interval } = formatSlope({ value, low, high }, unit);
  return `${value > 0 ? '+' : ''}${amount}/${perOf(metric)} ${interval}`;
}

/** Without the interval, where it stands elsewhere. */
export function shortFigure(metric: MetricAnalysis): string {
  const { trend, unit } = metric;
  if (!isKnown(trend.intervalHigh)) return 'unknown';
  if (isCalm(metric)) return 'steady';
  const { slopePerCycle: value, intervalLow: low, intervalHigh: high } = trend;
  const { amount } = formatSlope({ value, low, high }, unit);
  const per = perOf(metric);
  return `${value > 0 ? '+' : ''}${amount}${per === 'cycle' ? '' : `/${per}`}`;
}

const isSettled = ({ trend }: MetricAnalysis): boolean =>
  trend.shape === 'steady' || trend.shape === 'warm-up';

const isCalm = (metric: MetricAnalysis): boolean =>
  isSettled(metric) && metric.trend.intervalLow <= 0;

/** `steady`, and since when; empty for what moves. Where the warm-up is part of the fit there is no cycle to name. */
export function standing(metric: MetricAnalysis): string {
  const { trend, series } = metric;
  if (!isCalm(metric)) return '';
  if (trend.shape === 'steady') return 'steady';
  const { from } = trend.window;
  return from > (series.cycles[0] ?? 0) ? `steady from cycle ${from} on` : 'warmed up, then steady';
}

/** What the figure means against its budget. */
export function meaning(metric: MetricAnalysis): string {
  const { trend, unit, budget } = metric;
  if (metric.series.values.length === 0) return '';
  const limit = formatAmount(budget?.maxPerCycle ?? 0, unit);
  switch (trend.shape) {
    case 'growing':
      return `over ${limit} for ${spanOf(metric)}`;
    case 'steady':
    case 'warm-up':
      if (isCalm(metric)) return couldSee(metric);
      return metric.role === 'live' ? `creeps, ${couldSee(metric)}` : `creeps, under ${limit}`;
    case 'decelerating':
      if (trend.endSlopePerCycle <= 0) return 'rose at first, rises no longer';
      return `slowing, at the end ${formatRate(trend.endSlopePerCycle, unit, perOf(metric))}; budget ${limit}`;
    case 'stepped':
      if (trend.cyclesToDecide !== null) return `steps may go on${toDecide(metric)}`;
      return `moves in steps, ${formatRate(trend.endSlopePerCycle, unit, perOf(metric))} beside them`;
    default:
      return `cannot be told from ${limit}${toDecide(metric)}`;
  }
}

/** `40 cycles`, or so much of a call that was held. */
function spanOf({ trend: { cyclesSeen }, cyclesPerMinute }: MetricAnalysis): string {
  return cyclesPerMinute === undefined
    ? `${cyclesSeen} cycles`
    : formatSeconds(Math.round((60 * cyclesSeen) / cyclesPerMinute));
}

/**
 * Two questions: what it may do at most is what gates; what it was sure to see is what would have been called growth
 * nine times in ten, which takes more. Growth between the two is `undecided`, never a pass: both are told.
 */
function couldSee(metric: MetricAnalysis): string {
  const { trend, unit, budget } = metric;
  const seen = trend.minimumDetectableSlope;
  if (seen === null || !isKnown(seen)) return 'too few readings to say what it could have seen';
  const per = perOf(metric);
  const amount = formatAmount(seen, unit);
  const apart = budget !== null && amount !== formatAmount(budget.maxPerCycle, unit);
  if (unit === 'count' || !apart || !isKnown(trend.intervalHigh)) {
    return `could have seen ${amount}/${per}`;
  }
  if (!isCalm(metric)) return `sure to see ${amount}/${per}`;
  return `at most ${formatAmount(Math.max(0, trend.intervalHigh), unit)}/${per}, sure to see ${amount}`;
}

function toDecide({ trend }: MetricAnalysis): string {
  return trend.cyclesToDecide === null ? '' : `, about ${trend.cyclesToDecide} cycles would decide`;
}

/** `rtc-node@1.1.0 (ffi 0.12.73)`: as asked for, then what was found loaded and the spec does not say already. */
export function targetName({ cell, facts }: CellAnalysis): string {
  const asked = cell.target.text;
  const found = Object.entries(facts?.versions ?? {})
    .filter(([, version]) => !asked.includes(version))
    .map(([name, version]) => `${name} ${version}`);
  return oneLine(found.length === 0 ? asked : `${asked} (${found.join(', ')})`);
}

const LEADING: readonly MetricAnalysis['role'][] = [
  'live',
  'pinned',
  'trimmable',
  'anonymous',
  'unexplained',
];

/** The metrics of bytes that a verdict rests on, most telling first. */
export function leadingMetrics({ metrics }: CellAnalysis): MetricAnalysis[] {
  const extra = metrics.filter(({ role, check }) => role === 'info' && check !== 'off');
  return [
    ...LEADING.flatMap((role) => metrics.filter((metric) => metric.role === role)),
    ...extra,
  ].filter(({ series }) => series.values.length > 0);
}

/**
 * Of the leading ones those that carry news: everything that gates, live bytes whatever they do (a reader must see
 * what the run could not have seen), and what does not gate only when it grows.
 */
export function newsworthyMetrics(cell: CellAnalysis): MetricAnalysis[] {
  return leadingMetrics(cell).filter(
    ({ role, check, trend }) => role === 'live' || check !== 'off' || trend.shape === 'growing',
  );
}

/** Counts that do anything but stay within their budget. */
export function restlessCounts({ metrics }: CellAnalysis): MetricAnalysis[] {
  return metrics.filter(
    ({ role, check }) => role === 'count' && check !== 'off' && check !== 'pass',
  );
}

/** True when no probe could tell native live bytes in most samples: something else must carry the verdict. */
export function isBlind({ metrics, cyclesDone }: CellAnalysis): boolean {
  const live = metrics.find(({ id }) => id === 'native.live');
  return cyclesDone > 0 && (live === undefined || live.series.values.length < live.missing);
}

const SLACK: Readonly<Record<string, readonly MetricAnalysis['role'][]>> = {
  fragmentation: ['pinned', 'anonymous'],
  retention: ['trimmable', 'anonymous'],
};

/** The one metric to show for a cell: what leaks or grows as slack, else native live bytes, else anonymous memory. */
export function decidingMetric(cell: CellAnalysis): MetricAnalysis | undefined {
  const { metrics, classification } = cell;
  const roles = SLACK[classification.kind] ?? [];
  const slack = metrics.find(
    ({ role, trend }) => roles.includes(role) && trend.shape === 'growing',
  );
  if (slack !== undefined) return slack;
  const native = metrics.find(
    ({ id }) => id === (isBlind(cell) ? 'memory.anonymous' : 'native.live'),
  );
  if (classification.leaking.includes('native') && native !== undefined) return native;
  const growing = metrics.filter(({ trend }) => trend.shape === 'growing');
  const [leaking] = classification.leaking.flatMap(
    (kind) => growing.find(({ id }) => id === kind || id === `${kind}.live`) ?? [],
  );
  return leaking ?? native ?? metrics.find(({ role }) => role === 'live' || role === 'count');
}

/** `28,976 B x 1.00` per cycle; a class that is a whole multiple is one or more parts of every leaked object. */
export function sizeClassText({ sizeBytes, countPerCycle }: SizeClassGrowth): string {
  return `${grouped(sizeBytes)} B x ${countPerCycle.toFixed(2)}`;
}

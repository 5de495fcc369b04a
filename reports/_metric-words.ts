import type { CellAnalysis, MetricAnalysis } from '../harness/contracts/result.ts';
import { formatAmount, formatInterval, formatRate, isKnown } from '../harness/lib/format.ts';
import { oneLine } from '../harness/lib/format-safe.ts';

/** `+0.47 MiB/cycle [0.46, 0.48]`, or `steady` where there is nothing to put a figure on. */
export function figure({ trend, unit }: MetricAnalysis): string {
  if (!isKnown(trend.intervalHigh)) return 'unknown';
  if (trend.shape === 'steady' && trend.intervalLow <= 0) return 'steady';
  const slope = trend.slopePerCycle;
  const interval = formatInterval(trend.intervalLow, trend.intervalHigh, { value: slope, unit });
  return `${formatRate(slope, unit)} ${interval}`;
}

/** What the figure means against its budget. */
export function meaning(metric: MetricAnalysis): string {
  const { trend, unit, budget } = metric;
  const limit = formatAmount(budget?.maxPerCycle ?? 0, unit);
  switch (trend.shape) {
    case 'growing':
      return `over ${limit}, for ${trend.cyclesSeen} cycles`;
    case 'steady':
      return trend.intervalLow > 0
        ? `creeps, under ${limit}${couldSee(metric)}`
        : couldSee(metric, '');
    case 'warm-up':
      return `${since(metric)}${couldSee(metric)}`;
    case 'decelerating':
      return `slowing, ${formatRate(trend.endSlopePerCycle, unit)} at the end, budget ${limit}`;
    case 'stepped':
      return `moves in steps, ${formatRate(trend.endSlopePerCycle, unit)} beside them`;
    default:
      return `cannot be told from ${limit}${toDecide(metric)}`;
  }
}

/** Where the warm-up is part of the fit there is no cycle to name. */
function since({ trend, series }: MetricAnalysis): string {
  const { from } = trend.window;
  return from > (series.cycles[0] ?? 0) ? `steady from cycle ${from} on` : 'warmed up, then steady';
}

function couldSee({ trend, unit }: MetricAnalysis, before = ', '): string {
  const seen = trend.minimumDetectableSlope;
  if (seen === null || !isKnown(seen)) return '';
  return `${before}could have seen ${formatAmount(seen, unit)}/cycle`;
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

/** Counts that do anything but stay within their budget. */
export function restlessCounts({ metrics }: CellAnalysis): MetricAnalysis[] {
  return metrics.filter(
    ({ role, check }) => role === 'count' && check !== 'off' && check !== 'pass',
  );
}

/** `28976 B x 1.00` per cycle; a class that is a whole multiple is one or more parts of every leaked object. */
export function sizeClassText({
  sizeBytes,
  countPerCycle,
}: CellAnalysis['sizeClasses'][number]): string {
  return `${sizeBytes} B x ${countPerCycle.toFixed(2)}`;
}

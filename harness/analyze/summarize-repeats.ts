import type {
  CellAnalysis,
  ClassificationKind,
  MetricAnalysis,
  RepeatedMetric,
  RepeatSummary,
} from '../contracts/result.ts';
import { formatSlope } from '../lib/format.ts';
import { groupBy } from '../lib/group-by.ts';
import { betweenRuns, reach } from './between-runs.ts';
import { cellOf } from './scene.ts';
import { list } from './sentences.ts';

/** One summary per cell that ran more than once: what its repeats were, and how far their slopes lie apart. */
export function summarizeRepeats(cells: readonly CellAnalysis[]): RepeatSummary[] {
  const families = groupBy(cells, ({ cell }) => cellOf(cell));
  return [...families.values()].filter((family) => family.length > 1).map(summarize);
}

function summarize(family: readonly CellAnalysis[]): RepeatSummary {
  const measured = family.filter(({ cyclesDone }) => cyclesDone > 0);
  const found = measured.map(({ classification }) => classification.kind);
  const metrics = namedMetrics(measured).flatMap((id) => overRuns(id, measured) ?? []);
  return {
    cell: (family[0]?.cell.id ?? '').replace(/#\d+$/, ''),
    runs: family.length,
    found,
    metrics,
    says: [tally(found, family.length), list(metrics.map(sentence))]
      .filter((text) => text !== '')
      .join('; '),
  };
}

/** Live bytes, or anonymous memory where they cannot be read, and whatever grows in any repeat and gates. */
function namedMetrics(cells: readonly CellAnalysis[]): string[] {
  const all = cells.flatMap(({ metrics }) =>
    metrics.filter(({ series }) => series.values.length > 0),
  );
  const native = all.some(({ id }) => id === 'native.live') ? 'native.live' : 'memory.anonymous';
  const growing = all.filter(({ trend, check }) => trend.shape === 'growing' && check !== 'off');
  const ids = [native, 'managed.live', ...growing.map(({ id }) => id)];
  return [...new Set(ids)].filter((id) => all.some((metric) => metric.id === id));
}

function overRuns(id: string, cells: readonly CellAnalysis[]): RepeatedMetric | null {
  const same = cells.flatMap(({ metrics }) => metrics.filter((metric) => metric.id === id));
  const fitted = same.filter(isFitted).map(({ trend }) => trend.slopePerCycle);
  const spread = betweenRuns(fitted);
  const first = same[0];
  if (spread === null || first === undefined) return null;
  const half = reach(spread, 0.975);
  return {
    id,
    title: first.title,
    unit: first.unit,
    ...(first.cyclesPerMinute === undefined ? {} : { isPerMinute: true }),
    slopes: spread.slopes,
    slopePerCycle: spread.mean,
    standardError: spread.standardError,
    intervalLow: spread.mean - half,
    intervalHigh: spread.mean + half,
  };
}

const isFitted = ({ trend, series }: MetricAnalysis): boolean =>
  series.values.length > 0 && trend.intervalHigh < Number.MAX_VALUE;

/** `leak in 3 of 3 repeats`, `leak in 2, undecided in 1 of 3 repeats` */
function tally(found: readonly ClassificationKind[], runs: number): string {
  const kinds = [...new Set(found)].map(
    (kind) => `${kind} in ${found.filter((one) => one === kind).length}`,
  );
  const missing = runs - found.length;
  const parts = [...kinds, ...(missing > 0 ? [`not measured in ${missing}`] : [])];
  return `${parts.join(', ')} of ${runs} repeats`;
}

function sentence({
  title,
  unit,
  slopePerCycle,
  intervalLow,
  intervalHigh,
  isPerMinute,
}: RepeatedMetric): string {
  const slope = { value: slopePerCycle, low: intervalLow, high: intervalHigh };
  const { amount, interval } = formatSlope(slope, unit);
  return `${title} does ${amount} per ${isPerMinute ? 'minute' : 'cycle'} ${interval} between them`;
}

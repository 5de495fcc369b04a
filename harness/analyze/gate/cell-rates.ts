import type { CellRates, MetricRate } from '../../contracts/gate.ts';
import type { CellAnalysis, MetricAnalysis } from '../../contracts/result.ts';
import { scenarioName } from '../../contracts/scenario-name.ts';
import type { Trend } from '../../contracts/trend.ts';
import { isKnown } from '../../lib/format.ts';
import { groupBy } from '../../lib/group-by.ts';
import { betweenRuns } from '../between-runs.ts';
import { cellOf, lateSlope } from '../scene.ts';

/** How fast everything that has a budget grows, cell by cell, the repeats of a cell taken together. */
export function ratesOf(cells: readonly CellAnalysis[]): CellRates[] {
  const measured = cells.filter(({ cyclesDone }) => cyclesDone > 0);
  const families = groupBy(measured, ({ cell }) => cellOf(cell));
  return [...families.values()].flatMap((family) => {
    const [first] = family;
    if (first === undefined) return [];
    const { target, executor, allocator } = first.cell;
    const kinds = family.map(({ classification }) => classification.kind);
    return [
      {
        scenario: scenarioName(first.cell),
        target: target.text,
        executor,
        allocator,
        classification: [...new Set(kinds)].join(', '),
        metrics: metricRates(family),
      },
    ];
  });
}

function metricRates(family: readonly CellAnalysis[]): Record<string, MetricRate> {
  const compared = family.flatMap(({ metrics }) => metrics.filter(isCompared));
  const byId = groupBy(compared, ({ id }) => id);
  return Object.fromEntries([...byId].map(([id, metrics]) => [id, rateOf(metrics)]));
}

const isCompared = ({ budget, role, unit, trend }: MetricAnalysis): boolean =>
  budget !== null && role !== 'unexplained' && unit !== 'ms' && isFitted(trend);

const isFitted = ({ intervalLow, intervalHigh }: Trend): boolean =>
  isKnown(intervalLow) && isKnown(intervalHigh);

function rateOf(metrics: readonly MetricAnalysis[]): MetricRate {
  const slopes = metrics.map((metric) => (isBackAtBase(metric) ? 0 : lateSlope(metric.trend)));
  const squares = metrics.map((metric) => errorOf(metric) ** 2);
  const between = betweenRuns(slopes);
  return {
    slopePerCycle: mean(slopes),
    standardError: Math.sqrt(mean(squares)),
    spread: between === null ? null : between.standardError * Math.sqrt(slopes.length),
    repeats: slopes.length,
    cycles: Math.min(...metrics.map(({ series }) => series.values.length)),
    ...(metrics.some(({ cyclesPerMinute }) => cyclesPerMinute !== undefined)
      ? { per: 'minute' as const }
      : {}),
    gates: metrics.some(({ check, budget }) => check !== 'off' && budget?.level === 'error'),
  };
}

/** A count flickers by late teardown: one that is settled has lost nothing, whatever a line through it does. */
const isBackAtBase = ({ unit, trend }: Pick<MetricAnalysis, 'unit' | 'trend'>): boolean =>
  unit === 'count' && (trend.shape === 'steady' || trend.shape === 'warm-up');

/** Intervals are two-sided 95 %, and cut on the side of the budget (they gate): the wider side is the honest one. */
function errorOf({ trend, ownInterval, ...metric }: MetricAnalysis): number {
  if (isBackAtBase({ trend, ...metric })) return 0;
  const { slopePerCycle: slope, intervalLow, intervalHigh } = trend;
  const [low, high] = ownInterval ?? [intervalLow, intervalHigh];
  return Math.max(0, high - slope, slope - low) / 1.96;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

import type { CellAnalysis, MetricAnalysis, RunResult } from '../../harness/contracts/result.ts';
import { formatAmount } from '../../harness/lib/format.ts';

/** A result as far as a person would review a change of it: no series, no digit that only rounding moves. */
export function summarize(result: RunResult) {
  const { cells, verdicts, comparisons, repeats, verdict, exitCode, warnings } = result;
  return {
    verdict,
    exitCode,
    cells: cells.map((cell, i) => summarizeCell(cell, verdicts[i]?.verdict)),
    comparisons: comparisons.map(({ axis, from, to, metric, answer }) =>
      [axis, from, to, metric, answer].join(' | '),
    ),
    repeats: repeats.map(({ cell, found }) => `${cell}: ${found.join(', ')}`),
    warnings,
  };
}

function summarizeCell(cell: CellAnalysis, verdict: string | undefined) {
  const { classification, metrics, sizeClasses, cyclesDone } = cell;
  const { kind, leaking, driver, evidence, wouldDecide } = classification;
  return {
    cell: cell.cell.id,
    verdict,
    cyclesDone,
    classification: kind,
    leaking,
    driver,
    rules: evidence.map(({ rule }) => rule),
    wouldDecide,
    metrics: Object.fromEntries(
      metrics.filter((metric) => isJudged(metric) && !isQuietCount(metric)).map(line),
    ),
    quietCounts: metrics.filter(isQuietCount).length,
    wholeMultiples: sizeClasses
      .filter(({ wholeMultiple }) => wholeMultiple !== null)
      .map(({ sizeBytes, wholeMultiple }) => `${sizeBytes} B x ${wholeMultiple}`),
  };
}

const isJudged = ({ budget, unit }: MetricAnalysis): boolean => budget !== null && unit !== 'ms';

const isQuietCount = ({ unit, check }: MetricAnalysis): boolean =>
  unit === 'count' && check === 'pass';

/** A slope where it grows; elsewhere its digits are noise, and would change with every touch of the judge. */
function line({ id, trend, unit, check }: MetricAnalysis): [string, string] {
  const slope = Number(trend.slopePerCycle.toPrecision(2));
  const grows = trend.shape === 'growing' ? ` by ${formatAmount(slope, unit)}` : '';
  return [id, `${trend.shape}${grows}, ${check}`];
}

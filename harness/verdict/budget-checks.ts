import type { BudgetCheck, CeilingCheck, Regression } from '../contracts/gate.ts';
import type { CellAnalysis, MetricAnalysis } from '../contracts/result.ts';
import { mostAtEnd } from '../contracts/trend.ts';
import { formatAmount, isKnown } from '../lib/format.ts';

/** What gates in a cell, one line each: growth, then ceilings. Counts that stay where they are would be dozens of lines. */
export function budgetChecks(
  cell: CellAnalysis,
  regressions: readonly Regression[],
): BudgetCheck[] {
  const { metrics, ceilings = [] } = cell;
  return [
    ...metrics
      .filter((metric) => metric.check !== 'off' && (metric.unit === 'bytes' || isTold(metric)))
      .map((metric) => growthCheck(cell.cell.id, metric)),
    ...ceilings
      .filter(({ check }) => check !== 'off')
      .map((ceiling) => ceilingCheck(cell.cell.id, ceiling)),
    ...regressions
      .filter(({ gates, unit, answer }) => gates && (unit === 'bytes' || answer !== 'same'))
      .map((regression) => baselineCheck(cell.cell.id, regression)),
  ];
}

/** A run that is too short would list every count there is. */
const isTold = ({ check, trend }: MetricAnalysis): boolean =>
  check !== 'pass' && isKnown(trend.intervalHigh);

function growthCheck(cell: string, metric: MetricAnalysis): BudgetCheck {
  const { id, title, budget, check } = metric;
  return {
    cell,
    metric: id,
    title,
    kind: 'growth',
    level: budget?.level ?? 'off',
    check,
    says: growthSays(metric),
    reason: budget?.reason ?? null,
  };
}

/** The bound that gates: what it surely does when it is over, what it may do at most when it is not. */
function growthSays({ trend, budget, check, unit, cyclesPerMinute }: MetricAnalysis): string {
  const limit = budget?.maxPerCycle ?? 0;
  const allowed = `${formatAmount(limit, unit)} per ${cyclesPerMinute === undefined ? 'cycle' : 'minute'}`;
  const most = mostAtEnd(trend);
  if (check === 'fail' || check === 'warn') {
    return `at least ${formatAmount(trend.intervalLow, unit)} of ${allowed}${times(trend.intervalLow, limit)}`;
  }
  if (!isKnown(most)) return `not known yet; allowed is ${allowed}`;
  const does = `at most ${formatAmount(Math.max(0, most), unit)} of ${allowed}`;
  return check === 'pass' ? `${does}${below(most, limit)}` : `${does}: cannot be told`;
}

function ceilingCheck(cell: string, checked: CeilingCheck): BudgetCheck {
  const { metric, title, unit, ceiling, highest, cycle, check } = checked;
  const max = formatAmount(ceiling.max, unit);
  const says =
    highest === null
      ? `could not be read; its ceiling is ${max}`
      : `highest ${formatAmount(highest, unit)} in cycle ${cycle ?? 0}, ceiling ${max}${
          highest > ceiling.max ? times(highest, ceiling.max) : below(highest, ceiling.max)
        }`;
  const { level, reason = null } = ceiling;
  return { cell, metric, title, kind: 'ceiling', level, check, says, reason };
}

const CHECK_OF = {
  worse: 'fail',
  better: 'pass',
  same: 'pass',
  undecided: 'inconclusive',
} as const;

function baselineCheck(cell: string, { metric, title, answer, says }: Regression): BudgetCheck {
  const check = CHECK_OF[answer];
  return { cell, metric, title, kind: 'baseline', level: 'error', check, says, reason: null };
}

function below(value: number, limit: number): string {
  if (limit <= 0) return '';
  return `, ${Math.floor((100 * (limit - Math.max(0, value))) / limit + 1e-6)} % below`;
}

function times(value: number, limit: number): string {
  return limit > 0 && value > limit
    ? `, ${formatAmount(value / limit, 'count')} times the limit`
    : '';
}

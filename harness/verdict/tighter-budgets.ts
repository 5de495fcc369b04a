import type { CellAnalysis, MetricAnalysis, TighterBudget } from '../contracts/result.ts';
import { formatAmount } from '../lib/format.ts';
import { groupBy } from '../lib/group-by.ts';

const KiB = 1024;
/** A budget is not worth changing for less, nor on the word of a short run. */
const worthwhile = 4;
const fewestCycles = 50;

/**
 * Budgets in bytes that every cell they gate kept so well that a far smaller one would have passed too: room for noise
 * twice over, rounded up to a power of two. A limit that is never near is a limit that lets a slow leak through.
 */
export function tighterBudgets(cells: readonly CellAnalysis[]): TighterBudget[] {
  // Those of held calls are per minute, and wide for buffers that breathe: a short call is no reason to narrow them.
  const cycled = cells.filter(({ cell }) => cell.pace !== 'time');
  const gating = cycled.flatMap(({ metrics }) =>
    metrics.filter(({ check, unit }) => check !== 'off' && unit === 'bytes'),
  );
  const byId = groupBy(gating, ({ id }) => id);
  return [...byId.values()].flatMap((metrics) => tighten(metrics) ?? []);
}

function tighten(metrics: readonly MetricAnalysis[]): TighterBudget | null {
  const needs = metrics.map(need);
  const [first] = metrics;
  const maxPerCycle = Math.min(...metrics.map(({ budget }) => budget?.maxPerCycle ?? 0));
  if (first === undefined || needs.includes(null)) return null;
  const most = Math.max(...needs.map((bytes) => bytes ?? 0), KiB);
  const couldBe = 2 ** Math.ceil(Math.log2(most));
  if (couldBe * worthwhile > maxPerCycle) return null;
  const [from, to] = [maxPerCycle, couldBe].map((bytes) => `${formatAmount(bytes, 'bytes')}/cycle`);
  return {
    metric: first.id,
    maxPerCycle,
    couldBe,
    says: `the budget of ${first.id} (${from}) could be ${to}: nothing here came near it`,
  };
}

/** Twice what it may have done and what its noise hides; null when it did not clearly pass. */
function need({ trend, budget, check }: MetricAnalysis): number | null {
  const settled = trend.shape === 'steady' || trend.shape === 'warm-up';
  const seen = trend.minimumDetectableSlope;
  if (check !== 'pass' || !settled || seen === null || trend.cyclesSeen < fewestCycles) return null;
  const hidden = Math.max(0, seen - (budget?.maxPerCycle ?? 0));
  return 2 * (Math.max(0, trend.intervalHigh) + hidden);
}

import { BUDGETS_PER_MINUTE, DEFAULT_BUDGETS } from '../contracts/budgets.ts';
import type { Budget } from '../contracts/plan.ts';

/** The budget of a metric: its own, else that of its narrowest family (`threads.*`), else the default one; null: none. */
export function budgetFor(
  metric: string,
  budgets: readonly Budget[],
  per: 'cycle' | 'minute' = 'cycle',
): Budget | null {
  const own = budgets.filter((budget) => (budget.per ?? 'cycle') === per);
  const others = per === 'minute' ? BUDGETS_PER_MINUTE : DEFAULT_BUDGETS;
  return narrowest(metric, own) ?? narrowest(metric, others);
}

function narrowest(metric: string, budgets: readonly Budget[]): Budget | null {
  const fitting = budgets.filter((budget) => covers(budget.metric, metric));
  // An id without `.*` is longer than any family that covers it; of equals the last one written wins.
  return fitting.reduce<Budget | null>(
    (best, budget) => (best === null || budget.metric.length >= best.metric.length ? budget : best),
    null,
  );
}

function covers(pattern: string, metric: string): boolean {
  return pattern === metric || (pattern.endsWith('.*') && metric.startsWith(pattern.slice(0, -1)));
}

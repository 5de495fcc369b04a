import { BUDGETS_PER_MINUTE, DEFAULT_BUDGETS, narrowest } from '../contracts/budgets.ts';
import type { CellSelector } from '../contracts/gate.ts';
import type { Budget, CellPlan } from '../contracts/plan.ts';

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

/** What of a plan's budgets or ceilings is for a cell. */
export function entriesFor<T extends { readonly only?: CellSelector }>(
  cell: CellPlan,
  entries: readonly T[],
): T[] {
  return entries.filter(({ only }) => only === undefined || isMeant(cell, only));
}

function isMeant(cell: CellPlan, only: CellSelector): boolean {
  const { scenario, target, executor, allocator } = only;
  return (
    (scenario === undefined || scenario === cell.scenario) &&
    (target === undefined || target === cell.target.text || target === cell.target.id) &&
    (executor === undefined || executor === cell.executor) &&
    (allocator === undefined || allocator === cell.allocator)
  );
}

import { DEFAULT_BUDGETS } from '../contracts/budgets.ts';
import type { RunPlan } from '../contracts/plan.ts';

/** A rate per minute gates calls that are held, a rate per cycle all else: says which budgets had no cell to gate. */
export function budgetsWithoutCells({ budgets, cells }: RunPlan): string[] {
  const paces = new Set(cells.map(({ pace = 'cycles' }) => pace));
  const isDefault = (metric: string, maxPerCycle: number): boolean =>
    DEFAULT_BUDGETS.some((own) => own.metric === metric && own.maxPerCycle === maxPerCycle);
  return budgets
    .filter(({ level, per }) => level !== 'off' && !paces.has(per === 'minute' ? 'time' : 'cycles'))
    .filter(({ metric, maxPerCycle, per }) => per === 'minute' || !isDefault(metric, maxPerCycle))
    .map(({ metric, per }) =>
      per === 'minute'
        ? `the budget of ${metric} is per minute and gated nothing: no cell holds one call`
        : `the budget of ${metric} is per cycle and gated nothing: every cell holds one call`,
    );
}

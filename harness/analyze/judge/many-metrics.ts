import type { Trend } from '../../contracts/trend.ts';

/** A trend among others of the same cell, with the budget it was judged against. */
export interface JudgedMetric {
  readonly trend: Trend;
  readonly budgetPerCycle: number;
}

/**
 * S. Holm 1979: which of several p-values are significant when any false one costs. Sorted ascending, the i-th must be
 * under alpha / (m - i); from the first that is not, none is.
 */
export function holmSignificant(pValues: readonly number[], alpha: number): readonly boolean[] {
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1));
  const significant = pValues.map(() => false);
  for (const [rank, i] of order.entries()) {
    if ((pValues[i] ?? 1) > alpha / (pValues.length - rank)) break;
    significant[i] = true;
  }
  return significant;
}

/**
 * Keeps the family-wise error of "something grows" at alpha: growth that only stands when its metric is looked at alone
 * becomes undecided. With twelve quiet metrics at 0.01 each, one run in nine would cry wolf.
 */
export function correctForMany(metrics: readonly JudgedMetric[], alpha = 0.05): readonly Trend[] {
  const significant = holmSignificant(
    metrics.map(({ trend }) => trend.pGrowing),
    alpha,
  );
  return metrics.map(({ trend, budgetPerCycle }, i) => {
    if (trend.shape !== 'growing' || significant[i] === true) return trend;
    return {
      ...trend,
      shape: 'undecided',
      intervalLow: Math.min(trend.intervalLow, budgetPerCycle),
      cyclesToDecide: Math.ceil(1.5 * trend.cyclesSeen),
      reason: `Looks like growth by itself, but among ${metrics.length} metrics one that quiet noise made would look so too.`,
    };
  });
}

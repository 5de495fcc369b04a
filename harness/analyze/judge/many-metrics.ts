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

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
 * Y. Benjamini and Y. Hochberg 1995: of those that are significant, a share of alpha at most is so by chance; where all
 * are by chance, alpha is the chance of any. The largest i whose p-value is at or under alpha * i / m, and all before it.
 */
export function sharesSignificant(pValues: readonly number[], alpha: number): readonly boolean[] {
  const sorted = Float64Array.from(pValues).sort();
  const last = sorted.findLastIndex((p, i) => p <= (alpha * (i + 1)) / sorted.length);
  return pValues.map((p) => last >= 0 && p <= (sorted[last] ?? 0));
}

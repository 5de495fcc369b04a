/** Small numeric helpers of the judge: order statistics, quantiles, and least squares with few columns. */

export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  return middleOf(sorted);
}

/** Median of an array, or of a part of it, that may be reordered: the hot loops own theirs. */
export function medianInPlace(values: Float64Array, from = 0, to = values.length): number {
  const n = to - from;
  if (n <= 0) return 0;
  const half = from + (n >> 1);
  const upper = selectInPlace(values, half, from, to);
  if (n % 2 === 1) return upper;
  let lower = values[from] as number;
  for (let i = from + 1; i < half; i += 1) lower = Math.max(lower, values[i] as number);
  return (lower + upper) / 2;
}

/** The value that comes to stand at `rank`; smaller ones end up before it (C. A. R. Hoare 1961). */
export function selectInPlace(
  values: Float64Array,
  rank: number,
  from = 0,
  to = values.length,
): number {
  let low = from;
  let high = to - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] as number) < pivot) i += 1;
      while ((values[j] as number) > pivot) j -= 1;
      if (i > j) break;
      const swapped = values[i] as number;
      values[i] = values[j] as number;
      values[j] = swapped;
      i += 1;
      j -= 1;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank] as number;
}

/** Median of values in order. */
export function middleOf(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

/** Standard normal quantile; P. J. Acklam's rational approximation (2003), relative error under 1.2e-9. */
export function normalQuantile(p: number): number {
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return (
      (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q -
        2.549732539343734) *
        q +
        4.374664141464968) *
        q +
        2.938163982698783) /
      ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q +
        3.754408661907416) *
        q +
        1)
    );
  }
  const q = p - 0.5;
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r +
      138.357751867269) *
      r -
      30.66479806614716) *
      r +
      2.506628277459239) *
      q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r +
      66.80131188771972) *
      r -
      13.28068155288572) *
      r +
      1)
  );
}

/** Upper tail of the standard normal; W. J. Cody's erfc in the form of Numerical Recipes (1.2e-7 relative). */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * x);
  const poly =
    -x * x -
    1.26551223 +
    t *
      (1.00002368 +
        t *
          (0.37409196 +
            t *
              (0.09678418 +
                t *
                  (-0.18628806 +
                    t *
                      (0.27886807 +
                        t *
                          (-1.13520398 +
                            t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const tail = (t * Math.exp(poly)) / 2;
  return z >= 0 ? tail : 1 - tail;
}

/**
 * Student quantile from the normal one: Cornish-Fisher terms of Abramowitz and Stegun 26.7.5. Good to 1 % for
 * 5 and more degrees of freedom, which is the fewest the judge fits with.
 */
export function studentQuantile(p: number, degrees: number): number {
  const z = normalQuantile(p);
  const v = Math.max(3, degrees);
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / v + g2 / v ** 2 + g3 / v ** 3;
}

export interface Fit {
  readonly coefficients: readonly number[];
  /** Standard errors with white residuals, same order. */
  readonly errors: readonly number[];
  readonly residuals: readonly number[];
}

/** Ordinary least squares by Gauss-Jordan on the normal equations; null when the columns are dependent. */
export function leastSquares(
  columns: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
): Fit | null {
  const p = columns.length;
  const n = y.length;
  if (n <= p) return null;
  const inverse = new Array<number>(p * p).fill(0);
  const moments = new Array<number>(p).fill(0);
  for (let i = 0; i < p; i += 1) {
    const column = columns[i] as ArrayLike<number>;
    moments[i] = dot(column, y);
    for (let j = 0; j <= i; j += 1) {
      const product = dot(column, columns[j] as ArrayLike<number>);
      inverse[i * p + j] = product;
      inverse[j * p + i] = product;
    }
  }
  if (!invertInPlace(inverse, p)) return null;
  const coefficients = moments.map((_, i) => dot(inverse.slice(i * p, i * p + p), moments));
  const residuals = new Array<number>(n).fill(0);
  for (let i = 0; i < n; i += 1) residuals[i] = y[i] as number;
  for (let j = 0; j < p; j += 1) {
    const column = columns[j] as ArrayLike<number>;
    const coefficient = coefficients[j] as number;
    for (let i = 0; i < n; i += 1) {
      residuals[i] = (residuals[i] as number) - coefficient * (column[i] as number);
    }
  }
  const variance = dot(residuals, residuals) / (n - p);
  const errors = coefficients.map((_, j) =>
    Math.sqrt(Math.max(0, (inverse[j * p + j] as number) * variance)),
  );
  return { coefficients, errors, residuals };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Inverts a small symmetric positive matrix (rows of p); false when a pivot vanishes against its diagonal. */
function invertInPlace(matrix: number[], p: number): boolean {
  const diagonal = Array.from({ length: p }, (_, i) => matrix[i * p + i] as number);
  for (let i = 0; i < p; i += 1) {
    const pivot = matrix[i * p + i] as number;
    if (!(pivot > 1e-12 * (diagonal[i] as number))) return false;
    matrix[i * p + i] = 1;
    for (let j = 0; j < p; j += 1) matrix[i * p + j] = (matrix[i * p + j] as number) / pivot;
    for (let r = 0; r < p; r += 1) {
      if (r === i) continue;
      const factor = matrix[r * p + i] as number;
      matrix[r * p + i] = 0;
      for (let j = 0; j < p; j += 1) {
        matrix[r * p + j] = (matrix[r * p + j] as number) - factor * (matrix[i * p + j] as number);
      }
    }
  }
  return true;
}

/** Lag-1 autocorrelation around zero: the residuals given here have their centre removed already. */
export function lagOne(residuals: ArrayLike<number>): number {
  let cross = 0;
  let square = 0;
  for (let i = 0; i < residuals.length; i += 1) {
    const value = residuals[i] ?? 0;
    square += value * value;
    if (i > 0) cross += value * (residuals[i - 1] ?? 0);
  }
  return square > 0 ? cross / square : 0;
}

/**
 * An array that is used again by the next call; what it holds must not outlive this one, and it is not cleared. A new
 * typed array of more than 8 numbers costs a microsecond (V8 keeps it outside its heap), as much as a pass over 200.
 */
export function reusable(): (length: number) => Float64Array {
  let kept = new Float64Array(256);
  return (length) => {
    if (kept.length < length) kept = new Float64Array(2 * length);
    return kept;
  };
}

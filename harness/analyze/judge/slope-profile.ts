/**
 * Profile likelihood of the slope under AR(1) noise: for each curve and each AR coefficient the level of every segment,
 * the curve's size and the noise are maximised in closed form, so a whole profile costs one pass over the points.
 *
 * Whitening by sums: with A0 the products over all points, A1 over neighbours and A2 over inner points, the AR(1)
 * quadratic form of a segment is A0 - rho A1 + rho^2 A2 (exact Gaussian likelihood; G. E. P. Box and G. M. Jenkins 1970).
 * Segments are taken as independent stretches, each with its own level. Restricted likelihood terms (H. D. Patterson
 * and R. Thompson 1971) keep rho from being underestimated on short runs.
 */
export interface Design {
  readonly k: Float64Array;
  readonly y: Float64Array;
  /** First index of each segment, ascending, starting with 0. */
  readonly starts: readonly number[];
  /** Optional second column (at most one is fitted at a time). */
  readonly curves: readonly Float64Array[];
  /** Smallest noise variance that is believed (rounding). */
  readonly floor: number;
}

/** One maximum: a curve (or none: -1), an AR coefficient, and the slope with its information. */
export interface Peak {
  readonly curve: number;
  readonly rho: number;
  readonly slope: number;
  /** Size of the curve with the slope free. */
  readonly size: number;
  /** Innovation variance with the slope free, and inverse variance of the slope in its units. */
  readonly variance: number;
  readonly information: number;
  /** 2 x log-likelihood with the slope free, and the loss when it is held at s: n ln(1 + (s-slope)^2 information / rss). */
  readonly likelihood: number;
  readonly rss: number;
}

const rhos = [-0.25, 0, 0.2, 0.4, 0.55, 0.7, 0.82, 0.91, 0.97] as const;

/** The best AR coefficient for one curve: with the slope free, held over the limit, and held at or under it. */
export interface Ridge {
  readonly free: Peak;
  readonly over: Peak;
  readonly under: Peak;
}

/** One ridge without a curve, then one per curve that the points can tell from a line. */
export function profileSlope(design: Design, limit: number): readonly Ridge[] {
  const sums = segmentSums(design);
  const grams = rhos.map((rho) => gramAt(sums, rho));
  const reference = grams[rhos.indexOf(0)] as Gram;
  const ridges: Ridge[] = [];
  for (let c = -1; c < design.curves.length; c += 1) {
    const ridge = climb({ design, grams, reference, curve: c, limit });
    if (ridge !== null) ridges.push(ridge);
  }
  return ridges;
}

interface Climb {
  readonly design: Design;
  readonly grams: readonly Gram[];
  readonly reference: Gram;
  readonly curve: number;
  readonly limit: number;
}

function climb({ design, grams, reference, curve, limit }: Climb): Ridge | null {
  const n = design.y.length;
  let free: Peak | null = null;
  let over: Peak | null = null;
  let under: Peak | null = null;
  let bestOver = -Infinity;
  let bestUnder = -Infinity;
  for (let r = 0; r < grams.length; r += 1) {
    const rho = rhos[r] as number;
    const peak = solve({ design, gram: grams[r] as Gram, reference, rho, curve });
    if (peak === null) continue;
    if (free === null || peak.likelihood > free.likelihood) free = peak;
    const atLimit = likelihoodAt(peak, limit, n);
    const isOver = peak.slope > limit;
    const overScore = isOver ? peak.likelihood : atLimit;
    const underScore = isOver ? atLimit : peak.likelihood;
    if (overScore > bestOver) {
      bestOver = overScore;
      over = peak;
    }
    if (underScore > bestUnder) {
      bestUnder = underScore;
      under = peak;
    }
  }
  return free === null || over === null || under === null ? null : { free, over, under };
}

/** 2 x log-likelihood of a peak's story with its slope held at `slope`. */
export function likelihoodAt(peak: Peak, slope: number, n: number): number {
  const away = slope - peak.slope;
  return peak.likelihood - n * Math.log(1 + (away * away * peak.information) / peak.rss);
}

interface Sums {
  /** Rows of (3 x pairs) numbers, one per segment. */
  readonly rows: Float64Array;
  readonly lengths: readonly number[];
  readonly pairs: number;
  readonly curves: number;
}

/** Products kept: 1k 1y kk ky yy, then for each curve 1c kc yc cc. */
function segmentSums(design: Design): Sums {
  const { k, y, starts, curves } = design;
  const n = y.length;
  const pairs = 5 + 4 * curves.length;
  const rows = new Float64Array(3 * pairs * starts.length);
  const lengths: number[] = [];
  const ones = new Float64Array(n).fill(1);
  starts.forEach((from, s) => {
    const to = starts[s + 1] ?? n;
    lengths.push(to - from);
    const base = 3 * pairs * s;
    const put = (pair: number, a: Float64Array, b: Float64Array): void =>
      addSums({ rows, at: base + 3 * pair, a, b, from, to });
    put(0, ones, k);
    put(1, ones, y);
    put(2, k, k);
    put(3, k, y);
    put(4, y, y);
    curves.forEach((c, j) => {
      put(5 + 4 * j, ones, c);
      put(6 + 4 * j, k, c);
      put(7 + 4 * j, y, c);
      put(8 + 4 * j, c, c);
    });
  });
  return { rows, lengths, pairs, curves: curves.length };
}

interface SumSpec {
  readonly rows: Float64Array;
  readonly at: number;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly from: number;
  readonly to: number;
}

function addSums({ rows, at, a, b, from, to }: SumSpec): void {
  let all = 0;
  let cross = 0;
  let lastA = a[from] as number;
  let lastB = b[from] as number;
  const first = lastA * lastB;
  all = first;
  for (let i = from + 1; i < to; i += 1) {
    const x = a[i] as number;
    const z = b[i] as number;
    all += x * z;
    cross += x * lastB + lastA * z;
    lastA = x;
    lastB = z;
  }
  rows[at] = all;
  rows[at + 1] = cross;
  rows[at + 2] = to - from > 1 ? all - first - lastA * lastB : 0;
}

interface Gram {
  /** Same pair order as the sums, levels projected out, summed over segments. */
  readonly values: Float64Array;
  /** Sum over segments of ln(1-rho^2) - ln(precision of the level / length). */
  readonly logs: number;
}

function gramAt(sums: Sums, rho: number): Gram {
  const { rows, lengths, pairs, curves } = sums;
  const values = new Float64Array(pairs);
  const q = new Float64Array(pairs);
  let logs = 0;
  for (let s = 0; s < lengths.length; s += 1) {
    const m = lengths[s] as number;
    const level = m === 1 ? 1 - rho * rho : m - rho * 2 * (m - 1) + rho * rho * (m - 2);
    logs += Math.log(1 - rho * rho) - Math.log(level / m);
    if (m === 1) continue;
    const base = 3 * pairs * s;
    for (let p = 0; p < pairs; p += 1) {
      const at = base + 3 * p;
      q[p] =
        (rows[at] as number) -
        rho * (rows[at + 1] as number) +
        rho * rho * (rows[at + 2] as number);
    }
    const onK = (q[0] as number) / level;
    const onY = (q[1] as number) / level;
    values[2] = (values[2] as number) + (q[2] as number) - onK * (q[0] as number);
    values[3] = (values[3] as number) + (q[3] as number) - onK * (q[1] as number);
    values[4] = (values[4] as number) + (q[4] as number) - onY * (q[1] as number);
    for (let j = 0; j < curves; j += 1) {
      const at = 5 + 4 * j;
      const one = q[at] as number;
      values[at + 1] = (values[at + 1] as number) + (q[at + 1] as number) - onK * one;
      values[at + 2] = (values[at + 2] as number) + (q[at + 2] as number) - onY * one;
      values[at + 3] = (values[at + 3] as number) + (q[at + 3] as number) - (one / level) * one;
    }
  }
  return { values, logs };
}

interface SolveSpec {
  readonly design: Design;
  readonly gram: Gram;
  readonly reference: Gram;
  readonly rho: number;
  readonly curve: number;
}

function solve({ design, gram, reference, rho, curve }: SolveSpec): Peak | null {
  const n = design.y.length;
  const g = gram.values;
  const kk = g[2] as number;
  const ky = g[3] as number;
  const yy = g[4] as number;
  const floor = n * design.floor;
  if (!(kk > 0)) return null;
  if (curve < 0) {
    const slope = ky / kk;
    const rss = Math.max(0, yy - slope * ky) + floor;
    const logs = gram.logs - Math.log(kk / (reference.values[2] as number));
    const likelihood = logs - n * Math.log(rss / n);
    return { curve, rho, slope, size: 0, variance: rss / n, information: kk, likelihood, rss };
  }
  const at = 5 + 4 * curve;
  const kc = g[at + 1] as number;
  const yc = g[at + 2] as number;
  const cc = g[at + 3] as number;
  const det = kk * cc - kc * kc;
  const r = reference.values;
  const detZero = (r[2] as number) * (r[at + 3] as number) - (r[at + 1] as number) ** 2;
  if (!(cc > 0) || !(det > 1e-9 * kk * cc) || !(detZero > 0)) return null;
  const slope = (cc * ky - kc * yc) / det;
  const size = (kk * yc - kc * ky) / det;
  const rss = Math.max(0, yy - slope * ky - size * yc) + floor;
  const likelihood = gram.logs - Math.log(det / detZero) - n * Math.log(rss / n);
  return { curve, rho, slope, size, variance: rss / n, information: det / cc, likelihood, rss };
}

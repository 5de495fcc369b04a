import { edgedSums, type Gram, gramAt, type Moments } from './slope-moments.ts';

/**
 * Profile likelihood of the slope under AR(1) noise: for each curve and each AR coefficient the level of every segment,
 * the curve's size and the noise are maximised in closed form from a few sums (`slope-moments.ts`).
 *
 * Segments are taken as independent stretches, each with its own level. Restricted likelihood terms (H. D. Patterson
 * and R. Thompson 1971) keep rho from being underestimated on short runs.
 */
export interface Design {
  readonly moments: Moments;
  /** First index of each segment, ascending, starting with 0. */
  readonly starts: readonly number[];
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
export function profileSlope({ moments, starts, floor }: Design, limit: number): readonly Ridge[] {
  const edged = edgedSums(moments, starts);
  const grams = rhos.map((rho) => gramAt(edged, rho));
  const reference = (grams[rhos.indexOf(0)] as Gram).values;
  const n = moments.y.values.length;
  const ridges: Ridge[] = [];
  for (let c = -1; c < moments.columns.length; c += 1) {
    const ridge = climb({ n, floor: n * floor, grams, reference, curve: c, limit });
    if (ridge !== null) ridges.push(ridge);
  }
  return ridges;
}

interface Climb {
  readonly n: number;
  readonly floor: number;
  readonly grams: readonly Gram[];
  readonly reference: Float64Array;
  readonly curve: number;
  readonly limit: number;
}

function climb({ n, floor, grams, reference, curve, limit }: Climb): Ridge | null {
  let free: Peak | null = null;
  let over: Peak | null = null;
  let under: Peak | null = null;
  let bestOver = -Infinity;
  let bestUnder = -Infinity;
  for (let r = 0; r < grams.length; r += 1) {
    const rho = rhos[r] as number;
    const peak = solve({ n, floor, gram: grams[r] as Gram, reference, rho, curve });
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

interface SolveSpec {
  readonly n: number;
  readonly floor: number;
  readonly gram: Gram;
  readonly reference: Float64Array;
  readonly rho: number;
  readonly curve: number;
}

function solve({ n, floor, gram, reference, rho, curve }: SolveSpec): Peak | null {
  const g = gram.values;
  const kk = g[0] as number;
  const ky = g[1] as number;
  const yy = g[2] as number;
  if (!(kk > 0)) return null;
  if (curve < 0) {
    const slope = ky / kk;
    const rss = Math.max(0, yy - slope * ky) + floor;
    const logs = gram.logs - Math.log(kk / (reference[0] as number));
    const likelihood = logs - n * Math.log(rss / n);
    return { curve, rho, slope, size: 0, variance: rss / n, information: kk, likelihood, rss };
  }
  const at = 3 + 3 * curve;
  const kc = g[at] as number;
  const yc = g[at + 1] as number;
  const cc = g[at + 2] as number;
  const det = kk * cc - kc * kc;
  const detZero =
    (reference[0] as number) * (reference[at + 2] as number) - (reference[at] as number) ** 2;
  if (!(cc > 0) || !(det > 1e-9 * kk * cc) || !(detZero > 0)) return null;
  const slope = (cc * ky - kc * yc) / det;
  const size = (kk * yc - kc * ky) / det;
  const rss = Math.max(0, yy - slope * ky - size * yc) + floor;
  const likelihood = gram.logs - Math.log(det / detZero) - n * Math.log(rss / n);
  return { curve, rho, slope, size, variance: rss / n, information: det / cc, likelihood, rss };
}

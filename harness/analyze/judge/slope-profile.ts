import { reusable } from './numbers.ts';
import { edgedSums, type Grams, gramsAt, type Moments, segmentTotals } from './slope-moments.ts';

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
  /** The columns are ramps between resets, no curves that slow down. */
  readonly areRamps?: boolean;
  /** Only AR coefficients at most one step of the grid from these are tried; all when left out. */
  readonly near?: readonly number[] | undefined;
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

const grid = [-0.25, 0, 0.2, 0.4, 0.55, 0.7, 0.82, 0.91, 0.97] as const;

/** The best AR coefficient for one curve: with the slope free, held over the limit, and held at or under it. */
export interface Ridge {
  readonly free: Peak;
  readonly over: Peak;
  readonly under: Peak;
}

const scratchFor = reusable();

/** One ridge without a curve, then one per curve that the points can tell from a line. */
export function profileSlope(design: Design, limit: number): readonly Ridge[] {
  const { moments, starts, floor, near, areRamps = false } = design;
  const edged = edgedSums(moments, starts);
  const segments = segmentTotals(edged);
  const rhos = near === undefined ? grid : gridNear(near);
  const white = rhos.indexOf(0);
  const grams = gramsAt(edged, segments, white < 0 ? [...rhos, 0] : rhos);
  const reference = grams.width * (white < 0 ? rhos.length : white);
  const n = moments.y.values.length;
  const scratch = scratchFor(perRho * rhos.length);
  const ridges: Ridge[] = [];
  for (let curve = -1; curve < moments.columns.length; curve += 1) {
    const spec = { n, floor: n * floor, rhos, grams, reference, curve, scratch, areRamps };
    if (!solveAll(spec)) continue;
    const ridge = climb(spec, limit);
    if (ridge !== null) ridges.push(ridge);
  }
  return ridges;
}

function gridNear(near: readonly number[]): readonly number[] {
  const places = near.map((rho) => (grid as readonly number[]).indexOf(rho));
  return grid.filter((_, r) => places.some((place) => Math.abs(place - r) <= 1));
}

interface Climb {
  readonly n: number;
  readonly rhos: readonly number[];
  readonly floor: number;
  readonly grams: Grams;
  /** Where the row without correlation begins. */
  readonly reference: number;
  readonly curve: number;
  readonly areRamps: boolean;
  /** Likelihood, slope, size, information and rss for each rho; only the three that win become objects. */
  readonly scratch: Float64Array;
}

const perRho = 5;

function climb(spec: Climb, limit: number): Ridge | null {
  const { rhos, scratch } = spec;
  const best = { free: -1, over: -1, under: -1 };
  let [bestFree, bestOver, bestUnder] = [-Infinity, -Infinity, -Infinity];
  for (let r = 0; r < rhos.length; r += 1) {
    const likelihood = scratch[perRho * r] as number;
    const slope = scratch[perRho * r + 1] as number;
    const isRise = !spec.areRamps && spec.curve >= 0 && (scratch[perRho * r + 2] as number) > 0;
    const overScore = slope > limit ? likelihood : heldAt(spec, r, limit);
    const under = slope > limit ? heldAt(spec, r, limit) : likelihood;
    const underScore =
      isRise && slope < 0
        ? Math.max(under - shrinkCharge, heldAt(spec, r, Math.min(0, limit)))
        : under;
    if (likelihood > bestFree) [best.free, bestFree] = [r, likelihood];
    if (overScore > bestOver) [best.over, bestOver] = [r, overScore];
    if (underScore > bestUnder) [best.under, bestUnder] = [r, underScore];
  }
  if (best.free < 0 || best.over < 0 || best.under < 0) return null;
  const free = peakAt(spec, best.free);
  const over = best.over === best.free ? free : peakAt(spec, best.over);
  return { free, over, under: best.under === best.free ? free : peakAt(spec, best.under) };
}

function heldAt({ n, scratch }: Climb, r: number, held: number): number {
  const at = perRho * r;
  const away = held - (scratch[at + 1] as number);
  const [information, rss] = [scratch[at + 3] as number, scratch[at + 4] as number];
  return (scratch[at] as number) - n * Math.log(1 + (away * away * information) / rss);
}

/** A rise that slows down slows down to nothing: that it comes to shrink without end is told at a price. */
export const shrinkCharge = 3;

function peakAt({ n, rhos, curve, scratch }: Climb, r: number): Peak {
  const at = perRho * r;
  const rss = scratch[at + 4] as number;
  return {
    curve,
    rho: rhos[r] as number,
    likelihood: scratch[at] as number,
    slope: scratch[at + 1] as number,
    size: scratch[at + 2] as number,
    variance: rss / n,
    information: scratch[at + 3] as number,
    rss,
  };
}

/** 2 x log-likelihood of a peak's story with its slope held at `slope`. */
export function likelihoodAt(peak: Peak, slope: number, n: number): number {
  const away = slope - peak.slope;
  return peak.likelihood - n * Math.log(1 + (away * away * peak.information) / peak.rss);
}

/** False when the points cannot tell the curve from a line under any rho. */
function solveAll(spec: Climb): boolean {
  const { rhos, scratch, curve } = spec;
  let any = false;
  for (let r = 0; r < rhos.length; r += 1) {
    const solved = curve < 0 ? solveLine(spec, r) : solveCurve(spec, r, 3 + 3 * curve);
    if (!solved) scratch[perRho * r] = -Infinity;
    any ||= solved;
  }
  return any;
}

function solveLine({ n, floor, grams, reference, scratch }: Climb, r: number): boolean {
  const { values, width } = grams;
  const from = width * r;
  const kk = values[from] as number;
  const ky = values[from + 1] as number;
  if (!(kk > 0)) return false;
  const slope = ky / kk;
  const rss = Math.max(0, (values[from + 2] as number) - slope * ky) + floor;
  const at = perRho * r;
  const logs = grams.logs[r] as number;
  scratch[at] = logs - Math.log(kk / (values[reference] as number)) - n * Math.log(rss / n);
  scratch[at + 1] = slope;
  scratch[at + 2] = 0;
  scratch[at + 3] = kk;
  scratch[at + 4] = rss;
  return true;
}

function solveCurve({ n, floor, grams, reference, scratch }: Climb, r: number, c: number): boolean {
  const { values, width } = grams;
  const from = width * r;
  const kk = values[from] as number;
  const ky = values[from + 1] as number;
  const kc = values[from + c] as number;
  const yc = values[from + c + 1] as number;
  const cc = values[from + c + 2] as number;
  const det = kk * cc - kc * kc;
  const across = values[reference + c] as number;
  const detZero =
    (values[reference] as number) * (values[reference + c + 2] as number) - across * across;
  if (!(kk > 0) || !(cc > 0) || !(det > 1e-9 * kk * cc) || !(detZero > 0)) return false;
  const slope = (cc * ky - kc * yc) / det;
  const size = (kk * yc - kc * ky) / det;
  const rss = Math.max(0, (values[from + 2] as number) - slope * ky - size * yc) + floor;
  const at = perRho * r;
  const logs = grams.logs[r] as number;
  scratch[at] = logs - Math.log(det / detZero) - n * Math.log(rss / n);
  scratch[at + 1] = slope;
  scratch[at + 2] = size;
  scratch[at + 3] = det / cc;
  scratch[at + 4] = rss;
  return true;
}

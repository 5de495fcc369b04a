import { type Column, columnOf } from './slope-moments.ts';

/**
 * A rise that slows down: bounded (exponential, hyperbola) or ever slower (logarithm, roots). Its slope at age a is
 * (a + lag)^-power, or exp(-a / lag) for the power Infinity; so one family runs from a root to an exponential.
 */
export interface Curve {
  readonly power: number;
  /** In cycles. */
  readonly lag: number;
  readonly values: Float64Array;
  readonly column: Column;
  /** Growth of `values` per cycle at the last point. */
  readonly endSlope: number;
  /** Counted only against a growing story that needs a curve itself. */
  readonly slow: boolean;
}

/** Time constants as shares of the run. */
const expShares = [0.015, 0.03, 0.06, 0.1, 0.15, 0.2, 0.27, 0.36, 0.5] as const;
/** Time constants no run of this length can tell from a line; only held against growth that already bends. */
const slowShares = [0.7, 1] as const;
const slowHyperbola = 0.5;
const hyperbolaShares = [0.06, 0.125, 0.25] as const;

export interface Ages {
  /** Cycles since just before the first one of the whole series: a later window still sees the same warm-up. */
  readonly ages: Float64Array;
  readonly span: number;
}

/** Run lengths that are kept, and values of the finer curves of each. */
const mostRemembered = 8;
const mostValues = 300_000;
const regular = new Map<number, Float64Array>();

/**
 * Ages of the points; the array of a plain 1, 2, 3... is shared by all series of that length, so that their curves are
 * computed once (a memo, nothing else: the same numbers come out without it).
 */
export function agesOf(cycles: Float64Array): Ages {
  const n = cycles.length;
  const first = cycles[0] ?? 0;
  const span = (cycles[n - 1] ?? 0) - first + 1;
  if (!isRegular(cycles)) return { ages: cycles.map((k) => k - first + 1), span };
  const known = regular.get(n);
  if (known !== undefined) return { ages: known, span };
  const ages = Float64Array.from({ length: n }, (_, i) => i + 1);
  if (regular.size >= mostRemembered) regular.clear();
  regular.set(n, ages);
  return { ages, span };
}

function isRegular(cycles: Float64Array): boolean {
  const first = cycles[0] as number;
  for (let i = 1; i < cycles.length; i += 1) if (cycles[i] !== first + i) return false;
  return true;
}

/** The later part of a run: its curves go on from where those of the whole run are. */
export function agesFrom({ ages, span }: Ages, from: number): Ages {
  const known = laterParts.get(ages);
  if (known?.from === from) return known.later;
  const later = { ages: ages.subarray(from), span };
  laterParts.set(ages, { from, later });
  return later;
}

/** The centred cycles as a column. */
export function cyclesColumn({ ages }: Pick<Ages, 'ages'>): Column {
  const known = centres.get(ages);
  if (known !== undefined) return known;
  const middle = ((ages[0] ?? 1) + (ages[ages.length - 1] ?? 1)) / 2;
  const k = ages.map((age) => age - middle);
  const column = columnOf(k, k);
  centres.set(ages, column);
  return column;
}

const centres = new WeakMap<Float64Array, Column>();
const laterParts = new WeakMap<Float64Array, { readonly from: number; readonly later: Ages }>();

export function boundedCurves(spec: Ages): readonly Curve[] {
  const known = remembered.get(spec.ages);
  if (known !== undefined) return known;
  const curves = makeBounded(spec);
  remembered.set(spec.ages, curves);
  return curves;
}

/** The columns depend on the cycles alone and are asked for several times per series; held no longer than the cycles. */
const remembered = new WeakMap<Float64Array, readonly Curve[]>();

function makeBounded({ ages, span }: Ages): readonly Curve[] {
  const make = (power: number, lag: number, slow = false): Curve =>
    makeCurve({ ages, power, lag, slow });
  return [
    ...expShares.map((share) => make(Infinity, share * span)),
    ...hyperbolaShares.map((share) => make(2, share * span)),
    make(1, 0),
    make(0.5, 0),
    ...slowShares.map((share) => make(Infinity, share * span, true)),
    make(2, slowHyperbola * span, true),
  ];
}

const lagFactors = [0.72, 0.82, 0.9, 0.95, 1.05, 1.1, 1.22, 1.38] as const;
const fineLagFactors = [0.965, 0.98, 0.99, 1.01, 1.02, 1.035] as const;

/** Curves near one that fits, so that a grid gap is not read as growth. */
export function curvesNear(curve: Curve, ages: Ages, fine: boolean): readonly Curve[] {
  const memo = fine ? finelyNear : near;
  const known = memo.get(curve);
  if (known !== undefined) return known;
  const curves = makeNear(curve, ages, fine);
  const count = (kept.get(ages.ages) ?? 0) + curves.length;
  if (count * ages.ages.length > mostValues) return curves;
  kept.set(ages.ages, count);
  memo.set(curve, curves);
  return curves;
}

/** A curve belongs to the cycles of one run, and most are asked for again by the next series of that length. */
const near = new WeakMap<Curve, readonly Curve[]>();
const finelyNear = new WeakMap<Curve, readonly Curve[]>();
const kept = new WeakMap<Float64Array, number>();

function makeNear(curve: Curve, { ages, span }: Ages, fine: boolean): readonly Curve[] {
  const { power, slow } = curve;
  const make = (p: number, lag: number): Curve => makeCurve({ ages, power: p, lag, slow });
  const factors = fine ? fineLagFactors : lagFactors;
  if (power === Infinity) {
    const same = factors.map((f) => make(power, f * curve.lag));
    return fine ? same : [...same, make(4, 4 * curve.lag), make(2, 1.5 * curve.lag)];
  }
  const lags = curve.lag > 0 ? factors.map((f) => f * curve.lag) : [0.01 * span, 0.03 * span];
  const powers = fine ? [] : [0.8, 0.9, 1.15, 1.35].map((f) => f * power);
  return [...lags.map((lag) => make(power, lag)), ...powers.map((p) => make(p, curve.lag))];
}

interface Bend {
  readonly ages: Float64Array;
  readonly power: number;
  readonly lag: number;
  readonly slow: boolean;
}

function makeCurve(spec: Bend): Curve {
  const { ages, power, lag, slow } = spec;
  const n = ages.length;
  const end = ages[n - 1] ?? 1;
  const values = new Float64Array(n);
  for (let i = 0; i < n; i += 1) values[i] = height(ages[i] as number, power, lag);
  const endSlope = power === Infinity ? Math.exp(-end / lag) / lag : (end + lag) ** -power;
  const column = columnOf(values, cyclesColumn(spec).values);
  return { power, lag, values, column, endSlope, slow };
}

function height(age: number, power: number, lag: number): number {
  if (power === Infinity) return -Math.exp(-age / lag);
  const at = age + lag;
  if (power === 1) return Math.log(at);
  if (power === 0.5) return 2 * Math.sqrt(at);
  return at ** (1 - power) / (1 - power);
}

import type { SampleBody } from '../contracts/ledger.ts';
import type { SizeClass } from '../contracts/native.ts';
import type { SizeClassGrowth } from '../contracts/result.ts';
import type { SeriesPoints } from '../contracts/trend.ts';
import { usable } from './collect-series.ts';
import { type RobustSlope, robustSlope } from './plain-trend.ts';

const fewestCensuses = 10;
/** Of those that are whole multiples, and of those that are not: neither may drown the other. */
const mostOfAKind = 12;
/** Hundreds of classes are looked at: 3.3 standard errors leave noise one chance in two thousand each. */
const certain = 3.3;
/** How near a whole number, and how narrow around it, before a multiple is named: chance gives one class in twenty. */
const wholeWithin = 0.025;
const wholeWidth = 0.1;
/** Or the same whole number in this share of the cycles: one that gave some back must not hide the multiple. */
const usualShare = 0.8;

/**
 * Size classes of live chunks that certainly grow with cycles: whole multiples first, then the others, each by bytes.
 * A leaked object takes its chunks along every time, so whole multiples per cycle name it without a symbol.
 */
export function growingSizeClasses(samples: readonly SampleBody[]): SizeClassGrowth[] {
  const censuses = samples.flatMap((sample): Census[] => {
    const classes = censusOf(sample);
    return classes === null ? [] : [{ cycle: sample.cycle, classes }];
  });
  // The first quarter fills caches: a class that only grew there is no leak.
  const window = censuses.slice(Math.floor(censuses.length / 4));
  if (window.length < fewestCensuses) return [];
  const growing = [...seriesOfRising(window)]
    .flatMap(([sizeBytes, series]) => growthOf(sizeBytes, series) ?? [])
    .sort((a, b) => b.bytesPerCycle - a.bytesPerCycle);
  return [
    ...growing.filter(({ wholeMultiple }) => wholeMultiple !== null).slice(0, mostOfAKind),
    ...growing.filter(({ wholeMultiple }) => wholeMultiple === null).slice(0, mostOfAKind),
  ];
}

interface Census {
  readonly cycle: number;
  readonly classes: readonly SizeClass[];
}

function censusOf(sample: SampleBody): readonly SizeClass[] | null {
  for (const reading of Object.values(sample.probes)) {
    if (reading.census === undefined || reading.census.length === 0 || !usable(reading)) continue;
    return reading.census;
  }
  return null;
}

interface Series {
  readonly cycles: number[];
  readonly values: number[];
}

/** A class that is not listed has 0 chunks when one chunk would have been listed, else nobody knows. */
function seriesOfRising(window: readonly Census[]): Map<number, Series> {
  const series = new Map([...risingSizes(window)].map((size) => [size, emptySeries()]));
  for (const { cycle, classes } of window) {
    let leastBytes = Infinity;
    for (const { sizeBytes, count } of classes) {
      leastBytes = Math.min(leastBytes, sizeBytes * count);
      const known = series.get(sizeBytes);
      if (known !== undefined) put(known, cycle, count);
    }
    for (const [sizeBytes, known] of series) {
      if (sizeBytes > leastBytes && known.cycles.at(-1) !== cycle) put(known, cycle, 0);
    }
  }
  return series;
}

const emptySeries = (): Series => ({ cycles: [], values: [] });

function put({ cycles, values }: Series, cycle: number, value: number): void {
  cycles.push(cycle);
  values.push(value);
}

/** Most classes never rise: those with no more in any of the last looks than in one of the first are not followed. */
const looksAtEnds = 3;

function risingSizes(window: readonly Census[]): Set<number> {
  const least = new Map<number, number>();
  const first = window.slice(0, looksAtEnds).map(({ classes }) => countsOf(classes));
  const sizes = new Set(first.flatMap((counts) => [...counts.keys()]));
  for (const size of sizes) {
    least.set(size, Math.min(...first.map((counts) => counts.get(size) ?? 0)));
  }
  const rising = new Set<number>();
  for (const { classes } of window.slice(-looksAtEnds)) {
    for (const { sizeBytes, count } of classes) {
      if (count > (least.get(sizeBytes) ?? 0)) rising.add(sizeBytes);
    }
  }
  return rising;
}

const countsOf = (classes: readonly SizeClass[]): Map<number, number> =>
  new Map(classes.map(({ sizeBytes, count }) => [sizeBytes, count]));

function growthOf(sizeBytes: number, series: SeriesPoints): SizeClassGrowth | null {
  if (series.values.length < fewestCensuses) return null;
  const fit = robustSlope(series, certain);
  if (fit === null || fit.low <= 0) return null;
  // What nearly every cycle adds says more than a slope that one cycle bent by giving some back.
  const step = usualStep(series);
  const countPerCycle = step ?? fit.slope;
  return {
    sizeBytes,
    countPerCycle,
    bytesPerCycle: countPerCycle * sizeBytes,
    wholeMultiple: step ?? nearWhole(fit),
  };
}

function nearWhole({ slope, low, high }: RobustSlope): number | null {
  const nearest = Math.round(slope);
  const whole =
    nearest >= 1 && Math.abs(slope - nearest) <= wholeWithin && high - low <= 2 * wholeWidth;
  return whole ? nearest : null;
}

/** The number of chunks that nearly every cycle adds; null when there is none, or nothing is added. */
function usualStep({ cycles, values }: SeriesPoints): number | null {
  const steps = new Map<number, number>();
  let pairs = 0;
  for (let i = 1; i < values.length; i += 1) {
    if ((cycles[i] ?? 0) - (cycles[i - 1] ?? 0) !== 1) continue;
    const step = (values[i] ?? 0) - (values[i - 1] ?? 0);
    steps.set(step, (steps.get(step) ?? 0) + 1);
    pairs += 1;
  }
  for (const [step, times] of steps) {
    if (step >= 1 && times >= usualShare * pairs) return step;
  }
  return null;
}

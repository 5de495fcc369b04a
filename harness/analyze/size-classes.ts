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
  const censuses = samples.flatMap((sample) => {
    const census = censusOf(sample);
    return census === null ? [] : [{ cycle: sample.cycle, ...census }];
  });
  // The first quarter fills caches: a class that only grew there is no leak.
  const window = censuses.slice(Math.floor(censuses.length / 4));
  if (window.length < fewestCensuses) return [];
  const sizes = new Set(window.flatMap(({ counts }) => [...counts.keys()]));
  const growing = [...sizes]
    .flatMap((sizeBytes) => growthOf(sizeBytes, seriesOf(sizeBytes, window)) ?? [])
    .sort((a, b) => b.bytesPerCycle - a.bytesPerCycle);
  return [
    ...growing.filter(({ wholeMultiple }) => wholeMultiple !== null).slice(0, mostOfAKind),
    ...growing.filter(({ wholeMultiple }) => wholeMultiple === null).slice(0, mostOfAKind),
  ];
}

interface Census {
  readonly counts: ReadonlyMap<number, number>;
  /** Bytes of the smallest listed class: one that is not listed has no more. */
  readonly leastBytes: number;
}

function censusOf(sample: SampleBody): Census | null {
  for (const reading of Object.values(sample.probes)) {
    if (reading.census === undefined || reading.census.length === 0 || !usable(reading)) continue;
    return {
      counts: new Map(reading.census.map(({ sizeBytes, count }) => [sizeBytes, count])),
      leastBytes: Math.min(...reading.census.map(bytesOf)),
    };
  }
  return null;
}

const bytesOf = ({ sizeBytes, count }: SizeClass): number => sizeBytes * count;

/** A class that is not listed has 0 chunks when one chunk would have been listed, else nobody knows. */
function seriesOf(
  sizeBytes: number,
  window: readonly (Census & { readonly cycle: number })[],
): SeriesPoints {
  const cycles: number[] = [];
  const values: number[] = [];
  for (const { cycle, counts, leastBytes } of window) {
    const count = counts.get(sizeBytes) ?? (sizeBytes > leastBytes ? 0 : null);
    if (count === null) continue;
    cycles.push(cycle);
    values.push(count);
  }
  return { cycles, values };
}

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

import type { SampleBody } from '../contracts/ledger.ts';
import type { SizeClass } from '../contracts/native.ts';
import type { SizeClassGrowth } from '../contracts/result.ts';
import type { SeriesPoints } from '../contracts/trend.ts';
import { usable } from './collect-series.ts';
import { robustSlope } from './plain-trend.ts';

const fewestCensuses = 10;
const mostClasses = 16;
/** Hundreds of classes are looked at: 3.3 standard errors leave noise one chance in two thousand each. */
const certain = 3.3;
/** How near a whole number, and how narrow around it, before a multiple is named: chance gives one class in twenty. */
const wholeWithin = 0.025;
const wholeWidth = 0.1;

/**
 * Size classes of live chunks that certainly grow with cycles, by bytes. A leaked object takes its chunks along every
 * time, so whole multiples per cycle name it without a symbol.
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
  return [...sizes]
    .flatMap((sizeBytes) => growthOf(sizeBytes, seriesOf(sizeBytes, window)) ?? [])
    .sort((a, b) => b.bytesPerCycle - a.bytesPerCycle)
    .slice(0, mostClasses);
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
  const nearest = Math.round(fit.slope);
  const whole =
    nearest >= 1 &&
    Math.abs(fit.slope - nearest) <= wholeWithin &&
    fit.high - fit.low <= 2 * wholeWidth;
  return {
    sizeBytes,
    countPerCycle: fit.slope,
    bytesPerCycle: fit.slope * sizeBytes,
    wholeMultiple: whole ? nearest : null,
  };
}

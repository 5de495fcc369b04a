import type { SampleBody } from '../contracts/ledger.ts';
import { describeMetric, type ProbeReading } from '../contracts/measurement.ts';
import type { SeriesPoints } from '../contracts/trend.ts';

export interface Collected {
  readonly id: string;
  readonly series: SeriesPoints;
  /** Samples in which the metric could not be read. */
  readonly missing: number;
}

/** Kinds of one family (`threads.*`) that are kept; names made up per thread would be thousands, their total has them all. */
const mostKinds = 64;

/**
 * One series per metric over the samples at rest. A kind of a family that is absent where its probe worked counts 0
 * (no thread of that name); anything else that is absent, failed or read from an inconsistent walk is missing, and a
 * missing value is left out, never filled in.
 */
export function collectSeries(samples: readonly SampleBody[]): Collected[] {
  // Most metrics are read in the same cycles: one array for all of them halves what a large run holds in memory.
  let shared: readonly number[] = [];
  return [...ownersOf(samples)].map(([id, probes]) => {
    const { series, ...metric } = seriesOf(id, probes, samples);
    if (!areSame(shared, series.cycles)) shared = series.cycles;
    return { ...metric, series: { cycles: shared, values: series.values } };
  });
}

const areSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

/** Value of a metric in one sample; null when it could not be read. */
export function readMetric(sample: SampleBody, id: string): number | null {
  for (const reading of Object.values(sample.probes)) {
    const value = usable(reading) ? reading.values[id] : undefined;
    if (value !== undefined && Number.isFinite(value)) return value;
  }
  return null;
}

/** The same for a count: a kind that is not listed where its probe worked counts 0. */
export function readCount(sample: SampleBody, id: string): number | null {
  const family = id.split('.')[0] ?? id;
  const probes = Object.entries(sample.probes)
    .filter(([, { values }]) => Object.keys(values).some((other) => other.startsWith(`${family}.`)))
    .map(([probe]) => probe);
  return valueIn(sample, { id, probes: new Set(probes), kind: isKind(id) });
}

/** An inconsistent walk contradicts itself: none of its numbers is evidence. */
export function usable(reading: ProbeReading): boolean {
  return reading.quality !== 'inconsistent';
}

/** Metric -> the probes that gave it, in the order in which they were first seen. */
function ownersOf(samples: readonly SampleBody[]): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  for (const sample of samples) {
    for (const [probe, reading] of Object.entries(sample.probes)) {
      if (!usable(reading)) continue;
      for (const id of Object.keys(reading.values)) {
        const known = owners.get(id);
        if (known === undefined) owners.set(id, new Set([probe]));
        else known.add(probe);
      }
    }
  }
  return withoutRareKinds(owners, samples);
}

function withoutRareKinds(
  owners: Map<string, Set<string>>,
  samples: readonly SampleBody[],
): Map<string, Set<string>> {
  const kindsOfAll = [...owners.keys()].filter(isKind);
  for (const family of new Set(kindsOfAll.map((id) => id.split('.')[0]))) {
    const kinds = kindsOfAll.filter((id) => id.split('.')[0] === family);
    if (kinds.length <= mostKinds) continue;
    const seen = new Map(kinds.map((id) => [id, 0]));
    for (const sample of samples) {
      for (const id of kinds)
        if (readMetric(sample, id) !== null) seen.set(id, (seen.get(id) ?? 0) + 1);
    }
    const rare = kinds.toSorted((a, b) => (seen.get(b) ?? 0) - (seen.get(a) ?? 0)).slice(mostKinds);
    for (const id of rare) owners.delete(id);
  }
  return owners;
}

/** A kind of a counted family: `threads.tokio`, but not `threads.total`, which a working probe always gives. */
function isKind(id: string): boolean {
  return describeMetric(id).role === 'count' && !id.endsWith('.total');
}

function seriesOf(
  id: string,
  probes: ReadonlySet<string>,
  samples: readonly SampleBody[],
): Collected {
  const cycles: number[] = [];
  const values: number[] = [];
  const kind = isKind(id);
  for (const sample of samples) {
    const value = valueIn(sample, { id, probes, kind });
    if (value === null) continue;
    cycles.push(sample.cycle);
    values.push(value);
  }
  // A copy has no room to grow in: that room was a third of what a large run kept.
  const series = { cycles: cycles.slice(), values: values.slice() };
  return { id, series, missing: samples.length - values.length };
}

interface Wanted {
  readonly id: string;
  readonly probes: ReadonlySet<string>;
  readonly kind: boolean;
}

function valueIn(sample: SampleBody, { id, probes, kind }: Wanted): number | null {
  let absent: number | null = null;
  for (const probe of probes) {
    const reading = sample.probes[probe];
    if (reading === undefined || !usable(reading)) continue;
    const value = reading.values[id];
    if (value !== undefined && Number.isFinite(value)) return value;
    if (kind && reading.error === undefined) absent = 0;
  }
  return absent;
}

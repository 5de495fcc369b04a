import type { SampleBody } from '../contracts/ledger.ts';
import { type Collected, readMetric } from './collect-series.ts';

/**
 * Anonymous residency minus everything a probe accounts for: the native heap, the managed heap, the stacks. Its level
 * means little (a runtime has memory of its own), its growth means that something grows which nobody reads.
 * Null where the native heap was not read.
 */
function unexplainedBytes(sample: SampleBody): number | null {
  const anonymous = readMetric(sample, 'memory.anonymous');
  const native = readMetric(sample, 'native.resident');
  if (anonymous === null || native === null) return null;
  return anonymous - native - managedBytes(sample) - (readMetric(sample, 'map.stack') ?? 0);
}

/** Resident bytes of the managed heap: as mapped, else as the runtime says it has committed. */
export function managedBytes(sample: SampleBody): number {
  const mapped = readMetric(sample, 'map.managed') ?? 0;
  if (mapped > 0) return mapped;
  const oilpan = readMetric(sample, 'managed.oilpan-resident') ?? 0;
  return (readMetric(sample, 'managed.committed') ?? 0) + oilpan;
}

/** `memory.unexplained` as a series; empty when it could never be computed. */
export function collectUnexplained(samples: readonly SampleBody[]): Collected[] {
  const read = samples.flatMap((sample) => {
    const value = unexplainedBytes(sample);
    return value === null ? [] : [{ cycle: sample.cycle, value }];
  });
  if (read.length === 0) return [];
  return [
    {
      id: 'memory.unexplained',
      series: { cycles: read.map(({ cycle }) => cycle), values: read.map(({ value }) => value) },
      missing: samples.length - read.length,
    },
  ];
}

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
  return anonymous - native - askedHeapBytes(sample) - (readMetric(sample, 'map.stack') ?? 0);
}

/**
 * What the runtimes that are asked say they have committed. A heap that is only known by where it lies (Go's, also
 * beside V8's in one process) is not among them: nobody says what of it is live, so it explains nothing.
 */
export function askedHeapBytes(sample: SampleBody): number {
  const oilpan = readMetric(sample, 'managed.oilpan-resident') ?? 0;
  return (readMetric(sample, 'managed.committed') ?? 0) + oilpan;
}

/**
 * Shared mappings without a file on a disk: memfd, System V, /dev/shm. They are not anonymous, and no less resident. A
 * browser's processes share memory as they work: there nothing is made of it.
 */
function sharedBytes(sample: SampleBody): number | null {
  if (readMetric(sample, 'managed.oilpan') !== null) return null;
  return readMetric(sample, 'map.shared');
}

/** Pages of blocks with mappings of their own that were handed out and never written: live, and not resident. */
function untouchedBytes(sample: SampleBody): number | null {
  const handedOut = readMetric(sample, 'native.mmapped');
  const resident = readMetric(sample, 'map.malloc-mmapped');
  // What was swapped out was touched.
  if (handedOut === null || resident === null || readMetric(sample, 'native.swapped') !== 0) {
    return null;
  }
  return Math.max(0, handedOut - resident);
}

/** What no probe accounts for, as series; without those that could never be computed or have nothing to tell. */
export function collectUnexplained(samples: readonly SampleBody[]): Collected[] {
  return [
    ...collect('memory.unexplained', samples, unexplainedBytes),
    ...collect('memory.shared', samples, sharedBytes).filter(moves),
    ...collect('native.untouched', samples, untouchedBytes).filter(moves),
  ];
}

const moves = ({ series: { values } }: Collected): boolean =>
  values.some((value) => value !== values[0]);

function collect(
  id: string,
  samples: readonly SampleBody[],
  bytesOf: (sample: SampleBody) => number | null,
): Collected[] {
  const read = samples.flatMap((sample) => {
    const value = bytesOf(sample);
    return value === null ? [] : [{ cycle: sample.cycle, value }];
  });
  if (read.length === 0) return [];
  return [
    {
      id,
      series: { cycles: read.map(({ cycle }) => cycle), values: read.map(({ value }) => value) },
      missing: samples.length - read.length,
    },
  ];
}

import type { SampleBody } from '../contracts/ledger.ts';
import type { MemoryBreakdown } from '../contracts/result.ts';
import { readMetric } from './collect-series.ts';
import { askedHeapBytes } from './unexplained.ts';

/** Where the resident memory is in the first, the middle and the last sample that can tell. */
export function breakDownMemory(samples: readonly SampleBody[]): MemoryBreakdown[] {
  const readable = samples.filter(canTell);
  const places = [0, (readable.length - 1) >> 1, readable.length - 1];
  return [...new Set(places)].flatMap((place) => {
    const sample = readable[place];
    return sample === undefined ? [] : [breakDown(sample)];
  });
}

/** Resident bytes alone are not a breakdown: something must say what they are for. */
export function canTell(sample: SampleBody): boolean {
  const split = readMetric(sample, 'map.other') ?? readMetric(sample, 'native.resident');
  return split !== null && readMetric(sample, 'memory.rss') !== null;
}

/** The parts sum to `resident`: what no part accounts for is `unexplained`, and may be negative when parts overlap. */
export function breakDown(sample: SampleBody): MemoryBreakdown {
  const read = (id: string): number => readMetric(sample, id) ?? 0;
  const resident = read('memory.rss');
  const asked = askedHeapBytes(sample);
  const parts: Record<string, number> = {
    ...nativeParts(sample),
    managed: read('map.managed') + asked,
    stacks: read('map.stack'),
    code: read('map.code'),
    files: read('map.file-data'),
    shared: read('map.shared'),
    // The map cannot name the heaps of the runtimes that are asked: it counted them as other.
    other: Math.max(0, read('map.other') - asked),
  };
  const sum = Object.values(parts).reduce((total, bytes) => total + bytes, 0);
  return { cycle: sample.cycle, resident, parts: { ...parts, unexplained: resident - sum } };
}

/** The native heap by use where it was walked, as one `malloc` where only the map knows it. */
function nativeParts(sample: SampleBody): Record<string, number> {
  const resident = readMetric(sample, 'native.resident');
  const live = readMetric(sample, 'native.live');
  if (resident === null || live === null) {
    const arenas = readMetric(sample, 'map.malloc-arena') ?? 0;
    return { malloc: arenas + (readMetric(sample, 'map.malloc-mmapped') ?? 0) };
  }
  const pinned = readMetric(sample, 'native.pinned') ?? 0;
  const trimmable = readMetric(sample, 'native.trimmable') ?? 0;
  return { live, pinned, trimmable, allocator: resident - live - pinned - trimmable };
}

import type { ProbeReading } from '../contracts/measurement.ts';
import type { HeapWalk, SizeClass, WalkQuality } from '../contracts/native.ts';
import type { ProbeContext } from '../contracts/plugins.ts';
import { defineProbe } from '../define.ts';
import { readHeapOnce } from './_heap-once.ts';

const RANK: Readonly<Record<WalkQuality, number>> = { exact: 2, consistent: 1, inconsistent: 0 };

function worst(walks: readonly HeapWalk[]): WalkQuality {
  return walks.reduce<WalkQuality>(
    (sofar, { quality }) => (RANK[quality] < RANK[sofar] ? quality : sofar),
    'exact',
  );
}

function mergeCensus(walks: readonly HeapWalk[]): SizeClass[] {
  const counts = new Map<number, number>();
  for (const { sizeBytes, count } of walks.flatMap((walk) => walk.census)) {
    counts.set(sizeBytes, (counts.get(sizeBytes) ?? 0) + count);
  }
  return [...counts].map(([sizeBytes, count]) => ({ sizeBytes, count }));
}

const sum = (walks: readonly HeapWalk[], pick: (walk: HeapWalk) => number): number =>
  walks.reduce((total, walk) => total + pick(walk), 0);

/** Summed over the process tree; one process that cannot be read leaves the sum unknown. */
async function sample(ctx: ProbeContext): Promise<ProbeReading> {
  const walks: HeapWalk[] = [];
  for (const { pid, role } of ctx.processes) {
    const reading = await readHeapOnce(ctx, pid);
    if (reading.state === 'refused')
      return { values: {}, error: `${role}: ${reading.refusal.reason}` };
    walks.push(reading.walk);
  }
  return {
    values: {
      'native.live': sum(walks, (walk) => walk.liveBytes),
      'native.pinned': sum(walks, (walk) => walk.pinnedBytes),
      'native.trimmable': sum(walks, (walk) => walk.trimmableBytes),
      'native.tcache': sum(walks, (walk) => walk.tcacheBytes),
      'native.mmapped': sum(walks, (walk) => walk.mmappedBytes),
      'native.swapped': sum(walks, (walk) => walk.swappedBytes),
      'native.resident': sum(walks, (walk) => walk.residentBytes),
    },
    quality: worst(walks),
    census: mergeCensus(walks),
    stoppedMs: sum(walks, (walk) => walk.stoppedMs),
  };
}

/** glibc's own books, read from outside: live bytes, and slack as pinned and trimmable. */
export default defineProbe({
  id: 'glibc-heap',
  title: 'live bytes and slack of the glibc heap',
  cost: 'cheap',
  metrics: [
    'native.live',
    'native.pinned',
    'native.trimmable',
    'native.tcache',
    'native.mmapped',
    'native.swapped',
    'native.resident',
  ],
  supports: (ctx) => ctx.allocator.startsWith('glibc'),
  sample,
});

import type { HeapWalk, SizeClass, WalkQuality } from '../contracts/native.ts';
import { largestFirst } from './census.ts';
import type { HeapSums } from './walk.ts';

/** What is said about a pass beside its sums. */
export interface Trust {
  readonly quality: WalkQuality;
  readonly doubts: readonly string[];
  readonly threadCount: number;
  readonly stoppedMs: number;
  readonly tries: number;
  readonly census: boolean;
}

/** Blocks with a mapping of their own, by the size of the mapping. */
function mappedClasses({ mmapped }: HeapSums): SizeClass[] {
  const counts = new Map<number, number>();
  for (const { sizeBytes } of mmapped.chunks)
    counts.set(sizeBytes, (counts.get(sizeBytes) ?? 0) + 1);
  return [...counts].map(([sizeBytes, count]) => ({ sizeBytes, count }));
}

/** The published form of one pass. */
export function toHeapWalk(sums: HeapSums, trust: Trust): HeapWalk {
  const mmappedResident = sums.mmapped.chunks.reduce((sum, one) => sum + one.residentBytes, 0);
  const mmappedSwapped = sums.mmapped.chunks.reduce((sum, one) => sum + one.swappedBytes, 0);
  const freeBytes = sums.binnedBytes + sums.fastBytes + sums.topBytes;
  const { trimmableBytes, trimReturnsBytes, notResidentBytes } = sums.slack;
  // A cached chunk is free, but keeps its page: it counts with the pinned bytes.
  const pinnedBytes = freeBytes - notResidentBytes - trimmableBytes + sums.tcaches.bytes;
  const liveArenaResident =
    sums.arenaResidentBytes - pinnedBytes - trimmableBytes - sums.metadataBytes;
  return {
    quality: trust.quality,
    libc: sums.libc,
    liveBytes: sums.liveArenaBytes + mmappedResident,
    liveResidentBytes: Math.max(0, liveArenaResident) + mmappedResident,
    pinnedBytes,
    trimmableBytes,
    trimReturnsBytes,
    metadataBytes: sums.metadataBytes,
    swappedBytes: sums.arenaSwappedBytes + mmappedSwapped,
    mmappedBytes: sums.mmappedBytes,
    mmappedCount: sums.mmappedCount,
    residentBytes: sums.arenaResidentBytes + mmappedResident,
    arenaBytes: sums.arenaBytes,
    inUseBytes: sums.arenaBytes - freeBytes,
    tcacheBytes: sums.tcaches.bytes,
    fastBytes: sums.fastBytes,
    binnedBytes: sums.binnedBytes,
    topBytes: sums.topBytes,
    arenaCount: sums.arenas.length,
    tcacheCount: sums.tcaches.count,
    threadCount: trust.threadCount,
    census: trust.census ? largestFirst([...sums.classes, ...mappedClasses(sums)]) : [],
    doubts: trust.doubts,
    stoppedMs: trust.stoppedMs,
    tries: trust.tries,
  };
}

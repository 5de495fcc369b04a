import type { HeapWalk, MemoryBreakdown, MemoryMap } from '../contracts/native.ts';

/**
 * `resident = live + pinned + trimmable + managed + stacks + code + shared + other`, always to the byte: `other` is
 * what nothing explains. Without a walk the whole heap is in `other`.
 */
export function breakDown(
  map: MemoryMap,
  walk?: HeapWalk | undefined,
  managedBytes?: number | undefined,
): MemoryBreakdown {
  const { residentByClass: classes, rssBytes } = map;
  const liveBytes = walk?.liveResidentBytes ?? 0;
  const pinnedBytes = walk?.pinnedBytes ?? 0;
  const trimmableBytes = walk?.trimmableBytes ?? 0;
  const stackBytes = classes.stack;
  const codeBytes = classes.code + classes['file-data'];
  const sharedBytes = classes.shared;
  const mapped = stackBytes + codeBytes + sharedBytes + classes.managed;
  const rest = rssBytes - liveBytes - pinnedBytes - trimmableBytes - mapped;
  // A runtime may count memory that it reserved and did not touch: no more than is there can be managed.
  const runtimeBytes = Math.max(0, Math.min((managedBytes ?? 0) - classes.managed, rest));
  return {
    residentBytes: rssBytes,
    liveBytes,
    pinnedBytes,
    trimmableBytes,
    managedBytes: classes.managed + runtimeBytes,
    stackBytes,
    codeBytes,
    sharedBytes,
    otherBytes: rest - runtimeBytes,
  };
}

import type { CellAnalysis } from '../contracts/result.ts';

const HEAP_PROBE = 'glibc-heap: ';

/**
 * Why no walk of a cell's heap gave live bytes: what the last one said, `job: the heap ...`. Null where some did, and under
 * an allocator of which none are read.
 */
export function whyBlind({ metrics, quality }: CellAnalysis): string | null {
  const live = metrics.find(({ id }) => id === 'native.live');
  if (live !== undefined && live.series.values.length > 0) return null;
  const last = quality.probeErrors.findLast((error) => error.startsWith(HEAP_PROBE));
  return last?.slice(HEAP_PROBE.length) ?? null;
}

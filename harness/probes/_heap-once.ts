import type { HeapReading } from '../contracts/native.ts';
import type { ProbeContext } from '../contracts/plugins.ts';
import { walkHeap } from '../native/walk-heap.ts';

/** Idle runtimes wake on timers, so most looks end as `consistent`, and were right to the kilobyte: few tries are enough. */
const TRIES = 3;

/** One walk per process and sample: the books and the memory map are read from the same look. */
export function readHeapOnce(ctx: ProbeContext, pid: number): Promise<HeapReading> {
  return ctx.memo(`heap of ${pid}`, () =>
    walkHeap(pid, { stop: ctx.stop, census: true, tries: TRIES }),
  );
}

import type { MemoryMap } from '../contracts/native.ts';
import type { ProbeContext } from '../contracts/plugins.ts';
import { readMemoryMap } from '../native/memory-map.ts';
import { readHeapOnce } from './_heap-once.ts';

/** One reading of a process's memory map per sample: the kernel walks its pages for it. */
export function readMapOnce(ctx: ProbeContext, pid: number): Promise<MemoryMap> {
  return ctx.memo(`memory map of ${pid}`, async () => {
    const heap = ctx.allocator.startsWith('glibc') ? await readHeapOnce(ctx, pid) : null;
    return readMemoryMap(pid, { ranges: heap?.state === 'read' ? heap.ranges : [] });
  });
}

import type { ProbeContext } from '../contracts/plugins.ts';
import type { BrowserRuntime } from '../contracts/runtimes.ts';
import { defineProbe } from '../define.ts';
import { type Allocators, dumpMemory } from './_memory-infra.ts';

/** A partition of PartitionAlloc: `malloc/partitions/allocator`, `partition_alloc/partitions/buffer`, ... */
const PARTITION = /^(malloc|partition_alloc)\/partitions\/[^/]+$/;
const OILPAN = 'blink_gc/main/heap';
const WINDOW = 'window';

interface Native {
  live: number;
  pinned: number;
  trimmable: number;
  resident: number;
}

function nativeOf(allocators: Allocators): Native {
  const sum: Native = { live: 0, pinned: 0, trimmable: 0, resident: 0 };
  for (const [name, attributes] of allocators) {
    if (!PARTITION.test(name)) continue;
    const { size = 0, allocated_size: live = 0 } = attributes;
    const { decommittable_size: decommittable = 0, discardable_size: discardable = 0 } = attributes;
    sum.live += live;
    sum.resident += size;
    sum.trimmable += decommittable + discardable;
    sum.pinned += size - live - decommittable - discardable;
  }
  return sum;
}

async function sample(ctx: ProbeContext) {
  const browser = ctx.runtimes.find((each): each is BrowserRuntime => each.kind === 'browser');
  if (browser === undefined) throw new Error('there is no browser');
  const dumps = await dumpMemory(browser.protocol);
  const values: Record<string, number> = {};
  const add = (id: string, bytes: number): void => {
    values[id] = (values[id] ?? 0) + bytes;
  };
  for (const { pid, role } of ctx.processes) {
    const allocators = dumps.get(pid);
    if (allocators === undefined) continue;
    const { live, pinned, trimmable, resident } = nativeOf(allocators);
    add(`live.${role}`, live);
    // The browser's own window is a page that nobody collects: it holds megabytes of garbage, now and then.
    if (role === WINDOW) continue;
    add('native.live', live);
    add('native.pinned', pinned);
    add('native.trimmable', trimmable);
    add('native.resident', resident);
    const oilpan = allocators.get(OILPAN);
    add('managed.oilpan', oilpan?.allocated_objects_size ?? 0);
    add('managed.oilpan-resident', oilpan?.size ?? 0);
  }
  return { values };
}

/** Chromium's own books of its allocators, summed over its processes but its window: PartitionAlloc (which is its malloc) and Oilpan. */
export default defineProbe({
  id: 'browser-memory',
  title: 'live bytes and slack of a browser',
  cost: 'cheap',
  metrics: [
    'native.live',
    'native.pinned',
    'native.trimmable',
    'native.resident',
    'managed.oilpan',
    'managed.oilpan-resident',
    'live.*',
  ],
  supports: (ctx) => ctx.runtimes.some(({ kind }) => kind === 'browser'),
  sample,
});

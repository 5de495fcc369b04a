import type { MemoryMap } from '../contracts/native.ts';
import { defineProbe } from '../define.ts';
import { readMapOnce } from './_map-once.ts';

function add(values: Record<string, number>, metric: string, bytes: number): void {
  values[metric] = (values[metric] ?? 0) + bytes;
}

function addMap(values: Record<string, number>, map: MemoryMap): void {
  add(values, 'memory.rss', map.rssBytes);
  add(values, 'memory.pss', map.pssBytes);
  add(values, 'memory.uss', map.ussBytes);
  add(values, 'memory.swap', map.swapBytes);
  add(values, 'memory.anonymous', map.anonymousBytes);
  // Few programs have any: told only where there are some.
  if (map.endedStackCount > 0) add(values, 'count.ended-stacks', map.endedStackCount);
  for (const [kind, bytes] of Object.entries(map.residentByClass))
    add(values, `map.${kind}`, bytes);
}

/** Every mapping of every process, classed. RSS counts shared pages once per process, PSS shares them out. */
export default defineProbe({
  id: 'memory-map',
  title: 'resident memory by class of mapping',
  cost: 'cheap',
  metrics: [
    'memory.rss',
    'memory.pss',
    'memory.uss',
    'memory.swap',
    'memory.anonymous',
    'map.*',
    'count.ended-stacks',
  ],
  supports: () => true,
  async sample(ctx) {
    const values: Record<string, number> = {};
    for (const { pid } of ctx.processes) addMap(values, await readMapOnce(ctx, pid));
    return { values };
  },
});

import { defineProbe } from '../define.ts';
import { countThreads } from '../native/process-counts.ts';

/** Threads by name, numbers folded: which pool grows says more than how many there are. */
export default defineProbe({
  id: 'threads',
  title: 'threads by name',
  cost: 'cheap',
  metrics: ['threads.total', 'threads.*'],
  supports: () => true,
  async sample(ctx) {
    const values: Record<string, number> = { 'threads.total': 0 };
    for (const { name, count } of ctx.processes.flatMap(({ pid }) => countThreads(pid))) {
      values[`threads.${name}`] = (values[`threads.${name}`] ?? 0) + count;
      values['threads.total'] = (values['threads.total'] ?? 0) + count;
    }
    // A live process has at least one: nothing found means that nothing could be read.
    if (values['threads.total'] === 0) throw new Error('no process of the target could be read');
    return { values };
  },
});

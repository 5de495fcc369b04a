import { defineProbe } from '../define.ts';
import { countDescriptors } from '../native/process-counts.ts';

/** Open descriptors by kind: sockets, pipes, eventfds, timers, files. */
export default defineProbe({
  id: 'descriptors',
  title: 'open descriptors by kind',
  cost: 'cheap',
  metrics: ['fds.total', 'fds.*'],
  supports: () => true,
  async sample(ctx) {
    const values: Record<string, number> = { 'fds.total': 0 };
    for (const { name, count } of ctx.processes.flatMap(({ pid }) => countDescriptors(pid))) {
      values[`fds.${name}`] = (values[`fds.${name}`] ?? 0) + count;
      values['fds.total'] = (values['fds.total'] ?? 0) + count;
    }
    // A live process has at least one: nothing found means that nothing could be read.
    if (values['fds.total'] === 0) throw new Error('no process of the target could be read');
    return { values };
  },
});

import type { PythonRuntime } from '../contracts/plugins.ts';
import { defineProbe } from '../define.ts';

/**
 * Python from within, after garbage collection, through the helper. Blocks are those of Python's own allocator; how many
 * bytes they hold it does not say. Where the helper could not be put in, nothing is known, which is not zero.
 */
export default defineProbe({
  id: 'python-heap',
  title: 'Python blocks, tasks and threads after garbage collection',
  cost: 'cheap',
  metrics: ['count.python-blocks', 'count.python-tasks', 'count.python-threads'],
  supports: (ctx) => ctx.runtimes.some(({ kind }) => kind === 'python'),
  async sample(ctx) {
    const pythons = ctx.runtimes.filter((each): each is PythonRuntime => each.kind === 'python');
    const counts = await Promise.all(pythons.map((python) => python.counts()));
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    const tasks = counts.map((count) => count.tasks).filter((count) => count !== null);
    return {
      values: {
        'count.python-blocks': sum(counts.map(({ blocks }) => blocks)),
        'count.python-threads': sum(counts.map(({ threads }) => threads)),
        ...(tasks.length < counts.length ? {} : { 'count.python-tasks': sum(tasks) }),
      },
    };
  },
});

import type { PythonRuntime } from '../contracts/runtimes.ts';
import { defineProbe } from '../define.ts';

/**
 * Python from within, after garbage collection, through the helper. Blocks are those of Python's own allocator; how many
 * bytes they hold it does not say. Where the helper could not be put in, nothing is known, which is not zero.
 */
export default defineProbe({
  id: 'python-heap',
  title: 'Python blocks, tasks and threads after garbage collection',
  cost: 'cheap',
  metrics: ['count.python-blocks', 'count.python-tasks', 'count.python-threads', 'count.python.*'],
  supports: (ctx) => ctx.runtimes.some(({ kind }) => kind === 'python'),
  async sample(ctx) {
    const pythons = ctx.runtimes.filter((each): each is PythonRuntime => each.kind === 'python');
    const counts = await Promise.all(pythons.map((python) => python.counts()));
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    const names = new Set(counts.flatMap(({ instances }) => Object.keys(instances)));
    const loaded = new Map<string, number>();
    for (const name of names) {
      const found = counts.flatMap(({ instances }) => instances[name] ?? []);
      if (found.length > 0) loaded.set(name, sum(found));
    }
    const missing = [...names].filter((name) => !loaded.has(name));
    const tasks = counts.map((count) => count.tasks).filter((count) => count !== null);
    return {
      values: {
        'count.python-blocks': sum(counts.map(({ blocks }) => blocks)),
        'count.python-threads': sum(counts.map(({ threads }) => threads)),
        ...(tasks.length < counts.length ? {} : { 'count.python-tasks': sum(tasks) }),
        ...Object.fromEntries([...loaded].map(([name, count]) => [`count.python.${name}`, count])),
      },
      ...(missing.length === 0
        ? {}
        : { error: `Python has loaded no class ${missing.join(', ')} so far` }),
    };
  },
});

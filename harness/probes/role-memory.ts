import { defineProbe } from '../define.ts';
import { readMapOnce } from './_map-once.ts';

/** Which of a browser's processes holds the memory: PSS, which shares out what they share. */
export default defineProbe({
  id: 'role-memory',
  title: 'memory of processes by role',
  cost: 'cheap',
  metrics: ['pss.*'],
  supports: (ctx) => ctx.runtimes.some(({ kind }) => kind === 'browser'),
  async sample(ctx) {
    const values: Record<string, number> = {};
    for (const { pid, role } of ctx.processes) {
      const { pssBytes } = await readMapOnce(ctx, pid);
      values[`pss.${role}`] = (values[`pss.${role}`] ?? 0) + pssBytes;
    }
    return { values };
  },
});

import { existsSync } from 'node:fs';
import { defineProbe } from '../define.ts';

/** How many processes the target consists of at rest: one that a job leaves behind is a leak of its own kind. */
export default defineProbe({
  id: 'processes',
  title: 'processes of the target',
  cost: 'cheap',
  metrics: ['count.processes', 'processes.*'],
  supports: () => true,
  async sample({ processes }) {
    const alive = processes.filter(({ pid }) => existsSync(`/proc/${pid}`));
    if (alive.length === 0) throw new Error('no process of the target could be read');
    const values: Record<string, number> = { 'count.processes': alive.length };
    for (const { role } of alive) {
      const id = `processes.${role.replaceAll(' ', '-')}`;
      values[id] = (values[id] ?? 0) + 1;
    }
    return { values };
  },
});

import { existsSync } from 'node:fs';
import { defineProbe } from '../define.ts';
import { endedChildren, orphansOf } from '../lib/proc.ts';

/**
 * How many processes the target consists of at rest: one that a job leaves behind is a leak of its own kind, and so is
 * one that has ended and was never waited for. Such a one has no memory, but the system has only so many of them.
 */
export default defineProbe({
  id: 'processes',
  title: 'processes of the target',
  cost: 'cheap',
  metrics: ['count.processes', 'count.zombies', 'count.orphans', 'processes.*'],
  supports: () => true,
  async sample({ processes }) {
    const alive = processes.filter(({ pid }) => existsSync(`/proc/${pid}`));
    if (alive.length === 0) throw new Error('no process of the target could be read');
    const values: Record<string, number> = { 'count.processes': alive.length };
    for (const { role } of alive) {
      const id = `processes.${role.replaceAll(' ', '-')}`;
      values[id] = (values[id] ?? 0) + 1;
    }
    const pids = alive.map(({ pid }) => pid);
    // Few programs have any: told only where there are some.
    const left = {
      'count.zombies': pids.flatMap(endedChildren).length,
      'count.orphans': pids.flatMap((pid) => orphansOf(pid, pids)).length,
    };
    for (const [id, count] of Object.entries(left)) if (count > 0) values[id] = count;
    return { values };
  },
});

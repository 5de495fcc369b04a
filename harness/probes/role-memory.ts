import { readFileSync } from 'node:fs';
import { defineProbe } from '../define.ts';

const KIB = 1024;

/** Proportional share of memory of one process; null when it is gone. */
function pssBytes(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? Number.NaN) * KIB;
  } catch {
    // It ended since the listing.
    return null;
  }
}

/** Which of a browser's processes holds the memory. */
export default defineProbe({
  id: 'role-memory',
  title: 'memory of each process by role',
  cost: 'cheap',
  metrics: ['pss.*'],
  supports: (ctx) => ctx.runtimes.some(({ kind }) => kind === 'browser'),
  async sample({ processes }) {
    const values: Record<string, number> = {};
    for (const { pid, role } of processes) {
      const bytes = pssBytes(pid);
      if (bytes === null) continue;
      values[`pss.${role}`] = (values[`pss.${role}`] ?? 0) + bytes;
    }
    if (Object.keys(values).length === 0)
      throw new Error('no process of the browser could be read');
    return { values };
  },
});

import type { TargetProcess } from '../contracts/plugins.ts';
import { readStat } from '../lib/proc.ts';
import { countJobProcesses, roledProcesses } from '../lib/process-roles.ts';
import { sleep } from '../lib/sleep.ts';

const POLL_MS = 50;

/** Remembers how many processes the target had at rest, so that a job process that still ends is not sampled. */
export interface ProcessBase {
  /** Waits until there are no more than at the sample before; false after the time-out, and then those are the base. */
  settle(timeoutMs: number, signal: AbortSignal): Promise<boolean>;
  /** The processes of the tree with their roles at rest. */
  processes(): TargetProcess[];
}

export function processBase(roots: readonly TargetProcess[]): ProcessBase {
  const count = (): number => countJobProcesses(roledProcesses(roots));
  let base: number | null = null;
  let idle: number | null = null;
  const isJob = ({ pid, role }: TargetProcess): boolean =>
    role === 'job' && roots.every((root) => root.pid !== pid);
  return {
    processes() {
      const all = roledProcesses(roots);
      const jobs = all.filter(isJob);
      // Those that are there before the first job wait for one. The youngest are the waiting ones; others were left.
      idle ??= jobs.length;
      const age = ({ pid }: TargetProcess): number => readStat(pid)?.startTicks ?? 0;
      const waiting = jobs.toSorted((a, b) => age(b) - age(a)).slice(0, idle);
      return all.map((one) =>
        waiting.includes(one) ? { pid: one.pid, role: 'idle job process' } : one,
      );
    },
    async settle(timeoutMs, signal) {
      const end = performance.now() + timeoutMs;
      let now = count();
      while (base !== null && now > base && performance.now() < end) {
        await sleep(POLL_MS, signal);
        now = count();
      }
      const back = base === null || now <= base;
      base = now;
      return back;
    },
  };
}

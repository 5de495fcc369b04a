import type { TargetProcess } from '../contracts/plugins.ts';
import { countJobProcesses, roledProcesses } from '../lib/process-roles.ts';
import { sleep } from '../lib/sleep.ts';

const POLL_MS = 50;

/** Remembers how many processes the target had at rest, so that a job process that still ends is not sampled. */
export interface ProcessBase {
  /** Waits until there are no more than at the sample before; false after the time-out, and then those are the base. */
  settle(timeoutMs: number, signal: AbortSignal): Promise<boolean>;
}

export function processBase(roots: readonly TargetProcess[]): ProcessBase {
  const count = (): number => countJobProcesses(roledProcesses(roots));
  let base: number | null = null;
  return {
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

import { readStat } from '../lib/proc.ts';

/** With the pid it names a process for good. Undefined when the process is gone or only waits to be reaped. */
export function startTicksOf(pid: number): number | undefined {
  const stat = readStat(pid);
  return stat === null || stat.state === 'Z' ? undefined : stat.startTicks;
}

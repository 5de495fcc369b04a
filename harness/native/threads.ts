import { readFileSync } from 'node:fs';
import { threadIds } from '../lib/proc.ts';

export interface ThreadState {
  readonly tid: number;
  /** `R` running, `S` sleeping, `T` stopped, ... */
  readonly state: string;
  /** Run time, wait time and number of time slices. Undefined on kernels without scheduler information. */
  readonly schedule: string | undefined;
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // The thread ended between the listing and this read, or the kernel has no such file.
    return undefined;
  }
}

/** Empty when the process is gone. Costs about 40 us a thread. */
export function readThreads(pid: number): ThreadState[] {
  return threadIds(pid).flatMap((tid) => {
    const schedule = readOr(`/proc/${pid}/task/${tid}/schedstat`)?.trim();
    const stat = readOr(`/proc/${pid}/task/${tid}/stat`);
    if (stat === undefined) return [];
    return [{ tid, state: stat[stat.lastIndexOf(')') + 2] ?? '?', schedule }];
  });
}

/**
 * Proof that no thread ran between two looks: the same threads, none on a processor or waiting for one at either
 * look, and not one time slice more. A thread that wakes, however briefly, gets a time slice.
 * https://docs.kernel.org/scheduler/sched-stats.html (`/proc/<pid>/schedstat`)
 */
export function noneRan(before: readonly ThreadState[], after: readonly ThreadState[]): boolean {
  if (before.length === 0 || before.length !== after.length) return false;
  return before.every((thread, index) => {
    const later = after[index];
    return (
      later !== undefined &&
      later.tid === thread.tid &&
      thread.schedule !== undefined &&
      thread.schedule === later.schedule &&
      thread.state !== 'R' &&
      later.state !== 'R'
    );
  });
}

/** Also true of a process that waits for its parent to reap it: its memory is gone. */
export function allDead(threads: readonly ThreadState[]): boolean {
  return threads.every(({ state }) => state === 'Z' || state === 'X');
}

/** A thread that is dead but not yet waited for cannot run either: the main thread may end before the others. */
const HALTED = new Set(['T', 't', 'Z', 'X']);

export function allHalted(threads: readonly ThreadState[]): boolean {
  return threads.length > 0 && threads.every((thread) => HALTED.has(thread.state));
}

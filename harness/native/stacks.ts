import { readFileSync } from 'node:fs';
import { threadIds } from '../lib/proc.ts';

/**
 * Where the stacks of threads are: `/proc/PID/task/TID/syscall` ends in the stack pointer and the program counter
 * (`man 5 proc`). A running thread says `running` instead; its stack then counts as other memory until the next look.
 */
export function readStackPointers(pid: number): number[] {
  return threadIds(pid).flatMap((tid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/task/${tid}/syscall`, 'latin1').trim().split(' ');
      const pointer = Number(fields.at(-2));
      return fields.length > 2 && pointer > 0 ? [pointer] : [];
    } catch {
      // The file needs the right to trace; some kernels are built without it. Then `[stack]` is all that is known.
      return [];
    }
  });
}

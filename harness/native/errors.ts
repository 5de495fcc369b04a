import type { HeapRefusal } from '../contracts/native.ts';

/** An error that carries the refusal it stands for; nothing else is thrown on purpose in this folder. */
export interface HeapProblem extends Error {
  readonly refusal: HeapRefusal;
}

function problem(refusal: HeapRefusal): HeapProblem {
  return Object.assign(new Error(refusal.reason), { refusal });
}

/** Ends the walk for good: trying again would give the same answer. */
export function refuse(kind: HeapRefusal['kind'], reason: string, allocator?: string): never {
  throw problem(allocator === undefined ? { kind, reason } : { kind, reason, allocator });
}

/** The books do not add up: the target moved under the walk, or its heap is damaged. Worth another try. */
export function contradict(reason: string): never {
  throw problem({ kind: 'inconsistent', reason });
}

/** The books may add up, but not in a way that can be told from outside. Worth another try as well. */
export function giveUp(reason: string): never {
  throw problem({ kind: 'ambiguous', reason });
}

export function refusalOf(error: unknown): HeapRefusal | undefined {
  return error instanceof Error && 'refusal' in error ? (error as HeapProblem).refusal : undefined;
}

export function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

const GONE = new Set(['ENOENT', 'ESRCH']);
const FORBIDDEN = new Set(['EACCES', 'EPERM']);

/** What a failed system call on `/proc/PID/...` says about the target. */
export function refusalFromSystem(error: unknown, pid: number): HeapRefusal | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (FORBIDDEN.has(code))
    return {
      kind: 'no-permission',
      reason: `process ${pid} may not be read (${code}): run as its user or as root; a process that set PR_SET_DUMPABLE=0 needs root`,
    };
  if (GONE.has(code)) return { kind: 'gone', reason: `process ${pid} is gone` };
  return undefined;
}

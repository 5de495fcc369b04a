import { spawn } from 'node:child_process';
import { allHalted, readThreads } from './threads.ts';

/** Sleeps without giving up the thread: while the target stands still nothing else of ours may run. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    // Gone or not ours: the reads that follow say which.
    return false;
  }
}

export interface Guard {
  /** All went well: the guard ends without doing anything. */
  dismiss(): void;
  /** What the kernel does when we die. For tests. */
  abandon(): void;
}

/** Continues the target if we die while it is stopped, even by SIGKILL: the end of our pipe then closes. */
export function startGuard(pid: number): Guard {
  const script = 'read -r _ || kill -CONT "$0"';
  const guard = spawn('/bin/sh', ['-c', script, String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without a shell there is no guard; the stop is still undone below, only not after a SIGKILL of the harness.
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  return {
    dismiss: () => guard.stdin.end('done\n'),
    abandon: () => guard.stdin.destroy(),
  };
}

export interface Stopped<T> {
  readonly value: T;
  readonly stoppedMs: number;
}

/** Sending the signal is not enough: every task has to have arrived in state T before anything is read. */
function waitUntilHalted(pid: number, boundMs: number): boolean {
  const deadline = performance.now() + boundMs;
  for (let wait = 0.2; ; wait = Math.min(wait * 2, 5)) {
    if (allHalted(readThreads(pid))) return true;
    if (performance.now() > deadline) return false;
    pause(wait);
  }
}

/** How long to wait for every task to arrive in state T; a task in an uninterruptible wait may never. */
const ARRIVAL_MS = 500;

/**
 * Runs `look` while the target is stopped, and always continues it. A target that was stopped before is left as it
 * was. `look` gets whether every task has halted, and must be synchronous.
 */
export function whileStopped<T>(pid: number, look: (halted: boolean) => T): Stopped<T> {
  if (allHalted(readThreads(pid))) return { value: look(true), stoppedMs: 0 };
  const guard = startGuard(pid);
  const started = performance.now();
  try {
    signal(pid, 'SIGSTOP');
    const value = look(waitUntilHalted(pid, ARRIVAL_MS));
    return { value, stoppedMs: performance.now() - started };
  } finally {
    signal(pid, 'SIGCONT');
    guard.dismiss();
  }
}

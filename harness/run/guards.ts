import type { RunningService, RunningTarget, TargetExit } from '../contracts/plugins.ts';
import { readExit } from '../lib/child.ts';
import { processTree, readRollup, readStat, residentBytes } from '../lib/proc.ts';
import { isStarting } from '../lib/starting-child.ts';
import { CellError } from './cell-error.ts';

/** Some SDK versions run away by hundreds of MB per second, so the look is quick. */
const MEMORY_POLL_MS = 100;

export interface Guards {
  /** Rejects with the CellError that ends the cell: never resolves. */
  readonly broken: Promise<never>;
  /** Ends the cell for a reason that was found elsewhere. */
  fail(error: CellError): void;
  release(): void;
}

function describeDeath(exit: TargetExit): string {
  const { how, lastLine } = readExit(exit);
  return lastLine === ''
    ? `the target ${how}`
    : `the target ${how}; its last words: ${lastLine.slice(0, 300)}`;
}

function killTree(roots: readonly number[]): void {
  for (const pid of roots.flatMap(processTree)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended between the listing and the signal, which is what was wanted.
    }
  }
}

const residentOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + residentBytes(pid), 0);

/** Those that have memory of their own; finding out takes 1 ms for each 100 MB, so only a doubt is worth it. */
function withOwnMemory(tree: readonly number[]): number[] {
  const ranges = new Map<number, string>();
  return tree.filter((pid) => {
    const stat = readStat(pid);
    const range = readRollup(pid)?.range;
    // A process that cannot be read counts: one that runs away must not get off.
    if (stat === null || range === undefined) return true;
    ranges.set(pid, range);
    return !isStarting(stat, range, ranges.get(stat.ppid));
  });
}

function watchMemory(
  target: RunningTarget,
  limitBytes: number,
  trip: (bytes: number) => void,
): NodeJS.Timeout {
  const roots = target.processes.map(({ pid }) => pid);
  const timer = setInterval(() => {
    const tree = roots.flatMap(processTree);
    if (residentOf(tree) <= limitBytes) return;
    const bytes = residentOf(withOwnMemory(tree));
    if (bytes <= limitBytes) return;
    clearInterval(timer);
    trip(bytes);
    killTree(roots);
  }, MEMORY_POLL_MS);
  return timer;
}

const MIB = 1024 ** 2;

/** Watches everything that ends a cell from outside: the target's death, its memory, the services, an interrupt. */
export function guardCell(options: {
  readonly target: RunningTarget;
  readonly services: readonly Pick<RunningService, 'id' | 'failed'>[];
  readonly memoryLimitBytes: number;
  readonly signal: AbortSignal;
}): Guards {
  let fail: (error: CellError) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Nobody may be waiting at the moment it breaks; every waiter gets the rejection all the same.
  broken.catch(() => undefined);
  const { target, services, memoryLimitBytes, signal } = options;
  const timer = watchMemory(target, memoryLimitBytes, (bytes) => {
    const used = `${Math.round(bytes / MIB)} MiB`;
    const limit = `${Math.round(memoryLimitBytes / MIB)} MiB`;
    fail(
      new CellError(
        'memory-limit',
        `the target used ${used}, over its limit of ${limit}, and was killed (--memory-limit changes it)`,
      ),
    );
  });
  target.exited.then((exit) => fail(new CellError('target-died', describeDeath(exit))));
  for (const service of services) {
    service.failed.then((why) => fail(new CellError('service-failed', `${service.id}: ${why}`)));
  }
  const onAbort = (): void => fail(new CellError('interrupted', 'interrupted'));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    broken,
    fail,
    release() {
      clearInterval(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

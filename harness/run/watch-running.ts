import type { ProbeReading } from '../contracts/measurement.ts';
import type { TargetProcess } from '../contracts/plugins.ts';
import { readRollup, readStat } from '../lib/proc.ts';
import { roledProcesses } from '../lib/process-roles.ts';
import { isStarting } from '../lib/starting-child.ts';

/** The first look comes so soon because the shortest round trip takes 84 ms. */
const FIRST_MS = 15;
/** Looks may take a tenth of one core. */
const PAUSE_PER_LOOK = 9;
/** In a long cycle looks get rarer: so many, then so many more each time it has gone on 2.7 times as long. */
const LOOKS_PER_E = 50;

export interface RunningWatch {
  /** What was seen since; the last call ends it. */
  end(): ProbeReading;
}

interface Look {
  readonly pssBytes: number;
  readonly threadCount: number;
  readonly processes: readonly TargetProcess[];
}

/**
 * Looks at the process tree while a cycle is under way: its peak, and what that is more than before the cycle. Peaks
 * between two looks are not seen. One that is over before the first look says so.
 */
export function watchRunning(
  roots: readonly TargetProcess[],
  onLook: (processes: readonly TargetProcess[]) => void = () => undefined,
): RunningWatch {
  const began = performance.now();
  const rest = look(roots);
  const seen: Look[] = [];
  let lookingMs = performance.now() - began;
  let timer: NodeJS.Timeout | undefined;
  const next = (lastMs: number): void => {
    const elapsed = performance.now() - began;
    const pause = Math.max(FIRST_MS, PAUSE_PER_LOOK * lastMs, elapsed / LOOKS_PER_E);
    timer = setTimeout(again, pause);
  };
  const again = (): void => {
    const before = performance.now();
    const now = look(roots);
    seen.push(now);
    onLook(now.processes);
    const tookMs = performance.now() - before;
    lookingMs += tookMs;
    next(tookMs);
  };
  timer = setTimeout(again, FIRST_MS);
  return {
    end() {
      clearTimeout(timer);
      return toReading(rest, seen, lookingMs);
    },
  };
}

function look(roots: readonly TargetProcess[]): Look {
  const processes: TargetProcess[] = [];
  const ranges = new Map<number, string>();
  let pssBytes = 0;
  let threadCount = 0;
  for (const one of roledProcesses(roots)) {
    const stat = readStat(one.pid);
    const rollup = readRollup(one.pid);
    if (stat === null || rollup === null) continue;
    ranges.set(one.pid, rollup.range);
    if (isStarting(stat, rollup.range, ranges.get(stat.ppid))) continue;
    processes.push(one);
    pssBytes += rollup.pssBytes;
    threadCount += stat.threadCount;
  }
  return { pssBytes, threadCount, processes };
}

function toReading(rest: Look, seen: readonly Look[], lookingMs: number): ProbeReading {
  const most = (value: (look: Look) => number): number => Math.max(...seen.map(value));
  if (seen.length === 0) {
    return { values: {}, error: 'not seen: the cycle was over before the first look' };
  }
  const pss = most(({ pssBytes }) => pssBytes);
  if (pss === 0 || rest.pssBytes === 0) {
    return { values: {}, error: 'not seen: no process of the target could be read' };
  }
  const roles = new Set(seen.flatMap(({ processes }) => processes.map(({ role }) => role)));
  const byRole = [...roles].map((role) => [
    `running.processes.${role.replaceAll(' ', '-')}`,
    most(({ processes }) => processes.filter((one) => one.role === role).length),
  ]);
  return {
    values: {
      'running.pss': pss,
      'running.cost': pss - rest.pssBytes,
      'running.threads': most(({ threadCount }) => threadCount),
      'running.processes': most(({ processes }) => processes.length),
      ...Object.fromEntries(byRole),
      'running.looks': seen.length,
      'running.looks-ms': Math.round(lookingMs * 10) / 10,
    },
  };
}

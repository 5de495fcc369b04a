import { processTree, readStat } from '../lib/proc.ts';
import { sleep } from '../lib/sleep.ts';

export interface QuiescenceOptions {
  readonly roots: readonly number[];
  /** How long CPU time and thread count must stand still. */
  readonly windowMs: number;
  /** After this the sample is taken anyway, flagged `unsettled`. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Quiescence {
  readonly settled: boolean;
  readonly settleMs: number;
}

interface Activity {
  readonly atMs: number;
  readonly cpuTicks: number;
  readonly threadCount: number;
}

const POLL_MS = 20;
/** Timers of an idle runtime cost a tick (10 ms of CPU) now and then; more than this in a window is work. */
const IDLE_TICKS = 1;

function look(roots: readonly number[]): Activity {
  let cpuTicks = 0;
  let threadCount = 0;
  for (const pid of roots.flatMap(processTree)) {
    const stat = readStat(pid);
    cpuTicks += stat?.cpuTicks ?? 0;
    threadCount += stat?.threadCount ?? 0;
  }
  return { atMs: performance.now(), cpuTicks, threadCount };
}

function isStill(before: Activity, now: Activity): boolean {
  return now.cpuTicks - before.cpuTicks <= IDLE_TICKS && now.threadCount === before.threadCount;
}

/**
 * Waits until the process tree has used no CPU time and kept its thread count for a whole window.
 * Costs two small reads per process every 20 ms.
 */
export async function waitForQuiescence(options: QuiescenceOptions): Promise<Quiescence> {
  const begin = performance.now();
  const seen: Activity[] = [look(options.roots)];
  for (;;) {
    await sleep(POLL_MS, options.signal);
    const now = look(options.roots);
    seen.push(now);
    while (seen[1] !== undefined && now.atMs - seen[1].atMs >= options.windowMs) seen.shift();
    const oldest = seen[0] ?? now;
    const settleMs = Math.round(now.atMs - begin);
    const isWholeWindow = now.atMs - oldest.atMs >= options.windowMs;
    if (isWholeWindow && seen.every((activity) => isStill(oldest, activity))) {
      return { settled: true, settleMs };
    }
    if (settleMs >= options.timeoutMs) return { settled: false, settleMs };
  }
}

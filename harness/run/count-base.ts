import { processTree, readStat } from '../lib/proc.ts';
import { sleep } from '../lib/sleep.ts';

const POLL_MS = 50;
/**
 * Threads of what was just collected ended within 90 ms, on a busy machine too. A count that has stood for so long will
 * not fall soon, so that a program which really leaks threads costs this much more per cycle and no more.
 */
const PATIENCE_MS = 300;
const MOST_MS = 20_000;

/** Remembers how many threads the target had at rest, so that a count that is still falling is not sampled. */
export interface CountBase {
  /** Waits while there are more than at the sample before and the number falls; false when it fell to the end. */
  settle(signal: AbortSignal): Promise<boolean>;
  /** How many threads there are now over the least there were at rest after a cycle. */
  aboveLeast(): number;
}

export function countBase(roots: readonly number[]): CountBase {
  const count = (): number =>
    roots.flatMap(processTree).reduce((sum, pid) => sum + (readStat(pid)?.threadCount ?? 0), 0);
  let base = Number.POSITIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  return {
    aboveLeast: () => (least === Number.POSITIVE_INFINITY ? 0 : count() - least),
    async settle(signal) {
      const begin = performance.now();
      let lowest = count();
      let fellAt = begin;
      let settled = true;
      while (lowest > base && performance.now() - fellAt < PATIENCE_MS) {
        await sleep(POLL_MS, signal);
        const now = count();
        if (now < lowest) fellAt = performance.now();
        lowest = Math.min(lowest, now);
        settled = performance.now() - begin < MOST_MS;
        if (!settled) break;
      }
      // The first look is before the first cycle, which starts what stays.
      if (base !== Number.POSITIVE_INFINITY) least = Math.min(least, lowest);
      base = lowest;
      return settled;
    },
  };
}

import { expect, it } from 'vitest';
import type { RunningTarget } from '../../harness/contracts/plugins.ts';
import { processTree } from '../../harness/lib/proc.ts';
import { sleep } from '../../harness/lib/sleep.ts';
import { guardCell } from '../../harness/run/guards.ts';
import { isAlive, realPart, until } from '../lib/_real-parts.ts';
import { startStarter } from './_starter.ts';

const MiB = 1024 ** 2;
const { signal } = new AbortController();

it('a target over half its memory limit may start programs; one over the limit is killed', async (ctx) => {
  const pid = await realPart(ctx, () => startStarter());
  const target: RunningTarget = {
    processes: [{ pid, role: 'job' }],
    runtimes: [],
    exited: new Promise(() => undefined),
    facts: () => Promise.reject(new Error('nobody asks here')),
    stop: () => Promise.resolve(),
  };
  const guard = (limitMiB: number) =>
    guardCell({ target, services: [], memoryLimitBytes: limitMiB * MiB, signal });
  let trees = 0;
  const roomy = guard(150);
  const early = await Promise.race([
    roomy.broken.catch((error) => error),
    (async () => {
      for (let look = 0; look < 100; look += 1) {
        await sleep(10, signal);
        if (processTree(pid).length === 2) trees += 1;
      }
      return 'not broken';
    })(),
  ]);
  roomy.release();
  expect(early).toBe('not broken');
  expect(trees).toBeGreaterThan(50);

  const narrow = guard(50);
  await expect(narrow.broken).rejects.toThrow(/used 1\d\d MiB, over its limit of 50 MiB/);
  narrow.release();
  await until(() => !isAlive(pid));
});

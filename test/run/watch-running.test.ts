import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import glibc from '../../harness/allocators/glibc.ts';
import type { AllocatorProof } from '../../harness/contracts/ledger.ts';
import { sleep } from '../../harness/lib/sleep.ts';
import { proveJobs } from '../../harness/run/prove-jobs.ts';
import { watchRunning } from '../../harness/run/watch-running.ts';
import { realPart, until } from '../lib/_real-parts.ts';
import { startStarter } from './_starter.ts';

const MiB = 1024 ** 2;

/** A program that has said that it is ready. */
async function start(script: string, env: NodeJS.ProcessEnv = process.env): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env,
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  await once(child.stdout ?? child, 'data');
  return child;
}

const rootOf = (child: ChildProcess) => [{ pid: child.pid ?? 0, role: 'supervisor' }];

describe('a look at a cycle that is under way', () => {
  it('sees what is gone when it is over, apart from what was there before', async () => {
    const child = await start(`
      let kept = Buffer.alloc(40 * 2 ** 20, 1);
      process.stdin.on('data', () => {
        const job = require('child_process').spawn(process.execPath, ['-e', \`
          const held = Buffer.alloc(60 * 2 ** 20, 1); setTimeout(() => held.fill(2), 1000)\`]);
        job.once('exit', () => console.log('done'));
      });
      console.log('ready', kept.length);`);
    const watch = watchRunning(rootOf(child));
    child.stdin?.write('go\n');
    await once(child.stdout ?? child, 'data');
    const { values, error } = watch.end();
    expect(error).toBeUndefined();
    expect(values).toMatchObject({
      'running.processes': 2,
      'running.processes.supervisor': 1,
      'running.processes.child': 1,
    });
    const { 'running.cost': cost = 0, 'running.pss': peak = 0 } = values;
    expect(cost / MiB).toBeGreaterThan(60);
    expect(cost / MiB).toBeLessThan(120);
    expect((peak - cost) / MiB).toBeGreaterThan(40);
    expect(values['running.looks']).toBeGreaterThan(0);
    expect(values['running.looks-ms']).toBeGreaterThan(0);
  });

  it('does not count a program twice that starts another: between vfork and exec they share all memory', async (ctx) => {
    const pid = await realPart(ctx, () => startStarter());
    const watch = watchRunning([{ pid, role: 'job' }]);
    await sleep(1000, new AbortController().signal);
    const { values } = watch.end();
    expect(values['running.looks']).toBeGreaterThan(0);
    expect((values['running.pss'] ?? 0) / MiB).toBeGreaterThan(100);
    expect((values['running.pss'] ?? 0) / MiB).toBeLessThan(150);
  });

  it('says that it saw nothing of a cycle that was over before, and of a program that is gone', async () => {
    const child = await start("console.log('ready'); process.stdin.resume()");
    expect(watchRunning(rootOf(child)).end()).toEqual({
      values: {},
      error: 'not seen: the cycle was over before the first look',
    });
    const gone = watchRunning([{ pid: 2 ** 22 + 1, role: 'job' }]);
    await sleep(100, new AbortController().signal);
    expect(gone.end()).toEqual({
      values: {},
      error: 'not seen: no process of the target could be read',
    });
  });
});

describe('the allocator of a job process', () => {
  function proofs(roots: readonly { pid: number; role: string }[]) {
    const told: (AllocatorProof | string)[] = [];
    const jobs = proveJobs({
      roots,
      allocator: glibc,
      onProven: (proof) => void told.push(proof),
      onRefuted: (error) => void told.push(error.message),
    });
    return { told, jobs };
  }
  const READY = "console.log('ready'); process.stdin.resume()";

  it('is told once, of the first that was seen twice', async () => {
    const pids = [await start(READY), await start(READY)].map(({ pid = 0 }) => pid);
    const { told, jobs } = proofs([{ pid: process.pid, role: 'supervisor' }]);
    const seen = pids.map((pid) => ({ pid, role: 'job' }));
    jobs.see(seen.slice(0, 1), 1);
    await sleep(50, new AbortController().signal);
    expect(told).toEqual([]);
    for (let look = 1; look <= 3; look += 1) jobs.see(seen, 1);
    await until(() => told.length > 0);
    jobs.see(seen, 2);
    jobs.see(seen, 2);
    await sleep(50, new AbortController().signal);
    expect(told).toEqual([{ allocator: 'glibc', evidence: expect.stringContaining('is mapped') }]);
  });

  it('that is another one is refuted when two looks agree; helpers and processes that are gone are not asked', async () => {
    const other = await start(READY, { ...process.env, MALLOC_ARENA_MAX: '3' });
    const { told, jobs } = proofs([]);
    const pid = other.pid ?? 0;
    for (let look = 1; look <= 5; look += 1) {
      jobs.see(
        [
          { pid, role: 'resource tracker' },
          { pid: 2 ** 22 + 1, role: 'job' },
        ],
        1,
      );
    }
    for (let look = 1; look <= 2; look += 1) {
      jobs.see([{ pid, role: 'job' }], 1);
      await sleep(20, new AbortController().signal);
    }
    expect(told).toEqual([]);
    jobs.see([{ pid, role: 'job' }], 1);
    await until(() => told.length > 0);
    expect(told).toEqual([
      "in a job's process: glibc is not proven: MALLOC_ARENA_MAX is set in the started process (its launcher changes it)",
    ]);
  });
});

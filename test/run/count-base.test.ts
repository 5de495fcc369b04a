import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { readStat } from '../../harness/lib/proc.ts';
import { countBase } from '../../harness/run/count-base.ts';

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));
const { signal } = new AbortController();

/** A process that starts so many threads when told, each of which ends after its time; 0: never. */
async function threadsOf(...livesMs: readonly number[]) {
  const work =
    "require('worker_threads').parentPort.once('message', (ms) => ms > 0 && setTimeout(() => process.exit(), ms));" +
    'setInterval(() => {}, 1000)';
  const script = `
    const { Worker } = require('worker_threads');
    process.stdin.once('data', async () => {
      const lives = ${JSON.stringify(livesMs)};
      const workers = lives.map(() => new Worker(${JSON.stringify(work)}, { eval: true }));
      await Promise.all(workers.map((each) => new Promise((online) => each.once('online', online))));
      workers.forEach((each, i) => each.postMessage(lives[i]));
      console.log('started');
    });
    setInterval(() => {}, 1000); console.log('up')`;
  child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  await new Promise((ready) => child?.stdout?.once('data', ready));
  const pid = child.pid ?? 0;
  const count = (): number => readStat(pid)?.threadCount ?? 0;
  const before = count();
  const start = async (): Promise<void> => {
    child?.stdin?.write('go\n');
    await new Promise((started) => child?.stdout?.once('data', started));
  };
  return { pid, count, before, start };
}

it('waits while the number of threads falls, until it is back', async () => {
  const { pid, count, before, start } = await threadsOf(100, 250, 400, 550);
  const counts = countBase([pid]);
  expect(await counts.settle(signal)).toBe(true);
  await start();
  expect(await counts.settle(signal)).toBe(true);
  expect(count()).toBe(before);
  expect(counts.aboveLeast()).toBe(0);
});

it('gives up soon on threads that stay, and takes them for the new number', async () => {
  const { pid, before, count, start } = await threadsOf(0, 0);
  const counts = countBase([pid]);
  await counts.settle(signal);
  await counts.settle(signal);
  await start();
  const began = performance.now();
  expect(await counts.settle(signal)).toBe(true);
  const first = performance.now() - began;
  expect(counts.aboveLeast()).toBe(count() - before);
  const again = performance.now();
  expect(await counts.settle(signal)).toBe(true);
  expect(performance.now() - again).toBeLessThan(first);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { processTree } from '../../harness/lib/proc.ts';
import { waitForQuiescence } from '../../harness/run/quiescence.ts';

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

async function start(script: string): Promise<number> {
  child = spawn(process.execPath, ['-e', `${script}; console.log('up')`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((ready) => child?.stdout?.once('data', ready));
  return child.pid ?? 0;
}
const { signal } = new AbortController();

it('settles as soon as an idle process has stood still for the window', async () => {
  const pid = await start('setInterval(() => {}, 1000)');
  const seen = await waitForQuiescence({ roots: [pid], windowMs: 100, timeoutMs: 5000, signal });
  expect(seen.settled).toBe(true);
  expect(seen.settleMs).toBeGreaterThanOrEqual(100);
});

it('gives up at the time-out on a process that works on, and says so', async () => {
  const pid = await start(
    'setInterval(() => { const end = Date.now() + 15; while (Date.now() < end); }, 20)',
  );
  const seen = await waitForQuiescence({ roots: [pid], windowMs: 100, timeoutMs: 600, signal });
  expect(seen.settled).toBe(false);
  expect(seen.settleMs).toBeGreaterThanOrEqual(600);
});

it('waits while work goes on in a child of the process', async () => {
  const busy =
    'const end = Date.now() + 700; while (Date.now() < end); setInterval(() => {}, 1000)';
  const pid = await start(
    `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(busy)}])`,
  );
  expect(processTree(pid).length).toBe(2);
  const seen = await waitForQuiescence({ roots: [pid], windowMs: 100, timeoutMs: 10_000, signal });
  expect(seen.settled).toBe(true);
  expect(seen.settleMs).toBeGreaterThan(500);
  process.kill(processTree(pid)[1] ?? 0, 'SIGKILL');
});

it('ends at once when it is interrupted', async () => {
  const controller = new AbortController();
  const pid = await start(
    'setInterval(() => { const end = Date.now() + 15; while (Date.now() < end); }, 20)',
  );
  const waiting = waitForQuiescence({
    roots: [pid],
    windowMs: 100,
    timeoutMs: 60_000,
    signal: controller.signal,
  });
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

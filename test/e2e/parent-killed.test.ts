import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { processTree } from '../../harness/lib/proc.ts';
import { DIST, isAlive, temporaryFolder, until } from '../lib/_real-parts.ts';
import { PROGRAM, startTidemark } from './_tidemark.ts';

/** Kills whoever started a run, as an out-of-memory killer does; nothing below may go on. */
async function expectAllEnds(parent: ChildProcess): Promise<void> {
  const pid = parent.pid ?? 0;
  const below = processTree(pid).filter((each) => each !== pid);
  onTestFinished(() => {
    for (const left of below.filter(isAlive)) process.kill(left, 'SIGKILL');
  });
  // The measuring process and the target.
  expect(below.length).toBeGreaterThanOrEqual(2);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await until(() => !below.some(isAlive), 10_000);
}

it('a run whose command line is killed ends with its target, also in the middle of a cycle', async () => {
  const measured = ['--scenario', 'program-cycle', '--target', 'program', '--allocator', 'glibc'];
  const started = startTidemark(['run', ...measured, '--command', `${PROGRAM} hang 2`]);
  started.finished.catch(() => undefined);
  await started.shows('[1/1]');
  await until(() => processTree(started.child.pid ?? 0).length >= 3, 15_000);
  await expectAllEnds(started.child);
});

it.each([
  ['in a private network', {}],
  ["in the host's network", { LIVEKIT_URL: 'ws://127.0.0.1:1' }],
])('a run of a program that is killed ends with its target, %s', async (_, more) => {
  const script = join(import.meta.dirname, '_api-run.mjs');
  const parent = spawn(process.execPath, [script, DIST, `${PROGRAM} hang 2`], {
    cwd: temporaryFolder(),
    env: { ...process.env, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  for await (const text of parent.stdout) if (String(text).includes('cycle 1 done')) break;
  await expectAllEnds(parent);
});

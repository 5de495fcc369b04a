import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startChild } from '../../harness/lib/child.ts';
import {
  endedChildren,
  orphansOf,
  processTree,
  readStat,
  residentBytes,
} from '../../harness/lib/proc.ts';
import { startTarget } from '../native/support/targets.ts';
import { temporaryFolder, until } from './_real-parts.ts';

const FAMILY = `
const { spawn } = require('node:child_process');
const child = spawn('/bin/sh', ['-c', 'sleep 60 & sleep 61; wait'], { stdio: 'ignore' });
process.on('exit', () => child.kill());
child.once('spawn', () => setTimeout(() => console.log('ready'), 200));
`;

it('lists a process and its descendants, parents before children', async () => {
  await using target = startTarget(process.execPath, ['-e', FAMILY]);
  await target.line();
  const tree = processTree(target.pid);
  try {
    const [root, shell, ...sleeps] = tree;
    expect(root).toBe(target.pid);
    expect(sleeps).toHaveLength(2);
    expect(tree.map((pid) => readStat(pid)?.ppid)).toEqual([process.pid, root, shell, shell]);
    expect(tree.every((pid) => (readStat(pid)?.startTicks ?? 0) > 0)).toBe(true);
    expect(residentBytes(target.pid)).toBeGreaterThan(10_000_000);
  } finally {
    for (const pid of tree.slice(1).reverse()) process.kill(pid);
  }
});

it('has an empty tree, no state and no memory for a process that is not there', () => {
  const nobody = 4_194_305;
  expect([processTree(nobody), readStat(nobody), residentBytes(nobody)]).toEqual([[], null, 0]);
});

it('tells what was left behind: children that nobody waited for, and processes without their parent', async () => {
  const child = await startChild({
    command: 'python3',
    args: [
      '-uc',
      `
import os, subprocess, time
for _ in range(3):
    if os.fork() == 0: os._exit(0)
subprocess.run(['sh', '-c', 'sleep 60 & sleep 61 &'])
time.sleep(60)
`,
    ],
    env: process.env as Record<string, string>,
    logFile: join(temporaryFolder(), 'left.log'),
  });
  try {
    await until(() => endedChildren(child.pid).length === 3);
    await until(() => orphansOf(child.pid, processTree(child.pid)).length === 2);
    expect(processTree(child.pid)).toEqual([child.pid]);
    expect(orphansOf(child.pid, [child.pid])).toHaveLength(2);
  } finally {
    await child.stop(0);
  }
});

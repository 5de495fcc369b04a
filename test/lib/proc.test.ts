import { expect, it } from 'vitest';
import { processTree, readStat, residentBytes } from '../../harness/lib/proc.ts';
import { startTarget } from '../native/support/targets.ts';

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

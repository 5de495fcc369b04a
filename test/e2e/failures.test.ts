import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { processTree, readStat } from '../../harness/lib/proc.ts';
import { ledgerOf, PROGRAM, resultOf, startTidemark, tidemark } from './_tidemark.ts';

const QUICK = ['--idle-tail', '0s', '--allocator', 'glibc'];
const program = (mode: string, ...more: string[]): string[] => [
  'run',
  '--scenario',
  'program-cycle',
  '--target',
  'program',
  '--command',
  `${PROGRAM} ${mode}`,
  ...QUICK,
  ...more,
];

function findProcess(root: number, fragment: string): number {
  // The command line that a user typed names the program too: it is not what is meant.
  const pid = processTree(root).find((candidate) => {
    const line = readFileSync(`/proc/${candidate}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return line.includes(fragment) && !line.includes('bin/tidemark.js');
  });
  if (pid === undefined) throw new Error(`no process with '${fragment}'`);
  return pid;
}

describe('a run that breaks', () => {
  it('names cell, cycle and reason when the target dies by itself, and keeps what was written', async () => {
    const run = await tidemark(program('die 3', '--cycles', '20'));
    expect(run.code).toBe(4);
    const entries = await ledgerOf(run);
    expect(entries.filter(({ type }) => type === 'sample')).toHaveLength(2);
    expect(entries.at(-1)).toMatchObject({
      type: 'cell-failed',
      kind: 'target-died',
      cycle: 3,
      cell: 'program-cycle/program/inline/glibc',
      reason: expect.stringContaining('exited with code 7; its last words: giving up'),
    });
    expect(run.stdout).toContain('giving up');
    expect(run.orphans).toEqual([]);
  });

  it('says so when the target is killed in mid-cycle', async () => {
    const started = startTidemark(program('hang 3', '--cycles', '20'));
    await started.shows('cells'.slice(0, 4));
    const pid = await poll(() => findProcess(started.child.pid ?? 0, 'program.mjs'));
    await new Promise((wait) => setTimeout(wait, 1500));
    expect(readStat(pid)?.state).toBeDefined();
    process.kill(pid, 'SIGKILL');
    const run = await started.finished;
    expect(run.code).toBe(4);
    expect((await ledgerOf(run)).at(-1)).toMatchObject({
      type: 'cell-failed',
      kind: 'target-died',
      reason: expect.stringContaining('was killed by SIGKILL'),
    });
    expect(run.orphans).toEqual([]);
  });

  it('ends a cycle that hangs at its limit', async () => {
    const run = await tidemark(program('hang 2', '--cycles', '20', '--cycle-timeout', '2s'));
    expect(run.code).toBe(4);
    expect((await ledgerOf(run)).at(-1)).toMatchObject({
      kind: 'target-hung',
      cycle: 2,
      reason: 'the cycle did not end within 2 s (--cycle-timeout changes it)',
    });
    expect(run.seconds).toBeLessThan(30);
    expect(run.orphans).toEqual([]);
  });

  it('kills a target that eats memory', async () => {
    const run = await tidemark(program('eat 2', '--cycles', '20', '--memory-limit', '300MiB'));
    expect(run.code).toBe(4);
    expect((await ledgerOf(run)).at(-1)).toMatchObject({
      kind: 'memory-limit',
      cycle: 2,
      reason: expect.stringMatching(/used \d+ MiB, over its limit of 300 MiB/),
    });
    expect(run.orphans).toEqual([]);
  });

  it('repeats a cycle that failed outside the target, and records it', async () => {
    const run = await tidemark(program('fail-once 2', '--cycles', '20'));
    const entries = await ledgerOf(run);
    expect(entries.filter(({ type }) => type === 'cycle-retried')).toMatchObject([
      { cycle: 2, reason: expect.stringContaining('the peer was not there') },
    ]);
    expect(resultOf(run).cells[0]).toMatchObject({
      cyclesDone: 20,
      failure: null,
      quality: { retriedCycles: 1 },
    });
  });

  it('keeps what was measured when it is interrupted, and exits with 130', async () => {
    const started = startTidemark(program('hang 4', '--cycles', '50'));
    await poll(() => findProcess(started.child.pid ?? 0, 'program.mjs'));
    await new Promise((wait) => setTimeout(wait, 2500));
    started.child.kill('SIGINT');
    const run = await started.finished;
    expect(run.code).toBe(130);
    const entries = await ledgerOf(run);
    expect(entries.at(-1)).toMatchObject({ type: 'cell-failed', kind: 'interrupted' });
    expect(entries.filter(({ type }) => type === 'sample').length).toBeGreaterThan(0);
    expect(run.orphans).toEqual([]);
  });

  it('goes on with the other cells when one breaks', async () => {
    const run = await tidemark(program('die 2', '--cycles', '15', '--allocator', 'glibc-arena-1'));
    expect(resultOf(run).cells.map((cell) => cell.failure?.kind)).toEqual([
      'target-died',
      'target-died',
    ]);
  });

  it('ends in bounded time when the server stops in mid-run', async () => {
    const started = startTidemark([
      'run',
      '--target',
      'rtc-node@1.1.0',
      '--cycles',
      '200',
      ...QUICK,
    ]);
    const pid = await poll(() => findProcess(started.child.pid ?? 0, 'livekit-server'), 120_000);
    await new Promise((wait) => setTimeout(wait, 4000));
    process.kill(pid, 'SIGKILL');
    const run = await started.finished;
    expect(run.code).toBe(4);
    expect((await ledgerOf(run)).at(-1)).toMatchObject({
      kind: 'service-failed',
      reason: expect.stringContaining('livekit-server'),
    });
    expect(run.orphans).toEqual([]);
  }, 240_000);
});

async function poll<T>(look: () => T, limitMs = 15_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    try {
      return look();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((wait) => setTimeout(wait, 50));
    }
  }
}

import { expect, it } from 'vitest';
import { makeProgress } from '../../harness/cli/progress.ts';
import type { SampleBody } from '../../harness/contracts/ledger.ts';
import type { CellPlan } from '../../harness/contracts/plan.ts';

const cell: CellPlan = {
  id: 'a/b/inline/glibc',
  scenario: 'a',
  target: { id: 'b', variants: {}, text: 'b' },
  executor: 'inline',
  allocator: 'glibc',
  repeat: 1,
};
const MIB = 1024 ** 2;
const sample = (cycle: number): SampleBody => ({
  cycle,
  checkpoint: 'left+gc',
  atMs: cycle * 1000,
  settled: true,
  settleMs: 100,
  probes: {
    p: {
      values: { 'native.live': (10 + cycle) * MIB, 'native.pinned': MIB, 'native.trimmable': MIB },
    },
  },
});

/** What is written for 40 samples that come a second apart. */
function show(isTty: boolean): string[] {
  const written: string[] = [];
  let now = 0;
  const progress = makeProgress({
    isTty,
    write: (text) => void written.push(text),
    nowMs: () => now,
  });
  progress({ kind: 'cell-starting', cell, index: 0, total: 2 });
  for (let cycle = 1; cycle <= 40; cycle += 1) {
    now += 1000;
    progress({ kind: 'sampled', cell, sample: sample(cycle), cycles: 100 });
  }
  progress({ kind: 'cell-failed', cell, cycle: 41, reason: 'the target died' });
  return written;
}

it('is a heartbeat every 30 s where there is no terminal', () => {
  expect(show(false)).toMatchInlineSnapshot(`
    [
      "[1/2] a/b/inline/glibc
    ",
      "  cycle 30/100 · live 40 MiB ▁▂▃▄▅▆▇█ · +1 MiB/cycle so far, growing · slack 2 MiB · 70 s left
    ",
      "  broken at cycle 41: the target died
    ",
    ]
  `);
});

it('is one line that is written over on a terminal', () => {
  const written = show(true);
  expect(written).toHaveLength(42);
  expect(written.at(-2)).toContain('\r');
  expect(written.at(-2)).toContain(
    '[1/2]  cycle 40/100 · live 50 MiB ▁▂▃▄▅▆▇█ · +1 MiB/cycle so far, growing · slack 2 MiB',
  );
});

it('calls a cell that was interrupted that, and not broken', () => {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  const progress = makeProgress({ isTty: false, write, nowMs: () => 0 });
  progress({ kind: 'cell-failed', cell, cycle: 7, reason: 'interrupted' });
  expect(written).toEqual(['  interrupted in cycle 7\n']);
});

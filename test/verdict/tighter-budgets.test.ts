import { expect, test } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import { tighterBudgets } from '../../harness/verdict/tighter-budgets.ts';
import {
  type CellScript,
  flat,
  KiB,
  leak,
  ledgerOf,
  MiB,
  planOf,
  source,
} from '../analyze/build-ledger.ts';

function tighter(...scripts: readonly CellScript[]) {
  const plan = planOf({ cells: scripts.map(({ cell = {} }) => cell), cycles: 60 });
  return tighterBudgets(analyzeRun(plan, ledgerOf(...scripts)).cells);
}

const live = (valueAt: (cycle: number) => number, cycles = 60): CellScript => ({
  cycles,
  metrics: { 'native.live': valueAt, 'threads.total': flat(9) },
});

test('a budget that nothing came near could be tighter', () => {
  expect(tighter(live(flat(20 * MiB)))).toEqual([
    {
      metric: 'native.live',
      maxPerCycle: 16 * KiB,
      couldBe: KiB,
      says: 'the budget of native.live (16 KiB/cycle) could be 1 KiB/cycle: nothing here came near it',
    },
  ]);
});

test('room is left for creep and noise', () => {
  expect(tighter(live(leak(20 * MiB, 1500)))).toMatchObject([{ couldBe: 4 * KiB }]);
  const { normal } = source(9);
  const noise = Array.from({ length: 61 }, () => 200 * KiB * normal());
  expect(tighter(live((k) => 20 * MiB + (noise[k] ?? 0)))).toEqual([]);
});

test('not on the word of a short run, nor when any cell is over it', () => {
  expect(tighter(live(flat(20 * MiB), 40))).toEqual([]);
  const bad = { ...live(leak(20 * MiB, 400 * KiB)), cell: { target: 'demo@2.0.0' } };
  expect(tighter(live(flat(20 * MiB)), bad)).toEqual([]);
});

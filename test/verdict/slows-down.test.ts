import { expect, test } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import { decide } from '../../harness/verdict/verdict.ts';
import { flat, KiB, ledgerOf, MiB, planOf, source } from '../analyze/build-ledger.ts';

/** Live bytes that rise as the root of the cycles: without a ceiling, and ever more slowly. */
function verdictOf(bytes: number) {
  const { normal } = source(4);
  const plan = planOf({ cells: [{}], cycles: 200 });
  const live = (k: number): number => 20 * MiB + bytes * Math.sqrt(k) + 100 * normal();
  const ledger = ledgerOf({
    cycles: 200,
    metrics: { 'native.live': live, 'threads.total': flat(20) },
  });
  const { cells, verdict, exitCode, budgetChecks } = decide(plan, analyzeRun(plan, ledger));
  const trend = cells[0]?.metrics.find(({ id }) => id === 'native.live')?.trend;
  const says = budgetChecks?.find(({ metric }) => metric === 'native.live')?.says;
  return { shape: trend?.shape, verdict, exitCode, says };
}

test('what slows down and still rises over its budget at its end does not pass', () => {
  expect(verdictOf(800 * KiB)).toEqual({
    shape: 'decelerating',
    verdict: 'inconclusive',
    exitCode: 3,
    says: expect.stringMatching(/^at most 2\d(\.\d+)? KiB of 16 KiB per cycle: cannot be told$/),
  });
});

test('what slows down to less than its budget passes', () => {
  expect(verdictOf(100 * KiB)).toMatchObject({ verdict: 'pass', exitCode: 0 });
});

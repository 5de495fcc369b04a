import { expect, it } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import { ratesOf } from '../../harness/analyze/gate/cell-rates.ts';
import type { Report } from '../../harness/contracts/plugins.ts';
import { loadRegistry } from '../../harness/registry.ts';
import { decide } from '../../harness/verdict/verdict.ts';
import { type CellScript, leak, ledgerOf, MiB, planOf } from '../analyze/build-ledger.ts';
import { calm, plain, resultOf } from './_results.ts';

/** Too few cycles for any interval, of metrics that are judged and of ones that are only shown, up to GiB per cycle. */
const metrics = {
  'native.live': leak(20 * MiB, 400),
  'native.pinned': leak(3 * MiB, MiB),
  'memory.anonymous': leak(90 * MiB, 3000 * MiB),
  'memory.rss': leak(90 * MiB, 3000 * MiB),
  'info.major-faults': leak(1, 1),
  'threads.total': leak(20, 1),
};
const cells = (cycles: number): CellScript[] => [
  ...[1, 2].map((repeat): CellScript => ({ cell: { repeat }, cycles, metrics })),
  { cell: { scenario: 'hold', pace: 'time' }, cycles, metrics },
  { cell: { allocator: 'jemalloc' }, cycles, metrics: { 'memory.rss': metrics['memory.rss'] } },
];

/** Held against a run whose metrics could be fitted. */
function shortResult(cycles: number) {
  const before = resultOf([{ ...calm, cell: {}, metrics: { ...calm.metrics, ...metrics } }]);
  const scripts = cells(cycles);
  const plan = {
    ...planOf({ cells: scripts.map(({ cell = {} }) => cell), cycles }),
    against: {
      name: 'before',
      accepted: {
        runId: before.runId,
        acceptedOn: '2026-01-02',
        tidemarkVersion: '0.1.0',
        cells: ratesOf(before.cells),
      },
    },
  };
  return decide(plan, analyzeRun(plan, ledgerOf(...scripts)));
}

const reports: Report[] = [...(await loadRegistry()).reports.values()];
const results = [1, 3, 5, 14].map(shortResult);

it('a result has bounds that are not known, in its cells and beside a baseline', () => {
  const all = results.map((result) => [
    ...result.cells.flatMap((cell) => cell.metrics.map(({ trend }) => trend.intervalHigh)),
    ...(result.regressions?.metrics ?? []).map(({ intervalHigh }) => intervalHigh),
  ]);
  expect(all.map((bounds) => bounds.includes(Number.MAX_VALUE))).toEqual(all.map(() => true));
  expect(
    results[0]?.regressions?.metrics.some(({ intervalHigh }) => intervalHigh === Number.MAX_VALUE),
  ).toBe(true);
});

it.each(reports.map((report) => [report.id, report] as const))(
  '%s shows no reader a number that stands for "not known"',
  (_, report) => {
    for (const result of results) {
      const text = report.render(result, plain);
      expect(text.match(/.{0,60}(\de\+?\d{2,}|\d{25}|Infinity|NaN).{0,20}/g)).toBeNull();
    }
  },
);

it('result.json says null', () => {
  const json = reports.find(({ id }) => id === 'json');
  const [first] = results;
  const written = first === undefined ? '' : (json?.render(first, plain) ?? '');
  expect(written).toMatch(/"intervalLow": null,\n\s+"intervalHigh": null/);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import type { LedgerEntry } from '../../harness/contracts/ledger.ts';
import type { RunPlan } from '../../harness/contracts/plan.ts';
import type { CellAnalysis } from '../../harness/contracts/result.ts';
import { formatSlope } from '../../harness/lib/format.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/leak-or-fragmentation.md'), 'utf8');
const CYCLES = [1, 5, 10, 20, 30, 40];

function cellsOf(ledger: string): readonly CellAnalysis[] {
  const file = join(ROOT, `test/golden/ledgers/${ledger}.json.gz`);
  const { plan, entries } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
    plan: RunPlan;
    entries: LedgerEntry[];
  };
  return analyzeRun(plan, { entries, problems: [] }).cells;
}

/** A slope as reports write it. */
const slopeOf = (ledger: string, id: string, allocator = 'glibc'): string => {
  const cell = cellsOf(ledger).find((one) => one.cell.allocator === allocator);
  const metric = cell?.metrics.find((one) => one.id === id);
  if (metric === undefined) throw new Error(`${ledger} has no ${id}`);
  const { slopePerCycle: value, intervalLow: low, intervalHigh: high } = metric.trend;
  return `+${formatSlope({ value, low, high }, metric.unit).amount}`;
};

describe('the page that explains the method', () => {
  test.each(['memory.rss', 'native.live'])('has the values of the stored pair: %s', (id) => {
    const glibc = cellsOf('pair').filter(({ cell }) => cell.allocator === 'glibc');
    const rows = glibc.map(({ metrics }) => {
      const series = metrics.find((metric) => metric.id === id)?.series;
      return CYCLES.map((cycle) =>
        ((series?.values[series.cycles.indexOf(cycle)] ?? 0) / 1024 ** 2).toFixed(2),
      ).join(' | ');
    });
    const table = page
      .slice(page.indexOf(`<!-- golden: ${id} -->`))
      .split('\n')
      .slice(1, 5);
    expect(table.slice(2)).toEqual([`| leaks | ${rows[0]} |`, `| does not | ${rows[1]} |`]);
  });

  test('has the slopes of the stored runs', () => {
    const told = [
      slopeOf('known-leak', 'native.live'),
      slopeOf('known-leak', 'native.pinned'),
      slopeOf('known-fragmentation', 'native.pinned'),
      slopeOf('known-retention', 'native.trimmable'),
      slopeOf('pair', 'memory.anonymous'),
      slopeOf('pair', 'memory.anonymous', 'jemalloc'),
      slopeOf('known-fragmentation', 'memory.anonymous'),
      slopeOf('known-fragmentation', 'memory.anonymous', 'jemalloc'),
    ];
    expect(told.filter((text) => !page.includes(text))).toEqual([]);
  });
});

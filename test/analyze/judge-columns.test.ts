import { describe, expect, test } from 'vitest';
import {
  type Column,
  type ColumnBudget,
  judgeColumns,
} from '../../harness/analyze/judge-columns.ts';
import { isWithin } from '../../harness/analyze/judge-metrics.ts';
import type { Trend } from '../../harness/contracts/trend.ts';
import { KiB, MiB, source } from './build-ledger.ts';

const N = 60;
const cycles = Array.from({ length: N }, (_, at) => at + 1);

/** Seeded by its name: every column has noise of its own. */
function column(metric: string, valueAt: (k: number) => number, hasUnit = false): Column {
  const { normal } = source([...metric].reduce((sum, char) => 31 * sum + char.charCodeAt(0), 7));
  return { metric, points: { cycles, values: cycles.map((k) => valueAt(k) + normal()) }, hasUnit };
}
const whole = ({ points, ...rest }: Column): Column => ({
  ...rest,
  points: { cycles, values: points.values.map(Math.round) },
});

const bytes = (metric: string, perCycle: number): Column =>
  whole(column(metric, (k) => 40 * MiB + perCycle * k));
const count = (metric: string, perCycle: number): Column => ({
  metric,
  points: { cycles, values: cycles.map((k) => 5 + Math.floor(perCycle * k)) },
  hasUnit: false,
});

const perCycle = (max: number, more: Partial<ColumnBudget> = {}): ColumnBudget => ({
  metric: null,
  max,
  isSize: true,
  per: 'cycle',
  ...more,
});

function judge(
  columns: readonly Column[],
  budgets: readonly ColumnBudget[] = [],
  seconds: readonly number[] | null = null,
) {
  const index = seconds === null ? ('cycle' as const) : ('time' as const);
  const judged = judgeColumns({ columns, seconds, index }, budgets);
  const checks = judged.columns.map(({ metric, unit, check }) => [metric, `${unit} ${check}`]);
  return { ...judged, checks: Object.fromEntries(checks) };
}

describe('which budget a column of a CSV is held against', () => {
  const both = [bytes('rss_bytes', 3 * KiB), count('threads.worker', 0.5)];

  test('a budget in bytes lets no count grow', () => {
    expect(judge(both, [perCycle(16 * KiB)]).checks).toEqual({
      rss_bytes: 'bytes pass',
      'threads.worker': 'count fail',
    });
  });

  test('a plain number is for all, and one of its own goes before it', () => {
    const own = perCycle(2, { metric: 'threads.worker', isSize: false });
    expect(judge(both, [perCycle(0, { isSize: false }), own]).checks).toEqual({
      rss_bytes: 'bytes fail',
      'threads.worker': 'count pass',
    });
  });

  test('numbers without a unit that are too small for bytes are counts, and that is said', () => {
    const { checks, notes } = judge([count('listeners', 1), bytes('heap', 0)]);
    expect(checks).toEqual({ listeners: 'count fail', heap: 'bytes pass' });
    expect(notes).toEqual([
      'read as bytes: heap (a unit in the name changes that, as rss_kb)',
      'read as counts: listeners (--budget NAME=RATE sets one)',
    ]);
  });

  test('small numbers that are no counts either are refused: their unit decides everything', () => {
    const heap = column('heap', (k) => 40 + 0.02 * k);
    expect(() => judge([heap])).toThrow(/^column heap: \S+ has no unit$/);
    const own = perCycle(0.1, { metric: 'heap', isSize: false });
    expect(judge([heap], [own]).checks).toEqual({ heap: 'count pass' });
  });

  test('resident memory in KiB without a word passes nothing', () => {
    const rss = whole(column('RSS', (k) => 39_000 + 64 * k));
    const { checks, notes } = judge([rss]);
    expect(checks).toEqual({ RSS: 'bytes inconclusive' });
    expect(notes[1]).toContain('name it RSS_kib');
    expect(judge([{ ...rss, hasUnit: true }]).checks).toEqual({ RSS: 'bytes pass' });
  });

  test('a budget of no column is refused', () => {
    expect(() => judge(both, [perCycle(1, { metric: 'rss' })])).toThrow(
      "--budget: there is no column 'rss'",
    );
  });
});

describe('a budget per minute', () => {
  // One row each ten seconds, and one that came a minute late.
  const seconds = cycles.map((k) => 10 * k + (k > 30 ? 60 : 0));
  const growing: Column = {
    metric: 'rss',
    points: { cycles, values: seconds.map((at) => 40 * MiB + Math.round((64 * KiB * at) / 60)) },
    hasUnit: true,
  };

  test('counts time, however late a row came', () => {
    const within = judge([growing], [perCycle(80 * KiB, { per: 'minute' })], seconds);
    const over = judge([growing], [perCycle(40 * KiB, { per: 'minute' })], seconds);
    expect([within.checks, over.checks]).toEqual([{ rss: 'bytes pass' }, { rss: 'bytes fail' }]);
    expect(over.columns[0]?.trend.slopePerCycle).toBeCloseTo(64 * KiB, -1);
    expect(over.columns[0]?.trend.reason).toMatch(/\(A cycle is a row, 5\.\d+ a minute\.\)$/);
  });

  test.each([
    ['cycles', null, 'needs a time in the first column'],
    ['two rows at once', seconds.map((at) => Math.max(at, 40)), 'has the time of the row before'],
  ])('is refused with %s', (_, times, says) => {
    expect(() => judge([growing], [perCycle(1, { per: 'minute' })], times)).toThrow(says);
  });

  test('is not mixed with one per cycle', () => {
    const budgets = [perCycle(1, { per: 'minute' }), perCycle(1, { metric: 'rss' })];
    expect(() => judge([growing], budgets, seconds)).toThrow('per cycle and per minute');
  });
});

function rising(metric: string, perCycle: number, seed: number): Column {
  const { normal } = source(seed);
  const valueAt = (k: number): number => 40 * MiB + perCycle * k + 20 * KiB * normal();
  return whole({ metric, points: { cycles, values: cycles.map(valueAt) }, hasUnit: true });
}

test('growth that is one of many looks must be surer, and says how many cycles would do', () => {
  const leak = rising('leak', 17 * KiB, 1);
  const others = Array.from({ length: 40 }, (_, at) => rising(`m${at}`, 0, 500 + at));
  expect(judge([leak]).checks).toEqual({ leak: 'bytes fail' });
  const [doubted] = judge([leak, ...others]).columns;
  expect(doubted).toMatchObject({
    check: 'inconclusive',
    trend: { shape: 'undecided', cyclesToDecide: expect.any(Number) },
  });
  const { intervalLow = 0, cyclesToDecide } = doubted?.trend ?? {};
  expect(intervalLow).toBeLessThanOrEqual(16 * KiB);
  expect(cyclesToDecide).toBeGreaterThan(N);
  expect(cyclesToDecide).toBeLessThan(2 * N);
});

test('a leak in every column is not hidden by their number', () => {
  const columns = Array.from({ length: 60 }, (_, at) => rising(`m${at}`, 17.5 * KiB, at));
  const alone = columns.filter((column) => judge([column]).columns[0]?.check === 'fail');
  const together = judge(columns).columns.filter(({ check }) => check === 'fail');
  expect(alone.length).toBeGreaterThan(30);
  expect(together.length).toBeGreaterThan(0.95 * alone.length);
});

test('what slows down passes by what it still does at its end', () => {
  const root = (size: number): Column =>
    whole({ ...column('live', (k) => 20 * MiB + size * Math.sqrt(k)), hasUnit: true });
  expect(judge([root(40 * KiB)]).checks).toEqual({ live: 'bytes pass' });
  expect(judge([root(600 * KiB)]).columns).toMatchObject([
    { check: 'inconclusive', trend: { shape: 'decelerating' } },
  ]);
});

test('and by no more than its interval allows it to do there', () => {
  const [judged] = judge([bytes('live', 0)]).columns;
  const bent = { ...judged?.trend, shape: 'decelerating', endSlopePerCycle: 15.9 } as Trend;
  expect(isWithin({ ...bent, intervalHigh: 18 }, 16)).toBe(false);
  expect(isWithin({ ...bent, intervalHigh: 15.95 }, 16)).toBe(true);
});

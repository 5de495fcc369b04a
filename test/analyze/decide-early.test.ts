import { expect, it } from 'vitest';
import { decideEarly } from '../../harness/analyze/decide-early.ts';
import { looksUntilDecided, shareOfLook } from '../../harness/analyze/looks-until-decided.ts';
import { DEFAULT_BUDGETS } from '../../harness/contracts/budgets.ts';
import {
  type CellSpec,
  flat,
  KiB,
  leak,
  ledgerOf,
  type Metrics,
  MiB,
  planOf,
} from './build-ledger.ts';

/** The cycles after which a run that goes on until it is decided would stop. */
function stops(metrics: Metrics, cell: CellSpec = {}): number[] {
  const plan = planOf({ cells: [cell], cycles: 100, budgets: DEFAULT_BUDGETS });
  const { entries } = ledgerOf({ cell, cycles: 100, metrics });
  const untilDecided = { ...plan, settings: { ...plan.settings, untilDecided: true } };
  return [24, 25, 26, 50, 100].filter((cycle) => {
    const seen = entries.filter((entry) => entry.type !== 'sample' || entry.cycle <= cycle);
    return decideEarly(
      untilDecided,
      seen.filter(({ type }) => type !== 'cell-ended'),
      cycle,
    );
  });
}

it('a run stops at the first look at which it is safe: rest at once, a leak at 50, slack at 100', () => {
  const live = { 'native.live': flat(20 * MiB), 'threads.total': flat(9) };
  expect({
    rest: stops(live),
    leak: stops({ ...live, 'native.live': leak(20 * MiB, 64 * KiB) }),
    'memory, where live bytes cannot be read': stops({
      'memory.anonymous': leak(50 * MiB, 640 * KiB),
    }),
  }).toEqual({
    rest: [25, 50, 100],
    leak: [50, 100],
    'memory, where live bytes cannot be read': [100],
  });
});

it('a call that is held stops at the same looks', () => {
  const held: CellSpec = { scenario: 'hold', pace: 'time' };
  const live = { 'native.live': flat(20 * MiB), 'threads.total': flat(9) };
  expect({
    rest: stops(live, held),
    leak: stops({ ...live, 'native.live': leak(20 * MiB, 64 * KiB) }, held),
  }).toEqual({ rest: [25, 50, 100], leak: [50, 100] });
});

it('slack that seems to grow, or growth that nothing explains, ends no run before cycle 100', () => {
  const walked = (live: number, pinned: (k: number) => number, rest: (k: number) => number) => ({
    'native.live': flat(live),
    'native.pinned': pinned,
    'native.trimmable': flat(MiB),
    'native.resident': (k: number) => live + pinned(k) + MiB,
    'memory.anonymous': (k: number) => live + pinned(k) + MiB + rest(k),
    'memory.rss': (k: number) => live + pinned(k) + 40 * MiB + rest(k),
  });
  expect({
    rest: stops(walked(20 * MiB, flat(MiB), flat(5 * MiB))),
    pinned: stops(walked(20 * MiB, leak(MiB, 150 * KiB), flat(5 * MiB))),
    unexplained: stops(walked(20 * MiB, flat(MiB), leak(5 * MiB, 150 * KiB))),
  }).toEqual({ rest: [25, 50, 100], pinned: [100], unexplained: [100] });
});

it('a run that may take longer looks further on, and spends no more on all looks together', () => {
  expect([60, 200, 260, 1000].map(looksUntilDecided)).toEqual([
    [25, 50, 60],
    [25, 50, 100, 200],
    [25, 50, 100, 200, 260],
    [25, 50, 100, 200, 400, 800, 1000],
  ]);
  for (const cycles of [60, 200, 260, 1000]) {
    expect(shareOfLook(cycles) * looksUntilDecided(cycles).length).toBeLessThanOrEqual(1);
  }
});

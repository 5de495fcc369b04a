import { expect, it } from 'vitest';
import { decideEarly } from '../../harness/analyze/decide-early.ts';
import { DEFAULT_BUDGETS } from '../../harness/contracts/budgets.ts';
import { flat, KiB, leak, ledgerOf, type Metrics, MiB, planOf } from './build-ledger.ts';

/** The cycles after which a run that goes on until it is decided would stop. */
function stops(metrics: Metrics): number[] {
  const plan = planOf({ cells: [{}], cycles: 100, budgets: DEFAULT_BUDGETS });
  const { entries } = ledgerOf({ cycles: 100, metrics });
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

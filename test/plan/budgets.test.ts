import { describe, expect, it } from 'vitest';
import type { Config } from '../../harness/contracts/config.ts';
import { resolveGate } from '../../harness/plan/budgets.ts';
import { checkConfig } from '../../harness/plan/load-config.ts';
import { loadRegistry } from '../../harness/registry.ts';

const plugIns = await loadRegistry();
const resolve = (config: unknown) => resolveGate(checkConfig(config, 'c'), plugIns);

function complaint(config: unknown): string {
  try {
    resolve(config);
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    return `${message} (${hint})`;
  }
  return 'no error';
}

const issue = 'https://example.com/issues/1';
const known = { fingerprint: '0123456789ab', reason: 'known', issue, expires: '2026-12-31' };

describe('a gate', () => {
  it('has budgets, ceilings, what is for some cells only, and suppressions', () => {
    const config: Config = {
      budgets: {
        'native.live': [
          'error',
          { max: '8KiB/cycle', peak: '200MiB', confidence: 0.99, regression: '1KiB/cycle' },
        ],
        'threads.total': ['warn', { peak: 40 }],
        'native.pinned': ['off', {}],
      },
      overrides: [
        {
          target: 'rtc-node@1.1.0',
          executor: 'inline',
          budgets: { 'native.live': ['warn', { max: '1MiB/cycle', reason: 'known' }] },
        },
      ],
      suppressions: [{ ...known, max: '0.5MiB/cycle' }],
    };
    const gate = resolve(config);
    const only = { target: 'rtc-node@1.1.0', executor: 'inline' };
    expect(gate.budgets.filter(({ metric }) => metric === 'native.live')).toEqual([
      {
        metric: 'native.live',
        level: 'error',
        maxPerCycle: 8192,
        confidence: 0.99,
        regressionPerCycle: 1024,
      },
      { metric: 'native.live', level: 'warn', maxPerCycle: 1024 ** 2, reason: 'known', only },
    ]);
    // Switched off, it keeps the number that tells growth from creep.
    expect(gate.budgets.filter(({ metric }) => metric === 'native.pinned')).toEqual([
      { metric: 'native.pinned', level: 'off', maxPerCycle: 65536 },
    ]);
    // A ceiling alone leaves the budget for growth as it is.
    expect(gate.budgets.some(({ metric }) => metric === 'threads.total')).toBe(false);
    expect(gate.ceilings).toEqual([
      { metric: 'native.live', level: 'error', max: 200 * 1024 ** 2 },
      { metric: 'threads.total', level: 'warn', max: 40 },
    ]);
    expect(gate.suppressions).toEqual([{ ...known, maxPerCycle: 512 * 1024 }]);
  });

  it('keeps budgets of calls that are held apart from those of cycles', () => {
    const { budgets } = resolve({ budgets: { 'native.live': ['warn', { max: '1MiB/minute' }] } });
    expect(budgets.filter(({ metric }) => metric === 'native.live')).toMatchObject([
      { level: 'error', maxPerCycle: 16 * 1024 },
      { level: 'warn', maxPerCycle: 1024 ** 2, per: 'minute' },
    ]);
  });

  it.each<[unknown, string]>([
    [
      { budgets: { 'native.lvie': ['error', { max: '1KiB/cycle' }] } },
      "budgets.native.lvie: no probe reads a metric 'native.lvie' (did you mean 'native.live'?)",
    ],
    [{ budgets: { 'native.live': ['error', { max: '1KiB' }] } }, "not a rate: write '16KiB/cycle'"],
    [{ budgets: { 'native.live': ['error', { confidence: 2 }] } }, 'from 0.8 to 0.999'],
    [
      { budgets: { 'memory.rss': ['error', {}] } },
      "budgets.memory.rss allows nothing and has no default (write max: '16KiB/cycle' for growth",
    ],
    [{ overrides: [{ budgets: {} }] }, 'overrides.0 names no scenario, target, executor or alloc'],
    [
      { overrides: [{ executor: 'thred', budgets: {} }] },
      "overrides.0.executor: unknown executor 'thred' (did you mean 'thread'?)",
    ],
    [
      { overrides: [{ target: 'rtc-nod@1.1.0', budgets: {} }] },
      "overrides.0.target: unknown target 'rtc-nod' (did you mean 'rtc-node'?)",
    ],
    [{ suppressions: [{ ...known, fingerprint: 'leak' }] }, '12 hexadecimal digits'],
    [{ suppressions: [{ ...known, expires: 'soon' }] }, 'write the last day of a suppression as'],
    [{ suppressions: [{ ...known, issue: 'later' }] }, 'needs the address of an issue'],
    [{ suppressions: [{ ...known, reason: '' }] }, 'a suppression needs a reason'],
  ])('%j is refused in one line', (config, message) => {
    expect(complaint(config)).toContain(message);
  });
});

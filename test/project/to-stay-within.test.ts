import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyze, type StoredLedger } from '../../harness/analyze-stored.ts';
import type { RunResult } from '../../harness/contracts/result.ts';
// Beside its types this adds the matcher to this project's own expect.
import type { WithinBudgets } from '../../harness/vitest.ts';
import '../../harness/vitest.ts';

const LEDGERS = resolve(import.meta.dirname, '../golden/ledgers');

/** A real run, as far as its cells are wanted here. */
async function golden(name: string, cell = ''): Promise<RunResult> {
  const text = gunzipSync(readFileSync(join(LEDGERS, `${name}.json.gz`))).toString();
  const { plan, entries } = JSON.parse(text) as StoredLedger;
  const cells = plan.cells.filter(({ id }) => id.includes(cell));
  const ids = new Set(cells.map(({ id }) => id));
  const wanted = [...entries].filter((entry) => ids.has(entry.cell));
  return analyze({ plan: { ...plan, cells }, entries: wanted });
}

function failureOf(check: () => void): string {
  try {
    check();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it passed');
}

const within = (result: unknown, budgets: WithinBudgets): string =>
  failureOf(() => expect(result).toStayWithin(budgets));

describe('toStayWithin', () => {
  it('passes what is shown to stay within, and fails its negation', async () => {
    const result = await golden('known-steady');
    const budgets = { 'native.live': '16KiB/cycle', threads: '0/cycle', descriptors: '0/cycle' };
    expect(result).toStayWithin(budgets);
    const message = failureOf(() => expect(result).not.toStayWithin(budgets));
    expect(message).toContain('expected growth over the budget, but all stays within');
    expect(message).toContain('✓ descriptors  steady');
  });

  it('says of growth how much, how sure, over which budget, and why', async () => {
    const result = await golden('leak');
    const budgets = { 'native.live': '16KiB/cycle', threads: '0/cycle' };
    expect(result).not.toStayWithin(budgets);
    expect(within(result, budgets)).toMatchInlineSnapshot(`
      "does not stay within native.live 16KiB/cycle, threads 0/cycle

      ✗ program-cycle · program · inline · glibc · 60 cycles
        ✗ native live  +20.2 KiB/cycle [20.1, 20.3]  over 16 KiB for 60 cycles  ▁▂▃▄▅▆▇█
        ✓ threads      steady                        11 at the end
        why: native live grows by 20.2 KiB per cycle [20.1, 20.3] over 60 cycles, its budget is 16 KiB"
    `);
  });

  it('holds growth against the budget that is given, not against that of the run', async () => {
    const result = await golden('leak');
    expect(result).toStayWithin({ 'native.live': '40KiB/cycle' });
    expect(within(result, { 'native.live': '19KiB/cycle' })).toContain('over 19 KiB');
  });

  it('says no to what could not be told, and what would decide it, also to its negation', async () => {
    const text = gunzipSync(readFileSync(join(LEDGERS, 'leak.json.gz'))).toString();
    const { plan, entries } = JSON.parse(text) as StoredLedger;
    const few = [...entries].filter((entry) => entry.type !== 'sample' || entry.cycle <= 6);
    const result = await analyze({ plan, entries: few });
    const budgets = { 'native.live': '16KiB/cycle' };
    const message = within(result, budgets);
    expect(message).toContain('not decided, and that is no pass');
    expect(message).toMatch(/would decide: about \d+ cycles, this run did 6/);
    expect(failureOf(() => expect(result).not.toStayWithin(budgets))).toContain('not decided');
  });

  it('says no to a metric that cannot be read, and what can be', async () => {
    const result = await golden('pair', '1.1.0/inline/jemalloc');
    expect(within(result, { 'native.live': '16KiB/cycle' })).toContain(
      'not read: native.live cannot be read under jemalloc: run under glibc, or name memory.anonymous',
    );
    expect(within(result, { 'memory.anonymous': '64KiB/cycle' })).toContain('✗ anonymous memory');
  });

  it('holds a call that is held against minutes, and cycles against cycles', async () => {
    const result = await golden('known-steady');
    expect(within(result, { 'native.live': '1MiB/minute' })).toContain(
      'native.live: nothing is held here, its budget is per cycle: write 16KiB/cycle',
    );
    const held = result.cells.map((cell) => ({
      ...cell,
      metrics: cell.metrics.map((metric) => ({ ...metric, cyclesPerMinute: 60 })),
    }));
    const budgets = { 'native.live': '1MiB/minute', threads: '0/minute' };
    expect({ ...result, cells: held }).toStayWithin(budgets);
    expect(within({ ...result, cells: held }, { 'native.live': '16KiB/cycle' })).toContain(
      'native.live: this call is held, its budget is per minute: write 1MiB/minute',
    );
  });

  it('judges every cell, and fails when one of them does', async () => {
    const message = within(await golden('pair', '/glibc'), { 'native.live': '32KiB/cycle' });
    expect(message).toContain('✗ join-leave · rtc-node@1.1.0 (');
    expect(message).toContain('✓ join-leave · rtc-node@1.1.0+ffi0.12.80 (');
  });

  it('holds ceilings: what was highest at rest, whatever it does per cycle', async () => {
    const result = await golden('leak');
    const limits = { threads: { max: '0/cycle', peak: 40 }, 'memory.pss': { peak: '2GiB' } };
    expect(result).toStayWithin(limits);
    expect(failureOf(() => expect(result).not.toStayWithin(limits))).toMatchInlineSnapshot(`
      "expected growth over the budget, but all stays within threads 0/cycle peak 40, memory.pss peak 2GiB

      ✓ program-cycle · program · inline · glibc · 60 cycles
        ✓ threads  steady  11 at the end
        ✓ memory pss  highest 12.5 MiB in cycle 52, ceiling 2 GiB
        ✓ threads  highest 11 in cycle 1, ceiling 40
        ✓ threads node  highest 11 in cycle 1, ceiling 40"
    `);
    expect(result).not.toStayWithin({ threads: { peak: 4 } });
    expect(within(result, { 'memory.pss': { peak: '1MiB' } })).toMatchInlineSnapshot(`
      "does not stay within memory.pss peak 1MiB

      ✗ program-cycle · program · inline · glibc · 60 cycles
        ✗ memory pss  highest 12.5 MiB in cycle 52, ceiling 1 MiB"
    `);
    const sure = { 'native.live': { max: '16KiB/cycle', confidence: 0.99 } };
    expect(within(result, sure)).toContain('native.live 16KiB/cycle (0.99 sure)');
  });

  it('says no to a ceiling of what could not be read, also to its negation', async () => {
    const limits = { 'native.live': { peak: '1GiB' } };
    const result = await golden('pair', '1.1.0/inline/jemalloc');
    expect(within(result, limits)).toContain('native live  could not be read, ceiling 1 GiB');
    expect(failureOf(() => expect(result).not.toStayWithin(limits))).toContain('not decided');
  });

  it('says no to a cell that broke, whatever its series', async () => {
    const result = await golden('known-steady');
    const broken = result.cells.map((cell) => ({
      ...cell,
      failure: { kind: 'target-died' as const, cycle: 39, reason: 'exited with code 7' },
    }));
    const message = within({ ...result, cells: broken }, { 'native.live': '16KiB/cycle' });
    expect(message).toContain('failed: target-died in cycle 39: exited with code 7');
    expect(within({ ...result, cells: [] }, { threads: '0/cycle' })).toContain(
      'nothing was measured',
    );
  });

  it.each<[string, WithinBudgets, string]>([
    ['a typo', { 'nativ.live': '1KiB/cycle' }, "'nativ.live' (did you mean 'native.live'?)"],
    ['no rate', { 'native.live': '16KiB' }, "'16KiB' is not a rate (write 16KiB/cycle)"],
    ['bytes for a count', { threads: '1KiB/cycle' }, 'has a unit, and this is a count'],
    ['bytes as a peak of a count', { threads: { peak: '1KiB' } }, "peak '1KiB' has a unit, and"],
    ['a peak that is none', { threads: { peak: 'few' } }, "'few' is not a size or a number"],
    ['a limit of nothing', { threads: { confidence: 0.9 } }, 'budget of threads limits nothing'],
    ['a word', { threads: { most: 3 } as never }, "budget of threads has no 'most'"],
    ['a confidence', { threads: { max: '0/cycle', confidence: 95 } }, 'that means nothing'],
    ['no budget', {}, 'toStayWithin needs a budget'],
  ])('says what is wrong with %s', async (_, budgets, says) => {
    expect(within(await golden('idle'), budgets)).toContain(says);
  });

  it('asks whether a promise was awaited', () => {
    expect(within(golden('idle'), { threads: '0/cycle' })).toContain('was it awaited?');
  });
});

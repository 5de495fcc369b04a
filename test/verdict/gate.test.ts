import { describe, expect, it } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import type { Ceiling, Suppression } from '../../harness/contracts/gate.ts';
import type { Budget } from '../../harness/contracts/plan.ts';
import type { RunResult } from '../../harness/contracts/result.ts';
import { decide } from '../../harness/verdict/verdict.ts';
import terminal from '../../reports/terminal.ts';
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

const leaking: CellScript = {
  cycles: 40,
  metrics: {
    'native.live': leak(20 * MiB, 400 * KiB),
    'threads.total': leak(20, 0),
    'memory.rss': (k) => 90 * MiB + (k === 7 ? 30 * MiB : 0),
  },
};
const calm: CellScript = {
  cycles: 40,
  metrics: {
    'native.live': flat(20 * MiB),
    'memory.rss': leaking.metrics['memory.rss'] ?? flat(0),
  },
};

interface Gate {
  readonly budgets?: readonly Budget[];
  readonly ceilings?: readonly Ceiling[];
  readonly suppressions?: readonly Suppression[];
}

function judge(script: CellScript, gate: Gate = {}): RunResult {
  const plan = { ...planOf({ cells: [script.cell ?? {}] }), ...gate };
  return decide(plan, analyzeRun(plan, ledgerOf(script)));
}

const [finding] = judge(leaking).findings ?? [];
const known: Suppression = {
  fingerprint: finding?.fingerprint ?? '',
  reason: 'followed up',
  issue: 'https://example.com/issues/514',
  expires: '2026-03-01',
};

describe('a fingerprint', () => {
  it('is the same for other versions, allocators and rates, and another for another leak', () => {
    const nameOf = (script: CellScript) => judge(script).findings?.[0]?.fingerprint;
    expect(finding?.fingerprint).toMatch(/^[0-9a-f]{12}$/);
    const faster = { 'native.live': leak(30 * MiB, 900 * KiB) };
    expect(nameOf({ cycles: 60, metrics: faster, cell: { target: 'demo@2.0.0' } })).toBe(
      finding?.fingerprint,
    );
    expect(nameOf({ ...leaking, cell: { executor: 'thread' } })).not.toBe(finding?.fingerprint);
    const threads = (name: string) => ({ cycles: 40, metrics: { [name]: leak(1, 1) } });
    expect(nameOf(threads('threads.job-1'))).toBe(nameOf(threads('threads.job-27')));
    expect(nameOf(threads('threads.job-1'))).not.toBe(finding?.fingerprint);
  });

  it('is printed with the leak', () => {
    const text = terminal.render(judge(leaking), { color: false, width: 100 });
    expect(text).toContain(`fingerprint: native ${finding?.fingerprint}`);
  });
});

describe('a suppression', () => {
  const outcome = ({ verdict, exitCode, verdicts, warnings }: RunResult) => ({
    verdict,
    exitCode,
    because: verdicts[0]?.because,
    warnings,
  });

  it('makes of a leak a warning that says why', () => {
    expect(outcome(judge(leaking, { suppressions: [known] }))).toEqual({
      verdict: 'warn',
      exitCode: 0,
      because: expect.stringMatching(
        /grows by .*; known until 2026-03-01: followed up \(https:\/\/example.com\/issues\/514\)$/,
      ),
      warnings: [],
    });
  });

  it('that has expired on the day of the run fails, and says so', () => {
    const expired = { ...known, expires: '2026-01-01' };
    expect(outcome(judge(leaking, { suppressions: [expired] }))).toMatchObject({
      verdict: 'fail',
      exitCode: 1,
      because: expect.stringContaining('its suppression expired on 2026-01-01'),
    });
    expect(judge(leaking, { suppressions: [{ ...known, expires: '2026-01-02' }] }).exitCode).toBe(
      0,
    );
  });

  it('holds up to its rate only', () => {
    const suppressions = [{ ...known, maxPerCycle: 100 * KiB }];
    expect(outcome(judge(leaking, { suppressions }))).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('per cycle, its suppression accepts 100 KiB'),
    });
    expect(judge(leaking, { suppressions: [{ ...known, maxPerCycle: MiB }] }).verdict).toBe('warn');
  });

  it('does not hide a second leak beside the one it names', () => {
    const both = { ...leaking, metrics: { ...leaking.metrics, 'threads.worker': leak(1, 1) } };
    expect(judge(both, { suppressions: [known] }).verdict).toBe('fail');
  });

  it('that is not needed any more, or fits nothing, is said', () => {
    const stray = { ...known, fingerprint: '0123456789ab' };
    expect(judge(calm, { suppressions: [known, stray] }).warnings).toEqual([
      `suppression ${known.fingerprint} (followed up) is not needed in join-leave/demo@1.0.0/inline/glibc any more: remove it`,
      'suppression 0123456789ab (followed up) fits nothing in this run: check the fingerprint, or remove it',
    ]);
  });

  it('that expired is to be removed, also where it fits nothing', () => {
    const stray = { ...known, fingerprint: '0123456789ab', expires: '2026-01-01' };
    expect(judge(leaking, { suppressions: [stray] })).toMatchObject({
      verdict: 'fail',
      warnings: [
        'suppression 0123456789ab (followed up) fits nothing in this run and expired on 2026-01-01: it hides nothing, remove it',
      ],
    });
  });
});

describe('a ceiling', () => {
  const check = (ceiling: Ceiling, script = calm) => {
    const { verdict, budgetChecks = [] } = judge(script, { ceilings: [ceiling] });
    const [line] = budgetChecks.filter(({ kind }) => kind === 'ceiling');
    return [verdict, line?.check, line?.says];
  };

  it('is checked at every rest, and says how far below it is', () => {
    expect(check({ metric: 'memory.rss', level: 'error', max: 150 * MiB })).toEqual([
      'pass',
      'pass',
      'highest 120 MiB in cycle 7, ceiling 150 MiB, 20 % below',
    ]);
    expect(check({ metric: 'memory.rss', level: 'error', max: 100 * MiB })).toEqual([
      'fail',
      'fail',
      'highest 120 MiB in cycle 7, ceiling 100 MiB, 1.2 times the limit',
    ]);
    expect(check({ metric: 'memory.rss', level: 'warn', max: 100 * MiB })[0]).toBe('warn');
  });

  it('of what could not be read is not passed', () => {
    expect(check({ metric: 'threads.total', level: 'error', max: 40 })).toEqual([
      'inconclusive',
      'inconclusive',
      'could not be read; its ceiling is 40',
    ]);
  });
});

describe('a budget', () => {
  const growth = (result: RunResult) =>
    result.budgetChecks?.find(({ metric }) => metric === 'native.live');
  const budget: Budget = { metric: 'native.live', level: 'error', maxPerCycle: 16 * KiB };

  it('that passes says how far below the growth is', () => {
    const creep = { cycles: 40, metrics: { 'native.live': leak(20 * MiB, 4 * KiB) } };
    expect(growth(judge(creep, { budgets: [budget] }))).toMatchObject({
      check: 'pass',
      says: 'at most 4 KiB of 16 KiB per cycle, 75 % below',
    });
    expect(growth(judge(leaking, { budgets: [budget] }))).toMatchObject({
      check: 'fail',
      says: 'at least 0.39 MiB of 16 KiB per cycle, 25 times the limit',
    });
  });

  it('for some cells goes before that for all, however narrow', () => {
    const special: Budget = {
      metric: 'native.*',
      level: 'warn',
      maxPerCycle: 16 * KiB,
      only: { target: 'demo', executor: 'inline' },
    };
    expect(judge(leaking, { budgets: [special, budget] }).verdict).toBe('warn');
    const elsewhere = { ...special, only: { target: 'demo@9.9.9' } };
    expect(judge(leaking, { budgets: [elsewhere, budget] }).verdict).toBe('fail');
  });

  it('that must be passed more surely is passed less often', () => {
    const { normal } = source(11);
    const values = Array.from(
      { length: 60 },
      (_, k) => 20 * MiB + 11 * KiB * k + 120 * KiB * normal(),
    );
    const noisy = { cycles: 60, metrics: { 'native.live': (k: number) => values[k - 1] } };
    const checkWith = (confidence: number) =>
      growth(judge(noisy, { budgets: [{ ...budget, confidence }] }))?.check;
    expect([0.8, 0.95, 0.999].map(checkWith)).toEqual(['pass', 'pass', 'inconclusive']);
  });
});

import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzeRun } from '../../../harness/analyze/analyze-run.ts';
import { compareSides, loadAgainst, loadSide, saveBaseline } from '../../../harness/baselines.ts';
import type { Against, RegressionReport } from '../../../harness/contracts/gate.ts';
import type { Budget, RunPlan } from '../../../harness/contracts/plan.ts';
import type { RunResult } from '../../../harness/contracts/result.ts';
import { decide } from '../../../harness/verdict/verdict.ts';
import {
  type CellScript,
  cellLedger,
  flat,
  KiB,
  leak,
  ledgerOf,
  MiB,
  planOf,
  source,
} from '../build-ledger.ts';

/** A program that keeps so much a cycle, with noise of its own; every repeat is another process. */
function build(bytesPerCycle: number, seed: number, target = 'demo@1.0.0'): CellScript[] {
  return [1, 2, 3].map((repeat): CellScript => {
    const { normal } = source(1000 * seed + repeat);
    const own = bytesPerCycle + 200 * normal();
    return {
      cell: { target, repeat },
      cycles: 60,
      metrics: {
        'native.live': (k) => 20 * MiB + own * k + 8 * KiB * normal(),
        'native.pinned': (k) => 3 * MiB + KiB * k + 40 * KiB * normal(),
        'threads.total': flat(20),
        'threads.worker': flat(4),
      },
    };
  });
}

interface Made {
  readonly plan: RunPlan;
  readonly result: RunResult;
}

function run(scripts: readonly CellScript[], more: Partial<RunPlan> = {}): Made {
  const plan = { ...planOf({ cells: scripts.map(({ cell = {} }) => cell) }), ...more };
  return { plan, result: decide(plan, analyzeRun(plan, ledgerOf(...scripts))) };
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-baseline-'));
const file = join(folder, 'tidemark-baseline.json');
const now = new Date('2026-01-02T03:04:05.000Z');
const save = ({ result }: Made, name = 'default', runId = result.runId) =>
  saveBaseline({ file, name, result: { ...result, runId }, now });
const against = async (made: Made, name: string): Promise<Against> => {
  save(made, name);
  return await loadAgainst(`${file}#${name}`);
};
const liveOf = (report: RegressionReport | undefined) =>
  report?.metrics.find(({ metric }) => metric === 'native.live');

function complaint(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    return `${message} (${hint})`.replaceAll(folder, '');
  }
  return 'no error';
}

describe('a gate on what was accepted', () => {
  const accepted = run(build(40 * KiB, 1));

  it('passes the same build twenty times of twenty, known leak and all', async () => {
    const baseline = await against(accepted, 'same');
    const seeds = Array.from({ length: 20 }, (_, i) => 10 + i);
    const runs = seeds.map((seed) => run(build(40 * KiB, seed), { against: baseline }).result);
    expect(runs.map(({ exitCode, verdict }) => `${verdict} ${exitCode}`)).toEqual(
      seeds.map(() => 'warn 0'),
    );
    expect(runs[0]?.cells[0]?.classification.kind).toBe('leak');
    expect(runs[0]?.verdicts[0]?.because).toContain('it is in the baseline too: native live does');
  });

  it('fails a regression of 20 KB per cycle, and names it', async () => {
    const baseline = await against(accepted, 'worse');
    const { result } = run(build(40 * KiB + 20_000, 50), { against: baseline });
    expect(result.exitCode).toBe(1);
    expect(liveOf(result.regressions)).toMatchObject({ answer: 'worse', gates: true });
    expect(result.verdicts[0]?.because).toMatch(/native live grows by/);
    expect(result.budgetChecks?.find(({ kind }) => kind === 'baseline')?.says).toMatch(
      /^native live does 59\.\d KiB per cycle, before [34]\d(\.\d)? KiB: worse by \+\d+(\.\d+)? KiB \[.*\], 4 KiB more are allowed$/,
    );
  });

  it('fails a regression that stays within the budget, too', async () => {
    const baseline = await against(run(build(0, 2)), 'within');
    const { result } = run(build(12 * KiB, 51), { against: baseline });
    expect(result.cells[0]?.classification.kind).toBe('steady');
    expect([result.verdict, result.exitCode]).toEqual(['fail', 1]);
    expect(result.verdicts[0]?.because).toMatch(/^native live does .* worse by/);
  });

  it('allows what the budget says may be added', async () => {
    const baseline = await against(run(build(0, 2)), 'allowed');
    const budget: Budget = {
      metric: 'native.live',
      level: 'error',
      maxPerCycle: 16 * KiB,
      regressionPerCycle: 14 * KiB,
    };
    const { result } = run(build(12 * KiB, 51), { against: baseline, budgets: [budget] });
    expect([result.verdict, result.exitCode]).toEqual(['pass', 0]);
  });

  it('says that a build got better, and to accept it', async () => {
    const baseline = await against(accepted, 'better');
    const { result } = run(build(0, 52), { against: baseline });
    expect(result.exitCode).toBe(0);
    expect(liveOf(result.regressions)).toMatchObject({ answer: 'better' });
    expect(result.warnings).toContain(
      'native live: better than accepted. Accept this run to hold the next one to it: tidemark baseline save',
    );
  });

  it('is undecided where it cannot tell: exit 3, with what it could have seen', async () => {
    const noisy = (seed: number) =>
      build(0, seed).map((script, i): CellScript => {
        const { normal } = source(100 * seed + i);
        return {
          ...script,
          metrics: { 'native.live': () => 20 * MiB + 2 * MiB * normal() },
        };
      });
    const wide: Budget = { metric: 'native.live', level: 'error', maxPerCycle: MiB };
    const budgets = [wide];
    const baseline = await against(run(noisy(3), { budgets }), 'noisy');
    const { result } = run(noisy(4), { budgets, against: baseline });
    expect([result.verdict, result.exitCode]).toEqual(['inconclusive', 3]);
    expect(result.verdicts[0]?.because).toMatch(/cannot be told, .*; could have seen \+\d/);
  });

  it('accepts what cannot be told from its budget where it surely is no worse than before', async () => {
    const atBudget = (seed: number) =>
      build(0, seed).map((script, i): CellScript => {
        const { normal } = source(100 * seed + i);
        const live = (k: number) => 20 * MiB + 16 * KiB * k + 100 * KiB * normal();
        return { ...script, metrics: { 'native.live': live } };
      });
    const open = run(atBudget(8)).result;
    expect([open.verdict, open.cells[0]?.classification.kind]).toEqual([
      'inconclusive',
      'undecided',
    ]);
    const budget: Budget = {
      metric: 'native.live',
      level: 'error',
      maxPerCycle: 16 * KiB,
      regressionPerCycle: 16 * KiB,
    };
    const baseline = await against(run(atBudget(8)), 'open');
    const { result } = run(atBudget(9), { budgets: [budget], against: baseline });
    expect([result.verdict, result.exitCode]).toEqual(['warn', 0]);
    expect(result.verdicts[0]?.because).toMatch(
      /cannot be told from its budget .*; but .* no worse/,
    );
  });

  it('compares a release with the last one by its target, whatever the version', async () => {
    const baseline = await against(accepted, 'release');
    const { result } = run(build(60 * KiB, 53, 'demo@2.0.0'), { against: baseline });
    expect(liveOf(result.regressions)).toMatchObject({ answer: 'worse', before: 'demo@1.0.0' });
  });

  it('finds a kind of thread that was not there before', async () => {
    const baseline = await against(accepted, 'threads');
    const scripts = build(40 * KiB, 54).map((script) => ({
      ...script,
      metrics: { ...script.metrics, 'threads.fresh': leak(0, 1), 'threads.total': leak(20, 1) },
    }));
    const { result } = run(scripts, { against: baseline });
    expect(
      result.regressions?.metrics.filter(({ answer }) => answer === 'worse').map((m) => m.metric),
    ).toEqual(['threads.total', 'threads.fresh']);
  });

  it('says which cells are on one side only', async () => {
    const baseline = await against(accepted, 'cells');
    const other = build(0, 55).map((script) => ({
      ...script,
      cell: { ...script.cell, executor: 'thread' },
    }));
    const { result } = run(other, { against: baseline });
    expect(result.warnings).toEqual([
      'join-leave/demo@1.0.0/thread/glibc: not in baseline cells of 2026-01-02',
      'join-leave/demo@1.0.0/inline/glibc: not in this run, but in baseline cells of 2026-01-02',
    ]);
  });

  it('sees what every release may add add up', async () => {
    [0, 3, 6].forEach((more, i) => {
      save(run(build(more * KiB, 60 + i)), 'drift', `run-${i}`);
    });
    const { result } = run(build(9 * KiB, 70), { against: await loadAgainst(`${file}#drift`) });
    expect(liveOf(result.regressions)?.answer).toBe('same');
    expect(result.warnings.join('\n')).toContain('no worse than the last accepted run, but than');
  });
});

describe('a baseline file', () => {
  it('keeps the last ten accepted runs, newest first, small and without a path', () => {
    const made = run(build(0, 5));
    for (let i = 1; i <= 12; i += 1) save(made, 'history', `run-${i}`);
    save(made, 'history', 'run-12');
    const text = readFileSync(file, 'utf8');
    const { baselines } = JSON.parse(text) as { baselines: Record<string, { runId: string }[]> };
    expect(baselines.history?.map(({ runId }) => runId)).toEqual(
      [12, 11, 10, 9, 8, 7, 6, 5, 4, 3].map((i) => `run-${i}`),
    );
    expect(text).not.toMatch(/launchCommand|kernel|\/tmp|job-host/);
    const perRun = statSync(file).size / Object.values(baselines).flat().length;
    expect(perRun).toBeLessThan(2000);
  });

  it('is compared with a stored run, and with another baseline', async () => {
    const scripts = build(60 * KiB, 6);
    const { plan } = run(scripts);
    const stored = join(folder, 'run');
    mkdirSync(stored);
    writeFileSync(join(stored, 'plan.json'), JSON.stringify(plan));
    const lines = scripts.flatMap(cellLedger).map((entry) => `${JSON.stringify(entry)}\n`);
    writeFileSync(join(stored, 'ledger.ndjson'), lines.join(''));
    save(run(build(40 * KiB, 1)), 'left');
    save(run(scripts), 'right', 'other');
    const left = await loadSide(`${file}#left`);
    const byRun = compareSides(left, await loadSide(stored));
    const byFile = compareSides(left, await loadSide(`${file}#right`));
    expect(liveOf(byRun)).toMatchObject({ answer: 'worse' });
    expect(liveOf(byFile)?.difference).toBeCloseTo(liveOf(byRun)?.difference ?? 0, -2);
  });

  it.each<[string, string, string]>([
    ['torn', '{ "schemaVersion": 1,', '/bad.json is not whole JSON'],
    [
      'of a later version',
      '{ "schemaVersion": 2, "baselines": {} }',
      '/bad.json is no baseline: schemaVersion:',
    ],
    [
      'without cells',
      '{ "schemaVersion": 1, "baselines": { "default": [{}] } }',
      'default.0.runId',
    ],
    ['without that name', '{ "schemaVersion": 1, "baselines": {} }', "has no baseline 'default'"],
  ])('that is %s is refused in one line', async (_, text, says) => {
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, text);
    const error = await loadSide(bad).then(
      () => null,
      (cause: unknown) => cause,
    );
    const line = complaint(() => {
      throw error;
    });
    expect(line).toContain(says);
    expect(line).toContain('tidemark baseline save <run> writes it');
  });

  it('takes no run that broke', () => {
    const [script = { cycles: 1, metrics: {} }] = build(0, 7);
    const died = { kind: 'target-died', cycle: 61, reason: 'gone' } as const;
    expect(complaint(() => save(run([{ ...script, end: died }])))).toBe(
      'join-leave/demo@1.0.0/inline/glibc was not measured to its end: it is no baseline (run it again (tidemark run --resume), then save)',
    );
  });
});

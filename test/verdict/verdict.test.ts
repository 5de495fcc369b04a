import { describe, expect, test } from 'vitest';
import type { Truth } from '../../harness/contracts/config.ts';
import type {
  CellAnalysis,
  CellFailure,
  ClassificationKind,
  MetricAnalysis,
  RunAnalysis,
} from '../../harness/contracts/result.ts';
import { decide } from '../../harness/verdict/verdict.ts';
import { cellPlan, planOf } from '../analyze/build-ledger.ts';

interface Spec {
  readonly kind: ClassificationKind;
  readonly allocator?: string;
  readonly leaking?: readonly string[];
  readonly metrics?: readonly MetricAnalysis[];
  readonly failure?: CellFailure['kind'];
  readonly cyclesDone?: number;
}

type MetricSpec = Pick<MetricAnalysis, 'id' | 'role' | 'check'> & {
  level?: 'off' | 'warn' | 'error';
};

function metric({ id, role, check, level = 'error' }: MetricSpec): MetricAnalysis {
  return {
    id,
    title: id,
    unit: 'bytes',
    role,
    series: { cycles: [1], values: [1] },
    trend: {
      shape: 'steady',
      slopePerCycle: 0,
      intervalLow: 0,
      intervalHigh: 0,
      minimumDetectableSlope: 1,
      cyclesToDecide: null,
      window: { from: 1, to: 40 },
      endSlopePerCycle: 0,
      noise: 0,
      cyclesSeen: 40,
      pGrowing: 1,
      reason: '',
    },
    budget: { metric: id, level, maxPerCycle: 1 },
    check,
    missing: 0,
  };
}

function cell(spec: Spec): CellAnalysis {
  const { kind, allocator = 'glibc', leaking = [], metrics = [], failure, cyclesDone = 40 } = spec;
  return {
    cell: cellPlan({ allocator }),
    cyclesDone,
    cyclesPlanned: 40,
    failure: failure === undefined ? null : { kind: failure, cycle: 41, reason: 'it stopped' },
    proof: null,
    jobProof: null,
    facts: null,
    metrics,
    breakdown: [],
    sizeClasses: [],
    idleTails: [],
    display: { metrics: {}, breakdown: null, idleTails: [], checkpoints: [] },
    classification: {
      kind,
      leaking,
      driver: null,
      why: `it is ${kind}`,
      wouldDecide: null,
      evidence: [],
    },
    quality: {
      exactWalks: 0,
      consistentWalks: 0,
      failedWalks: 0,
      unsettledSamples: 0,
      retriedCycles: 0,
      stoppedMs: 0,
      probeErrors: [],
    },
  };
}

const analysisOf = (cells: readonly CellAnalysis[]): RunAnalysis => ({
  cells,
  comparisons: [],
  repeats: [],
  ladders: [],
  executors: [],
  warnings: [],
  startedAt: '2026-01-02T03:04:05.000Z',
  finishedAt: '2026-01-02T03:14:05.000Z',
});

function judge(specs: readonly Spec[], truths: readonly Truth[] = []) {
  const plan = planOf({ cells: specs.map(({ allocator = 'glibc' }) => ({ allocator })), truths });
  const { verdict, verdicts, exitCode, exitCodes } = decide(plan, analysisOf(specs.map(cell)));
  return { cells: verdicts.map((one) => one.verdict), verdict, exitCode, exitCodes };
}

describe('a cell by its classification', () => {
  test.each([
    ['leak', 'fail', 1],
    ['mixed', 'fail', 1],
    ['undecided', 'inconclusive', 3],
    ['fragmentation', 'pass', 0],
    ['retention', 'pass', 0],
    ['warm-up', 'pass', 0],
    ['steady', 'pass', 0],
  ] as const)('%s: %s, exit %i', (kind, verdict, exitCode) => {
    expect(judge([{ kind }])).toEqual({
      cells: [verdict],
      verdict,
      exitCode,
      exitCodes: [exitCode],
    });
  });
});

describe('a cell by its budgets', () => {
  const warn: MetricSpec = { id: 'native.pinned', role: 'pinned', check: 'warn', level: 'warn' };
  test.each<[string, Spec, string]>([
    ['a warning on slack', { kind: 'fragmentation', metrics: [metric(warn)] }, 'warn'],
    [
      'slack that was made an error',
      { kind: 'fragmentation', metrics: [metric({ ...warn, check: 'fail', level: 'error' })] },
      'fail',
    ],
    [
      'slack that cannot be told from a budget that only warns',
      { kind: 'steady', metrics: [metric({ ...warn, check: 'inconclusive' })] },
      'warn',
    ],
    [
      'slack that cannot be told from a budget that fails',
      { kind: 'steady', metrics: [metric({ ...warn, check: 'inconclusive', level: 'error' })] },
      'inconclusive',
    ],
    [
      'live bytes that bend and are over the budget at the end',
      {
        kind: 'warm-up',
        metrics: [metric({ id: 'native.live', role: 'live', check: 'inconclusive' })],
      },
      'inconclusive',
    ],
    [
      'a leak whose budget was set to warn',
      {
        kind: 'leak',
        leaking: ['native'],
        metrics: [metric({ id: 'native.live', role: 'live', check: 'warn', level: 'warn' })],
      },
      'warn',
    ],
    [
      'a leak whose budget was set to off',
      {
        kind: 'leak',
        leaking: ['threads.x'],
        metrics: [metric({ id: 'threads.x', role: 'count', check: 'off', level: 'off' })],
      },
      'pass',
    ],
    ['a leak by allocator swap, without live bytes', { kind: 'leak', leaking: ['native'] }, 'fail'],
    [
      'a warning beside something undecided',
      { kind: 'undecided', metrics: [metric(warn)] },
      'inconclusive',
    ],
  ])('%s', (_, spec, verdict) => {
    expect(judge([spec]).cells).toEqual([verdict]);
  });
});

describe('exit codes: the first of 2, 130, 1, 4, 3, 0; all are listed', () => {
  const leak: Spec = { kind: 'leak', leaking: ['native'] };
  const broken: Spec = { kind: 'steady', failure: 'target-died' };
  const stopped: Spec = { kind: 'undecided', failure: 'interrupted' };
  const open: Spec = { kind: 'undecided' };
  const fine: Spec = { kind: 'steady' };
  test.each<[string, readonly Spec[], readonly number[]]>([
    ['all is well', [fine, fine], [0]],
    ['a leak beside a pass', [fine, leak], [1]],
    ['undecided beside a pass', [open, fine], [3]],
    ['a target died', [broken, fine], [4]],
    ['a target died beside something undecided', [open, broken], [4, 3]],
    ['a leak, and another target died', [broken, leak], [1, 4]],
    ['a leak, found before the cell failed', [{ ...leak, failure: 'memory-limit' }], [1, 4]],
    ['interrupted with a leak and something undecided', [stopped, open, leak], [130, 1, 3]],
    ['nothing was measured', [{ ...open, cyclesDone: 0 }], [4]],
    ['interrupted before the first cycle', [{ ...stopped, cyclesDone: 0 }], [130, 4]],
    ['no cell at all', [], [4]],
  ])('%s', (_, specs, codes) => {
    const { exitCode, exitCodes } = judge(specs);
    expect({ exitCode, exitCodes }).toEqual({ exitCode: codes[0], exitCodes: codes });
  });

  test('a run whose cells were all skipped is never 0', () => {
    const skipped = [
      { cell: cellPlan({ allocator: 'jemalloc' }), reason: 'jemalloc was not found' },
    ];
    const result = decide(planOf({ cells: [], skipped }), analysisOf([]));
    expect(result).toMatchObject({
      verdict: 'broken',
      exitCode: 4,
      warnings: ['1 of 1 cells were skipped', 'nothing was measured'],
    });
  });
});

describe('declared truths', () => {
  const glibc = cellPlan().id;
  const truth = (...expect: ClassificationKind[]): Truth => ({ cell: 'demo@1.0.0/inline', expect });
  test.each<[string, readonly Spec[], Truth, { verdict: string; exitCode: number }]>([
    [
      'a declared leak that was found',
      [{ kind: 'leak' }],
      truth('leak'),
      { verdict: 'pass', exitCode: 0 },
    ],
    [
      'a declared leak that was not',
      [{ kind: 'steady' }],
      truth('leak'),
      { verdict: 'fail', exitCode: 1 },
    ],
    [
      'undecided where an answer was declared',
      [{ kind: 'undecided' }],
      truth('leak', 'mixed'),
      { verdict: 'inconclusive', exitCode: 3 },
    ],
    [
      'undecided where that was declared',
      [{ kind: 'undecided' }],
      truth('undecided'),
      { verdict: 'pass', exitCode: 0 },
    ],
    [
      'a broken cell holds no truth',
      [{ kind: 'leak', failure: 'target-died' }],
      truth('leak'),
      { verdict: 'broken', exitCode: 4 },
    ],
    [
      'one cell right, one wrong',
      [{ kind: 'leak' }, { kind: 'steady', allocator: 'jemalloc' }],
      truth('leak'),
      { verdict: 'fail', exitCode: 1 },
    ],
    [
      'a truth that fits no cell',
      [{ kind: 'steady' }],
      { cell: 'nowhere', expect: ['steady'] },
      { verdict: 'broken', exitCode: 4 },
    ],
  ])('%s', (_, specs, declared, expected) => {
    expect(judge(specs, [declared])).toMatchObject(expected);
  });

  test('cells without a truth gate as ever', () => {
    const result = judge(
      [{ kind: 'leak' }, { kind: 'leak', allocator: 'jemalloc' }],
      [{ cell: '/glibc', expect: ['leak'] }],
    );
    expect(result).toMatchObject({ verdict: 'fail', exitCode: 1 });
  });

  test('each check says what was declared and what was found', () => {
    const plan = planOf({ cells: [{}], truths: [truth('steady', 'warm-up')] });
    expect(decide(plan, analysisOf([cell({ kind: 'leak' })])).truths).toEqual([
      { cell: glibc, expected: ['steady', 'warm-up'], got: 'leak', holds: false },
    ]);
  });

  test('a truth about skipped cells is not checked, and that is said', () => {
    const jemalloc = cellPlan({ allocator: 'jemalloc' });
    const plan = planOf({
      cells: [{}],
      skipped: [{ cell: jemalloc, reason: 'jemalloc was not found' }],
      truths: [{ cell: '/jemalloc', expect: ['leak'] }],
    });
    const { truths, exitCode, warnings } = decide(plan, analysisOf([cell({ kind: 'steady' })]));
    expect({ truths, exitCode, warnings }).toEqual({
      truths: [],
      exitCode: 0,
      warnings: [
        "the truth about '/jemalloc' was not checked: its cells were skipped",
        '1 of 2 cells were skipped',
      ],
    });
  });
});

test('the result carries the plan, the times of the ledger and every warning', () => {
  const plan = {
    ...planOf({ cells: [{}] }),
    network: { kind: 'host' as const, reason: 'LIVEKIT_URL is set' },
  };
  const analysis = { ...analysisOf([cell({ kind: 'steady' })]), warnings: ['line 3 is missing'] };
  expect(decide(plan, analysis)).toEqual({
    schemaVersion: 1,
    runId: plan.runId,
    startedAt: '2026-01-02T03:04:05.000Z',
    finishedAt: '2026-01-02T03:14:05.000Z',
    plan,
    cells: analysis.cells,
    verdicts: [{ cell: cellPlan().id, verdict: 'pass', because: 'it is steady' }],
    comparisons: [],
    repeats: [],
    ladders: [],
    executors: [],
    tighterBudgets: [],
    truths: [],
    verdict: 'pass',
    exitCode: 0,
    exitCodes: [0],
    warnings: ['line 3 is missing', "the run used the host's network: LIVEKIT_URL is set"],
  });
});

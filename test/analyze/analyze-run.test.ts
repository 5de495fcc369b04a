import { describe, expect, test } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import type { CellAnalysis } from '../../harness/contracts/result.ts';
import {
  type CellScript,
  cellLedger,
  cellPlan,
  flat,
  KiB,
  leak,
  ledgerOf,
  MiB,
  planOf,
  rtcNode,
  source,
} from './build-ledger.ts';

function analyzeOne(script: CellScript): CellAnalysis {
  const plan = planOf({ cells: [script.cell ?? {}], cycles: script.cycles });
  const [cell] = analyzeRun(plan, ledgerOf(script)).cells;
  if (cell === undefined) throw new Error('no cell was analysed');
  return cell;
}

const seriesOf = (cell: CellAnalysis, id: string) => {
  const metric = cell.metrics.find((one) => one.id === id);
  return { ...metric?.series, missing: metric?.missing };
};

describe('series', () => {
  test('an absent kind counts 0 where its probe worked, and is missing where it failed', () => {
    const cell = analyzeOne({
      cycles: 5,
      metrics: {
        'threads.total': (k) => (k === 4 ? null : 20),
        'threads.capture': (k) => (k < 3 || k === 4 ? undefined : k),
      },
    });
    expect(seriesOf(cell, 'threads.capture')).toEqual({
      cycles: [1, 2, 3, 5],
      values: [0, 0, 3, 5],
      missing: 1,
    });
  });

  test('other metrics that are absent are missing, never 0', () => {
    const cell = analyzeOne({
      cycles: 3,
      metrics: { 'managed.live': (k) => (k === 2 ? undefined : 7), 'fds.total': flat(9) },
    });
    expect(seriesOf(cell, 'managed.live')).toEqual({ cycles: [1, 3], values: [7, 7], missing: 1 });
  });

  test('an inconsistent walk is no reading', () => {
    const cell = analyzeOne({
      cycles: 3,
      metrics: { 'native.live': leak(0, 100) },
      quality: (k) => (k === 2 ? 'inconsistent' : 'exact'),
    });
    expect(seriesOf(cell, 'native.live')).toEqual({
      cycles: [1, 3],
      values: [100, 300],
      missing: 1,
    });
    expect(cell.quality).toEqual({
      exactWalks: 2,
      consistentWalks: 0,
      failedWalks: 1,
      unsettledSamples: 0,
      retriedCycles: 0,
      stoppedMs: 0,
      probeErrors: [],
    });
  });

  test('only samples at rest count; a cycle that was sampled twice counts once', () => {
    const script: CellScript = { cycles: 3, metrics: { 'native.live': leak(0, 100) } };
    const [started, first, ...rest] = cellLedger(script);
    if (started === undefined || first?.type !== 'sample') throw new Error('unexpected ledger');
    const { type: _, ...body } = first;
    const entries = [
      started,
      { ...body, type: 'checkpoint' as const, checkpoint: 'joined' as const },
      { ...first, cycle: 0 },
      first,
      ...rest,
      { ...first, cycle: 3, probes: { 'glibc-heap': { values: { 'native.live': 333 } } } },
    ];
    const plan = planOf({ cells: [{}], cycles: 3 });
    const [cell] = analyzeRun(plan, { entries, problems: [] }).cells;
    expect(cell && seriesOf(cell, 'native.live')).toEqual({
      cycles: [1, 2, 3],
      values: [100, 200, 333],
      missing: 0,
    });
  });

  test('an unknown metric is kept for information, not judged', () => {
    const cell = analyzeOne({ cycles: 30, metrics: { 'gpu.bytes': leak(0, 5 * MiB) } });
    const metric = cell.metrics.find(({ id }) => id === 'gpu.bytes');
    expect(metric).toMatchObject({ role: 'info', check: 'off', budget: null });
    expect(metric?.trend.slopePerCycle).toBe(5 * MiB);
  });

  test('thousands of made-up thread names are cut to the most frequent', () => {
    const names = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [
        `threads.w${i}`,
        (k: number) => (k === i ? 1 : undefined),
      ]),
    );
    const cell = analyzeOne({
      cycles: 90,
      metrics: { ...names, 'threads.total': flat(20), 'threads.node': flat(11) },
    });
    const kinds = cell.metrics.filter(({ id }) => id.startsWith('threads.'));
    expect(kinds.length).toBe(65);
    expect(kinds.map(({ id }) => id)).toContain('threads.node');
  });
});

describe('budgets', () => {
  const budget = (
    metric: string,
    maxPerCycle: number,
    level: 'off' | 'warn' | 'error' = 'error',
  ) => ({
    metric,
    level,
    maxPerCycle,
  });
  const checksWith = (budgets: Parameters<typeof planOf>[0]['budgets'] & object) => {
    const script = {
      cycles: 40,
      metrics: {
        'native.live': leak(20 * MiB, 40 * KiB),
        'memory.rss': leak(90 * MiB, 40 * KiB),
        'threads.total': flat(9),
        'threads.worker': leak(1, 1),
      },
    };
    const plan = planOf({ cells: [{}], cycles: 40, budgets });
    const [cell] = analyzeRun(plan, ledgerOf(script)).cells;
    return Object.fromEntries((cell?.metrics ?? []).map(({ id, check }) => [id, check]));
  };

  test('the default ones apply where the plan has none', () => {
    expect(checksWith([])).toEqual({
      'native.live': 'fail',
      'memory.rss': 'off',
      'threads.total': 'pass',
      'threads.worker': 'fail',
    });
  });

  test('the narrowest one wins, and one for an unknown metric makes it judged', () => {
    expect(
      checksWith([
        budget('native.live', 64 * KiB),
        budget('threads.*', 0),
        budget('threads.worker', 3),
        budget('memory.rss', KiB, 'warn'),
      ]),
    ).toEqual({
      'native.live': 'pass',
      'memory.rss': 'warn',
      'threads.total': 'pass',
      'threads.worker': 'pass',
    });
  });

  test('residency gates only where live bytes could not be read', () => {
    const memory = { 'memory.anonymous': leak(60 * MiB, 300 * KiB) };
    const check = (metrics: CellScript['metrics']) =>
      analyzeOne({ cycles: 40, metrics }).metrics.find(({ id }) => id === 'memory.anonymous')
        ?.check;
    expect(check(memory)).toBe('warn');
    expect(check({ ...memory, 'native.live': flat(MiB) })).toBe('off');
    expect(check({ ...memory, 'native.live': (k) => (k % 3 === 0 ? MiB : null) })).toBe('warn');
  });
});

test('many kinds of threads are judged together: chance alone makes no leak', () => {
  const { uniform } = source(12);
  const kinds = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [
      `threads.kind${i}`,
      (() => {
        const at = Math.floor(40 * uniform());
        const again = Math.floor(40 * uniform());
        return (k: number) => 2 + (k >= at ? 1 : 0) + (k >= again ? 1 : 0);
      })(),
    ]),
  );
  const cell = analyzeOne({
    cycles: 40,
    metrics: { ...kinds, 'native.live': flat(MiB), 'memory.anonymous': flat(9 * MiB) },
  });
  expect(cell.classification.leaking).toEqual([]);
});

describe('where the memory is', () => {
  test('first, middle and last sample; the parts sum to what is resident', () => {
    const cell = analyzeOne({
      cycles: 5,
      metrics: {
        'native.live': leak(1000, 100),
        'native.pinned': flat(200),
        'native.trimmable': flat(50),
        'native.resident': leak(1300, 100),
        'managed.committed': flat(400),
        'memory.rss': leak(5000, 110),
        'memory.anonymous': leak(2000, 110),
        'map.malloc-arena': flat(9999),
        'map.stack': flat(60),
        'map.code': flat(900),
        'map.file-data': flat(70),
        'map.shared': flat(30),
        'map.other': flat(1500),
        'map.managed': flat(0),
      },
    });
    expect(cell.breakdown.map(({ cycle }) => cycle)).toEqual([1, 3, 5]);
    expect(cell.breakdown[2]).toEqual({
      cycle: 5,
      resident: 5550,
      parts: {
        live: 1500,
        pinned: 200,
        trimmable: 50,
        allocator: 50,
        managed: 400,
        stacks: 60,
        code: 900,
        files: 70,
        shared: 30,
        other: 1100,
        unexplained: 1190,
      },
    });
    expect(seriesOf(cell, 'memory.unexplained').values).toEqual([250, 260, 270, 280, 290]);
  });

  test('an unread native heap is one part, and nothing is called unexplained', () => {
    const cell = analyzeOne({
      cycles: 1,
      metrics: { 'memory.rss': flat(500), 'memory.anonymous': flat(300), 'map.other': flat(450) },
    });
    expect(cell.breakdown[0]?.parts).toMatchObject({ malloc: 0, other: 450, unexplained: 50 });
    expect(cell.metrics.map(({ id }) => id)).not.toContain('memory.unexplained');
  });
});

describe('size classes', () => {
  test('those that grow, by bytes; whole multiples are named, noise is not', () => {
    const { normal } = source(4);
    const cell = analyzeOne({
      cycles: 40,
      metrics: { 'native.live': leak(MiB, 50_000) },
      census: (k) => [
        { sizeBytes: 28_976, count: 3 + k },
        { sizeBytes: 6080, count: 20 + 7 * k },
        { sizeBytes: 112, count: 900 + 500 * k },
        { sizeBytes: 96, count: 900 + Math.round(20.4 * k + 3 * normal()) },
        { sizeBytes: 64, count: 5000 + Math.round(50 * normal()) },
        { sizeBytes: 4096, count: Math.min(k, 8) },
        ...(k > 20 ? [{ sizeBytes: 2048, count: k - 20 }] : []),
        { sizeBytes: 32, count: 1 },
      ],
    });
    expect(
      cell.sizeClasses.map(({ sizeBytes, countPerCycle, wholeMultiple }) => ({
        sizeBytes,
        perCycle: Number(countPerCycle.toFixed(1)),
        wholeMultiple,
      })),
    ).toEqual([
      { sizeBytes: 112, perCycle: 500, wholeMultiple: 500 },
      { sizeBytes: 6080, perCycle: 7, wholeMultiple: 7 },
      { sizeBytes: 28_976, perCycle: 1, wholeMultiple: 1 },
      { sizeBytes: 96, perCycle: expect.closeTo(20.4, 0), wholeMultiple: null },
      { sizeBytes: 2048, perCycle: expect.closeTo(0.8, 0), wholeMultiple: null },
    ]);
  });

  test('a class that fell out of a cut list is not taken for freed', () => {
    const cell = analyzeOne({
      cycles: 40,
      metrics: { 'native.live': flat(MiB) },
      census: (k) => [
        { sizeBytes: 1024, count: 900 },
        ...(k % 2 === 0 ? [{ sizeBytes: 64, count: 100 + k }] : []),
        { sizeBytes: 512, count: 20 },
      ],
    });
    expect(cell.sizeClasses).toMatchObject([{ sizeBytes: 64, countPerCycle: 1, wholeMultiple: 1 }]);
  });
});

test('the idle tail says what moved after the last cycle', () => {
  const cell = analyzeOne({
    cycles: 20,
    metrics: { 'native.live': flat(1000), 'fds.total': flat(30), 'fds.socket': flat(4) },
    idle: {
      checkpoint: 'left+idle',
      metrics: { 'native.live': leak(1000, -50), 'fds.total': flat(30), 'fds.socket': flat(1) },
    },
  });
  expect(cell.idleTails).toEqual([
    { kind: 'left', seconds: 6, change: { 'native.live': -300, 'fds.socket': -3 }, rising: [] },
  ]);
});

describe('ledgers that are not whole', () => {
  const script: CellScript = { cycles: 30, metrics: { 'native.live': flat(MiB) } };

  test('a cell without an end is flagged, and read as far as it goes', () => {
    const cell = analyzeOne({ ...script, end: 'cut' });
    expect(cell).toMatchObject({
      cyclesDone: 30,
      failure: {
        kind: 'internal',
        cycle: 30,
        reason: 'the ledger stops before the cell ends, after cycle 30',
      },
    });
  });

  test('lines lost in the middle leave a gap, and are told', () => {
    const entries = cellLedger(script).filter((_, i) => i % 4 !== 2);
    const problems = ['line 3 of the ledger is not whole and was left out'];
    const plan = planOf({ cells: [{}] });
    const { cells, warnings } = analyzeRun(plan, { entries, problems });
    expect(cells[0]?.metrics[0]?.series.cycles.slice(0, 6)).toEqual([1, 3, 4, 5, 7, 8]);
    expect(warnings).toEqual(problems);
  });

  test('a planned cell that the ledger does not know is there, with its reason', () => {
    const plan = planOf({ cells: [{}, { allocator: 'jemalloc' }] });
    const { cells } = analyzeRun(plan, ledgerOf(script));
    expect(cells[1]).toMatchObject({
      cyclesDone: 0,
      proof: null,
      facts: null,
      failure: { kind: 'internal', cycle: 0, reason: 'the ledger has no line of this cell' },
      classification: { kind: 'undecided' },
    });
  });

  test('after an interrupt the cells that never started say so', () => {
    const plan = planOf({ cells: [{}, { allocator: 'jemalloc' }] });
    const stopped = {
      ...script,
      end: { kind: 'interrupted', cycle: 31, reason: 'Ctrl-C' },
    } as const;
    const { cells } = analyzeRun(plan, ledgerOf(stopped));
    expect(cells.map(({ failure }) => failure?.kind)).toEqual(['interrupted', 'interrupted']);
  });

  test('a cell that only the ledger knows is analysed and told', () => {
    const plan = planOf({ cells: [{}] });
    const other = { ...script, cell: { allocator: 'jemalloc' } };
    const { cells, warnings } = analyzeRun(plan, ledgerOf(script, other));
    expect(cells.map(({ cell }) => cell.id)).toEqual([
      cellPlan().id,
      cellPlan({ allocator: 'jemalloc' }).id,
    ]);
    expect(warnings).toEqual([
      'cell join-leave/demo@1.0.0/inline/jemalloc is in the ledger and not in the plan',
    ]);
  });

  test('of a cell that was started twice the last start is read', () => {
    const plan = planOf({ cells: [{}] });
    const { cells, warnings } = analyzeRun(
      plan,
      ledgerOf({ ...script, end: 'cut' }, { ...script, cycles: 20 }),
    );
    expect(cells[0]).toMatchObject({ cyclesDone: 20, failure: null });
    expect(warnings).toEqual([
      'cell join-leave/demo@1.0.0/inline/glibc was started more than once: only its last start is read',
    ]);
  });

  test('an empty ledger is all failures', () => {
    const plan = planOf({ cells: [{}] });
    const analysis = analyzeRun(plan, { entries: [], problems: ['nothing'] });
    expect(analysis).toMatchObject({
      startedAt: plan.createdAt,
      finishedAt: plan.createdAt,
      comparisons: [],
      warnings: ['nothing'],
      cells: [{ cyclesDone: 0, metrics: [] }],
    });
  });
});

test('a budget per minute where no call is held, or per cycle where all are, is warned of', () => {
  const level = 'error' as const;
  const budgets = [
    { metric: 'native.live', level, maxPerCycle: KiB, per: 'minute' as const },
    { metric: 'threads.*', level, maxPerCycle: 2 },
  ];
  const script = { cycles: 20, metrics: { 'native.live': flat(MiB) } };
  const warningsFor = (cell: NonNullable<Parameters<typeof cellPlan>[0]>) =>
    analyzeRun({ ...planOf({ cells: [cell] }), budgets }, ledgerOf({ ...script, cell })).warnings;
  expect(warningsFor({})).toEqual([
    'the budget of native.live is per minute and gated nothing: no cell holds one call',
  ]);
  expect(warningsFor({ pace: 'time' })).toContain(
    'the budget of threads.* is per cycle and gated nothing: every cell holds one call',
  );
});

test('samples that were not at rest, and live bytes that were mostly not read, are warned of', () => {
  const plan = planOf({ cells: [{}] });
  const { warnings } = analyzeRun(
    plan,
    ledgerOf({
      cycles: 20,
      metrics: { 'native.live': (k) => (k < 5 ? 1 : null) },
      unsettled: (k) => k % 4 === 0,
    }),
  );
  expect(warnings).toEqual([
    'join-leave/demo@1.0.0/inline/glibc: 5 samples were taken before the program was at rest',
    'join-leave/demo@1.0.0/inline/glibc: native live could not be read in 16 samples',
  ]);
});

describe('the public pair, simulated as it was measured', () => {
  const kinds = (bad: boolean, cycles: number) =>
    Array.from({ length: 12 }, (_, i) => {
      const scripts = ['glibc', 'jemalloc'].map((allocator) =>
        rtcNode(bad, { allocator, cycles, seed: 977 * i + cycles }),
      );
      const plan = planOf({ cells: scripts.map(({ cell = {} }) => cell), cycles });
      return analyzeRun(plan, ledgerOf(...scripts)).cells.map(
        ({ classification }) => classification.kind,
      );
    }).flat();

  test.each([25, 40, 100])('1.1.0 is a leak under both allocators after %i cycles', (cycles) => {
    expect(new Set(kinds(true, cycles))).toEqual(new Set(['leak']));
  });

  test.each([15, 25, 40, 100, 300])('the fixed one is never a leak, at %i cycles', (cycles) => {
    const found = kinds(false, cycles);
    expect(found).not.toContain('leak');
    expect(found).not.toContain('mixed');
    if (cycles >= 40) expect(found).not.toContain('undecided');
  });
});

test('comparisons change exactly one axis, and name the allocator as the cause', () => {
  const script = (target: string, allocator: string, slope: number): CellScript => ({
    cell: { target, allocator },
    cycles: 40,
    metrics: { 'memory.anonymous': leak(60 * MiB, slope), 'threads.total': flat(9) },
  });
  const scripts = [
    script('demo@1.0.0', 'jemalloc', 300 * KiB),
    script('demo@1.0.0', 'tcmalloc', KiB),
    script('demo@2.0.0', 'jemalloc', 300 * KiB),
    script('demo@2.0.0', 'tcmalloc', 310 * KiB),
  ];
  const plan = planOf({ cells: scripts.map(({ cell = {} }) => cell) });
  const { comparisons } = analyzeRun(plan, ledgerOf(...scripts));
  expect(
    comparisons.map(({ axis, from, to, answer }) => `${axis}: ${from} -> ${to}: ${answer}`),
  ).toMatchInlineSnapshot(`
    [
      "target: join-leave/demo@1.0.0/inline/jemalloc -> join-leave/demo@2.0.0/inline/jemalloc: same",
      "target: join-leave/demo@1.0.0/inline/tcmalloc -> join-leave/demo@2.0.0/inline/tcmalloc: different",
      "allocator: join-leave/demo@1.0.0/inline/jemalloc -> join-leave/demo@1.0.0/inline/tcmalloc: allocator",
      "allocator: join-leave/demo@2.0.0/inline/jemalloc -> join-leave/demo@2.0.0/inline/tcmalloc: same",
    ]
  `);
  expect(comparisons[0]?.says).toMatchInlineSnapshot(
    `"anonymous memory does 0.293 MiB per cycle [0.293, 0.293] with demo@1.0.0, 0.293 MiB per cycle [0.293, 0.293] with demo@2.0.0: the same growth"`,
  );
});

describe('repeats of a cell', () => {
  const repeated = (slopes: readonly number[], metrics: CellScript['metrics'] = {}) => {
    const scripts = slopes.map(
      (slope, i): CellScript => ({
        cell: { repeat: i + 1 },
        cycles: 40,
        metrics: { 'native.live': leak(20 * MiB, slope), 'threads.total': flat(9), ...metrics },
      }),
    );
    const plan = planOf({ cells: scripts.map(({ cell = {} }) => cell) });
    return analyzeRun(plan, ledgerOf(...scripts));
  };
  const kindsOf = (slopes: readonly number[]) =>
    repeated(slopes).cells.map(({ classification }) => classification.kind);

  test('are summed up: what each was, the mean slope, and the interval of their spread', () => {
    const { repeats } = repeated([390 * KiB, 400 * KiB, 410 * KiB]);
    expect(repeats).toMatchObject([
      {
        cell: cellPlan().id,
        runs: 3,
        found: ['leak', 'leak', 'leak'],
        metrics: [
          {
            id: 'native.live',
            slopes: [390 * KiB, 400 * KiB, 410 * KiB].map((slope) => expect.closeTo(slope, 5)),
            slopePerCycle: expect.closeTo(400 * KiB, 5),
            // "Student" 1908: t at 0.975 with two degrees of freedom is 4.3027; 10 KiB / sqrt(3) is the error.
            standardError: expect.closeTo((10 * KiB) / Math.sqrt(3), 5),
            intervalHigh: expect.closeTo(400 * KiB + 4.3027 * ((10 * KiB) / Math.sqrt(3)), -1),
          },
        ],
      },
    ]);
    expect(repeats[0]?.says).toMatchInlineSnapshot(
      `"leak in 3 of 3 repeats; native live does 0.39 MiB per cycle [0.37, 0.41] between them"`,
    );
  });

  test('that all stay well under the budget pass; a spread that reaches over it opens them all', () => {
    expect(kindsOf([KiB, 2 * KiB, 3 * KiB])).toEqual(['steady', 'steady', 'steady']);
    const { cells } = repeated([KiB, 8 * KiB, 15 * KiB]);
    expect(cells.map(({ classification }) => classification.kind)).toEqual(
      Array(3).fill('undecided'),
    );
    expect(cells[0]?.classification.wouldDecide).toContain('more repeats');
    expect(cells[0]?.metrics.find(({ id }) => id === 'native.live')?.check).toBe('inconclusive');
  });

  test('some over and some under the budget are undecided together', () => {
    expect(kindsOf([11 * KiB, 15 * KiB, 18 * KiB, 22 * KiB])).toEqual(Array(4).fill('undecided'));
  });

  test('that all grow are leaks, however their slopes differ', () => {
    expect(kindsOf([20 * KiB, 300 * KiB])).toEqual(['leak', 'leak']);
  });

  test('that agree to the byte, and a cell that ran once, are judged as they were', () => {
    const alone = repeated([KiB]);
    expect(alone.repeats).toEqual([]);
    const trendOf = ({ cells }: typeof alone) => cells[0]?.metrics[0]?.trend;
    expect(trendOf(repeated([KiB, KiB]))).toEqual(trendOf(alone));
  });
});

describe('a cell that stopped because it was decided', () => {
  const script: CellScript = { cycles: 50, metrics: { 'native.live': leak(MiB, 400 * KiB) } };
  const plan = planOf({ cells: [{}], cycles: 200 });
  const untilDecided = { ...plan, settings: { ...plan.settings, untilDecided: true } };

  test('has lost no cycles', () => {
    const { cells, warnings } = analyzeRun(untilDecided, ledgerOf(script));
    expect(cells[0]).toMatchObject({ cyclesDone: 50, cyclesPlanned: 50, failure: null });
    expect(cells[0]?.classification.kind).toBe('leak');
    expect(warnings).toEqual([]);
  });

  test('unlike one whose ledger lacks its last samples', () => {
    const [end] = cellLedger(script).slice(-1);
    const entries = [...cellLedger({ ...script, cycles: 30, end: 'cut' })];
    if (end !== undefined) entries.push(end);
    expect(analyzeRun(untilDecided, { entries, problems: [] }).warnings).toEqual([
      'join-leave/demo@1.0.0/inline/glibc: only 30 of 50 cycles are in the ledger',
    ]);
  });
});

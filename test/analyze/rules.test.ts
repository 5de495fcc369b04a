import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import { RULES, rulesAsMarkdown } from '../../harness/analyze/rules.ts';
import type { CellAnalysis } from '../../harness/contracts/result.ts';
import {
  type CellScript,
  flat,
  KiB,
  leak,
  ledgerOf,
  type Metrics,
  MiB,
  planOf,
  source,
} from './build-ledger.ts';

const N = 60;
const decided = new Set<string>();
const told = new Set<string>();

/** The classification of the first cell among its siblings. */
function classify(...scripts: readonly CellScript[]): CellAnalysis['classification'] {
  const plan = planOf({ cells: scripts.map(({ cell = {} }) => cell), cycles: N });
  const { cells } = analyzeRun(plan, ledgerOf(...scripts));
  const classification = cells[0]?.classification;
  if (classification === undefined) throw new Error('no cell was analysed');
  const [first, ...others] = classification.evidence;
  decided.add(first?.rule ?? '');
  for (const { rule } of others) told.add(rule);
  return classification;
}

const inBrief = ({ kind, leaking, driver, evidence }: CellAnalysis['classification']) => ({
  kind,
  leaking,
  driver,
  rule: evidence[0]?.rule,
});

/** A walked cell at rest: everything flat, residency explained to the byte. */
function walked(changes: Metrics = {}): Metrics {
  const base: Metrics = {
    'native.live': flat(20 * MiB),
    'native.pinned': flat(3 * MiB),
    'native.trimmable': flat(2 * MiB),
    'managed.live': flat(8 * MiB),
    'managed.committed': flat(12 * MiB),
    'threads.total': flat(20),
    'threads.worker': flat(4),
    'fds.total': flat(30),
    ...changes,
  };
  const at = (id: string, k: number): number => base[id]?.(k) ?? 0;
  const native = (k: number): number =>
    at('native.live', k) + at('native.pinned', k) + at('native.trimmable', k);
  return {
    'native.resident': native,
    'memory.anonymous': (k) => native(k) + at('managed.committed', k) + 5 * MiB,
    'memory.rss': (k) => native(k) + at('managed.committed', k) + 45 * MiB,
    ...base,
  };
}

const blind = (anonymous: (k: number) => number, changes: Metrics = {}): Metrics => ({
  'managed.live': flat(8 * MiB),
  'memory.anonymous': anonymous,
  'threads.total': flat(20),
  ...changes,
});

const glibc = (metrics: Metrics): CellScript => ({ cycles: N, metrics });
const jemalloc = (metrics: Metrics, cycles = N): CellScript => ({
  cell: { allocator: 'jemalloc' },
  cycles,
  metrics,
});
const saturating =
  (level: number, size: number, tau: number) =>
  (k: number): number =>
    level + size * (1 - Math.exp(-k / tau));
/** Noise in which a slope of some ten KiB per cycle cannot be told. */
const noisy = (level: number, sd: number, seed = 7): ((k: number) => number) => {
  const { normal } = source(seed);
  return () => level + sd * normal();
};

describe('growth', () => {
  test('live bytes over their budget are a leak, said with budget and horizon', () => {
    const found = classify(glibc(walked({ 'native.live': leak(20 * MiB, 400 * KiB) })));
    expect(inBrief(found)).toEqual({
      kind: 'leak',
      leaking: ['native'],
      driver: 'cycles',
      rule: 'live-grows',
    });
    expect(found.why).toMatch(
      /^native live grows by 0\.3906 MiB per cycle \[0\.3906, 0\.3906\] over \d+ cycles, its budget is 16 KiB$/,
    );
  });

  test('a managed leak is named as that', () => {
    const found = classify(glibc(walked({ 'managed.live': leak(8 * MiB, 90 * KiB) })));
    expect(inBrief(found)).toMatchObject({
      kind: 'leak',
      leaking: ['managed'],
      rule: 'live-grows',
    });
  });

  test('a count that grows is a leak of its kind, not of the total', () => {
    const metrics = walked({ 'threads.worker': leak(4, 1), 'threads.total': leak(20, 1) });
    expect(inBrief(classify(glibc(metrics)))).toEqual({
      kind: 'leak',
      leaking: ['threads.worker'],
      driver: 'cycles',
      rule: 'count-grows',
    });
  });

  test('threads that all have a name of their own show in the total', () => {
    const named = Object.fromEntries(
      Array.from({ length: N }, (_, i) => [
        `threads.job-${i + 1}`,
        (k: number) => (k > i ? 1 : undefined),
      ]),
    );
    const found = classify(glibc(walked({ ...named, 'threads.total': leak(20, 1) })));
    expect(inBrief(found)).toMatchObject({ kind: 'leak', leaking: ['threads.total'] });
  });

  test('counts that only warm up, or flicker by late teardown, are no leak', () => {
    const { uniform } = source(3);
    const metrics = walked({
      'threads.worker': (k) => Math.min(k, 4),
      'threads.signal': () => (uniform() < 0.2 ? 1 + Math.floor(3 * uniform()) : 0),
      'fds.socket': (k) => 4 + (k % 7),
    });
    expect(inBrief(classify(glibc(metrics)))).toMatchObject({ leaking: [], driver: null });
  });

  test('slack that grows as fast as live bytes makes it mixed', () => {
    const metrics = walked({
      'native.live': leak(20 * MiB, 200 * KiB),
      'native.pinned': leak(3 * MiB, 220 * KiB),
    });
    expect(inBrief(classify(glibc(metrics)))).toMatchObject({
      kind: 'mixed',
      leaking: ['native'],
      rule: 'live-and-slack-grow',
    });
  });

  test('slack that grows more slowly than live bytes belongs to the leak', () => {
    const metrics = walked({
      'native.live': leak(20 * MiB, 400 * KiB),
      'native.pinned': leak(3 * MiB, 100 * KiB),
    });
    expect(inBrief(classify(glibc(metrics)))).toMatchObject({ kind: 'leak', rule: 'live-grows' });
  });

  test('growth that a repeat surely does not have is undecided', () => {
    const found = classify(glibc(walked({ 'native.live': leak(20 * MiB, 60 * KiB) })), {
      ...glibc(walked()),
      cell: { repeat: 2 },
    });
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'growth-disputed' });
    expect(found.wouldDecide).toBe('more repeats of both cells');
  });

  test('growth of a held room is driven by time', () => {
    const found = classify({
      ...glibc(walked()),
      idle: { checkpoint: 'joined', metrics: { 'native.live': leak(20 * MiB, 8 * MiB) } },
    });
    expect(inBrief(found)).toEqual({
      kind: 'leak',
      leaking: ['native'],
      driver: 'time',
      rule: 'held-room-grows',
    });
    expect(found.why).toBe(
      'while a room is merely held for 5 s, native live rises by +40 MiB (480 MiB per minute)',
    );
  });

  test('growth with cycles that a held room has too is driven by time, and says both', () => {
    const found = classify({
      ...glibc(walked({ 'native.live': leak(20 * MiB, 400 * KiB) })),
      idle: { checkpoint: 'joined', metrics: { 'native.live': leak(44 * MiB, MiB) } },
    });
    expect(inBrief(found)).toMatchObject({ kind: 'leak', driver: 'time', rule: 'live-grows' });
    expect(found.why).toMatch(/over \d+ cycles/);
    expect(found.evidence.map(({ rule }) => rule)).toContain('held-room-grows');
  });

  test('growth after everyone has left is driven by time', () => {
    const found = classify({
      ...glibc(walked()),
      idle: { checkpoint: 'left+idle', metrics: { 'threads.worker': leak(4, 2) } },
    });
    expect(inBrief(found)).toEqual({
      kind: 'leak',
      leaking: ['threads.worker'],
      driver: 'time',
      rule: 'idle-grows',
    });
  });

  test('neither noise nor a filling buffer in a held room is growth, a queue in noise is', () => {
    const held = (seed: number, mean: (second: number) => number) => {
      const { normal } = source(seed);
      return classify({
        ...glibc(walked()),
        idle: {
          checkpoint: 'joined',
          // What a renderer's live bytes do at rest.
          metrics: { 'native.live': (second) => 20 * MiB + mean(second) + 67 * KiB * normal() },
        },
      }).kind;
    };
    const seeds = Array.from({ length: 200 }, (_, seed) => seed);
    const share = (mean: (second: number) => number) =>
      seeds.filter((seed) => held(seed, mean) === 'leak').length / seeds.length;
    expect(share(() => 0)).toBeLessThanOrEqual(0.02);
    expect(share((second) => MiB * (1 - Math.exp(-second / 2)))).toBeLessThanOrEqual(0.05);
    expect(share((second) => MiB * second)).toBeGreaterThanOrEqual(0.95);
  });

  test('buffers that fill for a moment in a held room are no leak', () => {
    const found = classify({
      ...glibc(walked()),
      idle: { checkpoint: 'joined', metrics: { 'native.live': saturating(20 * MiB, MiB, 0.7) } },
    });
    expect(inBrief(found)).toMatchObject({ kind: 'steady' });
  });
});

describe('slack of a cell whose live bytes can be read', () => {
  test('pinned: fragmentation', () => {
    const found = classify(glibc(walked({ 'native.pinned': leak(3 * MiB, 150 * KiB) })));
    expect(inBrief(found)).toMatchObject({ kind: 'fragmentation', rule: 'pinned-grows' });
  });

  test('trimmable: retention', () => {
    const found = classify(glibc(walked({ 'native.trimmable': leak(2 * MiB, 150 * KiB) })));
    expect(inBrief(found)).toMatchObject({ kind: 'retention', rule: 'trimmable-grows' });
  });

  test('of the managed heap: retention', () => {
    const found = classify(glibc(walked({ 'managed.committed': leak(12 * MiB, 150 * KiB) })));
    expect(inBrief(found)).toMatchObject({ kind: 'retention', rule: 'residency-grows' });
  });

  test('a remainder that no probe explains: undecided', () => {
    const base = walked();
    const found = classify(
      glibc({
        ...base,
        'memory.anonymous': (k) => (base['memory.anonymous']?.(k) ?? 0) + 150 * KiB * k,
      }),
    );
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'unexplained-grows' });
  });

  test('memory that nobody explains and that may grow: undecided, by how much', () => {
    const base = walked();
    const metrics = {
      ...base,
      'memory.anonymous': (k: number) =>
        (base['memory.anonymous']?.(k) ?? 0) + (workerHeapKiB[k - 1] ?? 0) * KiB,
    };
    const found = classify({ cycles: workerHeapKiB.length, metrics });
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'unexplained-open' });
    expect(found.why).toMatch(/^memory that no probe explains does .* cannot be told from/);
  });

  test('memory that nobody explains and that creeps by more than live bytes may is said', () => {
    const base = walked();
    const found = classify(
      glibc({
        ...base,
        'memory.anonymous': (k) => (base['memory.anonymous']?.(k) ?? 0) + 40 * KiB * k,
      }),
    );
    expect(inBrief(found)).toMatchObject({ kind: 'steady' });
    expect(found.why).toContain(
      'memory that no probe explains creeps by 40 KiB per cycle [40, 40], its budget is 64 KiB',
    );
  });

  test('a managed heap of which nobody says what is live explains nothing: undecided', () => {
    const { 'managed.live': _, 'managed.committed': __, ...base } = walked();
    const heap = { 'map.managed': leak(4 * MiB, 300 * KiB) };
    const anonymous = leak(40 * MiB, 300 * KiB);
    // Alone in its process, and beside the heap of a runtime that is asked.
    for (const rest of [base, walked()]) {
      const found = classify(glibc({ ...rest, ...heap, 'memory.anonymous': anonymous }));
      expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'unexplained-grows' });
    }
  });

  test('shared memory that grows is seen under any allocator, but in browsers: undecided', () => {
    const shared = { 'map.shared': leak(MiB, 256 * KiB) };
    for (const script of [
      glibc(walked(shared)),
      jemalloc(blind(flat(40 * MiB), shared)),
      glibc(walked({ ...shared, 'managed.oilpan': flat(MiB) })),
    ]) {
      const found = classify(script);
      const isBrowser = script.metrics['managed.oilpan'] !== undefined;
      expect(inBrief(found)).toMatchObject(
        isBrowser ? { kind: 'steady' } : { kind: 'undecided', rule: 'unexplained-grows' },
      );
    }
  });

  test('large blocks that are handed out and never touched: undecided', () => {
    const found = classify(
      glibc(
        walked({
          'native.mmapped': leak(MiB, 300 * KiB),
          'native.swapped': flat(0),
          'map.malloc-mmapped': flat(MiB),
        }),
      ),
    );
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'unexplained-grows' });
    expect(found.why).toContain('handed out in large blocks and never touched grows by 0.293 MiB');
  });

  test.each([
    ['and no more is handed out', flat(64 * MiB), 'undecided', 'reserve-fills', 'blind-growth'],
    ['beside new ones', leak(64 * MiB, 200 * KiB), 'leak', 'live-grows', 'swap-live-grows'],
  ])('a large block that fills, %s', (_, mmapped, kind, rule, ruleUnderJemalloc) => {
    const here = glibc(
      walked({
        'native.live': leak(20 * MiB, 100 * KiB),
        'native.mmapped': mmapped,
        'native.swapped': flat(0),
        'map.malloc-mmapped': leak(MiB, 100 * KiB),
      }),
    );
    const there = jemalloc(blind(leak(40 * MiB, 100 * KiB)));
    expect(inBrief(classify(here, there))).toMatchObject({ kind, rule });
    expect(inBrief(classify(there, here))).toMatchObject({ kind, rule: ruleUnderJemalloc });
  });

  test('residency that grows without a word on what explains it: undecided', () => {
    const { 'native.resident': _, ...rest } = walked();
    const found = classify(glibc({ ...rest, 'memory.anonymous': leak(40 * MiB, 150 * KiB) }));
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'otherwise' });
  });
});

/** As read: the heap of a Node worker thread that keeps some 300 KB of every cycle, which no probe reads. */
const workerHeapKiB = [
  5868, 6116, 6664, 7596, 14012, 13844, 13844, 13852, 14180, 14196, 14584, 14968, 15368, 17024,
  17184, 17572, 17952, 14588, 14200, 14584, 15668, 16048, 16428, 17492, 17876, 19388, 19392, 19392,
  19396, 19760, 20136, 20520, 18660, 19036, 19420, 23492, 23492, 23496, 23496, 23496, 23536, 23572,
  23572, 23572, 23572, 23952, 24324, 24700, 25084, 25460,
];

describe('what still rises at its end', () => {
  test('by more than it may is no pass, whatever slope was fitted to the whole', () => {
    // 2 MB in the first cycle, and ever less: 37 KB in the last.
    let held = 0;
    const sums = Array.from({ length: 50 }, (_, i) => (held += 1008 * Math.floor(2000 / (i + 4))));
    const live = (k: number) => 9 * KiB + (sums[k - 1] ?? 0);
    const script = { cycles: 50, metrics: walked({ 'native.live': live }) };
    const plan = planOf({ cells: [{}], cycles: 50 });
    const cell = analyzeRun(plan, ledgerOf(script)).cells[0];
    const metric = cell?.metrics.find(({ id }) => id === 'native.live');
    expect(metric?.check).not.toBe('pass');
    expect(metric?.trend.endSlopePerCycle).toBeGreaterThan(16 * KiB);
  });

  test('in steps that may go on is said as that, and is no pass', () => {
    const { normal } = source(5);
    const steps = (k: number) => [15, 38, 55].filter((at) => k > at).length;
    const live = (k: number) => (20 + steps(k)) * MiB + 3 * KiB * normal();
    const found = classify(glibc(walked({ 'native.live': live })));
    expect(inBrief(found)).toMatchObject({ kind: 'warm-up', rule: 'bends' });
    expect(found.why).toMatch(
      /^native live moves in steps that may go on, so far by 51\.\d KiB per cycle/,
    );
  });
});

describe('nothing grows', () => {
  test('all flat: steady, with what could have been seen', () => {
    const found = classify(glibc(walked()));
    expect(inBrief(found)).toEqual({ kind: 'steady', leaking: [], driver: null, rule: 'steady' });
    expect(found.why).toMatch(
      /^native live is steady, could have shown .* per cycle; V8 heap live/,
    );
  });

  test('creep under the budget is said', () => {
    const found = classify(glibc(walked({ 'native.live': leak(20 * MiB, 3 * KiB) })));
    expect(inBrief(found)).toMatchObject({ kind: 'steady' });
    expect(found.why).toMatch(
      /^native live creeps by 3 KiB per cycle \[3, 3\], its budget is 16 KiB/,
    );
  });

  test('a rise that bends: warm-up', () => {
    const { normal } = source(5);
    const rise = saturating(20 * MiB, 5 * MiB, 12);
    const metrics = walked({ 'native.live': (k) => rise(k) + 20 * KiB * normal() });
    expect(inBrief(classify(glibc(metrics)))).toMatchObject({ kind: 'warm-up', rule: 'bends' });
  });

  test('a witness that cannot be told from its budget: undecided, with cycles', () => {
    const found = classify(glibc(walked({ 'native.live': noisy(20 * MiB, 6 * MiB) })));
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'witness-open' });
    expect(found.wouldDecide).toMatch(/^about \d+ cycles in all$/);
  });

  test('too few cycles: undecided', () => {
    const found = classify({ ...glibc(walked({ 'native.live': leak(0, MiB) })), cycles: 9 });
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'witness-open' });
    expect(found.why).toBe('only 9 cycles could be read, and nothing is said below 15');
  });

  test('no memory probe: undecided', () => {
    const found = classify(glibc({ 'threads.total': flat(20), 'managed.live': flat(8 * MiB) }));
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'no-memory-witness' });
  });

  test('nothing read at all: undecided', () => {
    const found = classify(glibc({ 'native.live': () => null }));
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'nothing-read' });
  });
});

describe('a cell whose live bytes cannot be read, beside one whose can', () => {
  const leaking = glibc(walked({ 'native.live': leak(20 * MiB, 400 * KiB) }));

  test('both rise by about the same: leak', () => {
    const found = classify(jemalloc(blind(leak(60 * MiB, 430 * KiB))), leaking);
    expect(inBrief(found)).toEqual({
      kind: 'leak',
      leaking: ['native'],
      driver: 'cycles',
      rule: 'swap-live-grows',
    });
  });

  test('the cell that can be read is confirmed by the one that cannot', () => {
    const found = classify(leaking, jemalloc(blind(leak(60 * MiB, 430 * KiB))));
    expect(inBrief(found)).toMatchObject({ kind: 'leak', rule: 'live-grows' });
    expect(found.evidence.map(({ rule }) => rule)).toEqual(['live-grows', 'swap-confirms']);
  });

  test('more than twice the leak: mixed', () => {
    const found = classify(jemalloc(blind(leak(60 * MiB, 1200 * KiB)), 120), leaking);
    expect(inBrief(found)).toMatchObject({ kind: 'mixed', rule: 'swap-live-grows-and-more' });
  });

  test('but not before residency has had time to warm up', () => {
    const found = classify(jemalloc(blind(leak(60 * MiB, 1200 * KiB))), leaking);
    expect(inBrief(found)).toMatchObject({ kind: 'leak', rule: 'swap-live-grows' });
  });

  test('the leak is not to be seen here: the witnesses disagree', () => {
    const found = classify(jemalloc(blind(leak(60 * MiB, 10 * KiB))), leaking);
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'swap-live-missed' });
  });

  test('live bytes are steady there, residency grows here: retention', () => {
    const found = classify(jemalloc(blind(leak(60 * MiB, 300 * KiB))), glibc(walked()));
    expect(inBrief(found)).toMatchObject({ kind: 'retention', rule: 'swap-retains' });
    expect(found.why).toMatch(/^allocator swap: /);
  });

  test('and pinned slack grows there: fragmentation', () => {
    const fragmenting = glibc(walked({ 'native.pinned': leak(3 * MiB, 150 * KiB) }));
    const found = classify(jemalloc(blind(leak(60 * MiB, 300 * KiB))), fragmenting);
    expect(inBrief(found)).toMatchObject({ kind: 'fragmentation', rule: 'swap-fragments' });
  });

  test('live bytes are steady there, nothing but noise here: steady', () => {
    const metrics = blind(noisy(60 * MiB, 30 * MiB, 3));
    const found = classify(jemalloc(metrics), glibc(walked()));
    expect(inBrief(found)).toMatchObject({ kind: 'steady', rule: 'swap-calm' });
  });

  test('too few readings here: undecided, however steady it is there', () => {
    const found = classify(jemalloc({ 'memory.anonymous': flat(60 * MiB) }, 9), glibc(walked()));
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'blind-open' });
  });

  test('nor is it a leak by its first few readings, whatever grows there', () => {
    const found = classify(jemalloc({ 'memory.anonymous': leak(60 * MiB, 400 * KiB) }, 9), leaking);
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'blind-open' });
  });

  test('a thread leak needs no live bytes', () => {
    const metrics = blind(flat(60 * MiB), { 'threads.capture': leak(1, 1) });
    const found = classify(jemalloc(metrics), glibc(walked()));
    expect(inBrief(found)).toMatchObject({ kind: 'leak', leaking: ['threads.capture'] });
  });
});

describe('cells of which none can be read', () => {
  const tcmalloc = (metrics: Metrics): CellScript => ({
    cell: { allocator: 'tcmalloc' },
    cycles: N,
    metrics,
  });

  test('the same growth under all allocators: leak', () => {
    const found = classify(
      jemalloc(blind(leak(60 * MiB, 400 * KiB))),
      tcmalloc(blind(leak(70 * MiB, 420 * KiB))),
    );
    expect(inBrief(found)).toEqual({
      kind: 'leak',
      leaking: ['native'],
      driver: 'cycles',
      rule: 'swap-grows-under-all',
    });
  });

  test('two curves that both saturate are no leak', () => {
    const { normal } = source(9);
    const curve = (k: number): number => saturating(60 * MiB, 9 * MiB, 15)(k) + 20 * KiB * normal();
    expect(inBrief(classify(jemalloc(blind(curve)), tcmalloc(blind(curve))))).toMatchObject({
      leaking: [],
    });
  });

  test('growth that is gone under another: retention', () => {
    const found = classify(
      jemalloc(blind(leak(60 * MiB, 400 * KiB))),
      tcmalloc(blind(leak(70 * MiB, 2 * KiB))),
    );
    expect(inBrief(found)).toMatchObject({ kind: 'retention', rule: 'swap-gone' });
  });

  test('growth beside a heap that is open: cycles alone would not decide, glibc is named too', () => {
    const found = classify(
      jemalloc(blind(leak(60 * MiB, 400 * KiB), { 'managed.live': noisy(20 * MiB, 6 * MiB) })),
    );
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'witness-open' });
    expect(found.wouldDecide).toMatch(/^about \d+ cycles in all, and .*--allocator glibc/);
  });

  test('growth alone: undecided, and glibc would decide', () => {
    const found = classify(jemalloc(blind(leak(60 * MiB, 400 * KiB))));
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'blind-growth' });
    expect(found.wouldDecide).toContain('--allocator glibc');
  });

  test('growth alone under glibc itself: another allocator is no advice', () => {
    const found = classify(glibc(blind(leak(60 * MiB, 400 * KiB))));
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'blind-growth' });
    expect(found.wouldDecide).toBe(
      'the same cell again: its heap could not be read in this process',
    );
  });

  test('too noisy to tell: undecided', () => {
    const found = classify(jemalloc(blind(noisy(60 * MiB, 30 * MiB, 3))));
    expect(inBrief(found)).toMatchObject({ kind: 'undecided', rule: 'blind-open' });
  });
});

test('a cell that failed is classified by what there is, and says so', () => {
  const found = classify({
    ...glibc(walked({ 'native.live': leak(20 * MiB, 400 * KiB) })),
    cycles: 40,
    end: { kind: 'memory-limit', cycle: 41, reason: '4.1 GiB is over the limit of 4 GiB' },
  });
  expect(inBrief(found)).toMatchObject({ kind: 'leak' });
  expect(found.why).toMatch(/\(the cell failed in cycle 41: /);
});

test('docs/rules.md is the table (update: npx vitest run test/analyze/rules.test.ts -u)', async () => {
  const file = new URL('../../docs/rules.md', import.meta.url).pathname;
  await expect(rulesAsMarkdown()).toMatchFileSnapshot(file);
  expect(readFileSync(file, 'utf8')).toContain(RULES.at(-1)?.id);
});

test('every row of the table decides a test', () => {
  // `swap-confirms` stands behind the rule that it confirms.
  const untested = RULES.map(({ id }) => id).filter((id) => !decided.has(id));
  expect(untested).toEqual(['swap-confirms']);
  expect(told.has('swap-confirms')).toBe(true);
});

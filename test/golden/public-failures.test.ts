import { describe, expect, test } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import { DEFAULT_BUDGETS } from '../../harness/contracts/budgets.ts';
import type { LedgerEntry } from '../../harness/contracts/ledger.ts';
import type { CellAnalysis, MetricAnalysis, RunResult } from '../../harness/contracts/result.ts';
import { decide } from '../../harness/verdict/verdict.ts';
import terminal from '../../reports/terminal.ts';
import {
  type CellScript,
  cellLedger,
  flat,
  KiB,
  ledgerOf,
  type Metrics,
  MiB,
  type PlanSpec,
  planOf,
  source,
} from '../analyze/build-ledger.ts';

const GiB = 1024 * MiB;

interface Judged {
  readonly result: RunResult;
  readonly cell: CellAnalysis;
  readonly kind: CellAnalysis['classification']['kind'];
}

function judge(
  cycles: number,
  metrics: Metrics,
  { more = [], ...spec }: Partial<PlanSpec> & { more?: readonly LedgerEntry[] } = {},
): Judged {
  const script: CellScript = { cycles, metrics };
  const plan = planOf({ cells: [{}], cycles, ...spec });
  const entries = [...cellLedger(script), ...more];
  const result = decide(plan, analyzeRun(plan, { entries, problems: [] }));
  const [cell] = result.cells;
  if (cell === undefined) throw new Error('no cell was analysed');
  return { result, cell, kind: cell.classification.kind };
}

const live = (cell: CellAnalysis): MetricAnalysis => {
  const metric = cell.metrics.find(({ id }) => id === 'native.live');
  if (metric === undefined) throw new Error('no live bytes');
  return metric;
};

const noisy = (seed: number, sd: number, mean: (k: number) => number): ((k: number) => number) => {
  const { normal } = source(seed);
  const values = Array.from({ length: 2000 }, (_, i) => mean(i) + sd * normal());
  return (k) => values[k] ?? 0;
};

/** What other gates got wrong in public, each with the answer that is required here (`judge.md`, golden cases). */
describe('public failures of other gates', () => {
  describe('"growth over 10 % and over 20 MB" passed the run of 24 h (11.8 MB, 45 %) that proved the leak', () => {
    const rise = (11.8 * 1e6) / 288;

    test('a cycle every five minutes: it is a leak', () => {
      const { kind, result } = judge(288, {
        'native.live': noisy(1, 60 * KiB, (k) => 26 * 1e6 + rise * k),
      });
      expect([kind, result.exitCode]).toEqual(['leak', 1]);
    });

    test('too noisy to be seen: it is no pass without a word on what could have been seen', () => {
      const { cell, result } = judge(288, {
        'native.live': noisy(2, 40 * MiB, (k) => 26 * 1e6 + rise * k),
      });
      const { trend } = live(cell);
      expect(trend.minimumDetectableSlope ?? 0).toBeGreaterThan(rise);
      expect(result.verdict).not.toBe('pass');
      expect(terminal.render(result, { color: false, width: 100 })).toMatch(
        /could have seen|cannot be told from/,
      );
    });
  });

  test('least squares through a saw-tooth of 14 to 76 MB failed 33 and 85 of 361 healthy windows', () => {
    const { uniform } = source(3);
    const phase = Math.floor(12 * uniform());
    const tooth = (k: number): number => (14 + (62 * ((k + phase) % 12)) / 11) * MiB;
    const healthy = noisy(4, MiB / 2, tooth);
    const kinds = Array.from(
      { length: 361 },
      (_, start) => judge(60, { 'managed.live': (k) => healthy(start + k) }).kind,
    );
    expect(kinds.filter((kind) => kind === 'leak')).toEqual([]);
  });

  test('one step of about 113 KB was read as 265 B per call', () => {
    const { kind, cell } = judge(
      60,
      { 'native.live': (k) => 20 * MiB + (k >= 24 ? 113_000 : 0) },
      { budgets: [{ metric: 'native.live', level: 'error', maxPerCycle: 128 }] },
    );
    expect(['steady', 'warm-up']).toContain(kind);
    expect(Math.abs(live(cell).trend.endSlopePerCycle)).toBeLessThan(128);
  });

  test('a cache that fills, +603 MB in 1000 requests, was called a leak', () => {
    const fills = noisy(5, 200 * KiB, (k) => 90 * MiB + 603 * 1e6 * (1 - Math.exp(-k / 15)));
    for (const cycles of [30, 60, 100, 200]) {
      expect(judge(cycles, { 'native.live': fills }).kind).not.toMatch(/leak|mixed/);
    }
    expect(judge(200, { 'native.live': fills }).kind).toBe('warm-up');
  });

  test('four cycles: three of nine healthy routes were leaks', () => {
    for (let seed = 0; seed < 9; seed += 1) {
      const route = noisy(seed, 2 * MiB, (k) => 60 * MiB + k * MiB);
      const { kind, result } = judge(4, { 'native.live': route });
      expect([kind, result.exitCode]).toEqual(['undecided', 3]);
    }
  });

  test('a run that measured nothing exited with 0', () => {
    const plan = planOf({ cells: [{}] });
    const nothing = decide(plan, analyzeRun(plan, { entries: [], problems: [] }));
    expect([nothing.verdict, nothing.exitCode]).toEqual(['broken', 4]);
    const unread = judge(30, { 'native.live': () => null });
    expect(unread.result.exitCode).not.toBe(0);
    const none = planOf({ cells: [] });
    expect(decide(none, analyzeRun(none, ledgerOf())).exitCode).not.toBe(0);
  });

  describe('a limit was raised from 2 to 10 MB per minute because it "failed every nightly"', () => {
    test('the noise is measured: healthy nightlies never fail', () => {
      const exits = Array.from(
        { length: 30 },
        (_, seed) =>
          judge(60, { 'native.live': noisy(100 + seed, 2 * MiB, flat(80 * MiB)) }).result,
      );
      expect(exits.filter(({ exitCode }) => exitCode === 1)).toEqual([]);
      const trend = exits[0]?.cells[0]?.metrics[0]?.trend;
      expect(trend?.noise).toBeGreaterThan(MiB);
      expect(trend?.minimumDetectableSlope ?? 0).toBeGreaterThan(16 * KiB);
    });

    test('every default budget has its reason, and a limit that is never near is said', () => {
      for (const { metric, reason } of DEFAULT_BUDGETS) expect(reason, metric).toBeTruthy();
      const { result } = judge(60, { 'native.live': noisy(7, 40, flat(20 * MiB)) });
      expect(result.tighterBudgets).toMatchObject([{ metric: 'native.live', couldBe: KiB }]);
    });
  });

  test('malloc_trim returned 6 of 305 MB of free memory, "so it must be a leak"', () => {
    const pinned = (k: number): number => 5 * MiB * k;
    const memory: Metrics = {
      'native.live': flat(80 * MiB),
      'native.pinned': pinned,
      'native.trimmable': flat(6 * MiB),
      'native.resident': (k) => 86 * MiB + pinned(k),
      'memory.anonymous': (k) => 130 * MiB + pinned(k),
      'memory.rss': (k) => 200 * MiB + pinned(k),
    };
    const [, trimmed] = cellLedger({ cycles: 1, metrics: { 'native.trimmable': flat(0) } });
    if (trimmed?.type !== 'sample') throw new Error('unexpected ledger');
    const more = [
      { ...trimmed, type: 'checkpoint' as const, checkpoint: 'left+trim' as const, cycle: 61 },
    ];
    const { kind, result } = judge(61, memory, { more });
    expect([kind, result.verdict, result.exitCode]).toEqual(['fragmentation', 'warn', 0]);
  });

  test('fordblks of 14.6 GB with 1.1 GB resident was "14.6 GB of slack"', () => {
    const { kind, cell } = judge(40, {
      'native.live': flat(0.7 * GiB),
      'native.pinned': flat(0.1 * GiB),
      'native.trimmable': flat(0.1 * GiB),
      'native.resident': flat(0.9 * GiB),
      'native.free': (k) => 14 * GiB + 15 * MiB * k,
      'memory.anonymous': flat(GiB),
      'memory.rss': flat(1.1 * GiB),
    });
    expect(kind).toBe('steady');
    const [look] = cell.breakdown;
    const parts = Object.values(look?.parts ?? {});
    expect(parts.reduce((sum, bytes) => sum + bytes, 0)).toBe(look?.resident);
    expect(Math.max(...parts)).toBeLessThan(1.1 * GiB);
  });

  test('waves of 4000 rooms, 15.6 to 19.7 and then 19.5 GB, were called a leak', () => {
    const waves = [15.6, 18.1, 17.9, 19, 18.7, 19.7, 19.5];
    const { kind, cell, result } = judge(waves.length, {
      'native.live': (k) => (waves[k - 1] ?? 0) * 2 ** 30,
    });
    expect([kind, result.verdict]).toEqual(['undecided', 'inconclusive']);
    expect(cell.classification.why).toMatch(/rises shrink \(2\.5 GiB, 1\.1 GiB, 1 GiB\); \d+ more/);
    expect(cell.classification.wouldDecide).toMatch(/about \d+ cycles/);
  });
});

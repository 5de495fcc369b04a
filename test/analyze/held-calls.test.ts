import { describe, expect, it } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import type { Budget } from '../../harness/contracts/plan.ts';
import type { CellAnalysis } from '../../harness/contracts/result.ts';
import {
  type CellScript,
  type CellSpec,
  flat,
  KiB,
  leak,
  ledgerOf,
  MiB,
  planOf,
  source,
} from './build-ledger.ts';

const HELD: CellSpec = { scenario: 'hold', pace: 'time' };

function analyze(script: Partial<CellScript>, budgets: readonly Budget[] = []): CellAnalysis {
  const whole = { cell: HELD, cycles: 40, metrics: {}, ...script };
  const plan = planOf({ cells: [whole.cell], cycles: whole.cycles, budgets });
  const [cell] = analyzeRun(plan, ledgerOf(whole)).cells;
  if (cell === undefined) throw new Error('no cell');
  return cell;
}

/** Slices of 2 s at first, and of 6 s where the machine was busy. */
const busyLater = (cycle: number): number => 2 * cycle + (cycle > 20 ? 4 * (cycle - 20) : 0);

describe('a call that is held', () => {
  it('and queues what nobody reads is a leak that is driven by time, said per minute', () => {
    const { normal } = source(1);
    const perSecond = 100 * KiB;
    const { classification, metrics, sizeClasses } = analyze({
      secondOf: busyLater,
      metrics: {
        'native.live': (k) => 10 * MiB + perSecond * busyLater(k) + 5 * KiB * normal(),
        'threads.total': flat(12),
      },
      census: (k) => [{ sizeBytes: 1024, count: 100 * k }],
    });
    expect(classification).toMatchObject({ kind: 'leak', leaking: ['native'], driver: 'time' });
    expect(classification.evidence.map(({ rule }) => rule)).toEqual(['held-room-grows']);
    expect(classification.why).toMatch(
      /^native live grows by 5\.8\d* MiB per minute \[.*\] over 1 min \d+ s, its budget is 0\.5 MiB: it grows with the time that one call is held/,
    );
    const live = metrics.find(({ id }) => id === 'native.live');
    expect((live?.trend.slopePerCycle ?? 0) / (60 * perSecond)).toBeCloseTo(1, 2);
    expect(live?.trend.window.to).toBe(40);
    expect(live?.cyclesPerMinute).toBeCloseTo(15, 0);
    expect(sizeClasses).toEqual([]);
  });

  it('is said per minute where another allocator tells the live bytes', () => {
    const cell = { ...HELD, allocator: 'jemalloc' };
    const metrics = { 'memory.anonymous': leak(60 * MiB, 200 * KiB) };
    const other = { 'native.live': leak(10 * MiB, 200 * KiB) };
    const plan = planOf({ cells: [cell, HELD], cycles: 40 });
    const scripts = [
      { cell, cycles: 40, metrics, secondOf: busyLater },
      { cell: HELD, cycles: 40, metrics: other, secondOf: busyLater },
    ];
    const [blind] = analyzeRun(plan, ledgerOf(...scripts)).cells;
    expect(blind?.classification.why).toMatch(
      /anonymous memory rises here by [\d.]+ MiB per minute/,
    );
  });

  it('passes by what it may do at most: growth too small to be surely called is undecided, never a pass', () => {
    const perMinute = (seed: number, bytes: number) => {
      const { normal } = source(seed);
      const metrics = {
        'native.live': (k: number) => 10 * MiB + (bytes * k) / 30 + 60 * KiB * normal(),
      };
      const cell = analyze({ cycles: 20, metrics, secondOf: (cycle) => 2 * cycle });
      const live = cell.metrics.find(({ id }) => id === 'native.live');
      return { check: live?.check, detectable: live?.trend.minimumDetectableSlope ?? 0 };
    };
    const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
    const calm = seeds.map((seed) => perMinute(seed, 0));
    const growing = seeds.map((seed) => perMinute(seed, 1.5 * MiB));
    expect(
      calm.filter(({ check, detectable }) => check === 'pass' && detectable > 2 * MiB),
    ).not.toEqual([]);
    expect(growing.filter(({ check }) => check === 'pass')).toEqual([]);
    expect(growing.filter(({ check }) => check === 'inconclusive')).not.toEqual([]);
  });

  it('may move by what a cycle may not, and by no more than its budget per minute', () => {
    const metrics = { 'native.live': leak(10 * MiB, 10 * KiB) };
    const slices = { metrics, secondOf: (cycle: number) => 2 * cycle };
    expect(analyze(slices).classification).toMatchObject({
      kind: 'steady',
      why: expect.stringContaining('creeps by 0.293 MiB per minute'),
    });
    const own: Budget = {
      metric: 'native.live',
      level: 'error',
      maxPerCycle: 100 * KiB,
      per: 'minute',
    };
    expect(analyze(slices, [own]).classification.kind).toBe('leak');
    const { per: _, ...perCycle } = own;
    expect(analyze(slices, [{ ...perCycle, maxPerCycle: 1 }]).classification.kind).toBe('steady');
  });

  it('that leaves a thread behind every second slice names the thread', () => {
    const { classification } = analyze({
      metrics: {
        'native.live': flat(10 * MiB),
        'threads.total': (k) => 10 + Math.floor(k / 2),
        'threads.queue': (k) => 1 + Math.floor(k / 2),
        'fds.pipe': (k) => 10 + Math.floor(k / 2),
      },
    });
    expect(classification).toMatchObject({
      kind: 'leak',
      leaking: ['threads.queue', 'fds.pipe'],
      driver: 'time',
    });
  });
});

describe('counts that rise', () => {
  const rising = {
    'native.live': flat(MiB),
    'threads.total': (k: number) => 6 + k,
    'threads.pool': (k: number) => 1 + k,
  };
  const cell: CellSpec = {};
  const idle = (threads: number) => ({
    checkpoint: 'left+idle' as const,
    metrics: {
      'native.live': flat(MiB),
      'threads.total': flat(6 + threads),
      'threads.pool': flat(1 + threads),
    },
  });

  it('are a leak when they stay after the last cycle', () => {
    const found = analyze({ cell, metrics: rising, idle: idle(40) }).classification;
    expect(found).toMatchObject({ kind: 'leak', leaking: ['threads.pool'], driver: 'cycles' });
  });

  it('are late teardown when they are back at their base after it', () => {
    const { classification, metrics } = analyze({ cell, metrics: rising, idle: idle(1) });
    expect(classification.kind).toBe('steady');
    expect(metrics.find(({ id }) => id === 'threads.pool')?.trend.reason).toBe(
      'Is back at 2 after the last cycle: what is left behind does not go away.',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { judgeSeries } from '../../../harness/analyze/judge/judge-series.ts';
import type { Trend } from '../../../harness/contracts/trend.ts';
import { allFamilies } from '../../bench/judges/generators.ts';
import { drawSeries } from '../../bench/judges/measure.ts';

const drawn = allFamilies.flatMap((family) =>
  [20, 60].map((points) => ({
    id: `${family.id}, n=${points}`,
    ...drawSeries({ family, points, repetitions: 1, redraw: true, seed: 5 }, 0),
  })),
);

function judge(
  values: ArrayLike<number>,
  budget: number,
  kind: 'bytes' | 'count',
  cycles?: readonly number[],
): Trend {
  const points = {
    cycles: cycles ?? Array.from(values, (_, i) => i + 1),
    values: Array.from(values),
  };
  return judgeSeries(points, { budgetPerCycle: budget, kind });
}

describe('the judge', () => {
  it.each(drawn)('has no number that is not one: $id', ({ values, budget, kind }) => {
    const { shape: _s, reason, window, straight, ...numbers } = judge(values, budget, kind);
    const bad = Object.entries({ ...numbers, ...window, ...straight }).filter(
      ([, v]) => v !== null && !Number.isFinite(v),
    );
    expect(bad).toEqual([]);
    expect(reason).not.toMatch(/NaN|undefined|Infinity/);
  });

  it.each(drawn)('keeps slope, interval and shape in order: $id', ({ values, budget, kind }) => {
    const trend = judge(values, budget, kind);
    const limit = kind === 'count' ? Math.max(0.05, budget) : budget;
    expect(trend.intervalLow).toBeLessThanOrEqual(trend.slopePerCycle);
    expect(trend.slopePerCycle).toBeLessThanOrEqual(trend.intervalHigh);
    if (trend.shape === 'growing') expect(trend.intervalLow).toBeGreaterThan(limit);
    if (trend.shape === 'steady') expect(trend.intervalHigh).toBeLessThanOrEqual(limit);
    if (trend.shape === 'undecided')
      expect([trend.intervalLow <= limit, trend.intervalHigh >= limit]).toEqual([true, true]);
  });

  it.each(drawn.filter(({ kind }) => kind === 'bytes'))(
    'does not care for the unit: $id',
    ({ values, budget }) => {
      const one = judge(values, budget, 'bytes');
      const other = judge(
        values.map((v) => v * 1024),
        budget * 1024,
        'bytes',
      );
      expect(other.shape).toBe(one.shape);
      expect(other.slopePerCycle / 1024).toBeCloseTo(one.slopePerCycle, 6);
      expect((other.minimumDetectableSlope ?? 0) / 1024).toBeCloseTo(
        one.minimumDetectableSlope ?? 0,
        6,
      );
    },
  );

  it.each(drawn)('does not care for the level: $id', ({ values, budget, kind }) => {
    const one = judge(values, budget, kind);
    const other = judge(
      values.map((v) => v + 4096),
      budget,
      kind,
    );
    expect(other.shape).toBe(one.shape);
    expect(other.slopePerCycle).toBeCloseTo(one.slopePerCycle, 6);
  });

  it('takes gaps and unreadable samples as missing, never as values', () => {
    const cycles = Array.from({ length: 60 }, (_, i) => i + 1);
    const values = cycles.map((k) => 1e6 + 40e3 * k + ((k * k * 7919) % 13) * 500);
    const holes = values.map((v, i) => (i % 7 === 3 ? Number.NaN : v));
    const kept = cycles.filter((_, i) => i % 7 !== 3);
    const withHoles = judge(holes, 16e3, 'bytes', cycles);
    const left = judge(
      values.filter((_, i) => i % 7 !== 3),
      16e3,
      'bytes',
      kept,
    );
    expect(withHoles).toEqual(left);
    expect(withHoles.shape).toBe('growing');
    expect(withHoles.slopePerCycle).toBeCloseTo(40e3, -3);
  });

  it('measures slopes per cycle when the cycles are far apart', () => {
    const cycles = Array.from({ length: 40 }, (_, i) => 1 + 10 * i);
    const trend = judge(
      cycles.map((k) => 1e6 + 30e3 * k),
      16e3,
      'bytes',
      cycles,
    );
    expect([trend.shape, Math.round(trend.slopePerCycle), trend.cyclesSeen]).toEqual([
      'growing',
      30e3,
      391,
    ]);
  });

  it('gives the same answer twice', () => {
    const { values, budget, kind } = drawn[8] ?? {
      values: new Float64Array(20),
      budget: 1,
      kind: 'bytes' as const,
    };
    expect(judge(values, budget, kind)).toEqual(judge(values, budget, kind));
  });
});

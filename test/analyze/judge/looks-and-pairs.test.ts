import { describe, expect, it } from 'vitest';
import { compareSlopes, slopeDifference } from '../../../harness/analyze/judge/compare-slopes.ts';
import { judgeSeries } from '../../../harness/analyze/judge/judge-series.ts';
import { decideAtLook, slackPatience } from '../../../harness/analyze/judge/looks.ts';
import { holmSignificant, sharesSignificant } from '../../../harness/analyze/judge/many-metrics.ts';
import { growthThatHolds } from '../../../harness/analyze/many-metrics.ts';
import { allFamilies, type Family, noise } from '../../bench/judges/generators.ts';
import { twoErrors } from '../../bench/judges/measure.ts';
import { seededSource } from '../../bench/judges/random.ts';
import { measureSwap } from '../../bench/judges/swap.ts';
import { endsOf } from '../../bench/judges/table.ts';

const options = { budgetPerCycle: 0.5 };

function points(n: number, seed: number, shape: (k: number) => number) {
  const cycles = Array.from({ length: n }, (_, i) => i + 1);
  const drawn = noise(seededSource(seed), n);
  return { cycles, values: cycles.map((k, i) => 20_000 + shape(k) + (drawn[i] ?? 0)) };
}

/** How often a pair of shapes is compared as each result. */
function compared(n: number, first: (k: number) => number, second: (k: number) => number) {
  const counts = { same: 0, allocator: 0, different: 0, undecided: 0 };
  const repetitions = 40;
  for (let i = 0; i < repetitions; i += 1) {
    const a = judgeSeries(points(n, 1000 + i, first), options);
    const b = judgeSeries(points(n, 5000 + i, second), options);
    counts[compareSlopes(a, b).result] += 1 / repetitions;
  }
  return counts;
}

describe('the allocator swap', () => {
  const leak = (k: number) => 16 * k;
  const saturating = (k: number) => 5000 * (1 - Math.exp(-k / 12));

  it('calls equal slopes a leak', () => {
    expect(compared(50, leak, leak).same).toBeGreaterThanOrEqual(0.8);
    expect(compared(100, leak, leak).same).toBeGreaterThanOrEqual(0.9);
  });

  it('calls growth under one only the allocator', () => {
    expect(compared(50, leak, () => 0).allocator).toBeGreaterThanOrEqual(0.85);
  });

  it('does not take two curves that saturate for a leak', () => {
    const result = compared(50, saturating, saturating);
    expect([result.same, result.different]).toEqual([0, 0]);
  });

  it.each([
    ['leak 4 KB', 'leak 4 KB', 50, 0.85],
    ['leak 4 KB', 'leak 4 KB', 100, 0.91],
    ['arenas walk + 16 KB', 'leak 16 KB', 50, 0.66],
    ['arenas walk + 16 KB', 'leak 16 KB', 100, 0.8],
  ] as const)(
    'lets two witnesses that each see a little see it together: %s and %s, n = %i: %f',
    (first, second, points, goal) => {
      const { same } = measureSwap(first, second, { points, repetitions: 80, seed: 31 });
      expect(same).toBeGreaterThanOrEqual(goal - twoErrors(goal, 80));
    },
  );

  it.each([
    'saturating 5 MB, tau 10',
    'saturating, tau n/4',
    'saturating, tau n/2',
    '100 KB sqrt k',
    '300 KB ln k',
    'arenas +-132 KB, p .15',
  ])('and what is bounded under both is not taken for a leak: %s', (id) => {
    const rates = [50, 100, 200].map((points) => {
      const { same, different } = measureSwap(id, id, { points, repetitions: 40, seed: 32 });
      return same + different;
    });
    expect(rates.reduce((a, b) => a + b, 0) / 3).toBeLessThanOrEqual(0.03);
  });

  it('gives the interval of the difference', () => {
    const a = judgeSeries(points(60, 1, leak), options);
    const b = judgeSeries(
      points(60, 2, (k) => 8 * k),
      options,
    );
    const { difference, low, high } = slopeDifference(a, b);
    expect(low).toBeLessThan(8);
    expect(high).toBeGreaterThan(8);
    expect(difference).toBeCloseTo(a.slopePerCycle - b.slopePerCycle, 10);
  });
});

describe('looking more than once', () => {
  const repetitions = 100;
  const familyOf = (id: string): Family => allFamilies.find((family) => family.id === id) as Family;

  it('stops for a plain leak at 50 cycles and not before', () => {
    const leak = points(200, 7, (k) => 64 * k);
    const upTo = (n: number) => ({
      cycles: leak.cycles.slice(0, n),
      values: leak.values.slice(0, n),
    });
    const first = decideAtLook(upTo(25), options, 25);
    expect([first.answer, first.stop, first.nextLook]).toEqual([null, false, 50]);
    const second = decideAtLook(upTo(50), options, 50);
    expect([second.answer, second.stop, second.nextLook]).toEqual(['growing', true, null]);
    expect(second.reason).toMatch(/^Decided after 50 cycles\./);
  });

  it.each([
    'white noise',
    'saturating 5 MB, tau 10',
    'bounded random walk',
    'arenas +-132 KB, p .15',
    '100 KB sqrt k',
    'hyperbola, quiet',
  ])('calls no leak where there is none, at any look: %s', (id) => {
    const { growing } = endsOf(familyOf(id), { repetitions, redraw: false, seed: 15 });
    expect(growing.length / repetitions).toBeLessThanOrEqual(0.03 + twoErrors(0.03, repetitions));
  });

  it.each([
    ['leak 1 KB/cycle', 0.75, 190],
    ['leak 4 KB', 0.95, 84],
    ['leak 16 KB', 1, 55],
    ['16 KB in 132 KB jumps', 1, 70],
  ])('and calls leaks early: %s', (id, power, cycles) => {
    const { growing } = endsOf(familyOf(id), { repetitions, redraw: false, seed: 16 });
    expect(growing.length / repetitions).toBeGreaterThanOrEqual(power);
    const mean = growing.reduce((sum, end) => sum + end, 0) / growing.length;
    expect(mean).toBeLessThanOrEqual(cycles);
  });

  it('waits longer on slack', () => {
    const leak = points(50, 7, (k) => 64 * k);
    expect(decideAtLook(leak, { ...options, patience: slackPatience }, 50).answer).toBeNull();
  });

  it('says how far it got when the last look does not decide', () => {
    const root = points(200, 8, (k) => 100 * Math.sqrt(k));
    const last = decideAtLook(root, options, 200);
    expect([last.answer, last.stop, last.nextLook]).toEqual([null, true, null]);
    expect(last.reason).toMatch(/^Not decided after 200 cycles\./);
  });
});

describe('many metrics at once', () => {
  it('follows Holm', () => {
    expect(holmSignificant([0.01, 0.04, 0.03, 0.005], 0.05)).toEqual([true, false, false, true]);
    expect(holmSignificant([], 0.05)).toEqual([]);
  });

  it('or the false share, as Benjamini and Hochberg do', () => {
    expect(sharesSignificant([0.2, 0.026, 0.04, 0.005], 0.05)).toEqual([false, false, false, true]);
    expect(sharesSignificant([0.01, 0.04, 0.03, 0.005], 0.05)).toEqual([true, true, true, true]);
    expect(sharesSignificant([0.2, 0.026, 0.03, 0.005], 0.05)).toEqual([false, true, true, true]);
    expect(sharesSignificant([0.9], 0.05)).toEqual([false]);
    expect(sharesSignificant([], 0.05)).toEqual([]);
  });

  it('takes back growth that only stands alone, and keeps what is plain', () => {
    const series = points(100, 3, (k) => 64 * k);
    const plain = judgeSeries(series, options);
    const weak = { ...plain, pGrowing: 0.009 };
    const kept = growthThatHolds(
      [
        weak,
        plain,
        ...Array.from({ length: 10 }, () => ({
          ...plain,
          shape: 'steady' as const,
          pGrowing: 0.6,
        })),
      ].map((trend) => ({ trend, series, role: 'count' as const, isJudged: true })),
    );
    expect(kept.slice(0, 3).map(({ trend }) => trend.shape)).toEqual([
      'undecided',
      'growing',
      'steady',
    ]);
  });
});

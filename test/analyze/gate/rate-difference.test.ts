import { describe, expect, it } from 'vitest';
import { rateDifference } from '../../../harness/analyze/gate/rate-difference.ts';
import type { MetricRate } from '../../../harness/contracts/gate.ts';
import { source } from '../build-ledger.ts';

const rate = (slopePerCycle: number, more: Partial<MetricRate> = {}): MetricRate => ({
  slopePerCycle,
  standardError: 0,
  spread: null,
  repeats: 1,
  cycles: 60,
  gates: true,
  ...more,
});
const answers = (differences: readonly number[], more: Partial<MetricRate>) =>
  differences.map((by) => rateDifference(rate(100, more), rate(100 + by, more), 10).answer);

describe('the difference of two rates', () => {
  it('of exact series is exact, and worse only beyond what is allowed', () => {
    expect(rateDifference(rate(100), rate(120), 10)).toEqual({
      difference: 20,
      low: 20,
      high: 20,
      couldSee: 10,
      answer: 'worse',
    });
    expect(answers([-20, -10, -9, 0, 9, 10, 11], {})).toEqual([
      'better',
      'better',
      'same',
      'same',
      'same',
      'same',
      'worse',
    ]);
  });

  it('cannot be told where the interval holds what is allowed, and says what it could have seen', () => {
    const noisy = { standardError: 5 };
    expect(answers([-40, 0, 10, 40], noisy)).toEqual(['better', 'undecided', 'undecided', 'worse']);
    const { low, high, couldSee } = rateDifference(rate(100, noisy), rate(100, noisy), 10);
    // Student's t with 2 x 14 degrees: 2.048 and 1.313.
    expect(high).toBeCloseTo(2.048 * Math.SQRT2 * 5, 1);
    expect(low).toBeCloseTo(-high, 6);
    expect(couldSee).toBeCloseTo(10 + (2.048 + 1.313) * Math.SQRT2 * 5, 1);
  });

  it('has the spread between repeats in it: what one process does exactly another does not', () => {
    const apart = { spread: 6, repeats: 3 };
    const { high } = rateDifference(rate(100, apart), rate(100, apart), 10);
    // Two variances of 36 / 3 and 4 degrees of freedom: t = 2.776.
    expect(high / (2.776 * Math.sqrt(24))).toBeCloseTo(1, 1);
    expect(answers([0, 40], apart)).toEqual(['undecided', 'worse']);
    // Of two repeats nobody knows much: one degree of freedom a side, two together.
    const two = { spread: 6, repeats: 2 };
    expect(rateDifference(rate(100, two), rate(100, two), 10).high).toBeCloseTo(4.303 * 6, 1);
  });

  it('lends the spread of one side to the other, and is no surer of it for being used twice', () => {
    const { high } = rateDifference(rate(100, { spread: 6, repeats: 3 }), rate(100), 10);
    expect(high).toBeCloseTo(4.303 * Math.sqrt(36 / 3 + 36), 0);
  });

  it('holds its error: of repeats that differ by chance alone one in forty is called worse at most', () => {
    const { normal } = source(77);
    const draw = (mean: number): MetricRate => {
      const slopes = [1, 2, 3].map(() => mean + 6 * normal());
      const slopePerCycle = slopes.reduce((sum, slope) => sum + slope, 0) / 3;
      const squares = slopes.reduce((sum, slope) => sum + (slope - slopePerCycle) ** 2, 0);
      return rate(slopePerCycle, { spread: Math.sqrt(squares / 2), repeats: 3 });
    };
    const found = Array.from({ length: 4000 }, () => rateDifference(draw(100), draw(110), 10));
    const share = found.filter(({ answer }) => answer === 'worse').length / found.length;
    const held = found.filter(({ low, high }) => low <= 10 && high >= 10).length / found.length;
    expect(share).toBeLessThanOrEqual(0.03);
    expect(held).toBeGreaterThanOrEqual(0.94);
    // And it sees: ten standard errors over what is allowed are found.
    const clear = Array.from({ length: 500 }, () => rateDifference(draw(100), draw(170), 10));
    expect(clear.filter(({ answer }) => answer === 'worse').length / 500).toBeGreaterThan(0.95);
  });
});

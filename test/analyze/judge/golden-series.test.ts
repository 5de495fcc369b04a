import { describe, expect, it } from 'vitest';
import { judgeSeries } from '../../../harness/analyze/judge/judge-series.ts';
import { mostAtEnd } from '../../../harness/contracts/trend.ts';
import { seededSource } from '../../bench/judges/random.ts';

/** Public failures of other gates (`judge.md`), each as the series that fooled them. Values are bytes. */
const MB = 1e6;
const KB = 1e3;

function series(n: number, value: (k: number) => number, noise = 0, seed = 1) {
  const { normal } = seededSource(seed);
  const cycles = Array.from({ length: n }, (_, i) => i + 1);
  return { cycles, values: cycles.map((k) => Math.round(value(k) + noise * normal())) };
}

describe('public failures of other gates', () => {
  it('sees the 11.8 MB in 24 hours that "10 % and 20 MB" passed', () => {
    const day = series(96, (k) => 26 * MB + (11.8 * MB * k) / 96, 300 * KB);
    const trend = judgeSeries(day, { budgetPerCycle: 16 * KB });
    expect(trend.shape).toBe('growing');
    expect(trend.slopePerCycle).toBeCloseTo(11.8 * (MB / 96), -5);
    const short = judgeSeries(
      series(20, (k) => 26 * MB + 123 * KB * k, 2 * MB),
      {
        budgetPerCycle: 16 * KB,
      },
    );
    expect(short.shape).not.toBe('steady');
    expect(short.minimumDetectableSlope ?? 0).toBeGreaterThan(123 * KB);
  });

  it('is never fooled by windows of a healthy 14 to 76 MB saw-tooth', () => {
    const saw = series(361 + 60, (k) => 14 * MB + ((k % 12) / 11) * 62 * MB, MB);
    const shapes = Array.from({ length: 361 }, (_, from) => {
      const window = {
        cycles: saw.cycles.slice(from, from + 60),
        values: saw.values.slice(from, from + 60),
      };
      return judgeSeries(window, { budgetPerCycle: 16 * KB }).shape;
    });
    expect(shapes.filter((shape) => shape === 'growing')).toEqual([]);
  });

  it('reads one step of 113 KB as a step, not as 265 B per call', () => {
    const step = series(100, (k) => 4 * MB + (k >= 40 ? 113 * KB : 0), 200);
    const trend = judgeSeries(step, { budgetPerCycle: 100 });
    expect(trend.shape).toBe('stepped');
    expect(trend.intervalHigh).toBeLessThanOrEqual(100);
    expect(trend.reason).toContain('one step of 0.11 MiB');
  });

  it('does not call a cache that fills by 603 MB a leak', () => {
    for (const n of [20, 40, 100]) {
      const cache = series(n, (k) => 200 * MB + 603 * MB * (1 - Math.exp(-k / 12)), 2 * MB);
      expect(judgeSeries(cache, { budgetPerCycle: 64 * KB }).shape).not.toBe('growing');
    }
  });

  it('or one that fills ever more slowly and has come half of the way', () => {
    const shapes = Array.from({ length: 20 }, (_, seed) => {
      const cache = series(50, (k) => 200 * MB + (3 * MB * k) / (k + 25), KB, seed);
      return judgeSeries(cache, { budgetPerCycle: 500 }).shape;
    });
    expect(new Set(shapes)).toEqual(new Set(['decelerating']));
  });

  it('says nothing after four cycles', () => {
    const trend = judgeSeries(
      series(4, (k) => k * MB),
      { budgetPerCycle: 16 * KB },
    );
    expect([trend.shape, trend.cyclesToDecide, trend.minimumDetectableSlope]).toEqual([
      'undecided',
      15,
      null,
    ]);
  });

  it('does not pass a run that measured nothing', () => {
    const trend = judgeSeries({ cycles: [], values: [] }, { budgetPerCycle: 16 * KB });
    expect([trend.shape, trend.cyclesSeen]).toEqual(['undecided', 0]);
  });

  it('says of seven waves of rooms that their rises shrink', () => {
    const waves = [15.6, 18.1, 17.9, 19.0, 18.7, 19.7, 19.5].map((gb) => gb * 2 ** 30);
    const trend = judgeSeries(
      { cycles: waves.map((_, i) => i), values: waves },
      { budgetPerCycle: MB },
    );
    expect(trend.shape).toBe('undecided');
    expect(trend.reason).toBe(
      'Only 7 cycles could be read, and nothing is said below 15. So far the rises shrink (2.5 GiB, 1.1 GiB, 1 GiB); 8 more cycles would tell.',
    );
  });
});

describe('series of real programs', () => {
  it.each([1, 2, 3, 5])(
    'never passes 100 B per cycle behind an exact 1 MB warm-up (tau %i)',
    (tau) => {
      for (let n = 15; n <= 80; n += 1) {
        const exact = series(n, (k) => 20 * KB + MB * (1 - Math.exp(-k / tau)) + 100 * k);
        const { shape, intervalHigh } = judgeSeries(exact, { budgetPerCycle: 50 });
        const passes = (shape === 'steady' || shape === 'warm-up') && intervalHigh <= 50;
        expect([n, passes]).toEqual([n, false]);
        if (n >= 12 * tau + 15) expect([n, shape]).toEqual([n, 'growing']);
      }
    },
  );

  it.each([25, 40])('calls 0.4 MB per cycle of live bytes a leak after %i cycles', (n) => {
    const leak = series(n, (k) => 3 * MB + 0.4 * MB * k, 300);
    const trend = judgeSeries(leak, { budgetPerCycle: 16 * 1024 });
    expect(trend.shape).toBe('growing');
    expect(trend.slopePerCycle / MB).toBeCloseTo(0.4, 3);
    expect(trend.intervalLow).toBeGreaterThan(0.39 * MB);
    expect(trend.reason).toContain('Grows by 0.38 MiB per cycle');
  });

  it('calls the fixed version steady and says how it creeps', () => {
    const creep = series(40, (k) => 5 * MB + 900 * KB * (1 - Math.exp(-k / 3)) + 3.2 * KB * k, 800);
    const trend = judgeSeries(creep, { budgetPerCycle: 16 * 1024 });
    expect(['steady', 'warm-up']).toContain(trend.shape);
    expect(trend.slopePerCycle).toBeLessThan(16 * 1024);
    expect(trend.reason).toMatch(/creeps by 3\.\d+ KiB per cycle/i);
  });

  it.each([25, 100])(
    'calls constant thread counts steady and says what they could have shown',
    (n) => {
      const trend = judgeSeries(
        series(n, () => 23),
        { budgetPerCycle: 0, kind: 'count' },
      );
      expect([trend.shape, trend.slopePerCycle, trend.noise]).toEqual(['steady', 0, 0]);
      expect(trend.minimumDetectableSlope).toBeCloseTo(5 / (n - 1), 5);
    },
  );

  it.each([20, 40, 100])('calls one more thread per cycle a leak after %i cycles', (n) => {
    const trend = judgeSeries(
      series(n, (k) => 22 + k),
      { budgetPerCycle: 0, kind: 'count' },
    );
    expect([trend.shape, Number(trend.slopePerCycle.toFixed(6))]).toEqual(['growing', 1]);
  });

  it('calls a thread that is lost every fourth cycle a leak', () => {
    const trend = judgeSeries(
      series(60, (k) => 22 + Math.floor(k / 4)),
      { budgetPerCycle: 0, kind: 'count' },
    );
    expect(trend.shape).toBe('growing');
    expect(trend.slopePerCycle).toBeCloseTo(0.25, 1);
  });

  it('does not call descriptors that saw-tooth by late teardown a leak', () => {
    const trend = judgeSeries(
      series(60, (k) => 40 + 3 * (k % 8)),
      { budgetPerCycle: 0, kind: 'count' },
    );
    expect(trend.shape).toBe('steady');
  });

  it('calls a V8 heap that settles downward steady', () => {
    const heap = series(60, (k) => 9 * MB + 80 * KB * Math.exp(-k / 10), 2 * KB);
    expect(judgeSeries(heap, { budgetPerCycle: 16 * 1024 }).shape).toBe('steady');
  });

  it('says of a square root that it decelerates, with its end slope', () => {
    const root = series(100, (k) => 20 * MB + 100 * KB * Math.sqrt(k), 20 * KB, 3);
    const trend = judgeSeries(root, { budgetPerCycle: 500 });
    expect(trend.shape).toBe('decelerating');
    expect(trend.endSlopePerCycle).toBeGreaterThan(3 * KB);
    expect(trend.endSlopePerCycle).toBeLessThan(8 * KB);
  });
});

describe('growth by steps', () => {
  const options = { budgetPerCycle: 16 * KB };

  it('does not pass what doubles: an array, a table, a map that somebody keeps filling', () => {
    for (let n = 20; n <= 120; n += 1) {
      const doubling = series(n, (k) => MB + 60 * KB * 2 ** Math.ceil(Math.log2(k)));
      const trend = judgeSeries(doubling, options);
      expect([n, mostAtEnd(trend) > options.budgetPerCycle]).toEqual([n, true]);
    }
  });

  it('says that the next step may be due, and when it could be told', () => {
    const rare = series(50, (k) => MB + 504 * KB * Math.floor(k / 15));
    const { shape, reason, cyclesToDecide } = judgeSeries(rare, options);
    expect([shape, cyclesToDecide]).toEqual(['stepped', 77]);
    expect(reason).toBe(
      'Moved in 3 steps of up to 0.48 MiB, and is flat between them, but the next may be due: about 77 cycles in all would tell.',
    );
    const ended = series(100, (k) => MB + 504 * KB * Math.min(3, Math.floor(k / 15)));
    expect(mostAtEnd(judgeSeries(ended, options))).toBeLessThanOrEqual(options.budgetPerCycle);
  });

  it('calls fifteen bursts at odd distances, all upward, a leak', () => {
    const { uniform } = seededSource(7);
    const at = Array.from({ length: 15 }, (_, j) => 13 * j + Math.floor(10 * uniform()));
    const bursts = series(200, (k) => MB + 504 * KB * at.filter((from) => from < k).length);
    expect(judgeSeries(bursts, options).shape).toBe('growing');
  });
});

describe('the slope that is told', () => {
  const options = { budgetPerCycle: 16 * KB };

  it('is that of the end, where a series rises ever more slowly', () => {
    const log = series(50, (k) => 2000 * KB * Math.log(k), 100);
    const trend = judgeSeries(log, options);
    expect(trend.shape).toBe('decelerating');
    expect(trend.slopePerCycle).toBe(trend.endSlopePerCycle);
    expect(trend.intervalHigh).toBeGreaterThanOrEqual(trend.endSlopePerCycle);
  });

  it('is that of the end, where it fell before it rose', () => {
    const late = series(60, (k) => 4 * MB + (k < 30 ? -15 * KB * k : 40 * KB * (k - 41)), 2 * KB);
    const { shape, slopePerCycle } = judgeSeries(late, options);
    expect(shape).toBe('growing');
    expect(slopePerCycle / KB).toBeLessThan(80);
  });

  it('could have been as small as its budget where nothing is left to chance', () => {
    const exact = series(50, (k) => 2 * MB * (1 - Math.exp(-k / 2)) + 12 * KB * k);
    const { minimumDetectableSlope } = judgeSeries(exact, options);
    expect((minimumDetectableSlope ?? 0) / KB).toBeCloseTo(16, 0);
  });

  it('is held to the noise of an idle machine, though this run had none', () => {
    const flat = series(50, () => 5 * MB);
    const calm = judgeSeries(flat, options).minimumDetectableSlope ?? 0;
    const honest = judgeSeries(flat, { ...options, idleNoise: 500 * KB });
    expect(calm / KB).toBeCloseTo(16, 3);
    expect((honest.minimumDetectableSlope ?? 0) / KB).toBeGreaterThan(100);
  });
});

describe('cycles that are numbered by tens', () => {
  const byTens = ({ cycles, values }: ReturnType<typeof series>) => ({
    cycles: cycles.map((k) => 10 * k),
    values,
  });
  const cases = [
    ['steps that may go on', (k: number) => 900 * KB * [8, 22, 41].filter((at) => k >= at).length],
    ['what is not decided yet', (k: number) => 1500 * k],
  ] as const;

  it.each(cases)('change the unit and nothing else: %s', (_, shape) => {
    const ones = series(50, (k) => 20 * MB + shape(k), 20 * KB, 4);
    const one = judgeSeries(ones, { budgetPerCycle: 1000 });
    const ten = judgeSeries(byTens(ones), { budgetPerCycle: 100 });
    expect(one.cyclesToDecide).toBeGreaterThan(50);
    expect(ten.shape).toBe(one.shape);
    expect(ten.cyclesToDecide ?? 0).toBeCloseTo(10 * (one.cyclesToDecide ?? 0), -1);
    expect(10 * ten.endSlopePerCycle).toBeCloseTo(one.endSlopePerCycle, 3);
    expect(10 * ten.intervalHigh).toBeCloseTo(one.intervalHigh, 3);
  });
});

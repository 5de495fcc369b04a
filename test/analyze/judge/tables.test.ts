import { describe, expect, it } from 'vitest';
import { allFamilies, type Family } from '../../bench/judges/generators.ts';
import { measure, twoErrors } from '../../bench/judges/measure.ts';
import { batchRule, tidemark } from '../../bench/judges/rivals.ts';

/** The tables of the judging notes, reduced; `test/bench/judges/main.ts` is the full bench. Every bound leaves 2 SE. */
const repetitions = 80;
const manyMore = 1000;
const sizes = [20, 50, 100] as const;

function family(id: string): Family {
  const found = allFamilies.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no family is called ${id}`);
  return found;
}

const nulls = allFamilies
  .filter(({ truth }) => truth === 'null')
  .flatMap((one) => [false, true].map((redraw) => ({ id: one.id, one, redraw })));

interface Null {
  readonly one: Family;
  readonly redraw: boolean;
}

function rateOf({ one, redraw }: Null, points: number, count = repetitions): number {
  const trial = { family: one, points, repetitions: count, redraw, seed: 11 };
  return measure(trial, [tidemark])[0]?.growing ?? 1;
}

/**
 * At which of these lengths more than 3 % are called growing. Of so many rates some are over by chance: those are
 * counted on, with the first repetitions among them.
 */
function lengthsOver(series: Null, rates: ReadonlyMap<number, number>): number[] {
  const isOver = (rate: number, count: number) => rate > 0.03 + twoErrors(0.03, count);
  return [...rates]
    .filter(([, rate]) => isOver(rate, repetitions))
    .map(([points]) => points)
    .filter((points) => isOver(rateOf(series, points, manyMore), manyMore));
}

const ratesAt = (series: Null, lengths: readonly number[]) =>
  new Map(lengths.map((points) => [points, rateOf(series, points)]));

function pooled(rates: ReadonlyMap<number, number>, lengths: readonly number[]): number {
  return lengths.reduce((sum, points) => sum + (rates.get(points) ?? 1), 0) / lengths.length;
}

describe('bounded series are not called growing', () => {
  it.each(nulls)('$id (redrawn: $redraw)', (series) => {
    const rates = ratesAt(series, [...sizes, 200]);
    expect(pooled(rates, sizes)).toBeLessThanOrEqual(
      0.03 + twoErrors(0.03, sizes.length * repetitions),
    );
    expect(lengthsOver(series, rates)).toEqual([]);
  });
});

describe('a slow saw-tooth is told from growth once it has fallen', () => {
  it.each([false, true])('redrawn: %s', (redraw) => {
    const series = { one: family('slow saw-tooth, period 30'), redraw };
    const rates = ratesAt(series, [50, 100, 200]);
    expect(pooled(rates, [50, 100])).toBeLessThanOrEqual(0.03 + twoErrors(0.03, 2 * repetitions));
    expect(lengthsOver(series, rates)).toEqual([]);
  });
});

/** Family, n, and the power the notes show to be possible (first table: the rule's; second table: the goal). */
const goals: readonly (readonly [string, number, number])[] = [
  ['leak 4 KB', 50, 0.7],
  ['leak 4 KB', 100, 0.95],
  ['leak 4 KB', 200, 0.99],
  ['leak 16 KB', 50, 0.98],
  ['leak 64 KB', 50, 1],
  ['saw-tooth p7 + 16 KB', 50, 0.9],
  ['saw-tooth of random period + 16 KB', 50, 0.45],
  ['saw-tooth of random period + 16 KB', 100, 0.8],
  ['saturating tau 10 + 16 KB', 50, 0.68],
  ['saturating tau 10 + 16 KB', 100, 0.95],
  ['saturating tau 10 + 64 KB', 50, 0.9],
  ['step at 5 + 16 KB', 50, 0.97],
  ['arenas walk + 16 KB', 50, 0.4],
  ['arenas walk + 16 KB', 100, 0.6],
  ['step late + 16 KB', 50, 0.95],
  ['exact: 100 B/cycle, rare +-132 KB jumps', 50, 0.95],
  ['exact: 100 B/cycle, 1 MB warm-up', 20, 0.95],
  ['exact: 100 B/cycle, 1 MB warm-up', 50, 0.99],
  ['count: saw-tooth 17..161 + 1', 50, 0.75],
  ['80 KB every fifth cycle', 50, 0.99],
  ['leak 16 KB from n/3 on', 50, 0.95],
  ['hyperbola 3 MB k/(k+n/8) + 32 KB', 50, 0.65],
  ['leak 1 KB/cycle', 200, 0.9],
  ['16 KB in 132 KB jumps', 50, 0.95],
  ['16 KB in 132 KB jumps', 100, 0.99],
];

describe('leaks are called growing', () => {
  it.each(goals)('%s at n = %i: %f', (id, points, goal) => {
    const trial = { family: family(id), points, repetitions, redraw: false, seed: 12 };
    const power = measure(trial, [tidemark])[0]?.growing ?? 0;
    const margin = Math.max(twoErrors(goal, repetitions), 1 / repetitions);
    expect(power).toBeGreaterThanOrEqual(goal - margin);
  });
});

describe('steady is said', () => {
  const quiet = [
    'white noise',
    'AR .7 with heavy tails',
    'AR .5 and spikes',
    'bounded random walk',
    'step +2 MB at cycle 5',
  ];
  it.each(quiet)('at least as often as by the batch rule: %s', (id) => {
    for (const points of sizes) {
      const trial = { family: family(id), points, repetitions, redraw: false, seed: 13 };
      const [rule, judge] = measure(trial, [batchRule, tidemark]);
      expect(judge?.steady ?? 0).toBeGreaterThanOrEqual((rule?.steady ?? 1) - 0.02);
    }
  });

  it.each([
    'leak 4 KB',
    'leak 16 KB',
    'saw-tooth p7 + 16 KB',
    'saturating tau 10 + 64 KB',
    '80 KB every fifth cycle',
  ])('and hardly ever of a leak: %s', (id) => {
    const trial = { family: family(id), points: 50, repetitions, redraw: false, seed: 14 };
    expect(measure(trial, [tidemark])[0]?.steady ?? 1).toBeLessThanOrEqual(0.04);
  });
});

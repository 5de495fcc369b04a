import {
  compareSlopes,
  type SlopeComparison,
} from '../../../harness/analyze/judge/compare-slopes.ts';
import { judgeSeries } from '../../../harness/analyze/judge/judge-series.ts';
import { allFamilies, type Family } from './generators.ts';
import { drawSeries } from './measure.ts';

/** Two series of one cell, alike but for the allocator: known rows, since the slopes must be those of one program. */
const pairs: readonly (readonly [string, string])[] = [
  ['leak 16 KB', 'leak 16 KB'],
  ['leak 4 KB', 'leak 4 KB'],
  ['arenas walk + 16 KB', 'leak 16 KB'],
  ['leak 16 KB', 'AR .5 and spikes'],
  ['saturating 5 MB, tau 10', 'saturating 5 MB, tau 10'],
  ['saturating, tau n/4', 'saturating, tau n/4'],
  ['saturating, tau n/2', 'saturating, tau n/2'],
  ['100 KB sqrt k', '100 KB sqrt k'],
  ['300 KB ln k', '300 KB ln k'],
  ['arenas +-132 KB, p .15', 'arenas +-132 KB, p .15'],
  ['slow saw-tooth, period 30', 'slow saw-tooth, period 30'],
];

export interface SwapOptions {
  readonly points: number;
  readonly repetitions: number;
  readonly seed: number;
}

/** How often a pair of families is compared as each result. */
export function measureSwap(
  first: string,
  second: string,
  options: SwapOptions,
): Record<SlopeComparison, number> {
  const counts = { same: 0, allocator: 0, different: 0, undecided: 0 };
  for (let i = 0; i < options.repetitions; i += 1) {
    const a = trendOf(familyOf(first), options, 2 * i);
    const b = trendOf(familyOf(second), options, 2 * i + 1);
    counts[compareSlopes(a, b).result] += 1 / options.repetitions;
  }
  return counts;
}

function trendOf(family: Family, { points, repetitions, seed }: SwapOptions, i: number) {
  const trial = { family, points, repetitions, redraw: false, seed };
  const { values, budget, kind } = drawSeries(trial, i);
  const series = { cycles: Array.from(values, (_, k) => k + 1), values: Array.from(values) };
  return judgeSeries(series, { budgetPerCycle: budget, kind });
}

function familyOf(id: string): Family {
  const found = allFamilies.find((family) => family.id === id);
  if (found === undefined) throw new Error(`no family is called ${id}`);
  return found;
}

export function swapTable(options: Omit<SwapOptions, 'points'>): string {
  const sizes = [50, 100, 200];
  const lines = ['### The allocator swap: same / the allocator / different', ''];
  lines.push(`| first | second | ${sizes.map((n) => `n = ${n}`).join(' | ')} |`);
  lines.push('| --- | --- | --- | --- | --- |');
  for (const [first, second] of pairs) {
    const cells = sizes.map((points) => {
      const { same, allocator, different } = measureSwap(first, second, { ...options, points });
      return [same, allocator, different].map((p) => p.toFixed(2)).join(' / ');
    });
    lines.push(`| ${first} | ${second} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}
